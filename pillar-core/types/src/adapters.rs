//! Devices that can be given to applications (`spec/05`, AssignableAdapters / IoBundle).
//!
//! All devices of one assignment group go to one application, or to none.

use std::collections::BTreeSet;

use crate::base::{List, Map, Time, Uuid};
use crate::errors::{ErrorDescription, ErrorSeverity};
use crate::registry::{TypeInfo, types};
use crate::sriov::{EthVf, VfInfo, VfList};
use crate::{codes, object};

codes! {
    /// The kind of a device, with the same numbers in the controller's API.
    pub enum IoType: u8 {
        /// Nothing.
        Nop = 0 "IoNop",
        /// An Ethernet interface.
        NetEth = 1 "IoNetEth",
        /// A USB device; in old device models, a USB controller.
        Usb = 2 "IoUSB",
        /// A serial port.
        Com = 3 "IoCom",
        /// A sound card.
        Audio = 4 "IoAudio",
        /// A Wi-Fi interface.
        NetWlan = 5 "IoNetWLAN",
        /// A modem.
        NetWwan = 6 "IoNetWWAN",
        /// A display or GPU.
        Hdmi = 7 "IoHDMI",
        /// An NVMe disk.
        NvmeStorage = 9 "IoNVMEStorage",
        /// A SATA controller.
        SataStorage = 10 "IoSATAStorage",
        /// An Ethernet card with virtual functions; stays in the host.
        NetEthPf = 11 "IoNetEthPF",
        /// A virtual function of an Ethernet card.
        NetEthVf = 12 "IoNetEthVF",
        /// A USB controller.
        UsbController = 13 "IoUSBController",
        /// A USB device.
        UsbDevice = 14 "IoUSBDevice",
        /// A CAN interface; stays in the host.
        Can = 15 "IoCAN",
        /// A virtual CAN interface; stays in the host.
        Vcan = 16 "IoVCAN",
        /// A logical CAN interface, which an application can have.
        Lcan = 17 "IoLCAN",
        /// Anything else.
        Other = 255 "IoOther",
    }
}

impl IoType {
    /// Whether the host can use it as a port. A virtual function is not one.
    pub const fn is_net(self) -> bool {
        matches!(self, Self::NetEth | Self::NetWlan | Self::NetWwan | Self::NetEthPf)
    }
}

codes! {
    /// Who may use a device, with the same numbers in the controller's API.
    pub enum PhyIoUsage: i32 {
        /// Not said.
        None = 0 "PhyIoUsageNone",
        /// EVE to reach the controller, and applications through it.
        MgmtAndApps = 1 "PhyIoUsageMgmtAndApps",
        /// Applications, through EVE.
        Shared = 2 "PhyIoUsageShared",
        /// One application, directly.
        Dedicated = 3 "PhyIoUsageDedicated",
        /// Nobody.
        Disabled = 4 "PhyIoUsageDisabled",
        /// EVE to reach the controller.
        MgmtOnly = 5 "PhyIoUsageMgmtOnly",
    }
}

object! {
    /// A device that an application wants.
    pub struct IoAdapter keep {
        /// Its kind.
        pub io_type: IoType = "Type",
        /// An assignment group, or the physical or logical label of a member.
        pub name: String = "Name",
        /// The virtual function to take.
        pub eth_vf: EthVf = "EthVf",
        /// Its place among the application's interfaces, where order is enforced.
        pub intf_order: u32 = "IntfOrder",
    }
}

object! {
    /// What is wrong with a device, or worth a warning.
    pub struct IoBundleProblem as "ioBundleErrorBase" {
        /// What people read.
        pub text: String = "ErrStr" [omitempty],
        /// Whose finding it is: a name of one check, in EVE that of a Go type.
        pub source: String = "TypeStr" [omitempty],
        /// The device can be used all the same.
        pub warning: bool = "Warning" [omitempty],
        /// It is about the whole assignment group.
        pub group_scoped: bool = "GroupScoped" [omitempty],
    }
}

object! {
    /// All that is wrong with a device.
    pub struct IoBundleError as "IOBundleError" {
        /// One by one.
        pub errors: List<IoBundleProblem> = "Errors" [omitempty],
        /// When the newest of them was found; zero when there is none.
        pub time_of_error: Time = "TimeOfError",
    }
}

