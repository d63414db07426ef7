//! Commands about a device as a whole: `set` and `reboot`.

use pillar_proto::config::{ConfigItem, DeviceOpsCmd, EdgeDevConfig};

use super::store::Store;
use super::{Fault, Words, document, time};
use crate::output;

fn change(
    [dir, device]: [&str; 2],
    done: &str,
    change: impl FnOnce(&mut EdgeDevConfig),
) -> Result<(), Fault> {
    let device = Store::open(dir)?.device(device)?;
    let mut config = document::config(&device)?;
    change(&mut config);
    document::set_config(&device, config)?;
    output::print(&format!("{}: {done}\n", device.name));
    Ok(())
}

/// `set DIR DEVICE KEY VALUE`. The device alone knows which settings there are, and tells of others.
pub fn set(words: Words<'_>) -> Result<(), Fault> {
    let names = ["DIR", "DEVICE", "KEY", "VALUE"];
    let [dir, device, key, value] = words.read(names, |_, _| Ok(false))?;
    change([dir, device], &format!("{key} is {value}"), |config| {
        config.config_items.retain(|item| item.key != key);
        if !value.is_empty() {
            config.config_items.push(ConfigItem { key: key.to_owned(), value: value.to_owned() });
        }
    })
}

fn next(command: &mut Option<DeviceOpsCmd>) {
    let counter = command.as_ref().map_or(0, |command| command.counter).saturating_add(1);
    *command = Some(DeviceOpsCmd { counter, desired_state: true, ops_time: time::now().to_string() });
}

/// `reboot DIR DEVICE`
pub fn reboot(words: Words<'_>) -> Result<(), Fault> {
    let device = words.read(["DIR", "DEVICE"], |_, _| Ok(false))?;
    change(device, "is to reboot", |config| next(&mut config.reboot))
}
