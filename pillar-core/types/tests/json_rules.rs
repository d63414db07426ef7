//! Go's rules for JSON, one by one.

use pillar_types::codec::{DecodeError, Found, Limits, Position, Problem, json};
use pillar_types::port::DevicePortConfig;
use pillar_types::{Bytes, Data, IpAddr, List, Map, Secret, Time, Topic, Unknown, codes, object, texts};

codes! {
    /// A number on the wire.
    enum Colour: u8 {
        /// Not said.
        None = 0,
        /// Red.
        Red = 1 "deep red",
    }
}

texts! {
    /// Text on the wire.
    enum Shape {
        /// Round.
        Round = "round",
    }
}

object! {
    /// What stands deepest.
    struct Inner {
        /// Hidden by `Outer`'s.
        name: String = "Name",
        /// Visible.
        deep: i8 = "Deep",
    }
}

object! {
    /// Another one.
    struct Other {
        /// Hides nothing: `Inner` has the same name at the same depth.
        deep: i8 = "Deep",
        /// Visible.
        only: i8 = "Only",
    }
}

object! {
    /// One of everything.
    struct Outer topic "Outer" persistent {
        /// Hides `Inner`'s.
        name: String = "Name",
        /// Embedded.
        inner: Inner = embed,
        /// Optional text.
        note: String = "Note" [omitempty],
        /// Numbers.
        small: i8 = "Small",
        /// Up to 64 bits.
        large: u64 = "Large",
        /// A fraction.
        ratio: f64 = "Ratio",
        /// A short fraction.
        short: f32 = "Short",
        /// Words.
        words: List<String> = "Words",
        /// By number.
        table: Map<u32, bool> = "Table",
        /// By name.
        shapes: Map<Shape, Colour> = "Shapes" [omitempty],
        /// Bytes.
        data: Bytes = "Data",
        /// Something else, perhaps.
        next: Option<Box<Other>> = "Next",
        /// Fixed length.
        pair: [u8; 2] = "Pair",
        /// Nobody's business.
        password: Secret<String> = "Password",
        /// When.
        seen: Time = "Seen" [volatile],
        /// Where.
        address: IpAddr = "Address",
    }
}

fn decode<T: Data + Default>(text: &str) -> Result<T, DecodeError> {
    json::decode_new(text.as_bytes(), &Limits::JSON)
}

