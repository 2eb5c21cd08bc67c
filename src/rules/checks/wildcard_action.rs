use crate::diagnostic::{Persona, Severity};
use crate::iam::aws::{
    Flags, Gives, Level as Access, Reach, WildcardKind, WildcardReport, wildcards,
};
use crate::identity::policy::{SharedDocument, Tag};
use crate::identity::privilege::Holder;
use crate::rules::documents::{self, Holders, Reached};
use crate::rules::privileged;
use crate::rules::{Context, Draft, Rule, RuleInfo};
use std::sync::Arc;

declare_rule! {
    /// A wildcard in a policy allows more than anyone who reads it sees: `iam:*` stands for well over a hundred
    /// actions, among them those that make new access keys and attach new policies, and AWS adds to the list
    /// as its services grow. `NotAction` and `NotResource` next to Allow do the same the other way round.
    ///
    /// The rule expands every wildcard of a policy that reaches an identity and reports those that let it
    /// manage permissions or change things on everything, or on all resources of a service. What only reads
    /// stays quiet, as do wildcards on named resources (`s3:*` on a bucket of one's own), wildcards behind a
    /// condition that narrows them, and what a Deny or a permissions boundary takes away. Policies of
    /// resources, such as key and bucket policies, are another matter.
    ///
    /// Wildcards of one policy are one finding, and a statement that already makes an administrator is left
    /// to `admin-policy-attached`. Those that only add a few changes are shown to a strict reader. A policy that
    /// nothing here attaches weighs less.
    ///
    /// Replace the wildcard by the actions that are used, or name the resources that they are meant for.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role_policy" "worker" {
    ///   role   = "worker"
    ///   policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = ["iam:*"], Resource = "*" }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role_policy" "worker" {
    ///   role   = "worker"
    ///   policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [
    ///       { Effect = "Allow", Action = ["iam:Get*", "iam:List*"], Resource = "*" },
    ///       { Effect = "Allow", Action = "s3:*", Resource = ["arn:aws:s3:::jobs", "arn:aws:s3:::jobs/*"] },
    ///     ]
    ///   })
    /// }
    /// ```
    ///
    /// Source: AWS Service Authorization Reference, access levels of actions.
    WildcardAction {
        code: "KW202",
        name: "wildcard-action",
        summary: "Wildcard that lets an identity manage permissions or change everything of a service",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

/// Fewer changes than that are a narrow prefix.
const MANY: usize = 10;
const SHOWN: usize = 4;

impl Rule for WildcardAction {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let lone = documents::lone(model);
        let admins = documents::admin_statements(model);
        for reached in documents::reached(model, &lone) {
            let Some(holders) = Holders::of(model, &reached) else { continue };
            let mut reports = all_wildcards(&reached.document.document).0.clone();
            reports.retain(|report| {
                !admins.contains(&reached.key(report.statement)) && holders.still_has(&report.gives.actions)
            });
            let least = reports.iter().map(persona).min();
            reports.retain(|report| Some(persona(report)) == least);
            emit(cx, &reached, &holders, reports);
        }
    }
}

struct Wildcards(Vec<WildcardReport<Tag>>);

fn all_wildcards(document: &SharedDocument) -> Arc<Wildcards> {
    document.note(|document| Wildcards(wildcards(document)))
}

/// The statements that the default run names, the one that leads first.
pub fn named_statements(document: &SharedDocument) -> Vec<usize> {
    let all = all_wildcards(document);
    let mut reports: Vec<_> = all.0.iter().filter(|report| persona(report) == Persona::Regular).collect();
    reports.sort_by_key(|report| std::cmp::Reverse(weight(&report.gives)));
    reports.iter().map(|report| report.statement).collect()
}

fn emit(
    cx: &mut Context<'_>,
    reached: &Reached<'_>,
    holders: &Holders,
    mut reports: Vec<WildcardReport<Tag>>,
) {
    let model = cx.model;
    reports.sort_by_key(|report| std::cmp::Reverse(weight(&report.gives)));
    let Some((report, rest)) = reports.split_first() else { return };
    let document = reached.document;
    let address = model.resource(document.resource).address.clone();
    let named: Vec<&Holder> = holders.all.iter().collect();
    let subject = match named.is_empty() {
        true => format!("`{address}`"),
        false => privileged::name_all(model, &named),
    };
    let gives = &report.gives;
    let what = match report.kind {
        WildcardKind::Action => format!("`{}`", report.pattern),
        WildcardKind::NotAction => format!("all actions but {}", shortened(&report.pattern)),
        WildcardKind::NotResource => format!("its actions on everything but {}", shortened(&report.pattern)),
    };
    let on = match &report.reach {
        _ if report.kind == WildcardKind::NotResource => String::new(),
        Reach::Services(services) => format!(" on all resources of {}", services.join(", ")),
        _ => " on all resources".to_string(),
    };
    let verb = if named.is_empty() { "allows" } else { "is allowed" };
    let manages = gives.permission_management.len();
    let writes = changes(gives) - manages;
    let many = |count: usize, does: &str, do_: &str| match count {
        1 => format!("1 action that {does}"),
        count => format!("{count} actions that {do_}"),
    };
    let effect = match (manages, writes) {
        (0, _) => many(writes, "writes", "write"),
        (_, 0) => many(manages, "manages permissions", "manage permissions"),
        (_, 1) => {
            format!("{} and one that writes", many(manages, "manages permissions", "manage permissions"))
        }
        _ => {
            format!("{} and {writes} that write", many(manages, "manages permissions", "manage permissions"))
        }
    };
    let message = format!("{subject} {verb} {what}{on}: {effect}");
    let span = report.at.span.unwrap_or(document.span);
    let mut draft = Draft::new(WildcardAction::INFO, &address, &document.attribute, span, message)
        .label(label(report))
        .severity(if holders.nobody { Severity::Low } else { severity(report) })
        .persona(holders.persona.max(persona(report)))
        .root(reached.root(report.statement))
        .note(expansion(report))
        .owner(privileged::owner(model, &named))
        .environment(privileged::environment(model, &named))
        .help(help(report));
    if let Some(first) = named.first() {
        draft = draft.identity(first.describe(model).replace('`', ""));
    }
    for other in rest.iter().take(SHOWN) {
        if let Some(at) = other.at.span.filter(|at| *at != span) {
            draft = draft.related(at, format!("and {}", label(other)));
        }
    }
    if rest.len() > SHOWN {
        draft = draft.note(format!("the policy has {} more wildcards of this kind", rest.len() - SHOWN));
    }
    let elsewhere = reached.grants.iter().map(|index| &model.grants[*index]);
    for grant in elsewhere.filter(|grant| grant.resource != document.resource).take(SHOWN) {
        draft = draft.related(grant.span, "attached here");
    }
    for (_, header) in privileged::declared(model, &named).into_iter().take(2) {
        draft = draft.related(header, "the identity is declared here");
    }
    let conditions: Vec<String> = report.caveats.iter().map(|caveat| format!("`{}`", caveat.key)).collect();
    if !conditions.is_empty() {
        draft = draft.note(format!("the condition on {} leaves it as wide", conditions.join(", ")));
    }
    for note in &holders.notes {
        draft = draft.note(note.clone());
    }
    for holder in &named {
        draft = draft.about(&holder.subject);
    }
    cx.emit(draft);
}

/// The first few of a list.
fn shortened(listed: &str) -> String {
    let items: Vec<&str> = listed.split(", ").collect();
    let shown: Vec<String> = items.iter().take(3).map(|item| format!("`{item}`")).collect();
    match items.len() - shown.len() {
        0 => shown.join(" and "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What matters most first: permissions, secrets and credentials, then the number of changes.
fn weight(gives: &Gives) -> (bool, usize, usize) {
    let telling = [Flags::ESCALATES, Flags::CREDENTIAL, Flags::SECRET, Flags::EXPOSES];
    let flags = telling.into_iter().filter(|flag| gives.flags.has(*flag)).count();
    (!gives.permission_management.is_empty(), flags, changes(gives))
}

fn changes(gives: &Gives) -> usize {
    gives.by_level[Access::Write as usize] + gives.by_level[Access::Permissions as usize]
}

fn severity(report: &WildcardReport<Tag>) -> Severity {
    let everything = report.kind != WildcardKind::Action;
    match everything || !report.gives.permission_management.is_empty() {
        true => Severity::High,
        false => Severity::Medium,
    }
}

/// A prefix that adds some changes, or actions that have no resources to be limited to, are for who asks.
fn persona(report: &WildcardReport<Tag>) -> Persona {
    let gives = &report.gives;
    if !gives.permission_management.is_empty() || report.kind != WildcardKind::Action {
        return Persona::Regular;
    }
    let whole = report.pattern.ends_with(":*") || report.pattern == "*";
    match gives.scopable > 0 && (whole || changes(gives) >= MANY) {
        true => Persona::Regular,
        false => Persona::Strict,
    }
}

fn label(report: &WildcardReport<Tag>) -> String {
    let total: usize = report.gives.by_level.iter().sum();
    match report.gives.permission_management.len() {
        0 => format!("{total} actions, {} of them write", changes(&report.gives)),
        1 => format!("{total} actions, one of them manages permissions"),
        count => format!("{total} actions, {count} of them manage permissions"),
    }
}

/// The wildcard by access level.
fn expansion(report: &WildcardReport<Tag>) -> String {
    let gives = &report.gives;
    let total: usize = gives.by_level.iter().sum();
    let words = [
        (Access::Permissions, "manage permissions"),
        (Access::Write, "write"),
        (Access::Tagging, "tag"),
        (Access::Read, "read"),
        (Access::List, "list"),
    ];
    let parts: Vec<String> = words
        .into_iter()
        .map(|(level, word)| (gives.by_level[level as usize], word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| match count {
            1 => format!("1 that {}", word.replacen("manage", "manages", 1).replacen("write", "writes", 1)),
            _ => format!("{count} that {word}"),
        })
        .collect();
    let mut examples: Vec<&String> = gives.permission_management.iter().take(2).collect();
    examples.extend(
        gives
            .examples
            .iter()
            .filter(|name| !gives.permission_management.contains(name))
            .take(3 - examples.len().min(2)),
    );
    let examples: Vec<String> = examples.iter().map(|name| format!("`{name}`")).collect();
    let what = match report.kind {
        WildcardKind::Action => format!("`{}` allows {total} actions", report.pattern),
        _ => format!("it allows {total} actions"),
    };
    format!("{what}: {}; for example {}", parts.join(", "), examples.join(", "))
}

fn help(report: &WildcardReport<Tag>) -> &'static str {
    match report.kind {
        WildcardKind::NotAction => "list the actions that it uses under `Action`; to forbid some, use a Deny",
        WildcardKind::NotResource => {
            "list the resources that it uses under `Resource`; to forbid some, use a Deny"
        }
        WildcardKind::Action if report.gives.scopable > 0 => {
            "list the actions that it uses, or name the resources that the wildcard is meant for"
        }
        WildcardKind::Action => "list the actions that it uses",
    }
}
