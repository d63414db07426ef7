//! Simulated programs: a script says for each command how long it takes and what it leaves.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Child, Clock, Command, Exit, Output, Process, ProcessError, Scope, is_well_formed};
use pillar_core::time::Mono;

use super::gate::{Fault, Gate, Op, pass};

/// The most commands that are remembered; older ones are dropped.
const MAX_REMEMBERED: usize = 10_000;

/// How long a program has after SIGTERM when its time is over, as on the device.
const TERM_GRACE: Duration = Duration::from_millis(500);

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

/// What a program does.
#[derive(Clone, Debug)]
pub struct Scripted {
    /// How long it runs by itself; [`Duration::MAX`] for ever.
    pub time: Duration,
    /// What it leaves then. Output beyond the command's limit is cut off here.
    pub output: Output,
    /// Whether it goes only by SIGKILL.
    pub ignores_term: bool,
}

impl Scripted {
    /// A program that ends at once, like this.
    pub fn ends(exit: Exit, stdout: &str) -> Self {
        let output = Output { exit, stdout: stdout.into(), stderr: Vec::new(), truncated: false };
        Scripted { time: Duration::ZERO, output, ignores_term: false }
    }

    /// With another time.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }
}

type Script = Arc<dyn Fn(&Command) -> Scripted + Send + Sync>;

/// The programs of a device: those there are, those that run, and what was asked of them.
#[derive(Clone, Default)]
pub struct Programs {
    scripts: BTreeMap<PathBuf, Script>,
    running: BTreeMap<u32, Running>,
    last_pid: u32,
    started: VecDeque<Command>,
}

#[derive(Clone, Debug)]
struct Running {
    command: Command,
    ends: Mono,
    exit: Exit,
    ignores_term: bool,
}

impl Programs {
    /// Installs a program.
    pub fn install(
        &mut self,
        program: impl Into<PathBuf>,
        script: impl Fn(&Command) -> Scripted + Send + Sync + 'static,
    ) {
        self.scripts.insert(program.into(), Arc::new(script));
    }

    /// The commands that were run or started, oldest first.
    pub fn started(&self) -> impl Iterator<Item = &Command> {
        self.started.iter()
    }

    /// Process ids and commands that run at a time.
    pub fn running(&self, now: Mono) -> impl Iterator<Item = (u32, &Command)> {
        self.running.iter().filter(move |(_, p)| p.ends > now).map(|(pid, p)| (*pid, &p.command))
    }

    /// A running program ends, by itself or by someone else's hand.
    pub fn end(&mut self, pid: u32, at: Mono, exit: Exit) {
        if let Some(running) = self.running.get_mut(&pid).filter(|running| running.ends > at) {
            running.ends = at;
            running.exit = exit;
        }
    }

    /// The power goes: nothing runs any more.
    pub fn power_cut(&mut self) {
        self.running.clear();
    }

    fn begin(&mut self, command: &Command, scripted: &Scripted, now: Mono) -> u32 {
        if self.started.len() == MAX_REMEMBERED {
            self.started.pop_front();
        }
        self.started.push_back(command.clone());
        self.last_pid += 1;
        let running = Running {
            command: command.clone(),
            ends: now + scripted.time,
            exit: scripted.output.exit,
            ignores_term: scripted.ignores_term,
        };
        self.running.insert(self.last_pid, running);
        self.last_pid
    }
}

/// A machine's view of its programs.
#[derive(Clone)]
pub struct SimProcess {
    programs: Arc<Mutex<Programs>>,
    gate: Arc<dyn Gate>,
    clock: Arc<dyn Clock>,
}

impl SimProcess {
    /// The programs, behind a gate; they take their time by the clock.
    pub fn new(programs: Arc<Mutex<Programs>>, gate: Arc<dyn Gate>, clock: Arc<dyn Clock>) -> Self {
        SimProcess { programs, gate, clock }
    }

