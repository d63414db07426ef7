//! The states of content, volumes and applications (`spec/02`, SwState).

use std::fmt;

use crate::codes;

codes! {
    /// How far content, a volume or an application has come. Numbers from 120 up meant other states in 2024.
    pub enum SwState: u8 {
        /// Just made.
        Initial = 100 "INITIAL",
        /// A tag is being looked up.
        ResolvingTag = 101 "RESOLVING_TAG",
        /// The tag has been looked up.
        ResolvedTag = 102 "RESOLVED_TAG",
        /// Being downloaded.
        Downloading = 103 "DOWNLOADING",
        /// Downloaded.
        Downloaded = 104 "DOWNLOADED",
        /// Being verified.
        Verifying = 105 "VERIFYING",
        /// Verified.
        Verified = 106 "VERIFIED",
        /// Going into the content store.
        Loading = 107 "LOADING",
        /// In the content store.
        Loaded = 108 "LOADED",
        /// A volume is being made.
        CreatingVolume = 109 "CREATING_VOLUME",
        /// The volume has been made.
        CreatedVolume = 110 "CREATED_VOLUME",
        /// Ready to start.
        Installed = 111 "INSTALLED",
        /// Waits for its network instance.
        AwaitNetworkInstance = 112 "AWAITNETWORKINSTANCE",
        /// Starts after a delay.
        StartDelayed = 113 "START_DELAYED",
        /// Booting.
        Booting = 114 "BOOTING",
        /// Running.
        Running = 115 "RUNNING",
        /// Being paused.
        Pausing = 116 "PAUSING",
        /// Paused.
        Paused = 117 "PAUSED",
        /// Being halted.
        Halting = 118 "HALTING",
        /// Halted.
        Halted = 119 "HALTED",
        /// Broken.
        Broken = 120 "BROKEN",
        /// Known to nobody.
        Lost = 121 "UNKNOWN",
        /// Waits to be scheduled.
        Pending = 122 "PENDING",
        /// Being scheduled.
        Scheduling = 123 "SCHEDULING",
        /// Failed.
        Failed = 124 "FAILED",
        /// Loaded on another node.
        RemoteLoaded = 125 "REMOTELOADED",
    }
}

impl SwState {
    /// What a number from EVE of spring 2024 means: 120 and up were other states then (124 to 126 came in the
    /// weeks before they moved, `spec/05`). None for numbers that it did not have, and for RESTARTING (120)
    /// and PURGING (121), which are no more: the application was between two runs.
    pub fn from_2024(number: u8) -> Option<Self> {
        match number {
            0 | 100..=119 => Some(Self::from(number)),
            122 => Some(Self::Broken),
            123 => Some(Self::Lost),
            124 => Some(Self::Pending),
            125 => Some(Self::Scheduling),
            126 => Some(Self::Failed),
            _ => None,
        }
    }

    /// The number that EVE of April 2024 knows it by; none for states that it did not have, which would end
    /// its process.
    pub fn number_2024(self) -> Option<u8> {
        match self.number() {
            number @ (0 | 100..=119) => Some(number),
            120 => Some(122),
            121 => Some(123),
            _ => None,
        }
    }

    /// The controller's number for it (`ZSwState`), 0 when it has none.
    pub const fn z_sw_state(self) -> i32 {
        match self {
            Self::Initial => 1,
            Self::ResolvingTag => 12,
            Self::ResolvedTag => 13,
            Self::Downloading => 2,
            Self::Downloaded => 3,
            Self::Verifying => 16,
            Self::Verified => 17,
            Self::Loading => 18,
            Self::Loaded => 4,
            Self::CreatingVolume => 14,
            Self::CreatedVolume => 15,
            Self::Installed | Self::Paused => 5,
            Self::AwaitNetworkInstance => 20,
            Self::StartDelayed => 22,
            Self::Booting => 6,
            Self::Running | Self::Pausing | Self::Lost => 7,
            Self::Halting | Self::Broken => 8,
            Self::Halted => 9,
            Self::Pending => 23,
            Self::Scheduling => 24,
            Self::Failed => 21,
            Self::RemoteLoaded => 19,
            Self::Unknown(_) => 0,
        }
    }
}

/// As logs have it.
impl fmt::Display for SwState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(number) => write!(f, "Unknown state {number}"),
            _ => f.write_str(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_controller_s_numbers() {
        let numbers: Vec<i32> = (100..=125).map(|number| SwState::from(number).z_sw_state()).collect();

        let initial_to_await = [1, 12, 13, 2, 3, 16, 17, 18, 4, 14, 15, 5, 20];
        let delayed_to_remote = [22, 6, 7, 7, 5, 8, 9, 8, 7, 23, 24, 21, 19];
        assert_eq!(numbers, [initial_to_await, delayed_to_remote].concat());
        for number in [0, 99, 126, 255] {
            assert_eq!(SwState::from(number).z_sw_state(), 0);
        }
    }

    #[test]
    fn both_vintages_are_understood() {
        for number in (0..=u8::MAX).filter(|number| ![120, 121, 124, 125, 126].contains(number)) {
            let known = SwState::from_2024(number).and_then(SwState::number_2024);
            let had = matches!(number, 0 | 100..=119 | 122 | 123);
            assert_eq!(known, had.then_some(number), "{number}");
        }
        assert_eq!(SwState::from_2024(122), Some(SwState::Broken));
        assert_eq!(SwState::from_2024(123), Some(SwState::Lost));
        assert_eq!([120, 121, 127].map(SwState::from_2024), [None; 3]);
        let later = [124, 125, 126].map(|number| SwState::from_2024(number).expect("a state"));
        assert_eq!(later, [SwState::Pending, SwState::Scheduling, SwState::Failed]);
        assert_eq!(SwState::Pending.number_2024(), None);
    }

    #[test]
    fn states_have_names() {
        assert_eq!(SwState::AwaitNetworkInstance.to_string(), "AWAITNETWORKINSTANCE");
        assert_eq!(SwState::Lost.to_string(), "UNKNOWN");
        assert_eq!(SwState::from(7).to_string(), "Unknown state 7");
    }
}
