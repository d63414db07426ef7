//! Settings: the table against the specification's, what is taken and refused, the way to the bus and back.

use std::collections::BTreeMap;
use std::time::Duration;

use pillar_core::settings::kinds::{Check, Problem, Value};
use pillar_core::settings::levels::{LogLevel, SyslogLevel};
use pillar_core::settings::parse::{Device, MAX_REFUSED, Parsed, Source, parse};
use pillar_core::settings::{MAX_AGENT_SETTINGS, Settings, keys};
use pillar_types::codec::{Limits, json};
use pillar_types::config_item::{ConfigItemType, ConfigItemValue, ConfigItemValueMap, TriState};

const NOWHERE: Device = Device { eve_memory_limit: 0 };

fn wanted(items: &[(&str, &str)]) -> Parsed {
    parse(items.iter().copied(), None, Source::Controller, NOWHERE)
}

fn problems(parsed: &Parsed) -> Vec<(&str, Problem)> {
    parsed.refused.iter().map(|refused| (refused.key.as_str(), refused.problem)).collect()
}

#[test]
fn the_table_is_the_specifications() {
    let items: BTreeMap<&str, String> = include_str!("../../fixtures/settings/items.tsv")
        .lines()
        .skip(1)
        .map(|line| line.split_once('\t').map(|(key, rest)| (key, rest.to_owned())).expect("a key"))
        .collect();
    let ours: BTreeMap<&str, String> = keys::ITEMS
        .iter()
        .map(|item| {
            let (kind, range) = match item.check {
                Check::Int { min, max } => ("int", format!("{min}\t{max}")),
                Check::Bool => ("bool", "\t".into()),
                Check::TriState => ("tristate", "\t".into()),
                Check::Text(_) => ("string", "\t".into()),
            };
            (item.key, format!("{kind}\t{}\t{range}", item.default))
        })
        .collect();

    assert_eq!(ours, items);
    for list in [keys::ITEMS, keys::AGENT_ITEMS] {
        assert!(list.is_sorted_by_key(|item| item.key), "they are looked up by halves");
        for item in list {
            assert_eq!(item.check.accept(item.default.clone()).as_ref(), Ok(&item.default), "{}", item.key);
        }
    }
}

#[test]
fn ac01_29_a_value_out_of_range_is_refused_and_the_old_one_stays() {
    for (text, problem) in [
        ("4", Problem::OutOfRange { min: 5, max: 86_400 }),
        ("86401", Problem::OutOfRange { min: 5, max: 86_400 }),
        ("abc", Problem::NotInt),
        ("-1", Problem::NotInt),
        ("+6", Problem::NotInt),
        ("", Problem::NotInt),
        ("4294967296", Problem::NotInt),
    ] {
        let parsed = wanted(&[("timer.config.interval", text)]);

        assert_eq!(problems(&parsed), [("timer.config.interval", problem)], "{text}");
        assert_eq!(parsed.settings.get(keys::TIMER_CONFIG_INTERVAL), Duration::from_secs(60));
        let status = &parsed.status().config_items["timer.config.interval"];
        assert_eq!(status.value, "60");
        assert!(
            status.error.starts_with(&format!("timer.config.interval: {text:?} is not taken: it must be"))
        );
    }
    let five = wanted(&[("timer.config.interval", "5")]);
    assert_eq!(five.refused, []);
    assert_eq!(five.settings.get(keys::TIMER_CONFIG_INTERVAL), Duration::from_secs(5));
    assert_eq!(five.status().config_items["timer.config.interval"].error, "");

    let still_five =
        parse([("timer.config.interval", "4")], Some(&five.settings), Source::Controller, NOWHERE);
    assert_eq!(still_five.settings.get(keys::TIMER_CONFIG_INTERVAL), Duration::from_secs(5));
    assert_eq!(still_five.status().config_items["timer.config.interval"].value, "5");
}

