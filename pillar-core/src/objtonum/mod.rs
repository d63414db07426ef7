//! Numbers for objects: given once, remembered across reboots, given back or kept in reserve (spec/02, objtonum).
//! zedrouter numbers applications, bridges and interfaces by them, zedmanager counts purges.
//!
//! Everything is in the agent's own table, one record for each owner: there is no other state, so a restart needs
//! no loading, and what was given survives with the table. A number is given to one owner of its group at a time.
//!
//! | State of an owner | Event | Next |
//! |---|---|---|
//! | without | asks | in use: a free number, else that of the reserved owner who used it longest ago |
//! | without | asks, all are in use | without, [`NumError::NoneFree`] |
//! | in use, reserved | asks | in use, the same number, used now |
//! | in use | frees, keeping it in reserve | reserved |
//! | in use, reserved | frees | without |
//! | reserved | its number is given to another | without |
//! | reserved | collected, given before a time | without |

mod records;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use pillar_types::Time;
use pillar_types::topic::Topic;

use crate::node::{Agent, Context, Rng};

pub use records::Interface;

/// How a topic keeps numbers.
pub trait Record: Topic {
    /// Who has a number.
    type Owner: Clone + PartialEq;
    /// Numbers are given once within a group.
    type Group: Clone + PartialEq;

    /// A record of an owner's number.
    fn new(owner: &Self::Owner, number: Number) -> Self;

    /// The key of an owner's record.
    fn key_of(owner: &Self::Owner) -> String;

    /// The group of an owner.
    fn group_of(owner: &Self::Owner) -> Self::Group;

    /// Whose record it is.
    fn owner(&self) -> Self::Owner;

    /// The number.
    fn number(&self) -> Number;
}

/// A number that somebody has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Number {
    /// It.
    pub number: i64,
    /// What it numbers.
    pub num_type: String,
    /// When it was given.
    pub created: Time,
    /// When its owner last asked for it.
    pub last_used: Time,
    /// Otherwise it is only kept in reserve for its owner.
    pub in_use: bool,
}

/// Which number to give to an owner who has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The lowest that is free.
    #[default]
    Lowest,
    /// The highest that is free.
    Highest,
    /// Any that is free.
    Random,
    /// This one. An owner who has another already gets an error.
    Exactly(i64),
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumError {
    /// All are in use.
    NoneFree,
    /// The wanted number is another owner's, or out of range.
    NotFree(i64),
    /// The owner has this number already, and wants another.
    Has(i64),
    /// The record under this key numbers something else.
    OtherType(String),
    /// The owner has a number already.
    Exists(String),
    /// The owner is of another group.
    OtherGroup(String),
}

/// The numbers of one type in a topic, without rules how they are given. Maps share a topic if their owners differ.
#[derive(Clone, Copy, Debug)]
pub struct NumberMap<T> {
    num_type: &'static str,
    topic: PhantomData<fn() -> T>,
}

/// Gives numbers of a range to the owners of one group.
#[derive(Clone, Debug)]
pub struct Allocator<T: Record> {
    map: NumberMap<T>,
    group: T::Group,
    range: RangeInclusive<i64>,
}

impl<T: Record> NumberMap<T> {
    /// The numbers of this type.
    pub const fn new(num_type: &'static str) -> Self {
        NumberMap { num_type, topic: PhantomData }
    }

    /// An owner's number.
    pub fn get<A: Agent>(&self, cx: &Context<'_, A>, owner: &T::Owner) -> Option<Number> {
        let number = cx.own::<T>(&T::key_of(owner))?.number();
        (number.num_type == self.num_type).then_some(number)
    }

    /// All owners and their numbers, by key.
    pub fn all<A: Agent>(&self, cx: &Context<'_, A>) -> Vec<(T::Owner, Number)> {
        // A record under a key that is not its owner's is not ours, whoever wrote it.
        let records = cx.all_own::<T>().into_iter();
        let ours = records.filter(|(key, record)| **key == *T::key_of(&record.owner()));
        let numbers = ours.map(|(_, record)| (record.owner(), record.number()));
        numbers.filter(|(_, number)| number.num_type == self.num_type).collect()
    }

    /// Gives a number to an owner, who may have had another. With `exclusive` an owner who has one gets an error.
    pub fn assign<A: Agent>(
        &self,
        cx: &mut Context<'_, A>,
        owner: &T::Owner,
        number: i64,
        exclusive: bool,
    ) -> Result<(), NumError> {
        let now = Time::from(cx.now().wall);
        let key = T::key_of(owner);
        let before = cx.own::<T>(&key).map(|record| record.number());
        let created = match &before {
            Some(other) if other.num_type != self.num_type => return Err(NumError::OtherType(key)),
            Some(_) if exclusive => return Err(NumError::Exists(key)),
            Some(before) => before.created,
            None => now,
        };
        self.put(cx, owner, Number { number, created, last_used: now, in_use: true, ..Number::default() });
        Ok(())
    }

    /// Takes an owner's number away; `false` if it has none.
    pub fn delete<A: Agent>(&self, cx: &mut Context<'_, A>, owner: &T::Owner) -> bool {
        self.get(cx, owner).is_some() && cx.unpublish::<T>(&T::key_of(owner))
    }

    /// Keeps all numbers in reserve only. Called at start, before owners that are still there ask again.
    pub fn reserve_all<A: Agent>(&self, cx: &mut Context<'_, A>) {
        for (owner, number) in self.all(cx) {
            self.put(cx, &owner, Number { in_use: false, ..number });
        }
    }

