//! Resolver files from bytes that anyone may have written. What is read is bounded, and of what is
//! written the same servers are read back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pillar_core::resolv_conf::{MAX_SEARCH, MAX_SERVERS, ResolvConf, write};

fuzz_target!(|input: &[u8]| {
    let conf = ResolvConf::parse(input);
    assert!(conf.servers.len() <= MAX_SERVERS && conf.search.len() <= MAX_SEARCH && conf.ndots <= 15);
    let again = ResolvConf::parse(write(&conf.servers, &conf.search).as_bytes());
    assert_eq!(again.servers, conf.servers);
    assert!(again.search.len() <= conf.search.len());
});
