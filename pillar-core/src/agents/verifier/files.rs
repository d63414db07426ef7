//! What the verifier does with files, as jobs. Names are made from checked digests and escaped media types only.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::VerifyError;
use crate::content_places::{Places, checked_digest, hex};
use crate::hal::{Hal, Scope, StorageError};

/// The longest media type that becomes a part of a name, in bytes; a name has 255 at most.
const MAX_MEDIA_TYPE: usize = 120;

/// A file that was found to be what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its digest.
    pub digest: String,
    /// Its media type.
    pub media_type: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// Takes a downloaded file over and looks at its digest; what is right goes to the verified ones. A file whose digest
/// was computed while it arrived is not read.
pub fn verify(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    digest: &str,
    media_type: &str,
    file: &Path,
) -> Result<Verified, VerifyError> {
    let mut id = [0; 16];
    hal.random.fill(&mut id).map_err(|_| VerifyError::NoRandom)?;
    id[6] = id[6] & 0x0f | 0x40;
    id[8] = id[8] & 0x3f | 0x80;
    let name = format!("{digest}.{}", escape(media_type)?);
    let verifying = places.verifying().join(format!("{}.{name}", pillar_types::Uuid(id)));
    let path = places.verified().join(name);
    let size = take_over(hal, scope, digest, [file, &verifying, &path]);
    if let Err(VerifyError::Storage(_)) = size {
        // The image is fetched again. A move that failed may have left the file in both places.
        for left in [&verifying, &path] {
            let _ = hal.content.remove(&Scope::unbounded(), left);
        }
    }
    Ok(Verified { digest: digest.into(), media_type: media_type.into(), size: size?, path })
}

/// Moves a file from where it was fetched to where it is read and on to where verified ones are; its size in bytes.
fn take_over(
    hal: &Hal,
    scope: &Scope,
    digest: &str,
    [file, verifying, verified]: [&Path; 3],
) -> Result<u64, VerifyError> {
    let moved = hal.content.move_to(scope, file, verifying);
    moved.map_err(|why| match why {
        StorageError::NotFound(_) => VerifyError::NoFile(file.into()),
        why => VerifyError::Storage(why),
    })?;
    let found = hal.content.digest(scope, verifying).map_err(VerifyError::Storage)?;
    let (found, size) = (hex(&found.sha256), found.size);
    if found != digest {
        return Err(VerifyError::Differs { wanted: digest.into(), found, path: verifying.into() });
    }
    hal.content.move_to(scope, verifying, verified).map_err(VerifyError::Storage)?;
    Ok(size)
}

/// After a start: what was being verified goes, and so does what is not what its name says.
pub fn rescan(hal: &Hal, scope: &Scope, places: &Places) -> Result<Vec<Verified>, StorageError> {
    for name in names(hal, scope, &places.verifying())? {
        hal.content.remove(scope, &places.verifying().join(name))?;
    }
    let mut found = Vec::new();
    for name in names(hal, scope, &places.verified())? {
        let path = places.verified().join(&name);
        match known(hal, scope, &name, &path) {
            Some(verified) => found.push(verified),
            None if scope.cancelled() => return Err(StorageError::Cancelled),
            None => hal.content.remove(scope, &path)?,
        }
    }
    Ok(found)
}

fn known(hal: &Hal, scope: &Scope, name: &str, path: &Path) -> Option<Verified> {
    let (digest, media_type) = name.split_once('.')?;
    let (digest, media_type) = (checked_digest(digest)?, unescape(media_type)?);
    let found = hal.content.digest(scope, path).ok()?;
    let size = found.size;
    (hex(&found.sha256) == digest).then(|| Verified { digest, media_type, path: path.into(), size })
}

/// Directories are nobody's here, and are left alone.
fn names(hal: &Hal, scope: &Scope, dir: &Path) -> Result<Vec<String>, StorageError> {
    match hal.storage.list(scope, dir) {
        Err(StorageError::NotFound(_)) => Ok(Vec::new()),
        entries => Ok(entries?.into_iter().filter(|entry| !entry.is_dir).map(|entry| entry.name).collect()),
    }
}

/// A media type as a part of a name, with the escapes of a URL's path.
fn escape(media_type: &str) -> Result<String, VerifyError> {
    if media_type.len() > MAX_MEDIA_TYPE {
        return Err(VerifyError::MediaType);
    }
    let mut text = String::new();
    for byte in media_type.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~$&+=:@".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}"); // a String takes all
        }
    }
    Ok(text)
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_survive_in_names() {
        let manifest = "application/vnd.oci.image.manifest.v1+json";
        let escaped = escape(manifest).unwrap();
        assert_eq!(escaped, "application%2Fvnd.oci.image.manifest.v1+json");
        for text in ["", manifest, "a b%/\u{e4}", "../../x"] {
            let escaped = escape(text).unwrap();
            assert!(!escaped.contains('/'), "{escaped}");
            assert_eq!(unescape(&escaped).as_deref(), Some(text));
        }
        for text in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(unescape(text), None, "{text}");
        }
        assert!(escape(&"x".repeat(121)).is_err());
    }
}
