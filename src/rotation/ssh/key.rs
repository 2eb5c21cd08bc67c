use super::{rsa, wire};
use crate::rotation::pem;
use crate::rotation::traits::KeyId;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaKeyPair,
};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};
use ssh_key::LineEnding;
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, Ed25519PrivateKey, KeypairData};
use ssh_key::public::Ed25519PublicKey;

/// A private key that one can log in with.
pub struct PrivateKey {
    pair: Pair,
    /// Its public half, as SSH sends it.
    public: Vec<u8>,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair, &'static Curve),
    Rsa(RsaKeyPair),
}

struct Curve {
    kind: &'static str,
    name: &'static str,
    algorithm: &'static ring::signature::EcdsaSigningAlgorithm,
}

static P256: Curve =
    Curve { kind: "ecdsa-sha2-nistp256", name: "nistp256", algorithm: &ECDSA_P256_SHA256_FIXED_SIGNING };
static P384: Curve =
    Curve { kind: "ecdsa-sha2-nistp384", name: "nistp384", algorithm: &ECDSA_P384_SHA384_FIXED_SIGNING };

const ED25519: &str = "ssh-ed25519";
const RSA: &str = "ssh-rsa";
/// With what an RSA key is asked to sign. Source: IETF draft `ssh-agent`, "SSH Agent Protocol", section 3.6.1.
const SHA_256: u32 = 2;
const SHA_512: u32 = 4;

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PrivateKey").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl PrivateKey {
    /// A new one of type Ed25519, and its text as OpenSSH writes it.
    pub fn make() -> Option<(Self, SecretString)> {
        let mut seed = Zeroizing::new([0; Ed25519PrivateKey::BYTE_SIZE]);
        SystemRandom::new().fill(&mut *seed).ok()?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).ok()?;
        let public = Ed25519PublicKey::try_from(pair.public_key().as_ref()).ok()?;
        let private = Ed25519PrivateKey::from_bytes(&seed);
        let key = ssh_key::PrivateKey::from(Ed25519Keypair { public, private });
        let text = key.to_openssh(LineEnding::LF).ok()?;
        let text = SecretString::from(text.as_str());
        Some((Self::of(Pair::Ed25519(pair)), text))
    }

    /// Reads what OpenSSH writes, and what OpenSSL does of the same keys. The error says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        if let Some(bytes) = pem::block(text, "OPENSSH PRIVATE KEY") {
            return openssh(&bytes).map(Self::of);
        }
        let found = match (pem::block(text, "RSA PRIVATE KEY"), pem::block(text, "PRIVATE KEY")) {
            (Some(der), _) => RsaKeyPair::from_der(&der).ok().map(Pair::Rsa),
            (None, Some(der)) => pkcs8(&der),
            (None, None) => return Err("it is no private key, or one with a passphrase"),
        };
        found.map(Self::of).ok_or(UNUSABLE)
    }

    fn of(pair: Pair) -> Self {
        let public = match &pair {
            Pair::Ed25519(pair) => wire::strings(&[ED25519.as_bytes(), pair.public_key().as_ref()]),
            Pair::Ecdsa(pair, curve) => {
                wire::strings(&[curve.kind.as_bytes(), curve.name.as_bytes(), pair.public_key().as_ref()])
            }
            Pair::Rsa(pair) => {
                let numbers = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                let mut public = wire::strings(&[RSA.as_bytes()]);
                wire::number(&mut public, &numbers.e);
                wire::number(&mut public, &numbers.n);
                public
            }
        };
        PrivateKey { pair, public }
    }

    pub fn id(&self) -> KeyId {
        id(&self.public)
    }

    pub(super) fn public(&self) -> &[u8] {
        &self.public
    }

    fn kind(&self) -> &'static str {
        match &self.pair {
            Pair::Ed25519(_) => ED25519,
            Pair::Ecdsa(_, curve) => curve.kind,
            Pair::Rsa(_) => RSA,
        }
    }

    /// The public half as a line of `authorized_keys`.
    pub fn public_line(&self) -> String {
        format!("{} {}", self.kind(), STANDARD.encode(&self.public))
    }

    /// A signature as SSH sends it. `flags` are those of the agent protocol.
    /// Sources: RFC 8709, section 6; RFC 5656, section 3.1.2; RFC 8332, section 3.
    pub(super) fn sign(&self, data: &[u8], flags: u32) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ed25519(pair) => Some(wire::strings(&[ED25519.as_bytes(), pair.sign(data).as_ref()])),
            Pair::Ecdsa(pair, curve) => {
                let signature = pair.sign(&random, data).ok()?;
                let (first, second) = signature.as_ref().split_at(signature.as_ref().len() / 2);
                let mut numbers = Vec::new();
                wire::number(&mut numbers, first);
                wire::number(&mut numbers, second);
                Some(wire::strings(&[curve.kind.as_bytes(), &numbers]))
            }
            Pair::Rsa(pair) => {
                // SHA-1, which no flag stands for, is accepted by nobody any more.
                let (name, how) = match (flags & SHA_512 != 0, flags & SHA_256 != 0) {
                    (true, _) => ("rsa-sha2-512", &RSA_PKCS1_SHA512),
                    (false, true) => ("rsa-sha2-256", &RSA_PKCS1_SHA256),
                    (false, false) => return None,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(how, &random, data, &mut signature).ok()?;
                Some(wire::strings(&[name.as_bytes(), &signature]))
            }
        }
    }
}

