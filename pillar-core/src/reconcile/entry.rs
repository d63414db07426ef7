//! What the graph keeps about one item, and the words for what happens to it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::item::{Item, Key};
use crate::time::Mono;

/// How long after its first failure an operation is tried again; each further failure doubles it.
pub const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The longest wait before another try. An item that has been up for longer than this starts anew when it fails.
pub const LONGEST_RETRY: Duration = Duration::from_mins(1);

/// The place of an item in the graph.
pub(super) type Id = u32;

/// Names one operation of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub(super) u64);

/// What an operation does, in the order in which a plan lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpKind {
    /// Takes an item down.
    Delete,
    /// Changes an item in place.
    Modify,
    /// Puts an item up.
    Create,
}

/// An operation to carry out, with all that it takes.
#[derive(Debug)]
pub enum Act<I> {
    /// Put it up. After a failed try it may be there in part.
    Create(Arc<I>),
    /// Bring it from one form to the other. After a failed try it may be anywhere between.
    Modify {
        /// The last form that it had for certain.
        from: Arc<I>,
        /// The form that it shall have.
        to: Arc<I>,
    },
    /// Take it down. No error if it is not there.
    Delete(Arc<I>),
}

/// One operation of a plan. All operations of a plan are independent of each other.
#[derive(Debug)]
pub struct Op<I> {
    /// For the answer.
    pub id: OpId,
    /// What to do.
    pub act: Act<I>,
}

impl<I> Clone for Act<I> {
    fn clone(&self) -> Self {
        match self {
            Act::Create(item) => Act::Create(item.clone()),
            Act::Modify { from, to } => Act::Modify { from: from.clone(), to: to.clone() },
            Act::Delete(item) => Act::Delete(item.clone()),
        }
    }
}

impl<I> Clone for Op<I> {
    fn clone(&self) -> Self {
        Op { id: self.id, act: self.act.clone() }
    }
}

impl<I> Act<I> {
    /// What it does.
    pub fn kind(&self) -> OpKind {
        match self {
            Act::Create(_) => OpKind::Create,
            Act::Modify { .. } => OpKind::Modify,
            Act::Delete(_) => OpKind::Delete,
        }
    }

    /// The item in the form that it gets, or that it has if it is taken down.
    pub fn item(&self) -> &Arc<I> {
        match self {
            Act::Create(item) | Act::Modify { to: item, .. } | Act::Delete(item) => item,
        }
    }
}

/// What went wrong with an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure<E> {
    /// Why.
    pub error: E,
    /// What is tried again.
    pub during: OpKind,
    /// How many times in a row.
    pub tries: u32,
    /// When it is tried again.
    pub next_try: Mono,
}

/// How long to wait after `tries` failures in a row.
pub(super) fn back_off(tries: u32) -> Duration {
    FIRST_RETRY.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST_RETRY)
}

/// One need, resolved.
#[derive(Clone, PartialEq)]
pub(super) struct Edge<M> {
    pub to: Id,
    pub must: Option<M>,
    pub recreated_with: bool,
    pub gone_with: bool,
}

/// An item in one form, with its needs.
pub(super) struct Form<I: Item> {
    pub item: Arc<I>,
    pub needs: Vec<Edge<I::Must>>,
}

impl<I: Item> Clone for Form<I> {
    fn clone(&self) -> Self {
        Form { item: self.item.clone(), needs: self.needs.clone() }
    }
}

/// An operation that was planned and not answered yet.
pub(super) struct Flight<I: Item> {
    pub op: OpId,
    pub kind: OpKind,
    /// The form that a create or modify brings it to.
    pub target: Option<Form<I>>,
}

/// All about one item. One that nobody intends and that is not there exists only because others need it.
pub(super) struct Entry<I: Item> {
    pub key: Key,
    pub group: Option<Arc<str>>,
    pub intended: Option<Form<I>>,
    /// What is there as far as is known. While a create is under way, or after it failed, what may be there.
    pub current: Option<Form<I>>,
    /// Owned by others: observed, never touched.
    pub external: bool,
    /// Its needs lead back to itself.
    pub cyclic: bool,
    /// It can exist once everything is done: intended, and so is all that it needs.
    pub wanted: bool,
    /// It is there and must be taken down, if only to be put back.
    pub down: bool,
    /// What is there cannot be kept: half deleted, failed by itself, or made on what is gone.
    pub tainted: bool,
    /// A create was planned and has not succeeded yet: it may be there or not.
    pub unborn: bool,
    /// The last modify did not succeed: it may be anywhere between two forms.
    pub uncertain: bool,
    pub flight: Option<Flight<I>>,
    pub failure: Option<Failure<I::Error>>,
    /// How many failures in a row, kept while it is up for less than [`LONGEST_RETRY`].
    pub tries: u32,
    pub up_since: Mono,
    /// Those whose intended form needs it.
    pub intended_by: BTreeSet<Id>,
    /// Those whose current form needs it.
    pub used_by: BTreeSet<Id>,
    /// Those that wait until it is as intended.
    pub waiters: BTreeSet<Id>,
    /// The epoch in which it was last seen ready, see `Graph::blocker`.
    pub ready_in: u64,
}

impl<I: Item> Entry<I> {
    pub fn new(key: Key) -> Self {
        Entry {
            key,
            group: None,
            intended: None,
            current: None,
            external: false,
            cyclic: false,
            wanted: false,
            down: false,
            tainted: false,
            unborn: false,
            uncertain: false,
            flight: None,
            failure: None,
            tries: 0,
            up_since: Mono(0),
            intended_by: BTreeSet::new(),
            used_by: BTreeSet::new(),
            waiters: BTreeSet::new(),
            ready_in: 0,
        }
    }

    /// It is as intended, and nothing is about to happen to it.
    pub fn settled(&self) -> bool {
        self.external || (self.as_intended() && !self.down && self.flight.is_none())
    }

    /// What is there is what is intended. Equal forms share one allocation, see [`unify`](Self::unify), so that
    /// whole tables are compared only when they change.
    pub fn as_intended(&self) -> bool {
        match (&self.intended, &self.current) {
            (None, None) => true,
            (Some(intended), Some(current)) => {
                Arc::ptr_eq(&intended.item, &current.item) && !self.unborn && !self.uncertain
            }
            _ => false,
        }
    }

    /// Lets equal forms share one allocation. To be called whenever one of them was set.
    pub fn unify(&mut self) {
        if let (Some(intended), Some(current)) = (&mut self.intended, &self.current)
            && intended.item == current.item
        {
            intended.item = current.item.clone();
        }
    }

    /// Nothing is known of it any more.
    pub fn idle(&self) -> bool {
        self.intended.is_none()
            && self.current.is_none()
            && self.flight.is_none()
            && self.intended_by.is_empty()
            && self.used_by.is_empty()
    }
}

/// Whether `item` is as an edge demands.
pub(super) fn meets<I: Item>(item: &I, must: Option<&I::Must>) -> bool {
    must.is_none_or(|must| item.meets(must))
}
