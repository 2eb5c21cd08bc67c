mod table;

use crate::diagnostic::{Applicability, Edit, Fix, Persona, Severity};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::iam::gcp::Level;
use crate::identity::privilege::{
    GoogleCondition, Holder, Level as Power, google_condition, google_place, privilege,
};
use crate::identity::{GoogleRole, Grant, Policy};
use crate::rules::edits::add_argument;
use crate::rules::{Context, Draft, Rule, RuleInfo, privileged};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashMap;
use table::{Row, row_of};

declare_rule! {
    /// A role that is meant for one resource is granted on a whole project, folder or organization: the service
    /// account reads every secret instead of its own, or acts as every service account. The same role can be granted
    /// on the secret, the bucket, the topic or the service account itself.
    ///
    /// Reported are roles for secrets, service accounts, buckets, Cloud Run, functions, Pub/Sub, BigQuery, Artifact
    /// Registry, KMS and others where the code declares what they can be meant for. Roles that read secrets or act
    /// as other service accounts are reported in any case. With many candidates, or none, the grant on the project
    /// may well be meant and is shown to a strict reader. A condition on the grant is a limit of its own.
    ///
    /// Grant the role on the resource. Where exactly one can be meant, the fix rewrites the grant.
    ///
    /// ```hcl,bad
    /// resource "google_secret_manager_secret" "database" {
    ///   secret_id = "database"
    ///   replication {
    ///     auto {}
    ///   }
    /// }
    ///
    /// resource "google_project_iam_member" "api" {
    ///   project = "acme"
    ///   role    = "roles/secretmanager.secretAccessor"
    ///   member  = "serviceAccount:api@acme.iam.gserviceaccount.com"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "google_secret_manager_secret" "database" {
    ///   secret_id = "database"
    ///   replication {
    ///     auto {}
    ///   }
    /// }
    ///
    /// resource "google_secret_manager_secret_iam_member" "api" {
    ///   secret_id = google_secret_manager_secret.database.id
    ///   role      = "roles/secretmanager.secretAccessor"
    ///   member    = "serviceAccount:api@acme.iam.gserviceaccount.com"
    /// }
    /// ```
    ///
    /// Source: Google Cloud IAM documentation, "Use IAM securely"; Secret Manager documentation, "Access control".
    GcpRoleScopeTooHigh {
        code: "KW207",
        name: "gcp-role-scope-too-high",
        summary: "Role for one resource granted on a project, folder or organization",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["GCP4:1.6", "GCP5:1.7"],
    }
}

/// With more candidates than that, all of them may be meant.
const MANY: usize = 3;

type Case<'m> = (&'m Grant, Holder, Persona);

impl Rule for GcpRoleScopeTooHigh {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut by_place: IndexMap<Span, Vec<Case<'_>>> = IndexMap::new();
        for (index, grant) in model.grants.iter().enumerate() {
            let Some((row, _)) = concerned(grant) else { continue };
            if google_condition(model, grant) == GoogleCondition::Narrow {
                continue;
            }
            for holder in Holder::of_grant(model, index) {
                let Some(persona) = privileged::audience(model, &holder, grant) else { continue };
                // Encryption of buckets and disks by Google's own agents names the key elsewhere.
                let persona = if row.always { persona } else { persona.max(of_agent(model, &holder)) };
                by_place.entry(grant.span).or_default().push((grant, holder, persona));
            }
        }
        if by_place.is_empty() {
            return;
        }
        let mut declared: HashMap<&str, Vec<&Resource>> = HashMap::new();
        for resource in model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
            if resource.kind.starts_with("google_") {
                declared.entry(&resource.kind).or_default().push(resource);
            }
        }
        for cases in by_place.into_values() {
            emit(cx, cases, &declared);
        }
    }
}

fn of_agent(model: &crate::identity::Model, holder: &Holder) -> Persona {
    let text = holder.describe(model);
    match text.contains("@gcp-sa-") || text.contains("cloudservices") || text.contains("service_identity") {
        true => Persona::Strict,
        false => Persona::Regular,
    }
}

fn concerned(grant: &Grant) -> Option<(&'static Row, Level)> {
    match &grant.policy {
        Policy::Google { role: GoogleRole::Named(name), level } if *level > Level::Resource => {
            Some((row_of(name)?, *level))
        }
        _ => None,
    }
}

