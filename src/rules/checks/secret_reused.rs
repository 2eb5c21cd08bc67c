use crate::diagnostic::{Confidence, Fix, Persona};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::facts::{self, place_kind};
use crate::identity::literals::leaves::Leaf;
use crate::identity::literals::{LiteralUse, SecretLiteral, Sink, leaves, provider_credential};
use crate::identity::{Model, PlaceKind};
use crate::rules::crossing;
use crate::rules::secret_refs::{self, Origin};
use crate::rules::secret_stores::located;
use crate::rules::secrets;
use crate::rules::{Context, Draft, Rule, RuleInfo};
use crate::secret::{Level, is_secret_name, words};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::{BTreeSet, HashMap};

declare_rule! {
    /// One secret serves several consumers: the same key goes to two workloads, to two repositories, to a
    /// workload and a pipeline, or the same text is written down in several places.
    ///
    /// Whoever uses it looks the same in the logs. A leak at one consumer is a leak at all of them, the
    /// permissions are the sum of what all need, and it cannot be rotated for one without breaking the
    /// others, which is why such secrets never are.
    ///
    /// Counted are different consumers: workloads, boot scripts, repositories whose pipelines get it,
    /// modules that take it for the environment of what they make, and providers. Blocks that read the same
    /// entry of a secret store read one secret. A generated password that goes into a database and into a secret store is one login with
    /// one copy, and so is a store that one workload reads. Instances of one block (`count`, `for_each`)
    /// are one workload. For text written in the code the same characters count, if they are strong enough
    /// not to be chosen twice by chance.
    ///
    /// To fix it, give every consumer its own identity or at least its own key, then retire the shared one.
    /// The places to change are all listed.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_access_key" "shared" {
    ///   user = "integration"
    /// }
    ///
    /// resource "aws_lambda_function" "orders" {
    ///   function_name = "orders"
    ///   role          = "arn:aws:iam::123456789012:role/orders"
    ///   environment {
    ///     variables = { AWS_SECRET = aws_iam_access_key.shared.secret }
    ///   }
    /// }
    ///
    /// resource "github_actions_secret" "deploy" {
    ///   repository      = "web"
    ///   secret_name     = "AWS_SECRET"
    ///   plaintext_value = aws_iam_access_key.shared.secret
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "random_password" "db" {
    ///   length = 32
    /// }
    ///
    /// resource "google_sql_user" "app" {
    ///   name     = "app"
    ///   instance = "main"
    ///   password = random_password.db.result
    /// }
    ///
    /// resource "google_secret_manager_secret_version" "db" {
    ///   secret      = "projects/p/secrets/db"
    ///   secret_data = random_password.db.result
    /// }
    /// ```
    ///
    /// Source: OWASP Non-Human Identities Top 10 2025, "NHI9: NHI reuse".
    SecretReused {
        code: "KW402",
        name: "secret-reused",
        summary: "One secret for several consumers",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "reuse",
        nhi: ["NHI9"],
        csf: ["PR.AA-01"],
        cis: [],
    }
}

/// Someone who has the secret. Equal keys are the same one.
#[derive(Clone, Debug)]
struct Consumer {
    key: String,
    /// A database or user whose password it is.
    login: bool,
    span: Span,
    text: String,
    persona: Persona,
}

impl Rule for SecretReused {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let mut found = Found { cx, of: IndexMap::new(), stored: HashMap::new() };
        let project = &cx.model.project;
        let takes_any =
            |one: &&Resource| one.mode == ResourceMode::Managed && facts::may_be(&one.kind, &CONSUMED);
        for resource in project.resources.iter().filter(takes_any) {
            leaves::each(&resource.body, &mut |leaf| {
                let place = place_kind(&resource.kind, leaf.full);
                if let Some(consumer) = consumer(resource, place, leaf.attr.expr_span) {
                    found.take(leaf, &consumer);
                }
            });
        }
        for module in &project.modules {
            for provider in &module.providers {
                leaves::each(&provider.body, &mut |leaf| {
                    if provider_credential(&provider.name, leaf.path, leaf.name) {
                        found.sign_in(leaf, &provider_consumer(&provider.name, leaf.attr.expr_span));
                    }
                });
            }
            for call in module.calls.iter().filter(|call| !call.resolved) {
                leaves::each(&call.body, &mut |leaf| {
                    if is_environment(leaf.path) {
                        found.take(leaf, &module_consumer(&call.address, leaf.attr.expr_span));
                    }
                });
            }
        }
        for (origin, consumers) in found.of {
            if let Some(who) = reused(&consumers) {
                report(&origin, &who, cx);
            }
        }
    }

    fn estate(&self, cx: &mut Context<'_>) {
        let shared = cx.shared;
        let mut same: IndexMap<&str, Vec<&SecretLiteral>> = IndexMap::new();
        for literal in shared.estate.literals.iter().filter(|literal| is_strong(literal, cx)) {
            same.entry(&literal.fingerprint).or_default().push(literal);
        }
        for literals in same.values() {
            // `identity-crosses-environments` says the same and more.
            if crossing::is_on_both_sides(cx, literals) {
                continue;
            }
            let consumers: Vec<Consumer> =
                literals.iter().flat_map(|literal| holders(literal, literals, cx)).collect();
            if let Some(who) = reused(&consumers) {
                report_literals(literals, &who, cx);
            }
        }
    }
}

