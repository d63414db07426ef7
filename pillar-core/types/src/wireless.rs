//! Wireless parts of a port's configuration (`spec/03`, NetworkPortConfig).

use crate::base::{List, Secret};
use crate::cipher::CipherBlockStatus;
use crate::{codes, object, texts};

codes! {
    /// The kind of radio.
    pub enum WirelessType: u8 {
        /// None.
        None = 0,
        /// A modem.
        Cellular = 1,
        /// Wi-Fi.
        Wifi = 2,
    }
}

codes! {
    /// How a Wi-Fi network is protected.
    pub enum WifiKeyScheme: u8 {
        /// Not at all.
        None = 0,
        /// A shared key.
        WpaPsk = 1,
        /// A user and a password.
        WpaEap = 2,
        /// Otherwise.
        Other = 3,
    }
}

codes! {
    /// How reachability is probed.
    pub enum ConnectivityProbeMethod: u8 {
        /// It is not.
        None = 0,
        /// By echo requests.
        Icmp = 1,
        /// By connecting.
        Tcp = 2,
    }
}

texts! {
    /// Which addresses a modem asks for.
    pub enum WwanIpType {
        /// Up to the modem.
        Unspecified = "",
        /// IPv4.
        Ipv4 = "ipv4",
        /// Both.
        Ipv4And6 = "ipv4v6",
        /// IPv6.
        Ipv6 = "ipv6",
    }
}

texts! {
    /// How a modem authenticates.
    pub enum WwanAuthProtocol {
        /// It does not.
        None = "",
        /// PAP.
        Pap = "pap",
        /// CHAP.
        Chap = "chap",
        /// Either.
        PapAndChap = "pap-and-chap",
    }
}

texts! {
    /// A generation of mobile networks.
    pub enum WwanRat {
        /// Any.
        Unspecified = "",
        /// The second.
        Gsm = "gsm",
        /// The third.
        Umts = "umts",
        /// The fourth.
        Lte = "lte",
        /// The fifth.
        Nr5g = "5gnr",
    }
}

object! {
    /// The radio of a port.
    pub struct WirelessConfig keep {
        /// Its kind.
        pub w_type: WirelessType = "WType" [omitempty],
        /// For a modem.
        pub cellular: CellNetPortConfig = "CellularV2",
        /// Wi-Fi networks to join.
        pub wifi: List<WifiConfig> = "Wifi" [omitempty],
        /// The form before `CellularV2`.
        pub deprecated_cellular: List<DeprecatedCellConfig> = "Cellular" [omitempty],
    }
}

object! {
    /// A Wi-Fi network to join.
    pub struct WifiConfig keep {
        /// Its name.
        pub ssid: String = "SSID" [omitempty],
        /// How it is protected.
        pub key_scheme: WifiKeyScheme = "KeyScheme" [omitempty],
        /// The user, for WPA-EAP.
        pub identity: String = "Identity" [omitempty],
        /// The key, hashed with the name.
        pub password: Secret<String> = "Password" [omitempty],
        /// The higher, the sooner it is tried.
        pub priority: i32 = "Priority" [omitempty],
        /// User and key, encrypted.
        pub credentials: CipherBlockStatus = embed,
    }
}

object! {
    /// A modem.
    pub struct CellNetPortConfig keep {
        /// Access points, at most one activated for each SIM slot.
        pub access_points: List<CellularAccessPoint> = "AccessPoints" [omitempty],
        /// How its connection is checked.
        pub probe: WwanProbe = "Probe",
        /// Whether the position is reported.
        pub location_tracking: bool = "LocationTracking" [omitempty],
    }
}

object! {
    /// An access point of a mobile network.
    pub struct CellularAccessPoint keep {
        /// The SIM slot, from 1; 0: the one in use.
        pub sim_slot: u8 = "SIMSlot" [omitempty],
        /// Whether to use it.
        pub activated: bool = "Activated" [omitempty],
        /// Its name.
        pub apn: String = "APN" [omitempty],
        /// Which addresses to ask for.
        pub ip_type: WwanIpType = "IPType" [omitempty],
        /// How to authenticate.
        pub auth_protocol: WwanAuthProtocol = "AuthProtocol" [omitempty],
        /// User and password in clear.
        pub cleartext_credentials: WwanCleartextCredentials = "CleartextCredentials",
        /// User and password, encrypted.
        pub encrypted_credentials: CipherBlockStatus = "EncryptedCredentials",
        /// Networks to prefer, the first one most.
        pub preferred_plmns: List<String> = "PreferredPLMNs" [omitempty],
        /// Generations to prefer, the first one most.
        pub preferred_rats: List<WwanRat> = "PreferredRATs" [omitempty],
        /// Whether to stay out of foreign networks.
        pub forbid_roaming: bool = "ForbidRoaming" [omitempty],
        /// The access point for registration, where it is another.
        pub attach_apn: String = "AttachAPN" [omitempty],
        /// Which addresses to ask for there.
        pub attach_ip_type: WwanIpType = "AttachIPType" [omitempty],
        /// How to authenticate there.
        pub attach_auth_protocol: WwanAuthProtocol = "AttachAuthProtocol" [omitempty],
        /// User and password there, in clear.
        pub attach_cleartext_credentials: WwanCleartextCredentials = "AttachCleartextCredentials",
    }
}

object! {
    /// User and password of an access point.
    pub struct WwanCleartextCredentials keep {
        /// The user.
        pub username: String = "Username" [omitempty],
        /// The password.
        pub password: Secret<String> = "Password" [omitempty],
    }
}

object! {
    /// How a modem's connection is checked.
    pub struct WwanProbe keep {
        /// Not at all.
        pub disable: bool = "Disable",
        /// In the user's way.
        pub user_defined_probe: ConnectivityProbe = "UserDefinedProbe",
    }
}

object! {
    /// How the reachability of something is probed.
    pub struct ConnectivityProbe keep {
        /// In which way.
        pub method: ConnectivityProbeMethod = "Method",
        /// The host, by name or address.
        pub probe_host: String = "ProbeHost",
        /// The port, for TCP.
        pub probe_port: u16 = "ProbePort",
    }
}

object! {
    /// A modem, in the form before 2023.
    pub struct DeprecatedCellConfig as "DeprecatedCellConfig" keep {
        /// The access point.
        pub apn: String = "APN" [omitempty],
        /// The host that is probed.
        pub probe_addr: String = "ProbeAddr" [omitempty],
        /// Whether nothing is probed.
        pub disable_probe: bool = "DisableProbe" [omitempty],
        /// Whether the position is reported.
        pub location_tracking: bool = "LocationTracking" [omitempty],
    }
}