fn emit(cx: &mut Context<'_>, cases: Vec<Case<'_>>, declared: &HashMap<&str, Vec<&Resource>>) {
    let model = cx.model;
    let Some(persona) = cases.iter().map(|(.., persona)| *persona).min() else { return };
    let cases: Vec<_> = cases.into_iter().filter(|(.., own)| *own == persona).collect();
    let Some((grant, holder, _)) = cases.first() else { return };
    let Some((row, level)) = concerned(grant) else { return };
    let Policy::Google { role: GoogleRole::Named(role), .. } = &grant.policy else { return };
    let mut holders: Vec<&Holder> = Vec::new();
    for (_, holder, _) in &cases {
        if !holders.contains(&holder) {
            holders.push(holder);
        }
    }
    let own: Vec<_> = holders.iter().filter_map(|holder| holder.resource(model)).collect();
    let candidates: Vec<&Resource> = row
        .kinds
        .iter()
        .flat_map(|kind| declared.get(kind).into_iter().flatten().copied())
        .filter(|resource| !own.contains(&resource.id))
        .collect();
    let persona = match candidates.len() {
        _ if row.always => persona,
        0 => persona.max(Persona::Strict),
        count if count > MANY => persona.max(Persona::Strict),
        _ => persona,
    };
    let place = google_place(model, grant, level);
    let resource = model.resource(grant.resource);
    let message = format!(
        "{} has `{role}` on {place}, and thereby on all of its {}",
        privileged::name_all(model, &holders),
        row.noun
    );
    let mut draft =
        Draft::new(GcpRoleScopeTooHigh::INFO, &resource.address, &grant.attribute, grant.span, message)
            .label(format!("on all {}", row.noun))
            .severity(if level > Level::Project { Severity::High } else { Severity::Medium })
            .persona(persona)
            .root(grant.span)
            .identity(holder.describe(model).replace('`', ""))
            .owner(privileged::owner(model, &holders))
            .environment(privileged::environment(model, &holders));
    let mut sites = vec![resource.address.clone()];
    for (grant, ..) in &cases {
        let address = &model.resource(grant.resource).address;
        if !sites.contains(address) {
            draft = draft.site(address, &grant.attribute, grant.span);
            sites.push(address.clone());
        }
    }
    for candidate in candidates.iter().take(MANY) {
        draft = draft.related(candidate.header(), "can be granted here instead");
    }
    draft = match row.member {
        Some((kind, ..)) => draft.help(format!("grant it on the resource that it needs, with `{kind}`")),
        None => draft.help("grant it on the resource that it needs"),
    };
    if let [only] = candidates.as_slice()
        && let Some(fix) = rewritten(cx, resource, row, only)
    {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

/// Grants that name their resource by an id within a project, and the project beside it.
const SHORT: [&str; 2] = ["google_bigquery_dataset_iam_member", "google_pubsub_subscription_iam_member"];

/// The grant on the only resource that can be meant.
fn rewritten(cx: &Context<'_>, grant: &Resource, row: &Row, target: &Resource) -> Option<Fix> {
    let (kind, argument, attribute) = row.member?;
    let simple = &*grant.kind == "google_project_iam_member"
        && grant.key == InstanceKey::None
        && target.key == InstanceKey::None
        && grant.module == target.module
        && !cx.model.uses.iter().any(|usage| usage.used == grant.id);
    let project = grant.body.attr("project")?;
    let header = grant.header();
    let file = cx.shared.sources.find(header.file)?;
    let text = file.text.get(header.range())?;
    let at = text.find("\"google_project_iam_member\"")?;
    // To act as an administrator is as bad on that account alone.
    let strong = cx
        .model
        .identity_of(target.id)
        .is_some_and(|it| privilege(cx.model, it.id).level >= Power::Permissions);
    let waits = cx.shared.sources.text(target.span()).contains("depends_on");
    if !simple || waits || strong || !file.path.ends_with(".tf") || project.span.file != header.file {
        return None;
    }
    let start = header.start as usize + at + 1;
    let word = Span::new(header.file, start, start + "google_project_iam_member".len());
    let value = format!("{}.{attribute}", target.local_address());
    let edit = match SHORT.contains(&kind) {
        true => add_argument(cx.shared.sources, grant.span(), argument, &value)?,
        false => {
            let end = if file.text.get(project.span.range())?.ends_with('\n') { "\n" } else { "" };
            Edit { span: project.span, text: format!("{argument} = {value}{end}") }
        }
    };
    let edits = vec![Edit { span: word, text: kind.to_string() }, edit];
    let title = format!("Grant it on `{}` alone", target.local_address());
    Some(Fix::new(title, Applicability::Unsafe, edits))
}
