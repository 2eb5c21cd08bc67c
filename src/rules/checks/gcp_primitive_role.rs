use crate::diagnostic::{Fix, Persona, Severity};
use crate::iam::gcp::{self, Basic, Level};
use crate::identity::privilege::{GoogleCondition, Holder, google_condition, google_place};
use crate::identity::{GoogleRole, Grant, Model, Policy};
use crate::rules::{Context, Draft, Rule, RuleInfo, privileged};
use crate::source::Span;
use indexmap::IndexMap;

declare_rule! {
    /// A basic role (`roles/owner`, `roles/editor`, `roles/viewer`) is granted to a service account, or to what a
    /// workload pool lets in, on a project, a folder or the organization. Basic roles are older than IAM: they span
    /// all services, those that are enabled next year included, and cannot say what they are for.
    ///
    /// An owner or editor is nearly always an administrator as well, and then one finding says both:
    /// `admin-policy-attached` leads. What remains for this rule are grants behind a condition, and viewers, who
    /// read the data of many services and are shown to a strict reader. Members of a `google_iam_policy` data
    /// source count as well. People and groups are not the subject of this tool.
    ///
    /// Grant predefined roles for the services that the identity calls, on the resources that it calls them on.
    ///
    /// ```hcl,bad
    /// resource "google_project_iam_member" "builder" {
    ///   project = "acme-build"
    ///   role    = "roles/editor"
    ///   member  = "serviceAccount:builder@acme-build.iam.gserviceaccount.com"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "google_project_iam_member" "builder" {
    ///   project = "acme-build"
    ///   role    = "roles/logging.logWriter"
    ///   member  = "serviceAccount:builder@acme-build.iam.gserviceaccount.com"
    /// }
    /// ```
    ///
    /// Source: Google Cloud IAM documentation, "Basic and predefined roles reference".
    GcpPrimitiveRole {
        code: "KW206",
        name: "gcp-primitive-role",
        summary: "Basic role for a service account on a project, folder or organization",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["GCP4:1.5", "GCP5:1.6"],
    }
}

const SHOWN: usize = 3;

impl Rule for GcpPrimitiveRole {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut by_place: IndexMap<Span, Vec<(&Grant, Holder, Persona)>> = IndexMap::new();
        for (index, grant) in model.grants.iter().enumerate() {
            if basic(grant).is_none() {
                continue;
            }
            for holder in Holder::of_grant(model, index) {
                let Some(persona) = privileged::audience(model, &holder, grant) else { continue };
                by_place.entry(grant.span).or_default().push((grant, holder, persona));
            }
        }
        for cases in by_place.into_values() {
            emit(cx, cases);
        }
    }
}

fn basic(grant: &Grant) -> Option<(Basic, Level)> {
    match &grant.policy {
        Policy::Google { role: GoogleRole::Named(name), level } if *level > Level::Resource => {
            Some((gcp::basic(name)?, *level))
        }
        _ => None,
    }
}

fn emit(cx: &mut Context<'_>, cases: Vec<(&Grant, Holder, Persona)>) {
    let model = cx.model;
    let Some(persona) = cases.iter().map(|(.., persona)| *persona).min() else { return };
    let cases: Vec<_> = cases.into_iter().filter(|(.., own)| *own == persona).collect();
    let Some((grant, holder, _)) = cases.first() else { return };
    let Some((role, level)) = basic(grant) else { return };
    let mut holders: Vec<&Holder> = Vec::new();
    for (_, holder, _) in &cases {
        if !holders.contains(&holder) {
            holders.push(holder);
        }
    }
    let (name, severity, persona, label) = match role {
        Basic::Owner => ("roles/owner", Severity::High, persona, "everything, and who may do it"),
        Basic::Editor => ("roles/editor", Severity::High, persona, "changes nearly everything"),
        Basic::Viewer => ("roles/viewer", Severity::Low, persona.max(Persona::Strict), "reads every service"),
    };
    let place = google_place(model, grant, level);
    let named = privileged::name_all(model, &holders);
    let condition = google_condition(model, grant);
    let severity = if condition == GoogleCondition::None { severity } else { severity.shifted(-1) };
    let address = &model.resource(grant.resource).address;
    let message = format!("{named} has the basic role `{name}` on {place}");
    let mut draft = Draft::new(GcpPrimitiveRole::INFO, address, &grant.attribute, grant.span, message)
        .label(label)
        .severity(severity)
        .persona(persona)
        .root(grant.span)
        .identity(holder.describe(model).replace('`', ""))
        .owner(privileged::owner(model, &holders))
        .environment(privileged::environment(model, &holders))
        .help(
            "grant predefined roles for the services that it uses, as near to the resources as possible; the IAM \
             recommender lists which of its permissions were used",
        );
    if let Some(count) = gcp::role(name).map(gcp::Role::len) {
        draft = draft.note(format!("the role has {count} permissions"));
    }
    match condition {
        GoogleCondition::None => {}
        GoogleCondition::Time => {
            draft = draft.note("its condition ends it, which lowers the severity by one step")
        }
        GoogleCondition::Narrow => {
            draft = draft.note("its condition limits it, which lowers the severity by one step")
        }
    }
    let mut sites = vec![address.clone()];
    for (grant, ..) in &cases {
        let address = &model.resource(grant.resource).address;
        if !sites.contains(address) {
            draft = draft.site(address, &grant.attribute, grant.span);
            sites.push(address.clone());
        }
    }
    draft = declared(model, draft, &holders);
    let workloads = privileged::workloads(model, &holders);
    for workload in workloads.iter().take(SHOWN) {
        draft = draft.related(workload.span, format!("`{}` runs as it", workload.address));
    }
    if let Some(need) = workloads.iter().find_map(|workload| privileged::usual_need(&workload.kind)) {
        draft = draft.fix(Fix::manual(format!("grant {need}, and drop `{name}`")));
    }
    cx.emit(draft);
}

fn declared(model: &Model, mut draft: Draft, holders: &[&Holder]) -> Draft {
    for (_, header) in privileged::declared(model, holders).into_iter().take(SHOWN) {
        draft = draft.related(header, "the identity is declared here");
    }
    draft
}
