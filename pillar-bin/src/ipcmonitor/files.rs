//! A table in its files: those that have no socket, and what is stored.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use pillar_core::bus::files::layout::{RESTARTED, key_of};
use pillar_core::hal::MAX_DIR_ENTRIES;

use super::show::Show;

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// The longest file that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// What files hold: keys with values, and the restart count.
#[derive(Default, PartialEq)]
struct Content {
    values: BTreeMap<String, Vec<u8>>,
    restarted: Option<String>,
}

/// Prints the values in a directory.
pub fn print(dir: &Path, show: &mut Show) -> Result<(), String> {
    let content = read(dir).ok_or_else(|| format!("{}: there is no such table", dir.display()))?;
    for (key, value) in &content.values {
        show.only(value).map_err(|why| format!("{}/{key}.json: {why}", dir.display()))?;
    }
    Ok(())
}

/// Shows the first of these directories that is there, and each change of it. Ends when the directory goes.
pub fn follow(dirs: &[PathBuf; 2], topic: &str, show: &mut Show) -> Result<(), String> {
    let dir = dirs.iter().find(|dir| dir.is_dir());
    let dir = dir.ok_or_else(|| format!("{}: there is no such table", dirs[0].display()))?;
    let mut known = Content::default();
    show.line("hello", topic, &"");
    let mut complete = false;
    while !show.is_over() {
        let content = read(dir).ok_or_else(|| format!("{}: gone", dir.display()))?;
        tell(topic, &known, &content, show)?;
        if !complete {
            show.line("complete", topic, &"");
            complete = true;
        }
        known = content;
        thread::sleep(EVERY);
    }
    Ok(())
}

fn tell(topic: &str, known: &Content, content: &Content, show: &mut Show) -> Result<(), String> {
    for key in known.values.keys().filter(|key| !content.values.contains_key(*key)) {
        show.line("delete", topic, &format_args!(" key {key:?}"));
    }
    for (key, value) in content.values.iter().filter(|(key, value)| known.values.get(*key) != Some(value)) {
        show.update(topic, key, value)?;
    }
    if content.restarted != known.restarted {
        let count = content.restarted.as_deref().unwrap_or("0");
        show.line("restarted", topic, &format_args!(" count {}", count.trim()));
    }
    Ok(())
}

/// What is in a directory; `None` if there is none. A file that goes meanwhile is not there, and one that is empty
/// is not written yet.
fn read(dir: &Path) -> Option<Content> {
    let entries = fs::read_dir(dir).ok()?;
    let mut content = Content::default();
    for entry in entries.take(MAX_DIR_ENTRIES).flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == RESTARTED {
            content.restarted = file(&entry.path()).map(|text| String::from_utf8_lossy(&text).into_owned());
        } else if let Some(key) = key_of(&name) {
            let value = file(&entry.path()).filter(|value| !value.is_empty());
            content.values.extend(value.map(|value| (key.to_owned(), value)));
        }
    }
    Some(content)
}

fn file(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
