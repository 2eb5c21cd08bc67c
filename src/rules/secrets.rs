//! How sure a secret literal is, what it is called, and whose business it is.

use super::{Context, Draft};
use crate::diagnostic::{Applicability, Confidence, Edit, Persona, Severity};
use crate::identity::PlaceKind;
use crate::identity::literals::{LiteralUse, SecretLiteral, Sink};
use crate::secret::Level;
use crate::source::{SourceFile, SourceMap, Span};

pub(super) struct Grade {
    pub severity: Severity,
    pub confidence: Confidence,
    pub persona: Persona,
}

/// Formats that say what the text looks like, not that an issuer made it.
const GUESSES: [&str; 5] =
    ["named-attribute", "url-credentials", "basic-auth-header", "bearer-header", "jwt"];

/// How sure it is that a literal is a secret, and who wants to hear of it.
pub(super) fn grade(literal: &SecretLiteral, path: &str) -> Grade {
    let issued = is_issued(literal);
    let sink = literal.uses.iter().filter_map(|used| used.sink).max();
    let sink = if literal.feeds { Some(Sink::Login) } else { sink };
    let hash = literal.note.as_deref().is_some_and(|note| note.contains("hash"));
    let (severity, confidence, persona) = match (literal.confidence, sink) {
        _ if issued => {
            return Grade {
                severity: Severity::Critical,
                confidence: Confidence::High,
                persona: Persona::Regular,
            };
        }
        _ if hash => (Severity::Medium, Confidence::Low, Persona::Auditor),
        (_, Some(Sink::Login)) => (Severity::Critical, Confidence::High, Persona::Regular),
        (Level::High, _) => (Severity::Critical, Confidence::High, Persona::Regular),
        (Level::Medium, Some(Sink::Store)) => (Severity::Critical, Confidence::Medium, Persona::Regular),
        // An issuer's format, although a loose one.
        (Level::Medium, None) if !GUESSES.contains(&literal.format) => {
            (Severity::High, Confidence::Medium, Persona::Regular)
        }
        (Level::Medium, None) => (Severity::High, Confidence::Medium, Persona::Strict),
        (Level::Low, _) => (Severity::Medium, Confidence::Low, Persona::Auditor),
    };
    let persona = if is_sample(path) { persona.max(Persona::Strict) } else { persona };
    Grade { severity, confidence, persona }
}

/// It has the format of an issuer, who made it.
pub(super) fn is_issued(literal: &SecretLiteral) -> bool {
    literal.verified || (literal.confidence == Level::High && !GUESSES.contains(&literal.format))
}

/// Whether a file is there to show or to test something.
pub(super) fn is_sample(path: &str) -> bool {
    let dirs = path.rsplit_once('/').map_or("", |(dirs, _)| dirs);
    dirs.split('/').any(|dir| {
        let dir = dir.to_ascii_lowercase();
        let words = [
            "example", "examples", "test", "tests", "testing", "testdata", "fixture", "fixtures", "demo",
            "demos", "sample", "samples", "docs", "spec", "e2e", "mocks",
        ];
        words.contains(&dir.as_str()) || dir.starts_with("test-") || dir.starts_with("example-")
    })
}

/// Whether a literal belongs to a provider or backend, which `provider-static-credentials` speaks of.
pub(super) fn is_provider(literal: &SecretLiteral) -> bool {
    matches!(&*literal.block, "provider" | "terraform") || literal.uses.iter().any(is_provider_use)
}

pub(super) fn is_provider_use(used: &LiteralUse) -> bool {
    used.place == PlaceKind::Provider && used.sink.is_some()
}

/// What it is, in words: `GitHub personal access token`, `password`.
pub(super) fn describe(literal: &SecretLiteral) -> String {
    match literal.format {
        "named-attribute" => {
            let sink = literal.uses.iter().find(|used| used.sink.is_some());
            let name = sink.map(|used| last(&used.attribute, &used.name)).or(literal.name.clone());
            noun(name.as_deref().unwrap_or_default())
        }
        "url-credentials" => "password in a URL".to_string(),
        "basic-auth-header" => "password in an authorization header".to_string(),
        "bearer-header" => "bearer token".to_string(),
        "private-key-pem" => "private key".to_string(),
        "gcp-service-account-json" => "Google service account key".to_string(),
        "jwt" => "signed token (JWT)".to_string(),
        format => spell(format),
    }
}

fn last(attribute: &str, name: &str) -> String {
    let tail = attribute.rsplit('.').next().unwrap_or(attribute);
    let name = if crate::secret::is_secret_name(name) { name } else { tail };
    name.to_string()
}

/// The kind of secret that a name speaks of.
fn noun(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let kinds = [
        ("passphrase", "passphrase"),
        ("pass", "password"),
        ("pwd", "password"),
        ("token", "token"),
        ("private", "private key"),
        ("apikey", "API key"),
        ("api_key", "API key"),
        ("secret_key", "secret key"),
        ("access_key", "access key"),
        ("secret", "secret"),
        ("key", "key"),
    ];
    kinds.iter().find(|(word, _)| name.contains(word)).map_or("secret", |(_, noun)| noun).to_string()
}

