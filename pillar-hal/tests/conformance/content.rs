//! Large files, images and transfers: of the device against servers on loopback, and of the simulator.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use pillar_core::hal::{DiskFormat, HttpError, Images, Request, Scope};
use pillar_core::time::Now;
use pillar_hal::conformance::{self, Sources, TransferGround, sample_object};
use pillar_hal::files::Files;
use pillar_hal::linux::{
    LinuxClock, LinuxFs, LinuxHttp, LinuxProcess, LinuxStorage, LinuxTransfer, QemuImg, RingCrypto,
};
use pillar_hal::sim::certificates::{SimCertificate, SimCrypto};
use pillar_hal::sim::datastore::{Datastore, ROOT};
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::images::{SimImages, qcow2_with_backing};
use pillar_hal::sim::internet::{Internet, Reply, SimHttp};
use pillar_hal::sim::objects::Pace;
use pillar_hal::transfer::Transfers;

use crate::device::{TempDir, TestClock, skipped};
use crate::http::server::{Received, TestServer, receive};
use crate::keys::Authority;

#[test]
fn real_large_files_conform() {
    let storage = LinuxStorage::new(LinuxFs);
    for dir in [TempDir::on_disk(), TempDir::on_tmpfs()] {
        conformance::content(&storage, &storage, &RingCrypto, dir.path());
    }
}

#[test]
fn real_images_conform_and_one_that_leads_elsewhere_is_told() {
    let dir = TempDir::on_disk();
    let images = QemuImg::new(Arc::new(LinuxProcess::default()));
    if std::process::Command::new("qemu-img").arg("--version").output().is_err() {
        return skipped("images of the device: there is no qemu-img");
    }
    conformance::images(&images, &LinuxStorage::new(LinuxFs), dir.path());
    let path = dir.path().join("backed.qcow2");
    std::fs::write(&path, real_qcow2_with_backing()).unwrap();
    let info = images.info(&Scope::unbounded(), &path, DiskFormat::Qcow2).unwrap();
    assert!(info.leads_elsewhere);
}

/// A qcow2 image of version 2 that stands upon a file of the device.
fn real_qcow2_with_backing() -> Vec<u8> {
    let mut image = vec![0; 3 * 65_536];
    let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"QFI\xfb");
    put(4, &2_u32.to_be_bytes());
    put(8, &72_u64.to_be_bytes()); // where the name of the file is
    put(16, &11_u32.to_be_bytes());
    put(20, &16_u32.to_be_bytes()); // 64 KiB clusters
    put(24, &(1_u64 << 20).to_be_bytes());
    put(36, &1_u32.to_be_bytes()); // one entry in the first table
    put(40, &65_536_u64.to_be_bytes());
    put(48, &131_072_u64.to_be_bytes());
    put(56, &1_u32.to_be_bytes());
    put(72, b"/etc/passwd");
    image
}

#[test]
fn simulated_large_files_and_images_conform() {
    let mut disk = Disk::new(64 << 20);
    for dir in ["/persist/content", "/persist/images"] {
        disk.make_dir(Path::new(dir)).unwrap();
    }
    let disk = Arc::new(Mutex::new(disk));
    let storage = Files::new(SimFs::new(disk.clone(), Arc::new(Open), Arc::new(TestClock::default())));
    conformance::content(&storage, &storage, &SimCrypto, Path::new("/persist/content"));
    let images = SimImages::new(disk.clone(), Arc::new(Open));
    conformance::images(&images, &storage, Path::new("/persist/images"));
    let path = Path::new("/persist/images/backed");
    disk.lock().unwrap().put(path, &qcow2_with_backing(1 << 20)).unwrap();
    assert!(images.info(&Scope::unbounded(), path, DiskFormat::Qcow2).unwrap().leads_elsewhere);
}

#[test]
fn real_transfers_conform() {
    let root = Authority::root("root");
    let plain = TestServer::with(serve);
    let trusted = TestServer::tls_with(root.server("localhost", |_| ()), serve);
    let dir = TempDir::on_disk();
    let url = |path: &str| format!("http://127.0.0.1:{}/{path}", plain.port());
    let sources = Sources {
        good: url("good"),
        trusted: format!("https://localhost:{}/good", trusted.port()),
        root: root.pem(),
        without_ranges: url("without_ranges"),
        broken: url("broken"),
        silent: url("silent"),
        missing: url("missing"),
        redirected: url("redirected"),
        circular: url("circular"),
        dir: dir.path().into(),
    };
    let storage = Arc::new(LinuxStorage::new(LinuxFs));
    let transfers = LinuxTransfer::new(LinuxHttp::default(), storage.clone(), Arc::new(LinuxClock));
    let ground = TransferGround {
        subject: &transfers,
        content: &*storage,
        storage: &*storage,
        clock: &LinuxClock,
        crypto: &RingCrypto,
    };
    conformance::transfer(&ground, &sources);
}

