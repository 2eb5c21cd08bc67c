use crate::diagnostic::{Confidence, Fix, Persona, Severity};
use crate::eval::decode_json;
use crate::eval::value::{ResourceId, Value};
use crate::iam::Verdict;
use crate::iam::aws::{ManagedSummary, judge, managed};
use crate::identity::privilege::{Cause, Holder, dormant, privileges};
use crate::identity::{Grant, Model, Policy, Workload};
use crate::rules::documents;
use crate::rules::privileged::{self, Used};
use crate::rules::{Context, Draft, Rule, RuleInfo};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashSet;

declare_rule! {
    /// An identity that software uses can do everything in an account, project, subscription, cluster or
    /// Vault, or nearly everything. Whoever gets hold of one of its credentials, or of anything that runs as
    /// it, owns the place: there is nothing left to escalate to.
    ///
    /// The rule does not go by names. It computes what all grants of an identity allow together and reports
    /// the smallest part that makes it an administrator:
    ///
    /// - AWS: inline, customer managed and AWS managed policies, those of its groups, `NotAction` and unions of
    ///   statements, minus every explicit Deny, within its permissions boundary.
    /// - Google Cloud: `roles/owner`, `roles/editor`, custom roles and sums of roles that come to as much, and
    ///   roles that can set the policy of the project, folder or organization.
    /// - Azure: roles that come to Owner, Contributor or User Access Administrator, built-in or custom, on a
    ///   subscription or more.
    /// - Kubernetes: `cluster-admin`, or rules that come to as much, bound to the whole cluster.
    /// - Vault: every path with `sudo`, the right to write policies, or the policy `root`.
    ///
    /// People are not the subject of this tool: users, human groups and permission sets are left out or shown
    /// to a strict reader only. So is an administrator behind a permissions boundary that is not in the code.
    /// A condition, an explicit Deny of much, or an end date lowers the severity by one step, and is named.
    /// A policy that nothing here attaches weighs less.
    ///
    /// A platform usually has one such identity for applying its infrastructure code. Know it, guard who can
    /// become it, and waive it with a reason; for everything else grant what it calls.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "worker" {
    ///   name               = "worker"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
    ///   })
    /// }
    ///
    /// resource "aws_iam_role_policy_attachment" "worker" {
    ///   role       = aws_iam_role.worker.name
    ///   policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "worker" {
    ///   name               = "worker"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
    ///   })
    /// }
    ///
    /// resource "aws_iam_role_policy" "worker" {
    ///   role   = aws_iam_role.worker.name
    ///   policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource = "arn:aws:sqs:eu-west-1:123456789012:jobs" }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "Security best practices in IAM"; Google Cloud IAM documentation, "Basic
    /// roles"; Microsoft Azure documentation, "Best practices for Azure RBAC"; Kubernetes documentation, "Role
    /// Based Access Control Good Practices"; HashiCorp Vault documentation, "Policies".
    AdminPolicyAttached {
        code: "KW201",
        name: "admin-policy-attached",
        summary: "Identity with full administration, or nearly",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["AWS5:1.15", "AWS7:2.14", "GCP4:1.5", "GCP5:1.6", "AZ6:5.4", "K8S:5.1.1"],
    }
}

/// Labels of each kind; more of them would not be read.
const SHOWN: usize = 3;

const LOOSE: &str = "remove it, or narrow it before somebody attaches it";

impl Rule for AdminPolicyAttached {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut by_place: IndexMap<Span, Vec<Case<'_>>> = IndexMap::new();
        for (holder, privilege) in privileges(model).iter() {
            let mut of_holder: IndexMap<&str, Vec<Case<'_>>> = IndexMap::new();
            for cause in &privilege.causes {
                let grant = &model.grants[cause.grant];
                let Some(mut persona) = privileged::audience(model, holder, grant) else { continue };
                if cause.debatable {
                    persona = persona.max(Persona::Strict);
                }
                let case = Case { holder, cause, persona, also: Vec::new() };
                of_holder.entry(&cause.place).or_default().push(case);
            }
            // An administrator of a place is said once, whatever else makes it one.
            for mut cases in of_holder.into_values() {
                let rank = |case: &Case<'_>| {
                    (std::cmp::Reverse(case.persona), case.cause.verdict, case.cause.blunted.is_empty())
                };
                let Some(lead) =
                    (0..cases.len()).max_by_key(|at| (rank(&cases[*at]), std::cmp::Reverse(*at)))
                else {
                    continue;
                };
                let mut lead = cases.remove(lead);
                lead.also = cases.into_iter().map(|case| case.cause).collect();
                by_place.entry(lead.cause.span).or_default().push(lead);
            }
        }
        for cases in by_place.into_values() {
            attached(cx, cases);
        }
        unattached(cx);
        handed_to_modules(cx);
    }
}

