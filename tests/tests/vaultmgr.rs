//! vaultmgr alone, on devices without and with a TPM in use.

use std::path::Path;
use std::sync::{Arc, Mutex};

use pillar_core::agents::vaultmgr::VaultMgr;
use pillar_core::controller::places::Places;
use pillar_core::hal::Hal;
use pillar_core::node::{NodeConfig, TestNode};
use pillar_hal::files::Files;
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_tests::clock::HandClock;
use pillar_types::vault::{VaultStatus, VaultUnlockMethod};

/// What it says on a device with these files in `/config`.
fn status(files: &[&str]) -> VaultStatus {
    let mut disk = Disk::new(1 << 20);
    for file in files {
        disk.put(&Path::new("/config").join(file), b"PEM").expect("there is room");
    }
    let clock = Arc::new(HandClock::default());
    let fs = SimFs::new(Arc::new(Mutex::new(disk)), Arc::new(Open), clock.clone());
    let hal = Hal { storage: Arc::new(Files::new(fs)), clock, ..Hal::default() };
    let test = TestNode::start_on(hal, NodeConfig::default(), || VaultMgr::new(&Places::default()));
    (*test.get::<VaultStatus>(VaultStatus::APPLICATION_DATA).expect("it says how the vault is")).clone()
}

#[test]
fn without_a_tpm_the_vault_is_plain_and_open() {
    for files in [&[][..], &["device.cert.pem", "device.key.pem"]] {
        let status = status(files);
        assert!(status.is_usable(), "{files:?}");
        assert_eq!(status.unlock_method, VaultUnlockMethod::NoTpm);
    }
}

#[test]
fn with_a_tpm_the_vault_stays_closed_and_says_why() {
    let status = status(&["device.cert.pem"]);
    assert!(!status.is_usable() && status.is_in_error());
    assert!(status.error.description.error.contains("TPM"), "{:?}", status.error);
}
