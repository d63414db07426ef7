//! vaultmgr: says whether what applications keep may be used (spec/07, Vault). Here are devices without a TPM, whose
//! vault is a plain directory. On a device whose key is in a TPM the vault stays closed, and says why: data that was
//! encrypted must not be taken for lost.
//!
//! | State | Event | Next | Actions |
//! |---|---|---|---|
//! | looking | no TPM in use | open | VaultStatus: disabled, converted, method 3 |
//! | looking | TPM in use | closed | VaultStatus: error |
//! | looking | files cannot be read | looking, again in 10 s | – |

use std::path::PathBuf;
use std::time::Duration;

use log::Level;
use pillar_types::errors::{ErrorDescription, ErrorSeverity};
use pillar_types::vault::{DataSecAtRestStatus, PcrStatus, VaultStatus, VaultUnlockMethod};

use super::VAULTMGR;
use crate::controller::places::Places;
use crate::hal::{Hal, Scope, StorageError};
use crate::node::{Agent, AgentName, Context, Failed, Lane};

/// The job that looks for the device's key, and its next try.
const LOOK: &str = "look";
const AGAIN: Duration = Duration::from_secs(10);
const SLACK: Duration = Duration::from_secs(1);

/// What is read of a certificate or a key: whether it is there.
const MAX_FILE: usize = 64 << 10;

/// The agent.
pub struct VaultMgr {
    certificate: PathBuf,
    key: PathBuf,
}

impl VaultMgr {
    /// One for the device whose files are there.
    pub fn new(places: &Places) -> Self {
        VaultMgr { certificate: places.config("device.cert.pem"), key: places.config("device.key.pem") }
    }

    fn look(&mut self, _: &str, cx: &mut Context<'_, Self>) {
        let (certificate, key) = (self.certificate.clone(), self.key.clone());
        let look = move |hal: &Hal, scope: &Scope| {
            let there = |path: &PathBuf| match hal.storage.read(scope, path, MAX_FILE) {
                Ok(_) => Ok(true),
                Err(StorageError::NotFound(_)) => Ok(false),
                Err(error) => Err(error),
            };
            // A certificate whose key is in no file: that is in the TPM.
            Ok(there(&certificate)? && !there(&key)?)
        };
        cx.job(Lane::Store, LOOK, look, Self::on_looked);
    }

    fn on_looked(
        &mut self,
        key: &str,
        tpm: Result<Result<bool, StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let tpm = match tpm {
            Ok(Ok(tpm)) => tpm,
            Ok(Err(error)) => {
                cx.log(Level::Error, format_args!("whether there is a TPM in use is not known: {error}"));
                cx.after_key(AGAIN, SLACK, key, Self::look);
                return;
            }
            Err(_) => {
                cx.after_key(AGAIN, SLACK, key, Self::look);
                return;
            }
        };
        let mut status = VaultStatus {
            name: VaultStatus::APPLICATION_DATA.into(),
            status: DataSecAtRestStatus::Disabled,
            pcr_status: PcrStatus::Disabled,
            conversion_complete: true,
            unlock_method: VaultUnlockMethod::NoTpm,
            ..VaultStatus::default()
        };
        if tpm {
            status.status = DataSecAtRestStatus::Error;
            status.pcr_status = PcrStatus::Undetermined;
            status.conversion_complete = false;
            status.unlock_method = VaultUnlockMethod::None;
            status.error.description = ErrorDescription {
                error: "vaults whose key is in a TPM are not supported yet".into(),
                error_severity: ErrorSeverity::Error,
                error_time: cx.now().wall.into(),
                ..ErrorDescription::default()
            };
        }
        cx.publish(&status.key(), status);
    }
}

impl Agent for VaultMgr {
    const NAME: AgentName = VAULTMGR;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<VaultStatus>();
        self.look(LOOK, cx);
    }
}