object! {
    /// A device.
    pub struct IoBundle {
        /// Its kind.
        pub io_type: IoType = "Type" [omitempty],
        /// What is written beside the socket; the key, in any case.
        pub phylabel: String = "Phylabel" [omitempty],
        /// What the configuration calls it.
        pub logicallabel: String = "Logicallabel" [omitempty],
        /// With which others it is assigned; empty: never.
        pub assignment_group: String = "AssignmentGroup" [omitempty],
        /// The group that it depends on, as a USB device does on its controller.
        pub parent_assignment_group: String = "ParentAssignmentGroup" [omitempty],
        /// Who may use it.
        pub usage: PhyIoUsage = "Usage" [omitempty],
        /// The cost of its traffic; 0 is free.
        pub cost: u8 = "Cost" [omitempty],
        /// The kernel's name of the interface.
        pub ifname: String = "Ifname" [omitempty],
        /// Its PCI address.
        pub pci_long: String = "PciLong" [omitempty],
        /// Its interrupt.
        pub irq: String = "Irq" [omitempty],
        /// Its I/O ports.
        pub ioports: String = "Ioports" [omitempty],
        /// Its serial device.
        pub serial: String = "Serial" [omitempty],
        /// `<bus>:<port>` on USB, such as `1:2.3`.
        pub usb_addr: String = "UsbAddr" [omitempty],
        /// `<vendor>:<product>` on USB, in hexadecimal.
        pub usb_product: String = "UsbProduct" [omitempty],
        /// The firmware's node for its PCI address.
        pub unique: String = "Unique" [omitempty],
        /// Its MAC address, as text.
        pub mac_addr: String = "MacAddr" [omitempty],
        /// The application that has it.
        pub used_by_uuid: Uuid = "UsedByUUID",
        /// Whether the host has let go of it, for an application.
        pub is_pci_back: bool = "IsPCIBack" [omitempty],
        /// Whether it, or a part of it, is a port of the device.
        pub is_port: bool = "IsPort" [omitempty],
        /// Whether the host keeps it while no application has it.
        pub keep_in_host: bool = "KeepInHost" [omitempty],
        /// What is wrong with it.
        pub error: IoBundleError = "Error",
        /// Its virtual functions.
        pub vfs: VfList = "Vfs",
        /// What it is a virtual function of.
        pub vf_params: VfInfo = "VfParams",
        /// Further properties, such as those of CAN.
        pub cbattr: Map<String, String> = "Cbattr" [omitempty],
    }
}

object! {
    /// All devices of the model. domainmgr to nim, usbmanager, zedagent, zedkube, zedmanager; key `global`.
    pub struct AssignableAdapters topic "AssignableAdapters" {
        /// Whether the device model has been read.
        pub initialized: bool = "Initialized" [omitempty],
        /// One by one.
        pub io_bundle_list: List<IoBundle> = "IoBundleList" [omitempty],
    }
}

impl IoBundleError {
    /// Makes `wanted` the findings of `source`, whose name they get, and leaves those of others alone. The
    /// time moves to `now` only when something is added. Returns whether anything differs.
    pub fn replace(&mut self, source: &str, wanted: Vec<IoBundleProblem>, now: Time) -> bool {
        let before = self.errors.len();
        let mut missing = wanted;
        for problem in &mut missing {
            source.clone_into(&mut problem.source);
        }
        self.errors.retain(|problem| problem.source != source || missing.contains(problem));
        let gone = self.errors.len() != before;
        let mut added = false;
        for problem in missing {
            if !self.errors.contains(&problem) {
                self.errors.push(problem);
                added = true;
            }
        }
        if self.errors.is_empty() {
            self.time_of_error = Time::ZERO;
        } else if added {
            self.time_of_error = now;
        }
        gone || added
    }

    /// Whether the device cannot be used: warnings do not count.
    pub fn is_hard(&self) -> bool {
        self.errors.iter().any(|problem| !problem.warning)
    }
}

impl IoBundle {
    /// Whether it is a USB controller, also in the old way: a USB device without address and product.
    pub fn is_usb_controller(&self) -> bool {
        let unnamed = self.usb_addr.is_empty() && self.usb_product.is_empty();
        self.io_type == IoType::UsbController || (self.io_type == IoType::Usb && unnamed)
    }
}

impl AssignableAdapters {
    /// The only key.
    pub const KEY: &str = "global";

    /// The device of this physical label, in any case.
    pub fn by_phylabel(&self, label: &str) -> Option<&IoBundle> {
        self.io_bundle_list.iter().find(|bundle| bundle.phylabel.eq_ignore_ascii_case(label))
    }

    /// The devices of an assignment group, in any case.
    pub fn group(&self, name: &str) -> Vec<&IoBundle> {
        if name.is_empty() {
            return Vec::new();
        }
        let member = |bundle: &&IoBundle| bundle.assignment_group.eq_ignore_ascii_case(name);
        self.io_bundle_list.iter().filter(member).collect()
    }

    /// What `name` means in the configuration: a group, or the group of the device with this physical or
    /// logical label, or that device alone when it has no group.
    pub fn lookup(&self, name: &str) -> Vec<&IoBundle> {
        let group = self.group(name);
        if !group.is_empty() {
            return group;
        }
        let logical = |bundle: &&IoBundle| bundle.logicallabel.eq_ignore_ascii_case(name);
        let Some(bundle) = self.by_phylabel(name).or_else(|| self.io_bundle_list.iter().find(logical)) else {
            return Vec::new();
        };
        if bundle.assignment_group.is_empty() { vec![bundle] } else { self.group(&bundle.assignment_group) }
    }
}

