//! What the LED shows while the device is onboarded (spec/01, LED values).

/// It connects to the controller.
pub const CONNECTING: u8 = 2;
/// It is connected.
const CONNECTED: u8 = 3;
/// The controller knows it.
pub const ONBOARDED: u8 = 4;
/// The controller does not take it.
const FAILURE: u8 = 10;
/// The controller's certificates are not to be trusted.
pub const BAD_CERTIFICATES: u8 = 14;
/// The controller's answer is not signed as it should be.
const BAD_ENVELOPE: u8 = 15;
/// Another device has been registered in its place.
const CONFLICT: u8 = 17;
/// The controller does not let it in.
const FORBIDDEN: u8 = 18;

/// What a conflict shows, one after the other.
pub const CONFLICTING: &[u8] = &[FAILURE, CONFLICT];

/// What an answer without a UUID shows, one after the other. That the device is connected is no news to who should see
/// that it could not be registered.
pub fn of_uuid(code: Option<u16>, bad_envelope: bool, conflict: bool) -> &'static [u8] {
    match code {
        _ if bad_envelope => &[BAD_ENVELOPE],
        Some(409) => CONFLICTING,
        Some(403) => &[FORBIDDEN],
        Some(400 | 500 | 504) => &[FAILURE],
        Some(304) => &[CONNECTED, CONFLICT],
        Some(_) if conflict => &[],
        Some(_) => &[CONNECTED],
        None => &[],
    }
}
