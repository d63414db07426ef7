//! What the LEDs show as time passes: pure, told the time, driven by ledmanager.

use std::time::Duration;

use pillar_types::app_status::AppInstanceSummary;

use crate::time::Mono;

/// How long a flash is, and the dark between two flashes (spec/03, LED blinking).
pub const FLASH: Duration = Duration::from_millis(200);

/// The dark between the last flash's gap and the first flash of the next period.
pub const PAUSE: Duration = Duration::from_millis(1_200);

/// The pattern of the LED for the device: code N is N flashes and a pause, over and over.
///
/// | State | Event | Next |
/// |---|---|---|
/// | rest | a code above 0 | flash, of a new period |
/// | flash | 200 ms | gap |
/// | gap, flashes left | 200 ms | flash |
/// | gap, none left | 200 ms | pause |
/// | pause | 1200 ms, the code is above 0 | flash, of a new period of that code |
/// | pause | 1200 ms, the code is 0 | rest |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pulse {
    /// Dark, until there is a code.
    #[default]
    Rest,
    /// In a period.
    Period {
        /// What it is in now.
        part: Part,
        /// Flashes yet to come in this period.
        left: u8,
        /// When the part is over.
        ends: Mono,
    },
}

/// A part of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Lit.
    Flash,
    /// Dark after a flash.
    Gap,
    /// Dark at the end.
    Pause,
}

impl Pulse {
    /// Whether the LED shines.
    pub fn lit(self) -> bool {
        matches!(self, Pulse::Period { part: Part::Flash, .. })
    }

    /// When it changes next; `None` while it rests.
    pub fn ends(self) -> Option<Mono> {
        match self {
            Pulse::Rest => None,
            Pulse::Period { ends, .. } => Some(ends),
        }
    }

    /// What follows, with `code` to show. A period that has begun is shown to its end, so that flashes can be
    /// counted. Parts follow each other by the clock, however late this is called; after more than a part's
    /// time nothing is made up for.
    #[must_use]
    pub fn next(self, now: Mono, code: u8) -> Self {
        let Pulse::Period { part, left, ends } = self else { return Pulse::begin(now, code) };
        if now < ends {
            return self;
        }
        let from = if now.since(ends) < FLASH { ends } else { now };
        match part {
            Part::Flash => Pulse::Period { part: Part::Gap, left, ends: from + FLASH },
            Part::Gap if left > 0 => Pulse::Period { part: Part::Flash, left: left - 1, ends: from + FLASH },
            Part::Gap => Pulse::Period { part: Part::Pause, left, ends: from + PAUSE },
            Part::Pause => Pulse::begin(from, code),
        }
    }

    fn begin(from: Mono, code: u8) -> Self {
        match code.checked_sub(1) {
            Some(left) => Pulse::Period { part: Part::Flash, left, ends: from + FLASH },
            None => Pulse::Rest,
        }
    }
}

/// What the LEDs for applications show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppsLight {
    /// There are none, or nothing is known of them.
    #[default]
    Dark,
    /// One has an error: red.
    Error,
    /// One stops: green and red in one place are orange; blinking.
    Stopping,
    /// One starts: green, blinking.
    Starting,
    /// All run: green.
    Running,
}

impl AppsLight {
    /// What to show of a summary.
    pub fn of(summary: &AppInstanceSummary) -> Self {
        match summary {
            AppInstanceSummary { total_error: 1.., .. } => AppsLight::Error,
            AppInstanceSummary { total_stopping: 1.., .. } => AppsLight::Stopping,
            AppInstanceSummary { total_starting: 1.., .. } => AppsLight::Starting,
            AppInstanceSummary { total_running: 1.., .. } => AppsLight::Running,
            _ => AppsLight::Dark,
        }
    }

    /// Whether the green one and the red one shine when it is lit.
    pub fn green_and_red(self) -> (bool, bool) {
        match self {
            AppsLight::Dark => (false, false),
            AppsLight::Error => (false, true),
            AppsLight::Stopping => (true, true),
            AppsLight::Starting | AppsLight::Running => (true, false),
        }
    }

    /// Whether it goes on and off, each for the time of a [`FLASH`].
    pub fn blinks(self) -> bool {
        matches!(self, AppsLight::Stopping | AppsLight::Starting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a LED does in `periods` periods: lit or dark, and for how many ms.
    fn shown(code: u8, periods: u32) -> Vec<(bool, u64)> {
        let mut pulse = Pulse::default().next(Mono(7), code);
        let mut at = Mono(7);
        let mut shown: Vec<(bool, u64)> = Vec::new();
        let mut pauses = 0;
        while let Some(ends) = pulse.ends().filter(|_| pauses < periods) {
            let time = ends.since(at).as_millis() as u64;
            match shown.last_mut() {
                Some((lit, before)) if *lit == pulse.lit() => *before += time,
                _ => shown.push((pulse.lit(), time)),
            }
            pauses += u32::from(matches!(pulse, Pulse::Period { part: Part::Pause, .. }));
            at = ends;
            pulse = pulse.next(at, code);
        }
        shown
    }

    #[test]
    fn a_code_is_so_many_flashes_and_a_pause() {
        assert_eq!(shown(0, 1), []);
        assert_eq!(shown(1, 2), [(true, 200), (false, 1_400), (true, 200), (false, 1_400)]);
        assert_eq!(shown(2, 1), [(true, 200), (false, 200), (true, 200), (false, 1_400)]);
        for code in 1..=u8::MAX {
            let period: u64 = shown(code, 1).iter().map(|(_, time)| time).sum();
            assert_eq!(period, u64::from(code) * 400 + 1_200);
        }
    }

    #[test]
    fn lateness_does_not_add_up_and_is_not_made_up_for() {
        let ms = |ms: u64| Mono(ms * 1_000_000);
        let pulse = Pulse::default().next(ms(0), 2);
        assert_eq!(pulse.next(ms(199), 2), pulse, "too early");
        let late = pulse.next(ms(210), 2);
        assert_eq!(late.ends(), Some(ms(400)));
        let much_later = pulse.next(ms(5_000), 2);
        assert_eq!(much_later.ends(), Some(ms(5_200)));
    }

    #[test]
    fn the_first_that_holds_of_a_summary_is_shown() {
        let summary = |[error, stopping, starting, running]: [u8; 4]| AppInstanceSummary {
            total_error: error,
            total_stopping: stopping,
            total_starting: starting,
            total_running: running,
            ..AppInstanceSummary::default()
        };
        for (totals, light) in [
            ([1, 1, 1, 1], AppsLight::Error),
            ([0, 2, 1, 1], AppsLight::Stopping),
            ([0, 0, 255, 1], AppsLight::Starting),
            ([0, 0, 0, 1], AppsLight::Running),
            ([0, 0, 0, 0], AppsLight::Dark),
        ] {
            assert_eq!(AppsLight::of(&summary(totals)), light);
        }
    }
}
