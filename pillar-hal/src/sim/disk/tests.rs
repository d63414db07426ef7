use std::path::Path;

use super::Disk;
use crate::sim::Rng;

const DIR: &str = "/persist/status";
const FILE: &str = "/persist/status/a";

fn disk() -> Disk {
    let mut disk = Disk::new(1 << 20);
    disk.put(Path::new("/persist/status/old"), b"old").unwrap();
    disk.mount(Path::new("/run"), true, 1 << 20).unwrap();
    disk
}

/// All that can be left of a disk by a power cut.
fn leftovers(disk: &Disk) -> Vec<Vec<(String, Vec<u8>)>> {
    let mut all = Vec::new();
    for seed in 0..400 {
        let mut disk = disk.clone();
        disk.power_cut(&mut Rng::new(seed));
        let files: Vec<_> =
            disk.files().into_iter().map(|(p, d)| (p.to_str().unwrap().into(), d.to_vec())).collect();
        if !all.contains(&files) {
            all.push(files);
        }
    }
    all
}

fn contents<'a>(all: &'a [Vec<(String, Vec<u8>)>], path: &str) -> Vec<Option<&'a [u8]>> {
    let find = |files: &'a Vec<(String, Vec<u8>)>| {
        files.iter().find(|(name, _)| name == path).map(|(_, data)| data.as_slice())
    };
    let mut found: Vec<_> = all.iter().map(find).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn unsynced_content_is_lost_cut_short_or_torn() {
    let mut disk = disk();
    let data = [b'x'; 1500];
    let ino = disk.create(Path::new(FILE)).unwrap();
    disk.write(ino, &data).unwrap();
    disk.sync_dir(Path::new(DIR)).unwrap();
    let all = leftovers(&disk);
    let found = contents(&all, FILE);
    assert!(found.contains(&Some(&[])), "empty");
    assert!(found.contains(&Some(&data)), "whole");
    assert!(found.iter().flatten().any(|d| d.len() < data.len() && !d.is_empty()), "short");
    assert!(found.iter().flatten().any(|d| d.len() == data.len() && d.contains(&0)), "torn");
    assert!(!found.contains(&None), "its name was synced");
}

#[test]
fn synced_content_without_a_synced_name_may_be_lost_but_not_torn() {
    let mut disk = disk();
    let ino = disk.create(Path::new(FILE)).unwrap();
    disk.write(ino, b"new").unwrap();
    disk.sync(ino).unwrap();
    assert_eq!(contents(&leftovers(&disk), FILE), [None, Some(b"new".as_slice())]);
    disk.sync_dir(Path::new(DIR)).unwrap();
    assert_eq!(contents(&leftovers(&disk), FILE), [Some(b"new".as_slice())]);
}

#[test]
fn any_subset_of_unsynced_names_stays_and_each_rename_is_atomic() {
    let mut disk = disk();
    disk.link(Path::new("/persist/status/old"), Path::new("/persist/status/second")).unwrap();
    disk.rename(Path::new("/persist/status/old"), Path::new("/persist/status/new")).unwrap();
    let names = |files: &Vec<(String, Vec<u8>)>| -> Vec<String> {
        files.iter().map(|(name, _)| name.replace("/persist/status/", "")).collect()
    };
    let mut found: Vec<_> = leftovers(&disk).iter().map(names).collect();
    found.sort_unstable();
    let expected: [&[&str]; 4] = [&["new"], &["new", "second"], &["old"], &["old", "second"]];
    assert_eq!(found, expected);
}

#[test]
fn a_lost_directory_takes_what_is_in_it() {
    let mut disk = disk();
    disk.mkdir(Path::new("/persist/d")).unwrap();
    let ino = disk.create(Path::new("/persist/d/f")).unwrap();
    disk.sync(ino).unwrap();
    disk.sync_dir(Path::new("/persist/d")).unwrap();
    assert_eq!(contents(&leftovers(&disk), "/persist/d/f"), [None, Some([].as_slice())]);
    let inodes = disk.inodes.len();
    let lost = (0..).map(|seed| (disk.clone(), Rng::new(seed))).find_map(|(mut disk, mut rng)| {
        disk.power_cut(&mut rng);
        disk.get(Path::new("/persist/d/f")).is_none().then_some(disk)
    });
    assert_eq!(lost.unwrap().inodes.len(), inodes - 2, "nothing of it is kept in memory");
}

#[test]
fn a_tmpfs_is_empty_after_a_power_cut() {
    let mut disk = disk();
    disk.put(Path::new("/run/global/x"), b"x").unwrap();
    assert!(disk.volume(Path::new("/run/global")).unwrap().volatile);
    disk.power_cut(&mut Rng::new(1));
    assert_eq!(disk.get(Path::new("/run/global/x")), None);
    assert_eq!(disk.list(Path::new("/run"), 9).unwrap(), []);
    assert_eq!(disk.volume(Path::new("/run")).unwrap().space.free, 1 << 20);
}

#[test]
fn room_is_counted_once_for_all_names_and_comes_back_with_the_last() {
    let mut disk = disk();
    disk.set_free(Path::new("/persist"), 10).unwrap();
    let ino = disk.create(Path::new(FILE)).unwrap();
    assert_eq!(disk.write(ino, b"0123456").unwrap(), 7);
    assert_eq!(disk.write(ino, b"789A").unwrap(), 3, "a short write fills the disk");
    assert_eq!(disk.write(ino, b"A"), Err(rustix::io::Errno::NOSPC));
    disk.link(Path::new(FILE), Path::new("/persist/status/b")).unwrap();
    let free = |disk: &Disk| disk.volume(Path::new("/persist")).unwrap().space.free;
    disk.unlink(Path::new(FILE)).unwrap();
    assert_eq!(free(&disk), 0);
    disk.unlink(Path::new("/persist/status/b")).unwrap();
    assert_eq!(free(&disk), 10);
    disk.power_cut(&mut Rng::new(3));
    assert_eq!(free(&disk) + disk.get(Path::new(FILE)).map_or(0, |d| d.len() as u64), 10);
}
