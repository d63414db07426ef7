//! ledmanager: says by flashes of the device's LED how the device is, to whoever stands before it; on some models
//! also how its applications are (spec/03, LED source and LED blinking).
//!
//! It knows the model first, then which LEDs to take. Without a LED, and before the first settings, it sets no
//! timer and touches nothing. The tables of states are in [`light`].
//!
//! | State | Event | Next |
//! |---|---|---|
//! | model unknown | the model | LEDs taken, as far as they are there; what they show follows the inputs |
//! | LEDs taken | an input changes | a resting LED begins; one in a period ends that first; applications at once |
//! | LEDs taken | a part of a pattern is over | the next part |

pub mod codes;
pub mod light;
pub mod models;

use std::time::Duration;

use log::Level;
use pillar_types::app_status::AppInstanceSummary;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::led::LedBlinkCounter;
use pillar_types::topic::Topic;

use self::light::{AppsLight, FLASH, Pulse};
use self::models::Lights;
use super::{NIM, ZEDAGENT, ZEDMANAGER};
use crate::hal::Led;
use crate::hardware_model::{self, Paths};
use crate::node::{Agent, AgentName, Change, Context, Failed, GLOBAL, Lane};
use crate::time::Mono;

/// The job that finds out the model.
const MODEL: &str = "model";

/// How long until it is tried again when it failed.
const MODEL_AGAIN: Duration = Duration::from_mins(1);

/// Timers. They have no slack: the pattern is what people see.
const PULSE: &str = "pulse";
const APPS: &str = "apps";

/// The agent.
#[derive(Default)]
pub struct LedManager {
    paths: Paths,
    status: Option<Led>,
    /// What is to be shown.
    code: u8,
    pulse: Pulse,
    apps: Option<Apps>,
}

/// The green and the red LED for applications.
struct Apps {
    green: Led,
    red: Led,
    light: AppsLight,
    /// Of one that blinks: whether it shines, and until when.
    lit: bool,
    ends: Mono,
}

impl Agent for LedManager {
    const NAME: AgentName = AgentName("ledmanager");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(ZEDAGENT, Self::on_change::<ConfigItemValueMap>);
        cx.subscribe(GLOBAL, Self::on_change::<LedBlinkCounter>);
        cx.subscribe(NIM, Self::on_change::<DeviceNetworkStatus>);
        cx.subscribe(ZEDMANAGER, Self::on_change::<AppInstanceSummary>);
        self.find_model(cx);
    }
}

impl LedManager {
    /// On a device whose files are at `paths`.
    pub fn new(paths: Paths) -> Self {
        LedManager { paths, ..LedManager::default() }
    }

    fn find_model(&mut self, cx: &mut Context<'_, Self>) {
        let paths = self.paths.clone();
        cx.job(
            Lane::Process,
            MODEL,
            move |hal, scope| hardware_model::model(hal, scope, &paths),
            Self::on_model,
        );
    }

    fn on_model(&mut self, _: &str, model: Result<String, Failed>, cx: &mut Context<'_, Self>) {
        let Ok(model) = model else {
            cx.log(Level::Warn, format_args!("the model is not known yet"));
            cx.after(MODEL_AGAIN, MODEL_AGAIN, Self::find_model);
            return;
        };
        let lights = Lights::of(&model);
        self.status = lights.status().into_iter().find(|led| take(led, cx));
        match &self.status {
            Some(led) => cx.log(Level::Info, format_args!("model {model}, LED {led}")),
            None => cx.log(Level::Info, format_args!("model {model}, no LED")),
        }
        // Both or none: one colour alone would lie.
        let apps = lights.apps().filter(|(green, red)| take(green, cx) && take(red, cx));
        self.apps = apps.map(|(green, red)| Apps {
            green,
            red,
            light: AppsLight::Dark,
            lit: false,
            ends: cx.now().mono,
        });
        self.update_status(PULSE, cx);
        self.update_apps(APPS, cx);
    }

    fn on_change<T: Topic>(&mut self, _: Change<'_, T>, cx: &mut Context<'_, Self>) {
        self.update_status(PULSE, cx);
        self.update_apps(APPS, cx);
    }

    /// Shows what is to be shown now of the state of the device.
    fn update_status(&mut self, timer: &str, cx: &mut Context<'_, Self>) {
        let code = code(cx);
        if code != self.code {
            cx.log(Level::Info, format_args!("code {code}: {}", codes::text(code)));
            self.code = code;
        }
        let Some(led) = &self.status else { return };
        let next = self.pulse.next(cx.now().mono, code);
        if next == self.pulse {
            return;
        }
        if next.lit() != self.pulse.lit() {
            set(led, next.lit(), cx);
        }
        self.pulse = next;
        if let Some(ends) = next.ends() {
            cx.after_key(ends.since(cx.now().mono), Duration::ZERO, timer, Self::update_status);
        }
    }

    /// Shows what is to be shown now of the state of the applications.
    fn update_apps(&mut self, timer: &str, cx: &mut Context<'_, Self>) {
        let Some(apps) = &mut self.apps else { return };
        let now = cx.now().mono;
        let light = apps_light(cx);
        if light != apps.light {
            // Dark first: red and green are never mixed by a change from one to the other.
            apps.set((false, false), cx);
            apps.set(light.green_and_red(), cx);
            (apps.light, apps.lit, apps.ends) = (light, true, now + FLASH);
        } else if light.blinks() && apps.ends <= now {
            apps.lit = !apps.lit;
            apps.set(if apps.lit { light.green_and_red() } else { (false, false) }, cx);
            apps.ends = if now.since(apps.ends) < FLASH { apps.ends } else { now } + FLASH;
        } else {
            return;
        }
        if light.blinks() {
            cx.after_key(apps.ends.since(now), Duration::ZERO, timer, Self::update_apps);
        } else {
            cx.stop_key(timer);
        }
    }
}

impl Apps {
    fn set(&self, (green, red): (bool, bool), cx: &Context<'_, LedManager>) {
        set(&self.green, green, cx);
        set(&self.red, red, cx);
    }
}

/// The code to show: none before the first settings (spec/03, LED blinking).
fn code(cx: &Context<'_, LedManager>) -> u8 {
    if cx.get::<ConfigItemValueMap>(ZEDAGENT, ConfigItemValueMap::KEY).is_none() {
        return codes::UNDEFINED;
    }
    let network = cx.get::<DeviceNetworkStatus>(NIM, DeviceNetworkStatus::KEY);
    let counter = cx.get::<LedBlinkCounter>(GLOBAL, LedBlinkCounter::KEY);
    codes::shown(network.as_deref(), counter.map_or(codes::UNDEFINED, |counter| counter.blink_counter))
}

fn apps_light(cx: &Context<'_, LedManager>) -> AppsLight {
    if cx.get::<ConfigItemValueMap>(ZEDAGENT, ConfigItemValueMap::KEY).is_none() {
        return AppsLight::Dark;
    }
    let summary = cx.get::<AppInstanceSummary>(ZEDMANAGER, AppInstanceSummary::KEY);
    summary.map_or(AppsLight::Dark, |summary| AppsLight::of(&summary))
}

/// Makes a LED ours, and dark; `false` if it is not there.
fn take(led: &Led, cx: &Context<'_, LedManager>) -> bool {
    let leds = &cx.quick().leds;
    leds.take(led).is_ok() && leds.set(led, false).is_ok()
}

/// A LED that fails is left dark: the device runs without it.
fn set(led: &Led, on: bool, cx: &Context<'_, LedManager>) {
    let _ = cx.quick().leds.set(led, on);
}
