use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A private key, its certificate, and what leads from there to a root, all as PEM. It is the secret half of a
/// certificate, whose id is the serial number.
pub struct Bundle {
    key: Zeroizing<String>,
    certificate: String,
    chain: Vec<String>,
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

impl Bundle {
    /// The first certificate is the one of the key, wherever the key is.
    pub fn of<const N: usize>(texts: [&str; N]) -> Option<Bundle> {
        let (mut key, mut certificates) = (None, Vec::new());
        for text in texts {
            for (label, block) in blocks(text) {
                match label {
                    "CERTIFICATE" => certificates.push(block.to_owned()),
                    label if label.ends_with("PRIVATE KEY") => {
                        key.get_or_insert_with(|| Zeroizing::new(block.to_owned()));
                    }
                    // Such as the parameters of a curve.
                    _ => {}
                }
            }
        }
        if certificates.is_empty() {
            return None;
        }
        let certificate = certificates.remove(0);
        Some(Bundle { key: key?, certificate, chain: certificates })
    }

    /// In one text.
    pub fn whole(&self) -> SecretString {
        // In one piece from the beginning, since what grows leaves copies behind.
        let certificates = self.served();
        let mut whole = String::with_capacity(self.key.len() + 1 + certificates.len());
        whole.push_str(&self.key);
        whole.push('\n');
        whole.push_str(&certificates);
        SecretString::from(whole)
    }

    pub fn key(&self) -> String {
        format!("{}\n", &*self.key)
    }

    pub fn certificate(&self) -> String {
        format!("{}\n", self.certificate)
    }

    pub fn chain(&self) -> String {
        self.chain.iter().map(|one| format!("{one}\n")).collect()
    }

    /// What a server shows: the certificate, and its chain below it.
    pub fn served(&self) -> String {
        self.certificate() + &self.chain()
    }

    /// The certificate of a text with one.
    pub fn certificate_in(pem: &str) -> Option<CertificateDer<'static>> {
        CertificateDer::from_pem_slice(pem.as_bytes()).ok()
    }

    pub fn certificate_der(&self) -> Option<CertificateDer<'static>> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes()).ok()
    }

    pub fn chain_der(&self) -> Option<Vec<CertificateDer<'static>>> {
        self.chain.iter().map(|one| CertificateDer::from_pem_slice(one.as_bytes()).ok()).collect()
    }

    pub fn key_der(&self) -> Option<PrivateKeyDer<'static>> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).ok()
    }
}

/// Each block with its label, in order; what is between them is a comment.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = rest.find(BEGIN)?;
        let block = &rest[from..];
        let label = block[BEGIN.len()..].split(DASHES).next()?;
        let end = block.find(END)?;
        let to = end + END.len() + block[end + END.len()..].find(DASHES)? + DASHES.len();
        rest = &block[to..];
        Some((label, &block[..to]))
    })
}

#[cfg(test)]
mod tests {
    use super::Bundle;
    use secrecy::ExposeSecret;

    const KEY: &str = "-----BEGIN EC PARAMETERS-----\nAA==\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\nAQ==\n-----END EC PRIVATE KEY-----\n";
    const LEAF: &str = "-----BEGIN CERTIFICATE-----\nAg==\n-----END CERTIFICATE-----\n";
    const ROOT: &str = "subject=root\n-----BEGIN CERTIFICATE-----\nAw==\n-----END CERTIFICATE-----\n";

    #[test]
    fn halves_are_told_apart_wherever_they_are() {
        let apart = Bundle::of([KEY, LEAF, ROOT]).unwrap();
        let whole = apart.whole();
        for texts in
            [[KEY, LEAF, ROOT].concat(), [LEAF, KEY, ROOT].concat(), whole.expose_secret().to_owned()]
        {
            let bundle = Bundle::of([&texts]).unwrap();
            assert_eq!(bundle.key(), apart.key());
            assert!(bundle.key().starts_with("-----BEGIN EC PRIVATE KEY-----\nAQ==\n"));
            assert_eq!(bundle.certificate(), LEAF);
            assert_eq!(bundle.chain().lines().count(), 3);
            assert_eq!(bundle.served(), bundle.certificate() + &bundle.chain());
        }
        let nothing = ["", KEY, LEAF, "-----BEGIN CERTIFICATE-----", "-----BEGIN ", "a password"];
        assert!(nothing.iter().all(|text| Bundle::of([text]).is_none()));
    }
}
