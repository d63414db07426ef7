//! Look-ups in the table, and that the embedded text is the one made from the fixtures.

use std::fs;
use std::path::Path;

use pillar_proto::table::{Kind, Label, Scalar, Table};

#[test]
fn messages_are_found_by_short_and_full_name() {
    let table = Table::new();
    let id = table.message("config.EdgeDevConfig").expect("known");
    assert_eq!(table.message("org.lfedge.eve.config.EdgeDevConfig"), Some(id));
    assert_eq!(table[id].name(), "config.EdgeDevConfig");
    assert_eq!(table[id].full_name(), "org.lfedge.eve.config.EdgeDevConfig");
    assert_eq!(table.message("EdgeDevConfig"), None);
    assert_eq!(table.message("org.lfedge.eve."), None);
    let timestamp = table.message("google.protobuf.Timestamp").expect("known");
    assert_eq!(table[timestamp].full_name(), "google.protobuf.Timestamp");
}

#[test]
fn fields_are_found_by_number_and_both_names() {
    let table = Table::new();
    let message = &table[table.message("config.EdgeDevConfig").expect("known")];
    let field = message.field(40).expect("known");
    assert_eq!(field.name, "config_timestamp");
    assert_eq!(message.field_named("config_timestamp").map(|field| field.number), Some(40));
    assert_eq!(message.field_named("configTimestamp").map(|field| field.number), Some(40));
    assert!(message.field(2).is_none());
    assert!(message.field_named("").is_none());
    let map = &table[table.message("metrics.vlanInfo").expect("known")];
    let Some(Kind::Map(Scalar::Uint32, value)) = map.field(2).map(|field| &field.kind) else {
        panic!("a map")
    };
    assert_eq!(**value, Kind::Scalar(Scalar::Uint32));
}

#[test]
fn enum_values_are_found_by_number_and_name() {
    let table = Table::new();
    let id = table.enumeration("org.lfedge.eve.profile.LocalDevCmd.Command").expect("known");
    assert_eq!(Some(id), table.enumeration("profile.LocalDevCmd.Command"));
    let declared = &table[id];
    assert_eq!(declared.full_name(), "org.lfedge.eve.profile.LocalDevCmd.Command");
    assert_eq!(declared.name_of(2), Some("COMMAND_GRACEFUL_POWEROFF"));
    assert_eq!(declared.number_of("COMMAND_SHUTDOWN_POWEROFF"), Some(2));
    assert_eq!(declared.name_of(9), None);
    assert_eq!(declared.number_of("COMMAND"), None);
}

/// Each row of the fixtures, found in the table.
#[test]
fn table_holds_the_fixtures() {
    let table = Table::new();
    let mut fields = 0;
    for row in rows("fields.tsv") {
        let message = &table[table.message(&format!("{}.{}", row[1], row[2])).expect("known")];
        let Ok(number) = row[3].parse() else { continue };
        let field = message.field(number).unwrap_or_else(|| panic!("{}: no {number}", message.name()));
        let label = match row[5].as_str() {
            "repeated" => Label::Repeated,
            "optional" => Label::Optional,
            _ => Label::Singular,
        };
        assert_eq!((field.name, field.label, field.oneof.unwrap_or_default()), (&*row[4], label, &*row[7]));
        assert_eq!(type_name(&table, &field.kind), row[6], "{}.{}", message.name(), field.name);
        assert_eq!(field.json_name(), row[8]);
        fields += 1;
    }
    let in_table: usize = table.messages().map(|(_, id)| table[id].fields().len()).sum();
    assert_eq!(in_table, fields + 2, "the fixtures' fields and the two of a timestamp");

    let mut values = 0;
    for row in rows("enums.tsv") {
        let declared = &table[table.enumeration(&format!("{}.{}", row[1], row[2])).expect("known")];
        assert_eq!(declared.number_of(&row[4]), row[3].parse().ok());
        values += 1;
    }
    assert_eq!(table.enums().map(|(_, id)| table[id].values().len()).sum::<usize>(), values);
}

fn type_name(table: &Table, kind: &Kind) -> String {
    match kind {
        Kind::Scalar(scalar) => format!("{scalar:?}").to_ascii_lowercase(),
        Kind::Message(id) => table[*id].full_name(),
        Kind::Enum(id) => table[*id].full_name(),
        Kind::Map(key, value) => {
            format!("map<{},{}>", type_name(table, &Kind::Scalar(*key)), type_name(table, value))
        }
    }
}

fn rows(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/eve-api").join(file);
    let text = fs::read_to_string(path).expect("fixture");
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
