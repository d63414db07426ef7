//! [`Storage`]: replacing, backups, removing, reading, listing, bounds, cancel, a full disk.

use std::path::{Path, PathBuf};

use pillar_core::hal::{DirEntry, FileOp, Scope, Storage, StorageError, backup_of, is_temp_name};

/// The longest file name.
const NAME_MAX: usize = 255;

/// Runs the suite in `root`, a directory that is empty and has room for 4 MiB.
pub fn storage(subject: &dyn Storage, root: &Path) {
    let suite = Suite { subject, scope: Scope::unbounded(), root };
    suite.replaces_and_reads();
    suite.keeps_the_content_before();
    suite.removes_with_backup();
    suite.makes_missing_directories();
    suite.bounds_what_it_reads();
    suite.lists_by_name();
    suite.one_failure_holds_back_nothing();
    suite.applies_in_order();
    suite.passes_over_leftovers();
    suite.takes_the_longest_names();
    suite.refuses_paths_that_climb();
    suite.honours_a_cancel();
    suite.tells_the_room();
    suite.leaves_no_temporary_files(root);
}

/// Runs the part about a full disk in `root`, an empty directory on a volume with 64 KiB to 1 MiB of room.
pub fn storage_full(subject: &dyn Storage, root: &Path) {
    let suite = Suite { subject, scope: Scope::unbounded(), root };
    let spare = suite.space(root).free;
    assert!((64 << 10..=1 << 20).contains(&spare), "the suite was given {spare} bytes of room");
    let file = root.join("file");
    suite.put(&file, b"old", false);
    let big = vec![b'x'; 2 << 20];
    let small = FileOp::Replace { path: root.join("small"), data: b"fits".to_vec(), backup: false };
    let op = FileOp::Replace { path: file.clone(), data: big.clone(), backup: true };
    let results = subject.apply(&suite.scope, &[op, small]);
    let Err(StorageError::NoSpace { path, need, free }) = &results[0] else {
        panic!("2 MiB into {spare} bytes: {:?}", results[0])
    };
    assert_eq!((path, *need), (&file, big.len() as u64));
    assert!(*free <= spare, "{free} bytes are free of {spare}");
    assert_eq!(results[1], Ok(()), "what fits is stored");
    assert_eq!(suite.get(&file), b"old");
    assert_eq!(suite.names(root), ["file", "small"], "neither backup nor temporary file");
    suite.remove(&file);
    suite.put(&file, &vec![b'y'; 32 << 10], false);
}

/// Runs the part about the age of files in `root`, an empty directory. `wait` lets some time pass.
pub fn storage_dates(subject: &dyn Storage, root: &Path, wait: &dyn Fn()) {
    let suite = Suite { subject, scope: Scope::unbounded(), root };
    let age = |path: &Path| subject.modified(&suite.scope, path);
    let copy = |from: &Path, to: &Path| subject.copy(&suite.scope, from, to, 10);
    let (old, new) = (root.join("old"), root.join("made/new"));
    let missing = StorageError::NotFound(root.join("missing"));
    assert_eq!(age(&root.join("missing")), Err(missing.clone()));
    assert_eq!(copy(&root.join("missing"), &new), Err(missing));

    suite.put(&old, b"1", false);
    let written = age(&old).unwrap();
    wait();
    assert_eq!(copy(&old, &new), Ok(()));
    assert_eq!((suite.get(&new), age(&new).unwrap()), (b"1".to_vec(), written));

    suite.put(&old, b"2", false);
    assert!(age(&old).unwrap() > written, "what is written is of now");
    assert_eq!((suite.get(&new), age(&new).unwrap()), (b"1".to_vec(), written), "a copy stands alone");
    assert_eq!(copy(&new, &old), Ok(()));
    assert_eq!((suite.get(&old), age(&old).unwrap()), (b"1".to_vec(), written));

    suite.put(&old, b"much too long", false);
    let too_large = StorageError::TooLarge { path: old.clone(), limit: 10 };
    assert_eq!(copy(&old, &new), Err(too_large));
    suite.scope.cancel();
    assert_eq!(copy(&new, &old), Err(StorageError::Cancelled));
    assert_eq!(age(&new), Err(StorageError::Cancelled));
}

struct Suite<'a> {
    subject: &'a dyn Storage,
    scope: Scope,
    root: &'a Path,
}

