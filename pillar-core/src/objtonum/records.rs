//! The topics that keep numbers (spec/02, Number-allocation records).

use pillar_types::Uuid;
use pillar_types::numbers::{AppInterfaceToNum, AppMacGenerator, UuidToNum};

use super::{Number, Record};

/// An interface of an application on a network instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The network instance.
    pub network_instance: Uuid,
    /// The application.
    pub app: Uuid,
    /// Which of the application's interfaces there.
    pub if_idx: u32,
}

impl Record for UuidToNum {
    type Owner = Uuid;
    type Group = ();

    fn new(uuid: &Uuid, number: Number) -> Self {
        UuidToNum {
            uuid: *uuid,
            number: number.number,
            num_type: number.num_type,
            create_time: number.created,
            last_use_time: number.last_used,
            in_use: number.in_use,
            ..UuidToNum::default()
        }
    }

    fn key_of(uuid: &Uuid) -> String {
        uuid.to_string()
    }

    fn group_of(_: &Uuid) {}

    fn owner(&self) -> Uuid {
        self.uuid
    }

    fn number(&self) -> Number {
        Number {
            number: self.number,
            num_type: self.num_type.clone(),
            created: self.create_time,
            last_used: self.last_use_time,
            in_use: self.in_use,
        }
    }
}

impl Record for AppMacGenerator {
    type Owner = Uuid;
    type Group = ();

    fn new(uuid: &Uuid, number: Number) -> Self {
        AppMacGenerator { record: Some(Box::new(UuidToNum::new(uuid, number))), ..AppMacGenerator::default() }
    }

    fn key_of(uuid: &Uuid) -> String {
        uuid.to_string()
    }

    fn group_of(_: &Uuid) {}

    fn owner(&self) -> Uuid {
        self.record.as_deref().map_or(Uuid::NIL, |record| record.uuid)
    }

    fn number(&self) -> Number {
        self.record.as_deref().map(UuidToNum::number).unwrap_or_default()
    }
}

impl Record for AppInterfaceToNum {
    type Owner = Interface;
    /// The network instance: interfaces of different ones may have the same number.
    type Group = Uuid;

    fn new(owner: &Interface, number: Number) -> Self {
        AppInterfaceToNum {
            network_instance: owner.network_instance,
            app: owner.app,
            if_idx: owner.if_idx,
            number: number.number,
            num_type: number.num_type,
            create_time: number.created,
            last_use_time: number.last_used,
            in_use: number.in_use,
            ..AppInterfaceToNum::default()
        }
    }

    fn key_of(owner: &Interface) -> String {
        AppInterfaceToNum {
            network_instance: owner.network_instance,
            app: owner.app,
            if_idx: owner.if_idx,
            ..AppInterfaceToNum::default()
        }
        .key()
    }

    fn group_of(owner: &Interface) -> Uuid {
        owner.network_instance
    }

    fn owner(&self) -> Interface {
        Interface { network_instance: self.network_instance, app: self.app, if_idx: self.if_idx }
    }

    fn number(&self) -> Number {
        Number {
            number: self.number,
            num_type: self.num_type.clone(),
            created: self.create_time,
            last_used: self.last_use_time,
            in_use: self.in_use,
        }
    }
}
