use super::client::{Vault, failure, tidy};
use super::pki::read;
use crate::rotation::certificate::{Authority, Bundle, Facts, Verdict, fits, serial, verify};
use crate::rotation::http::{Answer, encoded};
use crate::rotation::traits::{Check, Clock, Doing, Failure, FailureKind, Key};
use ::http::Method;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// Says of a certificate what those say who are shown it: whether the key fits, whether its chain leads to the
/// authority of the mount, whether it has ended, and whether that is among what the authority took back.
pub struct PkiCheck {
    vault: Vault,
    mount: String,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for PkiCheck {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PkiCheck").field("mount", &self.mount).finish_non_exhaustive()
    }
}

fn later<T>(why: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::new(FailureKind::Later, why))
}

impl PkiCheck {
    pub fn new(vault: Vault, mount: &str, clock: Arc<dyn Clock>) -> Self {
        PkiCheck { vault, mount: tidy(mount), clock }
    }

    async fn get(&self, rest: &str) -> Result<Answer, Failure> {
        self.vault.ask(Method::GET, &format!("{}/{rest}", self.mount), None).await
    }

    async fn data(&self, rest: &str, doing: &str) -> Result<Value, Failure> {
        let answer = self.get(rest).await?;
        match answer.status {
            200 => Ok(read(&answer)?["data"].take()),
            status => Err(failure(doing, status)),
        }
    }

    async fn judge(&self, key: &Key) -> Result<bool, Failure> {
        let id = &key.id.0;
        let bundle = Bundle::of([key.secret.expose_secret()]);
        let parts =
            bundle.as_ref().and_then(|it| Some((it.certificate_der()?, it.chain_der()?, it.key_der()?)));
        let Some((certificate, chain, private)) = parts else {
            return later(format!("what is kept for {id} is no certificate with its private key, as PEM"));
        };
        let Some(facts) = Facts::of(&certificate) else {
            return later(format!("the certificate that is kept for {id} cannot be read"));
        };
        if facts.serial != serial(id) {
            return later(format!("the certificate that is kept for {id} has the number {}", facts.serial));
        }
        let said = self.data(&format!("cert/{}", encoded(id)), "read a certificate").await?;
        let revoked = said["revocation_time"].as_i64().unwrap_or_default() > 0;
        let mut verdict = self.verdict(&certificate, &chain, revoked).await?;
        if revoked && verdict == Verdict::Good {
            // A mount may publish its list now and then only. Where this is not allowed, that is waited for.
            let _ = self.get("crl/rotate").await;
            verdict = self.verdict(&certificate, &chain, revoked).await?;
        }
        match verdict {
            Verdict::Good if revoked => later(format!("{id} is revoked, and not in the published list yet")),
            Verdict::Refused => Ok(false),
            Verdict::Good if !fits(&private, &certificate) => {
                later(format!("the private key does not fit the certificate {id}"))
            }
            Verdict::Good => Ok(true),
            Verdict::Wrong(why) => later(format!("{id} is not accepted: {why}")),
        }
    }

    async fn verdict(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        revoked: bool,
    ) -> Result<Verdict, Failure> {
        let authority = self.authority(certificate).await?;
        let now = Duration::from_secs(self.clock.now().unsigned_abs());
        let mut chain = chain.to_vec();
        if revoked {
            // Whoever has another chain than the one that is kept sees that too.
            chain.extend(authority.signers.iter().cloned());
        }
        Ok(verify(certificate, &chain, &authority, now))
    }

    /// Those of the mount who may have signed it.
    async fn authority(&self, certificate: &CertificateDer<'_>) -> Result<Authority, Failure> {
        let Ok(end) = EndEntityCert::try_from(certificate) else {
            return later("the certificate cannot be read");
        };
        let issuers = self.data("issuers?list=true", "list who signs certificates").await?;
        let mut authority = Authority::default();
        for issuer in issuers["keys"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let path = format!("issuer/{}", encoded(issuer));
            let said = self.data(&format!("{path}/json"), "read who signs certificates").await?;
            let own = said["certificate"].as_str().and_then(Bundle::certificate_in);
            let above = said["ca_chain"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let above: Vec<_> = above.filter_map(Bundle::certificate_in).collect();
            let Some(own) = own else { continue };
            if EndEntityCert::try_from(&own).is_ok_and(|own| own.subject() == end.issuer()) {
                let list = self.get(&format!("{path}/crl/der")).await?;
                if list.status == 200 {
                    authority.revoked.push(list.body.to_vec());
                }
            }
            // Where the root is not in the mount, those who trust it trust this one for it.
            let before = authority.roots.len();
            authority.roots.extend(above.into_iter().filter(is_root));
            if authority.roots.len() == before {
                authority.roots.push(own.clone());
            }
            authority.signers.push(own);
        }
        Ok(authority)
    }
}

fn is_root(certificate: &CertificateDer<'_>) -> bool {
    EndEntityCert::try_from(certificate).is_ok_and(|it| it.issuer() == it.subject())
}

impl Check for PkiCheck {
    fn name(&self) -> String {
        format!("chain and revocations of {}", self.mount)
    }

    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(self.judge(key))
    }
}
