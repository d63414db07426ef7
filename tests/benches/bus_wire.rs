//! The bus between two processes, against what the kernel itself takes. Prints `name value unit` lines.
//!
//! Both ends are hosts on plain threads without files: what is measured is from a publish in one process to the
//! subscriber's handler in the other. The bare datagram goes over the same kind of socket between two processes
//! that do nothing else but block in `recv`, before and after each measurement: that is what a ratio divides by. A
//! host cannot block there, so what a datagram costs between two that wait for events is printed too. The two
//! processes run on processors of their own: where the kernel puts them on one, which it does as it likes, all
//! figures halve.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pillar_core::bus::wire::Wire;
use pillar_core::node::Node;
use pillar_tests::bare::Bare;
use pillar_tests::measure::{Counter, Holder, Player, Pump, Times};
use pillar_tests::site::{Dir, Site};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, accept, bind, listen, socket};
use rustix::thread::{CpuSet, sched_setaffinity};

const HOPS: usize = 6_000;

/// How often each ratio is taken: the median counts.
const ROUNDS: usize = 5;

fn main() {
    for (name, wire) in [("native", Wire::Native), ("eve", Wire::Eve)] {
        let mut worst = 0.0_f64;
        for keys in [1, 100, 10_000] {
            let (one_way, ratios): (Vec<f64>, Vec<f64>) = (0..ROUNDS)
                .map(|_| {
                    let before = bare(false);
                    let one_way = play(wire, keys);
                    (one_way, one_way / f64::midpoint(before, bare(false)))
                })
                .unzip();
            let ratio = median(ratios);
            println!("bus_{name}_p50_{keys}_keys {:.1} us", median(one_way));
            println!("bus_{name}_ratio_{keys}_keys {ratio:.2} ratio");
            worst = worst.max(ratio);
        }
        println!("bus_{name}_ratio {worst:.2} ratio");
    }
    println!("bus_bare_datagram_p50 {:.1} us", bare(false));
    println!("bus_bare_host_p50 {:.1} us", bare(true));
    println!("bus_rate {:.0} updates/s", rate(Wire::Native));
    println!("bus_eve_rate {:.0} updates/s", rate(Wire::Eve));
    println!("bus_sync_10k {:.1} ms", sync(Wire::Native));
    println!("bus_eve_sync_10k {:.1} ms", sync(Wire::Eve));
    println!("bus_publisher_rss {:.1} MiB", publisher_rss());
}

/// The process at the other end; it goes with what it is for.
struct Other(Child);

impl Other {
    fn start(role: &str, root: &std::path::Path, wire: Wire, args: &[&str]) -> Other {
        let wire = if wire == Wire::Native { "native" } else { "eve" };
        let mut command = Command::new(env!("CARGO_BIN_EXE_bus_peer"));
        command.arg(role).arg(root).arg(wire).args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        // A child runs where its parent does.
        run_on(1);
        let child = command.spawn();
        run_on(0);
        Other(child.expect("our own binary"))
    }

    /// Its next line.
    fn line(&mut self) -> String {
        let mut line = String::new();
        let output = self.0.stdout.as_mut().expect("piped");
        BufReader::with_capacity(1, output).read_line(&mut line).expect("a line");
        line
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Moves this thread to a processor, if there is one of that number.
fn run_on(processor: usize) {
    let mut set = CpuSet::new();
    set.set(processor);
    // With one processor only, both run there.
    let _ = sched_setaffinity(None, &set);
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Half of a round trip of a bare datagram of 200 bytes, in microseconds.
fn bare(as_host: bool) -> f64 {
    let dir = Dir::new();
    let path = dir.path().join("bare.sock");
    let listener = socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).expect("a socket");
    bind(&listener, &SocketAddrUnix::new(&path).expect("a short path")).expect("a new file");
    listen(&listener, 1).expect("a socket");
    let how: &[&str] = if as_host { &[] } else { &["blocking"] };
    let _other = Other::start("bare", &path, Wire::Native, how);
    let mut peer = Bare::new(accept(&listener).expect("the other"), as_host);
    let mut hop = || {
        let start = Instant::now();
        assert!(peer.send(&[7; 200]) && peer.recv() == 200, "the other is gone");
        start.elapsed().as_nanos() as f64 / 2_000.0
    };
    median((0..HOPS).map(|_| hop()).collect())
}

/// From a publish in the other process to the handler in this one, in microseconds.
fn play(wire: Wire, keys: usize) -> f64 {
    let dir = Dir::new();
    let times = Times::default();
    let noted = times.clone();
    let add = move |node: &mut Node| node.add(move || Player::<true>::timed(keys, noted.clone()));
    let _other = Other::start("echo", dir.path(), wire, &[&keys.to_string()]);
    let mut site = Site::without_files(dir.path(), wire, add);
    site.serve_turns(|_| times.lock().expect("one thread").len() > HOPS + HOPS / 10);
    let times = times.lock().expect("one thread");
    median(times[HOPS / 10..].iter().map(|nanos| f64::from(*nanos) / 1_000.0).collect())
}

/// Values that the handlers of the other process are told, a second.
fn rate(wire: Wire) -> f64 {
    let dir = Dir::new();
    let mut other = Other::start("count", dir.path(), wire, &[]);
    let mut site = Site::without_files(dir.path(), wire, |node| {
        node.add(|| Pump::new(10_000, Duration::from_secs(3)));
    });
    let start = Instant::now();
    site.serve(|_| start.elapsed() > Duration::from_secs(4));
    let line = other.line();
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    numbers[0] / numbers[1] * 1e6
}

/// From a subscription to all of 10,000 keys, in milliseconds.
fn sync(wire: Wire) -> f64 {
    let dir = Dir::new();
    let mut site = Site::without_files(dir.path(), wire, |node| node.add(|| Holder::new(10_000)));
    site.turn().expect("tables of our own");
    let once = |_| {
        let mut other = Other::start("sync", dir.path(), wire, &[]);
        let mut took = None;
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| other.line());
            site.serve(|_| waiting.is_finished());
            took = waiting.join().ok();
        });
        took.and_then(|line| line.trim().parse().ok()).map_or(f64::NAN, |micros: f64| micros / 1_000.0)
    };
    median((0..9).map(once).collect())
}

/// What a process takes that publishes 10,000 keys to files and to a subscriber, in MiB.
fn publisher_rss() -> f64 {
    let dir = Dir::new();
    let mut other = Other::start("hold", dir.path(), Wire::Native, &["10000"]);
    let mut site = Site::without_files(dir.path(), Wire::Native, |node| node.add(Counter::default));
    site.until("10,000 keys", |node| node.bus().tables().any(|(_, table)| table.iter().count() == 10_000));
    std::thread::sleep(Duration::from_secs(2));
    writeln!(other.0.stdin.as_mut().expect("piped"), "memory").expect("it runs");
    other.line().trim().parse().map_or(f64::NAN, |kib: f64| kib / 1024.0)
}