#[test]
fn ac01_30_agents_have_settings_and_other_names_are_listed_as_errors() {
    let parsed = wanted(&[
        ("agent.nim.debug.loglevel", "debug"),
        ("debug.zedagent.remote.loglevel", "none"),
        ("foo.bar", "1"),
        ("agent.nim.debug.colour", "red"),
        ("agent.n-m.debug.loglevel", "info"),
        ("timer.use.config.checkpoint", "1"),
    ]);

    let map = parsed.settings.to_map();
    let nim = &map.agent_settings.get("nim").expect("nim").get("debug.loglevel").expect("its level");
    assert_eq!((nim.item_type, nim.str_value.as_str()), (ConfigItemType::String, "debug"));
    assert_eq!(parsed.settings.log_level("nim"), LogLevel::Debug);
    assert_eq!(parsed.settings.log_level("zedagent"), LogLevel::Info);
    assert_eq!(parsed.settings.remote_log_level("zedagent"), LogLevel::None);
    let status = parsed.status();
    assert_eq!(status.config_items["agent.nim.debug.loglevel"].value, "debug");
    let unknown: Vec<&str> = status.unknown_config_items.keys().map(String::as_str).collect();
    assert_eq!(
        unknown,
        ["agent.n-m.debug.loglevel", "agent.nim.debug.colour", "foo.bar", "timer.use.config.checkpoint"]
    );
    assert_eq!(
        status.unknown_config_items["foo.bar"].error,
        "foo.bar: \"1\" is not taken: there is no such setting"
    );
}

#[test]
fn what_the_controller_leaves_out_is_off_now_and_after_a_reboot() {
    // Weakness 25: an unchanged list was not read again, so that the first default stayed.
    for source in [Source::Controller, Source::Bootstrap] {
        let given = [("debug.enable.vga", "1")];
        let first = parse(given, None, Source::Bootstrap, NOWHERE);
        let again = parse(given, Some(&first.settings), source, NOWHERE);

        let on = source == Source::Bootstrap;
        assert_eq!(again.settings.get(keys::DEBUG_ENABLE_USB), on);
        assert_eq!(again.settings.get(keys::DEBUG_ENABLE_CONSOLE), on);
        assert!(again.settings.get(keys::DEBUG_ENABLE_VGA));
    }
    let before = Settings::default();
    let bad = parse([("debug.enable.usb", "yes")], Some(&before), Source::Controller, NOWHERE);
    assert!(bad.settings.get(keys::DEBUG_ENABLE_USB), "it was on before");
    assert!(!wanted(&[("debug.enable.usb", "yes")]).settings.get(keys::DEBUG_ENABLE_USB));
}

#[test]
fn words_are_taken_as_go_takes_them() {
    for text in ["1", "t", "T", "TRUE", "true", "True"] {
        assert!(wanted(&[("app.allow.vnc", text)]).settings.get(keys::APP_ALLOW_VNC), "{text}");
    }
    for text in ["0", "f", "F", "FALSE", "false", "False"] {
        let parsed = wanted(&[("vector.enabled", text)]);
        assert!(!parsed.settings.get(keys::VECTOR_ENABLED), "{text}");
    }
    for (text, state) in [
        ("none", TriState::None),
        ("enabled", TriState::Enabled),
        ("enable", TriState::Enabled),
        ("on", TriState::Enabled),
        ("disabled", TriState::Disabled),
        ("disable", TriState::Disabled),
        ("off", TriState::Disabled),
    ] {
        let parsed = wanted(&[("network.fallback.any.eth", text)]);
        assert_eq!((parsed.settings.get(keys::NETWORK_FALLBACK_ANY_ETH), parsed.refused.len()), (state, 0));
    }
    for (key, text) in [
        ("app.allow.vnc", "yes"),
        ("app.allow.vnc", "tRUE"),
        ("maintenance.mode", "Enabled"),
        ("debug.default.loglevel", "bogus"),
        ("debug.kernel.loglevel", "trace"),
        ("debug.tui.loglevel", "all"),
        ("timer.vault.trim.cron", "daily"),
        ("vector.config", "%"),
        ("app.fml.resolution", "../../etc"),
        ("app.boot.order", "cdrom"),
        ("igpu.gop", "../rom"),
        ("storage.longhorn.node-drain-policy", "never"),
        ("diag.probe.remote.http.endpoint", "https://x"),
        ("diag.probe.remote.https.endpoint", "10.1.2.3"),
        ("agent.nim.debug.loglevel", "bogus"),
    ] {
        let parsed = wanted(&[(key, text)]);
        assert_eq!(parsed.refused.len(), 1, "{key} {text}");
        assert_eq!(parsed.settings, wanted(&[]).settings, "{key} {text}");
    }
}

