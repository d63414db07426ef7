//! The device's settings as they travel (`spec/01`, Config items). What each of them means is core's.

use crate::base::Map;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// Which of an item's values counts.
    pub enum ConfigItemType: u8 {
        /// None of them.
        Invalid = 0,
        /// The integer.
        Int = 1,
        /// The flag.
        Bool = 2,
        /// The text.
        String = 3,
        /// The tri-state.
        TriState = 4,
    }
}

codes! {
    /// A flag that may also be open.
    pub enum TriState: u8 {
        /// Open.
        None = 0,
        /// No.
        Disabled = 1,
        /// Yes.
        Enabled = 2,
    }
}

impl TriState {
    /// Reads a word for it.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::None),
            "enabled" | "enable" | "on" => Some(Self::Enabled),
            "disabled" | "disable" | "off" => Some(Self::Disabled),
            _ => None,
        }
    }

    /// The word for it; for a number without meaning, that of [`None`](Self::None).
    pub const fn text(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::None | Self::Unknown(_) => "none",
        }
    }
}

object! {
    /// One setting.
    pub struct ConfigItemValue {
        /// Its name.
        pub key: String = "Key",
        /// Which of the values counts.
        pub item_type: ConfigItemType = "ItemType",
        /// Its value as an integer.
        pub int_value: u32 = "IntValue",
        /// Its value as text.
        pub str_value: String = "StrValue",
        /// Its value as a flag.
        pub bool_value: bool = "BoolValue",
        /// Its value as a tri-state.
        pub tri_state_value: TriState = "TriStateValue",
    }
}

object! {
    /// All settings in force. zedagent to nearly every agent, key: [`ConfigItemValueMap::KEY`].
    pub struct ConfigItemValueMap topic "ConfigItemValueMap" keep {
        /// Settings of the device, by name.
        pub global_settings: Map<String, ConfigItemValue> = "GlobalSettings",
        /// Settings of single agents, by agent, then by name.
        pub agent_settings: Map<String, Map<String, ConfigItemValue>> = "AgentSettings",
    }
}

impl ConfigItemValueMap {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic ConfigItemValueMap];
