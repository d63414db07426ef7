use std::sync::{Arc, Mutex};

use pillar_core::hal::source::{Drained, Source};
use pillar_hal::conformance;
use pillar_hal::linux::LinuxUevents;
use pillar_hal::sim::uevents::{Changes, SimUevents};

use crate::namespace::{in_namespace, ip};

#[test]
fn real_uevents_conform() {
    in_namespace("kernel uevents", || {
        let mut number = 0;
        conformance::uevents(&mut LinuxUevents::new().unwrap(), &mut || {
            number += 1;
            ip(&format!("link add nic{number} type bridge"));
        });
    });
}

#[test]
fn simulated_uevents_conform() {
    let changes: Arc<Mutex<Changes>> = Arc::default();
    let mut source = SimUevents::new(changes.clone());
    conformance::uevents(&mut source, &mut || changes.lock().unwrap().changed("net"));
    changes.lock().unwrap().changed("not a subsystem");
    assert!(!source.pending());
}

#[test]
fn too_many_uevents_are_an_overrun_and_it_goes_on() {
    in_namespace("an overrun of uevents", || {
        let mut source = LinuxUevents::new().unwrap();
        // Three notices each, of some 1,000 bytes as the kernel counts them: the buffer has about 200 KiB.
        let lines: Vec<String> = (0..200).map(|number| format!("link add n{number} type bridge")).collect();
        let file = std::env::temp_dir().join(format!("pillar-uevents-{}", std::process::id()));
        std::fs::write(&file, lines.join("\n")).unwrap();
        ip(&format!("-batch {}", file.display()));
        std::fs::remove_file(&file).unwrap();
        let (mut overrun, mut names) = (false, 1);
        while names > 0 || overrun {
            names = 0;
            let drained = source.drain(&mut |_, _| names += 1);
            if drained == Drained::Overrun {
                overrun = true;
            } else if names == 0 {
                break;
            }
        }
        assert!(overrun);
        ip("link add last type bridge");
        let mut told = false;
        source.drain(&mut |name, _| told |= name == "net");
        assert!(told, "and goes on");
    });
}
