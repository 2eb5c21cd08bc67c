mod google;
mod organization;
mod stakes;

use crate::diagnostic::{Fix, Persona, Severity};
use crate::iam::aws::{Audience, Entry, Limit, audience};
use crate::identity::guarded::{Guarded, guarded};
use crate::rules::parties::Written;
use crate::rules::{Context, Rule, RuleInfo};

declare_rule! {
    /// A role that anyone can become, or a resource that anyone can use. A principal of `"*"` means every
    /// account of AWS there is, and on resources also callers who do not sign in at all. The only thing between
    /// them and the identity is that they know its name.
    ///
    /// Both spellings are found (`"*"` and `{ "AWS": "*" }`), in any statement of trust policies and of the
    /// policies of queues, topics, keys, buckets, secrets, functions, repositories and all else that has one, and in
    /// documents that nothing attaches yet. So is an Allow with `NotPrincipal`, which lets in everybody else.
    /// On Google Cloud the same is said by the members `allUsers` and `allAuthenticatedUsers`, who are anyone
    /// with any Google account.
    ///
    /// Conditions are judged by what they mean. The organization, account, ARN or unique id of the caller limit
    /// who gets in, and so do the source of a service call, networks and endpoints, unless the operator lets a
    /// missing key pass (`IfExists`, `ForAllValues`, negations) or one of the values is `"*"`. Transport,
    /// regions, times, user agents, referers, and tags and names of the caller's own choosing do not. A Deny in the
    /// same document that keeps everybody else out counts as well.
    ///
    /// How bad it is follows from what is allowed: becoming a role, reading secrets, decrypting and managing
    /// permissions are critical, other writes high, reading medium. What is often public on purpose, such as
    /// the objects of a website's bucket or an API, is for strict readers only.
    ///
    /// The fix adds `aws:PrincipalOrgID` where the module declares or looks up its organization, or where all other
    /// statements name the same one.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "deploy" {
    ///   name = "deploy"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "deploy" {
    ///   name = "deploy"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = "sts:AssumeRole"
    ///       Principal = { AWS = "*" }
    ///       Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "AWS JSON policy elements: Principal" and "AWS global condition context keys";
    /// Google Cloud IAM documentation, "Principal identifiers".
    TrustWildcardPrincipal {
        code: "KW301",
        name: "trust-wildcard-principal",
        summary: "Role or resource that anyone can use",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "trust",
        nhi: ["NHI4", "NHI5", "NHI6"],
        csf: ["PR.AA-05"],
        cis: ["AWS7:2.21", "GCP5:1.10"],
    }
}

/// What the actions of a statement are worth to whoever gets in.
struct Stake {
    severity: Severity,
    persona: Persona,
    /// "reads secrets"; empty where the actions say enough.
    note: Option<String>,
}

impl Rule for TrustWildcardPrincipal {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        for guarded in guarded(cx.model) {
            let written = Written::new(cx, guarded);
            for index in 0..guarded.document.document.statements.len() {
                let audience = audience(&guarded.document.document, index);
                if audience.is_open() {
                    open(cx, guarded, &written, index, &audience);
                }
            }
        }
        google::check(cx);
    }
}

fn open(cx: &mut Context<'_>, guarded: &Guarded, written: &Written<'_>, index: usize, audience: &Audience) {
    let Some(stake) = stakes::of(cx, guarded, index) else { return };
    let model = cx.model;
    let statement = &guarded.document.document.statements[index];
    let resource = model.resource(guarded.document.resource);
    let (span, label) = match audience.entry {
        Entry::Everyone(at) => {
            let tag = statement.principals.list().get(at).map(|it| it.element.at);
            (tag.and_then(|tag| tag.span).unwrap_or_else(|| guarded.at(index)), "anyone")
        }
        _ => (guarded.at(index), "everybody but the named"),
    };
    let target = model.resource(model.guarded_resource(guarded));
    let name = &target.address;
    let actions = stakes::listed(statement);
    let message = match (guarded.is_trust(), guarded.is_loose()) {
        (true, false) => format!("`{name}` can be taken on by anyone with an AWS account"),
        (true, true) => format!("`{name}` lets anyone with an AWS account take on the role that it is for"),
        (false, true) => format!("`{name}` lets anyone call {actions}"),
        (false, false) => format!("anyone can call {actions} on {} `{name}`", guarded.asset.noun),
    };
    let mut draft = cx
        .draft(TrustWildcardPrincipal::INFO, resource, &guarded.document.attribute, span, message)
        .label(label)
        .severity(stake.severity)
        .persona(stake.persona)
        .root(guarded.at(index));
    if let Some(value) = written.at(span) {
        draft = draft.route(value);
    }
    // The principal may come from the caller of a module.
    if guarded.at(index).file != span.file {
        draft = draft.related(guarded.at(index), "it ends up in this statement");
    }
    if audience.has(Limit::ExternalId) {
        draft = draft
            .severity(stake.severity.shifted(-1))
            .note("the external id narrows it to those who know it, but it is no secret");
    }
    let idle: Vec<String> = statement
        .conditions
        .iter()
        .enumerate()
        .filter(|(at, _)| !audience.limits.iter().any(|(known, _)| known == at))
        .map(|(_, condition)| format!("`{}`", condition.key))
        .collect();
    if !idle.is_empty() {
        draft = draft.note(format!("the condition on {} does not limit who", idle.join(", ")));
    }
    if let Some(note) = stake.note {
        draft = draft.note(note);
    }
    if let Some(id) = guarded.identity {
        let identity = model.identity(id);
        draft = draft
            .identity(identity.address.clone())
            .owner(identity.owner.name())
            .environment(identity.environment.as_ref());
    } else {
        draft = draft.environment(model.environment.as_ref());
    }
    let draft = draft.help(help(guarded));
    let draft = match organization::fix(cx, guarded, index) {
        Some(fix) => draft.fix(fix),
        None => draft.fix(Fix::manual(
            "Name the accounts, roles or services that need it, or add a condition on `aws:PrincipalOrgID`",
        )),
    };
    cx.emit(draft);
}

fn help(guarded: &Guarded) -> &'static str {
    match guarded.asset.service {
        "sts" => "name the roles or services that take it on, or add a condition on `aws:PrincipalOrgID`",
        "sqs" | "sns" | "lambda" | "events" => {
            "name the account, role or service that calls it; for a service, add `aws:SourceArn` or \
             `aws:SourceAccount`"
        }
        _ => "name the accounts or roles that need it, or add a condition on `aws:PrincipalOrgID`",
    }
}
