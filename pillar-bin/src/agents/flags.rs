//! An agent's command line, by the rules of Go's flag package, which EVE's scripts are written for: one dash or two,
//! `-o FILE` or `-o=FILE`, and words begin at the first argument that is no flag.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Hosted;
use crate::args::Stop;

/// A flag of one agent.
#[derive(Debug)]
pub struct Flag {
    /// Without dashes.
    pub name: &'static str,
    /// What its value is, for the usage; a flag without one is there or not.
    pub value: Option<&'static str>,
    /// What it is for.
    pub help: &'static str,
}

/// What stood on an agent's command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// `-d`: it logs everything, whatever the settings say.
    pub trace: bool,
    /// In place of `/`, for what runs outside of a device.
    pub root: PathBuf,
    /// What is left after the flags.
    pub words: Vec<String>,
    flags: Vec<(&'static str, String)>,
}

impl Given {
    /// Nothing, on a device with that root.
    pub fn at(root: &Path) -> Self {
        Given { trace: false, root: root.to_owned(), words: Vec::new(), flags: Vec::new() }
    }

    /// The same on a device with that root.
    pub fn below(self, root: &Path) -> Self {
        Given { root: root.to_owned(), ..self }
    }

    /// Reads what stands after the agent's name.
    pub fn read(agent: &Hosted, args: &[String]) -> Result<Given, Stop> {
        let mut given = Given::at(Path::new("/"));
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let Some(flag) = arg.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
                given.words.push(arg.clone());
                break;
            };
            if flag == "-" {
                break;
            }
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            let (name, value) =
                flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
            given.take(agent, name, value, &mut args)?;
        }
        given.words.extend(args.cloned());
        if agent.words.is_empty()
            && let Some(word) = given.words.first()
        {
            return Err(Stop::Wrong(format!("unknown argument '{word}'")));
        }
        Ok(given)
    }

    fn take<'a>(
        &mut self,
        agent: &Hosted,
        name: &str,
        value: Option<&str>,
        args: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), Stop> {
        let mut wanted = || match value {
            Some(value) => Ok(value.to_owned()),
            None => args.next().cloned().ok_or_else(|| Stop::Wrong(format!("-{name} needs a value"))),
        };
        let flag = agent.flags.iter().find(|flag| flag.name == name);
        match (flag, name) {
            (Some(Flag { value: Some(_), name, .. }), _) => self.flags.push((name, wanted()?)),
            (Some(Flag { value: None, name, .. }), _) => {
                if is_set(name, value)? {
                    self.flags.push((name, String::new()));
                }
            }
            (None, "d") => self.trace = is_set("d", value)?,
            (None, "root") => self.root = wanted()?.into(),
            (None, "h" | "help") => return Err(Stop::Help),
            (None, _) => return Err(Stop::Wrong(format!("unknown option '-{name}'"))),
        }
        Ok(())
    }

    /// The value of a flag, empty if it takes none; of several the last.
    #[cfg(any(test, feature = "flags"))]
    pub fn value(&self, flag: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(name, _)| *name == flag).map(|(_, value)| value.as_str())
    }

    /// The value of a flag that is a number or the like.
    #[cfg(any(test, feature = "client", feature = "tools"))]
    pub fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        flag: &str,
    ) -> Result<Option<T>, String> {
        let parse = |text: &str| text.parse().map_err(|why| format!("-{flag} {text}: {why}"));
        self.value(flag).map(parse).transpose()
    }
}

/// What a flag without a value may have behind a `=`.
fn is_set(name: &str, value: Option<&str>) -> Result<bool, Stop> {
    match value {
        None | Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        Some(_) => Err(Stop::Wrong(format!("-{name} takes no value"))),
    }
}

/// How an agent is called.
pub fn usage(agent: &Hosted) -> String {
    let shown =
        |flag: &Flag| flag.value.map_or(format!("-{}", flag.name), |value| format!("-{} {value}", flag.name));
    let mut text = format!("usage: {} [-d] [--root DIR]", agent.name);
    let words = if agent.words.is_empty() { String::new() } else { format!(" {}", agent.words) };
    // Writing to memory does not fail.
    for flag in agent.flags {
        let _ = write!(text, " [{}]", shown(flag));
    }
    let _ = writeln!(text, "{words}\n");
    for flag in agent.flags {
        let _ = writeln!(text, "  {:<12}{}", shown(flag), flag.help);
    }
    text += "  -d          log everything\n  --root DIR  use DIR/run, DIR/persist and so on in place of the device's\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: Hosted = Hosted {
        name: "tester",
        bus: "tester",
        with_device: false,
        inline: |_| false,
        pid_file: false,
        flags: &[
            Flag { name: "F", value: None, help: "fail" },
            Flag { name: "h", value: Some("HYPERVISOR"), help: "which" },
        ],
        words: "[WORD...]",
        add: |_, _| Ok(()),
    };

    fn read(args: &[&str]) -> Result<Given, Stop> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        Given::read(&AGENT, &args)
    }

    fn wrong(why: &str) -> Result<Given, Stop> {
        Err(Stop::Wrong(why.to_owned()))
    }

    #[test]
    fn flags_are_read_as_go_reads_them() -> Result<(), Stop> {
        for args in
            [["-h", "kvm", "-F", "-d"].as_slice(), &["--h=kvm", "--F=true", "-d=1"], &["-d", "-F", "-h=kvm"]]
        {
            let given = read(args)?;
            assert_eq!(
                (given.value("h"), given.value("F").is_some(), given.trace),
                (Some("kvm"), true, true),
                "{args:?}"
            );
            assert!(given.words.is_empty());
        }
        assert!(read(&["-F=false"])?.value("F").is_none());
        let given = read(&["-h", "7", "-h", "xen"])?;
        assert_eq!(given.value("h"), Some("xen"));
        assert_eq!(given.parsed::<u8>("h"), Err("-h xen: invalid digit found in string".to_owned()));
        assert_eq!(given.parsed::<u8>("F"), Ok(None));
        Ok(())
    }

    #[test]
    fn words_begin_at_the_first_argument_that_is_no_flag() -> Result<(), Stop> {
        assert_eq!(read(&["-F", "getUuid", "-d"])?.words, ["getUuid", "-d"]);
        assert_eq!(read(&["--", "-d"])?.words, ["-d"]);
        assert_eq!(read(&["-"])?.words, ["-"]);
        assert_eq!(read(&["--root=/x", "a"])?.root, Path::new("/x"));
        Ok(())
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(read(&["-x"]), wrong("unknown option '-x'"));
        assert_eq!(read(&["-h"]), wrong("-h needs a value"));
        assert_eq!(read(&["-F=maybe"]), wrong("-F takes no value"));
        assert_eq!(read(&["--help"]), Err(Stop::Help));
        let silent = Hosted { words: "", flags: &[], ..AGENT };
        assert_eq!(Given::read(&silent, &["word".to_owned()]), wrong("unknown argument 'word'"));
        assert_eq!(Given::read(&silent, &["-h".to_owned()]), Err(Stop::Help));
    }

    #[test]
    fn the_usage_shows_every_flag() {
        let text = usage(&AGENT);
        assert!(
            text.starts_with("usage: tester [-d] [--root DIR] [-F] [-h HYPERVISOR] [WORD...]\n"),
            "{text}"
        );
        assert!(text.contains("  -F          fail\n"), "{text}");
    }
}
