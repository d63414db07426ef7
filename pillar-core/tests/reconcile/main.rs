//! The reconciler, through its public API: rule by rule, and against a naive model.

mod dot;
mod model;
mod properties;
mod rules;

use pillar_core::reconcile::{Act, Graph, Item, Key, Need, Op, Update};
use pillar_core::time::Mono;

/// An item of these tests: what it is follows from its fields alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What can be changed in place, and what others may demand a least value of.
    pub level: u8,
    /// What cannot be changed in place.
    pub shape: u8,
    /// What it needs.
    pub needs: Vec<Need<u8>>,
}

impl Item for Part {
    type Must = u8;
    type Error = String;

    fn key(&self) -> Key {
        Key::new(self.kind, self.name.as_str())
    }

    fn needs(&self) -> Vec<Need<u8>> {
        self.needs.clone()
    }

    fn meets(&self, must: &u8) -> bool {
        self.level >= *must
    }

    fn update_to(&self, new: &Part) -> Update {
        if self.shape == new.shape { Update::InPlace } else { Update::Recreate }
    }
}

/// A part that needs these others, by name.
pub fn part(name: &str, needs: &[&str]) -> Part {
    let needs = needs.iter().map(|name| Need::of(key(name))).collect();
    Part { kind: "Part", name: name.into(), level: 0, shape: 0, needs }
}

/// A part that others own.
pub fn port(name: &str) -> Part {
    Part { kind: "Port", ..part(name, &[]) }
}

/// The key of a part, or of a port if its name begins so.
pub fn key(name: &str) -> Key {
    Key::new(if name.starts_with("eth") { "Port" } else { "Part" }, name)
}

impl Part {
    /// With another level.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.level = level;
        self
    }

    /// With another shape.
    #[must_use]
    pub fn shape(mut self, shape: u8) -> Self {
        self.shape = shape;
        self
    }

    /// With one more need.
    #[must_use]
    pub fn need(mut self, need: Need<u8>) -> Self {
        self.needs.push(need);
        self
    }
}

/// An operation as `create a`.
pub fn show(op: &Op<Part>) -> String {
    let verb = match &op.act {
        Act::Create(_) => "create",
        Act::Modify { .. } => "modify",
        Act::Delete(_) => "delete",
    };
    format!("{verb} {}", op.act.item().name)
}

/// A plan as `create a, create b`.
pub fn plan(graph: &mut Graph<Part>, now: Mono) -> (Vec<Op<Part>>, String) {
    let ops = graph.plan(now, usize::MAX);
    let text = ops.iter().map(show).collect::<Vec<_>>().join(", ");
    (ops, text)
}

/// Plans and answers that all is well until nothing is left; the plans, joined by `; `.
pub fn settle(graph: &mut Graph<Part>, now: Mono) -> String {
    let mut plans = Vec::new();
    loop {
        let (ops, text) = plan(graph, now);
        if ops.is_empty() {
            return plans.join("; ");
        }
        plans.push(text);
        for op in ops {
            assert!(graph.done(now, op.id, Ok(())));
        }
    }
}
