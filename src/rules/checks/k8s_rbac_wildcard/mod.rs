mod weigh;

use crate::diagnostic::{Persona, Severity};
use crate::eval::value::ResourceId;
use crate::eval::{Resource, ResourceMode};
use crate::iam::kubernetes::{Rule as RbacRule, judge};
use crate::identity::policy::{KubernetesRules, Tag, kubernetes_rules};
use crate::identity::privilege::Holder;
use crate::identity::{Model, Policy};
use crate::rules::{Context, Rule, RuleInfo, privileged};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashMap;
use weigh::{Wide, weigh};

declare_rule! {
    /// A service account is bound to a role whose verbs or resources are `*`. The star takes in secrets and pods,
    /// with which one becomes every other account of the namespace or the cluster, and whatever the next version or
    /// the next operator adds.
    ///
    /// Reported are roles that are bound here, with whom they are bound to: everything in the API groups that every
    /// cluster has (high when bound to the whole cluster, medium in a namespace), every verb on resources that run
    /// code, hold secrets or give out permissions, and reading everything cluster-wide, which includes secrets.
    /// Stars within the group of one operator, harmless resources, and roles that nothing here binds are shown to a
    /// strict reader. Where the whole cluster is administered, `admin-policy-attached` leads.
    ///
    /// List the verbs and resources that are used.
    ///
    /// ```hcl,bad
    /// resource "kubernetes_cluster_role_v1" "agent" {
    ///   metadata { name = "agent" }
    ///   rule {
    ///     api_groups = ["apps"]
    ///     resources  = ["*"]
    ///     verbs      = ["*"]
    ///   }
    /// }
    ///
    /// resource "kubernetes_cluster_role_binding_v1" "agent" {
    ///   metadata { name = "agent" }
    ///   role_ref {
    ///     api_group = "rbac.authorization.k8s.io"
    ///     kind      = "ClusterRole"
    ///     name      = kubernetes_cluster_role_v1.agent.metadata[0].name
    ///   }
    ///   subject {
    ///     kind      = "ServiceAccount"
    ///     name      = "agent"
    ///     namespace = "ops"
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "kubernetes_cluster_role_v1" "agent" {
    ///   metadata { name = "agent" }
    ///   rule {
    ///     api_groups = ["apps"]
    ///     resources  = ["deployments"]
    ///     verbs      = ["get", "list", "watch", "patch"]
    ///   }
    /// }
    ///
    /// resource "kubernetes_cluster_role_binding_v1" "agent" {
    ///   metadata { name = "agent" }
    ///   role_ref {
    ///     api_group = "rbac.authorization.k8s.io"
    ///     kind      = "ClusterRole"
    ///     name      = kubernetes_cluster_role_v1.agent.metadata[0].name
    ///   }
    ///   subject {
    ///     kind      = "ServiceAccount"
    ///     name      = "agent"
    ///     namespace = "ops"
    ///   }
    /// }
    /// ```
    ///
    /// Source: Kubernetes documentation, "Role Based Access Control Good Practices".
    K8sRbacWildcard {
        code: "KW211",
        name: "k8s-rbac-wildcard",
        summary: "Role with wildcard verbs or resources bound to a service account",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["K8S:5.1.3"],
    }
}

const SHOWN: usize = 3;

impl Rule for K8sRbacWildcard {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let roles = Roles::of(model);
        let mut bound: IndexMap<ResourceId, Vec<usize>> = IndexMap::new();
        for (index, grant) in model.grants.iter().enumerate() {
            let Policy::Kubernetes { rules: KubernetesRules::Rules(rules), .. } = &grant.policy else {
                continue;
            };
            if let Some(role) = roles.of_rules(rules) {
                bound.entry(role).or_default().push(index);
            }
        }
        for (role, rules) in &roles.all {
            let grants = bound.get(&role.id).map(Vec::as_slice).unwrap_or_default();
            emit(cx, role, rules, grants);
        }
    }
}

/// The roles with stars that are declared here. A grant has their rules, and these have places.
struct Roles<'m> {
    all: Vec<(&'m Resource, Vec<RbacRule<Tag>>)>,
    by_place: HashMap<Vec<Span>, ResourceId>,
}

