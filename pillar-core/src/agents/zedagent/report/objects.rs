//! Messages about applications, network instances, volumes and content trees. Pure.

use pillar_proto::info::{
    ContentResources, IpRoute, UsageInfo, VolumeResources, ZInfoApp, ZInfoContentTree, ZInfoDns,
    ZInfoNetwork, ZInfoNetworkInstance, ZInfoVolume, ZNetworkInstanceState, ZmetIpAssignmentEntry,
    ZmetVifInfo,
};
use pillar_types::address::AssignedAddrs;
use pillar_types::app_network::AppNetAdapterStatus;
use pillar_types::app_status::AppInstanceStatus;
use pillar_types::content::ContentTreeStatus;
use pillar_types::network_instance_status::NetworkInstanceStatus;
use pillar_types::state::SwState;
use pillar_types::volume::VolumeStatus;

use super::{error, timestamp};

/// An application.
pub fn app(app: &AppInstanceStatus) -> ZInfoApp {
    let failed = app.error.description.has_error();
    ZInfoApp {
        app_id: app.key(),
        app_version: app.uuid_and_version.version.clone(),
        app_name: app.display_name.clone(),
        state: state(app.state),
        boot_time: timestamp(app.boot_time),
        app_err: error(&app.error.description).into_iter().filter(|_| failed).collect(),
        network: app.app_net_adapters.iter().map(interface).collect(),
        volume_refs: app.volume_ref_status_list.iter().map(|it| it.volume_id.to_string()).collect(),
        ..ZInfoApp::default()
    }
}

/// An application that is no more: nothing but who it was.
pub fn app_gone(app: &AppInstanceStatus) -> ZInfoApp {
    ZInfoApp { app_id: app.key(), ..ZInfoApp::default() }
}

fn interface(adapter: &AppNetAdapterStatus) -> ZInfoNetwork {
    let gateway = adapter.bridge_ip_addr.get().map(|gateway| gateway.to_string());
    ZInfoNetwork {
        mac_addr: adapter.vif.config.mac.to_string(),
        dev_name: adapter.config.name.clone(),
        local_name: adapter.vif.config.vif.clone(),
        ip_addrs: addresses(&adapter.assigned_addresses),
        default_routers: gateway.clone().into_iter().collect(),
        dns: gateway.map(|gateway| ZInfoDns { dns_servers: vec![gateway], ..ZInfoDns::default() }),
        ipv4_up: adapter.ipv4_assigned,
        ip_addr_mis_match: adapter.ip_addr_mismatch,
        ..ZInfoNetwork::default()
    }
}

fn addresses(assigned: &AssignedAddrs) -> Vec<String> {
    let all = assigned.ipv4_addrs.iter().chain(assigned.ipv6_addrs.iter());
    all.map(|assigned| assigned.address.to_string()).collect()
}

