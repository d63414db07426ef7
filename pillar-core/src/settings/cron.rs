//! Times of day and week that repeat, in cron's five fields. Made from settings; the agents that trim disks
//! ask it each minute.

/// A minute of some year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 1 to 31.
    pub day: u8,
    /// 1 to 12.
    pub month: u8,
    /// 0 to 6, from Sunday.
    pub weekday: u8,
}

/// When something repeats: one bit for each value that a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron([u64; 5]);

/// First and last value of each field; Sunday is 0 and 7.
const FIELDS: [(u8, u8); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

const WEEKDAY: usize = 4;
const SUNDAYS: u64 = 1 << 0 | 1 << 7;

impl Cron {
    /// Reads minute, hour, day, month and weekday: lists of `*`, `n`, `n-m`, each with `/step` if need be.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let mut fields = [0; 5];
        for (field, (first, last)) in fields.iter_mut().zip(FIELDS) {
            *field = parse_field(words.next()?, first, last)?;
        }
        if words.next().is_some() {
            return None;
        }
        if fields[WEEKDAY] & SUNDAYS != 0 {
            fields[WEEKDAY] |= SUNDAYS;
        }
        Some(Self(fields))
    }

    /// Whether it is time. Unlike in some crons, day and weekday must both match.
    pub fn matches(&self, at: Minute) -> bool {
        let values = [at.minute, at.hour, at.day, at.month, at.weekday];
        self.0.iter().zip(values).all(|(field, value)| value < 64 && field & 1 << value != 0)
    }
}

fn parse_field(text: &str, first: u8, last: u8) -> Option<u64> {
    let mut bits = 0;
    for part in text.split(',') {
        let (values, step) = match part.split_once('/') {
            Some((values, step)) => (values, number(step)?),
            None => (part, 1),
        };
        let (from, to) = match values.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if values == "*" => (first, last),
            None => (number(values)?, number(values)?),
        };
        if step == 0 || from < first || to > last || from > to {
            return None;
        }
        for value in (from..=to).step_by(step.into()) {
            bits |= 1 << value;
        }
    }
    Some(bits)
}

fn number(text: &str) -> Option<u8> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SATURDAY: Minute = Minute { minute: 0, hour: 2, day: 6, month: 4, weekday: 6 };

    #[test]
    fn weekends_at_two_are_found() {
        let cron = Cron::parse("0 2 * * 6,0").expect("five fields");

        assert!(cron.matches(SATURDAY));
        assert!(cron.matches(Minute { weekday: 0, ..SATURDAY }));
        assert!(!cron.matches(Minute { weekday: 1, ..SATURDAY }));
        assert!(!cron.matches(Minute { minute: 1, ..SATURDAY }));
        assert!(!cron.matches(Minute { hour: 3, ..SATURDAY }));
        assert!(Cron::parse("0 2 * * 7").expect("Sunday").matches(Minute { weekday: 0, ..SATURDAY }));
    }

    #[test]
    fn steps_begin_at_the_first_value() {
        let cron = Cron::parse("*/20 0-12/6 */10 1,2-3 *").expect("five fields");
        let minutes: Vec<u8> = (0..60)
            .filter(|minute| cron.matches(Minute { minute: *minute, hour: 6, day: 11, month: 3, weekday: 5 }))
            .collect();

        assert_eq!(minutes, [0, 20, 40]);
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in
            ["", "@hourly", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *"]
        {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
        for field in ["", "-", "1-", "-1", "1-2-3", "5-1", "a", "+1", "*/0", "*/", "1,", "256", "1/300"] {
            assert_eq!(Cron::parse(&format!("{field} * * * *")), None, "{field}");
        }
    }
}
