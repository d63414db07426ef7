//! What tests and benches of the whole share: nodes with their transports, and peers in other processes.

pub mod bare;
pub mod churn;
pub mod clock;
pub mod measure;
pub mod peer;
pub mod script;
pub mod served;
pub mod site;
pub mod story;
