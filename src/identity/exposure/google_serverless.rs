//! Google Cloud: services and functions that anybody may call. Rows: cloud-run-public, cloud-function-public,
//! app-engine. Source: Cloud Run documentation, "Allowing public (unauthenticated) access" and "Restrict
//! network endpoint ingress"; Cloud Functions documentation, "Authorizing access via IAM".

use super::index::{at, is, says};
use super::{Finder, Label, Reach, Way};
use crate::eval::Resource;
use crate::eval::value::{ResourceId, Value};
use crate::iam::Tri;
use crate::identity::model::Subject;
use crate::identity::policy::google_members;
use std::collections::{HashMap, HashSet};

const RUN: [&str; 2] = ["google_cloud_run_service", "google_cloud_run_v2_service"];
const FUNCTIONS: [&str; 2] = ["google_cloudfunctions_function", "google_cloudfunctions2_function"];
const ENGINE: [&str; 2] =
    ["google_app_engine_standard_app_version", "google_app_engine_flexible_app_version"];

pub(super) fn find(finder: &mut Finder<'_, '_>) {
    let index = finder.index;
    let invokers = invokers(finder);
    let balanced = balanced(finder);
    for service in index.all(&RUN) {
        let mut open = invokers.get(&service.id).cloned().unwrap_or_default();
        if is(&service.body, "invoker_iam_disabled", false).is_yes() {
            let span = at(service, &service.body, "invoker_iam_disabled");
            open.push((service, (span, "nobody has to sign in".to_string())));
        }
        let ingress = run_ingress(service, balanced.contains(&service.id));
        calls(finder, service, &open, ingress, "cloud-run-public");
    }
    for function in index.all(&FUNCTIONS) {
        let open = invokers.get(&function.id).cloned().unwrap_or_default();
        calls(finder, function, &open, function_ingress(function), "cloud-function-public");
    }
    let guarded = index
        .all(&["google_app_engine_application"])
        .any(|app| app.body.blocks("iap").iter().any(|iap| is(iap, "enabled", true).is_possible()));
    let denied = index.all(&["google_app_engine_firewall_rule"]).any(|rule| {
        rule.body.text("action") == Some("DENY")
            && rule.body.text("source_range").is_some_and(|it| matches!(it, "*" | "0.0.0.0/0"))
    });
    for version in index.all(&ENGINE).filter(|_| !guarded && !denied) {
        let way = Way {
            row: "app-engine",
            reach: Reach::Internet,
            open: Tri::Yes,
            through: "its App Engine address".to_string(),
            because: vec![(version.header(), "reachable from the internet".to_string())],
            declared_by: version,
            attribute: "",
        };
        finder.add(version, index.runs_as(version, &["service_account"]), way);
    }
}

fn calls<'m>(
    finder: &mut Finder<'m, '_>,
    service: &'m Resource,
    open: &[(&'m Resource, Label)],
    ingress: Tri,
    row: &'static str,
) {
    let mut runs_as = finder.index.runs_as(service, &[]);
    if runs_as.is_empty() && !names_account(service) {
        runs_as.push(Subject::External("the default service account".to_string()));
    }
    for (by, label) in open {
        let way = Way {
            row,
            reach: Reach::InternetAnonymous,
            open: ingress,
            through: format!("`{}`", by.address),
            because: vec![label.clone()],
            declared_by: by,
            attribute: if by.id == service.id { "invoker_iam_disabled" } else { "member" },
        };
        finder.add(service, runs_as.clone(), way);
    }
}

/// It says as whom it runs, in a way that may not be known.
fn names_account(service: &Resource) -> bool {
    let paths = [
        "service_account_email",
        "service_config.service_account_email",
        "template.service_account",
        "template.spec.service_account_name",
    ];
    paths.iter().any(|path| service.body.at_path(path).iter().any(|(_, value)| !value.is_null()))
}

/// For each service and function the grants that let everyone call it.
fn invokers<'m>(finder: &Finder<'m, '_>) -> HashMap<ResourceId, Vec<(&'m Resource, Label)>> {
    let mut found: HashMap<ResourceId, Vec<(&Resource, Label)>> = HashMap::new();
    let mut kinds = Vec::new();
    for target in RUN.iter().chain(&FUNCTIONS) {
        kinds.extend(["member", "binding", "policy"].map(|form| format!("{target}_iam_{form}")));
    }
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let targets: Vec<&str> = RUN.iter().chain(&FUNCTIONS).copied().collect();
    for grant in finder.index.all(&kinds) {
        let Some(label) = everyone(grant) else { continue };
        let named = ["service", "name", "cloud_function"].into_iter();
        let target = named.filter_map(|name| finder.index.target(&grant.body, name, &targets)).next();
        if let Some(target) = target {
            found.entry(target.id).or_default().push((grant, label));
        }
    }
    found
}

