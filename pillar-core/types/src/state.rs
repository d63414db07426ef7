//! The states of content, volumes and applications (`spec/02`, SwState).

use crate::codes;

codes! {
    /// How far content, a volume or an application has come. Numbers from 120 up meant other states in 2024.
    pub enum SwState: u8 {
        /// Just made.
        Initial = 100 "INITIAL",
        /// A tag is being looked up.
        ResolvingTag = 101 "RESOLVING_TAG",
        /// The tag has been looked up.
        ResolvedTag = 102 "RESOLVED_TAG",
        /// Being downloaded.
        Downloading = 103 "DOWNLOADING",
        /// Downloaded.
        Downloaded = 104 "DOWNLOADED",
        /// Being verified.
        Verifying = 105 "VERIFYING",
        /// Verified.
        Verified = 106 "VERIFIED",
        /// Going into the content store.
        Loading = 107 "LOADING",
        /// In the content store.
        Loaded = 108 "LOADED",
        /// A volume is being made.
        CreatingVolume = 109 "CREATING_VOLUME",
        /// The volume has been made.
        CreatedVolume = 110 "CREATED_VOLUME",
        /// Ready to start.
        Installed = 111 "INSTALLED",
        /// Waits for its network instance.
        AwaitNetworkInstance = 112 "AWAITNETWORKINSTANCE",
        /// Starts after a delay.
        StartDelayed = 113 "START_DELAYED",
        /// Booting.
        Booting = 114 "BOOTING",
        /// Running.
        Running = 115 "RUNNING",
        /// Being paused.
        Pausing = 116 "PAUSING",
        /// Paused.
        Paused = 117 "PAUSED",
        /// Being halted.
        Halting = 118 "HALTING",
        /// Halted.
        Halted = 119 "HALTED",
        /// Broken.
        Broken = 120 "BROKEN",
        /// Known to nobody.
        Lost = 121 "UNKNOWN",
        /// Waits to be scheduled.
        Pending = 122 "PENDING",
        /// Being scheduled.
        Scheduling = 123 "SCHEDULING",
        /// Failed.
        Failed = 124 "FAILED",
        /// Loaded on another node.
        RemoteLoaded = 125 "REMOTELOADED",
    }
}
