//! The table of a struct's fields: their names and flags, built by the compiler.
//!
//! One string holds it all, because a slice of names would cost a relocation and two words for each field.
//! It is a row of entries, the first one for the struct itself: flags, length of the name, name. The fields
//! of embedded structs are rows of their own, so that an object is flat to the codec.

/// `json:",omitempty"`: not written when false, 0, empty or null. Structs and times are always written.
pub const OMITEMPTY: u8 = 1;
/// Does not count in [`Topic::changed`](crate::Topic::changed).
pub const VOLATILE: u8 = 1 << 1;
/// Belongs to an embedded pointer, which may be nil.
pub const OPTIONAL: u8 = 1 << 2;
/// Hidden by a field of the same name nearer to the surface (Go's promotion rule): not on any wire.
pub const HIDDEN: u8 = 1 << 3;
/// Not a field, but the place for members that have none.
pub const UNKNOWN: u8 = 1 << 4;

/// The two bits above the flags say how deeply embedded a field is.
const DEPTH_SHIFT: u8 = 5;
/// The deepest embedding that the two bits can tell.
const MAX_DEPTH: u8 = 3;
/// Flags and length in front of each name.
const HEAD: usize = 2;

/// One line of a struct's declaration.
#[derive(Clone, Copy)]
pub enum Part {
    /// A field: its JSON name and flags.
    Field(&'static str, u8),
    /// An embedded struct: its table, and flags for all of its fields.
    Group(Table, u8),
    /// The place for unknown members.
    Unknown,
}

/// The table of one struct.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Table(&'static str);

/// What the table says about one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The JSON name.
    pub name: &'static str,
    /// Flags of this module, and the depth of embedding.
    flags: u8,
}

/// The fields of a table, in order.
#[derive(Clone)]
pub struct Rows(&'static str);

impl Table {
    /// From the bytes that [`rows`] made.
    ///
    /// # Panics
    /// At compile time, when a name is longer than 127 bytes.
    pub const fn new(rows: &'static [u8]) -> Self {
        match str::from_utf8(rows) {
            Ok(text) => Self(text),
            Err(_) => panic!("a field's name is too long"),
        }
    }

    /// The name of the struct.
    pub fn name(self) -> &'static str {
        Rows(self.0).next().map_or("", |row| row.name)
    }

    /// All fields, in order.
    pub fn fields(self) -> Rows {
        let mut rows = Rows(self.0);
        rows.next();
        rows
    }

    /// How many fields it has.
    pub const fn len(self) -> usize {
        let bytes = self.0.as_bytes();
        let (mut at, mut count) = (0, 0);
        while at < bytes.len() {
            at += HEAD + bytes[at + 1] as usize;
            count += 1;
        }
        count - 1
    }

    /// Whether the struct has no field at all.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Iterator for Rows {
    type Item = Field;

    fn next(&mut self) -> Option<Field> {
        let (&[flags, length], _) = self.0.as_bytes().split_first_chunk()?;
        let (name, rest) = self.0[HEAD..].split_at(usize::from(length));
        self.0 = rest;
        Some(Field { name, flags })
    }
}

impl Field {
    /// Whether all of these flags are set.
    pub fn is(self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// Whether it has a name in JSON.
    pub fn is_named(self) -> bool {
        self.flags & (HIDDEN | UNKNOWN) == 0
    }

    /// Whether it has a place in the binary form.
    pub fn is_on_wire(self) -> bool {
        !self.is(HIDDEN)
    }
}

/// How many bytes the table of this struct takes.
pub const fn size(name: &str, parts: &[Part]) -> usize {
    let mut total = HEAD + name.len();
    let mut index = 0;
    while index < parts.len() {
        total += match parts[index] {
            Part::Field(field, _) => HEAD + field.len(),
            Part::Group(table, _) => table.0.len() - HEAD - table.0.as_bytes()[1] as usize,
            Part::Unknown => HEAD,
        };
        index += 1;
    }
    total
}

/// Builds the table of a struct.
///
/// # Panics
/// At compile time, when two fields have one name or embedding goes deeper than three levels.
pub const fn rows<const N: usize>(name: &str, parts: &[Part]) -> [u8; N] {
    let mut out = [0; N];
    let mut at = push(&mut out, 0, 0, name.as_bytes(), 0, name.len());
    let mut index = 0;
    while index < parts.len() {
        at = match parts[index] {
            Part::Field(field, flags) => push(&mut out, at, flags, field.as_bytes(), 0, field.len()),
            Part::Group(table, flags) => push_group(&mut out, at, table.0.as_bytes(), flags),
            Part::Unknown => push(&mut out, at, UNKNOWN, &[], 0, 0),
        };
        index += 1;
    }
    hide(&mut out);
    out
}

const fn push(out: &mut [u8], at: usize, flags: u8, from: &[u8], start: usize, length: usize) -> usize {
    out[at] = flags;
    out[at + 1] = length as u8;
    let mut index = 0;
    while index < length {
        out[at + HEAD + index] = from[start + index];
        index += 1;
    }
    at + HEAD + length
}

const fn push_group(out: &mut [u8], mut at: usize, group: &[u8], more: u8) -> usize {
    let mut from = HEAD + group[1] as usize;
    while from < group.len() {
        let length = group[from + 1] as usize;
        assert!(group[from] >> DEPTH_SHIFT < MAX_DEPTH, "embedded too deeply");
        let mut flags = (group[from] + (1 << DEPTH_SHIFT)) | more;
        if flags & UNKNOWN != 0 {
            flags |= HIDDEN; // the outer struct keeps what is unknown
        }
        at = push(out, at, flags, group, from + HEAD, length);
        from += HEAD + length;
    }
    at
}

/// Of fields with one name, the least embedded is visible; of several such, none.
const fn hide(out: &mut [u8]) {
    let mut left = HEAD + out[1] as usize;
    while left < out.len() {
        let mut right = left + HEAD + out[left + 1] as usize;
        while right < out.len() {
            if same_name(out, left, right) {
                let (one, two) = (out[left] >> DEPTH_SHIFT, out[right] >> DEPTH_SHIFT);
                assert!(one != two || one > 0, "two fields with one name");
                if one >= two {
                    out[left] |= HIDDEN;
                }
                if two >= one {
                    out[right] |= HIDDEN;
                }
            }
            right += HEAD + out[right + 1] as usize;
        }
        left += HEAD + out[left + 1] as usize;
    }
}

const fn same_name(out: &[u8], left: usize, right: usize) -> bool {
    let length = out[left + 1] as usize;
    if length != out[right + 1] as usize || (out[left] | out[right]) & UNKNOWN != 0 {
        return false;
    }
    let mut index = HEAD;
    while index < HEAD + length {
        if out[left + index] != out[right + index] {
            return false;
        }
        index += 1;
    }
    true
}