/// Secrets with their consumers.
struct Found<'c, 'a> {
    cx: &'c Context<'a>,
    of: IndexMap<Origin, Vec<Consumer>>,
    /// The first block that reads a secret of a store stands for all of them.
    stored: HashMap<(String, String), Origin>,
}

impl Found<'_, '_> {
    fn take(&mut self, leaf: &Leaf<'_>, consumer: &Consumer) {
        let (model, sources) = (self.cx.model, self.cx.shared.sources);
        for secret in secret_refs::of(model, leaf, sources) {
            let mut consumer = consumer.clone();
            consumer.span = secret_refs::place(model, leaf, &secret.origin, sources);
            consumer.persona = match (secret.sure, &secret.origin) {
                (true, _) => Persona::Regular,
                (false, Origin::Variable(_)) => Persona::Strict,
                // What is read from a store may be a setting that all share.
                (false, _) => Persona::Auditor,
            };
            let origin = self.same(secret.origin);
            self.of.entry(origin).or_default().push(consumer);
        }
    }

    fn sign_in(&mut self, leaf: &Leaf<'_>, consumer: &Consumer) {
        for secret in secret_refs::of(self.cx.model, leaf, self.cx.shared.sources) {
            let origin = self.same(secret.origin);
            self.of.entry(origin).or_default().push(consumer.clone());
        }
    }

    fn same(&mut self, origin: Origin) -> Origin {
        let Origin::Store(id, path) = &origin else { return origin };
        match located(self.cx.model, self.cx.model.resource(*id)) {
            Some(place) => self.stored.entry((place, path.clone())).or_insert(origin).clone(),
            None => origin,
        }
    }
}

/// Arguments by which modules take the environment of the workload that they make.
fn is_environment(path: &str) -> bool {
    let head = path.split('.').next().unwrap_or(path);
    matches!(head, "app_settings" | "container_definitions")
        || words(head).iter().any(|word| matches!(word.as_str(), "env" | "envs" | "environment" | "environments"))
}

fn module_consumer(address: &str, span: Span) -> Consumer {
    Consumer {
        key: address.to_string(),
        login: false,
        span,
        text: format!("`{address}` gets it for its environment"),
        persona: Persona::Regular,
    }
}

/// Places of which `consumer` tells somebody.
const CONSUMED: [PlaceKind; 4] =
    [PlaceKind::WorkloadEnv, PlaceKind::BootScript, PlaceKind::CiSecret, PlaceKind::Login];

/// Who consumes what is put into an attribute. Stores keep it, and other attributes say nothing.
fn consumer(resource: &Resource, place: PlaceKind, span: Span) -> Option<Consumer> {
    // A slot is the same application, and a chart is not known to be a workload.
    if resource.kind.ends_with("_slot") || &*resource.kind == "helm_release" {
        return None;
    }
    let address = &resource.address;
    let block = address.strip_suffix(&resource.key.suffix()).unwrap_or(address);
    let of = |key: String, login, text: String| {
        Some(Consumer { key, login, span, text, persona: Persona::Regular })
    };
    match place {
        PlaceKind::WorkloadEnv => {
            of(block.to_string(), false, format!("`{address}` has it in its environment"))
        }
        PlaceKind::BootScript => {
            of(block.to_string(), false, format!("`{address}` has it in its boot script"))
        }
        PlaceKind::CiSecret => {
            let (key, name) = repository(resource);
            of(key, false, format!("pipelines of {name} have it"))
        }
        PlaceKind::Login => of(address.clone(), true, format!("sets the login of `{address}`")),
        _ => None,
    }
}

