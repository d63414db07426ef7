//! `hardwaremodel`: says which model this device is, as scripts of the device ask (spec/02, hardwaremodel and
//! hardware identity). What overrides the model for agents does not count here.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pillar_core::hal::{Hal, Scope};
use pillar_core::hardware_model::{self, Paths};
use pillar_hal::linux::{LinuxFs, LinuxProcess, LinuxStorage};

use crate::args::{Args, FAILED, OK, Stop, unknown};
use crate::output;

/// How it is called.
pub const COMMAND: &str = "hardwaremodel";

const USAGE: &str = "\
Says which model this device is, by its firmware and its device tree.

usage: hardwaremodel [-c] [-o FILE]

  -c       without a line end
  -o FILE  write it there, - being standard output (default: the terminal, or standard output without one)
";

const TERMINAL: &str = "/dev/tty";
const STDOUT: &str = "-";

/// What was asked for.
#[derive(Debug, Default, PartialEq)]
struct Options {
    no_line_end: bool,
    file: Option<PathBuf>,
}

/// Runs the subcommand.
pub fn main(args: &[String]) -> i32 {
    let options = match read(args) {
        Ok(options) => options,
        Err(stop) => return stop.exit(COMMAND, USAGE),
    };
    let storage = Arc::new(LinuxStorage::new(LinuxFs));
    let hal = Hal { storage, process: Arc::new(LinuxProcess::default()), ..Hal::default() };
    tell(&options, hardware_model::detect(&hal, &Scope::unbounded(), &Paths::default()))
}

fn read(args: &[String]) -> Result<Options, Stop> {
    let mut options = Options::default();
    let mut args = Args::new(args);
    while let Some(arg) = args.next()? {
        match arg {
            "-c" => options.no_line_end = true,
            "-o" => options.file = Some(args.value("-o")?),
            other => return Err(unknown(other)),
        }
    }
    Ok(options)
}

fn tell(options: &Options, mut text: String) -> i32 {
    if !options.no_line_end {
        text.push('\n');
    }
    let written = match &options.file {
        Some(file) if file.as_os_str() == STDOUT => {
            output::print(&text);
            return OK;
        }
        Some(file) => write(file, &text).map_err(|why| format!("{}: {why}", file.display())),
        None => {
            if write(Path::new(TERMINAL), &text).is_err() {
                output::print(&text);
            }
            return OK;
        }
    };
    match written {
        Ok(()) => OK,
        Err(why) => {
            eprintln!("{COMMAND}: {why}");
            FAILED
        }
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn strings(args: &[&str]) -> Vec<String> {
        args.iter().map(|arg| (*arg).to_owned()).collect()
    }

    #[test]
    fn options_are_read() {
        assert_eq!(read(&[]), Ok(Options::default()));
        let all = Options { no_line_end: true, file: Some("/run/model".into()) };
        assert_eq!(read(&strings(&["-c", "-o", "/run/model"])), Ok(all));
        for wrong in [["-o"].as_slice(), &["-x"], &["model"]] {
            assert!(matches!(read(&strings(wrong)), Err(Stop::Wrong(_))), "{wrong:?}");
        }
    }

    #[test]
    fn the_model_replaces_what_the_file_held() {
        let file = std::env::temp_dir().join(format!("pillar-hardwaremodel-{}", std::process::id()));
        fs::write(&file, "something longer than the model").expect("a file of our own");
        let options = |no_line_end| Options { no_line_end, file: Some(file.clone()) };

        assert_eq!(tell(&options(false), "PC Engines.apu2".into()), OK);
        assert_eq!(fs::read_to_string(&file).expect("written"), "PC Engines.apu2\n");
        assert_eq!(tell(&options(true), "PC Engines.apu2".into()), OK);
        assert_eq!(fs::read_to_string(&file).expect("written"), "PC Engines.apu2");

        fs::remove_file(&file).expect("it is there");
        assert_eq!(main(&strings(&["-o", &file.to_string_lossy()])), OK);
        let mode = fs::metadata(&file).expect("made anew").permissions().mode();
        assert_eq!(mode & 0o777 & !0o644, 0);
        let model = fs::read_to_string(&file).expect("written");
        assert!(model.len() > 1 && model.ends_with('\n'), "{model:?}");
        fs::remove_file(&file).expect("it is there");
        assert_eq!(main(&strings(&["-o", "/nowhere/model"])), FAILED);
    }
}
