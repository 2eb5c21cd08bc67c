//! Who we are to GitHub: a token, or an App that gets itself one for an hour.
//!
//! Tokens and keys are in strings that are wiped when they are dropped and that do not print.

use super::error::{Error, Kind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// How a run authenticates.
#[derive(Clone, Debug)]
pub enum Auth {
    /// None at all: public repositories can be read, sixty times an hour.
    Anonymous,
    /// Of a person, of Actions, or of an App that somebody else asked for.
    Token(SecretString),
    App(App),
}

/// A GitHub App as it is installed somewhere.
#[derive(Clone, Debug)]
pub struct App {
    /// The App's id, or its client id.
    pub id: String,
    /// Found by the repository if it is not given.
    pub installation: Option<u64>,
    /// PEM, as GitHub hands it out.
    pub key: SecretString,
}

impl Auth {
    /// GitHub signs what an App commits, as long as no author is named.
    pub fn is_app(&self) -> bool {
        matches!(self, Auth::App(_))
    }

    /// A token as it stands in a file or a variable.
    pub fn token(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::new(
                Kind::Input,
                "the token is empty",
                "set GITHUB_TOKEN, or use --token-file",
            ));
        }
        // It becomes a header, which would end at a line break; nothing of it may be in the message.
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "the token has characters that no token of GitHub has";
            return Err(Error::new(Kind::Input, message, "store the token alone, without quotes or spaces"));
        }
        Ok(Auth::Token(SecretString::from(text)))
    }
}

/// How long a JSON web token may be used; GitHub takes up to ten minutes.
const LIFETIME: i64 = 9 * 60;

/// A clock may be ahead of GitHub's by so much.
const SKEW: i64 = 60;

/// A signed statement that we are this App, as GitHub asks for in
/// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>.
pub(super) fn statement(app: &App, now: i64) -> Result<SecretString, Error> {
    let header = json!({ "alg": "RS256", "typ": "JWT" }).to_string();
    let claims = json!({ "iat": now - SKEW, "exp": now + LIFETIME, "iss": app.id }).to_string();
    let mut text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = key_pair(app.key.expose_secret())?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
        .map_err(|_| bad_key("the private key of the App does not sign"))?;
    text.push('.');
    text.push_str(&URL_SAFE_NO_PAD.encode(signature));
    Ok(SecretString::from(text))
}

/// GitHub gives keys in PKCS#1; openssl turns them into PKCS#8.
fn key_pair(pem: &str) -> Result<RsaKeyPair, Error> {
    let (kind, der) = pem_body(pem).ok_or_else(|| bad_key("the private key of the App is no PEM file"))?;
    let pair = match kind {
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der),
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der),
        _ => return Err(bad_key("the private key of the App is of another kind")),
    };
    pair.map_err(|_| bad_key("the private key of the App cannot be read"))
}

fn bad_key(message: &str) -> Error {
    Error::new(
        Kind::Input,
        message,
        "use the .pem file that GitHub gave out for the App, an RSA key of 2048 bits",
    )
}

/// The kind of a PEM block and its bytes.
fn pem_body(text: &str) -> Option<(&str, Zeroizing<Vec<u8>>)> {
    // Variables of CI systems often hold the line breaks as `\n`.
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let clean: Zeroizing<String> =
        Zeroizing::new(body.replace("\\n", "").chars().filter(|c| !c.is_whitespace()).collect());
    let bytes = Zeroizing::new(STANDARD.decode(clean.as_bytes()).ok()?);
    Some((kind, bytes))
}
