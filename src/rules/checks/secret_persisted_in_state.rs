use crate::diagnostic::{Applicability, Confidence, Edit, Fix, Persona, Severity};
use crate::eval::value::{Kind, Value, Why};
use crate::eval::{Resource, ResourceMode};
use crate::identity::{Model, Place, PlaceKind, facts};
use crate::rules::edits::{add_argument, add_below};
use crate::rules::state::{self, Sink};
use crate::rules::{Context, Draft, Rule, RuleInfo};
use crate::secret::{is_placeholder, is_secret_name};
use crate::source::{SourceMap, Span};
use indexmap::IndexMap;

declare_rule! {
    /// The value of a password or key goes into an argument that Terraform keeps in its state and in every saved
    /// plan, in clear, although the resource also has a write-only argument for it. Whoever may read the state
    /// (each pipeline, each developer who plans) then has the secret.
    ///
    /// Since Terraform 1.11, write-only arguments (`password_wo`, `secret_string_wo` and others) take a value that
    /// is passed on and never stored, and ephemeral resources (`ephemeral "random_password"`,
    /// `ephemeral "aws_secretsmanager_secret_version"`) make or read one without storing it either.
    ///
    /// The rule follows generated passwords, generated private keys and secrets that a data source reads to such
    /// arguments, through variables, locals, `jsonencode()` and modules. One secret is one finding, with all the
    /// arguments it reaches. A value that comes from a variable, or a literal, is only shown to the strict persona:
    /// where it comes from is for the caller to say, and a literal is a finding of its own. A version constraint
    /// that keeps Terraform or the provider too old is named.
    ///
    /// The secret gets a new value when it moves, so plan it like a rotation: everything that holds the old value has to
    /// read the new one.
    ///
    /// ```hcl,bad
    /// resource "random_password" "db" {
    ///   length = 32
    /// }
    ///
    /// resource "aws_db_instance" "main" {
    ///   identifier = "main"
    ///   username   = "app"
    ///   password   = random_password.db.result
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// ephemeral "random_password" "db" {
    ///   length = 32
    /// }
    ///
    /// resource "aws_db_instance" "main" {
    ///   identifier          = "main"
    ///   username            = "app"
    ///   password_wo         = ephemeral.random_password.db.result
    ///   password_wo_version = 1
    /// }
    /// ```
    ///
    /// Source: HashiCorp, "Use write-only arguments" and "Ephemeral resources"; the Terraform Registry page of each
    /// type.
    SecretPersistedInState {
        code: "KW104",
        name: "secret-persisted-in-state",
        summary: "Secret is kept in state although a write-only argument exists",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "state",
        nhi: ["NHI2"],
        csf: ["PR.DS-01"],
        cis: [],
    }
}

/// Where a stored value comes from. One of these is one finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    Generated(crate::eval::value::ResourceId),
    Data(crate::eval::value::ResourceId),
    Variable(String),
    Literal(Span),
}

impl Rule for SecretPersistedInState {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut by_source: IndexMap<Source, Vec<Sink<'_>>> = IndexMap::new();
        let sinks = state::sinks(model);
        for (at, source) in sinks.iter().enumerate().filter_map(|(at, sink)| Some((at, source_of(model, sink)?))) {
            let sink = &sinks[at];
            let copy = Sink { path: sink.path.clone(), ..*sink };
            by_source.entry(source).or_default().push(copy);
        }
        for (source, sinks) in by_source {
            let draft = draft(&source, &sinks, cx);
            cx.emit(draft);
        }
    }
}

fn source_of(model: &Model, sink: &Sink<'_>) -> Option<Source> {
    let value = &sink.attr.value;
    for reference in value.deep_refs().iter() {
        let source = model.resource(reference.resource);
        let output = reference.path.split('.').next().unwrap_or_default();
        match source.mode {
            ResourceMode::Managed if state::can_be_ephemeral(source, output) => {
                return Some(Source::Generated(reference.resource));
            }
            // Where no secret is behind it, `data` is how configuration is read.
            ResourceMode::Data
                if facts::has_ephemeral(&source.kind)
                    && facts::secret_data(&source.kind).iter().any(|name| output == name)
                    && reads_a_secret(source)
                    && takes_a_secret(sink.resource) =>
            {
                return Some(Source::Data(reference.resource));
            }
            _ => {}
        }
    }
    plain_source(sink)
}

