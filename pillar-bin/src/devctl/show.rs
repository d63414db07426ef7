//! `devctl show`: what devices are to do and what they tell, as a table for people or as JSON.

use pillar_proto::config::EdgeDevConfig;
use pillar_proto::encode;
use pillar_proto::google::Timestamp;
use pillar_proto::info::{
    ErrorInfo, InfoContent, ZDeviceState, ZInfoApp, ZInfoContentTree, ZInfoDevice, ZInfoMsg,
    ZInfoNetworkInstance, ZInfoVolume, ZNetworkInstanceState,
};

use super::reports::{self, INFO_MESSAGE};
use super::store::{Device, Store};
use super::{Fault, Words, document, time};
use crate::args::{Args, Stop, unknown};
use crate::output;

/// `show DIR [DEVICE] [--json]`
pub fn show(words: Words<'_>) -> Result<(), Fault> {
    let (dir, device, json) = read(words)?;
    let store = Store::open(dir)?;
    let devices = match device {
        Some(device) => vec![store.device(device)?],
        None => store.devices()?,
    };
    let views: Vec<View> = devices.into_iter().map(View::of).collect();
    if json {
        let all: Vec<String> = views.iter().map(View::json).collect::<Result<_, _>>()?;
        output::print(&format!("[{}]\n", all.join(",\n")));
    } else if views.is_empty() {
        output::print("no devices yet\n");
    } else {
        let all: Vec<String> = views.iter().map(View::text).collect();
        output::print(&all.join("\n"));
    }
    Ok(())
}

fn read(words: Words<'_>) -> Result<(&str, Option<&str>, bool), Stop> {
    let mut args = Args::new(words.0);
    let (mut given, mut json) = (Vec::new(), false);
    while let Some(arg) = args.next()? {
        match arg {
            "--json" => json = true,
            _ if arg.starts_with('-') || given.len() == 2 => return Err(unknown(arg)),
            _ => given.push(arg),
        }
    }
    let dir = given.first().copied().ok_or_else(|| Stop::Wrong("DIR is missing".into()))?;
    Ok((dir, given.get(1).copied(), json))
}

/// All that is known of a device.
struct View {
    device: Device,
    /// What it is served, and what is wrong with the file, if that is another.
    config: Result<(EdgeDevConfig, Option<String>), String>,
    info: Vec<ZInfoMsg>,
}

/// A line about an object.
struct Row {
    kind: &'static str,
    name: String,
    state: String,
    detail: String,
    errors: Vec<String>,
}

impl View {
    fn of(device: Device) -> Self {
        let config = document::served(&device).map(|served| (served.config, served.problem));
        let info = reports::read_info(&device);
        View { device, config, info }
    }

    fn json(&self) -> Result<String, String> {
        let config = match &self.config {
            Ok((config, _)) => document::to_json(document::EDGE_DEV_CONFIG, &encode(config))?,
            Err(_) => "null".to_owned(),
        };
        let info: Vec<String> = self
            .info
            .iter()
            .map(|message| document::to_json(INFO_MESSAGE, &encode(message)))
            .collect::<Result<_, _>>()?;
        // Names have no characters that JSON would have to escape.
        Ok(format!(
            "{{\"name\": \"{}\", \"uuid\": \"{}\", \"registered\": {}, \"attested\": {},\n\"config\": {},\n\"info\": [{}]}}",
            self.device.name,
            self.device.uuid,
            self.has("device.cert.pem"),
            self.has("integrity-token"),
            config.trim_end(),
            info.join(",").trim_end(),
        ))
    }

    fn has(&self, file: &str) -> bool {
        self.device.path(file).is_file()
    }

    fn text(&self) -> String {
        let mut rows = vec![self.device_row()];
        rows.extend(self.app_rows());
        rows.extend(self.info.iter().filter_map(|message| object_row(message.content.as_ref()?)));
        table(&rows)
    }

