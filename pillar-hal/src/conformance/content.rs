//! [`Content`] in an empty directory.

use std::path::Path;

use pillar_core::hal::{Content, Crypto, Scope, Storage, StorageError};

/// Larger than what is read at once.
const SIZE: usize = 2_500_000;

/// Runs the suite; `storage` is for the same files.
pub fn content(subject: &dyn Content, storage: &dyn Storage, crypto: &dyn Crypto, dir: &Path) {
    let scope = Scope::unbounded();
    let data: Vec<u8> = (0..SIZE).map(|n| (n / 7) as u8).collect();
    let path = |name: &str| dir.join(name);
    let read = |name: &str| storage.read(&scope, &path(name), SIZE);
    storage.replace(&scope, &path("file"), &data).unwrap();

    let digest = subject.digest(&scope, &path("file")).unwrap();
    assert_eq!((digest.sha256, digest.size), (crypto.sha256(&data), SIZE as u64));
    assert_eq!(digest.read, SIZE as u64, "nobody knew it");
    assert_eq!(subject.size(&scope, &path("file")), Ok(SIZE as u64));

    subject.share(&scope, &path("file"), &path("new/dir/shared")).unwrap();
    subject.copy_to(&scope, &path("file"), &path("copy")).unwrap();
    assert_eq!((read("new/dir/shared").unwrap(), read("copy").unwrap()), (data.clone(), data.clone()));
    assert_eq!(subject.usage(&scope, dir), Ok(3 * SIZE as u64));

    storage.replace(&scope, &path("other"), b"other").unwrap();
    subject.move_to(&scope, &path("other"), &path("copy")).unwrap();
    assert_eq!(read("copy").unwrap(), b"other", "in place of what was there");
    assert_eq!(read("other"), Err(StorageError::NotFound(path("other"))));
    subject.share(&scope, &path("copy"), &path("copy")).unwrap();
    subject.move_to(&scope, &path("copy"), &path("copy")).unwrap();
    assert_eq!(read("copy").unwrap(), b"other", "the same name is left alone");

    subject.remove(&scope, &path("file")).unwrap();
    assert_eq!(read("new/dir/shared").unwrap(), data, "the other name stays");
    for name in ["file", "no/such"] {
        subject.remove(&scope, &path(name)).unwrap();
        let missing = Err(StorageError::NotFound(path(name)));
        assert_eq!(subject.size(&scope, &path(name)), missing);
        assert_eq!(subject.digest(&scope, &path(name)).map(|_| 0), missing);
        assert_eq!(subject.share(&scope, &path(name), &path("x")).map(|()| 0), missing);
        assert_eq!(subject.copy_to(&scope, &path(name), &path("x")).map(|()| 0), missing);
    }
    assert_eq!(subject.usage(&scope, &path("no")), Ok(0));
    assert!(matches!(subject.size(&scope, &path("new")), Err(StorageError::Io { .. })), "a directory");
    let climbing = path("new/../x");
    assert!(matches!(subject.move_to(&scope, &path("copy"), &climbing), Err(StorageError::Io { .. })));

    let cancelled = Scope::unbounded();
    cancelled.cancel();
    assert_eq!(subject.digest(&cancelled, &path("copy")).map(|_| ()), Err(StorageError::Cancelled));
    assert_eq!(subject.copy_to(&cancelled, &path("copy"), &path("x")), Err(StorageError::Cancelled));
}
