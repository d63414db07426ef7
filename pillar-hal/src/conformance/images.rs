//! [`Images`] in an empty directory.

use std::path::Path;

use pillar_core::hal::{DiskFormat, ImageError, Images, Scope, Storage};

const MIB: u64 = 1 << 20;

/// Runs the suite; `storage` is for the same files.
pub fn images(subject: &dyn Images, storage: &dyn Storage, dir: &Path) {
    let scope = Scope::unbounded();
    for format in [DiskFormat::Raw, DiskFormat::Qcow2] {
        let path = dir.join(format!("{format:?}"));
        let virtual_size = || subject.info(&scope, &path, format).map(|info| info.virtual_size);
        assert_eq!(virtual_size(), Err(ImageError::NotFound(path.clone())));
        subject.create(&scope, &path, format, 2 * MIB).unwrap();
        assert_eq!(virtual_size(), Ok(2 * MIB));
        subject.grow(&scope, &path, format, 4 * MIB).unwrap();
        assert_eq!(virtual_size(), Ok(4 * MIB));
        subject.grow(&scope, &path, format, MIB).unwrap();
        assert_eq!(virtual_size(), Ok(4 * MIB), "never smaller");
        subject.create(&scope, &path, format, MIB).unwrap();
        assert_eq!(virtual_size(), Ok(MIB), "made anew");
        assert!(!subject.info(&scope, &path, format).unwrap().leads_elsewhere);
    }

    let path = dir.join("text");
    storage.replace(&scope, &path, b"no image at all").unwrap();
    let info = subject.info(&scope, &path, DiskFormat::Qcow2);
    assert!(matches!(info, Err(ImageError::Bad { .. })), "{info:?}");
    let made = subject.create(&scope, &dir.join("disk"), DiskFormat::Vmdk, MIB);
    assert_eq!(made, Err(ImageError::Format(DiskFormat::Vmdk)));

    let cancelled = Scope::unbounded();
    cancelled.cancel();
    let info = subject.info(&cancelled, &dir.join("Raw"), DiskFormat::Raw);
    assert_eq!(info, Err(ImageError::Cancelled));
}