impl Suite<'_> {
    fn replaces_and_reads(&self) {
        let file = self.root.join("file");
        for content in [&b"first"[..], b"", &vec![7; 1 << 20], b"last"] {
            self.put(&file, content, false);
            assert!(self.get(&file) == content, "{} bytes", content.len());
        }
        self.subject.replace(&self.scope, &file, b"by replace").unwrap();
        assert_eq!(self.get(&file), b"by replace");
        assert!(!self.exists(&backup_of(&file)));
    }

    fn keeps_the_content_before(&self) {
        let file = self.root.join("kept.json");
        let backup = backup_of(&file);
        self.put(&file, b"1", true);
        assert!(!self.exists(&backup), "there was nothing before");
        self.put(&file, b"2", true);
        assert_eq!((self.get(&file), self.get(&backup)), (b"2".to_vec(), b"1".to_vec()));
        self.put(&file, b"3", true);
        assert_eq!((self.get(&file), self.get(&backup)), (b"3".to_vec(), b"2".to_vec()));
        self.put(&file, b"4", false);
        assert_eq!((self.get(&file), self.get(&backup)), (b"4".to_vec(), b"2".to_vec()));
    }

    fn removes_with_backup(&self) {
        let file = self.root.join("gone.json");
        self.remove(&file);
        self.put(&file, b"1", true);
        self.put(&file, b"2", true);
        self.remove(&file);
        assert!(!self.exists(&file) && !self.exists(&backup_of(&file)));
        self.remove(&file);
        self.put(&backup_of(&file), b"alone", false);
        self.remove(&file);
        assert!(!self.exists(&backup_of(&file)), "a backup without its file");
        self.remove(&self.root.join("no/such/directory/file"));
        assert!(!self.exists(&self.root.join("no")));
    }

    fn makes_missing_directories(&self) {
        let file = self.root.join("some/new/directory/file");
        self.put(&file, b"deep", true);
        assert_eq!(self.get(&file), b"deep");
        assert!(self.entries(self.root).contains(&DirEntry { name: "some".into(), is_dir: true }));
    }

    fn bounds_what_it_reads(&self) {
        let file = self.root.join("hundred");
        self.put(&file, &[1; 100], false);
        assert_eq!(self.subject.read(&self.scope, &file, 100).unwrap().len(), 100);
        let too_large = StorageError::TooLarge { path: file.clone(), limit: 99 };
        assert_eq!(self.subject.read(&self.scope, &file, 99), Err(too_large));
        let missing = self.root.join("missing");
        assert_eq!(self.subject.read(&self.scope, &missing, 9), Err(StorageError::NotFound(missing)));
        let below = file.join("below");
        assert_eq!(self.subject.read(&self.scope, &below, 9), Err(StorageError::NotFound(below)));
        let dir = self.subject.read(&self.scope, self.root, 9);
        assert!(matches!(dir, Err(StorageError::Io { .. })), "a directory is no file: {dir:?}");
    }

    fn lists_by_name(&self) {
        let dir = self.root.join("listed");
        assert_eq!(self.subject.list(&self.scope, &dir), Err(StorageError::NotFound(dir.clone())));
        for name in ["b", "a.json", "c/d"] {
            self.put(&dir.join(name), b"x", false);
        }
        let entry = |name: &str, is_dir| DirEntry { name: name.into(), is_dir };
        assert_eq!(self.entries(&dir), [entry("a.json", false), entry("b", false), entry("c", true)]);
        let file = dir.join("b");
        assert_eq!(self.subject.list(&self.scope, &file), Err(StorageError::NotFound(file)));
    }

    fn one_failure_holds_back_nothing(&self) {
        let dir = self.root.join("failing");
        self.put(&dir.join("is_dir/x"), b"x", false);
        self.put(&dir.join("file"), b"x", false);
        let ops = [
            replace(dir.join("before"), b"1", true),
            replace(dir.join("is_dir"), b"2", true),
            replace(dir.join("file/below"), b"3", true),
            FileOp::Remove { path: dir.join("is_dir") },
            FileOp::Remove { path: dir.join("file") },
            replace(dir.join("after"), b"4", true),
        ];
        let results = self.subject.apply(&self.scope, &ops);
        let failed: Vec<_> = results.iter().map(Result::is_err).collect();
        assert_eq!(failed, [false, true, true, true, false, false], "{results:?}");
        for (op, result) in ops.iter().zip(&results) {
            if let Err(error) = result {
                assert!(matches!(error, StorageError::Io { path, .. } if path == op.path()), "{error}");
            }
        }
        assert_eq!(self.names(&dir), ["after", "before", "is_dir"]);
        assert_eq!(self.get(&dir.join("is_dir/x")), b"x");
    }

    fn applies_in_order(&self) {
        let file = self.root.join("ordered/file");
        let ops = [
            replace(file.clone(), b"1", true),
            replace(file.clone(), b"2", true),
            FileOp::Remove { path: file.clone() },
            replace(file.clone(), b"3", true),
            replace(file.clone(), b"4", true),
        ];
        self.apply(&ops);
        assert_eq!((self.get(&file), self.get(&backup_of(&file))), (b"4".to_vec(), b"3".to_vec()));
        assert!(self.subject.apply(&self.scope, &[]).is_empty());
    }

    fn passes_over_leftovers(&self) {
        let dir = self.root.join("leftovers");
        let leftovers: Vec<PathBuf> = (0..200).map(|number| dir.join(format!("tmp{number}"))).collect();
        for leftover in &leftovers {
            self.put(leftover, b"left", false);
        }
        self.put(&dir.join("file"), b"1", true);
        self.put(&dir.join("file"), b"2", true);
        assert_eq!(self.get(&dir.join("file")), b"2");
        for leftover in &leftovers {
            assert_eq!(self.get(leftover), b"left");
            self.remove(leftover);
        }
        assert_eq!(self.names(&dir), ["file", "file.bak"]);
    }

    fn takes_the_longest_names(&self) {
        let dir = self.root.join("long");
        for length in NAME_MAX - 5..=NAME_MAX {
            let file = dir.join("n".repeat(length));
            let has_backup = length + ".bak".len() <= NAME_MAX;
            self.put(&file, b"1", true);
            self.put(&file, b"2", true);
            assert_eq!(self.get(&file), b"2");
            assert_eq!(self.names(&dir).len(), if has_backup { 2 } else { 1 }, "{length} bytes");
            self.remove(&file);
            assert!(self.names(&dir).is_empty(), "{length} bytes");
        }
        let op = replace(dir.join("n".repeat(NAME_MAX + 1)), b"1", true);
        let result = self.subject.apply(&self.scope, &[op]).remove(0);
        assert!(matches!(result, Err(StorageError::Io { .. })), "{result:?}");
    }

    fn refuses_paths_that_climb(&self) {
        for path in ["a/../../b", "..", "a/.."] {
            let path = self.root.join(path);
            for op in [replace(path.clone(), b"x", false), FileOp::Remove { path }] {
                let result = self.subject.apply(&self.scope, &[op]).remove(0);
                assert!(matches!(result, Err(StorageError::Io { call: "path", .. })), "{result:?}");
            }
        }
        let result = self.subject.apply(&self.scope, &[replace("/".into(), b"x", false)]).remove(0);
        assert!(matches!(result, Err(StorageError::Io { .. })), "{result:?}");
    }

    fn honours_a_cancel(&self) {
        let file = self.root.join("cancelled");
        self.put(&file, b"old", false);
        let scope = Scope::unbounded();
        scope.cancel();
        let ops = [replace(file.clone(), b"new", true), FileOp::Remove { path: file.clone() }];
        let results = self.subject.apply(&scope, &ops);
        assert_eq!(results, [Err(StorageError::Cancelled), Err(StorageError::Cancelled)]);
        assert_eq!(self.get(&file), b"old");
        assert_eq!(self.subject.read(&scope, &file, 9), Err(StorageError::Cancelled));
        assert_eq!(self.subject.list(&scope, self.root), Err(StorageError::Cancelled));
        assert_eq!(self.subject.space(&scope, self.root), Err(StorageError::Cancelled));
    }

    fn tells_the_room(&self) {
        let space = self.space(self.root);
        assert!(space.free > 0 && space.free <= space.total, "{space:?}");
        let missing = self.root.join("not/there/yet");
        assert_eq!(self.space(&missing).total, space.total, "of what will hold it");
    }

    fn leaves_no_temporary_files(&self, dir: &Path) {
        for entry in self.entries(dir) {
            assert!(!is_temp_name(&entry.name), "{} in {}", entry.name, dir.display());
            if entry.is_dir {
                self.leaves_no_temporary_files(&dir.join(entry.name));
            }
        }
    }

    fn put(&self, path: &Path, data: &[u8], backup: bool) {
        self.apply(&[replace(path.into(), data, backup)]);
    }

    fn remove(&self, path: &Path) {
        self.apply(&[FileOp::Remove { path: path.into() }]);
    }

    fn apply(&self, ops: &[FileOp]) {
        for (op, result) in ops.iter().zip(self.subject.apply(&self.scope, ops)) {
            assert_eq!(result, Ok(()), "{}", op.path().display());
        }
    }

    fn get(&self, path: &Path) -> Vec<u8> {
        self.subject.read(&self.scope, path, 4 << 20).unwrap_or_else(|error| panic!("{error}"))
    }

    fn exists(&self, path: &Path) -> bool {
        !matches!(self.subject.read(&self.scope, path, 4 << 20), Err(StorageError::NotFound(_)))
    }

    fn entries(&self, dir: &Path) -> Vec<DirEntry> {
        self.subject.list(&self.scope, dir).unwrap_or_else(|error| panic!("{error}"))
    }

    fn names(&self, dir: &Path) -> Vec<String> {
        self.entries(dir).into_iter().map(|entry| entry.name).collect()
    }

    fn space(&self, path: &Path) -> pillar_core::hal::Space {
        self.subject.space(&self.scope, path).unwrap_or_else(|error| panic!("{error}"))
    }
}

fn replace(path: PathBuf, data: &[u8], backup: bool) -> FileOp {
    FileOp::Replace { path, data: data.to_vec(), backup }
}
