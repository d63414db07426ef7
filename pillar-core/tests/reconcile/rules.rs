//! Rule by rule.

use std::time::Duration;

use pillar_core::reconcile::{FIRST_RETRY, Graph, LONGEST_RETRY, Need, OpKind, State};
use pillar_core::time::Mono;

use super::{Part, key, part, plan, port, settle};

const T0: Mono = Mono(1_000_000_000);

fn graph(parts: &[Part]) -> Graph<Part> {
    let mut graph = Graph::new();
    graph.set_group("all", parts.iter().cloned());
    settle(&mut graph, T0);
    graph
}

fn failure(graph: &Graph<Part>, name: &str) -> (String, u32, Mono) {
    match graph.state(&key(name)) {
        Some(State::Failed(failure)) => (failure.error.clone(), failure.tries, failure.next_try),
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn items_come_in_the_order_of_their_needs_and_go_in_the_reverse() {
    let mut graph = Graph::new();
    graph.set_group("all", [part("c", &["b", "a"]), part("b", &["a"]), part("a", &[]), part("x", &[])]);
    assert_eq!(settle(&mut graph, T0), "create a, create x; create b; create c");
    graph.set_group("all", [part("x", &[])]);
    assert_eq!(settle(&mut graph, T0), "delete c; delete b; delete a");
    assert_eq!(graph.state(&key("a")), None, "forgotten");
}

#[test]
fn a_change_in_place_leaves_alone_what_stands_on_it() {
    let mut graph = graph(&[part("a", &[]), part("b", &["a"])]);
    graph.put("all", part("a", &[]).level(1));
    assert_eq!(settle(&mut graph, T0), "modify a");
}

#[test]
fn recreating_takes_down_what_stands_on_it_and_puts_it_back() {
    let mut graph = graph(&[part("a", &[]), part("b", &["a"]), part("c", &["b"]), part("x", &[])]);
    graph.put("all", part("a", &[]).shape(1));
    assert_eq!(settle(&mut graph, T0), "delete c; delete b; delete a; create a; create b; create c");
}

#[test]
fn a_need_can_ask_to_be_recreated_with_it() {
    let with = part("b", &[]).need(Need::of(key("a")).recreated_with());
    let mut graph = graph(&[part("a", &[]), with]);
    graph.put("all", part("a", &[]).level(1));
    assert_eq!(settle(&mut graph, T0), "delete b; modify a; create b");
}

#[test]
fn what_a_change_no_longer_suits_goes_before_it_and_stays_pending() {
    let strict = part("b", &[]).need(Need::of(key("a")).that(5));
    let mut graph = graph(&[part("a", &[]).level(9), strict]);
    graph.put("all", part("a", &[]).level(1));
    assert_eq!(settle(&mut graph, T0), "delete b; modify a");
    assert_eq!(graph.state(&key("b")), Some(State::Pending(&key("a"))));
    graph.put("all", part("a", &[]).level(5));
    assert_eq!(settle(&mut graph, T0), "modify a; create b");
}

#[test]
fn a_form_that_needs_more_waits_for_it_in_its_old_form() {
    let mut graph = graph(&[part("a", &[]).level(1), part("b", &[]).need(Need::of(key("a")).that(1))]);
    graph.put("all", part("b", &[]).level(1).need(Need::of(key("a")).that(2)).need(Need::of(key("c"))));
    graph.put("all", part("a", &[]).level(2));
    graph.put("all", part("c", &[]));
    assert_eq!(settle(&mut graph, T0), "modify a, create c; modify b");
}

#[test]
fn observed_items_are_never_touched_and_what_stands_on_them_follows() {
    let mut graph = graph(&[part("b", &["eth0"])]);
    assert_eq!(graph.state(&key("b")), Some(State::Pending(&key("eth0"))));
    graph.observe("ports", port("eth0"));
    assert_eq!(settle(&mut graph, T0), "create b");
    graph.observe("ports", port("eth0").level(3));
    assert_eq!(settle(&mut graph, T0), "", "changed, but still there");
    graph.observe("ports", port("eth0").shape(1));
    assert_eq!(settle(&mut graph, T0), "delete b; create b", "another one of the same name");
    graph.observe_group("ports", []);
    assert_eq!(settle(&mut graph, T0), "delete b");
    assert_eq!(graph.state(&key("eth0")), None);
}

#[test]
fn what_the_system_removes_with_a_port_is_not_deleted() {
    let mut graph = graph(&[
        part("b", &[]).need(Need::of(key("eth0")).gone_with()),
        part("c", &[]).need(Need::of(key("b")).gone_with()),
        part("d", &["c"]),
    ]);
    graph.observe("ports", port("eth0"));
    assert_eq!(settle(&mut graph, T0), "create b; create c; create d");
    graph.vanish(&key("eth0"));
    graph.observe("ports", port("eth0"));
    assert_eq!(settle(&mut graph, T0), "delete d, create b; create c; create d");
}

#[test]
fn a_failure_is_tried_again_later_and_later() {
    let mut graph = Graph::new();
    graph.set_group("all", [part("a", &[]), part("b", &["a"]), part("x", &[])]);
    let mut now = T0;
    let mut waits = Vec::new();
    for tries in 1..=9 {
        let (ops, text) = plan(&mut graph, now);
        assert_eq!(text, if tries == 1 { "create a, create x" } else { "create a" });
        for op in ops {
            let bad = op.act.item().name == "a";
            graph.done(now, op.id, if bad { Err("no".into()) } else { Ok(()) });
        }
        assert_eq!(plan(&mut graph, now).1, "");
        let next = graph.next_try().expect("it failed");
        assert_eq!(failure(&graph, "a"), ("no".into(), tries, next));
        waits.push(next.since(now).as_secs());
        now = next;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(settle(&mut graph, now), "create a; create b");
    assert_eq!(graph.next_try(), None);
    assert!(graph.group("all").settled());
}

#[test]
fn a_new_form_of_what_failed_is_tried_at_once_on_clean_ground() {
    let mut graph = Graph::new();
    graph.put("all", part("a", &[]));
    let op = plan(&mut graph, T0).0.remove(0);
    graph.done(T0, op.id, Err("half done".into()));
    graph.put("all", part("a", &[]).level(1));
    assert_eq!(settle(&mut graph, T0), "delete a; create a");
    graph.put("all", part("a", &[]).level(2));
    let op = plan(&mut graph, T0).0.remove(0);
    graph.done(T0, op.id, Err("half done".into()));
    graph.put("all", part("a", &[]).level(1));
    assert_eq!(settle(&mut graph, T0), "modify a", "it may be anywhere between 1 and 2");
}

#[test]
fn what_failed_and_is_not_wanted_any_more_is_cleaned_up() {
    let mut graph = Graph::new();
    graph.put("all", part("a", &[]));
    let op = plan(&mut graph, T0).0.remove(0);
    graph.done(T0, op.id, Err("half done".into()));
    graph.remove(&key("a"));
    let op = plan(&mut graph, T0).0.remove(0);
    graph.done(T0, op.id, Err("busy".into()));
    assert_eq!(plan(&mut graph, T0).1, "");
    assert_eq!(settle(&mut graph, T0 + FIRST_RETRY), "delete a");
}

#[test]
fn changes_wait_while_an_operation_is_under_way() {
    let mut graph = Graph::new();
    graph.put("all", part("a", &[]));
    let (ops, _) = plan(&mut graph, T0);
    graph.put("all", part("a", &[]).level(1));
    graph.put("all", part("a", &[]).level(2));
    assert_eq!(plan(&mut graph, T0).1, "");
    assert_eq!(graph.state(&key("a")), Some(State::Busy(OpKind::Create)));
    assert!(graph.done(T0, ops[0].id, Ok(())));
    assert!(!graph.done(T0, ops[0].id, Ok(())), "answered already");
    let (ops, text) = plan(&mut graph, T0);
    assert_eq!((text.as_str(), ops[0].act.item().level), ("modify a", 2));
    graph.remove(&key("a"));
    graph.put("all", part("a", &[]).level(2));
    graph.done(T0, ops[0].id, Ok(()));
    assert_eq!(settle(&mut graph, T0), "", "as intended again");
}

#[test]
fn what_was_lost_comes_back_after_a_back_off_that_grows_while_it_keeps_failing() {
    let mut graph = graph(&[part("dnsmasq", &[]), part("on", &["dnsmasq"])]);
    let mut now = T0 + LONGEST_RETRY + Duration::from_secs(1);
    for wait in [1, 2, 4] {
        graph.lost(now, &key("dnsmasq"), "killed".into());
        assert_eq!(failure(&graph, "dnsmasq").0, "killed");
        assert_eq!(settle(&mut graph, now), "delete on; delete dnsmasq");
        let next = graph.next_try().expect("it was lost");
        assert_eq!(next.since(now).as_secs(), wait);
        now = next;
        assert_eq!(settle(&mut graph, now), "create dnsmasq; create on");
    }
    now = now + LONGEST_RETRY + Duration::from_secs(1);
    graph.lost(now, &key("dnsmasq"), "killed".into());
    assert_eq!(failure(&graph, "dnsmasq").1, 1, "it had been up for long");
}

#[test]
fn a_plan_has_a_bound() {
    let mut graph = Graph::new();
    graph.set_group("all", (0..10).map(|n| part(&format!("p{n}"), &[])));
    let sizes: Vec<usize> = (0..4).map(|_| graph.plan(T0, 4).len()).collect();
    assert_eq!(sizes, [4, 4, 2, 0]);
}

#[test]
fn what_is_adopted_stays_if_it_is_intended_and_goes_if_not() {
    let mut graph = Graph::new();
    for item in [part("a", &[]), part("b", &["a"]).level(1), part("old", &["gone"])] {
        graph.adopt("all", item);
    }
    graph.set_group("all", [part("a", &[]), part("b", &["a"])]);
    assert_eq!(settle(&mut graph, T0), "delete old, modify b");
}

#[test]
fn needs_that_lead_back_hold_back_only_what_they_concern() {
    let mut graph = Graph::new();
    graph.set_group("all", [part("a", &["b"]), part("b", &["c"]), part("c", &["a"]), part("on", &["a"])]);
    graph.put("all", part("self", &["self"]));
    graph.put("all", part("x", &[]));
    assert_eq!(settle(&mut graph, T0), "create x");
    assert_eq!(graph.state(&key("c")), Some(State::Circular));
    assert_eq!(graph.state(&key("on")), Some(State::Pending(&key("c"))));
    assert_eq!(graph.group("all").circular, [&key("c"), &key("self")]);
    graph.put("all", part("b", &[]));
    graph.remove(&key("self"));
    assert_eq!(settle(&mut graph, T0), "create b; create a; create c, create on");
}

#[test]
fn two_items_that_swap_a_resource_never_hold_it_both() {
    // The reservation is the resource: who may use it is its level, and each user demands its own.
    let reserve = |name: &str, shape| part(name, &[]).shape(shape);
    let mut graph = graph(&[reserve("r1", 1), reserve("r2", 2), part("one", &["r1"]), part("two", &["r2"])]);
    graph.set_group("all", [reserve("r1", 2), reserve("r2", 1), part("one", &["r2"]), part("two", &["r1"])]);
    assert_eq!(
        settle(&mut graph, T0),
        "delete one, delete two; delete r1, delete r2; create r1, create r2; create one, create two"
    );
}

#[test]
fn a_change_of_one_group_visits_no_other() {
    let mut graph = Graph::new();
    let bridge = |n| part(&format!("bridge{n}"), &["eth0"]);
    let name = |n, m| format!("port{n}-{m}");
    let ports = |n| (0..10).map(move |m| part(&name(n, m), &[&*format!("bridge{n}")]));
    graph.observe("ports", port("eth0"));
    for n in 0..100 {
        graph.set_group(&format!("NI-{n}/L2"), [bridge(n)]);
        graph.set_group(&format!("NI-{n}/apps"), ports(n));
    }
    settle(&mut graph, T0);
    graph.take_changed();
    let before = graph.visits();
    graph.set_group("NI-7/L2", [bridge(7)]);
    assert_eq!(plan(&mut graph, T0).1, "");
    assert_eq!(graph.visits(), before, "nothing changed");
    graph.set_group(
        "NI-7/apps",
        ports(7).map(|port| if port.name == "port7-3" { port.level(1) } else { port }),
    );
    assert_eq!(settle(&mut graph, T0), "modify port7-3");
    assert!(graph.visits() - before < 10, "{} visits", graph.visits() - before);
    assert_eq!(graph.take_changed().into_iter().collect::<Vec<_>>(), ["NI-7/apps".into()]);
    graph.remove_group("NI-7");
    assert_eq!(settle(&mut graph, T0).matches("delete").count(), 11);
    assert!(graph.visits() - before < 100, "{} visits", graph.visits() - before);
    assert_eq!(graph.keys("NI-7").count(), 0);
    assert_eq!(graph.keys("NI-70").count(), 11, "whose name only begins so");
}
