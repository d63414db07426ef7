//! Packs the relocations of a release: tables of pointers take a bit for each pointer and not 24 bytes.
//!
//! What loads the program must know that form, as glibc does since 2.36; a linker that does not know it says so and
//! goes on.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name, value| var(name).is_ok_and(|found| found == value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