/// One holder whom some characters make an administrator.
struct Case<'a> {
    holder: &'a Holder,
    cause: &'a Cause,
    persona: Persona,
    /// What makes it an administrator of the same place as well.
    also: Vec<&'a Cause>,
}

fn attached(cx: &mut Context<'_>, cases: Vec<Case<'_>>) {
    let model = cx.model;
    let Some(persona) = cases.iter().map(|case| case.persona).min() else { return };
    // The others of a mixed group are noise to whom the finding is for.
    let cases: Vec<_> = cases.into_iter().filter(|case| case.persona == persona).collect();
    let rank = |case: &Case<'_>| (case.cause.verdict, case.cause.blunted.is_empty());
    let lead = cases.iter().rev().max_by_key(|case| rank(case));
    let Some(lead) = lead else { return };
    let mut holders: Vec<&Holder> = vec![lead.holder];
    for case in &cases {
        if !holders.contains(&case.holder) {
            holders.push(case.holder);
        }
    }
    let cause = lead.cause;
    let named = privileged::name_all(model, &holders);
    let message = format!("{named} {} through `{}`", cause.phrase, cause.text);
    let mut draft = draft(model, cause, message).persona(persona);
    let mut sites = HashSet::new();
    for case in &cases {
        let (address, attribute) = site(model, &model.grants[case.cause.grant]);
        if sites.insert(address.clone()) && sites.len() > 1 {
            draft = draft.site(&address, &attribute, case.cause.span);
        }
    }
    let mut also: Vec<&Cause> = cases.iter().flat_map(|case| case.also.iter().copied()).collect();
    also.retain(|other| other.span != cause.span);
    also.dedup_by_key(|other| other.span);
    for other in also.iter().take(SHOWN) {
        draft = draft.related(other.span, format!("and through `{}` as well", other.text));
    }
    if also.len() > SHOWN {
        draft = draft.note(format!("{} more grants come to as much", also.len() - SHOWN));
    }
    for (_, header) in privileged::declared(model, &holders).into_iter().take(SHOWN) {
        draft = draft.related(header, "the identity is declared here");
    }
    let attachments = cases.iter().map(|case| &model.grants[case.cause.grant]);
    for grant in attachments.filter(|grant| is_elsewhere(grant)).take(SHOWN) {
        draft = draft.related(grant.span, "attached here");
    }
    let workloads = privileged::workloads(model, &holders);
    for workload in workloads.iter().take(SHOWN) {
        draft = draft.related(workload.span, format!("`{}` runs as it", workload.address));
    }
    for note in extra_notes(model, lead.holder, cause) {
        draft = draft.note(note);
    }
    let draft = draft
        .identity(lead.holder.describe(model).replace('`', ""))
        .owner(privileged::owner(model, &holders))
        .environment(privileged::environment(model, &holders))
        .help(help(model, lead.holder, &model.grants[cause.grant], &workloads));
    let draft = holders.iter().fold(draft, |draft, holder| draft.about(&holder.subject));
    let draft = match workloads.iter().find_map(|workload| privileged::usual_need(&workload.kind)) {
        Some(need) => draft.fix(Fix::manual(format!("grant {need}, and drop `{}`", cause.text))),
        None => draft,
    };
    cx.emit(draft);
}

