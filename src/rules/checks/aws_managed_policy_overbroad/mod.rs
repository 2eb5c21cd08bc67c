mod narrower;
mod weigh;

use crate::diagnostic::{Fix, Persona, Severity};
use crate::iam::aws::{Level as Access, ManagedSummary, catalogue, effective};
use crate::identity::privilege::{Holder, Level, privileges};
use crate::identity::{Grant, Model, Policy};
use crate::rules::privileged;
use crate::rules::surroundings::{counted, listed};
use crate::rules::{Context, Draft, Rule, RuleInfo};
use crate::source::Span;
use indexmap::IndexMap;
use weigh::weigh;

declare_rule! {
    /// A policy that AWS manages is convenient and made for everybody, so that it allows far more than one
    /// workload needs: its actions hold for every resource of the account, AWS adds to them without asking, and
    /// some of them are a way to become administrator. `AWSLambda_FullAccess` replaces the code of every function
    /// and thereby acts as every role that a function has; `SecretsManagerReadWrite` reads every secret.
    ///
    /// All of AWS's policies are known with what they allow. Reported are those that, attached to an identity of
    /// software,
    ///
    /// - hold a method of privilege escalation by themselves, or read all stored secrets (high);
    /// - manage permissions of a service on all of its resources, or open its resources to others (medium).
    ///
    /// Policies that only read, or write without more, are not, and neither are those that AWS makes for its own
    /// services (`service-role/…`) on a role that only services assume. Policies for administrators are the
    /// matter of `admin-policy-attached`. A permissions boundary is taken into account. People are shown to a
    /// strict reader.
    ///
    /// Write a policy with the actions and resources that are used. IAM Access Analyzer makes one from the
    /// activity of the role.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role_policy_attachment" "deploy" {
    ///   role       = "deploy"
    ///   policy_arn = "arn:aws:iam::aws:policy/AWSLambda_FullAccess"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role_policy_attachment" "report" {
    ///   role       = "report"
    ///   policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    /// }
    /// ```
    ///
    /// Source: AWS Managed Policy Reference Guide; AWS Service Authorization Reference.
    AwsManagedPolicyOverbroad {
        code: "KW203",
        name: "aws-managed-policy-overbroad",
        summary: "AWS managed policy that allows far more than one workload needs",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["AWS5:1.15"],
    }
}

const SHOWN: usize = 3;

/// A policy where somebody is given it.
struct Attached<'m> {
    grant: &'m Grant,
    holder: Holder,
    severity: Severity,
    persona: Persona,
}

impl Rule for AwsManagedPolicyOverbroad {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut by_place: IndexMap<(Span, &'static str), Vec<Attached<'_>>> = IndexMap::new();
        for (index, grant) in model.grants.iter().enumerate() {
            let Policy::AwsManaged(summary) = &grant.policy else { continue };
            for holder in Holder::of_grant(model, index) {
                if let Some(attached) = judge(model, grant, summary, holder) {
                    by_place.entry((grant.span, summary.name)).or_default().push(attached);
                }
            }
        }
        for ((_, name), cases) in by_place {
            emit(cx, name, cases);
        }
    }
}

fn judge<'m>(
    model: &'m Model,
    grant: &'m Grant,
    summary: &'static ManagedSummary,
    holder: Holder,
) -> Option<Attached<'m>> {
    let audience = privileged::audience(model, &holder, grant)?;
    let verdict = weigh(model, summary, &holder)?;
    let privilege = privileges(model).get(&holder);
    // Nothing can be added to an administrator.
    if privilege.is_some_and(|it| it.level == Level::Admin) {
        return None;
    }
    // People look around.
    if audience > Persona::Regular && verdict.severity == Severity::Low {
        return None;
    }
    let mut persona = audience.max(verdict.persona);
    if let Some(privilege) = privilege {
        if privilege.unread_boundary.is_some() {
            persona = persona.max(Persona::Strict);
        }
        if let Some(left) = &privilege.aws_limits {
            let mut dangerous = effective([&summary.document()]).on_all;
            dangerous.keep(left);
            let flagged = dangerous.iter().any(|id| weigh::is_telling(catalogue().action(id)));
            if !flagged {
                return None;
            }
        }
    }
    Some(Attached { grant, holder, severity: verdict.severity, persona })
}

