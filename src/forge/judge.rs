//! What an answer means for the request: done, wait and ask again, or failed. Plain functions of what GitHub said, after
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api> and
//! <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>.

use http::HeaderMap;
use http::header::{DATE, LOCATION, RETRY_AFTER};
use std::time::Duration;

/// What GitHub said, beside what was asked for.
#[derive(Clone, Debug)]
pub(super) struct Told<'a> {
    pub status: u16,
    /// GitHub's own words.
    pub message: String,
    /// Which permissions the call accepts.
    pub accepted: Option<String>,
    /// Single sign-on is missing.
    pub sso: bool,
    pub location: Option<String>,
    headers: &'a HeaderMap,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    /// A limit: GitHub did nothing, and says or implies when to come back.
    Limited(Duration),
    /// A failure of the server, after which anything may have happened.
    Broken,
    Failed,
}

/// A secondary limit without a time is waited out for so long at first.
const SECONDARY_WAIT: Duration = Duration::from_secs(60);

impl<'a> Told<'a> {
    pub fn new(status: u16, headers: &'a HeaderMap, body: &[u8]) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Told {
            status,
            message: message(body),
            accepted: text("x-accepted-github-permissions").filter(|text| !text.is_empty()),
            sso: headers.contains_key("x-github-sso"),
            location: text(LOCATION.as_str()),
            headers,
        }
    }

    /// `attempt` counts the limits that were waited for already.
    pub fn verdict(&self, attempt: u32) -> Verdict {
        match self.status {
            200..=299 | 304 => Verdict::Done,
            403 | 429 => match self.pause(attempt) {
                Some(pause) => Verdict::Limited(pause),
                None => Verdict::Failed,
            },
            // GitHub's own gateway gives up after ten seconds with 502, and the request goes on behind it.
            500 | 502 | 503 | 504 => match seconds(self.headers, RETRY_AFTER.as_str()) {
                Some(pause) if self.status == 503 => Verdict::Limited(Duration::from_secs(pause)),
                _ => Verdict::Broken,
            },
            _ => Verdict::Failed,
        }
    }

    fn pause(&self, attempt: u32) -> Option<Duration> {
        if let Some(pause) = seconds(self.headers, RETRY_AFTER.as_str()) {
            return Some(Duration::from_secs(pause));
        }
        if let Some(pause) = until_reset(self.headers) {
            return Some(pause);
        }
        let text = self.message.to_ascii_lowercase();
        let limited =
            self.status == 429 || text.contains("secondary rate limit") || text.contains("abuse detection");
        limited.then(|| SECONDARY_WAIT * 2u32.saturating_pow(attempt.min(6)))
    }
}

/// How long the primary limit lasts when nothing is left of it, by the server's clock.
pub(super) fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    if seconds(headers, "x-ratelimit-remaining")? > 0 {
        return None;
    }
    let reset = i64::try_from(seconds(headers, "x-ratelimit-reset")?).ok()?;
    let now = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(second_of)?;
    // One second more, since both are cut to whole seconds.
    Some(Duration::from_secs(u64::try_from(reset - now + 1).unwrap_or(1)))
}

/// Seconds since 1970 of an HTTP date.
fn second_of(text: &str) -> Option<i64> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(zoned.timestamp().as_second())
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// The message of an answer, with those of its parts.
fn message(body: &[u8]) -> String {
    const MAX: usize = 400;
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else { return String::new() };
    let mut text = value["message"].as_str().unwrap_or_default().to_owned();
    for error in value["errors"].as_array().into_iter().flatten() {
        let part = match (error.as_str(), error["message"].as_str(), error["field"].as_str()) {
            (Some(text), _, _) | (None, Some(text), _) => text.to_owned(),
            (None, None, Some(field)) => {
                format!("{field} {}", error["code"].as_str().unwrap_or("is wrong").replace('_', " "))
            }
            _ => continue,
        };
        text = format!("{}; {part}", text.trim_end_matches('.'));
    }
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX).collect();
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn verdict(
        status: u16,
        headers: &[(&'static str, &'static str)],
        message: &str,
        attempt: u32,
    ) -> Verdict {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers: HeaderMap = headers.iter().map(pair).collect();
        let body = serde_json::json!({ "message": message }).to_string();
        Told::new(status, &headers, body.as_bytes()).verdict(attempt)
    }

    fn wait(seconds: u64) -> Verdict {
        Verdict::Limited(Duration::from_secs(seconds))
    }

    #[test]
    fn limits_say_or_imply_when_to_come_back() {
        assert_eq!(verdict(429, &[("retry-after", "7")], "", 0), wait(7));
        assert_eq!(
            verdict(403, &[("retry-after", "7")], "You have exceeded a secondary rate limit", 0),
            wait(7)
        );
        assert_eq!(verdict(403, &[], "You have exceeded a secondary rate limit", 0), wait(60));
        assert_eq!(verdict(403, &[], "You have exceeded a secondary rate limit", 2), wait(240));
        let used_up = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795341630"),
            ("date", "Sun, 22 Nov 2026 10:00:00 GMT"),
        ];
        let expected = u64::try_from(1_795_341_630 - 1_795_341_600 + 1).expect("a number");
        assert_eq!(verdict(403, &used_up, "API rate limit exceeded", 0), wait(expected));
    }

    #[test]
    fn what_is_forbidden_is_no_limit() {
        let left = [("x-ratelimit-remaining", "12"), ("x-ratelimit-reset", "1795341630")];
        assert_eq!(verdict(403, &left, "Resource not accessible by integration", 0), Verdict::Failed);
        assert_eq!(verdict(404, &[], "Not Found", 0), Verdict::Failed);
        assert_eq!(verdict(502, &[], "", 0), Verdict::Broken);
        assert_eq!(verdict(201, &[], "", 0), Verdict::Done);
    }

    #[test]
    fn messages_have_their_parts() {
        let body = serde_json::json!({
            "message": "Validation Failed",
            "errors": [
                { "resource": "Label", "code": "already_exists", "field": "name" },
                { "message": "A pull request already exists for acme:x." },
                "and a text",
            ],
        });
        let text = message(body.to_string().as_bytes());
        assert_eq!(
            text,
            "Validation Failed; name already exists; A pull request already exists for acme:x; and a text"
        );
        assert_eq!(message(b"<html>"), "");
    }
}
