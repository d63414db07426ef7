//! How an exchange with the controller ended, in the reference's classes (spec/01, A1 and status codes).

use crate::hal::HttpError;

use super::envelope::EnvelopeError;

/// The classes, in the reference's order: of several attempts, the highest class is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SenderStatus {
    /// Success, or nothing was tried.
    #[default]
    None,
    /// Nobody listens at the server.
    Refused,
    /// The server is under maintenance.
    Upgrade,
    /// The server's certificate is out of date or not valid yet.
    CertInvalid,
    /// The answer is signed by nobody whose certificate is known.
    CertMiss,
    /// The answer's signature is wrong.
    SignVerifyFail,
    /// The answer names its sender in an unknown way.
    AlgoFail,
    /// The answer names its sender by a hash of an unknown length.
    HashSizeError,
    /// The server's certificate is of an unknown authority.
    CertUnknownAuthority,
    /// The same, behind a proxy.
    CertUnknownAuthorityProxy,
    /// The server does not know the device, or not this request.
    NotFound,
    /// The server does not let the device do that.
    Forbidden,
    /// All else.
    Failed,
}

impl SenderStatus {
    /// The class of a status code.
    pub fn of_code(code: u16) -> Self {
        match code {
            200 | 201 | 204 | 304 => SenderStatus::None,
            400 | 404 => SenderStatus::NotFound,
            403 => SenderStatus::Forbidden,
            503 => SenderStatus::Upgrade,
            _ => SenderStatus::Failed,
        }
    }

    /// The class of a request without an answer.
    pub fn of_error(error: &HttpError, through_proxy: bool) -> Self {
        match error {
            HttpError::Refused if !through_proxy => SenderStatus::Refused,
            HttpError::CertificateExpired => SenderStatus::CertInvalid,
            HttpError::UnknownAuthority if through_proxy => SenderStatus::CertUnknownAuthorityProxy,
            HttpError::UnknownAuthority => SenderStatus::CertUnknownAuthority,
            _ => SenderStatus::Failed,
        }
    }

    /// The class of an answer whose envelope is not accepted.
    pub fn of_envelope(error: &EnvelopeError) -> Self {
        match error {
            EnvelopeError::Malformed(_) => SenderStatus::Failed,
            EnvelopeError::HashSize(_) => SenderStatus::HashSizeError,
            EnvelopeError::Algorithm(_) => SenderStatus::AlgoFail,
            EnvelopeError::UnknownSender => SenderStatus::CertMiss,
            EnvelopeError::Signature => SenderStatus::SignVerifyFail,
        }
    }
}

/// Whether a code ends an exchange with success.
pub fn is_success(code: u16) -> bool {
    SenderStatus::of_code(code) == SenderStatus::None
}

/// What a refusal means for a message that must arrive (spec/01, A7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The same message may be taken later.
    Later,
    /// It never will.
    ForGood,
}

/// What a status code that is no success means for the message.
pub fn refusal(code: u16) -> Refusal {
    match code {
        401 | 403 | 407 | 408 | 429 => Refusal::Later,
        400..=499 => Refusal::ForGood,
        _ => Refusal::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_classes_of_the_specification() {
        use SenderStatus::{Failed, Forbidden, None, NotFound, Upgrade};
        let classes = [
            (200, None),
            (201, None),
            (204, None),
            (304, None),
            (400, NotFound),
            (401, Failed),
            (403, Forbidden),
            (404, NotFound),
            (409, Failed),
            (429, Failed),
            (500, Failed),
            (503, Upgrade),
            (302, Failed),
        ];
        for (code, class) in classes {
            assert_eq!(SenderStatus::of_code(code), class, "{code}");
        }
    }

    #[test]
    fn a_refused_connection_through_a_proxy_says_nothing_of_the_server() {
        let of = SenderStatus::of_error;
        assert_eq!(of(&HttpError::Refused, false), SenderStatus::Refused);
        assert_eq!(of(&HttpError::Refused, true), SenderStatus::Failed);
        assert_eq!(of(&HttpError::UnknownAuthority, true), SenderStatus::CertUnknownAuthorityProxy);
        assert_eq!(of(&HttpError::CertificateExpired, true), SenderStatus::CertInvalid);
    }

    #[test]
    fn refusals_are_for_good_or_for_now() {
        for later in [401, 403, 407, 408, 429, 500, 502, 503, 504, 302] {
            assert_eq!(refusal(later), Refusal::Later, "{later}");
        }
        for never in [400, 404, 409, 413, 422] {
            assert_eq!(refusal(never), Refusal::ForGood, "{never}");
        }
    }
}