    fn put<A: Agent>(&self, cx: &mut Context<'_, A>, owner: &T::Owner, number: Number) {
        let number = Number { num_type: self.num_type.to_owned(), ..number };
        cx.publish(&T::key_of(owner), T::new(owner, number));
    }
}

impl<T: Record> Allocator<T> {
    /// Gives the numbers of a range to owners of a group.
    pub fn new(map: NumberMap<T>, group: T::Group, range: RangeInclusive<u8>) -> Self {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        Allocator { map, group, range }
    }

    /// The group's owners and their numbers, by key.
    pub fn all<A: Agent>(&self, cx: &Context<'_, A>) -> Vec<(T::Owner, Number)> {
        let mut all = self.map.all(cx);
        all.retain(|(owner, _)| T::group_of(owner) == self.group);
        all
    }

    /// An owner's number: the one it has, or else one by the strategy. It is in use from now on.
    pub fn get_or_allocate<A: Agent>(
        &self,
        cx: &mut Context<'_, A>,
        owner: &T::Owner,
        strategy: Strategy,
    ) -> Result<i64, NumError> {
        if T::group_of(owner) != self.group {
            return Err(NumError::OtherGroup(T::key_of(owner)));
        }
        let number = match (self.map.get(cx, owner), strategy) {
            (Some(Number { number, .. }), Strategy::Exactly(wanted)) if number != wanted => {
                return Err(NumError::Has(number));
            }
            (Some(Number { number, .. }), _) => number,
            (None, strategy) => self.pick(cx, strategy)?,
        };
        self.map.assign(cx, owner, number, false)?;
        Ok(number)
    }

    /// A number for somebody new. The one who loses it, if any, has lost it when this returns.
    fn pick<A: Agent>(&self, cx: &mut Context<'_, A>, strategy: Strategy) -> Result<i64, NumError> {
        let all = self.all(cx);
        let taken: BTreeSet<i64> = all.iter().map(|(_, number)| number.number).collect();
        let mut free = self.range.clone().filter(|number| !taken.contains(number));
        let found = match strategy {
            Strategy::Lowest => free.next(),
            Strategy::Highest => free.next_back(),
            Strategy::Random => {
                let free: Vec<i64> = free.collect();
                let chosen = Rng::new(cx.rand()).below(free.len() as u64);
                free.get(chosen as usize).copied()
            }
            Strategy::Exactly(wanted) => {
                return free.find(|number| *number == wanted).ok_or(NumError::NotFree(wanted));
            }
        };
        if let Some(number) = found {
            return Ok(number);
        }
        let is_ours = |number: &Number| !number.in_use && self.range.contains(&number.number);
        let reserved = all.into_iter().filter(|(_, number)| is_ours(number));
        let (loser, Number { number, .. }) =
            reserved.min_by(|(_, a), (_, b)| a.last_used.cmp(&b.last_used)).ok_or(NumError::NoneFree)?;
        self.map.delete(cx, &loser);
        Ok(number)
    }

    /// Takes an owner's number back, or keeps it in reserve for it; `false` if it has none.
    pub fn free<A: Agent>(&self, cx: &mut Context<'_, A>, owner: &T::Owner, keep_reserved: bool) -> bool {
        match self.map.get(cx, owner).filter(|_| T::group_of(owner) == self.group) {
            None => false,
            Some(number) if keep_reserved => {
                self.map.put(cx, owner, Number { in_use: false, ..number });
                true
            }
            Some(_) => self.map.delete(cx, owner),
        }
    }

    /// Does that for all owners that are chosen.
    pub fn free_all<A: Agent>(
        &self,
        cx: &mut Context<'_, A>,
        chosen: impl Fn(&T::Owner) -> bool,
        keep_reserved: bool,
    ) {
        for (owner, _) in self.all(cx).into_iter().filter(|(owner, _)| chosen(owner)) {
            self.free(cx, &owner, keep_reserved);
        }
    }

    /// Takes back what is only in reserve and was given before a time.
    pub fn collect<A: Agent>(&self, cx: &mut Context<'_, A>, before: Time) {
        let is_old = |number: &Number| !number.in_use && number.created < before;
        for (owner, _) in self.all(cx).into_iter().filter(|(_, number)| is_old(number)) {
            self.map.delete(cx, &owner);
        }
    }

    /// Takes back what cannot be right, whoever wrote it: numbers out of range, and of several owners of one
    /// number all but one, by preference one that uses it, and the latest to do so. Called at start.
    pub fn mend<A: Agent>(&self, cx: &mut Context<'_, A>) {
        let mut all = self.all(cx);
        all.sort_by_key(|(_, number)| Reverse((number.in_use, number.last_used)));
        let mut seen = BTreeSet::new();
        for (owner, Number { number, .. }) in all {
            if !self.range.contains(&number) || !seen.insert(number) {
                self.map.delete(cx, &owner);
            }
        }
    }
}

impl fmt::Display for NumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NumError::NoneFree => f.write_str("no free number available"),
            NumError::NotFree(number) => write!(f, "number {number} is not free"),
            NumError::Has(number) => write!(f, "has number {number} already"),
            NumError::OtherType(key) => write!(f, "{key} numbers something else"),
            NumError::Exists(key) => write!(f, "{key} has a number already"),
            NumError::OtherGroup(key) => write!(f, "{key} is of another group"),
        }
    }
}

impl std::error::Error for NumError {}
