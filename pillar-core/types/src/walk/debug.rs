//! Debug output of any value, by its table: JSON names, enum names beside numbers, `***` for secrets.

use std::fmt;

use crate::base64;
use crate::value::{Data, View};

/// Writes a value for logs and test failures.
pub fn debug(value: &dyn Data, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value.view() {
        View::Bool(flag) => write!(f, "{flag}"),
        View::Unsigned(number, "") => write!(f, "{number}"),
        View::Signed(number, "") => write!(f, "{number}"),
        View::Unsigned(number, name) => write!(f, "{name} ({number})"),
        View::Signed(number, name) => write!(f, "{name} ({number})"),
        View::Float32(number) => write!(f, "{number:?}"),
        View::Float64(number) => write!(f, "{number:?}"),
        View::Text(text) => write!(f, "{text:?}"),
        View::Uuid(id) => write!(f, "{id}"),
        View::Time(time) => write!(f, "{time}"),
        View::Ip(address) => write!(f, "{address}"),
        View::Bytes(Some(bytes)) => write!(f, "{}", base64::Display(bytes)),
        View::Object(table, fields) => {
            let mut out = f.debug_struct(table.name());
            for (index, field) in table.fields().enumerate() {
                if let Some(value) = fields.field(index)
                    && (field.is_named()
                        || !matches!(value.view(), View::Unknown(unknown) if unknown.is_empty()))
                {
                    let name = if field.name.is_empty() { "unknown" } else { field.name };
                    out.field(name, &Shown(value));
                }
            }
            out.finish()
        }
        View::List(Some(items)) => f
            .debug_list()
            .entries((0..items.count()).filter_map(|index| items.item(index)).map(Shown))
            .finish(),
        View::Map(Some(entries)) => {
            let entries = (0..entries.count()).filter_map(|index| entries.entry(index));
            f.debug_map().entries(entries.map(|(key, value)| (Shown(key), Shown(value)))).finish()
        }
        View::Pointer(Some(target)) => debug(target, f),
        View::Secret(_) => f.write_str("***"),
        View::Unknown(unknown) => write!(f, "{unknown:?}"),
        View::Bytes(None) | View::List(None) | View::Map(None) | View::Pointer(None) => f.write_str("null"),
    }
}

struct Shown<'a>(&'a dyn Data);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(self.0, f)
    }
}
