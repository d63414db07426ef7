//! What the ports of the device should be like (`spec/03`, Key types).

use crate::base::{Bytes, IpAddr, List, Time, Uuid};
use crate::link::{L2LinkConfig, PnacConfig};
use crate::registry::{TypeInfo, types};
use crate::wireless::WirelessConfig;
use crate::{codes, object};

codes! {
    /// How far the verification of a port configuration is.
    pub enum DpcState: u8 {
        /// Not begun.
        None = 0 "",
        /// Failed.
        Fail = 1 "DPC_FAIL",
        /// Failed, though there are addresses and DNS servers.
        FailWithIpAndDns = 2 "DPC_FAIL_WITH_IPANDDNS",
        /// Succeeded.
        Success = 3 "DPC_SUCCESS",
        /// Waits for addresses and DNS servers.
        IpDnsWait = 4 "DPC_IPDNS_WAIT",
        /// Waits for a PCI device to be given back.
        PciWait = 5 "DPC_PCI_WAIT",
        /// Waits for an interface to appear.
        IntfWait = 6 "DPC_INTF_WAIT",
        /// The controller is reached but not well.
        RemoteWait = 7 "DPC_REMOTE_WAIT",
        /// Waits for something started to end.
        AsyncWait = 8 "DPC_ASYNC_WAIT",
        /// Waits for the modem.
        WwanWait = 9 "DPC_WWAN_WAIT",
    }
}

codes! {
    /// Where a port's addresses come from.
    pub enum DhcpType: u8 {
        /// Not said.
        Undefined = 0,
        /// The configuration.
        Static = 1,
        /// Nowhere.
        None = 2,
        /// No longer used.
        Deprecated = 3,
        /// A DHCP server.
        Client = 4,
    }
}

codes! {
    /// Which versions of IP a port uses.
    pub enum NetworkType: u8 {
        /// Not said.
        Undefined = 0,
        /// Both, IPv4 preferred.
        Ipv4 = 4,
        /// IPv4 only.
        Ipv4Only = 5,
        /// Both, IPv6 preferred.
        Ipv6 = 6,
        /// IPv6 only.
        Ipv6Only = 7,
        /// Both.
        DualStack = 8,
    }
}

codes! {
    /// What a proxy is for.
    pub enum NetworkProxyType: u8 {
        /// HTTP.
        Http = 0,
        /// HTTPS.
        Https = 1,
        /// SOCKS.
        Socks = 2,
        /// FTP.
        Ftp = 3,
        /// Nothing: hosts not to use a proxy for.
        NoProxy = 4,
        /// Past the last one.
        Last = 255,
    }
}

codes! {
    /// Who made a port's configuration.
    pub enum PortConfigOrigin: u8 {
        /// Not said.
        Unspecified = 0,
        /// The controller.
        Controller = 1,
        /// The bootstrap configuration.
        Bootstrap = 2,
        /// A file on the device.
        Override = 3,
        /// The device itself, when nothing else works.
        LastResort = 4,
        /// A person at the monitor.
        Tui = 5,
        /// The local operator console.
        Loc = 6,
        /// The local profile server.
        Lps = 7,
    }
}

object! {
    /// The result of a test, of a port or of all.
    pub struct TestResults keep {
        /// When it last failed.
        pub last_failed: Time = "LastFailed",
        /// When it last succeeded.
        pub last_succeeded: Time = "LastSucceeded",
        /// Why it failed.
        pub last_error: String = "LastError",
        /// What was not right though it succeeded.
        pub last_warning: String = "LastWarning",
    }
}

impl TestResults {
    /// Whether the last test failed.
    pub fn has_error(&self) -> bool {
        self.last_failed > self.last_succeeded
    }

    /// Whether the last test succeeded, but something was not right.
    pub fn has_warning(&self) -> bool {
        !self.has_error() && !self.last_warning.is_empty()
    }

    /// A test succeeded; `warning` says what was not right, if anything.
    pub fn record_success(&mut self, warning: &str, now: Time) {
        self.last_succeeded = now;
        self.last_error.clear();
        warning.clone_into(&mut self.last_warning);
    }

    /// A test failed.
    pub fn record_failure(&mut self, error: &str, now: Time) {
        self.last_failed = now;
        error.clone_into(&mut self.last_error);
        self.last_warning.clear();
    }

