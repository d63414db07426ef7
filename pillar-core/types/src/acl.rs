//! What may pass an application's interface (`spec/04`, AppNetworkConfig / AppNetworkStatus).

use crate::base::List;
use crate::{codes, object};

codes! {
    /// The direction of a rule. Nobody heeds it: every rule works in both.
    pub enum AceDirection: u8 {
        /// Both.
        Both = 0,
        /// Towards the application.
        Ingress = 1,
        /// From the application.
        Egress = 2,
    }
}

object! {
    /// What a packet must be for a rule to apply.
    pub struct AceMatch as "ACEMatch" keep {
        /// `ip`, `host`, `eidset`, `protocol`, `fport`, `lport` or `adapter`.
        pub match_type: String = "Type",
        /// The address, name, protocol, port or label.
        pub value: String = "Value",
    }
}

object! {
    /// What happens to a packet. It passes, unless this says otherwise.
    pub struct AceAction as "ACEAction" keep {
        /// It does not pass.
        pub drop: bool = "Drop",
        /// It passes only below a rate.
        pub limit: bool = "Limit",
        /// The rate in packets for each unit; 0: not said.
        pub limit_rate: i64 = "LimitRate",
        /// The unit: `s`, `m` or `h`.
        pub limit_unit: String = "LimitUnit",
        /// How many packets may come at once; 0: not said.
        pub limit_burst: i64 = "LimitBurst",
        /// It goes on to another port of the application.
        pub port_map: bool = "PortMap",
        /// That port.
        pub target_port: i64 = "TargetPort",
    }
}

object! {
    /// A rule.
    pub struct Ace as "ACE" keep {
        /// What a packet must be, all of it.
        pub matches: List<AceMatch> = "Matches",
        /// What happens to it then: at most one.
        pub actions: List<AceAction> = "Actions",
        /// What people call it.
        pub name: String = "Name",
        /// Its number, from 1, by which flows name it.
        pub rule_id: i32 = "RuleID",
        /// The direction.
        pub dir: AceDirection = "Dir",
    }
}
