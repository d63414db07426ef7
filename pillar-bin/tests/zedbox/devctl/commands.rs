//! Commands that change what a device is to do, and the one that shows what it does.

use pillar_core::controller::urls::Endpoint;
use pillar_proto::config::{ConfigRequest, ConfigResponse, EdgeDevConfig};
use pillar_proto::info::{ErrorInfo, InfoContent, ZInfoApp, ZInfoMsg};
use pillar_proto::{decode, encode};
use pillar_types::Uuid;

use super::Controller;
use super::device::Device;
use super::onboarding::{onboard, token};

const LIMIT: usize = 1 << 20;

/// A device that has its configuration, and asks for the next.
struct Follower {
    device: Device,
    uuid: Uuid,
    token: Vec<u8>,
}

impl Follower {
    fn config(&self) -> EdgeDevConfig {
        let request = ConfigRequest { config_hash: String::new(), integrity_token: self.token.clone() };
        let (status, answer) = self.device.ask(Some(self.uuid), Endpoint::Config, encode(&request));
        assert_eq!(status, 200);
        decode::<ConfigResponse>(&answer, LIMIT).unwrap().config.unwrap()
    }
}

fn deploy(controller: &Controller, app: &str, url: &str) {
    let sha256 = "AB".repeat(32);
    let image = ["one", app, "--image", url, "--sha256", &sha256, "--size", "1000"];
    controller
        .ok("deploy", &[&image[..], &["--memory", "128", "--cpus", "2", "--port-map", "8080:80"]].concat());
}

#[test]
fn what_commands_say_comes_to_the_device() {
    let mut controller = Controller::new();
    let made = controller.create("one", &[]);
    controller.serve();
    let device = Device::installed(&controller, &made);
    let uuid = onboard(&device).unwrap();
    let token = token(&device, uuid);
    let follower = Follower { device, uuid, token };

    // Deploy: application, volume, content, datastore, network, each naming the other.
    deploy(&controller, "web", "http://10.0.0.9:81/dir/guest.qcow2");
    let config = follower.config();
    let (app, volume, content) = (&config.apps[0], &config.volumes[0], &config.content_info[0]);
    assert_eq!((&*app.display_name, app.activate), ("web", true));
    let vm = app.fixed_resources.as_ref().unwrap();
    assert_eq!((vm.memory, vm.vcpus), (128 * 1024, 2));
    assert_eq!(app.volume_ref_list[0].uuid, volume.uuid);
    assert_eq!(volume.origin.as_ref().unwrap().download_content_tree_id, content.uuid);
    assert_eq!(
        (&*content.url, &*content.sha256, content.max_size_bytes),
        ("guest.qcow2", &*"ab".repeat(32), 1000)
    );
    let store = config.datastores.iter().find(|store| store.id == content.ds_id).unwrap();
    assert_eq!((&*store.fqdn, &*store.dpath), ("http://10.0.0.9:81", "dir"));
    let network = config.network_instances[0].uuid_and_version.as_ref().unwrap();
    assert_eq!(app.interfaces[0].network_id, network.uuid);
    let names = |config: &EdgeDevConfig| {
        config.apps[0].interfaces[0].acls.iter().map(|rule| rule.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&config), ["8080:80/tcp", "all"]);

    // Rules and port maps come and go; the rule for all the rest stays the last.
    controller.ok("port-map", &["one", "web", "remove", "8080:80"]);
    controller.ok("rule", &["one", "web", "add", "drop", "protocol=tcp,fport=25"]);
    controller.ok("port-map", &["one", "web", "add", "8081:80"]);
    assert_eq!(names(&follower.config()), ["8081:80/tcp", "drop protocol=tcp,fport=25", "all"]);
    controller.ok("rule", &["one", "web", "remove", "drop", "protocol=tcp,fport=25"]);
    assert_eq!(names(&follower.config()), ["8081:80/tcp", "all"]);

    // Counters grow; a purge is another generation of the volume.
    controller.ok("restart", &["one", "web"]);
    controller.ok("purge", &["one", "web"]);
    controller.ok("purge", &["one", "web"]);
    controller.ok("reboot", &["one"]);
    controller.ok("set", &["one", "timer.config.interval", "10"]);
    controller.ok("set", &["one", "timer.config.interval", "20"]);
    let config = follower.config();
    let counter = |command: &Option<pillar_proto::config::InstanceOpsCmd>| command.as_ref().unwrap().counter;
    assert_eq!((counter(&config.apps[0].restart), counter(&config.apps[0].purge)), (1, 2));
    assert_eq!(
        (config.volumes[0].generation_count, config.apps[0].volume_ref_list[0].generation_count),
        (2, 2)
    );
    let reboot = config.reboot.unwrap();
    assert_eq!((reboot.counter, reboot.desired_state), (1, true));
    assert_eq!((config.config_items.len(), &*config.config_items[0].value), (1, "20"));

    // Deleted with all that only it needed.
    deploy(&controller, "other", "http://10.0.0.9:81/dir/other.qcow2");
    controller.ok("delete", &["one", "web"]);
    let config = follower.config();
    assert_eq!((config.apps.len(), config.volumes.len(), config.content_info.len()), (1, 1, 1));
    assert_eq!((config.datastores.len(), config.network_instances.len()), (1, 1));
    controller.ok("delete", &["one", "other"]);
    let config = follower.config();
    assert!(config.volumes.is_empty() && config.datastores.is_empty() && config.network_instances.is_empty());
}

