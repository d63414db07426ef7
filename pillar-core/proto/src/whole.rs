//! Messages that stand by themselves: bodies of requests and answers, files, and what is hashed or signed.
//!
//! [`decode`](crate::decode) and [`encode`](crate::encode) take these. prost's code is generic over the buffer,
//! so that it would be made again, for speed, by each crate that names a message; here it is made once, for size.
//! A program holds what it calls of it and no more.

use prost::{DecodeError, Message};

/// A message that stands by itself.
pub trait Whole: Message + Default {
    /// Reads it from the wire form.
    fn read(bytes: &[u8]) -> Result<Self, DecodeError>;

    /// Its wire form.
    fn write(&self) -> Vec<u8>;
}

macro_rules! whole {
    ($($module:ident: $($message:ident),+;)+) => {
        $($(impl Whole for crate::$module::$message {
            #[inline(never)]
            fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
                Self::decode(bytes)
            }

            #[inline(never)]
            fn write(&self) -> Vec<u8> {
                self.encode_to_vec()
            }
        })+)+
    };
}

whole! {
    attest: ZAttestReq, ZAttestResponse;
    auth: AuthBody, AuthContainer;
    certs: ZControllerCert;
    config: BootstrapConfig, CompoundEdgeDevConfig, CompoundEdgeDevConfigRequest, ConfigRequest, ConfigResponse,
        EdgeDevConfig;
    flowlog: FlowMessage;
    hardwarehealth: ZHardwareHealth;
    info: ZInfoConfigItemStatus, ZInfoMsg;
    logs: AppInstanceLogBundle, LogBundle;
    metrics: ZMetricMsg;
    nested_app: NestedAppInventory, NestedAppMetrics;
    profile: AppBootConfigList, AppBootInfoList, LocalAppCmdList, LocalAppInfoList, LocalDevCmd, LocalDevInfo,
        LocalNetworkConfig, LocalProfile, NetworkInfo, RadioConfig, RadioStatus;
    proxy: ScepProxyRequest, ScepProxyResponse;
    register: ZRegisterMsg;
    uuid: UuidRequest, UuidResponse;
}