/// A parameter of type `String` is no secret; which type a data source meets is seen by its name only.
fn reads_a_secret(source: &Resource) -> bool {
    match &*source.kind {
        "aws_ssm_parameter" => {
            source.body.bool("with_decryption") != Some(false)
                && source.body.text("name").is_none_or(|name| name.split('/').any(is_secret_name))
        }
        _ => true,
    }
}

/// The argument says itself that its value is no secret.
fn takes_a_secret(resource: &Resource) -> bool {
    match &*resource.kind {
        "aws_ssm_parameter" => resource.body.text("type") == Some("SecureString"),
        "tfe_variable" => resource.body.bool("sensitive") == Some(true),
        _ => true,
    }
}

/// A variable or a literal, where the argument is for secrets and for nothing else.
fn plain_source(sink: &Sink<'_>) -> Option<Source> {
    let resource = sink.resource;
    let is_secret = takes_a_secret(resource)
        && !matches!(&*resource.kind, "helm_release" | "vault_os_secret_backend_account");
    if !is_secret || resource.lifecycle.ignores(&sink.path) {
        return None;
    }
    let holds_many = sink.attr.value.entries().is_some() || sink.attr.value.decoded().is_some();
    let mut found = None;
    let mut look = |name: Option<&str>, value: &Value| {
        if found.is_some() || (holds_many && !name.is_some_and(is_secret_name)) {
            return;
        }
        found = match &value.kind {
            Kind::Unknown(unknown) => match &unknown.why {
                Why::Variable(name) => Some(Source::Variable(name.to_string())),
                _ => None,
            },
            Kind::String(text) if text.as_str().len() >= 6 && !is_placeholder(text.as_str()) => {
                value.meta.span.map(Source::Literal)
            }
            _ => None,
        };
    };
    let value = sink.attr.value.decoded().unwrap_or(&sink.attr.value);
    match value.entries() {
        Some(entries) => entries.iter().for_each(|(name, value)| look(Some(name), value)),
        None => look(None, value),
    }
    found
}

