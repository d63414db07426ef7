//! All the words of a device in one program, so that their cost can be measured: every object of the bus in JSON
//! and postcard, the controller's messages in the directions that a device needs, every setting.
//!
//! `ci/types_size.sh` builds it. It reads standard input as whatever its first argument names.

use std::hint::black_box;
use std::io::{Read, Write};

use pillar_core::settings::Settings;
use pillar_core::settings::parse::{Device, Source, parse};
use pillar_proto::whole::Whole;
use pillar_proto::{
    MAX_SIGNED_BYTES, attest, auth, certs, config, flowlog, hardwarehealth, info, logs, metrics, nested_app,
    profile, proxy, register, uuid,
};
use pillar_types::codec::{Limits, binary, json};
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::{registry, walk};

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).expect("standard input");
    let shown = match name.as_str() {
        "settings" => settings(&input),
        name => object(name, &input).or_else(|| message(name, &input)),
    };
    let shown = shown.unwrap_or_else(|| b"neither an object nor a message that a device reads".into());
    std::io::stdout().write_all(&shown).expect("standard output");
}

fn object(name: &str, input: &[u8]) -> Option<Vec<u8>> {
    let info = registry::find(name)?;
    let (mut value, mut again) = ((info.make)(), (info.make)());
    if let Err(error) = json::decode(&mut *value, input, &Limits::JSON) {
        return Some(error.to_string().into());
    }
    if let Err(error) = binary::decode(&mut *again, &binary::encode(&*value), &Limits::BINARY) {
        return Some(error.to_string().into());
    }
    let mut copy = (info.make)();
    walk::copy(&*again, &mut *copy);
    assert!(walk::equal(&*value, &*copy), "{:?}", walk::diff(&*value, &*copy));
    Some([json::encode(&*copy), json::encode_redacted(&*copy)].concat())
}

fn settings(input: &[u8]) -> Option<Vec<u8>> {
    let map: ConfigItemValueMap = json::decode_new(input, &Limits::JSON).ok()?;
    let before = Settings::from_map(&map);
    let wanted: Vec<(String, String)> = before.texts().collect();
    let wanted = wanted.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let parsed = parse(wanted, Some(&before), Source::Controller, Device::default());
    Some([json::encode(&parsed.settings.to_map()), pillar_proto::encode(&parsed.status())].concat())
}

/// Reads what a device receives; what it sends is made of nothing and written.
fn message(name: &str, input: &[u8]) -> Option<Vec<u8>> {
    Some(match name {
        "auth" => both::<auth::AuthContainer>(input),
        "certs" => read::<certs::ZControllerCert>(input),
        "config" => read::<config::ConfigResponse>(input),
        "bootstrap" => read::<config::BootstrapConfig>(input),
        "compound" => read::<config::CompoundEdgeDevConfig>(input),
        "uuid" => read::<uuid::UuidResponse>(input),
        "attest" => read::<attest::ZAttestResponse>(input),
        "proxy" => read::<proxy::ScepProxyResponse>(input),
        "profile" => read::<profile::LocalProfile>(input),
        "radio" => read::<profile::RadioConfig>(input),
        "app_commands" => read::<profile::LocalAppCmdList>(input),
        "device_command" => read::<profile::LocalDevCmd>(input),
        "boot" => read::<profile::AppBootConfigList>(input),
        "network" => read::<profile::LocalNetworkConfig>(input),
        "nested" => read::<nested_app::NestedAppInventory>(input),
        "nested_metrics" => read::<nested_app::NestedAppMetrics>(input),
        "requests" => [
            written::<config::ConfigRequest>(),
            written::<config::CompoundEdgeDevConfigRequest>(),
            written::<register::ZRegisterMsg>(),
            written::<uuid::UuidRequest>(),
            written::<attest::ZAttestReq>(),
            written::<proxy::ScepProxyRequest>(),
        ]
        .concat(),
        "reports" => [
            written::<info::ZInfoMsg>(),
            written::<metrics::ZMetricMsg>(),
            written::<logs::LogBundle>(),
            written::<logs::AppInstanceLogBundle>(),
            written::<flowlog::FlowMessage>(),
            written::<hardwarehealth::ZHardwareHealth>(),
            written::<profile::RadioStatus>(),
            written::<profile::LocalAppInfoList>(),
            written::<profile::LocalDevInfo>(),
            written::<profile::AppBootInfoList>(),
            written::<profile::NetworkInfo>(),
        ]
        .concat(),
        _ => return None,
    })
}

fn read<M: Whole>(input: &[u8]) -> Vec<u8> {
    match black_box(pillar_proto::decode::<M>(input, MAX_SIGNED_BYTES)) {
        Ok(_) => b"read".into(),
        Err(error) => error.to_string().into(),
    }
}

fn written<M: Whole>() -> Vec<u8> {
    // Out of the optimizer's sight, so that every field is written.
    pillar_proto::encode(&black_box(M::default()))
}

fn both<M: Whole>(input: &[u8]) -> Vec<u8> {
    [read::<M>(input), written::<M>()].concat()
}
