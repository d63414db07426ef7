//! All types of the bus, for tools and tests. Whoever names this module links all of them: an agent does not.

use crate::codec::schema_hash;
use crate::object::Named;
use crate::topic::Topic;
use crate::value::Data;

/// One type of the bus.
#[derive(Clone, Copy)]
pub struct TypeInfo {
    /// EVE's name of the type.
    pub name: &'static str,
    /// The name and nature of its tables, if it is a topic.
    pub topic: Option<TopicInfo>,
    /// Makes a zero value.
    pub make: fn() -> Box<dyn Data>,
}

/// What a topic says about its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicInfo {
    /// The topic, which is the type's name as a rule.
    pub name: &'static str,
    /// Whether its tables outlive a reboot.
    pub persistent: bool,
}

impl TypeInfo {
    /// A topic.
    pub const fn topic<T: Topic + Named>() -> Self {
        let topic = TopicInfo { name: T::NAME, persistent: T::PERSISTENT };
        Self { name: T::EVE_NAME, topic: Some(topic), make: make::<T> }
    }

    /// A type that only stands inside others.
    pub const fn object<T: Named>() -> Self {
        Self { name: T::EVE_NAME, topic: None, make: make::<T> }
    }

    /// The hash of its schema.
    pub fn schema_hash(&self) -> u64 {
        schema_hash(&mut *(self.make)())
    }
}

fn make<T: Data + Default>() -> Box<dyn Data> {
    Box::<T>::default()
}

/// The list of a family's types: `types![topic A, object B]`.
macro_rules! types {
    ($($kind:ident $name:ident),* $(,)?) => {
        [$(TypeInfo::$kind::<$name>()),*]
    };
}
pub(crate) use types;

/// One line for each family.
const FAMILIES: &[&[TypeInfo]] = &[
    crate::adapters::TYPES,
    crate::address::TYPES,
    crate::app_config::TYPES,
    crate::app_metrics::TYPES,
    crate::app_network::TYPES,
    crate::app_status::TYPES,
    crate::attest::TYPES,
    crate::base_os::TYPES,
    crate::bond::TYPES,
    crate::cipher::TYPES,
    crate::cluster::TYPES,
    crate::config_item::TYPES,
    crate::content::TYPES,
    crate::controller_metrics::TYPES,
    crate::device::TYPES,
    crate::device_network::TYPES,
    crate::disk::TYPES,
    crate::domain::TYPES,
    crate::download::TYPES,
    crate::drain::TYPES,
    crate::edgeview::TYPES,
    crate::errors::TYPES,
    crate::flow::TYPES,
    crate::host::TYPES,
    crate::identity::TYPES,
    crate::kube::TYPES,
    crate::led::TYPES,
    crate::mgmt_proxy::TYPES,
    crate::network::TYPES,
    crate::network_instance::TYPES,
    crate::network_instance_status::TYPES,
    crate::network_metrics::TYPES,
    crate::newlog::TYPES,
    crate::node::TYPES,
    crate::numbers::TYPES,
    crate::patch::TYPES,
    crate::physical_io::TYPES,
    crate::pnac::TYPES,
    crate::port::TYPES,
    crate::scep::TYPES,
    crate::snapshot::TYPES,
    crate::usage::TYPES,
    crate::vault::TYPES,
    crate::verifier::TYPES,
    crate::volume::TYPES,
    crate::volume_ref::TYPES,
    crate::wwan::TYPES,
    crate::wwan_metrics::TYPES,
    crate::zfs::TYPES,
];

/// Every type, topics included.
pub fn objects() -> impl Iterator<Item = &'static TypeInfo> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// A type by its own name, or by that of its topic.
pub fn find(name: &str) -> Option<&'static TypeInfo> {
    let by_topic = || topics().find(|info| info.topic.is_some_and(|topic| topic.name == name));
    objects().find(|info| info.name == name).or_else(by_topic)
}

/// Every topic.
pub fn topics() -> impl Iterator<Item = &'static TypeInfo> {
    objects().filter(|info| info.topic.is_some())
}