fn draft(source: &Source, sinks: &[Sink<'_>], cx: &Context<'_>) -> Draft {
    let model = cx.model;
    let first = &sinks[0];
    let span = site_span(first);
    let what = match sinks {
        [one] => format!("`{}` of `{}`", one.path, one.resource.address),
        [one, rest @ ..] => {
            format!("`{}` of `{}` and {} more", one.path, one.resource.address, rest.len())
        }
        [] => String::new(),
    };
    let address = |id| model.resource(id).address.clone();
    let message = match source {
        Source::Generated(id) => format!("the secret made by `{}` is kept in state, on its way to {what}", address(*id)),
        Source::Data(id) => format!("the secret read by `{}` is kept in state, on its way to {what}", address(*id)),
        Source::Variable(name) => format!("the value of `var.{name}` is kept in state by {what}"),
        Source::Literal(_) => format!("a literal secret is kept in state by {what}"),
    };
    let mut draft = cx
        .draft(SecretPersistedInState::INFO, first.resource, &first.path, span, message)
        .label(format!("stored; `{}` would not be", first.twin))
        .environment(model.environment.as_ref());
    for sink in &sinks[1..] {
        draft = draft.site(&sink.resource.address, &sink.path, site_span(sink));
    }
    match source {
        Source::Generated(id) | Source::Data(id) => {
            let resource = model.resource(*id);
            let does = if matches!(source, Source::Data(_)) { "reads it" } else { "makes it" };
            draft = draft.related(resource.header(), does).identity(resource.address.clone());
            if matches!(source, Source::Data(_)) {
                draft = draft.severity(Severity::Medium);
                // A part of a stored document may be an account number as well as a password.
                if !sinks.iter().any(is_plainly_secret) {
                    draft = draft.persona(Persona::Strict).confidence(Confidence::Medium);
                }
            }
        }
        Source::Variable(_) => {
            draft = draft.persona(Persona::Strict).confidence(Confidence::Medium).severity(Severity::Medium);
        }
        Source::Literal(span) => draft = draft.persona(Persona::Strict).redact(*span),
    }
    draft = draft.route(&first.attr.value).help(help(source, first, cx));
    let mut kinds: Vec<&str> = sinks.iter().map(|sink| &*sink.resource.kind).collect();
    if let Source::Generated(id) = source {
        kinds.push(&model.resource(*id).kind);
    }
    let obstacles = state::too_old(model, first.resource.module, &kinds);
    let others = other_places(source, sinks, model);
    for place in others.iter().take(3) {
        draft = draft.related(place.span, format!("it also goes to `{}`", place.address));
    }
    if !others.is_empty() {
        draft = draft.confidence(Confidence::Medium).note(
            "it also goes where only stored values can: that use has to change before the secret can leave the state",
        );
    }
    let is_free = obstacles.is_empty() && others.is_empty();
    for obstacle in obstacles {
        draft = draft.note(obstacle);
    }
    match (source, is_free) {
        (Source::Generated(id), true) => match rewrite(model.resource(*id), sinks, cx) {
            Some(fix) => draft.fix(fix),
            None => draft,
        },
        _ => draft,
    }
}

/// The whole of a stored secret, or something in a place that is for passwords.
fn is_plainly_secret(sink: &Sink<'_>) -> bool {
    let place = facts::place_kind(&sink.resource.kind, &sink.path);
    let value = &sink.attr.value;
    let is_whole = |value: &Value| {
        matches!(&value.kind, Kind::Unknown(unknown) if matches!(unknown.why, Why::Attribute(..)))
    };
    if place != PlaceKind::SecretStore || is_whole(value) {
        return true;
    }
    let entries = value.decoded().unwrap_or(value).entries();
    entries.into_iter().flatten().any(|(name, value)| {
        (is_secret_name(name) || is_whole(value)) && !value.deep_refs().is_empty()
    })
}

/// The expression in the resource, which is what has to change, wherever the value comes from.
fn site_span(sink: &Sink<'_>) -> Span {
    sink.attr.expr_span
}

fn help(source: &Source, sink: &Sink<'_>, cx: &Context<'_>) -> String {
    let twin = sink.twin;
    let version = sink.version.map(|version| format!(" and `{version} = 1`")).unwrap_or_default();
    match source {
        Source::Generated(id) => {
            let kind = &cx.model.resource(*id).kind;
            format!(
                "make it with `ephemeral \"{kind}\"`, pass it to `{twin}`{version}, and keep it in a secret store the same way; its value changes once, so plan it as a rotation"
            )
        }
        Source::Data(id) => {
            let kind = &cx.model.resource(*id).kind;
            format!("read it with `ephemeral \"{kind}\"` instead of `data`, and pass it to `{twin}`{version}")
        }
        Source::Variable(name) => {
            format!("declare `{name}` with `ephemeral = true` and pass it to `{twin}`{version}")
        }
        Source::Literal(_) => {
            format!("take it out of the code, and pass it to `{twin}`{version} from an ephemeral variable or resource")
        }
    }
}

/// Places of a generated value that have no write-only argument.
fn other_places<'m>(source: &Source, sinks: &[Sink<'_>], model: &'m Model) -> Vec<&'m Place> {
    let Source::Generated(id) = source else { return Vec::new() };
    let Some(credential) = model.credential_of(*id) else { return Vec::new() };
    let covered = |place: &Place| {
        let same = |sink: &Sink<'_>| place.resource == Some(sink.resource.id) && place.attribute == sink.path;
        // A public key made from the private one is no secret.
        sinks.iter().any(same)
    };
    model.places_of(credential.id).filter(|place| !covered(place)).collect()
}

