//! Errors as objects carry them (`spec/02`, UUIDandVersion, errors).

use crate::base::{List, Time};
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

pub(crate) const TYPES: &[TypeInfo] = &types![object ErrorDescription, object ErrorAndTime];
