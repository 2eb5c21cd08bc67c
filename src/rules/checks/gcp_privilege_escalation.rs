use crate::diagnostic::{Confidence, Persona, Severity};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::iam::gcp;
use crate::iam::gcp::escalation::{Gain, Method, Permissions, method, methods};
use crate::identity::escalation::{Node, Power, network};
use crate::identity::trust::{Issuer, Party, trusts};
use crate::identity::{GoogleRole, Model, Policy, Subject};
use crate::rules::reach::{self, Case, Plane, Weight};
use crate::rules::{Context, Rule, RuleInfo};
use std::collections::HashSet;

declare_rule! {
    /// An identity of Google Cloud can act as a service account that is stronger than itself, or as any service
    /// account of a project: it can mint its tokens, create its keys, sign for it, or run something as it. What
    /// its own roles say then no longer limits it.
    ///
    /// The rule does not go by names of roles. It looks at the permissions of all roles that an identity holds in
    /// a project, folder, organization or on a service account, predefined or custom, with what is inherited
    /// from above, minus deny policies, under the conditions of each binding, and holds them against 35 known
    /// methods.
    ///
    /// - On a project or more, such a permission takes in every service account there, also those that this code
    ///   does not show. If one that it does show is an administrator, it is named.
    /// - On a single service account it is reported where that account is stronger, directly or by a way of its
    ///   own; otherwise an auditor sees it. Pipelines that act as the account they deploy with are what they are
    ///   meant to be, and for strict readers.
    /// - Cloud Build and Deployment Manager run as accounts of the project without being asked to.
    /// - A custom role that nobody holds yet is reported with lower severity.
    ///
    /// Administrators have a finding of their own and are not named again.
    ///
    /// ```hcl,bad
    /// resource "google_project_iam_member" "worker" {
    ///   project = "acme-prod"
    ///   role    = "roles/iam.serviceAccountTokenCreator"
    ///   member  = "serviceAccount:worker@acme-prod.iam.gserviceaccount.com"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "google_service_account" "reports" {
    ///   account_id = "reports"
    /// }
    ///
    /// resource "google_service_account_iam_member" "worker" {
    ///   service_account_id = google_service_account.reports.name
    ///   role               = "roles/iam.serviceAccountUser"
    ///   member             = "serviceAccount:worker@acme-prod.iam.gserviceaccount.com"
    /// }
    /// ```
    ///
    /// Source: Google Cloud IAM documentation, "Service account impersonation", "Roles for service account
    /// authentication" and "Deny policies"; Cloud Build documentation, "Default Cloud Build service account".
    GcpPrivilegeEscalation {
        code: "KW413",
        name: "gcp-privilege-escalation",
        summary: "GCP identity can act as a stronger account",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "escalation",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["GCP4:1.6", "GCP5:1.7"],
    }
}

impl Rule for GcpPrivilegeEscalation {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let plane = Plane {
            info: Self::INFO,
            is_own: |policy| matches!(policy, Policy::Google { .. }),
            weigh: &weigh,
            label: &label,
            help: &help,
            title: |name| method(name).map(|it| it.title),
            site: &site,
            finish: &|_, _, draft| draft,
        };
        reach::report(cx, &plane);
        unbound(cx);
    }
}

/// A custom role is where its permissions are written.
fn site(_: &Model, case: &Case<'_>) -> Option<(ResourceId, &'static str)> {
    match &case.grant.policy {
        Policy::Google { role: GoogleRole::Custom { resource, .. }, .. } => {
            Some((*resource, "permissions"))
        }
        _ => None,
    }
}