    /// Takes over the result of a test made elsewhere. The time of the other kind of result only moves on.
    pub fn update(&mut self, newer: &Self) {
        if newer.has_error() {
            let succeeded = self.last_succeeded.max(newer.last_succeeded);
            self.record_failure(&newer.last_error, newer.last_failed);
            self.last_succeeded = succeeded;
        } else {
            let failed = self.last_failed.max(newer.last_failed);
            self.record_success(&newer.last_warning, newer.last_succeeded);
            self.last_failed = failed;
        }
    }
}

object! {
    /// What all ports should be like. zedagent (keys `zedagent`, `lps`), monitor (`manual`) and files (by name)
    /// to nim.
    pub struct DevicePortConfig topic "DevicePortConfig" keep {
        /// 0: every port is for management; 1: `is_mgmt` says.
        pub version: u32 = "Version" [omitempty],
        /// Where it comes from.
        pub key: String = "Key" [omitempty],
        /// The newer, the more it counts.
        pub time_priority: Time = "TimePriority",
        /// How far its verification is.
        pub state: DpcState = "State" [omitempty],
        /// How its last test went.
        pub test_results: TestResults = embed,
        /// When a management port last had an address and a DNS server.
        pub last_ip_and_dns: Time = "LastIPAndDNS",
        /// The ports.
        pub ports: List<NetworkPortConfig> = "Ports" [omitempty],
    }
}

impl DevicePortConfig {
    /// `<key>@<priority in UTC>`, under which nim logs it.
    pub fn log_key(&self) -> String {
        format!("{}@{}", self.key, self.time_priority.utc())
    }
}

object! {
    /// All port configurations that are known. nim to zedagent, diag, monitor; key `global`.
    pub struct DevicePortConfigList topic "DevicePortConfigList" persistent {
        /// The one in use, -1 for none.
        pub current_index: i64 = "CurrentIndex" [omitempty],
        /// From the one that counts most.
        pub port_config_list: List<DevicePortConfig> = "PortConfigList" [omitempty],
    }
}

impl DevicePortConfigList {
    /// The only key.
    pub const KEY: &str = "global";

    /// The configuration in use.
    pub fn current(&self) -> Option<&DevicePortConfig> {
        self.port_config_list.get(usize::try_from(self.current_index).ok()?)
    }
}

object! {
    /// What a port should be like.
    pub struct NetworkPortConfig keep {
        /// The kernel's name of the interface.
        pub if_name: String = "IfName" [omitempty],
        /// `<bus>:<port>` on USB.
        pub usb_addr: String = "USBAddr" [omitempty],
        /// The long PCI address.
        pub pci_addr: String = "PCIAddr" [omitempty],
        /// What is written beside the socket.
        pub phylabel: String = "Phylabel" [omitempty],
        /// The name by which the rest of the configuration means it.
        pub logicallabel: String = "Logicallabel" [omitempty],
        /// Names that several ports have.
        pub shared_labels: List<String> = "SharedLabels" [omitempty],
        /// Another name.
        pub alias: String = "Alias" [omitempty],
        /// Whether the local profile server may change it.
        pub allow_local_modifications: bool = "AllowLocalModifications" [omitempty],
        /// The network that it belongs to.
        pub network_uuid: Uuid = "NetworkUUID",
        /// Whether the controller may be reached through it.
        pub is_mgmt: bool = "IsMgmt" [omitempty],
        /// Whether it has addresses.
        pub is_l3_port: bool = "IsL3Port" [omitempty],
        /// It makes no sense and is left alone.
        pub invalid_config: bool = "InvalidConfig" [omitempty],
        /// From 0, which is free.
        pub cost: u8 = "Cost" [omitempty],
        /// The largest packet in bytes; 0: 1500.
        pub mtu: u16 = "MTU" [omitempty],
        /// Addresses.
        pub dhcp: DhcpConfig = embed,
        /// Proxies.
        pub proxy: ProxyConfig = embed,
        /// VLAN or bond.
        pub l2_link: L2LinkConfig = embed,
        /// Its radio.
        pub wireless: WirelessConfig = "WirelessCfg",
        /// 802.1X.
        pub pnac: PnacConfig = "PNAC",
        /// How its last test went, or why its configuration makes no sense.
        pub test_results: TestResults = embed,
        /// Use the NTP servers given here instead of DHCP's.
        pub ignore_dhcp_ntp_servers: bool = "IgnoreDhcpNtpServers" [omitempty],
        /// Use the addresses given here instead of DHCP's.
        pub ignore_dhcp_ip_addresses: bool = "IgnoreDhcpIPAddresses" [omitempty],
        /// Use the gateways given here instead of DHCP's.
        pub ignore_dhcp_gateways: bool = "IgnoreDhcpGateways" [omitempty],
        /// Use the DNS servers given here instead of DHCP's.
        pub ignore_dhcp_dns_config: bool = "IgnoreDhcpDNSConfig" [omitempty],
        /// Where it comes from.
        pub config_source: PortConfigSource = "ConfigSource",
    }
}

