//! Traffic, signal and position of modems (`spec/03`, Cellular, radio, LED, reconcile types).

use crate::base::List;
use crate::registry::{TypeInfo, types};
use crate::wwan::WwanPhysAddrs;
use crate::{object, texts};

texts! {
    /// How far one may trust a position.
    pub enum LocReliability {
        /// Not said.
        Unspecified = "not-set",
        /// Hardly.
        VeryLow = "very-low",
        /// A little.
        Low = "low",
        /// Fairly.
        Medium = "medium",
        /// Fully.
        High = "high",
    }
}

object! {
    /// Traffic of a modem.
    pub struct WwanPacketStats {
        /// Bytes received.
        pub rx_bytes: u64 = "RxBytes",
        /// Packets received.
        pub rx_packets: u64 = "RxPackets",
        /// Packets lost when receiving.
        pub rx_drops: u64 = "RxDrops",
        /// Bytes sent.
        pub tx_bytes: u64 = "TxBytes",
        /// Packets sent.
        pub tx_packets: u64 = "TxPackets",
        /// Packets lost when sending.
        pub tx_drops: u64 = "TxDrops",
    }
}

object! {
    /// The signal of a modem. [`UNAVAILABLE`](Self::UNAVAILABLE) is not known.
    pub struct WwanSignalInfo {
        /// Strength, in dBm.
        pub rssi: i32 = "RSSI",
        /// Quality of the reference signal, in dB.
        pub rsrq: i32 = "RSRQ",
        /// Power of the reference signal, in dBm.
        pub rsrp: i32 = "RSRP",
        /// Signal to noise, in dB.
        pub snr: i32 = "SNR",
    }
}

object! {
    /// Traffic and signal of a modem.
    pub struct WwanNetworkMetrics {
        /// The port; empty for a modem that is not configured.
        pub logical_label: String = "LogicalLabel",
        /// Where the modem is.
        pub phys_addrs: WwanPhysAddrs = "PhysAddrs",
        /// Traffic.
        pub packet_stats: WwanPacketStats = "PacketStats",
        /// Signal.
        pub signal_info: WwanSignalInfo = "SignalInfo",
    }
}

object! {
    /// Traffic and signals of modems. wwan to zedagent, zedrouter, msrv; key `global`.
    pub struct WwanMetrics topic "WwanMetrics" {
        /// Modem by modem.
        pub networks: List<WwanNetworkMetrics> = "Networks",
    }
}

object! {
    /// Where the device is. wwan to zedagent, msrv; key `global`.
    pub struct WwanLocationInfo topic "WwanLocationInfo" {
        /// The port of the modem that says so.
        pub logical_label: String = "LogicalLabel",
        /// Degrees north.
        pub latitude: f64 = "Latitude",
        /// Degrees east.
        pub longitude: f64 = "Longitude",
        /// Metres above the sea.
        pub altitude: f64 = "Altitude",
        /// By how many metres the position may be wrong.
        pub horizontal_uncertainty: f32 = "HorizontalUncertainty",
        /// How far one may trust the position.
        pub horizontal_reliability: LocReliability = "HorizontalReliability",
        /// By how many metres the altitude may be wrong.
        pub vertical_uncertainty: f32 = "VerticalUncertainty",
        /// How far one may trust the altitude.
        pub vertical_reliability: LocReliability = "VerticalReliability",
        /// When: milliseconds since 1970; 0: not known.
        pub utc_timestamp: u64 = "UTCTimestamp",
    }
}

impl WwanSignalInfo {
    /// What stands for a value that is not known.
    pub const UNAVAILABLE: i32 = i32::MAX;
}

impl WwanMetrics {
    /// The only key.
    pub const KEY: &str = "global";

    /// The modem of this port.
    pub fn network(&self, logical_label: &str) -> Option<&WwanNetworkMetrics> {
        self.networks.iter().find(|network| network.logical_label == logical_label)
    }
}

impl WwanLocationInfo {
    /// The only key.
    pub const KEY: &str = "global";

    /// What stands for a latitude, longitude, altitude or uncertainty that is not known.
    pub const UNKNOWN: f32 = -32768.0;
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic WwanMetrics, topic WwanLocationInfo];
