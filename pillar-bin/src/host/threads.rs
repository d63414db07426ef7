//! What the threads of this process are doing, as the kernel sees them: for dumps. A worker bears the name of its job.

use std::ffi::CString;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The most threads that are told of: more than the lanes of a node have places.
const MAX_THREADS: usize = 256;

/// Names the thread that calls, as far as the kernel keeps names: 15 bytes.
pub fn name(name: &str) {
    let short = &name[..name.floor_char_boundary(15)];
    if let Ok(name) = CString::new(short) {
        // A name is worth no error.
        let _ = rustix::thread::set_name(&name);
    }
}

/// A paragraph for each thread.
pub fn text() -> String {
    let mut text = String::new();
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten().take(MAX_THREADS);
    let mut tasks: Vec<_> = tasks.map(|task| task.path()).collect();
    tasks.sort_unstable();
    for task in tasks {
        let (name, waits) = (line(&task, "comm"), line(&task, "wchan"));
        let state = state(&line(&task, "stat")).unwrap_or('?');
        let number = task.file_name().unwrap_or_default().to_string_lossy();
        // Writing to memory does not fail.
        let _ = writeln!(text, "thread {number} {name}: {state} {waits}");
        // Root's alone.
        for frame in line(&task, "stack").lines() {
            let _ = writeln!(text, "  {frame}");
        }
    }
    text
}

/// The content of a file; empty if it is kept from us.
fn line(task: &Path, file: &str) -> String {
    fs::read_to_string(task.join(file)).unwrap_or_default().trim().to_owned()
}

/// proc(5), stat: the state comes after the name, which may hold anything.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_is_told_of_by_its_name() {
        name("nim dhcp ethernet0");
        let text = text();
        assert!(text.contains(" nim dhcp ethern: R "), "{text}");
        let own = format!("thread {} ", rustix::thread::gettid().as_raw_nonzero());
        assert!(text.lines().any(|line| line.starts_with(&own) && line.contains(": R ")), "{text}");
        assert_eq!(state("12 (a) b) S 1 2"), Some('S'));
        assert_eq!(state(""), None);
    }
}
