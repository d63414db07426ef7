//! What a new configuration of an application means for the one that is there (spec/05, handleModify). Pure.

use pillar_types::app_config::AppInstanceConfig;
use pillar_types::errors::{ErrorDescription, ErrorSeverity};
use pillar_types::vm::VmConfig;

/// The difference between two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// A purge was ordered.
    pub purges: bool,
    /// A restart was ordered.
    pub restarts: bool,
    /// What cannot be had without a purge.
    pub needs_purge: Option<String>,
    /// What cannot be had without a restart.
    pub needs_restart: Option<String>,
    /// The boot order, if nothing else needs a restart: before and now.
    pub boot_order: Option<(&'static str, &'static str)>,
}

impl Change {
    /// From one to the other.
    pub fn of(old: &AppInstanceConfig, new: &AppInstanceConfig) -> Self {
        let needs_purge = volumes_changed(old, new)
            .or_else(|| (old.io_adapter_list != new.io_adapter_list).then(|| "changed adapters".to_owned()));
        let (before, now) = (&old.fixed_resources, &new.fixed_resources);
        let others = VmConfig { boot_order: now.boot_order, ..before.clone() };
        let boot_order = before.boot_order != now.boot_order && others == *now;
        let needs_restart = (before != now && !boot_order && needs_purge.is_none())
            .then(|| "changed fixed resources".to_owned());
        Change {
            purges: old.purge_counter() != new.purge_counter(),
            restarts: old.restart_counter() != new.restart_counter(),
            boot_order: boot_order.then(|| (before.boot_order.name(), now.boot_order.name())),
            needs_purge,
            needs_restart,
        }
    }

    /// What is refused, because the command that it needs is missing. A halted application is started with all
    /// that is new but its volumes.
    pub fn refusal(&self, halted: bool) -> Option<ErrorDescription> {
        let command = self.purges || self.restarts || halted;
        if let Some(what) = self.needs_purge.as_ref().filter(|_| !self.purges) {
            return Some(error(format!("Need purge due to {what} but not a purgeCmd")));
        }
        if let Some(what) = self.needs_restart.as_ref().filter(|_| !command) {
            return Some(error(format!("Need restart due to {what} but not a restartCmd")));
        }
        let (before, now) = self.boot_order.filter(|_| !command)?;
        Some(ErrorDescription {
            error: format!("BootOrder changed from {before} to {now} - restart required to apply"),
            error_severity: ErrorSeverity::Warning,
            error_retry_condition: "Boot order setting will be applied when application is restarted".into(),
            ..ErrorDescription::default()
        })
    }
}

fn error(error: String) -> ErrorDescription {
    ErrorDescription { error, error_severity: ErrorSeverity::Error, ..ErrorDescription::default() }
}

fn volumes_changed(old: &AppInstanceConfig, new: &AppInstanceConfig) -> Option<String> {
    let (before, now) = (&old.volume_ref_config_list, &new.volume_ref_config_list);
    if before.len() != now.len() {
        return Some(format!("number of volumes changed from {} to {}", before.len(), now.len()));
    }
    let unknown = now.iter().find(|wanted| !before.iter().any(|known| known.key() == wanted.key()))?;
    Some(format!("new volume {}", unknown.volume_key()))
}

#[cfg(test)]
mod tests {
    use pillar_types::vm::BootOrder;
    use pillar_types::volume_ref::VolumeRefConfig;

    use super::*;

    fn config(spoil: impl FnOnce(&mut AppInstanceConfig)) -> AppInstanceConfig {
        let mut config = AppInstanceConfig::default();
        config.fixed_resources.vcpus = 2;
        spoil(&mut config);
        config
    }

    fn refused(spoil: impl FnOnce(&mut AppInstanceConfig)) -> Option<ErrorDescription> {
        Change::of(&config(|_| ()), &config(spoil)).refusal(false)
    }

    #[test]
    fn ac05_09_resources_need_a_restart_command() {
        let text = refused(|new| new.fixed_resources.vcpus = 4).expect("refused").error;
        assert!(text.contains("restartCmd"), "{text}");
        let ordered = |new: &mut AppInstanceConfig| {
            new.fixed_resources.vcpus = 4;
            new.restart_cmd.counter = 1;
        };
        assert_eq!(refused(ordered), None);
        assert!(Change::of(&config(|_| ()), &config(ordered)).restarts);
    }

    #[test]
    fn ac05_10_the_boot_order_alone_is_a_warning() {
        let warning = refused(|new| new.fixed_resources.boot_order = BootOrder::NoUsb).expect("told");
        assert_eq!(warning.error_severity, ErrorSeverity::Warning);
        assert_eq!(warning.error, "BootOrder changed from UNSPECIFIED to NOUSB - restart required to apply");
        let more = refused(|new| {
            new.fixed_resources.boot_order = BootOrder::NoUsb;
            new.fixed_resources.vcpus = 4;
        });
        assert_eq!(more.expect("refused").error_severity, ErrorSeverity::Error);
    }

    #[test]
    fn a_new_volume_needs_a_purge_command() {
        let add = |new: &mut AppInstanceConfig| {
            new.volume_ref_config_list = vec![VolumeRefConfig::default()].into();
        };
        let text = refused(add).expect("refused").error;
        assert!(text.contains("purgeCmd"), "{text}");
        let ordered = |new: &mut AppInstanceConfig| {
            add(new);
            new.local_purge_cmd.counter = 1;
        };
        assert_eq!(refused(ordered), None);
        assert_eq!(Change::of(&config(add), &config(add)), Change::default());
    }

    #[test]
    fn a_halted_application_takes_new_resources_at_its_start() {
        let change = Change::of(&config(|_| ()), &config(|new| new.fixed_resources.vcpus = 4));
        assert_eq!(change.refusal(true), None);
    }
}
