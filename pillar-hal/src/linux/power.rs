//! The end of a boot by EVE's tool zboot, which EVE's other programs use as well.

use std::path::PathBuf;
use std::sync::Arc;

use pillar_core::hal::{Command, Exit, Power, PowerError, Process, Scope};

/// Resets the device and switches it off by `zboot`.
pub struct Zboot {
    program: PathBuf,
    process: Arc<dyn Process>,
}

impl Zboot {
    /// By this program.
    pub fn new(program: impl Into<PathBuf>, process: Arc<dyn Process>) -> Self {
        Zboot { program: program.into(), process }
    }

    fn run(&self, scope: &Scope, what: &str) -> Result<(), PowerError> {
        rustix::fs::sync();
        let failed = |why: String| PowerError::Failed(format!("{} {what}: {why}", self.program.display()));
        let output = self.process.run(scope, &Command::new(&self.program).args([what]));
        let output = output.map_err(|error| failed(error.to_string()))?;
        match output.exit {
            Exit::Code(0) => Ok(()),
            exit => {
                let said = String::from_utf8_lossy(&output.stderr);
                Err(failed(format!("{exit:?}: {}", said.trim())))
            }
        }
    }
}

impl Power for Zboot {
    fn reset(&self, scope: &Scope) -> Result<(), PowerError> {
        self.run(scope, "reset")
    }

    fn power_off(&self, scope: &Scope) -> Result<(), PowerError> {
        self.run(scope, "poweroff")
    }
}
