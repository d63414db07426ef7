//! Caches of files, on a real directory.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::Arc;

use pillar_core::hal::{Hal, Scope, StorageError};
use pillar_core::persist_cache::{CacheError, MAX_KEY, PersistCache};
use pillar_hal::linux::{LinuxFs, LinuxStorage};

struct Bench {
    dir: PathBuf,
    cache: PersistCache,
    hal: Hal,
    scope: Scope,
}

impl Bench {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("pillar-cache-{}-{name}", std::process::id()));
        let dir = root.join("patchEnvelopesCache");
        let hal = Hal { storage: Arc::new(LinuxStorage::new(LinuxFs)), ..Hal::default() };
        Bench { cache: PersistCache::new(&dir), dir, hal, scope: Scope::unbounded() }
    }

    fn put(&self, key: &str, value: &[u8]) -> Result<PathBuf, CacheError> {
        self.cache.put(&self.hal, &self.scope, key, value)
    }

    fn get(&self, key: &str) -> Result<Vec<u8>, CacheError> {
        self.cache.get(&self.hal, &self.scope, key)
    }

    fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.cache.delete(&self.hal, &self.scope, key)
    }

    fn keys(&self) -> Vec<String> {
        self.cache.keys(&self.hal, &self.scope).expect("a directory of our own")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.dir.parent().expect("below a root of our own"));
    }
}

#[test]
fn a_value_is_a_file_and_its_path_is_told() {
    let bench = Bench::new("file");
    assert_eq!(bench.keys(), [] as [&str; 0]);
    let path = bench.put("b", b"value").expect("room");
    assert_eq!(path, bench.dir.join("b"));
    assert_eq!(fs::read(&path).expect("it is there"), b"value");
    let mode = |path: &PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&bench.dir), mode(&path)), (0o700, 0o600));
    bench.put("a", b"other").expect("room");
    assert_eq!(bench.keys(), ["a", "b"]);
    assert_eq!(bench.get("b").expect("it is there"), b"value");
    bench.put("b", b"val").expect("room");
    assert_eq!(bench.get("b").expect("it is there"), b"val");
}

#[test]
fn an_equal_value_is_not_written_again() {
    let bench = Bench::new("equal");
    let inode = |path: &PathBuf| fs::metadata(path).expect("it is there").ino();
    let path = bench.put("k", b"value").expect("room");
    let before = inode(&path);
    bench.put("k", b"value").expect("room");
    assert_eq!(inode(&path), before);
    bench.put("k", b"value2").expect("room");
    assert_ne!(inode(&path), before);
}

#[test]
fn what_is_not_there_cannot_be_got_or_deleted() {
    let bench = Bench::new("missing");
    let missing = CacheError::Storage(StorageError::NotFound(bench.dir.join("k")));
    assert_eq!(bench.get("k"), Err(missing.clone()));
    assert_eq!(bench.delete("k"), Err(missing.clone()));
    bench.put("k", b"value").expect("room");
    assert_eq!(bench.delete("k"), Ok(()));
    assert_eq!(bench.delete("k"), Err(missing));
    assert_eq!(bench.put("k", b""), Err(CacheError::Empty));
}

/// The reference takes `..` for a key.
#[test]
fn no_key_leads_out_of_the_directory_or_to_files_of_the_storage_itself() {
    let bench = Bench::new("keys");
    let long = "k".repeat(MAX_KEY + 1);
    for key in ["", ".", "..", "a/b", "/etc/passwd", "../x", "a\0b", "tmp0", "tmp123", "a.bak", &long] {
        assert!(matches!(bench.put(key, b"x"), Err(CacheError::BadKey(_))), "{key:?}");
        assert!(matches!(bench.get(key), Err(CacheError::BadKey(_))), "{key:?}");
        assert!(matches!(bench.delete(key), Err(CacheError::BadKey(_))), "{key:?}");
    }
    for key in ["...", "tmp", "tmpx", "a b", "ü", &long[1..]] {
        bench.put(key, b"x").expect("a good key");
        bench.delete(key).expect("it is there");
    }
}

#[test]
fn a_sweep_leaves_what_is_wanted() {
    let bench = Bench::new("sweep");
    for key in ["a", "b", "c"] {
        bench.put(key, b"x").expect("room");
    }
    fs::write(bench.dir.join("tmp7"), "half").expect("a directory of our own");
    bench.cache.sweep(&bench.hal, &bench.scope, |key| key == "b").expect("a directory of our own");
    assert_eq!(fs::read_dir(&bench.dir).expect("it is there").count(), 1);
    assert_eq!(bench.keys(), ["b"]);
}
