//! Messages and entries, well-formed and not.

use pillar_core::bus::wire::eve::{self, BadMessage, Message};
use pillar_core::bus::wire::native::{self, BadEntry, Entry};

fn update<'m>(key: &str, json: &str) -> Message<'m> {
    Message::Update { topic: "Item", key: key.to_owned(), json: json.as_bytes().to_vec() }
}

#[test]
fn eves_messages_are_read_as_eve_reads_them() {
    let hello = |persistent| Ok(Message::Hello { topic: "Item", persistent });
    let restarted = |count| Ok(Message::Restarted { topic: "Item", count });
    let cases: [(&str, Result<Message<'_>, BadMessage>); 22] = [
        ("hello Item", hello(None)),
        ("hello Item true", hello(Some(true))),
        ("hello Item false", hello(Some(false))),
        ("hello", Err(BadMessage::WrongFields)),
        ("update Item a2V5MQ== eyJGaWVsZEEiOiJ4In0=", Ok(update("key1", r#"{"FieldA":"x"}"#))),
        (
            "update LOCConfig  e30=",
            Ok(Message::Update { topic: "LOCConfig", key: String::new(), json: b"{}".to_vec() }),
        ),
        ("update Item a2V5MQ==", Err(BadMessage::WrongFields)),
        ("update Item a2V5MQ== e30= e30=", Err(BadMessage::WrongFields)),
        ("update Item  a2V5MQ== e30=", Err(BadMessage::WrongFields)),
        ("update Item a2V5MQ= e30=", Err(BadMessage::NotBase64)),
        ("update Item a2V5MQ== {}", Err(BadMessage::NotBase64)),
        ("update Item /w== e30=", Err(BadMessage::NotText)),
        ("update Item a2V5MQ== ", Err(BadMessage::Empty)),
        ("delete Item a2V5MQ==", Ok(Message::Delete { topic: "Item", key: "key1".to_owned() })),
        ("delete Item", Err(BadMessage::WrongFields)),
        ("complete Item", Ok(Message::Complete { topic: "Item" })),
        ("restarted Item 3", restarted(3)),
        ("restarted Item x", restarted(0)),
        ("restarted Item -1", restarted(0)),
        ("restarted Item", Err(BadMessage::WrongFields)),
        ("Hello Item", Err(BadMessage::UnknownVerb)),
        ("", Err(BadMessage::UnknownVerb)),
    ];
    for (text, message) in cases {
        assert_eq!(eve::parse(text.as_bytes()), message, "{text:?}");
    }
    assert_eq!(eve::parse(b"hello \xff"), Err(BadMessage::NotText));
    assert_eq!(eve::parse(&vec![b'x'; eve::RECEIVE_BUFFER]), Err(BadMessage::CutOff));
}

#[test]
fn requests_are_taken_literally() {
    assert_eq!(eve::parse_request(b"request Item"), Some("Item"));
    for bad in ["request", "request ", "request Item extra", "request  Item", "Request Item", ""] {
        assert_eq!(eve::parse_request(bad.as_bytes()), None, "{bad:?}");
    }
    let long = format!("request {}", "x".repeat(248));
    assert_eq!(eve::parse_request(long.as_bytes()), None);

    assert_eq!(native::parse_request(&native::request("Item", 0xabc)), Some(("Item", 0xabc)));
    for bad in
        ["native 1 Item", "native 2 Item 0000000000000abc", "native 1 Item abc", "native 1  0000000000000abc"]
    {
        assert_eq!(native::parse_request(bad.as_bytes()), None, "{bad:?}");
    }
}

#[test]
fn the_longest_message_has_65534_bytes() {
    let mut out = Vec::new();
    assert_eq!(eve::update(&mut out, "Item", "key1", &vec![b'x'; 49_134]), Ok(()));
    assert!(out.len() <= eve::MAX_MESSAGE);
    let refused = eve::update(&mut Vec::new(), "Item", "key1", &vec![b'x'; 49_135]).expect_err("too long");
    assert_eq!(refused.bytes, 65_537);
}

const ENTRIES: [Entry<'_>; 6] = [
    Entry::Hello { persistent: true },
    Entry::Update { key: "", value: b"" },
    Entry::Update { key: "key1", value: &[7; 300] },
    Entry::Delete { key: "key1" },
    Entry::Synced,
    Entry::Restarted { count: u32::MAX },
];

#[test]
fn entries_come_back_as_they_were() {
    let mut bytes = Vec::new();
    for entry in ENTRIES {
        native::write(&mut bytes, entry).expect("short enough");
    }
    let mut input = &bytes[..];
    for entry in ENTRIES {
        assert_eq!(native::read(&mut input), Ok(Some(entry)));
    }
    assert_eq!(native::read(&mut input), Ok(None));
}

#[test]
fn a_part_of_an_entry_waits_for_the_rest() {
    for entry in ENTRIES {
        let mut bytes = Vec::new();
        native::write(&mut bytes, entry).expect("short enough");
        for end in 0..bytes.len() {
            let mut part = &bytes[..end];
            assert_eq!(native::read(&mut part), Ok(None), "{entry:?} cut at {end}");
            assert_eq!(part.len(), end);
        }
    }
}

#[test]
fn bad_entries_are_refused() {
    let cases: [(&[u8], BadEntry); 6] = [
        (&[0], BadEntry::UnknownKind(0)),
        (b"hello Item", BadEntry::UnknownKind(b'h')),
        (&[3, 0xff, 0xff, 0xff, 0xff, 0x7f], BadEntry::BadNumber),
        (&[3, 0xff, 0xff, 0xff, 0xff, 0xff], BadEntry::BadNumber),
        (&[3, 0xff, 0xff, 0xff, 0x7f], BadEntry::TooLong),
        (&[3, 1, 0xff], BadEntry::NotText),
    ];
    for (mut bytes, why) in cases {
        assert_eq!(native::read(&mut bytes), Err(why));
    }
}

#[test]
fn a_value_that_is_too_long_is_not_written() {
    let mut out = Vec::new();
    let value = vec![0; native::MAX_ENTRY];
    assert!(native::write(&mut out, Entry::Update { key: "k", value: &value }).is_err());
    assert!(out.is_empty());
}