    fn device_row(&self) -> Row {
        let told = self.info.iter().find_map(|message| match &message.content {
            Some(InfoContent::Device(device)) => Some((&**device, message.at_time_stamp.as_ref())),
            _ => None,
        });
        let state = match told {
            Some((told, _)) => device_state(told),
            None if self.has("integrity-token") => "attested".to_owned(),
            None if self.has("device.cert.pem") => "registered".to_owned(),
            None => "new".to_owned(),
        };
        let mut detail = vec![self.device.uuid.to_string()];
        let mut errors = Vec::new();
        match &self.config {
            Ok((config, problem)) => {
                let version = config.id.as_ref().map_or("", |id| &id.version);
                detail.push(format!("configuration {version}"));
                errors.extend(problem.iter().map(|why| format!("an earlier configuration is served: {why}")));
            }
            Err(why) => errors.push(why.clone()),
        }
        if let Some((told, at)) = told {
            detail.extend(at.map(|at| format!("told at {}", of_day(at))));
            detail.extend(ports(told));
            errors.extend(told.network.iter().filter_map(|port| {
                let why = port.network_err.as_ref().filter(|why| !why.description.is_empty())?;
                Some(format!("{}: {}", port.local_name, why.description))
            }));
        }
        Row { kind: "device", name: self.device.name.clone(), state, detail: detail.join(", "), errors }
    }

    /// What is configured, whether or not the device has told of it; and what it tells of besides.
    fn app_rows(&self) -> Vec<Row> {
        let told = || {
            self.info.iter().filter_map(|message| match &message.content {
                Some(InfoContent::App(app)) => Some(&**app),
                _ => None,
            })
        };
        let apps = self.config.as_ref().map_or(&[][..], |(config, _)| &config.apps);
        let id = |app: &pillar_proto::config::AppInstanceConfig| {
            app.uuid_and_version.as_ref().map_or_else(String::new, |id| id.uuid.clone())
        };
        let mut rows: Vec<Row> = apps
            .iter()
            .map(|app| match told().find(|told| told.app_id == id(app)) {
                Some(told) => app_row(told, &app.display_name, &ports_of(app)),
                None => Row {
                    kind: "app",
                    name: app.display_name.clone(),
                    state: "-".to_owned(),
                    detail: "the device has not told of it yet".to_owned(),
                    errors: Vec::new(),
                },
            })
            .collect();
        let gone = told().filter(|told| apps.iter().all(|app| id(app) != told.app_id));
        rows.extend(gone.map(|told| app_row(told, &told.app_name, "deleted")));
        rows
    }
}

/// The forwarded ports.
fn ports_of(app: &pillar_proto::config::AppInstanceConfig) -> String {
    let rules = app.interfaces.iter().flat_map(|interface| &interface.acls);
    let maps: Vec<String> = rules
        .filter_map(|rule| {
            let action = rule.actions.first().filter(|action| action.port_map)?;
            let port = rule.matches.iter().find(|condition| condition.kind == "lport")?;
            Some(format!("port {} -> {}", port.value, action.app_port))
        })
        .collect();
    maps.join(", ")
}

fn app_row(app: &ZInfoApp, name: &str, detail: &str) -> Row {
    let addresses = app.network.iter().flat_map(|network| &network.ip_addrs).cloned();
    let detail: Vec<String> =
        addresses.chain(Some(detail.to_owned())).filter(|part| !part.is_empty()).collect();
    Row {
        kind: "app",
        name: name.to_owned(),
        state: software_state(app.state),
        detail: detail.join(", "),
        errors: app.app_err.iter().filter_map(error).collect(),
    }
}

fn object_row(content: &InfoContent) -> Option<Row> {
    match content {
        InfoContent::NetworkInstance(network) => Some(network_row(network)),
        InfoContent::Volume(volume) => Some(volume_row(volume)),
        InfoContent::ContentTree(tree) => Some(content_row(tree)),
        _ => None,
    }
}

fn network_row(network: &ZInfoNetworkInstance) -> Row {
    let state = ZNetworkInstanceState::try_from(network.state).map_or("?", |state| match state {
        ZNetworkInstanceState::Unspecified => "-",
        ZNetworkInstanceState::Init => "INIT",
        ZNetworkInstanceState::Online => "ONLINE",
        ZNetworkInstanceState::Error => "ERROR",
    });
    let parts = [network.bridge_name.clone(), network.bridge_ip_addr.clone(), network.ports.join(" ")];
    Row {
        kind: "network",
        name: network.display_name.clone(),
        state: state.to_owned(),
        detail: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
        errors: network.network_err.iter().filter_map(error).collect(),
    }
}

