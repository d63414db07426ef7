//! How 802.1X on ports fares (`spec/03`, DeviceNetworkStatus).

use crate::base::{List, Time};
use crate::errors::ErrorDescription;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How far the authentication of a port is, with the same numbers in the controller's API.
    pub enum SupplicantState: i32 {
        /// Not known.
        Unspecified = 0,
        /// There is no link.
        Disconnected = 1,
        /// Waits for the switch.
        Connecting = 2,
        /// Under way.
        Authenticating = 3,
        /// The port may be used.
        Authenticated = 4,
        /// The switch refused.
        Failed = 5,
        /// Waits before it tries again.
        Held = 6,
    }
}

object! {
    /// 802.1X on a port.
    pub struct PnacStatus as "PNACStatus" {
        /// Whether it is on.
        pub enabled: bool = "Enabled",
        /// How far it is.
        pub state: SupplicantState = "State",
        /// When it last succeeded.
        pub last_auth_timestamp: Time = "LastAuthTimestamp",
        /// What went wrong.
        pub error: ErrorDescription = "Error",
    }
}

object! {
    /// Frames of 802.1X on a port.
    pub struct PnacMetrics as "PNACMetrics" {
        /// The port.
        pub logical_label: String = "LogicalLabel",
        /// Frames received.
        pub eapol_frames_rx: u64 = "EAPOLFramesRx",
        /// Frames sent.
        pub eapol_frames_tx: u64 = "EAPOLFramesTx",
        /// Sent to begin.
        pub eapol_start_frames_tx: u64 = "EAPOLStartFramesTx",
        /// Sent to end.
        pub eapol_logoff_frames_tx: u64 = "EAPOLLogoffFramesTx",
        /// Answers sent.
        pub eapol_resp_frames_tx: u64 = "EAPOLRespFramesTx",
        /// Questions for the identity received.
        pub eapol_req_id_frames_rx: u64 = "EAPOLReqIDFramesRx",
        /// Other questions received.
        pub eapol_req_frames_rx: u64 = "EAPOLReqFramesRx",
        /// Frames received that make no sense.
        pub eapol_invalid_frames_rx: u64 = "EAPOLInvalidFramesRx",
        /// Frames received of a wrong length.
        pub eap_length_error_frames_rx: u64 = "EAPLengthErrorFramesRx",
    }
}

object! {
    /// Frames of 802.1X. nim to zedagent; key `global`.
    pub struct PnacMetricsList as "PNACMetricsList" topic "PNACMetricsList" {
        /// Port by port.
        pub ports: List<PnacMetrics> = "Ports",
    }
}

impl PnacMetricsList {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic PnacMetricsList];
