//! Base64 of bytes in JSON (RFC 4648): standard alphabet and padding out, either alphabet in.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let group = u32::from_be_bytes(group);
        for place in 0..4 {
            let letter = ALPHABET[(group >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { letter.into() } else { '=' });
        }
    }
    text
}

/// The bytes; padding may be missing.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.chunks(4) {
        let mut group = 0;
        for letter in chunk {
            group = group << 6 | value(*letter)?;
        }
        group <<= 6 * (4 - chunk.len());
        let length = [0, 0, 1, 2, 3][chunk.len()];
        if length == 0 {
            return None;
        }
        bytes.extend_from_slice(&group.to_be_bytes()[1..=length]);
    }
    Some(bytes)
}

fn value(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_rfc_4648() {
        for (clear, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(clear.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(clear.as_bytes()));
            assert_eq!(decode(text.trim_end_matches('=')).as_deref(), Some(clear.as_bytes()));
        }
        assert_eq!(decode("-_-_"), decode("+/+/"));
        assert_eq!(decode("Z"), None);
        assert_eq!(decode("Zm9 "), None);
    }
}
