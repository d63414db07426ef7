//! Jobs: keys, lanes, scopes, progress, and what happens to each request.

use std::collections::VecDeque;
use std::time::Duration;

use pillar_core::hal::{Hal, Progress, Scope};
use pillar_core::node::{
    Agent, AgentName, Change, Context, Failed, GRACE, JobSpec, JobStart, Lane, MAX_JOBS, MAX_STUCK, Node,
    NodeConfig, Trouble,
};
use pillar_core::time::{Mono, Now, Wall};

use crate::{Item, Log, PEER};

/// Starts a job for each item: `<lane> <key> <what the job says>`.
struct Foreman {
    log: Log,
}

impl Agent for Foreman {
    const NAME: AgentName = AgentName("foreman");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        self.log.note("start");
        cx.subscribe(PEER, Self::on_order);
    }
}

impl Foreman {
    fn on_order(&mut self, change: Change<'_, Item>, cx: &mut Context<'_, Self>) {
        let Some(item) = change.value() else { return };
        let words: Vec<&str> = item.field_a.split(' ').collect();
        match words[..] {
            ["crash"] => panic!("told to"),
            ["cancel", key] => cx.cancel(key),
            ["flood"] => {
                for n in 0..=MAX_JOBS {
                    cx.job(
                        Lane::Compute,
                        &n.to_string(),
                        |_, _| (),
                        |foreman, key, result, _| {
                            foreman.log.note(format!("{key} {result:?}"));
                        },
                    );
                }
            }
            ["limited", key, seconds] => {
                let limit = Duration::from_secs(seconds.parse().expect("a number"));
                let spec = JobSpec { lane: Lane::Process, key, limit };
                cx.job_with(spec, work("late"), Self::on_done, Some(Self::on_progress));
            }
            [lane, key, says] => {
                let lane = if lane == "store" { Lane::Store } else { Lane::Process };
                cx.job(lane, key, work(says), Self::on_done);
            }
            _ => {}
        }
    }

    fn on_done(&mut self, key: &str, result: Result<String, Failed>, _: &mut Context<'_, Self>) {
        self.log.note(match result {
            Ok(said) => format!("{key} said {said}"),
            Err(Failed::Panicked(detail)) => format!("{key} panicked: {}", detail.message),
            Err(failed) => format!("{key} {failed:?}"),
        });
    }

    fn on_progress(&mut self, key: &str, progress: Progress, _: &mut Context<'_, Self>) {
        self.log.note(format!("{key} at {}", progress.done));
    }
}

fn work(says: &str) -> impl FnOnce(&Hal, &Scope) -> String + Send + 'static {
    let says = says.to_owned();
    move |_, scope| {
        assert!(says != "panic", "the job was told to");
        for done in 1..=3 {
            scope.progress(Progress { done, total: 3 });
        }
        if scope.cancelled() { "stopped".to_owned() } else { says }
    }
}

/// A node whose jobs run when the test says so.
struct Yard {
    node: Node,
    log: Log,
    now: Now,
    started: VecDeque<JobStart>,
}

impl Yard {
    fn new() -> Self {
        let log = Log::default();
        let noted = log.clone();
        let mut node = Node::new(NodeConfig::default());
        node.add(move || Foreman { log: noted.clone() });
        let now = Now { mono: Mono(1), wall: Wall(1) };
        let mut yard = Yard { node, log, now, started: VecDeque::new() };
        yard.run();
        yard.log.take();
        yard
    }

    fn order(&mut self, text: &str) {
        self.node.put(PEER, "order", Some(Item::new(text).into())).expect("room");
        self.run();
    }

    fn run(&mut self) {
        let next = self.node.poll(self.now, 1_000_000);
        self.started.extend(next.jobs);
    }

    fn pass(&mut self, seconds: u64) {
        self.now.mono = self.now.mono + Duration::from_secs(seconds);
        self.now.wall = self.now.wall + Duration::from_secs(seconds);
        self.run();
    }

    fn keys(&self) -> Vec<&str> {
        self.started.iter().map(JobStart::key).collect()
    }

    /// Runs the job that was started first.
    fn finish(&mut self) {
        let job = self.started.pop_front().expect("a job was started");
        let id = job.id();
        let out = job.run(&Hal::default());
        self.node.job_done(id, out);
        self.run();
    }
}

#[test]
fn a_taken_key_makes_the_next_request_wait_and_none_is_lost() {
    let mut yard = Yard::new();
    for says in ["one", "two", "three"] {
        yard.order(&format!("process k {says}"));
    }
    assert_eq!(yard.keys(), ["k"]);
    for says in ["one", "two", "three"] {
        yard.finish();
        assert_eq!(yard.log.take(), [format!("k said {says}")]);
    }
    assert!(yard.started.is_empty());
}

#[test]
fn a_full_lane_holds_its_own_requests_only() {
    let mut yard = Yard::new();
    for n in 0..10 {
        yard.order(&format!("process p{n} x"));
    }
    assert_eq!(yard.started.len(), Lane::DEFAULT_PLACES[Lane::Process as usize]);
    yard.order("store s x");
    assert_eq!(yard.keys().last(), Some(&"s"));
    yard.finish();
    assert_eq!(yard.keys().last(), Some(&"p4"));
}

/// Asks for one job, and says when it is done.
struct Modest {
    log: Log,
}