fn spell(format: &str) -> String {
    let words = format.split('-').map(|word| match word {
        "aws" => "AWS",
        "gcp" => "Google",
        "azure" => "Azure",
        "github" => "GitHub",
        "gitlab" => "GitLab",
        "slack" => "Slack",
        "api" => "API",
        "pat" => "personal access token",
        "sas" => "SAS",
        "url" => "URL",
        "openai" => "OpenAI",
        "npm" => "npm",
        "oauth" => "OAuth",
        "devops" => "DevOps",
        "datadog" => "Datadog",
        "stripe" => "Stripe",
        "vault" => "Vault",
        "okta" => "Okta",
        "cloudflare" => "Cloudflare",
        "mongodb" => "MongoDB",
        "sendgrid" => "SendGrid",
        "databricks" => "Databricks",
        "grafana" => "Grafana",
        "digitalocean" => "DigitalOcean",
        "named" => "token",
        other => other,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `a` or `an`.
pub(super) fn article(noun: &str) -> &'static str {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O']);
    if vowel { "an" } else { "a" }
}

/// Where a literal is written, for a sentence.
pub(super) fn written_in(literal: &SecretLiteral) -> String {
    match &*literal.block {
        "" => "a variable file".to_string(),
        "file" => format!("`{}`", literal.address),
        "locals" => {
            let name = literal.attribute.split('.').next().unwrap_or_default();
            format!("`local.{name}`")
        }
        "variable" => format!("the default of `{}`", literal.address),
        _ => format!("`{}`", literal.address),
    }
}

/// Adds the places that a literal arrives at, but for those that the finding marks anyway.
pub(super) fn relate(mut draft: Draft, literal: &SecretLiteral, cx: &Context<'_>) -> Draft {
    const SHOWN: usize = 6;
    let mut spans: Vec<Span> = Vec::new();
    for used in &literal.uses {
        let span = use_span(used);
        let known = cx.shared.sources.find(span.file).is_some();
        if !known || spans.contains(&span) || span.contains(literal.span) {
            continue;
        }
        spans.push(span);
        if spans.len() <= SHOWN {
            draft = draft.related(span, arrival(used));
        }
    }
    match spans.len().checked_sub(SHOWN) {
        Some(more @ 1..) => draft.note(format!("{more} more places use it")),
        _ => draft,
    }
}

/// The reference by which an attribute takes a value, or the attribute.
pub(super) fn use_span(used: &LiteralUse) -> Span {
    let hops = used.value.meta.hops();
    hops.last().map(|hop| hop.span).filter(|span| used.span.contains(*span)).unwrap_or(used.span)
}

/// The way from the literal to the place that takes it.
pub(super) fn route(draft: Draft, literal: &SecretLiteral, used: &LiteralUse) -> Draft {
    let mut value = used.value.clone();
    // What a function made of it was not written there.
    value.meta.span = Some(literal.span);
    draft.route(&value)
}

/// What of a secret may be shown: `a password of 18 characters`.
pub(super) fn shown(literal: &SecretLiteral, what: &str) -> String {
    let redacted = literal.redacted.as_str();
    let length = redacted.rsplit_once('(').map_or("", |(_, tail)| tail.trim_end_matches(" chars)"));
    match redacted.split_once('…') {
        Some((prefix, _)) if !prefix.is_empty() => format!("{} {what}, `{prefix}…`", article(what)),
        _ => format!("{} {what} of {length} characters", article(what)),
    }
}

/// What a place does with a secret.
pub(super) fn arrival(used: &LiteralUse) -> String {
    let address = &used.address;
    match used.place {
        PlaceKind::WorkloadEnv => format!("in the plain environment of `{address}`"),
        PlaceKind::BootScript => format!("in the boot script of `{address}`"),
        PlaceKind::SecretStore => format!("stored in `{address}`"),
        PlaceKind::CiSecret => format!("given to pipelines by `{address}`"),
        PlaceKind::Login => format!("sets the login of `{address}`"),
        PlaceKind::Provider => format!("`{address}` signs in with it"),
        PlaceKind::Module => format!("passed to `{address}`"),
        PlaceKind::File => format!("written to disk by `{address}`"),
        PlaceKind::Output => format!("shown by `{address}`"),
        PlaceKind::Other => format!("taken by `{address}`"),
    }
}

/// Deletes an attribute with its line, when nothing else is on it.
pub(super) fn delete_line(sources: &SourceMap, span: Span) -> Option<Edit> {
    let file: &SourceFile = sources.find(span.file)?;
    let text = &*file.text;
    let before = text.get(..span.start as usize)?;
    let start = before.rfind('\n').map_or_else(|| first_byte(text), |at| at + 1);
    let after = text.get(span.end as usize..)?;
    // A heredoc may bring the end of its last line.
    let ended = text.get(span.range())?.ends_with('\n');
    let next = if ended { Some(0) } else { after.find('\n').map(|at| at + 1) };
    let end = next.map_or(text.len(), |next| span.end as usize + next);
    let rest = text.get(span.end as usize..end)?.trim();
    let alone = text.get(start..span.start as usize)?.trim().is_empty()
        && (rest.is_empty() || rest.starts_with('#') || rest.starts_with("//"));
    alone.then(|| Edit { span: Span::new(span.file, start, end), text: String::new() })
}

/// A byte order mark is no part of the first line.
pub(super) fn first_byte(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// A change that needs consent.
pub(super) fn unsafe_fix(title: impl Into<String>, edits: Vec<Edit>) -> crate::diagnostic::Fix {
    crate::diagnostic::Fix::new(title.into(), Applicability::Unsafe, edits)
}
