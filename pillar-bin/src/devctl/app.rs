//! Commands about the applications of a device: `deploy`, `port-map`, `rule`, `restart`, `purge` and `delete`. Each
//! changes the device's configuration as a controller would; the device does the rest.

use std::fmt;
use std::str::FromStr;

use pillar_proto::common::{IpRange, IpSpec};
use pillar_proto::config::{
    Ace, AceAction, AceMatch, Adapter, AddressType, AppInstanceConfig, ContentTree, DatastoreConfig, DsType,
    EdgeDevConfig, Format, InstanceOpsCmd, NetworkAdapter, NetworkInstanceConfig, UuidAndVersion, VmConfig,
    VmMode, Volume, VolumeContentOrigin, VolumeContentOriginType, VolumeRef, ZNetworkInstType,
};

use super::document;
use super::store::{Device, Store, new_uuid};
use super::{Fault, Words, hex, time};
use crate::args::Stop;
use crate::output;

/// The network that applications get unless told, and what it is like.
const NETWORK: &str = "local";
const SUBNET: &str = "10.11.12.0/24";
const GATEWAY: &str = "10.11.12.1";
const FIRST: &str = "10.11.12.2";
const LAST: &str = "10.11.12.254";

/// The ports for management, by their shared label.
const UPLINK: &str = "uplink";

/// The rule that lets everything else pass.
const ALL: &str = "all";

/// A forwarded port: `OUT:IN`, or `OUT:IN/udp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PortMap {
    outside: u16,
    inside: u16,
    udp: bool,
}

impl FromStr for PortMap {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "not OUT:IN or OUT:IN/udp, with ports from 1 to 65535";
        let (ports, udp) = match text.split_once('/') {
            None | Some((_, "tcp")) => (text.trim_end_matches("/tcp"), false),
            Some((ports, "udp")) => (ports, true),
            Some(_) => return Err(WRONG),
        };
        let (outside, inside) = ports.split_once(':').ok_or(WRONG)?;
        let port = |text: &str| text.parse().ok().filter(|port: &u16| *port > 0).ok_or(WRONG);
        Ok(PortMap { outside: port(outside)?, inside: port(inside)?, udp })
    }
}

impl fmt::Display for PortMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.outside, self.inside, self.protocol())
    }
}

impl PortMap {
    fn protocol(self) -> &'static str {
        if self.udp { "udp" } else { "tcp" }
    }

    fn rule(self) -> Ace {
        let action = AceAction { port_map: true, app_port: self.inside.into(), ..AceAction::default() };
        let matches =
            vec![condition("protocol", self.protocol()), condition("lport", &self.outside.to_string())];
        Ace { matches, actions: vec![action], name: self.to_string(), ..Ace::default() }
    }

    fn is(self, rule: &Ace) -> bool {
        let own = self.rule();
        rule.matches == own.matches && rule.actions == own.actions
    }
}

fn condition(kind: &str, value: &str) -> AceMatch {
    AceMatch { kind: kind.to_owned(), value: value.to_owned() }
}

/// What is to be deployed.
#[derive(Default)]
struct Wanted {
    image: String,
    sha256: String,
    size_bytes: u64,
    format: Option<Format>,
    port_maps: Vec<PortMap>,
    memory_mib: Option<u32>,
    cpus: Option<u32>,
    disk_mib: Option<u32>,
}

/// Where an image is.
#[derive(Debug, PartialEq, Eq)]
struct Image<'a> {
    kind: DsType,
    /// Scheme, host and port.
    server: String,
    dir: &'a str,
    file: &'a str,
}

impl<'a> Image<'a> {
    fn parse(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let kind = match scheme {
            "http" => DsType::Http,
            "https" => DsType::Https,
            _ => return None,
        };
        let (host, path) = rest.split_once('/')?;
        let (dir, file) = path.rsplit_once('/').unwrap_or(("", path));
        let good = !host.is_empty() && !file.is_empty() && !url.contains(char::is_whitespace);
        good.then(|| Image { kind, server: format!("{scheme}://{host}"), dir, file })
    }
}

