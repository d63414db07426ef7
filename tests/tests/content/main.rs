//! Content, from a datastore to a volume: downloader, verifier and volumemgr together on a simulated device.

mod bench;
mod downloads;
mod images;
mod space;
mod volumes;
