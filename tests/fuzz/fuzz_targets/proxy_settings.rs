//! Proxy settings, PAC files and their answers, and DNS domains from bytes that anyone may have written.
//!
//! An input is lines: the URL, the server, the exceptions, the domain, and then a PAC file or its answer.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pillar_core::http_proxy::{download_url, pac, routes, wpad};
use pillar_types::base64;
use pillar_types::port::{NetworkProxyType, ProxyConfig, ProxyEntry};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.splitn(5, '\n');
    let mut next = || lines.next().unwrap_or_default().to_owned();
    let (url, server, exceptions, domain, script) = (next(), next(), next(), next(), next());
    let entry = |proxy_type| ProxyEntry { proxy_type, server: server.clone(), ..ProxyEntry::default() };
    let proxies = vec![entry(NetworkProxyType::Http), entry(NetworkProxyType::Https)];
    let mut config = ProxyConfig { proxies: proxies.into(), exceptions, ..ProxyConfig::default() };

    for url in [&url, &download_url(&config, &url, false)] {
        match routes(&config, url) {
            Ok(ways) => assert_eq!(ways.len(), 1),
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
    if let Ok(ways) = pac::parse_answer(&script) {
        assert!((1..=16).contains(&ways.len()));
    }
    config.network_proxy_enable = true;
    for place in wpad::urls(&config, &domain).unwrap_or_default() {
        assert!(place.starts_with("http://wpad.") && place.ends_with("/wpad.dat"));
        assert!(!place.contains(char::is_whitespace));
    }
    config.pacfile = base64::encode(script.as_bytes());
    if let Ok(ways) = routes(&config, &url) {
        assert!(!ways.is_empty());
    }
});
