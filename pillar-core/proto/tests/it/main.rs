//! Tests of the messages against the API's tables and against captured messages.

mod definitions;
mod golden;
mod hostile;
mod json;
mod lookups;
mod registry;
mod sample;
mod source;