/// What holds for every cause, whoever it concerns.
fn draft(model: &Model, cause: &Cause, message: String) -> Draft {
    let grant = &model.grants[cause.grant];
    let (address, attribute) = site(model, grant);
    let base = match cause.verdict {
        Verdict::Admin => Severity::Critical,
        _ => Severity::High,
    };
    let blunted = !cause.blunted.is_empty();
    let mut draft = Draft::new(AdminPolicyAttached::INFO, &address, &attribute, cause.span, message)
        .label(cause.label.clone())
        .root(root(grant, cause))
        .severity(if blunted { base.shifted(-1) } else { base })
        .confidence(if cause.unsure || cause.debatable { Confidence::Medium } else { Confidence::High });
    if let Some(value) = written(model, grant, cause.span) {
        draft = draft.route(&value);
    }
    for (span, text) in cause.together.iter().take(SHOWN) {
        draft = draft.related(*span, text.clone());
    }
    for text in &cause.blunted {
        draft = draft.note(format!("{text}, which lowers the severity by one step"));
    }
    for text in &cause.notes {
        draft = draft.note(text.clone());
    }
    if cause.wildcard { draft.merged("wildcard-action") } else { draft }
}

/// What one edit would mend.
fn root(grant: &Grant, cause: &Cause) -> Span {
    match (&grant.policy, cause.statement) {
        (Policy::Aws(document), Some(statement)) => documents::root(document, statement),
        (Policy::Kubernetes { .. }, _) => cause.span,
        _ => grant.span,
    }
}

/// The resource and attribute that hold the document or name the role.
fn site(model: &Model, grant: &Grant) -> (String, String) {
    let (resource, attribute) = match &grant.policy {
        Policy::Aws(document) => (document.resource, &document.attribute),
        _ => (grant.resource, &grant.attribute),
    };
    (model.resource(resource).address.clone(), attribute.clone())
}

/// The policy is declared apart from where it is attached.
fn is_elsewhere(grant: &Grant) -> bool {
    matches!(&grant.policy, Policy::Aws(document) if document.resource != grant.resource)
}

/// The value at the marked characters, for the route that it took.
fn written(model: &Model, grant: &Grant, span: Span) -> Option<Value> {
    let (resource, attribute) = match &grant.policy {
        Policy::Aws(document) => (document.resource, &document.attribute),
        _ => (grant.resource, &grant.attribute),
    };
    let mut found: Option<Value> = None;
    for (_, value) in model.resource(resource).body.at_path(attribute) {
        let decoded = decode_json(&value);
        for value in [Some(value), decoded].into_iter().flatten() {
            value.walk(&mut |part| {
                if found.is_none() && part.meta.span == Some(span) {
                    found = Some(part.clone());
                }
            });
        }
    }
    found
}

fn extra_notes(model: &Model, holder: &Holder, cause: &Cause) -> Vec<String> {
    let mut notes = Vec::new();
    if privileged::used_by(model, holder) == Used::People {
        notes.push("people become it by signing in through SAML".to_string());
    }
    let others = privileges(model).get(holder).map_or(0, |privilege| {
        let causes: HashSet<usize> = privilege.causes.iter().map(|cause| cause.grant).collect();
        privilege.grants.iter().filter(|grant| !causes.contains(grant)).count()
    });
    let alone = cause.together.is_empty()
        && matches!(model.grants[cause.grant].policy, Policy::Aws(_) | Policy::AwsManaged(_));
    if others > 0 && cause.verdict == Verdict::Admin && alone {
        notes.push(match others {
            1 => "its other policy adds nothing to this".to_string(),
            count => format!("its {count} other policies add nothing to this"),
        });
    }
    notes
}

fn help(model: &Model, holder: &Holder, grant: &Grant, workloads: &[&Workload]) -> String {
    if workloads.iter().any(|workload| privileged::usual_need(&workload.kind).is_some()) {
        return "grant what the workload calls, on the resources that it calls it on".to_string();
    }
    let text = match &grant.policy {
        Policy::Google { .. } => {
            "grant predefined roles for the services that it uses, as near to the resources as possible; the IAM \
             recommender lists which of its permissions were used"
        }
        Policy::Azure { .. } => {
            "assign a role made for the task, at the resource group or resource that it works on; to hand out \
             roles, add a condition that names those it may assign"
        }
        Policy::Kubernetes { .. } => {
            "bind a role with the verbs and resources that it uses, in its namespaces"
        }
        Policy::Vault(_) if grant.attribute != "policy" => {
            "give it a policy with the paths that it needs; a root token is for setting Vault up, and is revoked \
             afterwards"
        }
        Policy::Vault(_) => "list the paths that it needs, without `sudo` and without `sys/policies`",
        _ if privileged::used_by(model, holder) == Used::Pipeline => {
            "let pull requests plan with a read-only role, and apply with one that holds the services this code \
             manages, within a permissions boundary"
        }
        _ if is_bounded(model, holder) => {
            "grant the actions that it uses (IAM Access Analyzer generates a policy from its activity), or narrow \
             its permissions boundary"
        }
        _ => {
            "grant the actions that it uses (IAM Access Analyzer generates a policy from its activity), or set a \
             permissions boundary"
        }
    };
    text.to_string()
}