#[test]
fn show_tells_of_devices_applications_and_errors() {
    let mut controller = Controller::new();
    assert_eq!(controller.ok("show", &[]), "no devices yet\n");
    let made = controller.create("one", &[]);
    controller.serve();
    assert!(controller.ok("show", &[]).starts_with("device  one  new  "));
    let device = Device::installed(&controller, &made);
    let uuid = onboard(&device).unwrap();
    deploy(&controller, "web", "http://h/guest.qcow2");
    let shown = controller.ok("show", &["one"]);
    assert!(shown.contains("app     web  -           the device has not told of it yet"), "{shown}");

    let json = std::fs::read_to_string(made.join("config.json")).unwrap();
    let app_id = json.split("\"apps\"").nth(1).unwrap().split('"').nth(5).unwrap().to_owned();
    let why = ErrorInfo { description: "no\x1b[2Jspace".into(), ..ErrorInfo::default() };
    let app =
        ZInfoApp { app_id, app_name: "web".into(), state: 7, app_err: vec![why], ..ZInfoApp::default() };
    let content = Some(InfoContent::App(Box::new(app)));
    let message = ZInfoMsg { info_type: 3, dev_id: uuid.to_string(), content, at_time_stamp: None };
    assert_eq!(device.ask(Some(uuid), Endpoint::Info, encode(&message)).0, 200);
    let shown = controller.ok("show", &[]);
    assert!(shown.contains("app     web  RUNNING     port 8080 -> 80\n        ! no [2Jspace\n"), "{shown}");
    let json = controller.ok("show", &["--json"]);
    assert!(json.contains("\"AppName\": \"web\"") && json.contains("\"registered\": true"), "{json}");
}

#[test]
fn wrong_calls_are_told_what_is_wrong() {
    let controller = Controller::new();
    controller.create("one", &[]);
    let sha256 = "a".repeat(64);
    for (command, args, status, wanted) in [
        ("deploy", ["one", "web", "--image", "h/f"].as_slice(), 2, "--image: not http"),
        ("deploy", &["one", "web", "--image", "http://h/f", "--sha256", "a"], 2, "--sha256: not 64"),
        ("deploy", &["one", "web", "--image", "http://h/f", "--sha256", &sha256], 2, "--size: how many"),
        ("deploy", &["one", "web", "--format", "iso"], 2, "--format iso: raw or qcow2"),
        ("deploy", &["one", "web", "--port-map", "80"], 2, "--port-map 80: not OUT:IN"),
        ("port-map", &["one", "web", "toggle", "80:80"], 2, "toggle: add or remove"),
        ("port-map", &["one", "web", "add", "80:80"], 1, "no application 'web': it has none yet"),
        ("rule", &["one", "web", "add", "drop", "x=y"], 2, "x=y: not KIND=VALUE"),
        ("set", &["one", "key"], 2, "VALUE is missing"),
        ("reboot", &["two"], 1, "no device 'two'; there are: one"),
        ("show", &["two"], 1, "no device 'two'"),
    ] {
        let output = controller.call(command, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(status) && said.contains(wanted), "{command} {args:?}: {said}");
    }
}
