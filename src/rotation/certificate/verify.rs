use std::time::Duration;
use tokio_rustls::rustls::crypto::ring::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, CertRevocationList, EndEntityCert, Error, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
};

/// Who signs certificates, and its list of those that it took back.
#[derive(Default)]
pub struct Authority {
    pub signers: Vec<CertificateDer<'static>>,
    /// Where a chain may end.
    pub roots: Vec<CertificateDer<'static>>,
    /// A list for each that has the name of the one who signed it; names may be there twice.
    pub revoked: Vec<Vec<u8>>,
}

/// What somebody says who is shown a certificate.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Good,
    /// It was taken back, or has ended.
    Refused,
    Wrong(String),
}

/// The chain, the time, and whether it was taken back. A list has to say so.
pub fn verify(
    certificate: &CertificateDer<'_>,
    chain: &[CertificateDer<'_>],
    authority: &Authority,
    now: Duration,
) -> Verdict {
    let mut verdict = Verdict::Wrong("its authority publishes no list of what it revoked".to_owned());
    for list in &authority.revoked {
        verdict = verify_by(certificate, chain, &authority.roots, list, now);
        if verdict == Verdict::Good || verdict == Verdict::Refused {
            break;
        }
    }
    verdict
}

fn verify_by(
    certificate: &CertificateDer<'_>,
    chain: &[CertificateDer<'_>],
    roots: &[CertificateDer<'_>],
    list: &[u8],
    now: Duration,
) -> Verdict {
    match try_verify(certificate, chain, roots, list, now) {
        Ok(()) => Verdict::Good,
        Err(Error::CertRevoked | Error::CertExpired { .. }) => Verdict::Refused,
        Err(Error::UnknownRevocationStatus | Error::InvalidCrlSignatureForPublicKey) => {
            Verdict::Wrong("the list of what was revoked is not of who signed it".to_owned())
        }
        Err(Error::UnknownIssuer) => Verdict::Wrong("its chain does not lead to the authority".to_owned()),
        Err(error) => Verdict::Wrong(format!("it does not verify: {error}")),
    }
}

fn try_verify(
    certificate: &CertificateDer<'_>,
    chain: &[CertificateDer<'_>],
    roots: &[CertificateDer<'_>],
    list: &[u8],
    now: Duration,
) -> Result<(), Error> {
    let end = EndEntityCert::try_from(certificate)?;
    let anchors = roots.iter().map(anchor_from_trusted_cert).collect::<Result<Vec<_>, _>>()?;
    let list = CertRevocationList::from(OwnedCertRevocationList::from_der(list)?);
    let lists = [&list];
    let verify = |usage: KeyUsage| {
        let options = RevocationOptionsBuilder::new(&lists).map_err(|_| Error::UnknownRevocationStatus)?;
        let options = options
            .with_depth(RevocationCheckDepth::EndEntity)
            .with_status_policy(UnknownStatusPolicy::Deny)
            .build();
        let now = UnixTime::since_unix_epoch(now);
        let path =
            end.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, chain, now, usage, Some(options), None);
        path.map(|_| ())
    };
    // Some are for servers, some for clients, and some for both.
    match verify(KeyUsage::server_auth()) {
        Err(Error::RequiredEkuNotFoundContext(_)) => verify(KeyUsage::client_auth()),
        done => done,
    }
}

/// Whether the private key is the one of the certificate.
pub fn fits(key: &PrivateKeyDer<'_>, certificate: &CertificateDer<'_>) -> bool {
    let Ok(key) = any_supported_type(key) else { return false };
    let Ok(end) = EndEntityCert::try_from(certificate) else { return false };
    key.public_key().is_some_and(|public| public == end.subject_public_key_info())
}