fn is_bounded(model: &Model, holder: &Holder) -> bool {
    let resource = holder.resource(model).map(|id| model.resource(id));
    resource.is_some_and(|resource| resource.body.value("permissions_boundary").is_some())
}

/// Policies that would make an administrator of whoever gets them.
fn unattached(cx: &mut Context<'_>) {
    let model = cx.model;
    let mut elsewhere = privileged::boundaries(model);
    elsewhere.extend(model.grants.iter().filter_map(|grant| match &grant.policy {
        Policy::Aws(document) if !grant.subjects.is_empty() => Some(document.resource),
        _ => None,
    }));
    let handed = documents::handed(model);
    let whereto = |resource: ResourceId| match handed.get(&resource) {
        Some(module) => format!("`{module}` is given it, whose source is not here"),
        None => "nothing in this code attaches it".to_string(),
    };
    for (index, grant) in model.grants.iter().enumerate() {
        let loose = matches!(&grant.policy, Policy::Aws(_) | Policy::Vault(_));
        if !loose || !grant.subjects.is_empty() || elsewhere.contains(&grant.resource) {
            continue;
        }
        let Some(cause) = dormant(model, index) else { continue };
        let address = &model.resource(grant.resource).address;
        let message =
            format!("`{address}` makes an administrator of whoever gets it, through `{}`", cause.text);
        let draft = draft(model, &cause, message)
            .severity(Severity::Medium)
            .note(whereto(grant.resource))
            .help(LOOSE);
        cx.emit(draft);
    }
    for document in documents::lone(model) {
        let judgement = judge(&[&document.document]);
        let (Some(first), true) = (judgement.responsible.first(), judgement.verdict > Verdict::None) else {
            continue;
        };
        let address = &model.resource(document.resource).address;
        let span = first.at.span.unwrap_or(document.span);
        let message = format!("`{address}` makes an administrator of whoever gets it, through `{}`", first.text);
        let draft = Draft::new(AdminPolicyAttached::INFO, address, &document.attribute, span, message)
            .label(format!("{} actions on every resource", first.actions))
            .root(documents::root(&document, first.statement))
            .severity(Severity::Medium)
            .note(whereto(document.resource))
            .environment(model.environment.as_ref())
            .help(LOOSE);
        cx.emit(draft);
    }
}

/// Administration given to modules whose source is not here: to whom, they know.
fn handed_to_modules(cx: &mut Context<'_>) {
    let model = cx.model;
    let calls = model.project.modules.iter().flat_map(|module| &module.calls);
    for call in calls.filter(|call| !call.resolved) {
        let mut found: Vec<(String, Value, &'static ManagedSummary)> = Vec::new();
        call.body.each_attr(&mut |path, attr| {
            attr.value.walk(&mut |value| {
                let Some(text) = value.as_str().filter(|text| text.starts_with("arn:")) else { return };
                let wide = managed(text).filter(|summary| summary.verdict.verdict() > Verdict::None);
                found.extend(wide.map(|summary| (path.to_string(), value.clone(), summary)));
            });
        });
        for (path, value, summary) in found {
            let Some(span) = value.meta.span else { continue };
            let verdict = summary.verdict.verdict();
            let message =
                format!("`{}` is given `{}`, for an identity that it makes", call.address, summary.name);
            let severity = if verdict == Verdict::Admin { Severity::Critical } else { Severity::High };
            let draft = Draft::new(AdminPolicyAttached::INFO, &call.address, &path, span, message)
                .label("everything in the AWS account, or nearly")
                .severity(severity.shifted(-1))
                .confidence(Confidence::Medium)
                .persona(Persona::Strict)
                .route(&value)
                .environment(model.environment.as_ref())
                .note("the source of the module is not here, so that who gets it is not known")
                .help("pass a policy with the actions that the identity uses");
            cx.emit(draft);
        }
    }
}
