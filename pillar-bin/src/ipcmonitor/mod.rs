//! `ipcmonitor`: shows what a table of the bus holds and how it changes, at its socket or in its files (spec/02,
//! ipcmonitor). Unlike EVE's, which logs and so says nothing without `-d`, it prints.

mod files;
mod live;
mod show;

use std::path::PathBuf;

use pillar_core::bus::files::Layout;
use pillar_core::bus::files::layout::GLOBAL_DIR;
use pillar_core::bus::wire::eve::MAX_REQUEST;

use crate::args::{Args, FAILED, OK, Stop, unknown};
use show::{Form, Show};

/// How it is called.
pub const COMMAND: &str = "ipcmonitor";

const USAGE: &str = "\
Shows what a table of the bus holds, and then each change of it, until its agent ends.

usage: ipcmonitor [-a AGENT] [-s SCOPE] [-t TOPIC] [-f go|json] [-d] [--root DIR]
       ipcmonitor -P [-a AGENT]
       ipcmonitor decode TYPE FILE   (builds with tools)

  -a AGENT    who publishes it (default: zedrouter); 'global' for tables with several writers
  -s SCOPE    the scope, where an agent has one
  -t TOPIC    what it is of (default: DeviceNetworkStatus)
  -f go       a value on the line of its key (default)
  -f json     a value as indented JSON below its key
  -P          print the stored DevicePortConfigList of the agent, and end
  -d          for scripts that know EVE's; what comes is printed with and without
  --root DIR  look below DIR/run and DIR/persist

Tables that live in files only, those of 'global' and of zedclient, are looked at twice a second.
Secrets are printed as they stand. Exit status: 0 with -P, 1 when the agent is not there, ends, or sends nonsense, 2
when called wrongly.
";

/// Whose tables have no socket: it ends, and its socket would with it.
const DIRECTORY_ONLY: &str = "zedclient";

const PORT_CONFIGS: &str = "DevicePortConfigList";

/// What was asked for.
#[derive(Debug, PartialEq)]
struct Options {
    table: Table,
    form: Form,
    port_configs: bool,
}

/// A table of anybody's: names that this build need not know.
#[derive(Debug, PartialEq)]
struct Table {
    layout: Layout,
    agent: String,
    scope: Option<String>,
    topic: String,
}

/// Runs the subcommand.
pub fn main(args: &[String]) -> i32 {
    #[cfg(feature = "tools")]
    if let Some((word, rest)) = args.split_first()
        && word == "decode"
    {
        return crate::tools::decode::main(rest);
    }
    let options = match read(args) {
        Ok(options) => options,
        Err(stop) => return stop.exit(COMMAND, USAGE),
    };
    let mut show = Show::new(options.form);
    let table = &options.table;
    let ended = if options.port_configs {
        files::print(&table.stored(PORT_CONFIGS), &mut show)
    } else if table.agent == GLOBAL_DIR || table.agent == DIRECTORY_ONLY {
        files::follow(&table.dirs(), &table.topic, &mut show)
    } else {
        live::follow(table, &mut show)
    };
    match ended {
        Ok(()) => OK,
        Err(why) => {
            eprintln!("{COMMAND}: {why}");
            FAILED
        }
    }
}

fn read(args: &[String]) -> Result<Options, Stop> {
    let table = Table {
        layout: Layout::default(),
        agent: "zedrouter".into(),
        scope: None,
        topic: "DeviceNetworkStatus".into(),
    };
    let mut options = Options { table, form: Form::Go, port_configs: false };
    let mut args = Args::new(args);
    while let Some(arg) = args.next()? {
        match arg {
            "-a" => options.table.agent = args.value(arg)?,
            "-s" => options.table.scope = Some(args.value(arg)?).filter(|scope: &String| !scope.is_empty()),
            "-t" => options.table.topic = args.value(arg)?,
            "-f" => options.form = args.value(arg)?,
            "-P" => options.port_configs = true,
            "-d" => {}
            "--root" => {
                let root: PathBuf = args.value(arg)?;
                options.table.layout = Layout { run: root.join("run"), persist: root.join("persist") };
            }
            other => return Err(unknown(other)),
        }
    }
    let Table { agent, scope, topic, .. } = &mut options.table;
    // That is how EVE calls it.
    if agent.is_empty() {
        GLOBAL_DIR.clone_into(agent);
    }
    for name in [&*agent, topic].into_iter().chain(&*scope) {
        check_name(name)?;
    }
    Ok(options)
}

/// Names become parts of paths and of a request.
fn check_name(name: &str) -> Result<(), Stop> {
    let longest = MAX_REQUEST - live::REQUEST.len();
    let plain = !name.is_empty() && name.len() <= longest && !name.starts_with('.');
    let plain = plain && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    if plain {
        Ok(())
    } else {
        Err(Stop::Wrong(format!("{name:?} is not the name of an agent, a scope or a topic")))
    }
}

impl Table {
    /// `<agent>[/<scope>]/<topic>`.
    fn path(&self) -> PathBuf {
        [Some(&self.agent), self.scope.as_ref(), Some(&self.topic)].into_iter().flatten().collect()
    }

    fn socket(&self) -> PathBuf {
        let mut socket = self.layout.run.join(self.path()).into_os_string();
        socket.push(".sock");
        socket.into()
    }

    /// Where its files may be: until the next boot, and beyond.
    fn dirs(&self) -> [PathBuf; 2] {
        [self.layout.run.join(self.path()), self.layout.status().join(self.path())]
    }

    /// Where the agent's values of another topic are stored.
    fn stored(&self, topic: &str) -> PathBuf {
        self.layout.status().join(&self.agent).join(topic)
    }

    /// Where its large fields are on their way to us.
    fn large_fields(&self) -> PathBuf {
        self.layout.persist.join("pubsub-large").join(self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(args: &str) -> Result<Options, Stop> {
        read(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn flags_are_those_of_eve() {
        let none = options("").unwrap();
        assert_eq!(none.table.socket(), PathBuf::from("/run/zedrouter/DeviceNetworkStatus.sock"));
        assert_eq!((none.form, none.port_configs), (Form::Go, false));
        let all = options("-d -a nim -s dummy -t DevicePortConfig -f json --root /tmp/x").unwrap();
        assert_eq!(all.table.socket(), PathBuf::from("/tmp/x/run/nim/dummy/DevicePortConfig.sock"));
        assert_eq!(all.form, Form::Json);
        let stored = options("-P -a nim").unwrap();
        assert!(stored.port_configs);
        assert_eq!(
            stored.table.stored(PORT_CONFIGS),
            PathBuf::from("/persist/status/nim/DevicePortConfigList")
        );
        for wrong in
            ["-f xml", "-a", "-a ../x", "-t a/b", "-s .", "watch", "--x", &format!("-t {}", "x".repeat(250))]
        {
            assert!(matches!(options(wrong), Err(Stop::Wrong(_))), "{wrong}");
        }
    }
}
