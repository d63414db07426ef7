//! Every message, field and enum of the controller API as a table, for tools that show or make any message.
//!
//! Built from `eve-api.txt`, which `ci/proto_table.py` makes; nothing here knows the types of this crate, so
//! the two can be compared. [`json`] walks wire bytes by the table.

use std::collections::BTreeMap;

mod parse;
mod wire;

pub mod json;

/// Package that all packages of the API lie in, with its dot.
const PREFIX: &str = "org.lfedge.eve.";

/// The messages and enums of the API.
#[derive(Debug)]
pub struct Table {
    messages: Vec<Message>,
    enums: Vec<Enumeration>,
    message_ids: BTreeMap<&'static str, MessageId>,
    enum_ids: BTreeMap<&'static str, EnumId>,
}

/// A message of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageId(usize);

/// An enum of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnumId(usize);

/// A message.
#[derive(Debug)]
pub struct Message {
    name: &'static str,
    fields: Vec<Field>,
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    /// Number on the wire.
    pub number: u32,
    /// Name as the API declares it.
    pub name: &'static str,
    /// How often it occurs. A map counts as singular here.
    pub label: Label,
    /// What it holds.
    pub kind: Kind,
    /// Choice that it is a member of.
    pub oneof: Option<&'static str>,
}

/// How often a field occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Once; a scalar is left out when it is zero or empty.
    Singular,
    /// Once or absent, and the difference counts.
    Optional,
    /// Any number of times.
    Repeated,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number, text or bytes.
    Scalar(Scalar),
    /// Number of an enum value.
    Enum(EnumId),
    /// A message.
    Message(MessageId),
    /// Values by key.
    Map(Scalar, Box<Kind>),
}

/// The scalar types that the API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// UTF-8 text.
    String,
    /// Bytes.
    Bytes,
    /// True or false.
    Bool,
    /// Signed, 32 bits; ten bytes on the wire when negative.
    Int32,
    /// Signed, 32 bits, zigzag.
    Sint32,
    /// Unsigned, 32 bits.
    Uint32,
    /// Signed, 64 bits.
    Int64,
    /// Unsigned, 64 bits.
    Uint64,
    /// 32 bits.
    Float,
    /// 64 bits.
    Double,
}

/// An enum.
#[derive(Debug)]
pub struct Enumeration {
    name: &'static str,
    values: Vec<(i32, &'static str)>,
}

impl Table {
    /// Reads the embedded table: some 300 messages, well under a millisecond.
    pub fn new() -> Self {
        parse::parse(include_str!("eve-api.txt"))
    }

    /// A message by short (`config.EdgeDevConfig`) or full name.
    pub fn message(&self, name: &str) -> Option<MessageId> {
        self.message_ids.get(name.strip_prefix(PREFIX).unwrap_or(name)).copied()
    }

    /// An enum by short (`config.DsType`) or full name.
    pub fn enumeration(&self, name: &str) -> Option<EnumId> {
        self.enum_ids.get(name.strip_prefix(PREFIX).unwrap_or(name)).copied()
    }

    /// All messages by short name.
    pub fn messages(&self) -> impl Iterator<Item = (&'static str, MessageId)> + '_ {
        self.message_ids.iter().map(|(name, id)| (*name, *id))
    }

    /// All enums by short name.
    pub fn enums(&self) -> impl Iterator<Item = (&'static str, EnumId)> + '_ {
        self.enum_ids.iter().map(|(name, id)| (*name, *id))
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl std::ops::Index<MessageId> for Table {
    type Output = Message;

    fn index(&self, id: MessageId) -> &Message {
        &self.messages[id.0]
    }
}

impl std::ops::Index<EnumId> for Table {
    type Output = Enumeration;

    fn index(&self, id: EnumId) -> &Enumeration {
        &self.enums[id.0]
    }
}

impl Message {
    /// Short name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Name with the whole package.
    pub fn full_name(&self) -> String {
        full_name(self.name)
    }

    /// Fields in the order of their numbers.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// A field by number.
    pub fn field(&self, number: u32) -> Option<&Field> {
        self.fields.binary_search_by_key(&number, |field| field.number).ok().map(|at| &self.fields[at])
    }

    /// A field by its name or its JSON name.
    pub fn field_named(&self, name: &str) -> Option<&Field> {
        let json_named = || self.fields.iter().find(|field| field.json_name() == name);
        self.fields.iter().find(|field| field.name == name).or_else(json_named)
    }

    fn is_timestamp(&self) -> bool {
        self.name == "google.protobuf.Timestamp"
    }
}

impl Field {
    /// Name in camel case, the other spelling that JSON may use.
    pub fn json_name(&self) -> String {
        let mut name = String::with_capacity(self.name.len());
        let mut upper = false;
        for letter in self.name.chars() {
            match letter {
                '_' => upper = true,
                _ if upper => {
                    name.push(letter.to_ascii_uppercase());
                    upper = false;
                }
                _ => name.push(letter),
            }
        }
        name
    }

    /// It can be absent, as opposed to zero or empty.
    pub fn has_presence(&self) -> bool {
        self.label == Label::Optional || self.oneof.is_some() || matches!(self.kind, Kind::Message(_))
    }
}

impl Scalar {
    /// Values of a repeated field share one length-delimited record.
    pub fn is_packable(self) -> bool {
        !matches!(self, Self::String | Self::Bytes)
    }
}

impl Enumeration {
    /// Short name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Name with the whole package.
    pub fn full_name(&self) -> String {
        full_name(self.name)
    }

    /// Numbers and names as declared; a number can have a second name.
    pub fn values(&self) -> &[(i32, &'static str)] {
        &self.values
    }

    /// Name of a number, the first one declared.
    pub fn name_of(&self, number: i32) -> Option<&'static str> {
        self.values.iter().find(|(value, _)| *value == number).map(|(_, name)| *name)
    }

    /// Number of a name.
    pub fn number_of(&self, name: &str) -> Option<i32> {
        self.values.iter().find(|(_, value)| *value == name).map(|(number, _)| *number)
    }
}

fn full_name(short: &str) -> String {
    if short.starts_with("google.") { short.to_owned() } else { format!("{PREFIX}{short}") }
}
