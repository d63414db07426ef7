//! Pools of jobs: the bound, duplicates, results that wait.

use std::collections::VecDeque;
use std::time::Duration;

use pillar_core::hal::Hal;
use pillar_core::node::{Agent, AgentName, Change, Context, Failed, GRACE, JobStart, Lane, Node, NodeConfig};
use pillar_core::time::{Mono, Now, Wall};
use pillar_core::worker::Pool;

use crate::{Item, Log, PEER};

/// Installs what it is told to, as baseosmgr does.
struct Installer {
    log: Log,
    pool: Pool<String>,
}

impl Agent for Installer {
    const NAME: AgentName = AgentName("installer");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(PEER, Self::on_order);
    }
}

impl Installer {
    fn on_order(&mut self, change: Change<'_, Item>, cx: &mut Context<'_, Self>) {
        let Some(item) = change.value() else { return };
        let (order, key) = item.field_a.split_once(' ').expect("an order and a key");
        let text = key.to_owned();
        let work = move |_: &Hal, _: &_| {
            assert!(!text.starts_with("bad"), "it is bad");
            format!("{text} installed")
        };
        let said = match order {
            "try" => self.pool.try_submit(cx, key, work, Self::on_installed).map_err(|why| why.to_string()),
            "submit" => self.pool.submit(cx, key, work, Self::on_installed).map_err(|why| why.to_string()),
            "cancel" => {
                self.pool.cancel(cx, key);
                Ok(())
            }
            _ => Err(match self.pool.pop(key) {
                Some(finished) => format!("{:?} at {}", finished.result, finished.at.0),
                None => "nothing".to_owned(),
            }),
        };
        if let Err(said) = said {
            self.log.note(said);
        }
    }

    fn on_installed(&mut self, key: &str, result: Result<String, Failed>, cx: &mut Context<'_, Self>) {
        assert!(self.pool.is_pending(key));
        self.pool.take_in(key, result, cx.now().wall);
        assert!(self.pool.peek(key).is_some() && !self.pool.is_pending(key));
        self.log.note(format!("{key} ended, {} pending, {} in all", self.pool.pending(), self.pool.count()));
    }
}

/// A node whose jobs end when the test says so.
struct Site {
    node: Node,
    log: Log,
    now: Now,
    started: VecDeque<JobStart>,
}

impl Site {
    fn new(max: usize) -> Self {
        let log = Log::default();
        let noted = log.clone();
        let mut node = Node::new(NodeConfig { places: [2, 2, 2, 2], ..NodeConfig::default() });
        node.add(move || Installer { log: noted.clone(), pool: Pool::new(max, Lane::Process) });
        let now = Now { mono: Mono(1), wall: Wall(7) };
        let mut site = Site { node, log, now, started: VecDeque::new() };
        site.run();
        site
    }

    /// Gives an order; what the installer said to it.
    fn order(&mut self, text: &str) -> Vec<String> {
        self.node.put(PEER, text, Some(Item::new(text).into())).expect("room");
        self.run();
        self.node.put::<Item>(PEER, text, None).expect("it is there");
        self.run();
        self.log.take()
    }

    fn run(&mut self) {
        let next = self.node.poll(self.now, 1_000_000);
        self.started.extend(next.jobs);
    }

    /// Ends the job that was started first.
    fn finish(&mut self) -> Vec<String> {
        let job = self.started.pop_front().expect("a job was started");
        let id = job.id();
        let out = job.run(&Hal::default());
        self.node.job_done(id, out);
        self.run();
        self.log.take()
    }
}

#[test]
fn ac02_46_a_full_pool_rejects_and_a_duplicate_is_in_progress_wherever_it_runs() {
    // Given a pool of at most three with three jobs, of which two run and one waits for a place …
    let mut site = Site::new(3);
    for key in ["a", "b", "c"] {
        assert_eq!(site.order(&format!("try {key}")), [] as [&str; 0]);
    }
    assert_eq!(site.started.len(), 2);

    // … when a fourth is tried, then it is rejected; and a duplicate of any is in progress, also while the pool
    // is full: weakness 19 of the reference, whose idle workers took it.
    assert_eq!(site.order("try d"), ["Would exceed maxWorkers of 3"]);
    for key in ["a", "b", "c"] {
        assert_eq!(site.order(&format!("try {key}")), ["a job with this key is in progress"]);
    }
    assert_eq!(site.finish(), ["a ended, 2 pending, 1 in all"]);
    for key in ["b", "c"] {
        assert_eq!(site.order(&format!("try {key}")), ["a job with this key is in progress"]);
    }
    assert_eq!(site.order("try d"), [] as [&str; 0]);
}

/// Weakness 19 of the reference: submitting to a full pool failed instead of waiting.
#[test]
fn submitting_to_a_full_pool_waits_for_a_place() {
    let mut site = Site::new(1);
    for key in ["a", "b", "c"] {
        assert_eq!(site.order(&format!("submit {key}")), [] as [&str; 0]);
    }
    assert_eq!(site.order("try d"), ["Would exceed maxWorkers of 1"]);
    assert_eq!(site.finish(), ["a ended, 2 pending, 1 in all"]);
    assert_eq!(site.finish(), ["b ended, 1 pending, 2 in all"]);
    assert_eq!(site.finish(), ["c ended, 0 pending, 3 in all"]);
}

#[test]
fn a_result_waits_until_it_is_popped_with_its_time() {
    let mut site = Site::new(2);
    site.order("try good");
    site.order("try bad one");
    assert_eq!(site.order("pop good"), ["nothing"]);
    site.now.wall = site.now.wall + Duration::from_nanos(1);
    site.finish();
    site.now.wall = site.now.wall + Duration::from_nanos(1);
    site.finish();
    assert_eq!(site.order("pop good"), ["Ok(\"good installed\") at 8"]);
    assert_eq!(site.order("pop good"), ["nothing"]);
    let failed = site.order("pop bad one");
    assert!(failed[0].starts_with("Err(Panicked(") && failed[0].ends_with(" at 9"), "{failed:?}");
}

#[test]
fn work_that_is_submitted_again_replaces_the_old_result() {
    let mut site = Site::new(1);
    site.order("try a");
    site.finish();
    assert_eq!(site.order("try a"), [] as [&str; 0]);
    assert_eq!(site.order("pop a"), ["nothing"]);
    assert_eq!(site.finish(), ["a ended, 0 pending, 2 in all"]);
}

/// Weakness 19 of the reference: a cancel only forgot the key, and the work went on.
#[test]
fn a_cancel_reaches_the_job_and_its_result_says_so() {
    let mut site = Site::new(3);
    for key in ["a", "b", "c"] {
        site.order(&format!("try {key}"));
    }
    assert_eq!(site.order("cancel c"), ["c ended, 2 pending, 1 in all"], "it had not begun");
    assert_eq!(site.order("pop c"), ["Err(Cancelled) at 7"]);
    assert_eq!(site.order("cancel a"), [] as [&str; 0]);
    assert_eq!(site.order("try a"), ["a job with this key is in progress"], "until it has really ended");
    site.now.mono = site.now.mono + GRACE / 2;
    assert_eq!(site.finish(), ["a ended, 1 pending, 2 in all"]);
    assert_eq!(site.order("pop a"), ["Err(Cancelled) at 7"]);
    assert_eq!(site.order("cancel nothing"), [] as [&str; 0]);
}
