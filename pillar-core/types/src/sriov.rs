//! Virtual functions of network cards (`spec/05`, IoBundle).

use crate::base::List;
use crate::object;

object! {
    /// A virtual function.
    pub struct EthVf as "EthVF" keep {
        /// Its number on the card.
        pub index: u8 = "Index" [omitempty],
        /// Its PCI address.
        pub pci_long: String = "PciLong" [omitempty],
        /// Its MAC address, as text.
        pub mac: String = "Mac" [omitempty],
        /// Its VLAN; 0: none.
        pub vlan_id: u16 = "VlanID" [omitempty],
    }
}

object! {
    /// The virtual functions of a card.
    pub struct VfList as "VFList" {
        /// How many it should have.
        pub count: u8 = "Count" [omitempty],
        /// What is known of them.
        pub data: List<EthVf> = "Data" [omitempty],
    }
}

object! {
    /// Of which card something is a virtual function.
    pub struct VfInfo {
        /// Its number on the card.
        pub index: u8 = "Index" [omitempty],
        /// Its VLAN; 0: none.
        pub vlan_id: u16 = "VlanID" [omitempty],
        /// The card's interface.
        pub pf_iface: String = "PFIface" [omitempty],
    }
}

impl VfList {
    /// The virtual function of this number.
    pub fn get(&self, index: u8) -> Option<&EthVf> {
        self.data.iter().find(|vf| vf.index == index)
    }
}
