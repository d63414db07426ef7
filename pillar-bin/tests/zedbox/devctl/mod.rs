//! The controller to develop against, spoken to by the device's own parts over TLS on loopback.

mod commands;
mod device;
mod hostile;
mod onboarding;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::device::{Device as Folder, ZEDBOX, until};

/// A controller's directory, and its server once it is started. Both end with the test.
pub struct Controller {
    folder: Folder,
    server: Option<Child>,
    address: String,
}

impl Controller {
    /// Makes the directory.
    pub fn new() -> Self {
        let controller = Controller { folder: Folder::new(), server: None, address: String::new() };
        controller.ok("init", &["--server", "localhost"]);
        controller
    }

    pub fn dir(&self) -> PathBuf {
        self.folder.path("ctl")
    }

    /// Runs a command on the directory.
    pub fn call(&self, command: &str, args: &[&str]) -> Output {
        Command::new(ZEDBOX).args(["devctl", command]).arg(self.dir()).args(args).output().unwrap()
    }

    /// Runs one that must succeed: what it prints.
    pub fn ok(&self, command: &str, args: &[&str]) -> String {
        let output = self.call(command, args);
        assert!(output.status.success(), "{command} {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes a device: its directory.
    pub fn create(&self, name: &str, args: &[&str]) -> PathBuf {
        let said = self.ok("create", &[&[name], args].concat());
        let uuid = said.split("is ").nth(1).unwrap().split('.').next().unwrap();
        self.dir().join("devices").join(uuid)
    }

    /// Starts the server at a free port of loopback.
    pub fn serve(&mut self) {
        let log = self.folder.path("log");
        let server = Command::new(ZEDBOX)
            .args(["devctl", "serve"])
            .arg(self.dir())
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        self.server = Some(server);
        until(|| self.log().contains(", at "));
        let log = self.log();
        let address = log.split(", at ").nth(1).unwrap().split(".\n").next().unwrap();
        self.address = address.into();
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The URL of an endpoint.
    pub fn url(&self, endpoint: &str) -> String {
        let port = self.address.rsplit(':').next().unwrap();
        format!("https://localhost:{port}/api/v2/edgedevice/{endpoint}")
    }

    /// What the server has printed.
    pub fn log(&self) -> String {
        self.folder.text("log")
    }

    /// Whether the server still runs.
    pub fn runs(&mut self) -> bool {
        self.server.as_mut().unwrap().try_wait().unwrap().is_none()
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
