//! JSON of single values: what is written, what is accepted, and what is refused with which words.

use pillar_proto::table::Table;
use pillar_proto::table::json::{self, DecodeProblem, EncodeProblem};

use crate::sample::{bytes_record, varint_record};

fn encode(message: &str, text: &str) -> Result<Vec<u8>, String> {
    let table = Table::new();
    json::encode(&table, table.message(message).expect("known"), text).map_err(|error| error.to_string())
}

fn decode(message: &str, bytes: &[u8]) -> Result<String, json::DecodeError> {
    let table = Table::new();
    json::decode(&table, table.message(message).expect("known"), bytes)
}

/// The text without line breaks and indent.
fn decoded(message: &str, bytes: &[u8]) -> String {
    let text = decode(message, bytes).expect("decodes");
    text.lines().map(str::trim_start).collect()
}

#[test]
fn values_at_the_limits() {
    for (message, text) in [
        ("metrics.CellularSignalStrength", r#"{"rssi": -2147483648,"rsrq": 2147483647}"#),
        ("info.NTPSource", r#"{"reachability": 4294967295,"poll": -2147483648,"offset": -0.0}"#),
        ("info.NTPSource", r#"{"delay": 1.7976931348623157e308,"dispersion": "NaN","jitter": "-Infinity"}"#),
        (
            "info.ZInfoLocation",
            r#"{"horizontal_uncertainty": 3.4028235e38,"vertical_uncertainty": "Infinity"}"#,
        ),
        ("hardwarehealth.DimmRankInfo", r#"{"ce_count": "-9223372036854775808"}"#),
        ("metrics.PktStat", r#"{"Packets": "18446744073709551615"}"#),
        ("logs.LogEntry", r#"{"content": "\"\\\n\r\t\u0000\u001fü😀"}"#),
        ("logs.LogEntry", r#"{"tags": {"": "","a": "b"}}"#),
        ("logs.LogEntry", r#"{"timestamp": "9999-12-31T23:59:59.999999999Z"}"#),
        ("logs.LogEntry", r#"{"timestamp": "1970-01-01T00:00:00Z"}"#),
        ("metrics.vlanInfo", r#"{"vlan_counts": {"2": 7,"10": 0}}"#),
        ("config.Adapter", r#"{"type": 8}"#),
        ("config.Adapter", r#"{"type": -1}"#),
        ("config.CellularAccessPoint", r#"{"preferred_rats": ["RADIO_ACCESS_TECHNOLOGY_LTE",99]}"#),
        ("config.EvePatchEnvelope", r#"{"version": ""}"#),
        ("config.EveBinaryArtifact", r#"{"encrypted_inline": {}}"#),
        ("metrics.MetricItem", r#"{"uint32Value": 0}"#),
        ("info.ZInfoConfigItemStatus", r#"{"configItems": {"x": {}}}"#),
        ("metrics.ZMetricNone", "{}"),
    ] {
        let bytes = encode(message, text).expect("encodes");
        assert_eq!(decoded(message, &bytes), text);
    }
}

#[test]
fn other_spellings_are_accepted() {
    for (message, one, other) in [
        ("metrics.PktStat", r#"{"Packets": 5}"#, r#"{"Packets": "5"}"#),
        ("metrics.PktStat", r#"{"Packets": 5.0}"#, r#"{"Packets": "5"}"#),
        ("config.Adapter", r#"{"type": 1}"#, r#"{"type": "PhyIoNetEth"}"#),
        ("config.Adapter", r#"{"interfaceOrder": 1}"#, r#"{"interface_order": "1"}"#),
        ("config.Adapter", r#"{"name": null, "eth_vf": null}"#, "{}"),
        ("info.NTPSource", r#"{"offset": "1.5"}"#, r#"{"offset": 1.5}"#),
        ("certs.ZCert", r#"{"cert": "-_8"}"#, r#"{"cert": "+/8="}"#),
        (
            "logs.LogEntry",
            r#"{"timestamp": "1970-01-01T01:00:00+01:00"}"#,
            r#"{"timestamp": "1970-01-01T00:00:00Z"}"#,
        ),
        (
            "profile.LocalDevCmd",
            r#"{"command": "COMMAND_SHUTDOWN_POWEROFF"}"#,
            r#"{"command": "COMMAND_GRACEFUL_POWEROFF"}"#,
        ),
    ] {
        assert_eq!(encode(message, one), encode(message, other), "{one}");
        assert!(encode(message, one).is_ok(), "{one}");
    }
}

#[test]
fn errors_name_the_key_path() {
    for (message, text, error) in [
        ("config.EdgeDevConfig", "[]", "expected an object"),
        ("config.EdgeDevConfig", "{", "not JSON at line 1, column 1"),
        ("config.EdgeDevConfig", r#"{"nosuch": 1}"#, "nosuch: no such field"),
        (
            "config.EdgeDevConfig",
            r#"{"apps": [{}, {}, {"interfaces": [{"acls": [{"id": "x"}]}]}]}"#,
            "apps[2].interfaces[0].acls[0].id: expected a whole number",
        ),
        ("config.EdgeDevConfig", r#"{"apps": {}}"#, "apps: expected a list"),
        ("config.EdgeDevConfig", r#"{"device_name": "a", "deviceName": "b"}"#, "device_name: given twice"),
        ("config.EdgeDevConfig", r#"{"maintenance_mode": 1}"#, "maintenance_mode: expected true or false"),
        (
            "config.EdgeDevConfig",
            r#"{"config_timestamp": "today"}"#,
            "config_timestamp: expected a time as in RFC 3339",
        ),
        ("config.EdgeDevConfig", r#"{"device_name": 1}"#, "device_name: expected a string"),
        ("config.VmConfig", r#"{"memory": 4294967296}"#, "memory: number out of range"),
        ("config.VmConfig", r#"{"memory": -1}"#, "memory: number out of range"),
        ("config.VmConfig", r#"{"memory": 1.5}"#, "memory: expected a whole number"),
        ("config.VmConfig", r#"{"boot_mode": "BIOS"}"#, "boot_mode: no such enum value"),
        ("certs.ZCert", r#"{"cert": "%"}"#, "cert: expected base64"),
        (
            "info.ZInfoLocation",
            r#"{"vertical_uncertainty": 1e39}"#,
            "vertical_uncertainty: number out of range",
        ),
        ("info.NTPSource", r#"{"offset": "far"}"#, "offset: expected a number"),
        ("metrics.vlanInfo", r#"{"vlan_counts": {"x": 1}}"#, "vlan_counts.x: expected a whole number"),
        ("metrics.vlanInfo", r#"{"vlan_counts": []}"#, "vlan_counts: expected an object"),
        (
            "metrics.MetricItem",
            r#"{"boolValue": true, "uint32Value": 1}"#,
            "uint32Value: excludes another field that is given",
        ),
        ("metrics.PktStat", r#"{"@unknown": [{"number": 0}]}"#, "@unknown[0]: number out of range"),
        (
            "metrics.PktStat",
            r#"{"@unknown": [{"number": 9}]}"#,
            "@unknown[0]: expected varint, fixed64, bytes or fixed32",
        ),
        ("metrics.PktStat", r#"{"@unknown": [7]}"#, "@unknown[0]: expected a whole number"),
    ] {
        assert_eq!(encode(message, text), Err(error.to_owned()), "{text}");
    }
}

#[test]
fn errors_name_the_offset() {
    let nested = |record: &[u8]| bytes_record(4, &bytes_record(3, record));
    for (bytes, offset, problem) in [
        (vec![0x08, 0x00], 0, DecodeProblem::FieldType { field: "id" }),
        (nested(&[0x08]), 5, DecodeProblem::Truncated),
        (nested(&[0x0a, 5, b'x']), 6, DecodeProblem::Truncated),
        (nested(&[0x0a, 1, 0xff]), 6, DecodeProblem::Utf8),
        (nested(&[0x1a, 0]), 4, DecodeProblem::FieldType { field: "memory" }),
        (nested(&[0x1b]), 4, DecodeProblem::WireType),
        (nested(&[0x00, 1]), 4, DecodeProblem::FieldNumber),
        (nested(&[&[0x18][..], &[0xff; 11]].concat()), 5, DecodeProblem::Varint),
        (bytes_record(40, &varint_record(1, 1 << 60)), 3, DecodeProblem::Timestamp),
    ] {
        assert_eq!(
            decode("config.EdgeDevConfig", &bytes),
            Err(json::DecodeError { offset, problem }),
            "{bytes:?}"
        );
    }
}

#[test]
fn records_merge_as_in_a_parser() {
    let one = bytes_record(1, &bytes_record(1, b"a"));
    let two = bytes_record(1, &bytes_record(2, b"b"));
    let merged = decoded("config.EdgeDevConfig", &[one, two].concat());
    assert_eq!(merged, r#"{"id": {"uuid": "a","version": "b"}}"#);

    let last = [varint_record(1, 1), varint_record(1, 2)].concat();
    assert_eq!(decoded("metrics.PktStat", &last), r#"{"Packets": "2"}"#);

    let zero = [varint_record(1, 1), varint_record(1, 0)].concat();
    assert_eq!(decoded("metrics.PktStat", &zero), "{}");

    let choice = [varint_record(3, 1), varint_record(4, 7)].concat();
    assert_eq!(decoded("metrics.MetricItem", &choice), r#"{"uint32Value": 7}"#);

    let mixed = [varint_record(13, 1), bytes_record(13, &[2, 3]), varint_record(13, 4)].concat();
    assert_eq!(decoded("config.VmConfig", &mixed), r#"{"irqs": [1,2,3,4]}"#);
    assert_eq!(decoded("config.VmConfig", &bytes_record(13, &[])), "{}");

    let entry =
        |key: &[u8], value: &[u8]| bytes_record(6, &[bytes_record(1, key), bytes_record(2, value)].concat());
    let map = [entry(b"b", b"1"), entry(b"a", b"2"), entry(b"b", b"3"), bytes_record(6, &[])].concat();
    assert_eq!(decoded("logs.LogEntry", &map), r#"{"tags": {"": "","a": "2","b": "3"}}"#);
}

#[test]
fn depth_is_bounded() {
    let nest = |depth: usize| (1..depth).fold(Vec::new(), |inner, _| bytes_record(3, &inner));
    let text = decode("config.DisksConfig", &nest(json::MAX_DEPTH)).expect("decodes");
    assert_eq!(encode("config.DisksConfig", &text), Ok(nest(json::MAX_DEPTH)));
    let error = decode("config.DisksConfig", &nest(json::MAX_DEPTH + 1)).expect_err("too deep");
    assert_eq!(error.problem, DecodeProblem::TooDeep);

    let text = format!("{}{}", r#"{"children":["#.repeat(json::MAX_DEPTH + 1), "{}");
    let text = format!("{text}{}", "]}".repeat(json::MAX_DEPTH + 1));
    let table = Table::new();
    let error = json::encode(&table, table.message("config.DisksConfig").expect("known"), &text)
        .expect_err("too deep");
    assert_eq!(error.problem, EncodeProblem::TooDeep);
}

#[test]
fn length_is_bounded() {
    let long = vec![0; json::MAX_MESSAGE_BYTES + 1];
    assert_eq!(decode("config.VmConfig", &long).map_err(|error| error.problem), Err(DecodeProblem::TooLong));

    let list = bytes_record(13, &vec![1; 12 << 20]);
    assert_eq!(
        decode("config.VmConfig", &list).map_err(|error| error.problem),
        Err(DecodeProblem::JsonTooLong)
    );

    let text = " ".repeat(json::MAX_JSON_BYTES + 1);
    assert_eq!(encode("config.VmConfig", &text), Err(format!("longer than {} bytes", json::MAX_JSON_BYTES)));
}
