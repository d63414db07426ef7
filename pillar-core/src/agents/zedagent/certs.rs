//! The controller's certificates: fetched, checked against the root of the installation, kept, published (spec/01, A4).

use std::collections::BTreeSet;
use std::time::Duration;

use log::Level;
use pillar_types::attest::{ControllerCert, ZCertType};
use pillar_types::cipher::{CipherContext, HashScheme};

use super::ZedAgent;
use super::fetch::spread;
use crate::controller::answer::{self, FetchedCerts};
use crate::controller::certs::CertificateSet;
use crate::hal::{Hal, Scope};
use crate::node::{Context, Failed, Lane};
use crate::settings::keys;

/// How long until the next try.
const RETRY: Duration = Duration::from_mins(2);

/// Its timer and its job.
const KEY: &str = "certs";

impl ZedAgent {
    /// Fetches the certificates, unless they are being fetched already.
    pub(super) fn want_certs(&mut self, cx: &mut Context<'_, Self>) {
        if !self.fetching_certs {
            self.fetch_certs(cx);
        }
    }

    /// Fetches the certificates now.
    pub(super) fn fetch_certs(&mut self, cx: &mut Context<'_, Self>) {
        let Some((peer, _)) = self.peer(cx) else { return };
        let Some(root) = self.ground.as_ref().map(|ground| ground.facts.root.clone()) else { return };
        let places = self.places.clone();
        let work = move |hal: &Hal, scope: &Scope| {
            let fetched = answer::fetch_certs(hal, scope, &peer, &root);
            if let Ok(set) = &fetched.set
                && let Err(why) = answer::save_certs(hal, scope, &places, set)
            {
                log::error!(target: "zedagent", "the controller's certificates cannot be saved: {why}");
            }
            fetched
        };
        self.fetching_certs = true;
        cx.stop_key(KEY);
        cx.cancel(KEY);
        cx.job(Lane::Transfer, KEY, work, Self::on_certs);
    }

    fn on_certs(&mut self, _: &str, result: Result<FetchedCerts, Failed>, cx: &mut Context<'_, Self>) {
        // Another one is under way.
        if matches!(result, Err(Failed::Cancelled)) {
            return;
        }
        self.fetching_certs = false;
        let Ok(fetched) = result else { return self.certs_later(Some(RETRY), cx) };
        self.count(&fetched.exchange, false, cx);
        let set = match fetched.set {
            Ok(set) => set,
            Err(why) => {
                cx.log(Level::Warn, format_args!("the controller's certificates: {why}"));
                return self.certs_later(Some(RETRY), cx);
            }
        };
        let is_new = self.signers.first() != Some(&set.signer);
        if is_new {
            let before = self.signers.first().cloned();
            self.signers = Some(set.signer.clone()).into_iter().chain(before).collect();
        }
        Self::publish_certs(&set, cx);
        self.certs_later(None, cx);
        if is_new {
            self.attest_with_new_certs(cx);
            self.poll(cx);
        }
    }

    fn certs_later(&self, retry: Option<Duration>, cx: &mut Context<'_, Self>) {
        let again: fn(&mut Self, &str, &mut Context<'_, Self>) = |agent, _, cx| agent.fetch_certs(cx);
        if let Some(after) = retry {
            cx.after_key(after, after / super::SLACK, KEY, again);
        } else if let Some(mut timer) = spread(self.settings.get(keys::TIMER_CERT_INTERVAL)) {
            timer.arm(cx, KEY, again);
        }
    }

    /// The configuration says by a hash which certificates there are.
    pub(super) fn see_certs_hash(&mut self, hash: &str, cx: &mut Context<'_, Self>) {
        let known = self.certs_hash.replace(hash.to_owned());
        if known.is_some_and(|known| known != hash) {
            self.fetch_certs(cx);
        }
    }

    /// One that is gone stays while something is encrypted with it.
    pub(super) fn publish_certs(set: &CertificateSet, cx: &mut Context<'_, Self>) {
        let mut wanted = BTreeSet::new();
        for (_, context) in cx.all_own::<CipherContext>() {
            let used =
                ControllerCert { cert_hash: context.controller_cert_hash.clone(), ..Default::default() };
            wanted.insert(used.key());
        }
        for certificate in &set.certificates {
            let object = ControllerCert {
                hash_algo: HashScheme::from(certificate.hash_algo),
                cert_type: ZCertType::from(certificate.kind),
                cert: certificate.cert.clone().into(),
                cert_hash: certificate.cert_hash.clone().into(),
            };
            let key = object.key();
            cx.publish(&key, object);
            wanted.insert(key);
        }
        cx.retain::<ControllerCert>(|key| wanted.contains(key));
    }
}
