//! Compares the crate's types with the table by what they do on the wire, field by field: each gets records
//! built from the table, and must give them back as a field of that type and label would.

use std::collections::BTreeSet;

use pillar_proto::table::{Field, Kind, Label, Message, Scalar, Table};
use pillar_proto::{MAX_ELEMENT_BYTES, MAX_SIGNED_BYTES};

use crate::registry::{ENUMS, MESSAGES, MessageEntry, message};
use crate::sample::{bytes_record, full, record, varint, varint_record};

/// Types of the API that nothing uses any more.
const OBSOLETE: [&str; 3] = ["config.OSKeyTags", "config.OSVerDetails", "metrics.ZmetricTypes"];

#[test]
fn every_message_and_enum_of_the_api_is_there() {
    let table = Table::new();
    let wanted: BTreeSet<_> = table.messages().map(|(name, _)| name).collect();
    let there: BTreeSet<_> =
        MESSAGES.iter().map(|entry| entry.name).chain(OBSOLETE[..2].iter().copied()).collect();
    assert_eq!(there, wanted);

    let wanted: BTreeSet<_> = table.enums().map(|(name, _)| name).collect();
    let there: BTreeSet<_> = ENUMS.iter().map(|entry| entry.name).chain([OBSOLETE[2]]).collect();
    assert_eq!(there, wanted);
}

#[test]
fn full_messages_come_back() {
    let table = Table::new();
    for_each(&table, |entry, message| {
        let bytes = full(&table, message);
        assert_eq!((entry.round_trip)(&bytes).as_ref(), Ok(&bytes), "{}", entry.name);
    });
}

#[test]
fn every_field_has_its_number_and_type() {
    let table = Table::new();
    for_each(&table, |entry, message| {
        for field in message.fields() {
            let bytes = record(&table, field);
            assert_eq!((entry.round_trip)(&bytes).as_ref(), Ok(&bytes), "{}.{}", entry.name, field.name);
            check_width(entry, field);
            check_text(entry, field);
        }
    });
}

#[test]
fn every_field_has_its_label() {
    let table = Table::new();
    for_each(&table, |entry, message| {
        for field in message.fields() {
            let one = record(&table, field);
            let two = (entry.round_trip)(&[&one[..], &one].concat()).expect("decodes");
            let is_list = field.label == Label::Repeated;
            let merges = matches!(field.kind, Kind::Message(_)) && !is_list;
            assert_eq!(
                two.len() > one.len(),
                is_list || (merges && two != one),
                "{}.{}",
                entry.name,
                field.name
            );
            check_presence(entry, field);
        }
    });
}

#[test]
fn members_of_a_choice_exclude_each_other() {
    let table = Table::new();
    for_each(&table, |entry, message| {
        for field in message.fields().iter().filter(|field| field.oneof.is_some()) {
            for other in message
                .fields()
                .iter()
                .filter(|other| other.oneof == field.oneof && other.number != field.number)
            {
                let last = record(&table, other);
                let bytes = [record(&table, field), last.clone()].concat();
                assert_eq!(
                    (entry.round_trip)(&bytes),
                    Ok(last),
                    "{}: {} then {}",
                    entry.name,
                    field.name,
                    other.name
                );
            }
        }
    });
}

#[test]
fn every_enum_value_has_its_variant() {
    let table = Table::new();
    for entry in ENUMS {
        let declared = &table[table.enumeration(entry.name).expect("an enum of the API")];
        for (number, name) in declared.values() {
            let variant = (entry.variant)(*number).unwrap_or_else(|| panic!("{}: no {name}", entry.name));
            // A number's second name has no variant of its own.
            let is_alias = declared.name_of(*number) != Some(name);
            assert!(is_alias || is_named_after(&variant, name), "{}: {variant} for {name}", entry.name);
        }
        for number in (-2..1100).chain([i32::MIN, i32::MAX]) {
            let is_declared = declared.name_of(number).is_some();
            assert_eq!((entry.variant)(number).is_some(), is_declared, "{} {number}", entry.name);
        }
    }
}