fn weigh(model: &Model, case: &Case<'_>) -> Option<Weight> {
    let method = method(case.step.method)?;
    if is_for_agents(case) {
        return None;
    }
    let latent = Weight::new(Severity::Low, Persona::Auditor);
    let to_account = matches!(network(model).get(case.to), Node::Holder(_));
    if to_account {
        return Some(match case.outcome {
            Some(Power::Admin) if is_pipeline(model, case) => Weight::new(Severity::High, Persona::Strict),
            Some(Power::Admin) => Weight::new(Severity::Critical, Persona::Regular),
            Some(Power::AnyIdentity) => Weight::new(Severity::High, Persona::Regular),
            Some(Power::Secrets) => Weight::new(Severity::Medium, Persona::Strict),
            _ => latent,
        });
    }
    let admin = case.outcome == Some(Power::Admin);
    let sure = case.path.as_ref().is_none_or(|path| path.steps.iter().all(|(step, _)| step.certain));
    let found = match method.gain {
        _ if !case.step.unscoped => latent,
        _ if is_made_for_it(case) => Weight::new(Severity::Medium, Persona::Strict),
        Gain::Role if !admin => Weight::new(Severity::Medium, Persona::Regular).unsure(),
        Gain::Account | Gain::AccountOnMachine | Gain::FederatedAccount | Gain::Editor | Gain::Role
            if admin =>
        {
            Weight::new(Severity::Critical, Persona::Regular)
        }
        Gain::Account => Weight::new(Severity::High, Persona::Regular),
        Gain::Storage => Weight::new(Severity::Medium, Persona::Regular),
        Gain::FederatedAccount if is_for_pools(case) && !is_pipeline(model, case) => {
            Weight::new(Severity::Medium, Persona::Regular)
        }
        Gain::AccountOnMachine | Gain::FederatedAccount | Gain::Cluster | Gain::Guardrail => {
            Weight::new(Severity::Medium, Persona::Strict)
        }
        Gain::Api | Gain::IdToken => Weight::new(Severity::Low, Persona::Strict),
        _ => latent,
    };
    Some(if sure { found } else { found.unsure() })
}

/// Roles that Google makes for its own services.
fn is_for_agents(case: &Case<'_>) -> bool {
    let Policy::Google { role: GoogleRole::Named(role), .. } = &case.grant.policy else { return false };
    gcp::role(role).is_some_and(|role| role.is_service_agent())
}

/// The role is good for nothing but pools and providers, and software has it.
fn is_for_pools(case: &Case<'_>) -> bool {
    let Policy::Google { role: GoogleRole::Named(role), .. } = &case.grant.policy else { return false };
    role == "roles/iam.workloadIdentityPoolAdmin" && matches!(case.holder.subject, Subject::Identity(_))
}

/// Builds run with this role by design, and some services bring the permission along for their own use.
fn is_made_for_it(case: &Case<'_>) -> bool {
    let Policy::Google { role: GoogleRole::Named(role), .. } = &case.grant.policy else { return false };
    let builds = ["roles/cloudbuild.admin", "roles/cloudbuild.editor", "roles/cloudbuild.builds.editor"];
    case.step.method == "cloud-build" && !builds.contains(&role.as_str())
}

/// It runs builds, or a pipeline elsewhere becomes it.
fn is_pipeline(model: &Model, case: &Case<'_>) -> bool {
    match &case.holder.subject {
        Subject::External(member) => member.ends_with("@cloudbuild.gserviceaccount.com"),
        Subject::Identity(id) => {
            let name = model.identity(*id).name.as_deref().unwrap_or_default();
            let named = ["cicd", "cloudbuild", "github", "gitlab", "pipeline"].iter().any(|it| name.contains(it));
            let builds = model.workloads_of(*id).any(|it| it.kind == "google_cloudbuild_trigger");
            let ci = [Issuer::GitHub, Issuer::GitLab, Issuer::TerraformCloud, Issuer::CircleCi];
            named
                || builds
                || trusts(model).of(*id).any(
                    |trust| matches!(&trust.party, Party::Federated(it) if ci.contains(&it.issuer)),
                )
        }
        _ => false,
    }
}

