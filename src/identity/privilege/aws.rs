use super::{Cause, Holder, Level, Privilege, some_of};
use crate::eval::ResourceMode;
use crate::eval::value::Value;
use crate::iam::Verdict;
use crate::iam::aws::{
    self, Document, Effect, Effective, Judgement, Statement, Strength, Topic, catalogue, judge_within,
};
use crate::identity::model::{Model, Policy, Subject};
use crate::identity::policy::{Tag, document_of, managed_document};

struct Source<'m> {
    grant: usize,
    document: &'m Document<Tag>,
}

/// What keeps an identity within bounds whatever is attached to it.
enum Boundary {
    None,
    Read {
        name: String,
        effective: Effective,
    },
    /// There is or may be one that says nobody knows what.
    Unread(String),
}

pub(super) fn measure(model: &Model, holder: &Holder, grants: &[usize], total: &mut Privilege) {
    let sources: Vec<Source<'_>> = grants.iter().map(|index| source(model, *index)).collect();
    let documents: Vec<&Document<Tag>> = sources.iter().map(|source| source.document).collect();
    let boundary = boundary(model, holder);
    let bounds: Vec<&Effective> = match &boundary {
        Boundary::Read { effective, .. } => vec![effective],
        _ => Vec::new(),
    };
    let together = judge_within(&documents, &bounds);
    let (level, summary) = describe(&together);
    total.raise(level, &summary);
    match &boundary {
        Boundary::None => {}
        Boundary::Read { name, .. } => {
            total.caveats.push(format!("it stays within permissions boundary {name}"))
        }
        Boundary::Unread(name) => {
            total.caveats.push(format!("permissions boundary {name} applies, which is not readable here"));
            total.unread_boundary = Some(name.clone());
        }
    }
    let denies = documents.iter().any(|document| document.statements.iter().any(takes_away));
    if denies || !bounds.is_empty() {
        total.aws_limits = Some(together.effective.on_all.clone());
    }
    if documents.iter().any(|document| document.has_holes()) {
        total.caveats.push("parts of its policies are not known".to_string());
    }
    let worst = worst_of(&together);
    if worst == Verdict::None {
        return;
    }
    let denied = if denies { Some(Denied::of(&documents, &together)) } else { None };
    let finish = |judgement: &Judgement<Tag>, sources: &[&Source<'_>]| {
        let mut cause = cause(model, judgement, sources)?;
        qualify(&mut cause, judgement, sources, &boundary, denied.as_ref());
        Some(cause)
    };
    let before = total.causes.len();
    for (index, source) in sources.iter().enumerate() {
        // Denies of other policies still count.
        let others = sources.iter().enumerate().filter(|(other, _)| *other != index);
        let denies: Vec<Document<Tag>> = others
            .map(|(_, other)| only_denies(other.document))
            .filter(|it| !it.statements.is_empty())
            .collect();
        let mut alone = vec![source.document];
        alone.extend(&denies);
        let judgement = judge_within(&alone, &bounds);
        if judgement.verdict >= together.verdict && worst_of(&judgement) >= worst {
            total.causes.extend(finish(&judgement, &[source]));
        }
    }
    if total.causes.len() == before {
        total.causes.extend(finish(&together, &sources.iter().collect::<Vec<_>>()));
    }
}

fn worst_of<T>(judgement: &Judgement<T>) -> Verdict {
    match judgement.verdict {
        Verdict::None => judgement.under_conditions,
        verdict => verdict,
    }
}

fn source(model: &Model, index: usize) -> Source<'_> {
    static NONE: Document<Tag> = Document { statements: Vec::new() };
    let document = match &model.grants[index].policy {
        Policy::Aws(policy) => &policy.document,
        Policy::AwsManaged(summary) => managed_document(summary.name),
        _ => &NONE,
    };
    Source { grant: index, document }
}

fn takes_away<T>(statement: &Statement<T>) -> bool {
    statement.effect != Effect::Allow
}

fn only_denies(document: &Document<Tag>) -> Document<Tag> {
    Document::new(document.statements.iter().filter(|it| it.effect == Effect::Deny).cloned().collect())
}

/// How many actions Denies take away or limit, of those that are allowed on all resources.
struct Denied {
    count: usize,
    /// They are many, or those with which one gives oneself the rest.
    matters: bool,
}