fn outer(text: &str) -> Outer {
    decode(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    match decode::<Outer>(text) {
        Ok(value) => panic!("{text} was taken: {value:?}"),
        Err(error) => error.to_string(),
    }
}

fn text(value: &dyn Data) -> String {
    String::from_utf8(json::encode(value)).expect("JSON is text")
}

#[test]
fn zero_of_everything() {
    assert_eq!(
        text(&Outer::default()),
        r#"{"Name":"","Deep":0,"Small":0,"Large":0,"Ratio":0,"Short":0,"Words":null,"Table":null,"Data":null,"#
            .to_owned()
            + r#""Next":null,"Pair":[0,0],"Password":"","Seen":"0001-01-01T00:00:00Z","Address":""}"#
    );
}

#[test]
fn the_least_embedded_of_one_name_is_visible_and_of_two_equals_none() {
    object! {
        /// Both at the same depth.
        struct Both {
            /// Has `Name` and `Deep`.
            inner: Inner = embed,
            /// Has `Deep` and `Only`.
            other: Other = embed,
        }
    }
    let value = outer(r#"{"Name":"n","Deep":-3}"#);
    assert_eq!((value.name.as_str(), value.inner.name.as_str(), value.inner.deep), ("n", "", -3));

    let both: Both = decode(r#"{"Name":"n","Deep":7,"Only":2}"#).expect("fine");
    assert_eq!((both.inner.name.as_str(), both.inner.deep, both.other.deep, both.other.only), ("n", 0, 0, 2));
    assert_eq!(text(&both), r#"{"Name":"n","Only":2}"#);
}

#[test]
fn exact_name_first_then_any_case() {
    object! {
        /// Two names that differ in case.
        struct Cases {
            /// Upper.
            upper: u8 = "Kind",
            /// Lower.
            lower: u8 = "kind",
        }
    }
    let value: Cases = decode(r#"{"kind":1,"KIND":2}"#).expect("fine");
    assert_eq!((value.upper, value.lower), (2, 1));

    assert_eq!(outer("{\"\u{17f}mall\":4}").small, 4, "Go's folding has a long s");
    assert_eq!(outer(r#"{"small":4,"SMALL":5}"#).small, 5);
}

#[test]
fn null_leaves_zero() {
    let value = outer(
        r#"{"Name":null,"Small":null,"Ratio":null,"Words":null,"Table":null,"Data":null,"Next":null,
            "Seen":null,"Address":null,"Pair":null,"Password":null}"#,
    );
    assert_eq!(value, Outer::default());
    assert!(value.words.is_null() && value.table.is_null() && value.data.is_null());
    assert_eq!(outer("null"), Outer::default());
}

#[test]
fn null_is_not_empty() {
    let value = outer(r#"{"Words":[],"Table":{},"Data":""}"#);
    assert!(!value.words.is_null() && !value.table.is_null() && !value.data.is_null());
    let again = text(&value);
    assert!(again.contains(r#""Words":[],"Table":{},"Data":"""#), "{again}");
    assert_ne!(value, Outer::default());
}

#[test]
fn the_last_duplicate_wins() {
    let value = outer(
        r#"{"Name":"a","Name":"b","Words":["x","y"],"Words":["z"],"Next":{"Only":1,"Deep":2},"Next":{"Only":3},
            "Table":{"1":true,"01":false,"0":true},"Small":5,"Small":null}"#,
    );
    assert_eq!(value.name, "b");
    assert_eq!(&value.words[..], ["z"]);
    let next = value.next.as_deref().expect("there");
    assert_eq!((next.only, next.deep), (3, 0));
    assert_eq!((value.table.get(&1), value.table.get(&0), value.table.len()), (Some(&false), Some(&true), 2));
    assert_eq!(value.small, 0);
}

#[test]
fn integers_are_exact() {
    for number in [0, 1, 9_007_199_254_740_993, u64::MAX] {
        assert_eq!(outer(&format!(r#"{{"Large":{number}}}"#)).large, number);
    }
    assert_eq!(outer(r#"{"Small":-128}"#).small, -128);
    assert_eq!(outer(r#"{"Small":-0}"#).small, 0);
    assert_eq!(refused(r#"{"Small":128}"#), "Small: expected a number from -128 to 127 (line 1, column 12)");
    assert_eq!(
        refused(r#"{"Large":18446744073709551616}"#),
        "Large: expected a whole number, found a number with a fraction or exponent (line 1, column 29)"
    );
    for wrong in ["1.0", "1e2", "\"1\"", "true", "[1]", "{}", "-1"] {
        refused(&format!(r#"{{"Large":{wrong}}}"#));
    }
}

#[test]
fn floats_are_written_as_go_does() {
    let cases = [
        (1.0, "1"),
        (12.5, "12.5"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (-8.9e-7, "-8.9e-7"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::NAN, "null"),
        (f64::INFINITY, "null"),
    ];
    for (number, expected) in cases {
        assert_eq!(text(&number), expected);
        if number.is_finite() {
            assert_eq!(decode::<f64>(expected).map(f64::to_bits), Ok(number.to_bits()), "{expected}");
        }
    }
    assert_eq!(text(&0.1_f32), "0.1");
    assert_eq!(text(&1e21_f32), "1e+21");
    assert_eq!(decode::<f32>("16777217"), Ok(16_777_216.0));
    assert!(decode::<f32>("1e39").is_err(), "larger than any");
    assert!(decode::<f64>("1e309").is_err(), "larger than any");
}

#[test]
fn text_is_escaped_as_go_does() {
    let value = "<a href=\"x\">&\u{2028}\u{2029}\\\n\r\t\u{8}\u{c}\u{1}\u{7f}é€😀\u{202a}".to_owned();
    let expected =
        "\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\u2028\\u2029\\\\\\n\\r\\t\\b\\f\\u0001\u{7f}é€😀\u{202a}\"";
    assert_eq!(text(&value), expected);
    assert_eq!(decode::<String>(expected), Ok(value));
}

#[test]
fn broken_text_is_mended_as_go_does() {
    let decode = |bytes: &[u8]| json::decode_new::<String>(bytes, &Limits::JSON);
    assert_eq!(decode(b"\"a\xffb\""), Ok("a\u{fffd}b".into()));
    assert_eq!(decode(b"\"\xe2\x82\""), Ok("\u{fffd}\u{fffd}".into()), "one for each byte");
    assert_eq!(decode(br#""\ud800x""#), Ok("\u{fffd}x".into()));
    assert_eq!(decode(br#""\udc00\ud83d\ude00\ud83d""#), Ok("\u{fffd}😀\u{fffd}".into()));
    assert_eq!(decode(br#""\\ud800""#), Ok("\\ud800".into()), "not an escape");
    assert_eq!(decode("\"\\ud800\\é\"".as_bytes()).map_err(|_| ()), Err(()));
}

#[test]
fn maps_are_sorted_by_text() {
    let value = outer(r#"{"Table":{"9":true,"10":false,"1":true}}"#);
    assert_eq!(value.table.keys().copied().collect::<Vec<_>>(), [1, 9, 10]);
    assert!(text(&value).contains(r#""Table":{"1":true,"10":false,"9":true}"#));
    assert_eq!(
        refused(r#"{"Table":{"ten":true}}"#),
        "Table: expected a key of the map's kind, found other text (line 1, column 15)"
    );
}

#[test]
fn unknown_enum_values_survive() {
    let value = outer(r#"{"Shapes":{"round":1,"oblong":200}}"#);
    assert_eq!(value.shapes.get(&Shape::Round), Some(&Colour::Red));
    assert_eq!(value.shapes.get(&Shape::from("oblong")).map(|colour| colour.number()), Some(200));
    assert!(text(&value).contains(r#""Shapes":{"oblong":200,"round":1}"#));
    assert_eq!(format!("{:?} {:?}", Colour::Red, Colour::from(9)), "deep red (1) Unknown (9)");
}

#[test]
fn arrays_have_their_length() {
    assert_eq!(outer(r#"{"Pair":[1]}"#).pair, [1, 0]);
    assert_eq!(outer(r#"{"Pair":[1,2,{"x":[3]}]}"#).pair, [1, 2]);
}

#[test]
fn members_that_are_not_known_are_kept() {
    let before = r#"{"Name":"n","Later":{ "a" : [1, 2.50] },"Even":null}"#;
    let value = outer(before);
    assert_eq!(value.unknown.get("Later"), Some(r#"{ "a" : [1, 2.50] }"#));
    assert!(text(&value).ends_with(r#","Later":{ "a" : [1, 2.50] },"Even":null}"#));
    assert_eq!(format!("{:?}", value.unknown), r#"["Later", "Even"]"#);

    let mut fresh = Outer { name: "new".into(), ..Outer::default() };
    fresh.adopt_unknown(&value);
    assert_eq!(fresh.unknown, value.unknown);
    fresh.adopt_unknown(&outer(r#"{"Later":1,"More":2}"#));
    assert_eq!(fresh.unknown.get("Later"), Some(r#"{ "a" : [1, 2.50] }"#), "what is there stays");
    assert_eq!(fresh.unknown.get("More"), Some("2"));
}

#[test]
fn unknown_members_take_a_word_and_are_bounded() {
    assert_eq!(size_of::<Unknown>(), size_of::<usize>());

    let members: Vec<_> = (0..=Limits::UNKNOWN).map(|number| format!("\"u{number}\":0")).collect();
    let problem = decode::<Outer>(&format!("{{{}}}", members.join(","))).map_err(|error| error.problem);
    assert_eq!(problem, Err(Problem::TooMuch { limit: Limits::UNKNOWN }));
}

#[test]
fn secrets_do_not_show() {
    let value = outer(r#"{"Password":"hunter2","Later":"hunter3"}"#);
    let redacted = String::from_utf8(json::encode_redacted(&value)).expect("JSON is text");
    assert!(redacted.contains(r#""Password":"***""#), "{redacted}");
    for shown in [redacted, format!("{value:?}"), format!("{:?}", value.password)] {
        assert!(!shown.contains("hunter"), "{shown}");
    }
    assert!(text(&value).contains("hunter2"));
    assert_eq!(value.password.expose(), "hunter2");
}

#[test]
fn volatile_fields_do_not_count_as_a_change() {
    let before = outer(r#"{"Name":"n","Seen":"2024-04-02T10:00:00Z"}"#);
    let later = outer(r#"{"Name":"n","Seen":"2024-04-02T11:00:00Z"}"#);
    assert_ne!(before, later);
    assert!(!later.changed(&before));
    assert!(later.changed(&outer(r#"{"Name":"m"}"#)));
}

#[test]
fn errors_say_where() {
    let config = r#"{"Ports":[{},{"Proxies":[
        {"port":"3128"}]}]}"#;
    let error = decode::<DevicePortConfig>(config).expect_err("a port is a number");
    assert_eq!(error.path, "Ports[1].Proxies[0].port");
    assert_eq!(error.problem, Problem::Expected { expected: "a whole number", found: Found::Text });
    assert_eq!(error.position, Position::Text { line: 2, column: 22 });

    for (text, expected) in [
        ("", "EOF while parsing a value (line 1, column 0)"),
        ("{} x", "trailing characters (line 1, column 4)"),
        (r#"{"Name":"a"#, "Name: EOF while parsing a string (line 1, column 10)"),
        ("[]", "expected an object, found a list (line 1, column 2)"),
        (
            r#"{"Seen":"today"}"#,
            "Seen: expected a time like 2024-04-02T10:00:00Z, found other text (line 1, column 15)",
        ),
    ] {
        assert_eq!(refused(text), expected);
    }
}

#[test]
fn depth_length_and_memory_are_bounded() {
    object! {
        /// A tree, and not a small one.
        struct Tree {
            /// Parts.
            parts: List<Tree> = "P",
            /// Size.
            weight: [u64; 32] = "W",
        }
    }
    let nest = |levels: usize| format!("{}{}", r#"{"P":["#.repeat(levels), "]}".repeat(levels));
    assert!(decode::<Tree>(&nest(Limits::DEPTH / 2)).is_ok());
    let problem = decode::<Tree>(&nest(Limits::DEPTH / 2 + 1)).map_err(|error| error.problem);
    assert_eq!(problem, Err(Problem::TooDeep { limit: Limits::DEPTH }));

    let many = format!(r#"{{"P":[{}{{}}]}}"#, "{},".repeat(100_000));
    let problem = decode::<Tree>(&many).map_err(|error| error.problem);
    assert!(matches!(problem, Err(Problem::TooMuch { .. })), "{problem:?}");

    let limits = Limits { input: 10, ..Limits::JSON };
    let problem = json::decode_new::<Tree>(b"{        }", &limits).map_err(|error| error.problem);
    assert_eq!(problem, Ok(Tree::default()));
    let problem = json::decode_new::<Tree>(b"{         }", &limits).map_err(|error| error.problem);
    assert_eq!(problem, Err(Problem::TooLong { limit: 10 }));
}

#[test]
fn pretty_is_for_people() {
    object! {
        /// Small.
        struct Small {
            /// List.
            list: List<u8> = "List",
            /// Map.
            map: Map<String, bool> = "Map",
        }
    }
    let value = Small { list: [1, 2].into(), map: Map::new() };
    let pretty = String::from_utf8(json::encode_pretty(&value)).expect("JSON is text");
    assert_eq!(pretty, "{\n  \"List\": [\n    1,\n    2\n  ],\n  \"Map\": {}\n}");
}