object! {
    /// Where a port's configuration comes from.
    pub struct PortConfigSource keep {
        /// Who made it.
        pub origin: PortConfigOrigin = "Origin" [omitempty],
        /// When.
        pub submitted_at: Time = "SubmittedAt",
    }
}

object! {
    /// A port's addresses.
    pub struct DhcpConfig {
        /// Where they come from.
        pub dhcp: DhcpType = "Dhcp" [omitempty],
        /// Its own address with the length of the prefix.
        pub addr_subnet: String = "AddrSubnet" [omitempty],
        /// The gateway; `0.0.0.0`: none, even if DHCP has one.
        pub gateway: IpAddr = "Gateway" [omitempty],
        /// The DNS domain.
        pub domain_name: String = "DomainName" [omitempty],
        /// NTP servers, by name or address.
        pub ntp_servers: List<String> = "NTPServers" [omitempty],
        /// DNS servers.
        pub dns_servers: List<IpAddr> = "DNSServers" [omitempty],
        /// Which versions of IP.
        pub network_type: NetworkType = "Type" [omitempty],
    }
}

object! {
    /// A port's way to the outside, where it is not direct.
    pub struct ProxyConfig {
        /// Proxies by protocol.
        pub proxies: List<ProxyEntry> = "Proxies" [omitempty],
        /// Hosts that are reached directly, separated by commas.
        pub exceptions: String = "Exceptions" [omitempty],
        /// A script that picks the proxy, in base64.
        pub pacfile: String = "Pacfile" [omitempty],
        /// Whether to look for such a script in the network.
        pub network_proxy_enable: bool = "NetworkProxyEnable" [omitempty],
        /// Where to look for it.
        pub network_proxy_url: String = "NetworkProxyURL" [omitempty],
        /// Where it was found.
        pub wpad_url: String = "WpadURL" [omitempty],
        /// Certificates of proxies that look into TLS, in PEM.
        pub proxy_cert_pem: List<Bytes> = "pubsub-large-ProxyCertPEM",
    }
}

object! {
    /// A proxy.
    pub struct ProxyEntry keep {
        /// What it is for.
        pub proxy_type: NetworkProxyType = "type",
        /// Its name or address.
        pub server: String = "server",
        /// Its port.
        pub port: u32 = "port",
    }
}

pub(crate) const TYPES: &[TypeInfo] =
    &types![topic DevicePortConfig, topic DevicePortConfigList, object NetworkPortConfig];

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_unix(seconds, 0)
    }

    #[test]
    fn a_result_says_what_was_last() {
        let mut results = TestResults::default();
        results.record_failure("no answer", at(1));
        assert!(results.has_error());
        results.record_success("slow", at(2));
        assert!(!results.has_error() && results.has_warning());
        assert_eq!((&*results.last_error, results.last_failed), ("", at(1)));
        results.record_failure("no answer", at(3));
        assert!(results.has_error() && !results.has_warning());
        assert_eq!(results.last_warning, "");
    }

    #[test]
    fn a_newer_result_moves_the_other_time_only_on() {
        let mut results = TestResults::default();
        results.record_failure("old", at(5));
        let mut newer = TestResults::default();
        newer.record_failure("older", at(1));
        newer.record_success("", at(9));
        results.update(&newer);
        assert_eq!((results.last_failed, results.last_succeeded), (at(5), at(9)));
        assert!(!results.has_error());

        newer.record_failure("new", at(11));
        results.update(&newer);
        assert_eq!((results.last_failed, results.last_succeeded), (at(11), at(9)));
        assert_eq!(results.last_error, "new");
    }
}
