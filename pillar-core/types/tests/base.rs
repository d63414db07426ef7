//! The basic types.

use pillar_types::base::Wipe;
use pillar_types::{Bytes, Duration, IpAddr, IpNet, List, Mac, Map, Secret, Time, Uuid, base64};

#[test]
fn times_are_read_as_strictly_as_go_does() {
    for (text, unix, again) in [
        ("0001-01-01T00:00:00Z", -62_135_596_800, "0001-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
        ("2000-02-29T23:59:59Z", 951_868_799, "2000-02-29T23:59:59Z"),
        ("2024-12-31T23:59:59.5Z", 1_735_689_599, "2024-12-31T23:59:59.5Z"),
        ("2024-04-02T10:00:00.123456789123Z", 1_712_052_000, "2024-04-02T10:00:00.123456789Z"),
        ("2024-04-02T12:00:00+02:00", 1_712_052_000, "2024-04-02T12:00:00+02:00"),
        ("2024-04-02T00:30:00-09:30", 1_712_052_000, "2024-04-02T00:30:00-09:30"),
        ("2024-04-02T10:00:00+00:00", 1_712_052_000, "2024-04-02T10:00:00Z"),
        ("0000-01-01T00:00:00Z", -62_167_219_200, "0000-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, "9999-12-31T23:59:59.999999999Z"),
        ("9999-12-31T23:59:59-23:59", 253_402_387_139, "9999-12-31T23:59:59-23:59"),
    ] {
        let time: Time = text.parse().unwrap_or_else(|_| panic!("{text}"));
        assert_eq!((time.unix_seconds(), time.to_string().as_str()), (unix, again), "{text}");
    }
    for text in [
        "",
        "today",
        "2024-04-02",
        "2024-04-02T10:00:00",
        "2024-04-02t10:00:00Z",
        "2024-04-02T10:00:00z",
        "2024-04-02 10:00:00Z",
        "2024-13-02T10:00:00Z",
        "2024-00-02T10:00:00Z",
        "2023-02-29T10:00:00Z",
        "1900-02-29T10:00:00Z",
        "2024-04-31T10:00:00Z",
        "2024-04-00T10:00:00Z",
        "2024-04-02T24:00:00Z",
        "2024-04-02T10:60:00Z",
        "2024-04-02T10:00:60Z",
        "2024-04-02T10:00:00.Z",
        "2024-04-02T10:00:00,5Z",
        "2024-04-02T10:00:00+2:00",
        "2024-04-02T10:00:00+24:00",
        "2024-04-02T10:00:00+02:60",
        "2024-04-02T10:00:00ZZ",
        "+024-04-02T10:00:00Z",
        "2024-04-02T10:00:00\u{660}",
        "12024-04-02T10:00:00Z",
    ] {
        assert!(text.parse::<Time>().is_err(), "{text}");
    }
}

#[test]
fn every_day_of_a_cycle_has_its_date() {
    let mut time = Time::from_unix(951_782_400, 0); // 2000-02-29
    let mut last = String::new();
    for _ in 0..146_097 {
        let text = time.to_string();
        assert_eq!(text.parse(), Ok(time));
        assert!(text > last, "{text} after {last}");
        (last, time) = (text, time.plus(Duration::from_secs(86_400)));
    }
    assert_eq!(time.to_string(), "2400-02-29T00:00:00Z");
}

#[test]
fn times_are_instants() {
    let utc: Time = "2024-04-02T10:00:00Z".parse().expect("a time");
    let east: Time = "2024-04-02T12:00:00+02:00".parse().expect("a time");
    assert_eq!(utc, east);
    assert_eq!(east.utc().to_string(), utc.to_string());
    assert!(Time::default().is_zero() && utc > Time::ZERO);

    assert_eq!(utc.plus(Duration(1_500_000_000)).since(east), Duration(1_500_000_000));
    assert_eq!(utc.plus(Duration(-1)).to_string(), "2024-04-02T09:59:59.999999999Z");
    assert_eq!(Time::from_unix(i64::MAX, u32::MAX).to_string(), "9999-12-31T23:59:59.294967295Z");
    assert_eq!(Time::from_unix(i64::MIN, 0).since(utc), Duration(i64::MIN));
}

#[test]
fn uuids_are_read_in_every_form_and_written_in_one() {
    let expected = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    for text in [
        expected,
        "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
        "6ba7b8109dad11d180b400c04fd430c8",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
        "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    ] {
        assert_eq!(text.parse::<Uuid>().map(|id| id.to_string()), Ok(expected.into()), "{text}");
    }
    for text in
        ["", "6ba7b810", "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b8109-dad-11d1-80b4-00c04fd430c8"]
    {
        assert!(text.parse::<Uuid>().is_err(), "{text}");
    }
    assert!("é".repeat(18).parse::<Uuid>().is_err());
}

#[test]
fn addresses_and_networks() {
    for (text, again) in [
        ("", ""),
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("FE80:0:0::1", "fe80::1"),
        ("::", "::"),
    ] {
        assert_eq!(text.parse::<IpAddr>().map(|address| address.to_string()), Ok(again.into()));
    }
    for text in ["10.0.0", "10.0.0.256", "010.0.0.1", "fe80::1%eth0", " 10.0.0.1"] {
        assert!(text.parse::<IpAddr>().is_err(), "{text}");
    }

    let net: IpNet = "10.1.2.3/20".parse().expect("a network");
    assert_eq!((&net.mask[..], net.prefix()), (&[255, 255, 240, 0][..], Some(20)));
    assert!(net.contains([10, 1, 15, 255].into()) && !net.contains([10, 1, 16, 0].into()));
    let all: IpNet = "0.0.0.0/0".parse().expect("a network");
    assert!(all.contains([1, 2, 3, 4].into()) && !all.contains(std::net::Ipv6Addr::LOCALHOST.into()));
    assert_eq!("fd00::/65".parse::<IpNet>().map(|net| net.to_string()), Ok("fd00::/65".into()));
    for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "/8", "fd00::/129"] {
        assert!(text.parse::<IpNet>().is_err(), "{text}");
    }
    let odd = IpNet { mask: [255, 0, 255, 0].into(), ..net.clone() };
    assert_eq!((odd.prefix(), odd.to_string()), (None, "10.1.2.3".into()));
    let short = IpNet { mask: [255].into(), ..net };
    assert!(short.prefix().is_none() && !short.contains([10, 1, 2, 3].into()));
}

#[test]
fn macs_have_a_text() {
    assert_eq!(Mac::parse("02:A0:00:00:00:01").map(|mac| mac.to_string()), Some("02:a0:00:00:00:01".into()));
    assert_eq!(Mac::parse("02-a0-00-00-00-01"), Mac::parse("02:a0:00:00:00:01"));
    assert_eq!(Mac::parse(""), Some(Mac::default()));
    for text in ["02:a0", "02:a0:00:00:00:+1", "02:a0:00:00:00:1", "02a000000001", "02:a0-00:00:00:01"] {
        assert_eq!(Mac::parse(text), None, "{text}");
    }
}

#[test]
fn durations_may_be_negative() {
    assert_eq!(Duration::from(std::time::Duration::MAX), Duration(i64::MAX));
    assert_eq!(Duration::from_secs(-3).to_std(), None);
    assert_eq!(Duration::from_millis(1500).to_std(), Some(std::time::Duration::from_millis(1500)));
    assert_eq!(
        format!("{:?} {:?}", Duration(-1_500_000_000), Duration(i64::MIN)),
        "-1.5s -9223372036.854775808s"
    );
}

#[test]
fn lists_and_maps_tell_null_from_empty() {
    let mut list = List::<u8>::default();
    assert!(list.is_null() && list.is_empty());
    list.retain(|_| true);
    assert!(list.is_null());
    list.push(1);
    list.extend([2, 3]);
    list.retain(|item| *item != 2);
    assert_eq!(&list[..], [1, 3]);
    list.clear();
    assert!(!list.is_null() && list == List::new() && list != List::NULL);
    assert_eq!(size_of::<List<u8>>(), 24);

    let mut map = Map::<String, u8>::default();
    assert!(map.is_null() && map.get("a").is_none() && map.remove("a").is_none());
    assert_eq!(
        (map.insert("b".into(), 2), map.insert("a".into(), 1), map.insert("b".into(), 3)),
        (None, None, Some(2))
    );
    *map.get_or_default("c".into()) += 4;
    assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(map.values().collect::<Vec<_>>(), [&1, &3, &4]);
    map.retain(|key, _| key != "b");
    assert_eq!((map.len(), map.remove("a"), map.contains_key("a")), (2, Some(1), false));
    map.clear();
    assert!(!map.is_null() && map.is_empty() && map == Map::new() && map != Map::NULL);
}

#[test]
fn secrets_are_wiped() {
    let mut bytes = b"hunter2".to_vec();
    bytes.truncate(3);
    bytes.wipe();
    assert!(bytes.is_empty());

    let mut text = String::from("hunter2");
    text.wipe();
    assert_eq!(text, "");

    let mut null = Bytes::from(*b"x");
    null.wipe();
    assert!(null.is_null());
    assert_eq!(format!("{:?}", Secret::new(String::from("hunter2"))), "***");
}

#[test]
fn base64_is_standard() {
    for (bytes, text) in
        [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("key1", "a2V5MQ==")]
    {
        assert_eq!(base64::encode(bytes.as_bytes()), text);
        assert_eq!(base64::decode(text.as_bytes()).as_deref(), Ok(bytes.as_bytes()));
    }
    assert_eq!(base64::decode(b"Zm9v\r\nYg==\n").as_deref(), Ok(&b"foob"[..]));
    for text in ["Z", "Zg", "Zg=", "Zg==Zg==", "====", "Z===", "Zm9v=", "Zm-_", "Zg= =", "=g=="] {
        assert!(base64::decode(text.as_bytes()).is_err(), "{text}");
    }
}