/// The repository, project or workspace that a CI secret is for.
fn repository(resource: &Resource) -> (String, String) {
    let names =
        ["repository", "project", "group", "workspace_id", "variable_set_id", "context_id", "repository_id"];
    let found = names.iter().find_map(|name| Some((*name, resource.body.value(name)?)));
    match found {
        Some((name, value)) => match value.as_str() {
            Some(text) => (format!("ci:{text}"), format!("{name} `{text}`")),
            None => (
                refs_key(value).unwrap_or_else(|| resource.address.clone()),
                format!("`{}`", resource.address),
            ),
        },
        None => (format!("ci:{}", resource.kind), format!("`{}`", resource.address)),
    }
}

fn refs_key(value: &Value) -> Option<String> {
    let refs = value.deep_refs();
    let first = refs.iter().next()?;
    Some(format!("ci:#{}", first.resource.0))
}

/// Beta and stable provider are one, and so are the aliases of one provider for several regions, and the
/// providers that talk to the same cluster.
fn provider_consumer(name: &str, span: Span) -> Consumer {
    let name = match name.trim_end_matches("-beta") {
        "helm" | "kubectl" => "kubernetes",
        "azuread" | "azapi" => "azurerm",
        name => name,
    };
    Consumer {
        key: format!("provider.{name}"),
        login: false,
        span,
        text: format!("`provider.{name}` signs in with it"),
        persona: Persona::Regular,
    }
}

/// The distinct consumers, when there are several.
fn reused(all: &[Consumer]) -> Option<Vec<Consumer>> {
    let mut seen = BTreeSet::new();
    let distinct: Vec<&Consumer> = all.iter().filter(|one| seen.insert((one.login, &one.key))).collect();
    let logins = distinct.iter().filter(|one| one.login).count();
    let several = distinct.len() - logins >= 2 || logins >= 2;
    several.then(|| distinct.into_iter().cloned().collect())
}

/// The first persona for whom at least two consumers are sure.
fn persona(consumers: &[Consumer]) -> Persona {
    let several = |most: Persona| consumers.iter().filter(|one| one.persona <= most).count() >= 2;
    [Persona::Regular, Persona::Strict].into_iter().find(|most| several(*most)).unwrap_or(Persona::Auditor)
}

fn report(origin: &Origin, consumers: &[Consumer], cx: &mut Context<'_>) {
    let model: &Model = cx.model;
    let written = origin.written(model);
    let (address, attribute, span, generated) = match origin {
        Origin::Issued(id, path) | Origin::Store(id, path) => {
            let resource = model.resource(*id);
            (resource.address.clone(), path.clone(), resource.header(), resource.kind.starts_with("random_"))
        }
        Origin::Variable(name) => {
            let variable = model.project.modules.first().and_then(|root| root.variables.get(name.as_str()));
            let Some(variable) = variable else { return };
            (written.clone(), String::new(), variable.header, false)
        }
    };
    let message = format!("`{written}` is shared by {} consumers", consumers.len());
    let help = match (origin, generated) {
        (_, true) => "generate one password for each of them",
        (Origin::Issued(..), _) => {
            "give each consumer a key of its own identity, switch them over one by one, then delete this one"
        }
        _ => "give each consumer a secret of its own, switch them over one by one, then revoke this one",
    };
    let mut draft = Draft::new(SecretReused::INFO, &address, &attribute, span, message)
        .label("one secret for all of them")
        .persona(match origin {
            Origin::Variable(_) => Persona::Strict,
            _ => persona(consumers),
        })
        .identity(address.clone())
        .environment(model.environment.as_ref())
        .help(help);
    if let Some(credential) = credential_owner(origin, model) {
        draft = draft.owner(Some(&credential));
    }
    cx.emit(list(draft, consumers));
}

fn credential_owner(origin: &Origin, model: &Model) -> Option<String> {
    let Origin::Issued(id, _) = origin else { return None };
    Some(model.credential_of(*id)?.owner.name()?.to_string())
}

/// Every consumer is a place that a rotation must reach.
fn list(mut draft: Draft, consumers: &[Consumer]) -> Draft {
    let mut spans: Vec<Span> = Vec::new();
    for consumer in consumers.iter().filter(|one| one.span.file.0 != u32::MAX) {
        if !spans.contains(&consumer.span) {
            spans.push(consumer.span);
            // Instances of one block take it at one place.
            let here: Vec<&str> = consumers
                .iter()
                .filter(|one| one.span == consumer.span)
                .map(|one| one.text.as_str())
                .collect();
            draft = draft.related(consumer.span, here.join(", "));
        }
    }
    draft.fix(Fix::manual(
        "split it: make a second secret, move one consumer at a time, then revoke the old one; until then every rotation must reach all of them in one step",
    ))
}