fn volume_row(volume: &ZInfoVolume) -> Row {
    Row {
        kind: "volume",
        name: volume.display_name.clone(),
        state: software_state(volume.state),
        detail: format!("{}, generation {}", progress(volume.progress_percentage), volume.generation_count),
        errors: volume.volume_err.iter().filter_map(error).collect(),
    }
}

fn content_row(tree: &ZInfoContentTree) -> Row {
    let digest: String = tree.sha256.chars().take(12).collect();
    Row {
        kind: "content",
        name: tree.display_name.clone(),
        state: software_state(tree.state),
        detail: format!("{}, sha256 {digest}…", progress(tree.progress_percentage)),
        errors: tree.err.iter().filter_map(error).collect(),
    }
}

/// `[######----]  60 %`
fn progress(percent: u32) -> String {
    let done = usize::try_from(percent.min(100) / 10).unwrap_or(0);
    format!("[{}{}] {percent:3} %", "#".repeat(done), "-".repeat(10 - done))
}

fn ports(device: &ZInfoDevice) -> Vec<String> {
    let with_address = device.network.iter().filter(|port| !port.ip_addrs.is_empty());
    with_address.map(|port| format!("{} {}", port.local_name, port.ip_addrs.join(" "))).collect()
}

fn error(error: &ErrorInfo) -> Option<String> {
    (!error.description.is_empty()).then(|| error.description.clone())
}

fn of_day(at: &Timestamp) -> String {
    time::of_day(pillar_types::Time::from_unix(at.seconds, 0))
}

fn device_state(device: &ZInfoDevice) -> String {
    let state = match ZDeviceState::try_from(device.state) {
        Ok(ZDeviceState::Unspecified) => "-",
        Ok(ZDeviceState::Online) => "ONLINE",
        Ok(ZDeviceState::Rebooting) => "REBOOTING",
        Ok(ZDeviceState::MaintenanceMode) => "MAINTENANCE",
        Ok(ZDeviceState::BaseOsUpdating) => "UPDATING",
        Ok(ZDeviceState::Booting) => "BOOTING",
        Ok(ZDeviceState::PreparingPoweroff | ZDeviceState::PoweringOff) => "POWERING_OFF",
        Ok(ZDeviceState::PreparedPoweroff) => "READY_FOR_POWEROFF",
        Err(_) => return device.state.to_string(),
    };
    state.to_owned()
}

/// The API's name, by its table: there are many.
fn software_state(number: i32) -> String {
    document::enum_name("info.ZSwState", number).unwrap_or_else(|| number.to_string())
}

/// Columns as wide as they need to be; an error has a line of its own.
fn table(rows: &[Row]) -> String {
    let width =
        |column: fn(&Row) -> &str| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
    let (kind, name, state) = (width(|row| row.kind), width(|row| &row.name), width(|row| &row.state));
    let mut text = String::new();
    for row in rows {
        let line = format!("{:kind$}  {:name$}  {:state$}  {}", row.kind, row.name, row.state, row.detail);
        let errors = row.errors.iter().map(|error| format!("{:kind$}  ! {error}", ""));
        for line in Some(line).into_iter().chain(errors) {
            text.push_str(&printable(line.trim_end()));
            text.push('\n');
        }
    }
    text
}

/// What a device says is not to move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_up_and_shows_errors_below_their_object() {
        let row = |name: &str, state: &str, errors: &[&str]| Row {
            kind: "app",
            name: name.to_owned(),
            state: state.to_owned(),
            detail: progress(60),
            errors: errors.iter().map(|error| (*error).to_owned()).collect(),
        };
        let shown = table(&[row("a", "RUNNING", &[]), row("long", "-", &["no\nspace"])]);
        assert_eq!(
            shown,
            "app  a     RUNNING  [######----]  60 %\napp  long  -        [######----]  60 %\n     ! no space\n"
        );
    }

    #[test]
    fn states_have_the_names_of_the_api() {
        assert_eq!(software_state(7), "RUNNING");
        assert_eq!(software_state(999), "999");
    }
}