/// Turns the generator and every use of it over to write-only. Only where all uses are direct, in the same module,
/// and one of them keeps the value in a secret store: otherwise nobody would know it any more.
fn rewrite(source: &Resource, sinks: &[Sink<'_>], cx: &Context<'_>) -> Option<Fix> {
    let sources = cx.shared.sources;
    let stored = sinks.iter().any(|sink| {
        let place = facts::place_kind(&sink.resource.kind, &sink.path);
        place == PlaceKind::SecretStore
    });
    let blockers = ["keepers"];
    let is_plain = !blockers.iter().any(|name| source.body.attr(name).is_some())
        && !sources.text(source.span()).contains("lifecycle")
        && source.key == crate::eval::InstanceKey::None;
    if !stored || !is_plain {
        return None;
    }
    let name = format!("{}.{}", source.kind, source.name);
    let header = sources.text(source.header());
    let keyword = header.strip_prefix("resource").map(|_| source.header().slice(0, "resource".len()))?;
    let mut edits = vec![Edit { span: keyword, text: "ephemeral".to_string() }];
    let mut replaced = 0;
    let mut read_back = 0;
    for sink in sinks {
        let direct = sink.resource.module == source.module
            && !sink.path.contains('.')
            && sink.attr.value.meta.hops().is_empty();
        if !direct {
            return None;
        }
        let text = sources.text(sink.attr.expr_span);
        let mut from = 0;
        let before = replaced;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(&name)) {
            let at = from + at;
            edits.push(Edit { span: sink.attr.expr_span.slice(at, at), text: "ephemeral.".to_string() });
            replaced += 1;
            from = at + name.len();
        }
        if replaced == before {
            // Read back from where it is stored, which knows nothing of it once it is written only.
            let other = sinks.iter().find(|other| text == stored_at(other))?;
            let value = sources.text(other.attr.expr_span);
            let whole = value.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.') && !rest.contains(' '));
            whole.then_some(())?;
            edits.push(Edit { span: sink.attr.expr_span, text: format!("ephemeral.{value}") });
            read_back += 1;
        }
        edits.push(Edit { span: sink.attr.name_span, text: sink.twin.to_string() });
        if let Some(version) = sink.version
            && sink.resource.body.attr(version).is_none()
        {
            let argument = Span { end: sink.attr.expr_span.end, ..sink.attr.name_span };
            let below = add_below(sources, argument, version, "1");
            edits.push(below.or_else(|| add_argument(sources, sink.resource.span(), version, "1"))?);
        }
    }
    let read: usize = sinks.iter().map(|sink| reads(sources, sink)).sum();
    if replaced == 0 || replaced != mentions(sources, source, &name) || read != read_back {
        return None;
    }
    edits.sort_by_key(|edit| edit.span);
    let title = format!("Make `{name}` ephemeral and pass it to write-only arguments");
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// `aws_secretsmanager_secret_version.db.secret_string`
fn stored_at(sink: &Sink<'_>) -> String {
    format!("{}.{}", sink.resource.local_address(), sink.path)
}

/// How often the module's files read the stored value, of whichever instance.
fn reads(sources: &SourceMap, sink: &Sink<'_>) -> usize {
    let Some(home) = sources.find(sink.resource.header().file) else { return usize::MAX };
    let address = sink.resource.local_address();
    let reads = |text: &str| {
        text.match_indices(&address)
            .filter(|(at, _)| {
                let rest = &text[at + address.len()..];
                let rest = match rest.strip_prefix('[') {
                    Some(inner) => inner.split_once(']').map_or("", |(_, rest)| rest),
                    None => rest,
                };
                let attribute = rest.strip_prefix('.').and_then(|rest| rest.strip_prefix(&*sink.path));
                attribute.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
            })
            .count()
    };
    sources.in_dir(home.dir()).map(|file| reads(&file.text)).sum()
}

/// How often the module's files name the resource.
fn mentions(sources: &SourceMap, source: &Resource, name: &str) -> usize {
    let Some(home) = sources.find(source.header().file) else { return usize::MAX };
    let same_dir = sources.in_dir(home.dir());
    same_dir.map(|file| file.text.matches(name).count()).sum()
}