fn emit(cx: &mut Context<'_>, name: &'static str, cases: Vec<Attached<'_>>) {
    let model = cx.model;
    let Some(persona) = cases.iter().map(|case| case.persona).min() else { return };
    let cases: Vec<_> = cases.into_iter().filter(|case| case.persona == persona).collect();
    let Some(first) = cases.first() else { return };
    let Policy::AwsManaged(summary) = &first.grant.policy else { return };
    let holders: Vec<&Holder> = cases.iter().map(|case| &case.holder).collect();
    let named = privileged::name_all(model, &holders);
    let message = format!("{named} has `{name}`, which {}", weigh::phrase(summary));
    let grant = first.grant;
    let address = &model.resource(grant.resource).address;
    let mut draft =
        Draft::new(AwsManagedPolicyOverbroad::INFO, address, &grant.attribute, grant.span, message)
            .label(weigh::label(summary))
            .severity(first.severity)
            .persona(persona)
            .root(grant.span)
            .note(counts(summary))
            .identity(first.holder.describe(model).replace('`', ""))
            .owner(privileged::owner(model, &holders))
            .environment(privileged::environment(model, &holders));
    let mut sites = vec![address.clone()];
    for case in &cases {
        let address = &model.resource(case.grant.resource).address;
        if !sites.contains(address) {
            draft = draft.site(address, &case.grant.attribute, case.grant.span);
            sites.push(address.clone());
        }
    }
    for (id, header) in privileged::declared(model, &holders).into_iter().take(SHOWN) {
        if id != grant.resource {
            draft = draft.related(header, "the identity is declared here");
        }
    }
    let workloads = privileged::workloads(model, &holders);
    for workload in workloads.iter().take(SHOWN) {
        draft = draft.related(workload.span, format!("`{}` runs as it", workload.address));
    }
    let narrower = narrower::than(summary);
    draft = draft.help(help(&narrower));
    if let Some(need) = workloads.iter().find_map(|workload| privileged::usual_need(&workload.kind)) {
        draft = draft.fix(Fix::manual(format!("grant {need}, and drop `{name}`")));
    }
    cx.emit(draft);
}

/// What it allows on every resource.
fn counts(summary: &ManagedSummary) -> String {
    let of = |level: Access| summary.broad[level as usize] as usize;
    let words = [
        (Access::Permissions, "that manages permissions", "that manage permissions"),
        (Access::Write, "that writes", "that write"),
        (Access::Read, "that reads", "that read"),
    ];
    let parts: Vec<String> = words
        .into_iter()
        .filter(|(level, ..)| of(*level) > 0)
        .map(|(level, one, many)| match of(level) {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        })
        .collect();
    let total = counted(summary.broad.iter().sum::<u32>() as usize, "action");
    let methods: Vec<&str> = summary.methods().collect();
    let ways = match methods.len() {
        0 => String::new(),
        _ => format!("; ways to more: {}", listed(methods, SHOWN)),
    };
    format!("on every resource it allows {total}: {}{ways}", parts.join(", "))
}

fn help(narrower: &narrower::Narrower) -> String {
    let own = "write a policy with the actions and resources that it uses";
    match (narrower.writes, narrower.reads) {
        (Some(writes), _) => format!("{own}, or attach the narrower `{writes}`"),
        (None, Some(reads)) => format!("{own}; where it only reads, `{reads}` is enough"),
        (None, None) => format!("{own}; IAM Access Analyzer makes one from its activity"),
    }
}
