use crate::diagnostic::{Persona, Severity};
use crate::iam::Element;
use crate::iam::kubernetes::Rule as RbacRule;
use crate::identity::policy::Tag;
use crate::source::Span;

/// A rule that takes in more than it names.
pub(super) struct Wide {
    pub span: Span,
    pub list: &'static str,
    pub phrase: String,
    pub label: &'static str,
    pub severity: Severity,
    pub persona: Persona,
}

/// API groups of what every cluster has. Source: Kubernetes API reference.
const BUILT_IN: [&str; 11] = [
    "",
    "*",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "extensions",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
];

/// Resources with which one runs code, reads secrets or gives out permissions. Source: Kubernetes documentation,
/// "Role Based Access Control Good Practices".
const STRONG: [&str; 16] = [
    "certificatesigningrequests",
    "clusterrolebindings",
    "clusterroles",
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "mutatingwebhookconfigurations",
    "nodes",
    "pods",
    "replicasets",
    "rolebindings",
    "roles",
    "secrets",
    "serviceaccounts",
    "statefulsets",
];

/// The wildcards of a role that is bound cluster-wide or in a namespace, worst first.
pub(super) fn weigh(rules: &[RbacRule<Tag>], cluster_wide: bool) -> Vec<Wide> {
    let mut found: Vec<Wide> = rules.iter().filter_map(|rule| of_rule(rule, cluster_wide)).collect();
    found.sort_by_key(|wide| (wide.persona, std::cmp::Reverse(wide.severity)));
    found
}

fn of_rule(rule: &RbacRule<Tag>, cluster_wide: bool) -> Option<Wide> {
    if !rule.resource_names.is_empty() {
        return None;
    }
    let (verbs, resources) = (star(&rule.verbs), star(&rule.resources));
    let (list, span) = match (resources, verbs) {
        (Some(span), _) => ("rule.resources", span),
        (None, Some(span)) => ("rule.verbs", span),
        (None, None) => return None,
    };
    let built_in = rule
        .api_groups
        .iter()
        .any(|group| is_star(group) || group.pattern.as_text().is_some_and(|text| BUILT_IN.contains(&text)));
    let core = rule.api_groups.iter().any(|group| is_star(group) || group.pattern.as_text() == Some(""));
    let strong = resources.is_some()
        || rule.resources.iter().any(|it| it.pattern.as_text().is_some_and(|text| STRONG.contains(&text)));
    let writes = rule.writes();
    // Reading everything takes in the secrets of everything.
    if !writes && !core {
        return None;
    }
    let of = groups(&rule.api_groups);
    let (phrase, label) = match (resources.is_some(), verbs.is_some(), writes) {
        (true, true, _) => (format!("may do everything with every resource{of}"), "every resource"),
        (true, false, true) => (format!("may change every resource{of}"), "every resource"),
        (true, false, false) => {
            (format!("may read secrets and every other resource{of}"), "secrets included")
        }
        (false, ..) => {
            ("may do everything with the listed resources".to_string(), "every verb, those to come included")
        }
    };
    let (mut severity, mut persona) = match (built_in && strong, writes, cluster_wide) {
        (false, ..) => (Severity::Low, Persona::Strict),
        (true, false, true) => (Severity::Medium, Persona::Regular),
        (true, false, false) => (Severity::Low, Persona::Strict),
        (true, true, true) => (Severity::High, Persona::Regular),
        (true, true, false) => (Severity::Medium, Persona::Regular),
    };
    // A list of resources with every verb is what an operator needs more often than not.
    if resources.is_none() && severity == Severity::High {
        severity = Severity::Medium;
    }
    if resources.is_none() && !cluster_wide {
        persona = Persona::Strict;
    }
    Some(Wide { span, list, phrase, label, severity, persona })
}

/// The API groups in words; nothing where they are all.
fn groups(listed: &[Element<Tag>]) -> String {
    if listed.iter().any(is_star) {
        return String::new();
    }
    let names: Vec<String> = listed.iter().map(|group| group.pattern.to_string()).collect();
    match names.as_slice() {
        [] => String::new(),
        [core] if core.is_empty() => " of the core group".to_string(),
        names => {
            let names = names.iter().map(|name| if name.is_empty() { "core" } else { name.as_str() });
            format!(" of {}", names.collect::<Vec<_>>().join(", "))
        }
    }
}

fn star(elements: &[Element<Tag>]) -> Option<Span> {
    elements.iter().find(|element| is_star(element)).and_then(|element| element.at.span)
}

fn is_star(element: &Element<Tag>) -> bool {
    element.pattern.is_any() || element.pattern.as_text() == Some("*")
}