/// A network instance.
pub fn network_instance(network: &NetworkInstanceStatus) -> ZInfoNetworkInstance {
    let (config, info) = (&network.config, &network.info);
    let mut errors: Vec<_> = error(&network.combined_error()).into_iter().collect();
    errors.extend(error(&config.error.description));
    errors.extend(error(&network.error.description));
    errors.dedup_by(|one, other| one.description == other.description);
    let state = match network.activated {
        _ if !errors.is_empty() => ZNetworkInstanceState::Error,
        true => ZNetworkInstanceState::Online,
        false => ZNetworkInstanceState::Init,
    };
    let assignment = |(mac, assigned): (&String, &AssignedAddrs)| ZmetIpAssignmentEntry {
        mac_address: mac.clone(),
        ip_address: addresses(assigned),
    };
    let text =
        |something: Option<&dyn std::fmt::Display>| something.map(ToString::to_string).unwrap_or_default();
    ZInfoNetworkInstance {
        network_id: network.key(),
        network_version: config.uuid_and_version.version.clone(),
        inst_type: u32::try_from(config.instance_type.number()).unwrap_or(0),
        display_name: config.display_name.clone(),
        activated: network.activated,
        ports: network.ports.iter().cloned().collect(),
        bridge_num: u32::try_from(info.bridge_num).unwrap_or(0),
        bridge_name: info.bridge_name.clone(),
        bridge_ip_addr: info.bridge_ip_addr.to_string(),
        ip_assignments: info.ip_assignments.iter().map(assignment).collect(),
        vifs: info
            .vifs
            .iter()
            .map(|vif| ZmetVifInfo {
                vif_name: vif.name.clone(),
                mac_address: vif.mac_addr.to_string(),
                app_id: vif.app_id.to_string(),
            })
            .collect(),
        network_err: errors,
        state: state as i32,
        mtu: network.mtu.into(),
        ip_routes: network
            .current_routes
            .iter()
            .map(|route| IpRoute {
                destination_network: text(route.dst_network.as_ref().map(|net| net as _)),
                gateway: route.gateway.to_string(),
                port: route.output_port.clone(),
                gateway_app: if route.gateway_app.is_nil() {
                    String::new()
                } else {
                    route.gateway_app.to_string()
                },
            })
            .collect(),
        ..ZInfoNetworkInstance::default()
    }
}

/// A network instance that is no more: who it was.
pub fn network_instance_gone(network: &NetworkInstanceStatus) -> ZInfoNetworkInstance {
    ZInfoNetworkInstance {
        network_id: network.key(),
        network_version: network.config.uuid_and_version.version.clone(),
        ..ZInfoNetworkInstance::default()
    }
}

/// A volume.
pub fn volume(volume: &VolumeStatus) -> ZInfoVolume {
    ZInfoVolume {
        display_name: volume.display_name.clone(),
        usage: Some(UsageInfo {
            create_time: timestamp(volume.create_time),
            ref_count: u32::try_from(volume.ref_count).unwrap_or(u32::MAX),
            last_refcount_change_time: timestamp(volume.last_ref_count_change_time),
        }),
        resources: Some(VolumeResources {
            max_size_bytes: volume.max_vol_size,
            cur_size_bytes: u64::try_from(volume.current_size).unwrap_or(0),
        }),
        state: state(volume.state),
        progress_percentage: percent(volume.progress),
        volume_err: error(&volume.error.description),
        ..volume_gone(volume)
    }
}

/// A volume that is no more: who it was.
pub fn volume_gone(volume: &VolumeStatus) -> ZInfoVolume {
    ZInfoVolume {
        uuid: volume.volume_id.to_string(),
        generation_count: volume.generation_counter,
        ..ZInfoVolume::default()
    }
}

/// A content tree.
pub fn content_tree(tree: &ContentTreeStatus) -> ZInfoContentTree {
    ZInfoContentTree {
        display_name: tree.display_name.clone(),
        sha256: tree.content_sha256.clone(),
        resources: Some(ContentResources { cur_size_bytes: u64::try_from(tree.current_size).unwrap_or(0) }),
        usage: Some(UsageInfo {
            create_time: timestamp(tree.create_time),
            // As the reference says it.
            ref_count: 1,
            last_refcount_change_time: None,
        }),
        state: state(tree.state),
        progress_percentage: percent(tree.progress),
        err: error(&tree.error.description),
        component_sha_list: tree.blobs.iter().cloned().collect(),
        generation_count: tree.generation_counter,
        ..content_tree_gone(tree)
    }
}

/// A content tree that is no more: who it was.
pub fn content_tree_gone(tree: &ContentTreeStatus) -> ZInfoContentTree {
    ZInfoContentTree { uuid: tree.key(), ..ZInfoContentTree::default() }
}

fn state(state: SwState) -> i32 {
    state.z_sw_state()
}

fn percent(progress: u64) -> u32 {
    u32::try_from(progress.min(100)).unwrap_or(100)
}