    fn programs(&self) -> MutexGuard<'_, Programs> {
        self.programs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a command: its process id and what it does.
    fn spawn(
        &self,
        call: &'static str,
        scope: &Scope,
        command: &Command,
    ) -> Result<(u32, Scripted), ProcessError> {
        if scope.cancelled() {
            return Err(ProcessError::Cancelled);
        }
        if !is_well_formed(command) {
            return Err(ProcessError::BadCommand(command.program.clone()));
        }
        let op = Op { name: call, detail: shown(&command.program) };
        let begin = || {
            let script = self.programs().scripts.get(&command.program).cloned();
            let scripted = script.ok_or(ProcessError::NotFound(command.program.clone()))?(command);
            let now = self.clock.now().mono;
            Ok((self.programs().begin(command, &scripted, now), scripted))
        };
        pass(&*self.gate, op, begin).map_err(|fault| error(command, call, fault))?
    }

    /// Has a process end by a signal, after its last grace if it ignores SIGTERM.
    fn kill(&self, pid: u32, scope: &Scope, grace: Duration) -> Option<Exit> {
        let ignores_term = self.programs().running.get(&pid)?.ignores_term;
        if ignores_term {
            self.clock.sleep(scope, grace);
        }
        let signal = if ignores_term { SIGKILL } else { SIGTERM };
        let now = self.clock.now().mono;
        self.programs().end(pid, now, Exit::Signal(signal));
        self.exited(pid)
    }

    /// How a process ended. One that is unknown went with the power.
    fn exited(&self, pid: u32) -> Option<Exit> {
        let now = self.clock.now().mono;
        match self.programs().running.get(&pid) {
            Some(running) if running.ends > now => None,
            Some(running) => Some(running.exit),
            None => Some(Exit::Signal(SIGKILL)),
        }
    }
}

impl Process for SimProcess {
    fn run(&self, scope: &Scope, command: &Command) -> Result<Output, ProcessError> {
        let (pid, scripted) = self.spawn("process.run", scope, command)?;
        let slept = self.clock.sleep(scope, scripted.time.min(command.time));
        let ended = self.exited(pid);
        if ended.is_none() {
            // Nobody can cancel the last grace.
            self.kill(pid, &Scope::unbounded(), TERM_GRACE);
        }
        self.programs().running.remove(&pid);
        match ended {
            Some(exit) => Ok(cut_off(Output { exit, ..scripted.output }, command.output_limit)),
            None if slept => {
                Err(ProcessError::TimedOut { program: command.program.clone(), time: command.time })
            }
            None => Err(ProcessError::Cancelled),
        }
    }

    fn start(&self, scope: &Scope, command: &Command) -> Result<Arc<dyn Child>, ProcessError> {
        let (pid, _) = self.spawn("process.start", scope, command)?;
        Ok(Arc::new(SimChild { pid, process: self.clone() }))
    }
}

/// A program that was started.
struct SimChild {
    pid: u32,
    process: SimProcess,
}

impl Child for SimChild {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn exited(&self) -> Option<Exit> {
        self.process.exited(self.pid)
    }

    fn terminate(&self, scope: &Scope, grace: Duration) -> Result<Exit, ProcessError> {
        let unkillable = ProcessError::Unkillable { pid: self.pid };
        let op = Op { name: "process.terminate", detail: "" };
        if pass(&*self.process.gate, op, || ()).is_err() {
            return Err(unkillable);
        }
        let ended = self.exited().or_else(|| self.process.kill(self.pid, scope, grace));
        ended.ok_or(unkillable)
    }
}

impl Drop for SimChild {
    fn drop(&mut self) {
        if self.exited().is_some() {
            self.process.programs().running.remove(&self.pid);
        }
    }
}

fn cut_off(mut output: Output, limit: usize) -> Output {
    output.truncated |= output.stdout.len() > limit || output.stderr.len() > limit;
    output.stdout.truncate(limit);
    output.stderr.truncate(limit);
    output
}

fn error(command: &Command, call: &'static str, fault: Fault) -> ProcessError {
    ProcessError::Io { program: command.program.clone(), call, errno: fault.errno().raw_os_error() }
}

fn shown(program: &Path) -> &str {
    program.to_str().unwrap_or("(not UTF-8)")
}
