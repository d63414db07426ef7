//! Emptying a node of a cluster before the device goes down or changes its base OS (`spec/07`, DrainStatus).

use crate::base::Time;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How far draining is.
    pub enum DrainStatus: u8 {
        /// Nobody can say.
        Undetermined = 0 "Unknown",
        /// The device is in no cluster.
        NotSupported = 1 "Not Supported",
        /// Nobody has asked for it.
        NotRequested = 2 "Not Requested",
        /// Somebody has.
        Requested = 3 "Requested",
        /// It has begun.
        Starting = 4 "Starting",
        /// The node takes nothing new.
        Cordoned = 5 "Cordoned",
        /// The node could not be kept from taking something new.
        FailedCordon = 6 "Failed Cordon",
        /// It did not work and is tried again.
        DrainRetrying = 7 "Drain Retrying",
        /// It did not work.
        FailedDrain = 8 "Failed Drain",
        /// The node is empty.
        Complete = 9 "Complete",
    }
}

codes! {
    /// Why a node is drained.
    pub enum DrainRequester: u8 {
        /// For nothing.
        Nobody = 1,
        /// For a reboot or a shutdown.
        DeviceOp = 2,
        /// For a new base OS.
        Update = 3,
    }
}

object! {
    /// That a node be drained. zedagent and baseosmgr to zedkube; key `global`.
    pub struct NodeDrainRequest topic "NodeDrainRequest" {
        /// When it was asked for.
        pub requested_at: Time = "RequestedAt",
        /// What for.
        pub requested_by: DrainRequester = "RequestedBy",
        /// More about that, for people.
        pub context: String = "Context",
    }
}

object! {
    /// How far draining is. zedkube to baseosmgr, diag, nodeagent, zedagent; key `global`.
    pub struct NodeDrainStatus topic "NodeDrainStatus" {
        /// How far.
        pub status: DrainStatus = "Status",
        /// What it is for.
        pub requested_by: DrainRequester = "RequestedBy",
    }
}

impl NodeDrainRequest {
    /// The only key.
    pub const KEY: &str = "global";
}

impl NodeDrainStatus {
    /// The only key.
    pub const KEY: &str = "global";
}

impl DrainStatus {
    /// Whether the node need not be drained, or has been: what waits for it may go on (`spec/07`, Drain gate).
    pub const fn may_go_on(self) -> bool {
        matches!(self, Self::Undetermined | Self::NotSupported | Self::Complete)
    }

    /// Whether draining has to be asked for, again after a failure.
    pub const fn must_be_requested(self) -> bool {
        matches!(self, Self::NotRequested | Self::FailedCordon | Self::FailedDrain)
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic NodeDrainRequest, topic NodeDrainStatus];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Limits, json};

    #[test]
    fn a_request_is_as_go_writes_it() {
        let text = br#"{"RequestedAt":"2026-01-02T03:04:05Z","RequestedBy":2,"Context":"reboot"}"#;
        let request: NodeDrainRequest = json::decode_new(text, &Limits::JSON).expect("a request");

        assert_eq!(request.requested_by, DrainRequester::DeviceOp);
        assert_eq!(json::encode(&request), text);
        let zero = br#"{"RequestedAt":"0001-01-01T00:00:00Z","RequestedBy":0,"Context":""}"#;
        assert_eq!(json::encode(&NodeDrainRequest::default()), zero);
        assert_eq!(json::encode(&NodeDrainStatus::default()), br#"{"Status":0,"RequestedBy":0}"#);
    }

    #[test]
    fn the_gate_opens_asks_or_waits() {
        for number in 0..=9 {
            let status = DrainStatus::from(number);
            let expected = match number {
                0 | 1 | 9 => (true, false),
                2 | 6 | 8 => (false, true),
                _ => (false, false),
            };
            assert_eq!((status.may_go_on(), status.must_be_requested()), expected, "{}", status.name());
        }
    }
}
