//! One persistent value, and the power cut after every operation of its publish.

use std::sync::{Arc, Mutex, MutexGuard};

use pillar_core::node::{Agent, AgentName, Context};
use pillar_hal::sim::{Config, Device, Scenario, run, run_seeds};
use pillar_types::object;

use super::{faults, nothing_failed};

object! {
    /// A value that is long enough to be torn.
    pub struct Page topic "Page" persistent {
        /// Which one.
        pub number: u64 = "Number",
        /// [`text`] of the number.
        pub text: String = "Text",
    }
}

/// More than the disk writes as a whole.
fn text(number: u64) -> String {
    format!("{number:08} ").repeat(300)
}

/// The first and the second value.
const OLD: u64 = 1;
const NEW: u64 = 2;

/// What happened so far, boots included.
#[derive(Debug, Default)]
struct Story {
    /// What was published last and acknowledged last.
    published: u64,
    acknowledged: u64,
    /// What was wrong with what came back.
    wrong: Option<String>,
}

type Shared = Arc<Mutex<Story>>;

fn lock(story: &Shared) -> MutexGuard<'_, Story> {
    story.lock().expect("nobody panics with it")
}

/// Publishes the old value and, once that is stored, the new one; after a power cut it goes on from what is there.
struct Author(Shared);

impl Agent for Author {
    const NAME: AgentName = AgentName("author");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Page>();
        let there = cx
            .own::<Page>("key1")
            .map_or(0, |page| if page.text == text(page.number) { page.number } else { u64::MAX });
        let mut story = lock(&self.0);
        if there < story.acknowledged || there > story.published {
            story.wrong = Some(format!("{there} came back, {story:?}"));
        }
        drop(story);
        if there < NEW {
            self.publish(there + 1, cx);
        }
    }
}

impl Author {
    fn publish(&mut self, number: u64, cx: &mut Context<'_, Self>) {
        let mut story = lock(&self.0);
        story.published = story.published.max(number);
        cx.publish_stored("key1", Page { number, text: text(number), ..Page::default() }, Self::on_stored);
    }

    fn on_stored(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let number = cx.own::<Page>(key).expect("it was stored").number;
        lock(&self.0).acknowledged = number;
        if number == OLD {
            self.publish(NEW, cx);
        }
    }
}

#[derive(Default)]
struct Publish(Shared);

impl Scenario for Publish {
    fn agents(&self) -> Vec<AgentName> {
        vec![Author::NAME]
    }

    fn start(&mut self, device: &mut Device<'_>) {
        let story = self.0.clone();
        device.node.add(move || Author(story.clone()));
    }

    fn check_end(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        let page = device.node.get::<Page>(Author::NAME, "key1").ok_or("it is gone")?;
        match &lock(&self.0).wrong {
            Some(wrong) => Err(wrong.clone()),
            None if page.number == NEW => Ok(()),
            None => Err(format!("{} is there at the end", page.number)),
        }
    }
}

#[test]
fn ac02_22_power_loss_at_every_operation_of_a_publish_leaves_the_old_or_the_new_value() {
    let mut cuts = 0;
    for seed in 1..=30 {
        let whole = run(seed, &Config::default(), &mut Publish::default()).expect("no file");
        assert!(whole.operations > 20, "two publishes and two boots");
        for operation in 1..=whole.operations {
            let config = Config { faults: faults(&format!("cut@{operation}")), ..Config::default() };
            let summary = run_seeds(seed..=seed, &config, |_| Publish::default()).expect("no file");
            nothing_failed(&summary);
            cuts += summary.cuts;
        }
    }
    assert!(cuts > 500, "{cuts}");
}