fn everyone(grant: &Resource) -> Option<Label> {
    google_members(&grant.body).into_iter().find_map(|(role, members)| {
        let invokes = matches!(
            role.as_str()?,
            "roles/run.invoker" | "roles/cloudfunctions.invoker" | "roles/run.admin"
        );
        let member = members.iter().find(|member| is_everyone(member))?;
        invokes
            .then(|| (member.meta.span.unwrap_or_else(|| grant.header()), "anybody may call it".to_string()))
    })
}

/// `allAuthenticatedUsers` is everyone with a Google account.
fn is_everyone(member: &Value) -> bool {
    matches!(member.as_str(), Some("allUsers" | "allAuthenticatedUsers"))
}

fn run_ingress(service: &Resource, balanced: bool) -> Tri {
    let body = &service.body;
    if &*service.kind == "google_cloud_run_v2_service" {
        let all = says(body, "ingress", true, |text| text == "INGRESS_TRAFFIC_ALL");
        let through = says(body, "ingress", false, |text| text == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER");
        return all.or(through.and(balanced.into()));
    }
    let annotations = body.block("metadata").unwrap_or_default();
    let Some(annotations) = annotations.value("annotations") else { return Tri::Yes };
    match annotations.get("run.googleapis.com/ingress") {
        Some(value) => match value.as_str() {
            Some("all") => Tri::Yes,
            Some("internal-and-cloud-load-balancing") => balanced.into(),
            Some(_) => Tri::No,
            None => Tri::Maybe,
        },
        None if annotations.entries().is_some() => Tri::Yes,
        None => Tri::Maybe,
    }
}

fn function_ingress(function: &Resource) -> Tri {
    let public = |text: &str| text == "ALLOW_ALL";
    match &*function.kind {
        "google_cloudfunctions2_function" => {
            let config = function.body.block("service_config").unwrap_or_default();
            says(&config, "ingress_settings", true, public)
        }
        _ => {
            let http = is(&function.body, "trigger_http", false);
            says(&function.body, "ingress_settings", true, public).and(http)
        }
    }
}

/// Services behind a load balancer that faces the internet without asking who is there.
fn balanced(finder: &Finder<'_, '_>) -> HashSet<ResourceId> {
    let index = finder.index;
    let mut found = HashSet::new();
    for backend in index.all(&["google_compute_backend_service", "google_compute_region_backend_service"]) {
        let body = &backend.body;
        let external = says(body, "load_balancing_scheme", true, |scheme| scheme.starts_with("EXTERNAL"));
        let guarded = body.blocks("iap").iter().any(|iap| is(iap, "enabled", true).is_possible());
        if !external.is_yes() || guarded {
            continue;
        }
        for (_, group) in body.at_path("backend.group") {
            for neg in index.targets(&group, &["google_compute_region_network_endpoint_group"]) {
                for (_, service) in neg.body.at_path("cloud_run.service") {
                    found.extend(index.targets(&service, &RUN).iter().map(|one| one.id));
                }
            }
        }
    }
    found
}
