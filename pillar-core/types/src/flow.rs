//! Who talked to whom (`spec/04`, Metrics and flows).

use crate::base::{IpAddr, List, Uuid};
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// What became of a flow.
    pub enum AclAction: u8 {
        /// Not known.
        None = 0,
        /// It passed.
        Accept = 1,
        /// It did not.
        Drop = 2,
    }
}

object! {
    /// Whose flows.
    pub struct FlowScope {
        /// The application.
        pub app_uuid: Uuid = "AppUUID",
        /// The application's interface, as the controller calls it.
        pub net_adapter_name: String = "NetAdapterName",
        /// The bridge.
        pub br_if_name: String = "BrIfName",
        /// The network instance.
        pub net_uuid: Uuid = "NetUUID",
        /// Tells parts from each other where one message does not hold all.
        pub sequence: String = "Sequence",
    }
}

object! {
    /// The two ends of a flow.
    pub struct IpTuple as "IPTuple" {
        /// The application's address, whoever began.
        pub src: IpAddr = "Src",
        /// The other end's address.
        pub dst: IpAddr = "Dst",
        /// The application's port.
        pub src_port: i32 = "SrcPort",
        /// The other end's port.
        pub dst_port: i32 = "DstPort",
        /// The number of the protocol.
        pub proto: i32 = "Proto",
    }
}

object! {
    /// A flow.
    pub struct FlowRec {
        /// Its two ends.
        pub flow: IpTuple = "Flow",
        /// Whether the other end began.
        pub inbound: bool = "Inbound",
        /// The rule that decided about it.
        pub acl_id: i32 = "ACLID",
        /// What became of it.
        pub action: AclAction = "Action",
        /// When it began: nanoseconds since 1970.
        pub start_time: i64 = "StartTime",
        /// When it ended: nanoseconds since 1970.
        pub stop_time: i64 = "StopTime",
        /// Bytes that the application sent.
        pub tx_bytes: i64 = "TxBytes",
        /// Packets that the application sent.
        pub tx_pkts: i64 = "TxPkts",
        /// Bytes that the application received.
        pub rx_bytes: i64 = "RxBytes",
        /// Packets that the application received.
        pub rx_pkts: i64 = "RxPkts",
    }
}

object! {
    /// A name that an application asked for.
    pub struct DnsReq as "DNSReq" {
        /// The name.
        pub host_name: String = "HostName",
        /// The addresses that it got.
        pub addrs: List<IpAddr> = "Addrs",
        /// When: nanoseconds since 1970.
        pub request_time: i64 = "RequestTime",
        /// The rule that let it pass.
        pub acl_num: i32 = "ACLNum",
    }
}

object! {
    /// Flows of an application's interface. zedrouter to zedagent; key: [`IpFlow::key`].
    pub struct IpFlow as "IPFlow" topic "IPFlow" {
        /// Whose.
        pub scope: FlowScope = "Scope",
        /// Who talked to whom.
        pub flows: List<FlowRec> = "Flows",
        /// Which names were asked for.
        pub dns_reqs: List<DnsReq> = "DNSReqs",
    }
}

impl IpFlow {
    /// `<app>-<interface>`, and `-<sequence>` where there is one. A `/` of the interface's name becomes `_`.
    pub fn key(&self) -> String {
        let FlowScope { app_uuid, net_adapter_name, sequence, .. } = &self.scope;
        let adapter = net_adapter_name.replace('/', "_");
        match &**sequence {
            "" => format!("{app_uuid}-{adapter}"),
            sequence => format!("{app_uuid}-{adapter}-{sequence}"),
        }
    }

    /// The application of a key. Where the interface's name ends and a sequence begins a key does not tell.
    pub fn app_of_key(key: &str) -> Option<Uuid> {
        let (app, rest) = Uuid::split_off(key)?;
        rest.starts_with('-').then_some(app)
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic IpFlow];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_sequence_only_where_there_is_one() {
        let mut flows = IpFlow::default();
        flows.scope.net_adapter_name = "eth/0".into();

        assert_eq!(flows.key(), format!("{}-eth_0", Uuid::NIL));
        flows.scope.sequence = "2".into();
        assert_eq!(flows.key(), format!("{}-eth_0-2", Uuid::NIL));
    }
}
