//! Takes an application down that is no longer configured: domain, network, volumes (spec/05, Halting and removal
//! order).

use pillar_types::app_network::{AppNetworkConfig, AppNetworkStatus};
use pillar_types::app_status::AppInstanceStatus;
use pillar_types::domain::{DomainConfig, DomainStatus};
use pillar_types::volume_ref::{VolumeRefConfig, VolumeRefStatus};

use super::{ZedManager, of};
use crate::agents::{DOMAINMGR, ZEDROUTER};
use crate::node::Context;

/// Takes the next step; whether nothing is left.
pub(super) fn advance(key: &str, status: &AppInstanceStatus, cx: &mut Context<'_, ZedManager>) -> bool {
    cx.unpublish::<DomainConfig>(key);
    if let Some(domain) = of::<DomainStatus>(DOMAINMGR, key, cx) {
        let mut leaving = status.clone();
        leaving.state = domain.state;
        leaving.activated = domain.activated;
        cx.publish(key, leaving);
        return false;
    }
    cx.unpublish::<AppNetworkConfig>(key);
    if of::<AppNetworkStatus>(ZEDROUTER, key, cx).is_some() {
        return false;
    }
    for volume in status.volume_ref_status_list.iter().map(VolumeRefStatus::key) {
        cx.unpublish::<VolumeRefConfig>(&volume);
    }
    true
}
