//! Numbers for objects, in the tables of an agent that stands for zedrouter.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pillar_core::bus::files::Layout;
use pillar_core::hal::{Hal, Unsupported};
use pillar_core::node::{Agent, AgentName, Change, Context, NodeConfig, TestNode};
use pillar_core::objtonum::{Allocator, Interface, NumError, Number, NumberMap, Strategy};
use pillar_hal::files::Files;
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_types::led::LedBlinkCounter;
use pillar_types::numbers::{AppInterfaceToNum, AppMacGenerator, UuidToNum};
use pillar_types::{Time, Uuid};

type Cx<'a> = Context<'a, Router>;
type Act = Box<dyn FnOnce(&mut Cx<'_>) + Send>;

const PEER: AgentName = AgentName("peer");

/// Does what it is told, inside a handler.
struct Router {
    acts: Arc<Mutex<VecDeque<Act>>>,
}

impl Agent for Router {
    const NAME: AgentName = AgentName("zedrouter");

    fn start(&mut self, cx: &mut Cx<'_>) {
        cx.subscribe(PEER, Self::on_bell);
    }
}

impl Router {
    fn on_bell(&mut self, _: Change<'_, LedBlinkCounter>, cx: &mut Cx<'_>) {
        let act = self.acts.lock().expect("no panic while it is held").pop_front();
        if let Some(act) = act {
            act(cx);
        }
    }
}

/// A node with that agent, on a disk of its own.
struct Bench {
    test: TestNode<Router>,
    acts: Arc<Mutex<VecDeque<Act>>>,
    disk: Arc<Mutex<Disk>>,
    bells: u8,
}

impl Bench {
    fn new() -> Self {
        let disk = Arc::new(Mutex::new(Disk::new(1 << 30)));
        let fs = SimFs::new(disk.clone(), Arc::new(Open), Arc::new(Unsupported));
        let hal = Hal { storage: Arc::new(Files::new(fs)), ..Hal::default() };
        let config = NodeConfig { files: Some(Layout::default()), ..NodeConfig::default() };
        let acts: Arc<Mutex<VecDeque<Act>>> = Arc::default();
        let told = acts.clone();
        let test = TestNode::start_on(hal, config, move || Router { acts: told.clone() });
        Bench { test, acts, disk, bells: 0 }
    }

    /// Runs something in a handler, a second later than what was run before.
    fn act<R: Send + 'static>(&mut self, act: impl FnOnce(&mut Cx<'_>) -> R + Send + 'static) -> R {
        let result = Arc::new(Mutex::new(None));
        let slot = result.clone();
        let act: Act = Box::new(move |cx| *slot.lock().expect("no panic while it is held") = Some(act(cx)));
        self.acts.lock().expect("no panic while it is held").push_back(act);
        self.test.pass(Duration::from_secs(1));
        self.bells = self.bells.wrapping_add(1);
        self.test.put(PEER, "bell", LedBlinkCounter { blink_counter: self.bells }).expect("a good key");
        result.lock().expect("no panic while it is held").take().expect("it was run")
    }

    fn ask(&mut self, number: u16, strategy: Strategy) -> Result<i64, NumError> {
        self.act(move |cx| apps().get_or_allocate(cx, &uuid(number), strategy))
    }

    fn free(&mut self, number: u16, keep_reserved: bool) -> bool {
        self.act(move |cx| apps().free(cx, &uuid(number), keep_reserved))
    }

    /// How many applications' numbers are in use, and how many in reserve.
    fn counts(&mut self) -> (usize, usize) {
        let all = self.act(|cx| apps().all(cx));
        let in_use = all.iter().filter(|(_, number)| number.in_use).count();
        (in_use, all.len() - in_use)
    }

    fn number(&mut self, number: u16) -> Option<Number> {
        self.act(move |cx| APPS.get(cx, &uuid(number)))
    }

    fn now(&self) -> Time {
        self.test.now().wall.into()
    }
}

const APPS: NumberMap<UuidToNum> = NumberMap::new("appNum");
const BRIDGES: NumberMap<UuidToNum> = NumberMap::new("bridgeNum");
const INTERFACES: NumberMap<AppInterfaceToNum> = NumberMap::new("appNumOnUnet");

fn apps() -> Allocator<UuidToNum> {
    Allocator::new(APPS, (), 1..=255)
}

fn interfaces(network_instance: Uuid) -> Allocator<AppInterfaceToNum> {
    Allocator::new(INTERFACES, network_instance, 0..=255)
}

fn uuid(number: u16) -> Uuid {
    let mut bytes = [7; 16];
    bytes[14..].copy_from_slice(&number.to_be_bytes());
    Uuid(bytes)
}

