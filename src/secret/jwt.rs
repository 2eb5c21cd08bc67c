//! JSON web tokens: decoded, never verified, to learn who issued them and until when they hold.

use super::blob::{contains_ignore_case, decode};
use super::types::Level;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::Value;

pub(super) struct Claims {
    pub kubernetes: bool,
    pub level: Level,
    pub note: Option<String>,
}

/// `None` when the token is no JSON web token, or one that documentation prints.
pub(super) fn examine(token: &str, today: Option<Date>) -> Option<Claims> {
    let mut parts = token.split('.');
    let (header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
    header.get("alg")?;
    let payload: Value = serde_json::from_slice(&decode(payload)?).ok()?;
    let claims = payload.as_object()?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    // The token on the front page of jwt.io has this subject and name.
    if text("sub") == "1234567890" || text("name") == "John Doe" {
        return None;
    }
    let issuer = text("iss");
    let kubernetes = contains_ignore_case(issuer, "kubernetes")
        || claims.keys().any(|name| name.contains("kubernetes.io"));
    let expiry = claims.get("exp").and_then(Value::as_f64).and_then(day);
    let (level, note) = match expiry {
        Some(end) if today.is_some_and(|today| end < today) => {
            (Level::Low, Some(format!("expired on {end}")))
        }
        Some(end) => (Level::Medium, Some(format!("expires on {end}"))),
        None if claims.contains_key("exp") => (Level::Medium, None),
        None if text("role") == "anon" => (Level::Low, Some("an anonymous key, public by design".into())),
        None if kubernetes => (Level::High, Some("a service account token that never expires".into())),
        None => (Level::Medium, Some("never expires".into())),
    };
    let level = if kubernetes && level == Level::Medium { Level::High } else { level };
    Some(Claims { kubernetes, level, note })
}

fn day(seconds: f64) -> Option<Date> {
    // A claim beyond the calendar saturates and is then refused by jiff.
    let at = Timestamp::from_second(seconds as i64).ok()?;
    Some(Offset::UTC.to_datetime(at).date())
}
