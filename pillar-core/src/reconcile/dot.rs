//! The graphs as Graphviz sees them: `dot -Tsvg /run/zedrouter-current-state.dot`. The same graph always gives the
//! same text: groups and items come by name.
//!
//! Shapes and colours are those of EVE (spec/04, "DOT export"): a double octagon is observed, an arrow (`cds`) has
//! an operation under way; blue is under way, red failed, grey not there. An edge is red while the need is not
//! met, and leads to a dashed grey node if there is no such item at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::entry::{Edge, Entry, Form, Id, meets};
use super::graph::Graph;
use super::item::{Item, Key};
use super::status::State;

/// Which of both graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is intended.
    Intended,
    /// What is there.
    Current,
}

/// Hues of kinds lie between those of green and blue, as HSV has them.
const HUES: (f64, f64) = (1.0 / 3.0, 2.0 / 3.0);

/// How strongly an item that is not there, and one that is, are filled.
const SATURATIONS: (f64, f64) = (0.12, 0.60);

/// A group with its items and the groups in it.
#[derive(Default)]
struct Cluster<'g> {
    clusters: BTreeMap<&'g str, Cluster<'g>>,
    items: BTreeMap<&'g Key, Id>,
}

impl<I: Item> Graph<I> {
    /// One of both graphs in the Graphviz language. `title` names its outermost group.
    pub fn dot(&self, side: Side, title: &str) -> String {
        let kinds: Vec<&str> = {
            let mut kinds: Vec<&str> = self.ids().map(|id| self.entry(id).key.kind).collect();
            kinds.dedup();
            kinds
        };
        let mut root = Cluster::default();
        for id in self.ids() {
            let entry = self.entry(id);
            let (Some(group), Some(_)) = (&entry.group, form(entry, side)) else { continue };
            let path = group.split('/').filter(|part| !part.is_empty());
            path.fold(&mut root, |cluster, part| cluster.clusters.entry(part).or_default())
                .items
                .insert(&entry.key, id);
        }
        let mut out = String::from("digraph G {\n");
        self.write_cluster(&mut out, &root, &[title], side, &kinds);
        self.write_edges(&mut out, side);
        out.push_str("}\n");
        out
    }

    /// Graphviz takes clusters of one name as one, wherever they are: so they are named by their whole path.
    fn write_cluster(
        &self,
        out: &mut String,
        cluster: &Cluster<'_>,
        path: &[&str],
        side: Side,
        kinds: &[&str],
    ) {
        let pad = "  ".repeat(path.len());
        let (title, below) = (path[0], &path[1..]);
        let name = below.last().unwrap_or(&title);
        let id = if below.is_empty() { title.to_owned() } else { below.join("/") };
        let _ = writeln!(out, "{pad}subgraph cluster_{} {{", node_id(&id));
        let _ = writeln!(out, "{pad}  label = {};", quoted(name));
        for id in cluster.items.values() {
            self.write_node(out, *id, &pad, side, kinds);
        }
        for (name, inner) in &cluster.clusters {
            self.write_cluster(out, inner, &[path, &[*name]].concat(), side, kinds);
        }
        let _ = writeln!(out, "{pad}}}");
    }

    fn write_node(&self, out: &mut String, id: Id, pad: &str, side: Side, kinds: &[&str]) {
        let entry = self.entry(id);
        let Some(form) = form(entry, side) else { return };
        let (shape, colour) = match self.state_of(id) {
            Some(State::Observed) => ("doubleoctagon", "black"),
            Some(State::Busy(_)) => ("cds", "blue"),
            Some(State::Failed(_) | State::Circular) => ("ellipse", "red"),
            _ if entry.current.is_none() => ("ellipse", "grey"),
            _ => ("ellipse", "black"),
        };
        let at = kinds.binary_search(&entry.key.kind).unwrap_or(0) as f64;
        let hue = HUES.0 + (HUES.1 - HUES.0) * at / kinds.len() as f64;
        let there = entry.current.is_some() && !entry.unborn;
        let saturation = if there { SATURATIONS.1 } else { SATURATIONS.0 };
        let node = node_id(&entry.key.to_string());
        let label = quoted(&form.item.label());
        let _ = writeln!(
            out,
            "{pad}  {node} [label={label}, shape={shape}, color={colour}, style=filled, \
             fillcolor=\"{hue:.2} {saturation:.2} 1.00\"];"
        );
    }

    fn write_edges(&self, out: &mut String, side: Side) {
        let mut missing = BTreeSet::new();
        for id in self.ids() {
            let entry = self.entry(id);
            let Some(form) = form(entry, side) else { continue };
            for edge in &form.needs {
                let ground = self.entry(edge.to);
                if self::form(ground, side).is_none() && !ground.external {
                    missing.insert(&ground.key);
                }
                let colour = if self.is_met(edge, side) { "black" } else { "red" };
                let (from, to) = (node_id(&entry.key.to_string()), node_id(&ground.key.to_string()));
                let _ = writeln!(out, "  {from} -> {to} [color={colour}];");
            }
        }
        for key in missing {
            let node = node_id(&key.to_string());
            let label = quoted(&key.to_string());
            let _ = writeln!(out, "  {node} [label={label}, shape=ellipse, color=grey, style=dashed];");
        }
    }

    fn is_met(&self, edge: &Edge<I::Must>, side: Side) -> bool {
        let ground = self.entry(edge.to);
        form(ground, side).is_some_and(|form| meets(&*form.item, edge.must.as_ref()))
    }
}

/// An item's form on one side. What others own is on both.
fn form<I: Item>(entry: &Entry<I>, side: Side) -> Option<&Form<I>> {
    let form = match side {
        Side::Intended if !entry.external => &entry.intended,
        _ => &entry.current,
    };
    form.as_ref()
}

/// A name in the characters that Graphviz takes without quotes.
fn node_id(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(plain).collect()
}

fn quoted(text: &str) -> Arc<str> {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            _ => out.push(c),
        }
    }
    out.push('"');
    out.into()
}
