//! The binary form: what it holds, and what it refuses.

use pillar_types::codec::{DecodeError, Limits, Position, Problem, binary, json, schema_hash};
use pillar_types::{Data, List, Map, Time, Uuid, object};

object! {
    /// A tree.
    struct Tree keep {
        /// Its name.
        name: String = "Name",
        /// Its identity.
        id: Uuid = "ID",
        /// Its age.
        born: Time = "Born",
        /// Its height.
        height: u8 = "Height",
        /// Its parts.
        parts: List<Tree> = "Parts",
        /// Its neighbours.
        next: Option<Box<Tree>> = "Next",
        /// By number.
        marks: Map<u16, bool> = "Marks",
    }
}

object! {
    /// Nothing at all.
    struct Nothing {}
}

fn decode<T: Data + Default>(bytes: &[u8]) -> Result<T, DecodeError> {
    binary::decode_new(bytes, &Limits::BINARY)
}

fn tree(text: &str) -> Tree {
    json::decode_new(text.as_bytes(), &Limits::JSON).expect("a tree")
}

#[test]
fn a_zero_object_is_a_byte_for_each_field() {
    let bytes = binary::encode(&Tree::default());
    assert_eq!(bytes, [0; 8]);
    assert_eq!(decode(&bytes), Ok(Tree::default()));
}

#[test]
fn fields_stand_in_order() {
    let value = tree(r#"{"Name":"ab","Height":200,"Marks":{"10":true,"9":false},"Next":{}}"#);
    assert_eq!(
        binary::encode(&value),
        [
            &[2, b'a', b'b', 0, 0, 200, 1, 0][..], // name, no id, never, 200 as a varint, null
            &[1, 0, 0, 0, 0, 0, 0, 0, 0],          // next: there, zeros
            &[1, 2, 2, b'1', b'0', 1, 1, b'9', 0], // two marks, sorted by text
            &[0],                                  // nothing unknown
        ]
        .concat()
    );
}

#[test]
fn unknown_members_travel() {
    let value = tree(r#"{"Later":{"a":[1]},"Parts":[{"Deeper":null}]}"#);
    let again: Tree = decode(&binary::encode(&value)).expect("fine");
    assert_eq!(json::encode(&again), json::encode(&value));
    assert_eq!(again.unknown.get("Later"), Some(r#"{"a":[1]}"#));
    assert_eq!(again.parts[0].unknown.get("Deeper"), Some("null"));
}

#[test]
fn unknown_members_that_are_known_here_or_no_json_do_not_get_in() {
    let with_member = |name: &str, value: &str| {
        let mut bytes = vec![0; 7];
        bytes.push(2);
        for text in [name, value] {
            bytes.push(text.len() as u8);
            bytes.extend_from_slice(text.as_bytes());
        }
        decode::<Tree>(&bytes)
    };
    assert_eq!(with_member("NAME", "1"), Ok(Tree::default()));
    assert!(with_member("new", "{}").is_ok_and(|tree| tree.unknown.get("new").is_some()));
    assert!(with_member("new", "{").is_err());
    assert!(with_member("new", "1 2").is_err());
}

#[test]
fn what_is_too_short_too_long_or_out_of_range_is_refused() {
    let bytes = binary::encode(&Tree { height: 7, ..Tree::default() });
    for end in 0..bytes.len() {
        assert!(decode::<Tree>(&bytes[..end]).is_err(), "{end}");
    }
    let more = [&bytes[..], &[0]].concat();
    let error = decode::<Tree>(&more).expect_err("something follows");
    assert_eq!(error.to_string(), "something follows the end (byte 8)");

    let mut large = bytes.clone();
    large.splice(3..4, [0x80, 0x02]);
    let error = decode::<Tree>(&large).expect_err("256 is not a byte");
    assert_eq!((error.path.as_str(), error.position), ("Height", Position::Byte(5)));
    assert_eq!(error.problem, Problem::OutOfRange { least: 0, most: 255 });

    assert!(decode::<f64>(&f64::NAN.to_le_bytes()).is_err(), "JSON has no such number");
    assert!(decode::<Time>(&[14, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0, 0]).is_err());
    assert!(decode::<Uuid>(&[3, 1, 2, 3]).is_err());
}

#[test]
fn a_length_alone_gets_no_memory() {
    let endless = [0x01, 0xff, 0xff, 0xff, 0xff, 0x0f]; // present, four thousand million items
    assert!(decode::<List<u64>>(&endless).is_err());
    let problem = decode::<List<Nothing>>(&endless).map_err(|error| error.problem);
    assert!(matches!(problem, Err(Problem::TooMuch { .. })), "{problem:?}");
    assert!(decode::<Map<String, Nothing>>(&endless).is_err());
}

#[test]
fn depth_is_bounded() {
    let bytes = [1].repeat(10_000);
    let problem = decode::<Tree>(&[&[0, 0, 0, 0][..], &bytes].concat()).map_err(|error| error.problem);
    assert!(problem.is_err());

    let deep = [0, 0, 0, 0, 0, 1].repeat(1000);
    let problem = decode::<Tree>(&deep).map_err(|error| error.problem);
    assert_eq!(problem, Err(Problem::TooDeep { limit: Limits::DEPTH }));
}

#[test]
fn schemas_tell_names_kinds_and_order_apart() {
    macro_rules! hash {
        ($($body:tt)*) => {{
            object! { /// One.
                struct One { $($body)* } }
            schema_hash(&mut One::default())
        }};
    }
    let hashes = [
        hash! { /// A.
        a: u8 = "A", /// B.
        b: u8 = "B" },
        hash! { /// B.
        b: u8 = "B", /// A.
        a: u8 = "A" },
        hash! { /// A.
        a: u8 = "A", /// B.
        b: u16 = "B" },
        hash! { /// A.
        a: u8 = "A", /// B.
        b: i8 = "B" },
        hash! { /// A.
        a: u8 = "A", /// B.
        b: List<u8> = "B" },
        hash! { /// A.
        a: u8 = "A", /// B.
        b: [u8; 2] = "B" },
        hash! { /// A.
        a: u8 = "A", /// B.
        b: [u8; 3] = "B" },
        hash! { /// A.
        a: u8 = "A", /// B.
        b: Option<u8> = "B" },
    ];
    for (index, hash) in hashes.iter().enumerate() {
        assert!(!hashes[..index].contains(hash), "{index}");
    }
    assert_eq!(hashes[0], 11_283_878_747_325_244_045, "the same on every build and machine");
}
