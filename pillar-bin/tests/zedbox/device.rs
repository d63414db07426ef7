//! A folder in place of a device's root, and the zedbox that runs on it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The binary under test.
pub const ZEDBOX: &str = env!("CARGO_BIN_EXE_zedbox");

/// How long something may take that should be there at once, on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// The folder, with what a device has before zedbox starts. It goes with its test.
pub struct Device(PathBuf);

impl Device {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Short: the path of a socket has 107 bytes.
        let root = std::env::temp_dir().join(format!("zb{}-{number}", std::process::id()));
        for dir in ["run", "persist", "sys", "dev", "bin"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        Device(root)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    pub fn root(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    pub fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// A link of that name to the binary.
    pub fn link(&self, name: &str) -> PathBuf {
        let link = self.path("bin").join(name);
        let _ = std::os::unix::fs::symlink(ZEDBOX, &link);
        link
    }

    /// Calls a link of that name on this device.
    pub fn call(&self, name: &str, args: &[&str]) -> Output {
        Command::new(self.link(name)).args(["--root", self.root()]).args(args).output().unwrap()
    }

    /// Starts `zedbox run` with these arguments, and waits until it runs.
    pub fn run(&self, args: &[&str]) -> Zedbox {
        let mut zedbox = self.start(args);
        until(|| {
            let ended = zedbox.child.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {}", zedbox.log());
            zedbox.log().contains(" agents, process ")
        });
        zedbox
    }

    /// Starts `zedbox run` with these arguments.
    pub fn start(&self, args: &[&str]) -> Zedbox {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let log = self.path(&format!("log{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let child = Command::new(ZEDBOX)
            .args(["run", "--root", self.root()])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Zedbox { child, log }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A zedbox that runs. It is ended with its test.
pub struct Zedbox {
    child: Child,
    log: PathBuf,
}

impl Zedbox {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// Waits for a line of its log that holds this.
    pub fn logs(&self, text: &str) {
        let start = Instant::now();
        while !self.log().contains(text) {
            assert!(start.elapsed() < SOON, "no {text:?} in {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends it a signal, such as `USR1`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < SOON, "it does not end: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a device does.
    pub fn end(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for Zedbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(path: &Path) -> String {
    let mut text = Vec::new();
    fs::File::open(path).and_then(|mut file| file.read_to_end(&mut text)).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// Waits for something that should be so soon.
#[track_caller]
pub fn until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < SOON, "it does not come");
        thread::sleep(Duration::from_millis(10));
    }
}
