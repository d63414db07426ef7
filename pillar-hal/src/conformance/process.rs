//! [`Process`] with the programs `true`, `false`, `echo`, `seq`, `env` and `sleep` of POSIX and coreutils.

use std::time::Duration;

use pillar_core::hal::{Clock, Command, Exit, Output, Process, ProcessError, Scope};

/// What no call may take longer once it should end.
const SOON: Duration = Duration::from_millis(1200);

/// Runs the suite; it takes some seconds by the clock.
pub fn process(subject: &dyn Process, clock: &dyn Clock) {
    let suite = Suite { subject, clock, scope: Scope::unbounded() };
    suite.runs_to_the_end();
    suite.passes_arguments_as_they_are();
    suite.gives_the_environment_it_was_told();
    suite.bounds_the_output();
    suite.refuses_what_cannot_be();
    suite.ends_what_takes_too_long();
    suite.honours_a_cancel();
    suite.starts_what_goes_on();
}

struct Suite<'a> {
    subject: &'a dyn Process,
    clock: &'a dyn Clock,
    scope: Scope,
}

impl Suite<'_> {
    fn runs_to_the_end(&self) {
        let output = self.run(&Command::new("true"));
        let nothing =
            Output { exit: Exit::Code(0), stdout: Vec::new(), stderr: Vec::new(), truncated: false };
        assert_eq!(output, nothing);
        assert_eq!(self.run(&Command::new("false")).exit, Exit::Code(1));
    }

    fn passes_arguments_as_they_are(&self) {
        let output = self.run(&Command::new("echo").args(["a  b", "$HOME;", "'*'", ""]));
        assert_eq!(text(&output.stdout), "a  b $HOME; '*' \n");
    }

    fn gives_the_environment_it_was_told(&self) {
        let output = self.run(&Command::new("env").env("A", "1 2").env("B", ""));
        let mut lines: Vec<_> = text(&output.stdout).lines().collect();
        lines.retain(|line| !line.starts_with("PATH="));
        lines.sort_unstable();
        assert_eq!(lines, ["A=1 2", "B="]);
    }

    fn bounds_the_output(&self) {
        let mut command = Command::new("seq").args(["1", "50000"]);
        command.output_limit = 1000;
        let output = self.run(&command);
        assert!(output.truncated && output.exit.success(), "{:?}", output.exit);
        assert_eq!(output.stdout.len(), 1000);
        assert!(output.stdout.starts_with(b"1\n2\n3\n"));
        command.output_limit = 1 << 20;
        let output = self.run(&command);
        assert!(!output.truncated && output.stdout.ends_with(b"\n50000\n"));
    }

    fn refuses_what_cannot_be(&self) {
        let run = |command: &Command| self.subject.run(&self.scope, command);
        let missing = Command::new("no-such-program");
        assert_eq!(run(&missing), Err(ProcessError::NotFound(missing.program.clone())));
        assert!(self.subject.start(&self.scope, &missing).is_err());
        let bad = [
            Command::new(""),
            Command::new("true").args(["a\0b"]),
            Command::new("true").env("A=B", "1"),
            Command::new("true").env("", "1"),
            Command::new("true").env("A", "\0"),
        ];
        for command in bad {
            assert_eq!(run(&command), Err(ProcessError::BadCommand(command.program.clone())), "{command:?}");
        }
    }

    fn ends_what_takes_too_long(&self) {
        let command = Command::new("sleep").args(["100"]).time(Duration::from_millis(100));
        let (result, took) = self.timed(|| self.subject.run(&self.scope, &command));
        let timed_out = ProcessError::TimedOut { program: "sleep".into(), time: command.time };
        assert_eq!(result, Err(timed_out));
        assert!(took >= command.time && took < command.time + SOON, "{took:?}");
    }

    fn honours_a_cancel(&self) {
        let sleep = Command::new("sleep").args(["100"]);
        let cancelled = Scope::unbounded();
        cancelled.cancel();
        let (result, took) = self.timed(|| self.subject.run(&cancelled, &sleep));
        assert_eq!(result, Err(ProcessError::Cancelled));
        assert!(took < SOON, "{took:?}");
        assert!(matches!(self.subject.start(&cancelled, &sleep), Err(ProcessError::Cancelled)));

        let time = Duration::from_millis(100);
        let ends = Scope::new(Some(self.clock.now().mono + time), Box::new(|| ()));
        let (result, took) = self.timed(|| self.subject.run(&ends, &sleep));
        assert_eq!(result, Err(ProcessError::Cancelled), "the scope's time is over");
        assert!(took >= time && took < time + SOON, "{took:?}");
    }

    fn starts_what_goes_on(&self) {
        let sleep = Command::new("sleep").args(["100"]);
        let child = self.subject.start(&self.scope, &sleep).unwrap();
        assert!(child.pid() > 0);
        assert_eq!(child.exited(), None);
        let end = || child.terminate(&self.scope, Duration::from_secs(10));
        let (result, took) = self.timed(end);
        assert_eq!(result, Ok(Exit::Signal(15)));
        assert!(took < SOON, "{took:?}");
        assert_eq!(child.exited(), Some(Exit::Signal(15)));
        assert_eq!(end(), Ok(Exit::Signal(15)), "it has ended already");

        let brief = self.subject.start(&self.scope, &Command::new("false")).unwrap();
        let ended = (0..500).find_map(|_| {
            self.clock.sleep(&self.scope, Duration::from_millis(10));
            brief.exited()
        });
        assert_eq!(ended, Some(Exit::Code(1)));
        assert_eq!(brief.terminate(&self.scope, Duration::ZERO), Ok(Exit::Code(1)));
    }

    fn run(&self, command: &Command) -> Output {
        self.subject.run(&self.scope, command).unwrap_or_else(|error| panic!("{error}"))
    }

    fn timed<R>(&self, call: impl FnOnce() -> R) -> (R, Duration) {
        let start = self.clock.now().mono;
        let result = call();
        (result, self.clock.now().mono.since(start))
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("plain text")
}
