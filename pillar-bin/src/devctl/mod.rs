//! `zedbox devctl`: a controller to develop against. It serves API v2 to devices from a directory of files, and its
//! commands edit and show these files. It is written from the specification on its own: with the device it shares
//! message types and the code of the envelope, so that a device that works with it works with others, too.

mod api;
mod app;
mod authority;
mod create;
mod device;
mod document;
mod hex;
mod http;
mod reports;
mod server;
mod show;
mod store;
mod time;

use crate::args::{Args, FAILED, OK, Stop, USAGE as WRONG, unknown};

const COMMAND: &str = "zedbox devctl";

const USAGE: &str = "\
A controller to develop against: a directory of files, served to devices by API v2 of EVE.

usage: zedbox devctl COMMAND DIR [ARGUMENT...]

  init DIR [--server HOST[:PORT]]           make the directory, with keys and certificates; devices will look for
                                            the controller at HOST (default 127.0.0.1:8443)
  create DIR NAME [--serial SERIAL]         make a device, and what belongs into its /config; only a device with
       [--port LABEL[=INTERFACE]]...        this serial number, if given, may be it (default --port eth0)
  serve DIR [--listen ADDRESS:PORT]         serve devices (default: at the address that they look for)
  show DIR [DEVICE] [--json]                what devices tell: states, applications, errors

  set DIR DEVICE KEY VALUE                  change a setting; an empty VALUE takes it back
  reboot DIR DEVICE                         have the device reboot

  deploy DIR DEVICE APP                     run an application in a virtual machine, with an interface on a network
       --image URL                          of its own:
       --sha256 HEX                         where its disk is, what it hashes to
       --size BYTES                         and how long it is
       [--format qcow2|raw]                 (default qcow2)
       [--disk MIB]                         size of its disk, if larger than the image
       [--memory MIB] [--cpus N]            (default 256 and 1)
       [--port-map OUT:IN[/udp]]...         ports of the device that lead to it
  port-map DIR DEVICE APP add|remove OUT:IN[/udp]
  rule DIR DEVICE APP add|remove allow|drop KIND=VALUE[,KIND=VALUE]...
                                            KIND: ip, host, protocol, fport, lport or adapter
  restart | purge | delete DIR DEVICE APP   purge makes its disk anew

DIR/devices/UUID/config.json is a device's configuration, to be edited at any time: the device gets it with its
next request. DEVICE is the name of a device, or its UUID.
Exit status: 0, 1 when it cannot be done, 2 when called wrongly.
";

/// Why a command ends early.
pub enum Fault {
    /// It is called wrongly, or asked for help.
    Stop(Stop),
    /// It cannot be done.
    Failed(String),
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        Fault::Stop(stop)
    }
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Fault::Failed(why)
    }
}

/// The arguments of a command.
pub struct Words<'a>(&'a [String]);

impl<'a> Words<'a> {
    /// Takes as many words as there are names for them; `option` takes options that it knows.
    pub fn read<const N: usize>(
        self,
        names: [&str; N],
        mut option: impl FnMut(&'a str, &mut Args<'a>) -> Result<bool, Stop>,
    ) -> Result<[&'a str; N], Stop> {
        let mut args = Args::new(self.0);
        let mut words = Vec::new();
        while let Some(arg) = args.next()? {
            if arg.starts_with('-') {
                if !option(arg, &mut args)? {
                    return Err(unknown(arg));
                }
            } else if words.len() < N {
                words.push(arg);
            } else {
                return Err(unknown(arg));
            }
        }
        let given = words.len();
        words.try_into().map_err(|_| Stop::Wrong(format!("{} is missing", names[given])))
    }
}

/// Runs the subcommand; gives the exit status.
pub fn main(args: &[String]) -> i32 {
    let Some((name, rest)) = args.split_first() else {
        return Stop::Wrong("a command is missing".into()).exit(COMMAND, USAGE);
    };
    let run = match name.as_str() {
        "init" => create::init,
        "create" => create::create,
        "serve" => create::serve,
        "set" => device::set,
        "reboot" => device::reboot,
        "deploy" => app::deploy,
        "port-map" => app::port_map,
        "rule" => app::rule,
        "restart" => app::restart,
        "purge" => app::purge,
        "delete" => app::delete,
        "show" => show::show,
        "help" | "--help" | "-h" => return Stop::Help.exit(COMMAND, USAGE),
        other => return Stop::Wrong(format!("unknown command '{other}'")).exit(COMMAND, USAGE),
    };
    match run(Words(rest)) {
        Ok(()) => OK,
        Err(Fault::Stop(Stop::Help)) => Stop::Help.exit(COMMAND, USAGE),
        Err(Fault::Stop(Stop::Wrong(why))) => {
            eprintln!("{COMMAND} {name}: {why}\nTry '{COMMAND} --help'.");
            WRONG
        }
        Err(Fault::Failed(why)) => {
            eprintln!("{COMMAND} {name}: {why}");
            FAILED
        }
    }
}