/// `deploy DIR DEVICE APP --image URL --sha256 HEX --size BYTES …`
pub fn deploy(words: Words<'_>) -> Result<(), Fault> {
    let mut wanted = Wanted::default();
    let [dir, device, name] = words.read(["DIR", "DEVICE", "APP"], |option, args| {
        match option {
            "--image" => wanted.image = args.value(option)?,
            "--sha256" => wanted.sha256 = args.value::<String>(option)?.to_ascii_lowercase(),
            "--size" => wanted.size_bytes = args.value(option)?,
            "--format" => wanted.format = Some(format(&args.value::<String>(option)?)?),
            "--port-map" => wanted.port_maps.push(args.value(option)?),
            "--memory" => wanted.memory_mib = Some(args.value(option)?),
            "--cpus" => wanted.cpus = Some(args.value(option)?),
            "--disk" => wanted.disk_mib = Some(args.value(option)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let wrong = |why: &str| Fault::Stop(Stop::Wrong(why.to_owned()));
    let image = Image::parse(&wanted.image)
        .ok_or_else(|| wrong("--image: not http://HOST/FILE or https://HOST/FILE"))?;
    if hex::decode(wanted.sha256.as_bytes()).is_none_or(|hash| hash.len() != 32) {
        return Err(wrong("--sha256: not 64 hexadecimal digits"));
    }
    if wanted.size_bytes == 0 {
        return Err(wrong("--size: how many bytes the image has"));
    }
    let device = Store::open(dir)?.device(device)?;
    let mut config = document::config(&device)?;
    if config.apps.iter().any(|app| app.display_name == name) {
        return Err(format!("{} has an application '{name}' already", device.name).into());
    }
    let uuid = add(&mut config, name, &wanted, &image)?;
    document::set_config(&device, config)?;
    output::print(&format!("{name} on {} is {uuid}.\n", device.name));
    Ok(())
}

fn format(name: &str) -> Result<Format, Stop> {
    match name {
        "raw" => Ok(Format::Raw),
        "qcow2" => Ok(Format::Qcow2),
        other => Err(Stop::Wrong(format!("--format {other}: raw or qcow2"))),
    }
}

fn add(config: &mut EdgeDevConfig, name: &str, wanted: &Wanted, image: &Image<'_>) -> Result<String, String> {
    /// What a small guest has unless told.
    const MEMORY_MIB: u32 = 256;
    const KIB_PER_MIB: u32 = 1024;
    let (app, content, volume) = (new_uuid()?.to_string(), new_uuid()?.to_string(), new_uuid()?.to_string());
    let datastore = datastore(config, image)?;
    let network = network(config)?;
    config.content_info.push(ContentTree {
        uuid: content.clone(),
        ds_id: datastore.clone(),
        ds_ids_list: vec![datastore],
        url: image.file.to_owned(),
        format: wanted.format.unwrap_or(Format::Qcow2) as i32,
        sha256: wanted.sha256.clone(),
        max_size_bytes: wanted.size_bytes,
        display_name: name.to_owned(),
        ..ContentTree::default()
    });
    config.volumes.push(Volume {
        uuid: volume.clone(),
        origin: Some(VolumeContentOrigin {
            kind: VolumeContentOriginType::Download as i32,
            download_content_tree_id: content,
        }),
        max_size_bytes: i64::from(wanted.disk_mib.unwrap_or(0)) << 20,
        display_name: name.to_owned(),
        // There is no vault without a TPM.
        clear_text: true,
        ..Volume::default()
    });
    let memory = wanted.memory_mib.unwrap_or(MEMORY_MIB).saturating_mul(KIB_PER_MIB);
    let cpus = wanted.cpus.unwrap_or(1);
    let mut rules: Vec<Ace> = wanted.port_maps.iter().map(|map| map.rule()).collect();
    rules.push(Ace { matches: vec![condition("ip", "0.0.0.0/0")], name: ALL.to_owned(), ..Ace::default() });
    number(&mut rules);
    config.apps.push(AppInstanceConfig {
        uuid_and_version: Some(UuidAndVersion { uuid: app.clone(), version: "1".to_owned() }),
        display_name: name.to_owned(),
        fixed_resources: Some(VmConfig {
            memory,
            max_mem: memory,
            vcpus: cpus,
            max_cpus: cpus,
            virtualization_mode: VmMode::Hvm as i32,
            ..VmConfig::default()
        }),
        activate: true,
        interfaces: vec![NetworkAdapter {
            name: "eth0".to_owned(),
            network_id: network,
            acls: rules,
            ..NetworkAdapter::default()
        }],
        volume_ref_list: vec![VolumeRef { uuid: volume, ..VolumeRef::default() }],
        ..AppInstanceConfig::default()
    });
    Ok(app)
}

/// Rules have numbers from 1 on: the place of an interface among others is that of its first rule.
fn number(rules: &mut [Ace]) {
    let used = rules.iter().map(|rule| rule.id).max().unwrap_or(0);
    for (rule, id) in rules.iter_mut().filter(|rule| rule.id == 0).zip(used + 1..) {
        rule.id = id;
    }
}

fn datastore(config: &mut EdgeDevConfig, image: &Image<'_>) -> Result<String, String> {
    let same = |store: &&DatastoreConfig| {
        store.ds_type == image.kind as i32 && store.fqdn == image.server && store.dpath == image.dir
    };
    if let Some(found) = config.datastores.iter().find(same) {
        return Ok(found.id.clone());
    }
    let id = new_uuid()?.to_string();
    config.datastores.push(DatastoreConfig {
        id: id.clone(),
        ds_type: image.kind as i32,
        fqdn: image.server.clone(),
        dpath: image.dir.to_owned(),
        ..DatastoreConfig::default()
    });
    Ok(id)
}

fn network(config: &mut EdgeDevConfig) -> Result<String, String> {
    let named = config.network_instances.iter().find(|network| network.display_name == NETWORK);
    if let Some(id) = named.and_then(|network| network.uuid_and_version.as_ref()) {
        return Ok(id.uuid.clone());
    }
    let uuid = new_uuid()?.to_string();
    config.network_instances.push(NetworkInstanceConfig {
        uuid_and_version: Some(UuidAndVersion { uuid: uuid.clone(), version: "1".to_owned() }),
        display_name: NETWORK.to_owned(),
        inst_type: ZNetworkInstType::Local as i32,
        activate: true,
        port: Some(Adapter { name: UPLINK.to_owned(), ..Adapter::default() }),
        ip_type: AddressType::Ipv4 as i32,
        ip: Some(IpSpec {
            subnet: SUBNET.to_owned(),
            gateway: GATEWAY.to_owned(),
            dhcp_range: Some(IpRange { start: FIRST.to_owned(), end: LAST.to_owned() }),
            ..IpSpec::default()
        }),
        ..NetworkInstanceConfig::default()
    });
    Ok(uuid)
}

/// A change of one application.
fn change(
    [dir, device, name]: [&str; 3],
    done: &str,
    change: impl FnOnce(&mut EdgeDevConfig, usize) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let device = Store::open(dir)?.device(device)?;
    let mut config = document::config(&device)?;
    let place = find(&config, &device, name)?;
    change(&mut config, place)?;
    if let Some(id) = config.apps.get_mut(place).and_then(|app| app.uuid_and_version.as_mut()) {
        let version: u64 = id.version.parse().unwrap_or(0);
        id.version = version.saturating_add(1).to_string();
    }
    document::set_config(&device, config)?;
    output::print(&format!("{name} on {}: {done}\n", device.name));
    Ok(())
}

fn find(config: &EdgeDevConfig, device: &Device, name: &str) -> Result<usize, String> {
    config.apps.iter().position(|app| app.display_name == name).ok_or_else(|| {
        let names: Vec<&str> = config.apps.iter().map(|app| app.display_name.as_str()).collect();
        match names.as_slice() {
            [] => format!("{} has no application '{name}': it has none yet", device.name),
            names => format!("{} has no application '{name}'; it has: {}", device.name, names.join(", ")),
        }
    })
}

/// The rules of an application's first interface.
fn rules(config: &mut EdgeDevConfig, app: usize) -> Result<&mut Vec<Ace>, String> {
    let interface = config.apps.get_mut(app).and_then(|app| app.interfaces.first_mut());
    interface.map(|interface| &mut interface.acls).ok_or_else(|| "it has no network".to_owned())
}

/// What an application's rules are to become.
enum Verb {
    Add,
    Remove,
}

impl FromStr for Verb {
    type Err = Stop;

    fn from_str(text: &str) -> Result<Self, Stop> {
        match text {
            "add" => Ok(Verb::Add),
            "remove" => Ok(Verb::Remove),
            other => Err(Stop::Wrong(format!("{other}: add or remove"))),
        }
    }
}

/// `port-map DIR DEVICE APP add|remove OUT:IN[/udp]`
pub fn port_map(words: Words<'_>) -> Result<(), Fault> {
    let names = ["DIR", "DEVICE", "APP", "add or remove", "OUT:IN"];
    let [dir, device, name, verb, map] = words.read(names, |_, _| Ok(false))?;
    let verb: Verb = verb.parse()?;
    let map: PortMap = map.parse().map_err(|why| Stop::Wrong(format!("{map}: {why}")))?;
    change([dir, device, name], &format!("{map} changed"), |config, app| {
        let rules = rules(config, app)?;
        let place = rules.iter().position(|rule| map.is(rule));
        match (verb, place) {
            (Verb::Add, Some(_)) => return Err(format!("{map} is forwarded already").into()),
            (Verb::Add, None) => rules.insert(0, map.rule()),
            (Verb::Remove, Some(place)) => drop(rules.remove(place)),
            (Verb::Remove, None) => return Err(format!("{map} is not forwarded").into()),
        }
        number(rules);
        Ok(())
    })
}

/// `rule DIR DEVICE APP add|remove allow|drop KIND=VALUE[,KIND=VALUE]...`
pub fn rule(words: Words<'_>) -> Result<(), Fault> {
    let names = ["DIR", "DEVICE", "APP", "add or remove", "allow or drop", "KIND=VALUE"];
    let [dir, device, name, verb, action, conditions] = words.read(names, |_, _| Ok(false))?;
    let verb: Verb = verb.parse()?;
    let wanted = parse_rule(action, conditions)?;
    change([dir, device, name], &format!("{} changed", wanted.name), |config, app| {
        let rules = rules(config, app)?;
        let same = |rule: &Ace| rule.matches == wanted.matches && rule.actions == wanted.actions;
        match (verb, rules.iter().position(same)) {
            (Verb::Add, Some(_)) => return Err("there is such a rule already".to_owned().into()),
            // The first rule that fits counts: the one for all the rest stays the last.
            (Verb::Add, None) => {
                let end = rules.iter().position(|rule| rule.name == ALL).unwrap_or(rules.len());
                rules.insert(end, wanted);
            }
            (Verb::Remove, Some(place)) => drop(rules.remove(place)),
            (Verb::Remove, None) => return Err("there is no such rule".to_owned().into()),
        }
        number(rules);
        Ok(())
    })
}

fn parse_rule(action: &str, conditions: &str) -> Result<Ace, Stop> {
    const KINDS: [&str; 6] = ["ip", "host", "protocol", "fport", "lport", "adapter"];
    let actions = match action {
        "allow" => Vec::new(),
        "drop" => vec![AceAction { drop: true, ..AceAction::default() }],
        other => return Err(Stop::Wrong(format!("{other}: allow or drop"))),
    };
    let parse = |text: &str| match text.split_once('=') {
        Some((kind, value)) if KINDS.contains(&kind) && !value.is_empty() => Ok(condition(kind, value)),
        _ => Err(Stop::Wrong(format!("{text}: not KIND=VALUE with KIND one of {}", KINDS.join(", ")))),
    };
    let matches = conditions.split(',').map(parse).collect::<Result<_, _>>()?;
    Ok(Ace { matches, actions, name: format!("{action} {conditions}"), ..Ace::default() })
}

fn next(command: &mut Option<InstanceOpsCmd>) {
    let counter = command.as_ref().map_or(0, |command| command.counter).saturating_add(1);
    *command = Some(InstanceOpsCmd { counter, ops_time: time::now().to_string() });
}

/// `restart DIR DEVICE APP`
pub fn restart(words: Words<'_>) -> Result<(), Fault> {
    let app = words.read(["DIR", "DEVICE", "APP"], |_, _| Ok(false))?;
    change(app, "is to be restarted", |config, app| {
        next(&mut config.apps[app].restart);
        Ok(())
    })
}

/// `purge DIR DEVICE APP`: its volumes are made anew, which is another generation of them.
pub fn purge(words: Words<'_>) -> Result<(), Fault> {
    let app = words.read(["DIR", "DEVICE", "APP"], |_, _| Ok(false))?;
    change(app, "is to be made anew", |config, app| {
        let app = &mut config.apps[app];
        next(&mut app.purge);
        for used in &mut app.volume_ref_list {
            used.generation_count += 1;
            for volume in config.volumes.iter_mut().filter(|volume| volume.uuid == used.uuid) {
                volume.generation_count = used.generation_count;
            }
        }
        Ok(())
    })
}

/// `delete DIR DEVICE APP`: with its volumes, and what only these needed.
pub fn delete(words: Words<'_>) -> Result<(), Fault> {
    let app = words.read(["DIR", "DEVICE", "APP"], |_, _| Ok(false))?;
    change(app, "is deleted", |config, app| {
        config.apps.remove(app);
        let EdgeDevConfig { apps, volumes, content_info, datastores, network_instances, .. } = config;
        let uses = |id: &str| apps.iter().flat_map(|app| &app.volume_ref_list).any(|used| used.uuid == id);
        volumes.retain(|volume| uses(&volume.uuid));
        let uses = |id: &str| {
            let origins = volumes.iter().filter_map(|volume| volume.origin.as_ref());
            origins.into_iter().any(|origin| origin.download_content_tree_id == id)
        };
        content_info.retain(|tree| uses(&tree.uuid));
        datastores.retain(|store| {
            content_info.iter().any(|tree| tree.ds_id == store.id || tree.ds_ids_list.contains(&store.id))
        });
        let uses = |id: &str| apps.iter().flat_map(|app| &app.interfaces).any(|used| used.network_id == id);
        network_instances.retain(|network| {
            network.display_name != NETWORK
                || network.uuid_and_version.as_ref().is_some_and(|id| uses(&id.uuid))
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_map_is_two_ports_and_a_protocol() {
        let parsed = |text: &str| text.parse::<PortMap>().map(|map| map.to_string());
        assert_eq!(parsed("8080:80").as_deref(), Ok("8080:80/tcp"));
        assert_eq!(parsed("53:5353/udp").as_deref(), Ok("53:5353/udp"));
        for text in ["", "80", "80:", "0:80", "80:65536", "80:80/icmp", "a:b"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_image_has_a_server_a_directory_and_a_file() {
        let image = |url| Image::parse(url).map(|image| (image.kind, image.server, image.dir, image.file));
        let (http, https) = (DsType::Http, DsType::Https);
        assert_eq!(image("http://h:80/f"), Some((http, "http://h:80".into(), "", "f")));
        assert_eq!(image("https://h/a/b/f?x"), Some((https, "https://h".into(), "a/b", "f?x")));
        for url in ["", "f", "ftp://h/f", "http://h", "http://h/", "http:///f", "http://h/a b"] {
            assert_eq!(image(url), None, "{url}");
        }
    }
}