const UNUSABLE: &str =
    "its type cannot be used here: Ed25519, ECDSA of 256 or 384 bits, or RSA of 2048 bits or more";

fn openssh(bytes: &[u8]) -> Result<Pair, &'static str> {
    let read = ssh_key::PrivateKey::from_bytes(bytes).map_err(|_| "it is no private key of OpenSSH")?;
    let ecdsa = |curve: &'static Curve, private: &[u8], public: &[u8]| {
        let random = SystemRandom::new();
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(curve.algorithm, private, public, &random).ok()?;
        Some(Pair::Ecdsa(pair, curve))
    };
    let pair = match read.key_data() {
        KeypairData::Ed25519(pair) => {
            let (seed, public) = (pair.private.as_ref(), pair.public.as_ref());
            Ed25519KeyPair::from_seed_and_public_key(seed, public).ok().map(Pair::Ed25519)
        }
        KeypairData::Ecdsa(EcdsaKeypair::NistP256 { public, private }) => {
            ecdsa(&P256, private.as_slice(), public.as_bytes())
        }
        KeypairData::Ecdsa(EcdsaKeypair::NistP384 { public, private }) => {
            ecdsa(&P384, private.as_slice(), public.as_bytes())
        }
        KeypairData::Rsa(pair) => rsa::pair(pair).map(Pair::Rsa),
        KeypairData::Encrypted(_) => return Err("it has a passphrase"),
        _ => None,
    };
    pair.ok_or(UNUSABLE)
}

fn pkcs8(der: &[u8]) -> Option<Pair> {
    let random = SystemRandom::new();
    let ecdsa = |curve: &'static Curve| {
        let pair = EcdsaKeyPair::from_pkcs8(curve.algorithm, der, &random).ok()?;
        Some(Pair::Ecdsa(pair, curve))
    };
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
        .ok()
        .map(Pair::Ed25519)
        .or_else(|| ecdsa(&P256))
        .or_else(|| ecdsa(&P384))
        .or_else(|| RsaKeyPair::from_pkcs8(der).ok().map(Pair::Rsa))
}

fn id(public: &[u8]) -> KeyId {
    KeyId(format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(public))))
}

/// The fingerprint of a line of `authorized_keys`, as `ssh-keygen -l` shows it, whatever its type.
pub fn fingerprint(line: &str) -> Option<KeyId> {
    let mut words = line.split_ascii_whitespace();
    let (kind, public) = (words.next()?, STANDARD.decode(words.next()?).ok()?);
    (wire::take(&mut &public[..])? == kind.as_bytes()).then(|| id(&public))
}

#[cfg(test)]
mod tests;