fn label(_: &Model, case: &Case<'_>) -> String {
    let Some(method) = method(case.step.method) else { return String::new() };
    let held = match &case.grant.policy {
        Policy::Google { role: GoogleRole::Named(name), .. } => {
            gcp::role(name).map(Permissions::of_role).unwrap_or_default()
        }
        _ => return reach::uncapitalised(method.title),
    };
    match method.used(held).first() {
        Some(permission) => format!("includes `{permission}`"),
        None => reach::uncapitalised(method.title),
    }
}

fn help(_: &Model, case: &Case<'_>) -> String {
    let Some(method) = method(case.step.method) else { return String::new() };
    let text = match method.gain {
        Gain::Account if method.name == "cloud-build" => {
            "let it start builds through a trigger that names a service account of its own, or grant the role in \
             a project that has nothing else"
        }
        Gain::Account | Gain::IdToken | Gain::Storage if case.step.unscoped => {
            "grant the role on the one service account that is meant, with `google_service_account_iam_member`"
        }
        Gain::Account | Gain::IdToken | Gain::Storage => {
            "let it act as a service account that has no more than the task takes"
        }
        Gain::Editor => {
            "deploy with an account of your own; Deployment Manager always acts as an editor of the project"
        }
        Gain::Role | Gain::Owner => "leave changing roles to whoever administers the project",
        Gain::AccountOnMachine => {
            "grant the role on the one machine, or let machines run as accounts without rights"
        }
        Gain::FederatedAccount => "leave pools and providers to whoever administers the project",
        Gain::Cluster => "bind a role in the namespace that it works in, within the cluster",
        _ => "grant the role on the one resource that is meant",
    };
    text.to_string()
}

/// Custom roles that nobody holds yet, but that would make whoever gets them more than that.
fn unbound(cx: &mut Context<'_>) {
    let model = cx.model;
    let bound: HashSet<ResourceId> = model
        .grants
        .iter()
        .filter_map(|grant| match &grant.policy {
            Policy::Google { role: GoogleRole::Custom { resource, .. }, .. } => Some(*resource),
            _ => None,
        })
        .collect();
    let managed = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
    let roles = managed.filter(|it| is_custom_role(it) && !bound.contains(&it.id));
    for role in roles {
        let listed = role.body.value("permissions").map(Value::as_slice).unwrap_or_default();
        let held = Permissions::of_list(listed.iter().filter_map(Value::as_str));
        let Some(method) = strongest(held) else { continue };
        let permission = method.used(held).into_iter().next().unwrap_or_default();
        let value = listed.iter().find(|it| it.as_str() == Some(permission));
        let span = value.and_then(|it| it.meta.span).unwrap_or_else(|| role.header());
        let message = format!("`{}` lets whoever gets it raise its own privileges through `{permission}`", role.address);
        let mut draft = cx
            .draft(GcpPrivilegeEscalation::INFO, role, "permissions", span, message)
            .label(reach::uncapitalised(method.title))
            .severity(Severity::Medium)
            .confidence(Confidence::Medium)
            .environment(model.environment.as_ref())
            .root(span)
            .persona(if value.is_some_and(|it| it.meta.span.is_some()) { Persona::Regular } else { Persona::Strict })
            .note("nothing in this code grants it yet")
            .help("leave the permission out, and grant a role that has it on the one service account that is meant");
        if let Some(value) = value {
            draft = draft.route(value);
        }
        cx.emit(draft);
    }
}

fn is_custom_role(resource: &Resource) -> bool {
    matches!(&*resource.kind, "google_project_iam_custom_role" | "google_organization_iam_custom_role")
}

/// What a role allows by itself, if that makes somebody else of its holder.
fn strongest(held: Permissions) -> Option<&'static Method> {
    let gains = [Gain::Owner, Gain::Role, Gain::Editor, Gain::Account];
    let met = methods().iter().filter(|it| gains.contains(&it.gain) && it.is_met(held));
    met.min_by_key(|it| gains.iter().position(|gain| *gain == it.gain))
}
