//! What other agents read of zedagent's state (spec/01, DeviceState and Maintenance mode).

use pillar_types::List;
use pillar_types::config_item::TriState;
use pillar_types::node::{BootReason, DeviceState, MaintenanceModeReason, NodeAgentStatus, ZedAgentStatus};
use pillar_types::vault::VaultStatus;

use super::commands::Operation;
use super::{VAULTMGR, ZedAgent};
use crate::node::Context;
use crate::settings::keys;

impl ZedAgent {
    /// Publishes it.
    pub(super) fn publish_status(&mut self, cx: &mut Context<'_, Self>) {
        let (maintenance_mode, reasons) = self.maintenance(cx);
        let node = Self::nodeagent(cx).unwrap_or_default();
        let vault = cx.all::<VaultStatus>(VAULTMGR).into_iter().next().map(|(_, vault)| vault);
        let vault = vault.unwrap_or_default();
        let (reason, boot_reason) = self.commands.under_way.map_or(("", BootReason::None), Operation::reason);
        let before = cx.own::<ZedAgentStatus>(ZedAgentStatus::KEY).is_some_and(|old| old.maintenance_mode);
        let status = ZedAgentStatus {
            name: ZedAgentStatus::KEY.into(),
            config_get_status: self.fetch.status,
            reboot_cmd: self.commands.under_way == Some(Operation::Reboot),
            shutdown_cmd: self.commands.under_way == Some(Operation::Shutdown),
            requested_reboot_reason: reason.into(),
            requested_boot_reason: boot_reason,
            maintenance_mode,
            maintenance_mode_reasons: reasons,
            force_fallback_counter: self.settings.get(keys::FORCE_FALLBACK_COUNTER),
            current_profile: self.fetch.profile.clone(),
            device_state: device_state(maintenance_mode, &node, self.fetch.has_config),
            attest_state: self.attest.state,
            attest_error: self.attest.error.clone(),
            vault_status: vault.status,
            pcr_status: vault.pcr_status,
            vault_err: vault.error.description.error.clone(),
            airgap_mode: self.settings.get(keys::AIRGAP_MODE) == TriState::Enabled,
            ..ZedAgentStatus::default()
        };
        cx.publish(ZedAgentStatus::KEY, status);
        if before && !maintenance_mode {
            // What was left out comes now.
            self.forget_config();
            self.poll(cx);
        }
    }

    /// Whether the device is in maintenance mode, and why.
    pub(super) fn maintenance(&self, cx: &Context<'_, Self>) -> (bool, List<MaintenanceModeReason>) {
        let node = Self::nodeagent(cx).unwrap_or_default();
        maintenance(self.settings.get(keys::MAINTENANCE_MODE), self.fetch.maintenance, &node)
    }
}

fn maintenance(
    setting: TriState,
    wanted: bool,
    node: &NodeAgentStatus,
) -> (bool, List<MaintenanceModeReason>) {
    match setting {
        TriState::Enabled => (true, [MaintenanceModeReason::UserRequested].into()),
        TriState::Disabled => (false, List::default()),
        _ if wanted => (true, [MaintenanceModeReason::UserRequested].into()),
        _ if node.local_maintenance_mode => (true, node.local_maintenance_mode_reasons.clone()),
        _ => (false, List::default()),
    }
}

/// The first that fits.
fn device_state(maintenance: bool, node: &NodeAgentStatus, has_config: bool) -> DeviceState {
    match node {
        _ if maintenance => DeviceState::MaintenanceMode,
        node if node.update_inprogress => DeviceState::BaseOsUpdating,
        node if node.device_reboot => DeviceState::Rebooting,
        node if node.device_shutdown && node.all_domains_halted => DeviceState::PreparedPoweroff,
        node if node.device_shutdown => DeviceState::PreparingPoweroff,
        node if node.device_poweroff => DeviceState::PoweringOff,
        _ if has_config => DeviceState::Online,
        _ => DeviceState::Booting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maintenance_mode_is_what_the_setting_says_then_the_controller_then_the_device() {
        use MaintenanceModeReason::{LowDiskSpace, UserRequested};
        let local = NodeAgentStatus {
            local_maintenance_mode: true,
            local_maintenance_mode_reasons: [LowDiskSpace].into(),
            ..NodeAgentStatus::default()
        };
        let fine = NodeAgentStatus::default();
        let cases = [
            (TriState::Enabled, false, &fine, Some(UserRequested)),
            (TriState::Disabled, true, &local, None),
            (TriState::None, true, &local, Some(UserRequested)),
            (TriState::None, false, &local, Some(LowDiskSpace)),
            (TriState::None, false, &fine, None),
        ];
        for (setting, wanted, node, reason) in cases {
            let expected = reason.map_or_else(List::default, |reason| [reason].into());
            assert_eq!(
                maintenance(setting, wanted, node),
                (reason.is_some(), expected),
                "{setting:?} {wanted}"
            );
        }
    }

    #[test]
    fn the_state_of_the_device_is_the_first_that_fits() {
        let node = |change: fn(&mut NodeAgentStatus)| {
            let mut node = NodeAgentStatus::default();
            change(&mut node);
            node
        };
        assert_eq!(device_state(false, &node(|_| {}), false), DeviceState::Booting);
        assert_eq!(device_state(false, &node(|_| {}), true), DeviceState::Online);
        assert_eq!(
            device_state(false, &node(|node| node.device_reboot = true), true),
            DeviceState::Rebooting
        );
        let shutting = node(|node| node.device_shutdown = true);
        assert_eq!(device_state(false, &shutting, true), DeviceState::PreparingPoweroff);
        let shut = node(|node| (node.device_shutdown, node.all_domains_halted) = (true, true));
        assert_eq!(device_state(false, &shut, true), DeviceState::PreparedPoweroff);
        assert_eq!(device_state(true, &shut, true), DeviceState::MaintenanceMode);
    }
}
