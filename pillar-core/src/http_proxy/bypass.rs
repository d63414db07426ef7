//! Which hosts are reached past the proxy (spec/02, Proxy selection, bypass). An entry that makes no sense
//! matches nothing.

use std::net::IpAddr;

use super::target::{Target, split_port};

/// Whether a target is reached directly: by the settings' list, or because it is this device itself.
pub(super) fn bypasses(no_proxy: &str, target: &Target) -> bool {
    let host = target.host.trim_end_matches('.');
    let ip = host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
    if host == "localhost" || ip.is_some_and(|ip| ip.is_loopback()) {
        return true;
    }
    let port = target.effective_port();
    no_proxy.split(',').any(|entry| matches(&entry.trim().to_lowercase(), host, ip, port))
}

fn matches(entry: &str, host: &str, ip: Option<IpAddr>, port: Option<u16>) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = parse_cidr(entry) {
        return ip.is_some_and(|ip| is_in(ip, network, bits));
    }
    // An IPv6 address without brackets has no port.
    let bare: Option<IpAddr> = entry.parse().ok();
    let Some((name, wanted)) = bare.map_or_else(|| split_port(entry), |_| Some((entry, None))) else {
        return false;
    };
    if wanted.is_some() && wanted != port {
        return false;
    }
    if let Ok(listed) = name.parse::<IpAddr>() {
        return ip == Some(listed.to_canonical());
    }
    let name = name.trim_end_matches('.');
    let domain = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    match domain.strip_prefix('.') {
        Some(parent) => is_below(host, parent),
        None => host == domain && !domain.is_empty() || is_below(host, domain),
    }
}

/// Whether a host is a subdomain, at any depth.
fn is_below(host: &str, domain: &str) -> bool {
    let head = host.strip_suffix(domain).filter(|_| !domain.is_empty());
    head.is_some_and(|head| head.ends_with('.'))
}

fn parse_cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (network, bits) = text.split_once('/')?;
    let network: IpAddr = network.parse().ok()?;
    let all_digits = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
    let bits: u8 = bits.parse().ok().filter(|_| all_digits)?;
    let most = if network.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((network, bits))
}

fn is_in(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let differ = ip.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= u32::from(bits)
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let differ = ip.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= u32::from(bits)
        }
        _ => false,
    }
}