/// Strong enough that two people would not choose it by chance.
fn is_strong(literal: &SecretLiteral, cx: &Context<'_>) -> bool {
    let hash = literal.note.as_deref().is_some_and(|note| note.contains("hash"));
    let login = literal.uses.iter().any(|used| used.sink == Some(Sink::Login));
    if literal.identifier_only || (literal.confidence == Level::Low && !login) || hash {
        return false;
    }
    let text = cx.shared.sources.text(literal.span);
    let has = |of: fn(&u8) -> bool| usize::from(text.as_bytes().iter().any(of));
    let classes = has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(u8::is_ascii_punctuation);
    literal.verified || (text.len() >= 10 && classes >= 3) || (text.len() >= 20 && classes >= 2)
}

/// Who has a literal: where it arrives, or, when that is not known, the place that it is written in.
fn holders(literal: &SecretLiteral, all: &[&SecretLiteral], cx: &Context<'_>) -> Vec<Consumer> {
    let sample = secrets::is_sample(&cx.shared.sources.get(literal.span.file).path);
    let sure = literal.confidence == Level::High || literal.uses.iter().any(|used| used.sink.is_some());
    let persona = if sample || !sure { Persona::Strict } else { Persona::Regular };
    let found: Vec<Consumer> = literal
        .uses
        .iter()
        .filter_map(|used| arrival(used, cx))
        .map(|one| Consumer { persona, ..one })
        .collect();
    if !found.is_empty() || literal.uses.iter().any(|used| used.place == PlaceKind::SecretStore) {
        return found;
    }
    let path = &cx.shared.sources.get(literal.span.file).path;
    let (key, name) = match &*literal.block {
        // The default of a variable and its value in a file are one place, two variable files are two.
        "variable" if all.iter().any(|other| other.block.is_empty() && other.name == literal.name) => {
            return found;
        }
        "" => (format!("file:{path}"), format!("`{path}`")),
        _ => (format!("{path}:{}", literal.address), secrets::written_in(literal)),
    };
    vec![Consumer { key, login: false, span: literal.span, text: format!("written in {name}"), persona }]
}

fn arrival(used: &LiteralUse, cx: &Context<'_>) -> Option<Consumer> {
    if used.place == PlaceKind::Provider {
        return used.sink.map(|_| provider_consumer(&used.kind, used.span));
    }
    let model = cx.shared.estate.models.get(used.model)?;
    if used.place == PlaceKind::Module && is_environment(&used.attribute) {
        let mut consumer = module_consumer(&used.address, secrets::use_span(used));
        consumer.key = format!("{}/{}", model.project.dir, consumer.key);
        return Some(consumer);
    }
    let resource = model.resource(used.resource?);
    let mut consumer = consumer(resource, used.place, secrets::use_span(used))?;
    if used.place == PlaceKind::WorkloadEnv && !is_secret_name(&used.name) && used.sink.is_none() {
        consumer.persona = Persona::Strict;
    }
    // Addresses repeat between root modules.
    consumer.key = format!("{}/{}", model.project.dir, consumer.key);
    Some(consumer)
}

fn report_literals(literals: &[&SecretLiteral], consumers: &[Consumer], cx: &mut Context<'_>) {
    let Some(first) = literals.first() else { return };
    let what = secrets::describe(first);
    let message = match literals.len() {
        1 => {
            format!("the {what} in {} is shared by {} consumers", secrets::written_in(first), consumers.len())
        }
        many => format!("the same {what} is written in {many} places"),
    };
    let mut draft = Draft::new(SecretReused::INFO, &first.address, &first.attribute, first.span, message)
        .label(format!("{}, {}", secrets::shown(first, &what), first.fingerprint))
        .persona(persona(consumers))
        .confidence(if first.confidence == Level::High { Confidence::High } else { Confidence::Medium })
        .help("give each consumer a secret of its own, kept in a secret store, then revoke this one");
    for literal in literals {
        draft = draft.redact(literal.span);
    }
    for literal in literals.iter().skip(1) {
        draft = draft.site(&literal.address, &literal.attribute, literal.span);
    }
    let others: Vec<Consumer> = consumers
        .iter()
        .filter(|one| literals.iter().all(|literal| !one.span.contains(literal.span)))
        .cloned()
        .collect();
    cx.emit(list(draft, &others));
}
