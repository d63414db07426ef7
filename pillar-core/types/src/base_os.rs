//! The base OS: what should run, what does, and the slots it runs from (`spec/07`, Base OS).

use crate::errors::ErrorAndTime;
use crate::registry::{TypeInfo, types};
use crate::state::SwState;
use crate::{object, texts};

texts! {
    /// The state of a slot.
    pub enum PartitionState {
        /// No slot, or not known.
        Unset = "",
        /// Committed: boots whenever nothing with a higher priority does.
        Active = "active",
        /// Written and not tried.
        Updating = "updating",
        /// Being tried, or tried and failed.
        InProgress = "inprogress",
        /// Never boots.
        Unused = "unused",
    }
}

object! {
    /// The base OS that the device should run. zedagent to baseosmgr, key: [`BaseOsConfig::key`].
    pub struct BaseOsConfig topic "BaseOsConfig" {
        /// The version that the image must say.
        pub base_os_version: String = "BaseOsVersion",
        /// The image, which is a content tree.
        pub content_tree_uuid: String = "ContentTreeUUID",
        /// Another number here asks for another trial of an image that failed.
        pub retry_update_counter: u32 = "RetryUpdateCounter",
        /// Whether to write and boot it; else it is only downloaded.
        pub activate: bool = "Activate",
    }
}

object! {
    /// How far a base OS is. baseosmgr to zedagent, key: [`BaseOsStatus::key`].
    pub struct BaseOsStatus topic "BaseOsStatus" {
        /// The version.
        pub base_os_version: String = "BaseOsVersion",
        /// Whether it runs, or is written and set for trial.
        pub activated: bool = "Activated",
        /// Whether it has to wait for the end of a trial.
        pub too_early: bool = "TooEarly",
        /// The image, which is a content tree.
        pub content_tree_uuid: String = "ContentTreeUUID",
        /// Its slot.
        pub partition_label: String = "PartitionLabel",
        /// The device of its slot.
        pub partition_device: String = "PartitionDevice",
        /// The state of its slot.
        pub partition_state: PartitionState = "PartitionState",
        /// How far it is.
        pub state: SwState = "State",
        /// What went wrong.
        pub error: ErrorAndTime = embed,
    }
}

object! {
    /// What baseosmgr says about itself, to zedagent. Key: [`BaseOsMgrStatus::KEY`].
    pub struct BaseOsMgrStatus as "BaseOSMgrStatus" topic "BaseOSMgrStatus" {
        /// The `RetryUpdateCounter` that has been obeyed; the controller wants to know.
        pub current_retry_update_counter: u32 = "CurrentRetryUpdateCounter",
    }
}

object! {
    /// A slot whose trial is over. nodeagent to baseosmgr, key: [`ZbootConfig::key`].
    pub struct ZbootConfig topic "ZbootConfig" {
        /// The slot: `IMGA` or `IMGB`.
        pub partition_label: String = "PartitionLabel",
        /// Whether it passed: commit it.
        pub test_complete: bool = "TestComplete",
    }
}

object! {
    /// A slot. baseosmgr to nodeagent and zedagent, key: [`ZbootStatus::key`].
    pub struct ZbootStatus topic "ZbootStatus" {
        /// The slot: `IMGA` or `IMGB`.
        pub partition_label: String = "PartitionLabel",
        /// Its device.
        pub partition_devname: String = "PartitionDevname",
        /// Its state.
        pub partition_state: PartitionState = "PartitionState",
        /// The version of the OS in it.
        pub short_version: String = "ShortVersion",
        /// Always empty.
        pub long_version: String = "LongVersion",
        /// Whether the device runs from it.
        pub current_partition: bool = "CurrentPartition",
        /// Whether its trial has been passed and committed.
        pub test_complete: bool = "TestComplete",
    }
}

impl PartitionState {
    /// The state that bits 48 to 63 of a GPT entry's attributes say: priority in the lowest four, tries in
    /// the next four, then one bit for success (`spec/07`, Partition state and GPT bits).
    pub const fn from_attributes(bits: u16) -> Option<Self> {
        match bits {
            0x102 => Some(Self::Active),
            0x013 => Some(Self::Updating),
            0x003 => Some(Self::InProgress),
            0x000 => Some(Self::Unused),
            _ => None,
        }
    }

    /// These bits, for a state that has any.
    pub const fn attributes(&self) -> Option<u16> {
        match self {
            Self::Active => Some(0x102),
            Self::Updating => Some(0x013),
            Self::InProgress => Some(0x003),
            Self::Unused => Some(0x000),
            Self::Unset | Self::Unknown(_) => None,
        }
    }
}

impl BaseOsConfig {
    /// `<content tree uuid>`.
    pub fn key(&self) -> String {
        self.content_tree_uuid.clone()
    }
}

impl BaseOsStatus {
    /// `<content tree uuid>`.
    pub fn key(&self) -> String {
        self.content_tree_uuid.clone()
    }
}

impl BaseOsMgrStatus {
    /// The only key.
    pub const KEY: &str = "global";
}

impl ZbootConfig {
    /// `<partition label>`.
    pub fn key(&self) -> String {
        self.partition_label.clone()
    }
}

impl ZbootStatus {
    /// `<partition label>`.
    pub fn key(&self) -> String {
        self.partition_label.clone()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic BaseOsConfig, topic BaseOsStatus, topic BaseOsMgrStatus, topic ZbootConfig, topic ZbootStatus
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_states_are_gpt_attributes() {
        for bits in 0..=0x1ff {
            if let Some(state) = PartitionState::from_attributes(bits) {
                assert_eq!(state.attributes(), Some(bits));
                assert_eq!(PartitionState::from(state.text()), state);
            }
        }
        let named = (0..=u16::MAX).filter_map(PartitionState::from_attributes).count();
        assert_eq!(named, 4);
        assert_eq!(PartitionState::from("UNKNOWN 0x7").attributes(), None);
    }
}
