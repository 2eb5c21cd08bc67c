mod fix;

use super::wildcard_action::named_statements;
use crate::diagnostic::{Persona, Severity};
use crate::iam::aws::{ActionSet, Expander, Level as Access, Reach, Unscoped, catalogue, unscoped};
use crate::identity::policy::Tag;
use crate::identity::privilege::Holder;
use crate::rules::documents::{self, Holders, Reached};
use crate::rules::privileged;
use crate::rules::surroundings::listed;
use crate::rules::{Context, Draft, Rule, RuleInfo};

declare_rule! {
    /// A policy allows changes, or reading secrets, on every resource (`"*"`, or all of a service such as
    /// `arn:aws:s3:::*`), although AWS lets the actions be limited to some. Whoever gets hold of the identity
    /// overwrites every bucket and decrypts with every key of the account, not only with the one that it works
    /// with.
    ///
    /// The rule knows for every action which resources it can be limited to. Actions that cannot be limited are
    /// never reported, nor is reading and listing, apart from stored secrets and decryption. A condition that
    /// narrows the statement, an explicit Deny and a permissions boundary are taken into account. So is custom:
    /// writing logs, network interfaces of functions, and what agents do is allowed on everything by AWS's own
    /// policies. Statements that only make new things, or work on what comes and goes by itself (volumes, targets of
    /// load balancers), are shown to a strict reader.
    ///
    /// Statements of one policy are one finding. Where a wildcard in the actions is the worse mistake of the same
    /// statement, `wildcard-action` speaks of it. A policy that nothing here attaches weighs less.
    ///
    /// Name the resources. Where exactly one resource in the module can be meant, the fix does.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role_policy" "upload" {
    ///   role   = "upload"
    ///   policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = ["s3:PutObject", "s3:DeleteObject"], Resource = "*" }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role_policy" "upload" {
    ///   role   = "upload"
    ///   policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [
    ///       { Effect = "Allow", Action = ["s3:PutObject", "s3:DeleteObject"], Resource = "arn:aws:s3:::uploads/*" },
    ///       { Effect = "Allow", Action = ["ec2:DescribeInstances", "cloudwatch:PutMetricData"], Resource = "*" },
    ///     ]
    ///   })
    /// }
    /// ```
    ///
    /// Source: AWS Service Authorization Reference, resource types of actions.
    WildcardResource {
        code: "KW204",
        name: "wildcard-resource",
        summary: "Changes or secrets on all resources, though the actions can be limited to some",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

const SHOWN: usize = 3;

impl Rule for WildcardResource {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let lone = documents::lone(model);
        let admins = documents::admin_statements(model);
        for reached in documents::reached(model, &lone) {
            let Some(holders) = Holders::of(model, &reached) else { continue };
            let mut found = reached.document.document.note(|document| AllUnscoped(unscoped(document))).0.clone();
            found.retain_mut(|one| {
                one.changes = holders.left_of(&one.changes);
                one.telling = holders.left_of(&one.telling);
                one.secrets = holders.left_of(&one.secrets);
                let nothing = one.changes.is_empty() && one.secrets.is_empty();
                !nothing && !admins.contains(&reached.key(one.statement))
            });
            let named = named_statements(&reached.document.document);
            // The worst wildcard has a finding of its own, which names the others; this one becomes part of it.
            if let Some(lead) = named.first()
                && let Some(at) = found.iter().position(|one| one.statement == *lead)
            {
                let one = found.remove(at);
                emit(cx, &reached, &holders, &[one]);
            }
            found.retain(|one| !named.contains(&one.statement));
            let least = found.iter().map(persona).min();
            found.retain(|one| Some(persona(one)) == least);
            found.sort_by_key(|one| std::cmp::Reverse(weight(one)));
            emit(cx, &reached, &holders, &found);
        }
    }
}

struct AllUnscoped(Vec<Unscoped<Tag>>);

/// What a reviewer would act on, and what is worth a thought.
fn persona(one: &Unscoped<Tag>) -> Persona {
    match one.telling.is_empty() && one.secrets.is_empty() {
        true => Persona::Strict,
        false => Persona::Regular,
    }
}

/// What matters most first: permissions, secrets, then the number of changes.
fn weight(one: &Unscoped<Tag>) -> (bool, bool, usize) {
    (!manages(one).is_empty(), !one.secrets.is_empty(), one.changes.len())
}

fn manages(one: &Unscoped<Tag>) -> ActionSet {
    one.changes.intersection(catalogue().at_level(Access::Permissions))
}

fn emit(cx: &mut Context<'_>, reached: &Reached<'_>, holders: &Holders, found: &[Unscoped<Tag>]) {
    let Some((lead, rest)) = found.split_first() else { return };
    let model = cx.model;
    let document = reached.document;
    let resource = model.resource(document.resource);
    let named: Vec<&Holder> = holders.all.iter().collect();
    let (subject, verb) = match named.is_empty() {
        true => (format!("`{}`", resource.address), "allows"),
        false => (privileged::name_all(model, &named), "is allowed"),
    };
    let shown = listed(written(reached, lead).iter().map(String::as_str), SHOWN);
    let on = match &lead.reach {
        Reach::Services(services) if services.is_empty() => "every object of every bucket".to_string(),
        Reach::Services(services) => format!("every resource of {}", services.join(", ")),
        _ => "every resource".to_string(),
    };
    let message = format!("{subject} {verb} {shown} on {on}");
    let span = lead.at.span.unwrap_or(document.span);
    let mut draft = Draft::new(WildcardResource::INFO, &resource.address, &document.attribute, span, message)
        .label(label(lead))
        .severity(if holders.nobody { Severity::Low } else { Severity::Medium })
        .persona(holders.persona.max(persona(lead)))
        .root(reached.root(lead.statement))
        .owner(privileged::owner(model, &named))
        .environment(privileged::environment(model, &named))
        .help(help(&examples(lead)));
    if let Some(first) = named.first() {
        draft = draft.identity(first.describe(model).replace('`', ""));
    }
    for other in rest.iter().take(SHOWN) {
        if let Some(at) = other.at.span.filter(|at| *at != span) {
            let shown = listed(written(reached, other).iter().map(String::as_str), 2);
            draft = draft.related(at, format!("and {shown}"));
        }
    }
    if rest.len() > SHOWN {
        draft = draft.note(format!("{} more statements of the policy are as wide", rest.len() - SHOWN));
    }
    let elsewhere = reached.grants.iter().map(|index| &model.grants[*index]);
    for grant in elsewhere.filter(|grant| grant.resource != document.resource).take(SHOWN) {
        draft = draft.related(grant.span, "attached here");
    }
    for (id, header) in privileged::declared(model, &named).into_iter().take(2) {
        if id != document.resource {
            draft = draft.related(header, "the identity is declared here");
        }
    }
    let conditions: Vec<&str> = lead.caveats.iter().map(|caveat| caveat.key.as_str()).collect();
    if !conditions.is_empty() {
        draft = draft.note(format!("the condition on {} leaves it as wide", listed(conditions, SHOWN)));
    }
    for note in &holders.notes {
        draft = draft.note(note.clone());
    }
    if let Some(fix) = fix::name_the_resource(cx, reached, lead) {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

/// The actions as the statement has them, the most telling first.
fn written(reached: &Reached<'_>, one: &Unscoped<Tag>) -> Vec<String> {
    let Some(statement) = reached.document.document.statements.get(one.statement) else { return Vec::new() };
    if statement.actions.is_negated() {
        return vec!["NotAction".to_string()];
    }
    let permissions = manages(one);
    let groups = [&permissions, &one.secrets, &one.telling, &one.changes];
    let mut expander = Expander::default();
    let mut found: Vec<(usize, String)> = Vec::new();
    for element in statement.actions.elements() {
        let rank = match element.pattern.as_text().map(|name| catalogue().find(name)) {
            Some(named) => named.and_then(|id| groups.iter().position(|group| group.contains(id))),
            None => {
                let actions = expander.pattern(&element.pattern).yes;
                groups.iter().position(|group| !group.is_disjoint(&actions))
            }
        };
        let Some(rank) = rank else { continue };
        let text = element.pattern.to_string();
        if !found.iter().any(|(_, known)| *known == text) {
            found.push((rank, text));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, text)| text).collect()
}

/// The actions one by one, the most telling first.
fn examples(one: &Unscoped<Tag>) -> Vec<String> {
    let permissions = manages(one);
    let telling = one.telling.difference(&permissions);
    let others = one.changes.difference(&one.telling).difference(&permissions);
    let groups = [permissions, one.secrets.clone(), telling, others];
    groups.iter().flat_map(ActionSet::names).collect()
}

fn label(one: &Unscoped<Tag>) -> String {
    let changes = one.changes.len();
    let manages = manages(one).len();
    match (manages, one.secrets.len(), changes) {
        (0, 0, 1) => "can be limited to resources".to_string(),
        (0, 0, changes) => format!("{changes} actions that can be limited to resources"),
        (0, _, 0) => "takes in every secret or key".to_string(),
        (0, ..) => "takes in every secret or key, and every change".to_string(),
        (1, ..) => "one of the actions manages permissions".to_string(),
        (count, ..) => format!("{count} of the actions manage permissions"),
    }
}

fn help(actions: &[String]) -> String {
    let form = actions.iter().find_map(|name| {
        let id = catalogue().find(name)?;
        let kinds = catalogue().service_of(id).types_of(catalogue().action(id));
        // The plain resource rather than what is reached through something else.
        let plain = kinds.min_by_key(|kind| kind.arn.len())?;
        Some((name, plain.arn.replace("arn:*:", "arn:aws:")))
    });
    match form {
        Some((name, arn)) => {
            format!("name the resources that it works on; for `{name}` they have the form `{arn}`")
        }
        None => "name the resources that it works on".to_string(),
    }
}
