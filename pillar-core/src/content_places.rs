//! Where content is on the disk, how digests are written, how files of it go, and what agents of content wait for
//! (spec/06). Used by the downloader, the verifier and volumemgr.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use log::Level;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device::OnboardingStatus;
use pillar_types::vault::VaultStatus;

use crate::agents::{VAULTMGR, ZEDAGENT, ZEDCLIENT};
use crate::hal::{Hal, Scope, Sha256, StorageError};
use crate::node::{Agent, Context, Failed, Lane};

/// The directories of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    persist: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Places::below(Path::new("/"))
    }
}

impl Places {
    /// Those of a device whose files are below `root`.
    pub fn below(root: &Path) -> Self {
        Places { persist: root.join("persist") }
    }

    /// What is to be full or not.
    pub fn persist(&self) -> &Path {
        &self.persist
    }

    /// Partial and complete downloads.
    pub fn pending(&self) -> PathBuf {
        self.persist.join("vault/downloader/pending")
    }

    /// All that the verifier has.
    pub fn verifier(&self) -> PathBuf {
        self.persist.join("vault/verifier")
    }

    /// Files that are being verified.
    pub fn verifying(&self) -> PathBuf {
        self.verifier().join("verifier")
    }

    /// Files that were verified.
    pub fn verified(&self) -> PathBuf {
        self.verifier().join("verified")
    }

    /// Loaded blobs, named by their digests: where containerd has them, which removes what it does not know.
    pub fn blobs(&self) -> PathBuf {
        self.persist.join("vault/containerd/io.containerd.content.v1.content/blobs/sha256")
    }

    /// Volumes, in the vault or outside.
    pub fn volumes(&self, encrypted: bool) -> PathBuf {
        self.persist.join(if encrypted { "vault/volumes" } else { "clear/volumes" })
    }

    /// Names of applications that were active.
    pub fn active_apps(&self) -> PathBuf {
        self.persist.join("vault/active-app-instance-config")
    }

    /// What applications take up (spec/06, Disk admission).
    pub fn app_paths(&self) -> Vec<PathBuf> {
        const BELOW_PERSIST: [&str; 8] = [
            "vault/volumes",
            "clear/volumes",
            "vault/downloader",
            "vault/verifier",
            "vault/containerd",
            "snapshots",
            "patchEnvelopesCache",
            "patchEnvelopesUsageCache",
        ];
        BELOW_PERSIST.iter().map(|path| self.persist.join(path)).collect()
    }

    /// The store of logs, which has a limit of its own.
    pub fn newlog(&self) -> PathBuf {
        self.persist.join("newlog")
    }
}

/// A digest as text: 64 hexadecimal digits in lower case.
pub fn hex(sha256: &Sha256) -> String {
    sha256.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a String takes all
        text
    })
}

/// A digest that may become a part of a path: 64 hexadecimal digits, given back in lower case.
pub fn checked_digest(text: &str) -> Option<String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| text.to_ascii_lowercase())
}

/// Whether the device is onboarded, has settings, and its vault is open, as far as the agent's subscriptions say.
pub fn may_begin<A: Agent>(cx: &Context<'_, A>) -> bool {
    let onboarded = cx.get::<OnboardingStatus>(ZEDCLIENT, OnboardingStatus::KEY);
    let vault = cx.get::<VaultStatus>(VAULTMGR, VaultStatus::APPLICATION_DATA);
    onboarded.is_some_and(|status| !status.device_uuid.is_nil())
        && cx.get::<ConfigItemValueMap>(ZEDAGENT, ConfigItemValueMap::KEY).is_some()
        && vault.is_some_and(|vault| vault.is_usable())
}

/// How the removal of a file ended.
pub type Removed = Result<Result<(), StorageError>, Failed>;

/// Removes a file by a job with this key, whose end goes to `done`.
pub fn remove_file<A: Agent>(
    key: &str,
    path: PathBuf,
    done: fn(&mut A, &str, Removed, &mut Context<'_, A>),
    cx: &mut Context<'_, A>,
) {
    cx.job(Lane::Store, key, move |hal: &Hal, scope: &Scope| hal.content.remove(scope, &path), done);
}

/// Tells of a file that stays although nobody wants it. It is found again at the next start.
pub fn warn_if_kept<A: Agent>(key: &str, removed: &Removed, cx: &Context<'_, A>) {
    if !matches!(removed, Ok(Ok(()))) {
        cx.log(Level::Warn, format_args!("{key}: the file could not be removed: {removed:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digests_become_parts_of_paths() {
        let digest = "AB".repeat(32);
        assert_eq!(checked_digest(&digest), Some("ab".repeat(32)));
        assert_eq!(hex(&[0xab; 32]), "ab".repeat(32));
        for text in ["", "../../x", &digest[1..], &format!("{digest}0"), &"/".repeat(64)] {
            assert_eq!(checked_digest(text), None, "{text}");
        }
    }
}