impl Denied {
    fn of(documents: &[&Document<Tag>], together: &Judgement<Tag>) -> Denied {
        let allows = documents.iter().map(|document| {
            let allows = document.statements.iter().filter(|it| it.effect == Effect::Allow);
            Document::new(allows.cloned().collect())
        });
        let allows: Vec<Document<Tag>> = allows.collect();
        let allowed = aws::effective(allows.iter());
        let mut gone = allowed.on_all.difference(&together.effective.on_all);
        gone.add(&together.effective.partly_denied);
        let grants_gone = aws::SELF_GRANTS.iter().any(|name| gone.has(name));
        Denied { count: gone.len(), matters: grants_gone || gone.len() * 20 > catalogue().len() }
    }
}

fn cause(model: &Model, judgement: &Judgement<Tag>, sources: &[&Source<'_>]) -> Option<Cause> {
    let (first, rest) = judgement.responsible.split_first()?;
    let source = sources.get(first.document)?;
    let grant = &model.grants[source.grant];
    let verdict = worst_of(judgement);
    let span = first.at.span.unwrap_or(grant.span);
    let managed = |index: usize| match &model.grants[index].policy {
        Policy::AwsManaged(summary) => Some(summary.name),
        _ => None,
    };
    let text = managed(source.grant).map_or_else(|| written(first.action, &first.text), str::to_string);
    let mut cause = Cause::new(verdict, source.grant, span, text);
    cause.statement = Some(first.statement);
    cause.wildcard = managed(source.grant).is_none();
    cause.phrase = match verdict {
        Verdict::Admin => "has full administration of the AWS account",
        _ => "may do nearly everything in the AWS account",
    }
    .to_string();
    cause.label = match (first.action, verdict) {
        (Some(_), Verdict::Admin) if rest.is_empty() => "every action on every resource".to_string(),
        (None, _) if rest.is_empty() && cause.wildcard => "everything but the listed actions".to_string(),
        _ => format!("{} actions on every resource", first.actions),
    };
    for other in rest {
        let Some(source) = sources.get(other.document) else { continue };
        let span = other.at.span.unwrap_or(model.grants[source.grant].span);
        let text = managed(source.grant).map_or_else(|| written(other.action, &other.text), str::to_string);
        if span != cause.span && !cause.together.iter().any(|(known, _)| *known == span) {
            cause.together.push((span, format!("together with `{text}`")));
        }
    }
    Some(cause)
}

fn written(action: Option<usize>, text: &str) -> String {
    match action {
        Some(_) => text.to_string(),
        None => format!("NotAction: {text}"),
    }
}

/// Says what makes it less, and how sure that is.
fn qualify(
    cause: &mut Cause,
    judgement: &Judgement<Tag>,
    sources: &[&Source<'_>],
    boundary: &Boundary,
    denied: Option<&Denied>,
) {
    match boundary {
        Boundary::None => {}
        Boundary::Read { name, .. } => {
            cause
                .notes
                .push(format!("its permissions boundary {name} was taken into account and allows as much"));
        }
        Boundary::Unread(name) => {
            cause.blunted.push(format!("permissions boundary {name} limits it to what is not in this code"));
            cause.debatable = true;
        }
    }
    if let Some(Denied { count, matters }) = denied
        && *count > 0
    {
        let text = format!("{count} of its actions are denied in part or in whole");
        if *matters { cause.blunted.push(text) } else { cause.notes.push(text) }
    }
    let statements = judgement.responsible.iter().filter_map(|responsible| {
        let source = sources.get(responsible.document)?;
        source.document.statements.get(responsible.statement)
    });
    let mut keys: Vec<(String, Topic, Strength)> = Vec::new();
    for caveat in statements.flat_map(Statement::caveats) {
        if !keys.iter().any(|(key, ..)| *key == caveat.key) {
            keys.push((caveat.key, caveat.topic, caveat.strength));
        }
    }
    let bound = |wanted: fn(Strength) -> bool| -> Vec<String> {
        let kept = keys.iter().filter(|(.., strength)| wanted(*strength));
        kept.map(|(key, ..)| format!("`{key}`")).collect()
    };
    let listed = |names: &[String]| some_of(&names.iter().map(String::as_str).collect::<Vec<_>>(), 3);
    let strong = bound(|strength| strength == Strength::Strong);
    if judgement.verdict == Verdict::None && !strong.is_empty() {
        cause.blunted.push(format!("it only holds under a condition on {}", listed(&strong)));
        // Who and whence leave an administrator; what may be touched often leaves none.
        cause.debatable |= keys.iter().any(|(_, topic, strength)| {
            let leaves = [Topic::Network, Topic::Time, Topic::Organization, Topic::Principal, Topic::Client];
            *strength == Strength::Strong && !leaves.contains(topic)
        });
    }
    let weak = bound(|strength| strength == Strength::Weak);
    if !weak.is_empty() {
        cause.notes.push(format!("the condition on {} leaves it as wide", listed(&weak)));
    }
    cause.unsure |= judgement.verdict != Verdict::None && !judgement.certain;
    if cause.unsure {
        cause.notes.push("a Deny of which parts are not known may take some of it away".to_string());
    }
}

fn boundary(model: &Model, holder: &Holder) -> Boundary {
    let Subject::Identity(id) = holder.subject else { return Boundary::None };
    let Some(identity) = model.identities.get(id.0) else { return Boundary::None };
    let body = &model.resource(identity.resource).body;
    let Some(value) = body.value("permissions_boundary") else { return Boundary::None };
    if value.as_str() == Some("") {
        return Boundary::None;
    }
    if let Some(summary) = value.as_str().and_then(aws::managed) {
        let effective = aws::effective([managed_document(summary.name)]);
        return Boundary::Read { name: format!("`{}`", summary.name), effective };
    }
    let refs = value.deep_refs();
    let mut policies = refs.iter().map(|reference| model.resource(reference.resource));
    let Some(policy) = policies.find(|resource| &*resource.kind == "aws_iam_policy") else {
        return Boundary::Unread(name_of(value));
    };
    let name = format!("`{}`", policy.address);
    if policy.mode == ResourceMode::Managed
        && let Some(attr) = policy.body.attr("policy")
    {
        let document = document_of(policy, &attr.value);
        // Holes allow nothing for certain: within such a boundary nothing would be left to report.
        return match document.has_holes() {
            true => Boundary::Unread(name),
            false => Boundary::Read { name, effective: aws::effective([&*document]) },
        };
    }
    match policy.body.text("name").or(policy.body.text("arn")).and_then(aws::managed) {
        Some(summary) => {
            let effective = aws::effective([managed_document(summary.name)]);
            Boundary::Read { name: format!("`{}`", summary.name), effective }
        }
        None => Boundary::Unread(name),
    }
}

fn name_of(value: &Value) -> String {
    match value.as_str() {
        Some(text) => format!("`{}`", text.rsplit('/').next().unwrap_or(text)),
        None => "from elsewhere".to_string(),
    }
}

fn describe(judgement: &Judgement<Tag>) -> (Level, String) {
    let text = match judgement.verdict {
        Verdict::Admin => "administers the AWS account",
        Verdict::Power => "nearly everything in the AWS account",
        Verdict::None => "",
    };
    if let Some(level) = Level::of(judgement.verdict) {
        return (level, text.to_string());
    }
    let all = judgement.effective.certain();
    let scale = [
        (Level::Permissions, "manages permissions of", vec![aws::Level::Permissions]),
        (Level::Write, "writes", vec![aws::Level::Write, aws::Level::Tagging]),
        (Level::Read, "reads", vec![aws::Level::Read, aws::Level::List]),
    ];
    let mut highest = Level::None;
    let mut parts: Vec<String> = Vec::new();
    for (level, verb, levels) in scale {
        let mut part = aws::ActionSet::new();
        levels.into_iter().for_each(|level| part.add(&all.intersection(catalogue().at_level(level))));
        if part.is_empty() {
            continue;
        }
        highest = highest.max(level);
        let services: Vec<&str> = part.by_service().iter().map(|(prefix, ..)| *prefix).collect();
        parts.push(format!("{verb} {}", some_of(&services, 3)));
    }
    match highest == Level::None && !judgement.effective.maybe.is_empty() {
        true => (Level::Unknown, "not known".to_string()),
        false => (highest, parts.join(", ")),
    }
}
