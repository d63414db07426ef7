//! `zedbox install`: makes the links by whose names zedbox is called, as EVE has them in `/opt/zededa/bin`.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use crate::args::{Args, FAILED, OK, Stop, unknown};
use crate::output::Output;

const USAGE: &str = "\
Makes a link to zedbox for every agent and tool of this build. Links that are there already point here afterwards;
a file that is no link is left alone, and is an error.

usage: zedbox install DIR
";

/// Runs the subcommand.
pub fn main(args: &[String]) -> i32 {
    let dir = match read(args) {
        Ok(dir) => dir,
        Err(stop) => return stop.exit("zedbox install", USAGE),
    };
    let target = match target(&dir) {
        Ok(target) => target,
        Err(why) => {
            eprintln!("zedbox install: {}: {why}", dir.display());
            return FAILED;
        }
    };
    let mut output = Output::new();
    let mut status = OK;
    for name in crate::links() {
        let place = dir.join(name);
        match link(&target, &place) {
            Ok(()) => output.line(&format!("{} -> {}", place.display(), target.display())),
            Err(why) => {
                eprintln!("zedbox install: {}: {why}", place.display());
                status = FAILED;
            }
        }
    }
    status
}

fn read(args: &[String]) -> Result<PathBuf, Stop> {
    let mut args = Args::new(args);
    let dir = match args.next()? {
        Some(option) if option.starts_with('-') => return Err(unknown(option)),
        Some(dir) => dir.into(),
        None => return Err(Stop::Wrong("which directory?".into())),
    };
    match args.next()? {
        Some(more) => Err(unknown(more)),
        None => Ok(dir),
    }
}

/// What the links say: this program by its bare name where it is in the same directory, so that a root file system
/// can be made elsewhere and moved.
fn target(dir: &Path) -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let here = fs::metadata(&program)?;
    let Some(name) = program.file_name() else { return Ok(program) };
    match fs::metadata(dir.join(name)) {
        Ok(there) if (there.dev(), there.ino()) == (here.dev(), here.ino()) => Ok(name.into()),
        Ok(_) => Ok(program),
        Err(why) if why.kind() == ErrorKind::NotFound => fs::metadata(dir).map(|_| program),
        Err(why) => Err(why),
    }
}

/// Makes one link, in place of one that may be there.
fn link(target: &Path, place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(there) if !there.is_symlink() => {
            return Err(io::Error::new(ErrorKind::AlreadyExists, "there is a file that is no link"));
        }
        Ok(_) if fs::read_link(place)? == target => return Ok(()),
        Ok(_) => {}
        Err(why) if why.kind() == ErrorKind::NotFound => return symlink(target, place),
        Err(why) => return Err(why),
    }
    // By way of another name, so that there is a link at every instant.
    let mut fresh = place.as_os_str().to_owned();
    fresh.push(".new");
    let _ = fs::remove_file(&fresh);
    symlink(target, &fresh)?;
    fs::rename(&fresh, place)
}