impl<'m> Roles<'m> {
    fn of(model: &'m Model) -> Self {
        let mut roles = Roles { all: Vec::new(), by_place: HashMap::new() };
        for resource in model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed) {
            let kind = resource.kind.trim_end_matches("_v1");
            if !matches!(kind, "kubernetes_role" | "kubernetes_cluster_role") {
                continue;
            }
            let rules = kubernetes_rules(&resource.body);
            if weigh(&rules, true).is_empty() {
                continue;
            }
            // Instances of a block share their places, and the first of them stands for all.
            roles.by_place.entry(places(&rules)).or_insert(resource.id);
            roles.all.push((resource, rules));
        }
        let firsts: Vec<ResourceId> = roles.by_place.values().copied().collect();
        roles.all.retain(|(resource, _)| firsts.contains(&resource.id));
        roles
    }

    fn of_rules(&self, rules: &[RbacRule<Tag>]) -> Option<ResourceId> {
        self.by_place.get(&places(rules)).copied()
    }
}

fn places(rules: &[RbacRule<Tag>]) -> Vec<Span> {
    let elements = rules.iter().flat_map(|rule| rule.resources.iter().chain(&rule.verbs));
    elements.filter_map(|element| element.at.span).collect()
}

fn emit(cx: &mut Context<'_>, role: &Resource, rules: &[RbacRule<Tag>], grants: &[usize]) {
    let model = cx.model;
    let mut held: Vec<(Persona, bool, Holder)> = Vec::new();
    for index in grants {
        let Policy::Kubernetes { cluster_wide, .. } = &model.grants[*index].policy else { continue };
        for holder in Holder::of_grant(model, *index) {
            if let Some(persona) = privileged::audience(model, &holder, &model.grants[*index]) {
                held.push((persona, *cluster_wide, holder));
            }
        }
    }
    if held.is_empty() && !grants.is_empty() {
        return;
    }
    let audience = held.iter().map(|(persona, ..)| *persona).min().unwrap_or(Persona::Strict);
    held.retain(|(persona, ..)| *persona == audience);
    let cluster_wide = held.iter().any(|(_, wide, _)| *wide);
    let wide = weigh(rules, cluster_wide || held.is_empty());
    let Some((lead, rest)) = wide.split_first() else { return };
    let mut holders: Vec<&Holder> = Vec::new();
    for (_, _, holder) in &held {
        if !holders.contains(&holder) {
            holders.push(holder);
        }
    }
    let scope = match (held.is_empty(), cluster_wide) {
        (true, _) => "where it is bound",
        (false, true) => "in the whole cluster",
        (false, false) => "in its namespace",
    };
    let subject = match holders.is_empty() {
        true => format!("whoever gets `{}`", role.address),
        false => privileged::name_all(model, &holders),
    };
    let message = format!("{subject} {} {scope}", lead.phrase);
    let first_star = judge(rules).wildcards.iter().find_map(|wildcard| wildcard.at.span);
    let mut draft = cx
        .draft(K8sRbacWildcard::INFO, role, lead.list, lead.span, message)
        .label(lead.label)
        .severity(if held.is_empty() { Severity::Low } else { lead.severity })
        .persona(audience.max(lead.persona))
        .root(first_star.unwrap_or(lead.span))
        .owner(privileged::owner(model, &holders))
        .environment(privileged::environment(model, &holders))
        .help("list the verbs and resources that it uses, in a role of its namespace where that is enough");
    if let Some(first) = holders.first() {
        draft = draft.identity(first.describe(model).replace('`', ""));
    }
    for other in others(rest, lead).take(SHOWN) {
        draft = draft.related(other.span, format!("and here: {}", other.label));
    }
    for index in grants.iter().take(SHOWN) {
        draft = draft.related(model.resource(model.grants[*index].resource).header(), "bound here");
    }
    for (_, header) in privileged::declared(model, &holders).into_iter().take(SHOWN) {
        draft = draft.related(header, "the identity is declared here");
    }
    if held.is_empty() {
        draft = draft.note("nothing in this code binds it");
    }
    cx.emit(draft);
}

/// Other rules as bad, each place once.
fn others<'w>(rest: &'w [Wide], lead: &'w Wide) -> impl Iterator<Item = &'w Wide> {
    rest.iter().filter(move |wide| wide.persona == lead.persona && wide.span != lead.span)
}