#[test]
fn kinds_are_read_as_what_they_are() {
    let settings = wanted(&[
        ("kubernetes.drain.timeout", "2"),
        ("goroutine.leak.detection.cooldown.minutes", "7"),
        ("debug.syslog.remote.loglevel", "crit"),
        ("timer.zfs.pool.trim.cron", ""),
        ("debug.enable.ssh", "ssh-ed25519 AAAA me"),
    ])
    .settings;

    assert_eq!(settings.get(keys::KUBERNETES_DRAIN_TIMEOUT), Duration::from_secs(7200));
    assert_eq!(settings.get(keys::GOROUTINE_LEAK_DETECTION_COOLDOWN_MINUTES), Duration::from_secs(420));
    assert_eq!(settings.get(keys::DEBUG_SYSLOG_REMOTE_LOGLEVEL), SyslogLevel::Critical);
    assert_eq!(settings.get(keys::TIMER_ZFS_POOL_TRIM_CRON), None);
    assert!(settings.get(keys::TIMER_VAULT_TRIM_CRON).is_some());
    assert_eq!(settings.get(keys::DEBUG_ENABLE_SSH), "ssh-ed25519 AAAA me");
    assert_eq!(settings.get(keys::STORAGE_DOM0_DISK_MINUSAGE_PERCENT), 20);
}

#[test]
fn the_last_of_several_values_counts() {
    let parsed = wanted(&[("timer.config.interval", "x"), ("timer.config.interval", "30")]);
    assert_eq!((parsed.settings.get(keys::TIMER_CONFIG_INTERVAL).as_secs(), parsed.refused.len()), (30, 0));

    let parsed = wanted(&[("timer.config.interval", "30"), ("timer.config.interval", "x")]);
    assert_eq!(parsed.refused.len(), 1);
}

#[test]
fn leak_detection_is_taken_as_a_whole() {
    let interval = "goroutine.leak.detection.check.interval.minutes";
    let window = "goroutine.leak.detection.check.window.minutes";
    let parsed = wanted(&[(interval, "5"), (window, "50")]);
    assert_eq!(parsed.refused, []);

    let again = parse([(interval, "6"), (window, "50")], Some(&parsed.settings), Source::Controller, NOWHERE);
    assert_eq!(again.settings, parsed.settings);
    let why = Problem::Together("the window must be 10 intervals or more");
    assert_eq!(problems(&again), [(interval, why), (window, why)]);
}

#[test]
fn memory_for_eve_is_the_devices_limit_or_more() {
    let device = Device { eve_memory_limit: 800 << 20 };
    let parse = |items: &[(&'static str, &'static str)]| {
        parse(items.iter().copied(), None, Source::Controller, device)
    };

    assert_eq!(parse(&[]).settings.eve_memory_limit(), 800 << 20);
    assert_eq!(parse(&[("memory.eve.limit.MiB", "900")]).settings.eve_memory_limit(), 900 << 20);
    let both = [("memory.eve.limit.MiB", "900"), ("memory.eve.limit.bytes", "1000000000")];
    assert_eq!(parse(&both).settings.eve_memory_limit(), 1_000_000_000);
    let low = parse(&[("memory.eve.limit.MiB", "799")]);
    assert_eq!(problems(&low), [("memory.eve.limit.MiB", Problem::OutOfRange { min: 800, max: u32::MAX })]);
    assert_eq!(low.settings.eve_memory_limit(), 800 << 20);
}