/// What to report of a group, if anything is wrong with it: findings about the group once, then those about
/// members under their logical labels. A warning only if all of them are.
pub fn group_error(members: &[&IoBundle]) -> Option<ErrorDescription> {
    let of_group = findings(members).filter(|(_, problem)| problem.group_scoped);
    let of_members = findings(members).filter(|(_, problem)| !problem.group_scoped);
    let of_group = of_group.map(|(_, problem)| problem.text.clone());
    let of_members = of_members.map(|(bundle, problem)| format!("{}: {}", bundle.logicallabel, problem.text));

    let mut seen = BTreeSet::new();
    let texts: Vec<_> = of_group.chain(of_members).filter(|text| seen.insert(text.clone())).collect();
    if texts.is_empty() {
        return None;
    }
    let hard = members.iter().any(|bundle| bundle.error.is_hard());
    Some(ErrorDescription {
        error: texts.join("; "),
        error_time: members.iter().map(|bundle| bundle.error.time_of_error).max().unwrap_or_default(),
        error_severity: if hard { ErrorSeverity::Error } else { ErrorSeverity::Warning },
        ..Default::default()
    })
}

fn findings<'a>(members: &'a [&IoBundle]) -> impl Iterator<Item = (&'a IoBundle, &'a IoBundleProblem)> {
    members.iter().flat_map(|bundle| bundle.error.errors.iter().map(|problem| (*bundle, problem)))
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic AssignableAdapters, object IoBundle];

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str, warning: bool, group_scoped: bool) -> IoBundleProblem {
        IoBundleProblem { text: text.into(), warning, group_scoped, ..Default::default() }
    }

    fn bundle(phylabel: &str, logicallabel: &str, group: &str) -> IoBundle {
        IoBundle {
            phylabel: phylabel.into(),
            logicallabel: logicallabel.into(),
            assignment_group: group.into(),
            ..Default::default()
        }
    }

    fn at(seconds: i64) -> Time {
        Time::from_unix(seconds, 0)
    }

    #[test]
    fn the_time_of_an_error_moves_only_when_one_is_added() {
        let mut error = IoBundleError::default();

        assert!(error.replace("a", vec![problem("broken", false, false)], at(1)));
        assert!(!error.replace("a", vec![problem("broken", false, false)], at(2)));
        assert_eq!(error.time_of_error, at(1));
        assert!(error.replace("b", vec![problem("odd", true, false)], at(3)));
        assert!(error.replace("a", Vec::new(), at(4)));
        assert_eq!(error.time_of_error, at(3));
        assert!(!error.is_hard());
        assert!(error.replace("b", Vec::new(), at(5)));
        assert_eq!(error.time_of_error, Time::ZERO);
    }

    #[test]
    fn a_name_is_a_group_or_a_label_and_brings_the_whole_group() {
        let all = AssignableAdapters {
            io_bundle_list: [
                bundle("eth1", "shop", "g1"),
                bundle("eth2", "floor", "G1"),
                bundle("x", "y", ""),
            ]
            .into(),
            ..Default::default()
        };
        let labels = |name| all.lookup(name).iter().map(|bundle| &*bundle.phylabel).collect::<Vec<_>>();

        assert_eq!(labels("g1"), ["eth1", "eth2"]);
        assert_eq!(labels("ETH2"), ["eth1", "eth2"]);
        assert_eq!(labels("floor"), ["eth1", "eth2"]);
        assert_eq!(labels("Y"), ["x"]);
        assert!(labels("").is_empty());
        assert!(labels("nothing").is_empty());
    }

    #[test]
    fn a_group_reports_its_own_errors_once_and_its_members_by_label() {
        let mut one = bundle("eth1", "shop", "g1");
        let mut two = bundle("eth2", "floor", "g1");
        one.error.replace("a", vec![problem("split", true, true), problem("slow", true, false)], at(1));
        two.error.replace("a", vec![problem("split", true, true)], at(2));

        let error = group_error(&[&one, &two]).expect("there are some");
        assert_eq!((&*error.error, error.error_time), ("split; shop: slow", at(2)));
        assert_eq!(error.error_severity, ErrorSeverity::Warning);

        two.error.replace("b", vec![problem("gone", false, false)], at(3));
        let error = group_error(&[&one, &two]).expect("there are some");
        assert_eq!(&*error.error, "split; shop: slow; floor: gone");
        assert_eq!(error.error_severity, ErrorSeverity::Error);

        assert!(group_error(&[]).is_none());
    }
}
