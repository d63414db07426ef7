//! What goes wrong in a simulation, as plain data that is written as it is read. Read from `--faults` and filled
//! by a run with what it drew, so that the run can be repeated and shortened.
//!
//! ```text
//! faults = "none" | "all" | item { "," item }
//! item   = NAME                at the usual rate
//!        | NAME "/" N          at random, once in N operations or steps
//!        | NAME "@" N          at operation or step N, with the usual value
//!        | NAME "@" N ":" VALUE
//! ```
//!
//! | name | counts | effect | value |
//! |---|---|---|---|
//! | `fail` | operations | the call fails | error number (5) |
//! | `full` | operations | the disk is full | for how many operations (10) |
//! | `delay` | operations | the call takes longer | milliseconds (1000) |
//! | `cut` | operations | the power goes when the operation is done | – |
//! | `jump` | steps | the wall clock jumps | seconds, negative for back (3600) |
//! | `kill` | steps | an agent crashes | its name (drawn) |

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Faults read from a text at most.
const MAX_ITEMS: usize = 10_000;

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An operation fails.
    Fail,
    /// The disk is full for some operations.
    Full,
    /// An operation takes longer.
    Delay,
    /// The power goes after an operation.
    Cut,
    /// The wall clock jumps at a step.
    Jump,
    /// An agent crashes at a step.
    Kill,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 6] = [Kind::Fail, Kind::Full, Kind::Delay, Kind::Cut, Kind::Jump, Kind::Kill];

    /// Its name in a text.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Fail => "fail",
            Kind::Full => "full",
            Kind::Delay => "delay",
            Kind::Cut => "cut",
            Kind::Jump => "jump",
            Kind::Kill => "kill",
        }
    }

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Once in how many operations or steps, unless said otherwise.
    pub fn usual_rate(self) -> u64 {
        match self {
            Kind::Fail => 300,
            Kind::Full => 500,
            Kind::Delay => 50,
            Kind::Cut => 400,
            Kind::Jump | Kind::Kill => 1_000,
        }
    }

    fn usual_fault(self) -> Fault {
        match self {
            Kind::Fail => Fault::Fail { errno: 5 },
            Kind::Full => Fault::Full { operations: 10 },
            Kind::Delay => Fault::Delay { millis: 1_000 },
            Kind::Cut => Fault::Cut,
            Kind::Jump => Fault::Jump { seconds: 3_600 },
            Kind::Kill => Fault::Kill { agent: None },
        }
    }

    fn fault(self, value: &str) -> Option<Fault> {
        Some(match self {
            Kind::Fail => Fault::Fail { errno: value.parse().ok()? },
            Kind::Full => Fault::Full { operations: value.parse().ok()? },
            Kind::Delay => Fault::Delay { millis: value.parse().ok()? },
            Kind::Cut => return None,
            Kind::Jump => Fault::Jump { seconds: value.parse().ok()? },
            Kind::Kill if value.is_empty() => return None,
            Kind::Kill => Fault::Kill { agent: Some(value.into()) },
        })
    }
}

/// One fault with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails with this error number.
    Fail {
        /// As in errno.h.
        errno: i32,
    },
    /// The disk is full from this operation on.
    Full {
        /// For how many operations.
        operations: u32,
    },
    /// The call takes longer.
    Delay {
        /// By how much.
        millis: u32,
    },
    /// The power goes.
    Cut,
    /// The wall clock jumps.
    Jump {
        /// Forward or, if negative, back.
        seconds: i32,
    },
    /// An agent crashes.
    Kill {
        /// Which one; drawn if not said.
        agent: Option<String>,
    },
}

impl Fault {
    /// Which kind it is of.
    pub fn kind(&self) -> Kind {
        match self {
            Fault::Fail { .. } => Kind::Fail,
            Fault::Full { .. } => Kind::Full,
            Fault::Delay { .. } => Kind::Delay,
            Fault::Cut => Kind::Cut,
            Fault::Jump { .. } => Kind::Jump,
            Fault::Kill { .. } => Kind::Kill,
        }
    }

    /// The length of a delay.
    pub(super) fn delay(millis: u32) -> Duration {
        Duration::from_millis(millis.into())
    }
}

/// A fault at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The operation or step, counted from one over the whole run, reboots included.
    pub number: u64,
    /// What happens there.
    pub fault: Fault,
}

/// All that goes wrong in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// At random: once in so many operations or steps.
    pub rates: Vec<(Kind, u64)>,
    /// At given places.
    pub list: Vec<At>,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Faults::default()
    }

    /// Everything goes wrong, at its usual rate.
    pub fn all() -> Self {
        Faults { rates: Kind::ALL.map(|kind| (kind, kind.usual_rate())).into(), list: Vec::new() }
    }

    /// One kind, once in `rate` operations or steps.
    pub fn rate(kind: Kind, rate: u64) -> Self {
        Faults { rates: vec![(kind, rate)], list: Vec::new() }
    }

    /// Faults at given places only.
    pub fn list(list: Vec<At>) -> Self {
        Faults { rates: Vec::new(), list }
    }
}

