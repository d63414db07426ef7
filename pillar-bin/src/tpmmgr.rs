//! `tpmmgr`, as scripts of the device call it to give the device its key and certificate (spec/01, A17). Those of a
//! TPM are not made yet, and refused as such.

use std::path::PathBuf;
use std::sync::Arc;

use pillar_core::hal::{Keys as _, Scope};
use pillar_hal::linux::{LinuxClock, LinuxFs, LinuxKeys, LinuxRandom, LinuxStorage, P256};

use crate::args::{Args, FAILED, OK, Stop, unknown};

/// How it is called.
pub const COMMAND: &str = "tpmmgr";

const USAGE: &str = "\
Makes the device's key and certificate, if it has none.

usage: tpmmgr [--root DIR] createSoftDeviceCert

  createSoftDeviceCert  as files of the config partition: /config/device.key.pem and /config/device.cert.pem
  --root DIR            use DIR/config in place of /config
";

/// Runs it; gives the exit status.
pub fn main(args: &[String]) -> i32 {
    let root = match read(args) {
        Ok(root) => root,
        Err(stop) => return stop.exit(COMMAND, USAGE),
    };
    let (clock, random) = (Arc::new(LinuxClock), Arc::new(LinuxRandom));
    let storage = Arc::new(LinuxStorage::new(LinuxFs));
    let keys = LinuxKeys::new(P256, root.join("config"), storage, clock, random);
    match keys.create_device_certificate(&Scope::unbounded()) {
        Ok(_) => OK,
        Err(why) => {
            eprintln!("{COMMAND}: {why}");
            FAILED
        }
    }
}

fn read(args: &[String]) -> Result<PathBuf, Stop> {
    let (mut root, mut task) = (PathBuf::from("/"), None);
    let mut args = Args::new(args);
    while let Some(arg) = args.next()? {
        match arg {
            "--root" => root = args.value(arg)?,
            "createSoftDeviceCert" => task = Some(arg),
            "createDeviceCert" => return Err(Stop::Wrong("createDeviceCert: this build uses no TPM".into())),
            other => return Err(unknown(other)),
        }
    }
    task.map(|_| root).ok_or_else(|| Stop::Wrong("what shall be made?".into()))
}
