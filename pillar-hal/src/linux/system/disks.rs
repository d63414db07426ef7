//! Disks, partitions and file systems.

use std::path::PathBuf;

use pillar_core::hal::{BlockDevice, MAX_SYSTEM_ENTRIES, Mount, Scope, SystemError};

use super::{LinuxSystem, MAX_FILE, field};

/// Sizes and counts of the block layer are in these, whatever the disk's own sectors are (kernel, block/stat).
const SECTOR: u64 = 512;

pub(super) fn disks(system: &LinuxSystem, scope: &Scope) -> Result<Vec<BlockDevice>, SystemError> {
    let counted = system.file(scope, "proc/diskstats", MAX_FILE)?;
    let mut disks: Vec<BlockDevice> = counted.lines().take(MAX_SYSTEM_ENTRIES).filter_map(counts).collect();
    for disk in &mut disks {
        // The kernel writes a slash in a name as an exclamation mark there.
        let place = format!("sys/class/block/{}", disk.name.replace('/', "!"));
        disk.size = system.number(format!("{place}/size")).saturating_mul(SECTOR);
        let is_part = system.root.join(&place).join("partition").exists();
        disk.part_of = is_part.then(|| parent(system, &place)).flatten();
        let whole = disk.part_of.as_deref().map_or(place, |parent| format!("sys/class/block/{parent}"));
        disk.rotates = system.number(format!("{whole}/queue/rotational")) == 1;
        disk.removable = system.number(format!("{whole}/removable")) == 1;
        if !is_part {
            disk.model = system.line(format!("{whole}/device/model"));
        }
    }
    disks.retain(|disk| disk.size > 0);
    disks.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(disks)
}

/// A partition is a directory in that of its disk.
fn parent(system: &LinuxSystem, place: &str) -> Option<String> {
    let real = system.root.join(place).canonicalize().ok()?;
    Some(real.parent()?.file_name()?.to_str()?.to_owned())
}

/// A line of `/proc/diskstats`: numbers, name, reads, merged, sectors, time, writes, merged, sectors, …
fn counts(line: &str) -> Option<BlockDevice> {
    let mut words = line.split_whitespace().skip(2);
    let name = field(words.next()?);
    let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
    let &[reads, _, read, _, writes, _, written, ..] = numbers.as_slice() else { return None };
    Some(BlockDevice {
        name,
        read_bytes: read.saturating_mul(SECTOR),
        written_bytes: written.saturating_mul(SECTOR),
        reads,
        writes,
        ..BlockDevice::default()
    })
}

/// `/proc/self/mounts`: source, place, kind, options, where white space is written in octal.
pub(super) fn mounts(text: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let mut words = line.split(' ');
        let (source, path, kind, options) = (words.next()?, words.next()?, words.next()?, words.next()?);
        Some(Mount {
            source: field(&unescaped(source)),
            path: PathBuf::from(unescaped(path)),
            kind: field(kind),
            read_only: options.split(',').any(|option| option == "ro"),
        })
    };
    text.lines().take(MAX_SYSTEM_ENTRIES).filter_map(mount).collect()
}

/// Takes back what proc(5) does to blanks, tabs, newlines and backslashes.
fn unescaped(text: &str) -> String {
    [(r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")]
        .into_iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_in_bytes() {
        let disk = counts(" 259       2 nvme0n1p2 10 1 16 4 20 2 32 8 0 9 9 0 0 0 0").unwrap();
        assert_eq!((disk.name.as_str(), disk.reads, disk.writes), ("nvme0n1p2", 10, 20));
        assert_eq!((disk.read_bytes, disk.written_bytes), (8192, 16384));
        assert_eq!(counts("259 2 short 1 2 3"), None);
        assert_eq!(counts(""), None);
    }

    #[test]
    fn mounts_are_read_with_what_is_strange_in_them() {
        let mounts = mounts(
            "/dev/sda3 /persist ext4 rw,noatime,dirsync 0 0\nnone /a\\040b\\134c tmpfs ro,size=1k 0 0\nbad line\n",
        );
        let seen =
            |mount: &Mount| (mount.source.clone(), mount.path.clone(), mount.kind.clone(), mount.read_only);
        assert_eq!(
            mounts.iter().map(seen).collect::<Vec<_>>(),
            [
                ("/dev/sda3".into(), "/persist".into(), "ext4".into(), false),
                ("none".into(), "/a b\\c".into(), "tmpfs".into(), true),
            ]
        );
    }
}
