//! Errors as objects carry them (`spec/02`, UUIDandVersion, errors).

use crate::base::{Duration, List, Time};
use crate::object::Named;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How bad an error is.
    pub enum ErrorSeverity: i32 {
        /// Not said; becomes [`Error`](Self::Error) when set on an object.
        Unspecified = 0,
        /// It will probably pass.
        Notice = 1,
        /// It has not passed for a while.
        Warning = 2,
        /// Somebody has to act.
        Error = 3,
    }
}

codes! {
    /// The kind of object that an error is about.
    pub enum ErrorEntityType: i32 {
        /// Not said.
        Unspecified = 0,
        /// A base OS.
        BaseOs = 1,
        /// A system adapter.
        SystemAdapter = 2,
        /// The vault.
        Vault = 3,
        /// Attestation.
        Attestation = 4,
        /// An application instance.
        AppInstance = 5,
        /// A port.
        Port = 6,
        /// A network.
        Network = 7,
        /// A network instance.
        NetworkInstance = 8,
        /// A content tree.
        ContentTree = 9,
        /// A blob.
        ContentBlob = 10,
        /// A volume.
        Volume = 11,
    }
}

object! {
    /// An object that an error is about.
    pub struct ErrorEntity keep {
        /// Its kind.
        pub entity_type: ErrorEntityType = "EntityType",
        /// Its identity, usually a UUID.
        pub entity_id: String = "EntityID",
    }
}

object! {
    /// An error.
    pub struct ErrorDescription keep {
        /// What people read; empty when there is no error.
        pub error: String = "Error",
        /// When it occurred; zero when there is no error.
        pub error_time: Time = "ErrorTime",
        /// How bad it is.
        pub error_severity: ErrorSeverity = "ErrorSeverity",
        /// What has to happen before it is tried again.
        pub error_retry_condition: String = "ErrorRetryCondition",
        /// What else it is about.
        pub error_entities: List<Option<Box<ErrorEntity>>> = "ErrorEntities",
    }
}

object! {
    /// An error among the fields of an object.
    pub struct ErrorAndTime {
        /// The error.
        pub description: ErrorDescription = embed,
    }
}

object! {
    /// An error among the fields of an object that several parts may set; only who set it may clear it.
    pub struct ErrorAndTimeWithSource {
        /// The Go type of who set it, such as `types.ContentTreeStatus`.
        pub error_source_type: String = "ErrorSourceType",
        /// The error.
        pub description: ErrorDescription = embed,
    }
}

impl ErrorSeverity {
    /// How bad it is that something failed so often, tried at this interval.
    pub fn of_retries(retries: u64, interval: Duration) -> Self {
        const HOUR: u128 = 3_600_000_000_000;
        let waited = u128::from(retries) * u128::from(interval.0.max(0).unsigned_abs());
        if retries > 20 || waited > 10 * HOUR {
            Self::Error
        } else if retries > 10 || waited > HOUR {
            Self::Warning
        } else {
            Self::Notice
        }
    }
}

impl ErrorDescription {
    /// Whether there is an error.
    pub fn has_error(&self) -> bool {
        !self.error.is_empty()
    }

    /// Takes `description`; what it leaves open becomes an error that occurred `now`.
    pub fn set(&mut self, description: Self, now: Time) {
        *self = description;
        if self.error_severity == ErrorSeverity::Unspecified {
            self.error_severity = ErrorSeverity::Error;
        }
        if self.error_time.is_zero() {
            self.error_time = now;
        }
    }

    /// No error any more.
    pub fn clear(&mut self) {
        *self = Self { error_entities: List::new(), ..Self::default() };
    }
}

impl ErrorAndTimeWithSource {
    /// Takes `description` in the name of `S`; what it leaves open becomes an error that occurred `now`.
    pub fn set_from<S: Named>(&mut self, description: ErrorDescription, now: Time) {
        self.description.set(description, now);
        self.error_source_type = source::<S>();
    }

    /// Whether `S` set it.
    pub fn is_from<S: Named>(&self) -> bool {
        self.error_source_type.strip_prefix(PACKAGE) == Some(S::EVE_NAME)
    }

    /// No error any more, if `S` set it; returns whether it did.
    pub fn clear_from<S: Named>(&mut self) -> bool {
        let ours = self.is_from::<S>();
        if ours {
            self.description.clear();
            self.error_source_type.clear();
        }
        ours
    }
}

/// What Go puts before the name of a type of the bus.
const PACKAGE: &str = "types.";

fn source<S: Named>() -> String {
    [PACKAGE, S::EVE_NAME].concat()
}

pub(crate) const TYPES: &[TypeInfo] = &types![object ErrorDescription, object ErrorAndTime];

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_712_052_000;

    fn no_space() -> ErrorDescription {
        ErrorDescription { error: "no space".into(), ..Default::default() }
    }

    #[test]
    fn severity_grows_with_retries_and_time() {
        let minutes = |minutes: i64| Duration(minutes * 60_000_000_000);
        let cases = [
            (0, 10, ErrorSeverity::Notice),
            (10, 6, ErrorSeverity::Notice),
            (11, 0, ErrorSeverity::Warning),
            (6, 11, ErrorSeverity::Warning),
            (10, 60, ErrorSeverity::Warning),
            (10, 61, ErrorSeverity::Error),
            (21, 0, ErrorSeverity::Error),
            (1, -60, ErrorSeverity::Notice),
            (u64::MAX, i64::MAX / 60_000_000_000, ErrorSeverity::Error),
        ];
        for (retries, interval, severity) in cases {
            assert_eq!(
                ErrorSeverity::of_retries(retries, minutes(interval)),
                severity,
                "{retries} {interval}"
            );
        }
    }

    #[test]
    fn only_who_set_an_error_clears_it() {
        let now = Time::from_unix(NOW, 0);
        let mut error = ErrorAndTimeWithSource::default();

        error.set_from::<ErrorEntity>(no_space(), now);

        assert_eq!(error.error_source_type, "types.ErrorEntity");
        assert_eq!(error.description.error_severity, ErrorSeverity::Error);
        assert_eq!(error.description.error_time, now);
        assert!(!error.clear_from::<ErrorDescription>());
        assert!(error.description.has_error());
        assert!(error.clear_from::<ErrorEntity>());
        assert!(!error.description.has_error());
        assert!(!error.description.error_entities.is_null());
        assert_eq!(error.error_source_type, "");
    }
}