#[test]
fn a_map_and_back_is_the_same() {
    let parsed = wanted(&[
        ("timer.config.interval", "30"),
        ("maintenance.mode", "on"),
        ("debug.enable.ssh", "key"),
        ("agent.nim.debug.loglevel", "trace"),
        ("agent.nim.debug.remote.loglevel", "none"),
    ]);

    let map = parsed.settings.to_map();
    let mut read = ConfigItemValueMap::default();
    json::decode(&mut read, &json::encode(&map), &Limits::JSON).expect("our own");

    assert_eq!(read, map);
    assert_eq!(Settings::read_map(&read), (parsed.settings, Vec::new()));
    assert_eq!(map.global_settings.len(), keys::ITEMS.len());
    let interval = map.global_settings.get("timer.config.interval").expect("all are published");
    assert_eq!(
        *interval,
        ConfigItemValue {
            key: "timer.config.interval".into(),
            item_type: ConfigItemType::Int,
            int_value: 30,
            ..ConfigItemValue::default()
        }
    );
}

#[test]
fn a_map_from_outside_is_checked() {
    let map = br#"{"GlobalSettings":{
        "timer.config.interval":{"Key":"timer.config.interval","ItemType":1,"IntValue":4},
        "timer.cert.interval":{"ItemType":2,"BoolValue":true},
        "timer.gc.vdisk":{"ItemType":9},
        "maintenance.mode":{"ItemType":4,"TriStateValue":3},
        "debug.enable.usb":{"ItemType":2},
        "kubevirt.drain.timeout":{"ItemType":1,"IntValue":24}
      },"AgentSettings":{"nim":{"debug.loglevel":{"ItemType":3,"StrValue":"bogus"}},
        "a/b":{"debug.loglevel":{"ItemType":3,"StrValue":"info"}}}}"#;
    let mut read = ConfigItemValueMap::default();
    json::decode(&mut read, map, &Limits::JSON).expect("JSON");

    let (settings, refused) = Settings::read_map(&read);

    let told: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "kubevirt.drain.timeout: \"24\" is not taken: there is no such setting",
            "maintenance.mode: \"none\" is not taken: it must be none, enabled or disabled",
            "timer.cert.interval: \"true\" is not taken: it is of another kind",
            "timer.config.interval: \"4\" is not taken: it must be from 5 to 86400",
            "timer.gc.vdisk: \"type 9\" is not taken: it is of another kind",
            "agent.a/b.debug.loglevel: \"info\" is not taken: there is no such setting",
            "agent.nim.debug.loglevel: \"bogus\" is not taken: \
             it must be none, panic, fatal, error, warning, info, debug, trace or all",
        ]
    );
    assert!(!settings.get(keys::DEBUG_ENABLE_USB));
    assert_eq!(settings.get(keys::TIMER_CONFIG_INTERVAL), Duration::from_secs(60));
    assert_eq!(settings.log_level("nim"), LogLevel::Info);
}

#[test]
fn what_is_repeated_and_kept_has_a_bound() {
    let long = "ä".repeat(100_000);
    let parsed = wanted(&[(&long, &long), ("timer.config.interval", &long)]);
    assert!(parsed.refused.iter().all(|refused| refused.key.len() <= 128 && refused.value.len() <= 128));

    let names: Vec<String> =
        (0..=MAX_AGENT_SETTINGS).map(|n| format!("agent.a{n:03}.debug.loglevel")).collect();
    let parsed = parse(names.iter().map(|key| (&**key, "debug")), None, Source::Controller, NOWHERE);
    assert_eq!(problems(&parsed), [("agent.a512.debug.loglevel", Problem::TooManyAgents)]);

    let names: Vec<String> = (0..2 * MAX_REFUSED).map(|n| format!("unknown{n}")).collect();
    let parsed = parse(names.iter().map(|key| (&**key, "")), None, Source::Controller, NOWHERE);
    assert_eq!(parsed.refused.len(), MAX_REFUSED);
}

#[test]
fn an_item_never_changes_a_value() {
    for item in keys::ITEMS {
        if let Check::Int { min, max } = item.check {
            for number in [min, max] {
                assert_eq!(item.check.parse(&number.to_string()), Ok(Value::Int(number)), "{}", item.key);
            }
            assert!(min == 0 || item.check.parse(&(min - 1).to_string()).is_err(), "{}", item.key);
            assert!(max == u32::MAX || item.check.parse(&(max + 1).to_string()).is_err(), "{}", item.key);
        }
    }
}
