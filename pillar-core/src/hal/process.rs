//! External programs, where they are the proven choice: argument vectors only, never a shell, always bounded in
//! time and output. Called by jobs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Scope, Unsupported};

/// How long a program may run that was given no other time (spec/02, exec time-out).
pub const DEFAULT_PROGRAM_TIME: Duration = Duration::from_secs(100);

/// How many bytes of each output are kept if no other limit was given.
pub const DEFAULT_OUTPUT_LIMIT: usize = 256 * 1024;

/// A program with its arguments. It starts without standard input, in the root directory, in a process group
/// of its own, with the environment given here and our `PATH` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program; without a slash it is looked for in `PATH`.
    pub program: PathBuf,
    /// Its arguments, without the program itself.
    pub args: Vec<String>,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// How long [`Process::run`] lets it run.
    pub time: Duration,
    /// How many bytes of standard output, and of standard error, [`Process::run`] keeps.
    pub output_limit: usize,
}

impl Command {
    /// A program without arguments.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Command {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            time: DEFAULT_PROGRAM_TIME,
            output_limit: DEFAULT_OUTPUT_LIMIT,
        }
    }

    /// With arguments added.
    #[must_use]
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// With a variable added to the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// With another time.
    #[must_use]
    pub fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It said so itself: 0 is success.
    Code(i32),
    /// It was ended by this signal.
    Signal(i32),
}

impl Exit {
    /// Whether it says that all went well.
    pub fn success(self) -> bool {
        self == Exit::Code(0)
    }
}

/// What a program that has ended leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub exit: Exit,
    /// The beginning of its standard output.
    pub stdout: Vec<u8>,
    /// The beginning of its standard error.
    pub stderr: Vec<u8>,
    /// Whether it wrote more than is kept.
    pub truncated: bool,
}

/// Programs of the device.
pub trait Process: Send + Sync {
    /// Runs a program to its end. When its time is over, or the scope's, it is ended with all of its process
    /// group, by SIGTERM and then by SIGKILL, and the call returns within a second, once the program itself is
    /// gone. Other processes of the group, and those that it leaves behind, are not waited for.
    fn run(&self, scope: &Scope, command: &Command) -> Result<Output, ProcessError>;

    /// Starts a program that goes on; its output is dropped. Dropping the handle does not end it.
    fn start(&self, scope: &Scope, command: &Command) -> Result<Arc<dyn Child>, ProcessError>;
}

/// A program that was started and goes on.
pub trait Child: Send + Sync {
    /// Its process id, which is its process group's too.
    fn pid(&self) -> u32;

    /// How it ended, if it has. Does not wait.
    fn exited(&self) -> Option<Exit>;

    /// Ends it with all of its process group: by SIGTERM and, when `grace` or the scope's time is over, by
    /// SIGKILL. No error if it has ended.
    fn terminate(&self, scope: &Scope, grace: Duration) -> Result<Exit, ProcessError>;
}

/// Why a program did not run to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessError {
    /// There is no such program.
    NotFound(PathBuf),
    /// The program, an argument or a variable holds a NUL byte, or a variable's name is none.
    BadCommand(PathBuf),
    /// It took longer than it may.
    TimedOut {
        /// The program.
        program: PathBuf,
        /// How long it was given.
        time: Duration,
    },
    /// It does not even end by SIGKILL, as when the kernel waits for a device.
    Unkillable {
        /// Its process id.
        pid: u32,
    },
    /// The system refused.
    Io {
        /// The program.
        program: PathBuf,
        /// The call that failed, such as `spawn`.
        call: &'static str,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled or its time is over.
    Cancelled,
    /// The device runs no programs.
    Unsupported,
}

/// Whether a command can be handed to the system.
pub fn is_well_formed(command: &Command) -> bool {
    let plain = |text: &str| !text.contains('\0');
    let variable = |(name, value): &(String, String)| {
        !name.is_empty() && !name.contains('=') && plain(name) && plain(value)
    };
    let program = command.program.as_os_str().as_encoded_bytes();
    !program.is_empty()
        && !program.contains(&0)
        && command.args.iter().all(|arg| plain(arg))
        && command.env.iter().all(variable)
}

impl fmt::Display for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |program: &Path| program.display().to_string();
        match self {
            ProcessError::NotFound(program) => write!(f, "{}: no such program", name(program)),
            ProcessError::BadCommand(program) => write!(f, "{}: arguments that cannot be", name(program)),
            ProcessError::TimedOut { program, time } => {
                write!(f, "{}: not done after {} s", name(program), time.as_secs())
            }
            ProcessError::Unkillable { pid } => write!(f, "process {pid} cannot be ended"),
            ProcessError::Io { program, call, errno } => {
                write!(f, "{}: {call} failed with error {errno}", name(program))
            }
            ProcessError::Cancelled => f.write_str("cancelled"),
            ProcessError::Unsupported => f.write_str("this device runs no programs"),
        }
    }
}

impl std::error::Error for ProcessError {}

impl Process for Unsupported {
    fn run(&self, _: &Scope, _: &Command) -> Result<Output, ProcessError> {
        Err(ProcessError::Unsupported)
    }

    fn start(&self, _: &Scope, _: &Command) -> Result<Arc<dyn Child>, ProcessError> {
        Err(ProcessError::Unsupported)
    }
}