/// A server as the suite wants it.
fn serve(mut stream: impl Read + Write) {
    let Some(Received { line, headers, .. }) = receive(&mut stream) else { return };
    let path = line.split(' ').nth(1).unwrap_or_default();
    let range = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("range"));
    let from = range.and_then(|(_, value)| value.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let object = sample_object();
    let length = object.len();
    let mut send = |status: &str, headers: String, body: &[u8]| {
        let head = format!("HTTP/1.1 {status} Said\r\n{headers}\r\n");
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let _ = stream.flush();
    };
    let whole = format!("Content-Length: {length}\r\nContent-Type: application/octet-stream\r\n");
    match (path, from) {
        ("/redirected", _) => send("302", "Location: good\r\nContent-Length: 0\r\n".into(), b""),
        ("/circular", _) => send("302", "Location: /circular\r\nContent-Length: 0\r\n".into(), b""),
        ("/broken", _) => send("200", whole, &object[..length / 2]),
        ("/silent", _) => {
            send("200", whole, &object[..length / 2]);
            std::thread::sleep(std::time::Duration::from_secs(5));
        }
        ("/good", Some(from)) if from >= length => send("416", "Content-Length: 0\r\n".into(), b""),
        ("/good", Some(from)) => {
            let range = format!("Content-Range: bytes {from}-{}/{length}\r\n", length - 1);
            let headers = format!("Content-Length: {}\r\n{range}", length - from);
            send("206", headers, &object[from..]);
        }
        ("/good" | "/without_ranges", _) => send("200", whole, &object),
        _ => send("404", "Content-Length: 0\r\n".into(), b""),
    }
}

/// Servers as the suite wants them, and where they are.
pub fn simulated_sources(internet: &mut Internet, dir: &Path) -> Sources {
    let half = Some(sample_object().len() / 2);
    let mut serve = |name: &str, pace: Pace, ignores_ranges: bool| {
        let datastore = Datastore::default();
        datastore.put("/object", sample_object());
        (datastore.store().pace, datastore.store().ignores_ranges) = (pace, ignores_ranges);
        datastore.serve(internet, &format!("{name}:80"));
        datastore.serve(internet, &format!("{name}:443"));
        format!("http://{name}/object")
    };
    let good = serve("good.example", Pace::default(), false);
    let sources = Sources {
        trusted: good.replace("http:", "https:"),
        missing: format!("{good}/missing"),
        good,
        root: SimCertificate::root(ROOT).pem(),
        without_ranges: serve("without.example", Pace::default(), true),
        broken: serve("broken.example", Pace { breaks_after: half, ..Pace::default() }, false),
        silent: serve("silent.example", Pace { stalls_after: half, ..Pace::default() }, false),
        redirected: "http://redirected.example/x".into(),
        circular: "http://circular.example/x".into(),
        dir: dir.into(),
    };
    for (place, to) in [("redirected.example:80", &sources.good), ("circular.example:80", &sources.circular)]
    {
        let to = to.clone();
        internet.serve(place, Vec::new(), move |_: &Request, _: Now| {
            let mut reply = Reply::status(302);
            if let Ok(answer) = &mut reply.result {
                answer.headers.push(("location".into(), to.clone()));
            }
            reply
        });
    }
    internet.break_way("none0", Some(HttpError::NoSuchWay));
    sources
}

#[test]
fn simulated_transfers_conform() {
    let mut internet = Internet::default();
    let sources = simulated_sources(&mut internet, Path::new("/persist"));
    let mut disk = Disk::new(64 << 20);
    disk.make_dir(Path::new("/persist")).unwrap();
    let clock = Arc::new(TestClock::default());
    let fs = SimFs::new(Arc::new(Mutex::new(disk)), Arc::new(Open), clock.clone());
    let files = Arc::new(Files::new(fs));
    let http = SimHttp::new(Arc::new(Mutex::new(internet)), Arc::new(Open), clock.clone());
    let transfers = Transfers::new(http, files.clone(), clock.clone());
    let ground = TransferGround {
        subject: &transfers,
        content: &*files,
        storage: &*files,
        clock: &*clock,
        crypto: &SimCrypto,
    };
    conformance::transfer(&ground, &sources);
}