/// What is wrong with a text that should say which faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultsError {
    /// There is no fault of that name.
    Name(String),
    /// The number of the operation or step, or the rate, is not a positive number.
    Number(String),
    /// The fault does not take this value.
    Value(String),
    /// There are too many.
    TooMany,
}

impl fmt::Display for FaultsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultsError::Name(item) => {
                write!(f, "unknown fault {item:?}: there are all, none")?;
                Kind::ALL.iter().try_for_each(|kind| write!(f, ", {}", kind.name()))
            }
            FaultsError::Number(item) => write!(f, "fault {item:?} needs a number from 1 after its / or @"),
            FaultsError::Value(item) => write!(f, "fault {item:?} does not take this value"),
            FaultsError::TooMany => write!(f, "more than {MAX_ITEMS} faults"),
        }
    }
}

impl std::error::Error for FaultsError {}

impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        match text {
            "none" => return Ok(Faults::none()),
            "all" => return Ok(Faults::all()),
            _ => {}
        }
        let mut faults = Faults::none();
        for (count, item) in text.split(',').enumerate() {
            if count == MAX_ITEMS {
                return Err(FaultsError::TooMany);
            }
            faults.add(item)?;
        }
        Ok(faults)
    }
}

impl Faults {
    fn add(&mut self, item: &str) -> Result<(), FaultsError> {
        let end = item.find(['@', '/']).unwrap_or(item.len());
        let (name, rest) = item.split_at(end);
        let kind = Kind::of_name(name).ok_or_else(|| FaultsError::Name(item.into()))?;
        if let Some(rate) = rest.strip_prefix('/') {
            self.rates.push((kind, positive(item, rate)?));
        } else if let Some(place) = rest.strip_prefix('@') {
            let (number, value) = place.split_once(':').map_or((place, None), |(n, v)| (n, Some(v)));
            let fault = match value {
                None => kind.usual_fault(),
                Some(value) => kind.fault(value).ok_or_else(|| FaultsError::Value(item.into()))?,
            };
            self.list.push(At { number: positive(item, number)?, fault });
        } else {
            self.rates.push((kind, kind.usual_rate()));
        }
        Ok(())
    }
}

fn positive(item: &str, text: &str) -> Result<u64, FaultsError> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| FaultsError::Number(item.into()))
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rates.is_empty() && self.list.is_empty() {
            return f.write_str("none");
        }
        let mut comma = "";
        for (kind, rate) in &self.rates {
            write!(f, "{comma}{}/{rate}", kind.name())?;
            comma = ",";
        }
        for at in &self.list {
            write!(f, "{comma}{at}")?;
            comma = ",";
        }
        Ok(())
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.fault.kind().name(), self.number)?;
        match &self.fault {
            Fault::Fail { errno } => write!(f, ":{errno}"),
            Fault::Full { operations } => write!(f, ":{operations}"),
            Fault::Delay { millis } => write!(f, ":{millis}"),
            Fault::Jump { seconds } => write!(f, ":{seconds}"),
            Fault::Kill { agent: Some(agent) } => write!(f, ":{agent}"),
            Fault::Cut | Fault::Kill { agent: None } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_as_they_are_read() {
        for text in [
            "none",
            "cut/5000",
            "cut@1234,fail@77:5",
            "full@60:20,delay@12:300,jump@40:-3600,kill@9:reader,kill@10",
            "fail/200,full/500,cut@1",
        ] {
            assert_eq!(text.parse::<Faults>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_left_out_is_the_usual() {
        let faults: Faults = "cut,fail@7,delay@8".parse().unwrap();
        assert_eq!(faults.to_string(), "cut/400,fail@7:5,delay@8:1000");
        assert_eq!("all".parse(), Ok(Faults::all()));
        assert_eq!(Faults::all().to_string().parse(), Ok(Faults::all()));
    }

    #[test]
    fn a_wrong_text_is_refused_with_its_item() {
        for (text, error) in [
            ("", FaultsError::Name(String::new())),
            ("cut,flood", FaultsError::Name("flood".into())),
            ("cut@", FaultsError::Number("cut@".into())),
            ("cut@0", FaultsError::Number("cut@0".into())),
            ("fail/-1", FaultsError::Number("fail/-1".into())),
            ("cut@3:1", FaultsError::Value("cut@3:1".into())),
            ("fail@3:x", FaultsError::Value("fail@3:x".into())),
            ("kill@3:", FaultsError::Value("kill@3:".into())),
        ] {
            assert_eq!(text.parse::<Faults>(), Err(error));
        }
        assert_eq!("cut,".repeat(MAX_ITEMS + 1).parse::<Faults>(), Err(FaultsError::TooMany));
    }
}
