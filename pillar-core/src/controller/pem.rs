//! PEM (RFC 7468): blocks of base64 between a begin and an end line. Pure code for jobs and hardware layers.

use pillar_types::base64;

/// The label of a certificate.
pub const CERTIFICATE: &str = "CERTIFICATE";

/// The contents of all blocks with this label that can be read, in their order. Text between blocks is skipped.
pub fn blocks<'a>(text: &'a [u8], label: &'a str) -> impl Iterator<Item = Vec<u8>> + 'a {
    let mut rest = text;
    std::iter::from_fn(move || {
        let begin = format!("-----BEGIN {label}-----");
        let end = format!("-----END {label}-----");
        while let Some(start) = find(rest, begin.as_bytes()) {
            let body = &rest[start + begin.len()..];
            let length = find(body, end.as_bytes())?;
            rest = &body[length + end.len()..];
            let digits: Vec<u8> =
                body[..length].iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            if let Ok(content) = base64::decode(&digits) {
                return Some(content);
            }
        }
        None
    })
}

/// A block, ending with a newline.
pub fn encode(label: &str, content: &[u8]) -> String {
    const LINE: usize = 64;
    let digits = base64::encode(content);
    let lines: Vec<&str> =
        digits.as_bytes().chunks(LINE).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificates(text: &str) -> Vec<Vec<u8>> {
        blocks(text.as_bytes(), CERTIFICATE).collect()
    }

    #[test]
    fn blocks_come_back_and_what_is_between_them_does_not_matter() {
        let long: Vec<u8> = (0..200).collect();
        let text = format!("subject: x\n{}\r\n\n{}", encode(CERTIFICATE, &long), encode(CERTIFICATE, b"two"));
        assert_eq!(certificates(&text), [long, b"two".to_vec()]);
        assert_eq!(certificates(&text.replace('\n', "\r\n")).len(), 2);
    }

    #[test]
    fn other_labels_and_broken_blocks_are_skipped() {
        let good = encode(CERTIFICATE, b"good");
        let bad = encode(CERTIFICATE, b"bad").replace('=', "!");
        assert_eq!(certificates(&encode("PRIVATE KEY", b"key")), Vec::<Vec<u8>>::new());
        assert_eq!(certificates(&format!("{}{good}", bad.replace("YmFk", "Ym!k"))), [b"good".to_vec()]);
        assert_eq!(certificates(good.trim_end_matches("-----\n")), Vec::<Vec<u8>>::new(), "no end");
        assert_eq!(certificates(""), Vec::<Vec<u8>>::new());
    }
}
