//! What mgmtproxy says of the ports it may use (`spec/03`, mgmtproxy).

use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// A management port, in the answer to `GET /healthz`.
    pub struct MgmtProxyPortSummary {
        /// The kernel's name of the interface.
        pub if_name: String = "ifname",
        /// From 0, which is free.
        pub cost: u8 = "cost",
        /// Whether the controller may be reached through it.
        pub is_mgmt: bool = "isMgmt",
        /// Whether its last test failed.
        pub has_error: bool = "hasError" [omitempty],
        /// Why.
        pub last_error: String = "lastError" [omitempty],
        /// How many addresses it has.
        pub num_addrs: i64 = "numAddrs",
        /// The one to send from.
        pub usable_addr: String = "usableAddr" [omitempty],
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![object MgmtProxyPortSummary];