#[test]
fn ac02_47_a_full_set_gives_the_number_that_was_reserved_and_used_longest_ago() {
    // Given all 255 numbers in reserve only, that of owner 100 the one used longest ago …
    let mut bench = Bench::new();
    for owner in (100..=255).chain(1..100) {
        bench.ask(owner, Strategy::Lowest).expect("there is room");
    }
    for owner in 1..=255 {
        bench.free(owner, true);
    }
    assert_eq!(bench.counts(), (0, 255));

    // … when a new owner asks, then it gets that one.
    assert_eq!(bench.ask(1_000, Strategy::Lowest), Ok(1));
    assert_eq!(bench.number(100), None);
    assert_eq!(bench.counts(), (1, 254));

    // When all 255 are in use, then there is none.
    for owner in (1..=255).filter(|owner| *owner != 100) {
        bench.ask(owner, Strategy::Lowest).expect("its own");
    }
    assert_eq!(bench.counts(), (255, 0));
    let refused = bench.ask(1_001, Strategy::Random).expect_err("none is free");
    assert_eq!(refused.to_string(), "no free number available");
    assert_eq!(bench.counts(), (255, 0));
}

#[test]
fn ac02_48_an_interface_without_and_one_with_a_static_address_get_0_and_255() {
    // Given interfaces of an application on one network instance …
    let mut bench = Bench::new();
    let interface = |network_instance, if_idx| Interface {
        network_instance: uuid(network_instance),
        app: uuid(9),
        if_idx,
    };

    // … when one asks without, and one with a static address, then they get 0 and 255.
    let ask = |owner: Interface, strategy| {
        move |cx: &mut Cx<'_>| interfaces(owner.network_instance).get_or_allocate(cx, &owner, strategy)
    };
    assert_eq!(bench.act(ask(interface(1, 0), Strategy::Lowest)), Ok(0));
    assert_eq!(bench.act(ask(interface(1, 1), Strategy::Highest)), Ok(255));
    // On another network instance they may be the same.
    assert_eq!(bench.act(ask(interface(2, 0), Strategy::Lowest)), Ok(0));

    // And they are in the files where EVE has them.
    let disk = bench.disk.lock().expect("no panic while it is held");
    for (if_idx, number) in [(0, 0), (1, 255)] {
        let key = format!("{}-{}-{if_idx}", uuid(1), uuid(9));
        let file = format!("/persist/status/zedrouter/UUIDPairAndIfIdxToNum/{key}.json");
        let json = String::from_utf8(disk.get(Path::new(&file)).expect(&file).to_vec()).expect("JSON");
        let wanted = format!(
            r#"{{"BaseID":"{}","AppID":"{}","IfIdx":{if_idx},"Number":{number},"NumType":"appNumOnUnet","#,
            uuid(1),
            uuid(9)
        );
        assert!(json.starts_with(&wanted) && json.ends_with(r#","InUse":true}"#), "{json}");
    }
}

#[test]
fn each_strategy_picks_its_number_and_an_owner_keeps_what_it_has() {
    let mut bench = Bench::new();
    assert_eq!(bench.ask(1, Strategy::Lowest), Ok(1));
    assert_eq!(bench.ask(2, Strategy::Highest), Ok(255));
    assert_eq!(bench.ask(3, Strategy::Exactly(2)), Ok(2));
    assert_eq!(bench.ask(4, Strategy::Lowest), Ok(3));
    assert_eq!(bench.ask(5, Strategy::Exactly(2)), Err(NumError::NotFree(2)));
    assert_eq!(bench.ask(5, Strategy::Exactly(0)), Err(NumError::NotFree(0)), "out of range");
    assert_eq!(bench.ask(2, Strategy::Lowest), Ok(255), "it has one");
    assert_eq!(bench.ask(3, Strategy::Exactly(2)), Ok(2));
    assert_eq!(bench.ask(3, Strategy::Exactly(9)), Err(NumError::Has(2)));
    for owner in 10..200 {
        let random = bench.ask(owner, Strategy::Random).expect("there is room");
        assert!((4..255).contains(&random));
    }
    assert_eq!(bench.counts(), (194, 0));
}

#[test]
fn a_reserved_number_comes_back_to_its_owner_with_a_new_time() {
    let mut bench = Bench::new();
    bench.ask(1, Strategy::Exactly(7)).expect("it is free");
    let before = bench.number(1).expect("given");
    assert!(bench.free(1, true));
    let reserved = bench.number(1).expect("kept");
    assert_eq!(reserved, Number { in_use: false, ..before.clone() });
    assert_eq!(bench.ask(2, Strategy::Exactly(7)), Err(NumError::NotFree(7)), "reserved for another");

    assert_eq!(bench.ask(1, Strategy::Lowest), Ok(7));
    let after = bench.number(1).expect("given");
    assert_eq!((after.in_use, after.created), (true, before.created));
    assert!(after.last_used > before.last_used);

    assert!(bench.free(1, false));
    assert!(!bench.free(1, false) && !bench.free(1, true), "it has none");
    assert_eq!(bench.ask(2, Strategy::Exactly(7)), Ok(7));
}

#[test]
fn what_was_reserved_and_given_long_ago_is_collected() {
    let mut bench = Bench::new();
    for owner in 1..=2 {
        bench.ask(owner, Strategy::Lowest).expect("there is room");
    }
    let then = bench.now();
    bench.test.pass(Duration::from_secs(1));
    for owner in 3..=4 {
        bench.ask(owner, Strategy::Lowest).expect("there is room");
    }
    // Used again, but given before: that counts (spec/02, objtonum).
    bench.ask(1, Strategy::Lowest).expect("its own");
    for owner in [1, 3] {
        bench.free(owner, true);
    }
    bench.act(move |cx| apps().collect(cx, then.plus(pillar_types::Duration(1))));
    let left = bench.act(|cx| apps().all(cx));
    let left: Vec<Uuid> = left.into_iter().map(|(owner, _)| owner).collect();
    assert_eq!(left, [uuid(2), uuid(3), uuid(4)]);
}

#[test]
fn several_are_freed_at_once() {
    let mut bench = Bench::new();
    for owner in 1..=6 {
        bench.ask(owner, Strategy::Lowest).expect("there is room");
    }
    bench.act(|cx| apps().free_all(cx, |owner| *owner < uuid(3), false));
    bench.act(|cx| apps().free_all(cx, |owner| *owner > uuid(4), true));
    assert_eq!(bench.counts(), (2, 2));
    bench.act(|cx| APPS.reserve_all(cx));
    assert_eq!(bench.counts(), (0, 4));
}

#[test]
fn two_maps_share_a_topic_and_do_not_touch_each_other() {
    let mut bench = Bench::new();
    let bridges = || Allocator::new(BRIDGES, (), 1..=255);
    assert_eq!(bench.ask(1, Strategy::Lowest), Ok(1));
    assert_eq!(bench.act(move |cx| bridges().get_or_allocate(cx, &uuid(2), Strategy::Lowest)), Ok(1));
    let other = bench.act(move |cx| bridges().get_or_allocate(cx, &uuid(1), Strategy::Lowest));
    assert_eq!(other, Err(NumError::OtherType(uuid(1).to_string())));
    assert!(!bench.act(move |cx| bridges().free(cx, &uuid(1), false)));
    bench.act(|cx| BRIDGES.reserve_all(cx));
    assert!(bench.number(1).expect("given").in_use);
    assert_eq!(bench.test.published::<UuidToNum>().len(), 2);
}

#[test]
fn a_map_alone_counts_and_an_exclusive_assignment_fails_if_there_is_one() {
    const PURGES: NumberMap<AppMacGenerator> = NumberMap::new("appMACGenerator");
    let mut bench = Bench::new();
    let assign = |number, exclusive| move |cx: &mut Cx<'_>| PURGES.assign(cx, &uuid(1), number, exclusive);
    assert_eq!(bench.act(assign(5, true)), Ok(()));
    assert_eq!(bench.act(assign(6, true)), Err(NumError::Exists(uuid(1).to_string())));
    assert_eq!(bench.act(assign(6, false)), Ok(()));
    let number = bench.act(|cx| PURGES.get(cx, &uuid(1))).expect("assigned");
    assert_eq!((number.number, number.num_type.as_str()), (6, "appMACGenerator"));
    assert!(bench.act(|cx| PURGES.delete(cx, &uuid(1))));
    assert!(!bench.act(|cx| PURGES.delete(cx, &uuid(1))));
}

#[test]
fn an_owner_of_another_group_is_refused() {
    let mut bench = Bench::new();
    let owner = Interface { network_instance: uuid(1), app: uuid(9), if_idx: 0 };
    let asked = bench.act(move |cx| interfaces(uuid(2)).get_or_allocate(cx, &owner, Strategy::Lowest));
    assert!(matches!(asked, Err(NumError::OtherGroup(_))));
}

#[test]
fn records_that_cannot_be_right_are_mended() {
    // Given, from somewhere, two owners of one number, one out of range, and one under another's key …
    let mut bench = Bench::new();
    bench.ask(1, Strategy::Exactly(9)).expect("it is free");
    bench.act(|cx| {
        APPS.assign(cx, &uuid(2), 9, true).expect("a map has no rules");
        APPS.assign(cx, &uuid(3), 256, true).expect("a map has no rules");
        APPS.assign(cx, &uuid(4), -1, true).expect("a map has no rules");
        let record =
            UuidToNum { uuid: uuid(5), number: 10, num_type: "appNum".into(), ..UuidToNum::default() };
        cx.publish("somewhere", record);
    });
    bench.free(2, true);

    // … when they are mended, then the one that uses it keeps it, and the other numbers are free.
    bench.act(|cx| apps().mend(cx));
    let left = bench.act(|cx| apps().all(cx));
    assert_eq!(left.into_iter().map(|(owner, _)| owner).collect::<Vec<_>>(), [uuid(1)]);
    assert_eq!(bench.ask(6, Strategy::Exactly(10)), Ok(10));
}