impl Agent for Modest {
    const NAME: AgentName = AgentName("modest");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Item>(MODEST, |_, _, cx| {
            cx.job(Lane::Process, "modest", |_, _| (), |modest, _, _, _| modest.log.note("modest is served"));
        });
    }
}

/// Tells the modest agent to ask.
const MODEST: AgentName = AgentName("for modest");

impl Yard {
    fn with_modest() -> Self {
        let mut yard = Yard::new();
        let noted = yard.log.clone();
        yard.node.add(move || Modest { log: noted.clone() });
        yard.run();
        yard
    }

    fn ask_modest(&mut self) {
        self.node.put(MODEST, "order", Some(Item::new("ask").into())).expect("room");
        self.run();
    }
}

#[test]
fn an_agent_that_floods_a_lane_lets_others_have_their_turn() {
    let mut yard = Yard::with_modest();
    for n in 0..100 {
        yard.order(&format!("process p{n} x"));
    }
    yard.ask_modest();
    for _ in 0..2 {
        yard.finish();
    }
    assert!(yard.keys().contains(&"modest"), "after the running ones it is its turn: {:?}", yard.keys());
}

#[test]
fn jobs_that_never_end_give_their_places_back_and_keep_their_keys() {
    let places = Lane::DEFAULT_PLACES[Lane::Process as usize];
    let mut yard = Yard::with_modest();
    for n in 0..places {
        yard.order(&format!("limited stuck{n} 5"));
    }
    yard.ask_modest();
    assert_eq!(yard.started.len(), places, "they have all places");
    yard.pass(6);
    yard.pass(GRACE.as_secs() * 2);
    assert_eq!(yard.node.reports().total(), places as u64);
    assert_eq!(yard.keys().last(), Some(&"modest"));
    yard.order("limited stuck0 5");
    assert_eq!(yard.started.len(), places + 1, "its key is taken still");
    yard.finish();
    assert_eq!(yard.keys().last(), Some(&"stuck0"), "it has ended after all");
}

#[test]
fn places_lost_to_jobs_that_never_end_are_bounded() {
    let mut yard = Yard::new();
    for n in 0..100 {
        yard.order(&format!("limited stuck{n} 5"));
    }
    for _ in 0..100 {
        yard.pass(6);
        yard.pass(GRACE.as_secs() * 2);
    }
    assert_eq!(yard.started.len(), Lane::DEFAULT_PLACES[Lane::Process as usize] + MAX_STUCK);
}

#[test]
fn a_cancelled_request_is_answered_whether_it_runs_or_waits() {
    let mut yard = Yard::new();
    yard.order("process k one");
    yard.order("process k two");
    yard.order("cancel k");
    assert_eq!(yard.log.take(), ["k Cancelled"], "the waiting one, at once");
    yard.finish();
    assert_eq!(yard.log.take(), ["k Cancelled"], "the running one, when it has ended");
    yard.order("process k again");
    yard.finish();
    assert_eq!(yard.log.take(), ["k said again"]);
}

#[test]
fn a_job_that_panics_is_a_result_and_a_report() {
    let mut yard = Yard::new();
    yard.order("process k panic");
    yard.finish();
    assert_eq!(yard.log.take(), ["k panicked: the job was told to"]);
    let report = yard.node.reports().iter().next().expect("reported").to_string();
    assert!(report.starts_with("foreman: job k crashed: the job was told to"), "{report}");
}

#[test]
fn a_job_out_of_time_is_told_to_stop_and_named_if_it_does_not() {
    let mut yard = Yard::new();
    yard.order("limited k 5");
    yard.pass(6);
    assert!(yard.log.take().is_empty(), "it has not ended yet");
    yard.pass(GRACE.as_secs() * 2);
    let report = yard.node.reports().iter().next().expect("reported");
    assert_eq!(report.agent, Foreman::NAME);
    assert_eq!(report.trouble, Trouble::Overdue { key: "k".to_owned(), lane: Lane::Process });
    yard.order("process other fine");
    assert_eq!(yard.keys(), ["k", "other"], "the others go on");
    yard.finish();
    assert_eq!(yard.log.take(), ["k TimedOut"]);
}

#[test]
fn progress_is_told_as_its_latest_value() {
    let mut yard = Yard::new();
    yard.order("limited k 5");
    let job = yard.started.pop_front().expect("started");
    let id = job.id();
    let out = job.run(&Hal::default());
    yard.run();
    assert_eq!(yard.log.take(), ["k at 3"]);
    yard.node.job_done(id, out);
    yard.run();
    assert_eq!(yard.log.take(), ["k said late"]);
}

#[test]
fn a_key_stays_taken_across_a_crash_of_its_agent() {
    let mut yard = Yard::new();
    yard.order("process k before");
    yard.order("crash");
    yard.node.put::<Item>(PEER, "order", None).expect("room");
    yard.pass(2);
    yard.order("process k after");
    assert_eq!(yard.keys(), ["k"], "the old job holds the key");
    yard.log.take();
    yard.finish();
    assert!(yard.log.take().is_empty(), "a result for an earlier life is dropped");
    yard.finish();
    assert_eq!(yard.log.take(), ["k said after"]);
}

#[test]
fn one_request_too_many_is_answered_and_reported() {
    let mut yard = Yard::new();
    yard.order("flood");
    assert_eq!(yard.log.take(), [format!("{MAX_JOBS} Err(Refused)")]);
    let report = yard.node.reports().iter().next().expect("reported");
    assert_eq!(report.trouble, Trouble::TooMany { what: "jobs", limit: MAX_JOBS });
}
