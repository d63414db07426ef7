//! `fetch_ratio`: how fast an object is downloaded and verified, against `curl` piped into `sha256sum`. Ours keeps it
//! in a file, too, durable; theirs throws it away.
//!
//! Prints `name value unit` lines. Both fetch one file from one nginx on loopback, in turn; the medians are compared.
//! In memory (`/dev/shm`) if there is room, so that the disk is not what is measured; `PILLAR_DISK` names another
//! directory. Without nginx or curl it says so and measures nothing.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pillar_core::content_places::hex;
use pillar_core::hal::{Content, Fetch, Scope, Transfer, Trust, Via};
use pillar_hal::files::Files;
use pillar_hal::linux::{LinuxClock, LinuxFs, LinuxHttp};
use pillar_hal::transfer::Transfers;

/// The object, in MiB.
const MIB: usize = 256;

/// Turns of each side.
const ROUNDS: usize = 7;

/// How long nginx may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

const SECOND: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn Error>> {
    for program in ["nginx", "curl", "sha256sum"] {
        if Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_err()
        {
            eprintln!("fetch_ratio: skipped: there is no {program} here");
            return Ok(());
        }
    }
    let dir = place().join(format!("pillar-fetch-ratio-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let measured = measure(&dir);
    fs::remove_dir_all(&dir)?;
    let (theirs, ours, reread) = measured?;
    let speed = |time: Duration| MIB as f64 / time.as_secs_f64();
    println!("fetch_curl_sha256sum {:.0} MiB_per_s", speed(theirs));
    println!("fetch {:.0} MiB_per_s", speed(ours));
    println!("fetch_ratio {:.3} ratio", speed(ours) / speed(theirs));
    println!("fetch_reread {reread} bytes");
    Ok(())
}

/// A directory with room for the object twice.
fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(memory).map_or(0, |stat| stat.f_bavail * stat.f_frsize);
    match env::var_os("PILLAR_DISK") {
        Some(named) => named.into(),
        None if room > (3 * MIB as u64) << 20 => memory.to_owned(),
        None => env!("CARGO_TARGET_TMPDIR").into(),
    }
}

/// The medians of theirs and of ours, and how much ours read again to verify.
fn measure(dir: &Path) -> Result<(Duration, Duration, u64), Box<dyn Error>> {
    write_object(&dir.join("object"))?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let _nginx = Nginx::start(dir, port)?;
    let url = format!("http://127.0.0.1:{port}/object");
    let files = Arc::new(Files::new(LinuxFs));
    let transfers = Transfers::new(LinuxHttp::default(), files.clone(), Arc::new(LinuxClock));
    let target = dir.join("target");
    let (mut theirs, mut ours, mut reread) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let sum = curl_into_sha256sum(&url)?;
        theirs.push(start.elapsed());

        let start = Instant::now();
        let scope = Scope::unbounded();
        let fetched = transfers.fetch(&scope, &fetch(&url, &target), &mut |_| {})?;
        let digest = files.digest(&scope, &target)?;
        ours.push(start.elapsed());
        reread += digest.read;
        assert_eq!((hex(&digest.sha256), fetched.sha256), (sum, digest.sha256), "both fetched the same");
    }
    Ok((median(theirs), median(ours), reread))
}

/// Bytes that do not repeat soon.
fn write_object(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut rng = pillar_core::node::Rng::new(1);
    let mut file = File::create(path)?;
    for _ in 0..MIB {
        let block: Vec<u8> = (0..(1 << 20) / 8).flat_map(|_| rng.next_u64().to_le_bytes()).collect();
        file.write_all(&block)?;
    }
    Ok(())
}

fn curl_into_sha256sum(url: &str) -> Result<String, Box<dyn Error>> {
    let mut curl = Command::new("curl").args(["-sf", url]).stdout(Stdio::piped()).spawn()?;
    let body = curl.stdout.take().ok_or("piped")?;
    let sum = Command::new("sha256sum").stdin(body).output()?;
    if !curl.wait()?.success() || !sum.status.success() {
        return Err("curl or sha256sum failed".into());
    }
    let text = String::from_utf8(sum.stdout)?;
    Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
}

fn fetch(url: &str, target: &Path) -> Fetch {
    Fetch {
        url: url.to_owned(),
        headers: Vec::new(),
        via: Via::default(),
        trust: Trust::default(),
        connect_time: 10 * SECOND,
        silence: 60 * SECOND,
        target: target.to_owned(),
        from: 0,
        limit: 0,
    }
}

/// A server of a directory's files, which ends with this.
struct Nginx(Child);

impl Nginx {
    fn start(dir: &Path, port: u16) -> Result<Self, Box<dyn Error>> {
        let dir = dir.display();
        let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
        let config = format!(
            "{user} daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/errors;
             events {{ }}
             http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {dir}/t1;
                     proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4;
                     scgi_temp_path {dir}/t5;
                     server {{ listen 127.0.0.1:{port}; root {dir}; }} }}"
        );
        let path = format!("{dir}/nginx.conf");
        fs::write(&path, config)?;
        let child = Command::new("nginx").args(["-e", "stderr", "-c", &path]).spawn()?;
        let mut nginx = Nginx(child);
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if nginx.0.try_wait()?.is_some() || Instant::now() > until {
                return Err("nginx does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it on this signal; a kill would leave them.
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.0),
            rustix::process::Signal::TERM,
        );
        let _ = self.0.wait();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