#[test]
fn memory_for_each_element_is_bounded() {
    let table = Table::new();
    for_each(&table, |_, parent| {
        for field in parent.fields() {
            let element = match &field.kind {
                Kind::Map(_, value) => value,
                kind if field.label == Label::Repeated => kind,
                _ => continue,
            };
            let Kind::Message(id) = element else { continue };
            let element = message(table[*id].name()).expect("a message of the crate");
            assert!(element.size <= MAX_ELEMENT_BYTES, "{} takes {} bytes", element.name, element.size);
        }
    });
}

#[test]
fn long_messages_are_refused() {
    let bytes = vec![0; MAX_SIGNED_BYTES + 1];
    for entry in MESSAGES {
        assert!((entry.round_trip)(&bytes).is_err());
    }
}

fn for_each(table: &Table, mut check: impl FnMut(&MessageEntry, &Message)) {
    for entry in MESSAGES {
        check(entry, &table[table.message(entry.name).expect("a message of the API")]);
    }
}

/// Numbers that are too wide for the field lose the upper bits.
fn check_width(entry: &MessageEntry, field: &Field) {
    let scalar = match field.kind {
        Kind::Scalar(scalar) => scalar,
        Kind::Enum(_) => Scalar::Int32,
        _ => return,
    };
    for wide in [u64::MAX, (1 << 32) + 5, 2] {
        let narrow = match scalar {
            Scalar::Bool => 1,
            Scalar::Int32 => i64::from(wide as i32).cast_unsigned(),
            Scalar::Uint32 | Scalar::Sint32 => u64::from(wide as u32),
            Scalar::Int64 | Scalar::Uint64 => wide,
            Scalar::String | Scalar::Bytes | Scalar::Float | Scalar::Double => return,
        };
        let expected = match field.label {
            Label::Repeated => bytes_record(field.number, &varint(narrow)),
            _ => varint_record(field.number, narrow),
        };
        let bytes = varint_record(field.number, wide);
        assert_eq!((entry.round_trip)(&bytes), Ok(expected), "{}.{} {wide}", entry.name, field.name);
    }
}

/// Text must be UTF-8, bytes need not.
fn check_text(entry: &MessageEntry, field: &Field) {
    if let Kind::Scalar(scalar @ (Scalar::String | Scalar::Bytes)) = field.kind {
        let result = (entry.round_trip)(&bytes_record(field.number, &[0xff]));
        assert_eq!(result.is_ok(), scalar == Scalar::Bytes, "{}.{}", entry.name, field.name);
    }
}

/// A zero or empty value is kept where absence means something else.
fn check_presence(entry: &MessageEntry, field: &Field) {
    let zero = match field.kind {
        Kind::Scalar(Scalar::Float) => [varint(u64::from(field.number) << 3 | 5), vec![0; 4]].concat(),
        Kind::Scalar(Scalar::Double) => [varint(u64::from(field.number) << 3 | 1), vec![0; 8]].concat(),
        Kind::Scalar(Scalar::String | Scalar::Bytes) | Kind::Message(_) => bytes_record(field.number, &[]),
        Kind::Scalar(_) | Kind::Enum(_) => varint_record(field.number, 0),
        Kind::Map(..) => return,
    };
    let is_kept = field.has_presence() || field.label == Label::Repeated;
    let result = (entry.round_trip)(&zero).expect("decodes");
    assert_eq!(!result.is_empty(), is_kept, "{}.{}", entry.name, field.name);
}

/// `MgmtAndApps` is named after `PhyIoUsageMgmtAndApps`, `DownloadStarted` after `DOWNLOAD_STARTED`.
fn is_named_after(variant: &str, name: &str) -> bool {
    const RENAMED: [(&str, &str); 9] = [
        ("BOND_MODE_802_3AD", "Ieee8023ad"),
        ("HASH_ALGORITHM_SHA256_16BYTES", "Sha256Prefix16"),
        ("HASH_ALGORITHM_SHA256_32BYTES", "Sha256Full"),
        ("RADIO_ACCESS_TECHNOLOGY_5GNR", "Nr5g"),
        ("VAP_9P", "NineP"),
        ("PATCH_UNKOWN", "Unknown"),
        ("NONE_SUBSTATUS", "None"),
        ("ATTEST_RESP_QUOTE_RESP", "Quote"),
        ("zcloudInvalidSrv", "Invalid"),
    ];
    let letters = |text: &str| text.replace('_', "").to_ascii_lowercase();
    RENAMED.contains(&(name, variant)) || letters(name).ends_with(&letters(variant))
}
