use crate::diagnostic::{Confidence, Persona, Severity};
use crate::eval::Resource;
use crate::eval::value::ResourceId;
use crate::iam::Element;
use crate::iam::kubernetes::escalation::{Gain, Method, method, methods};
use crate::identity::escalation::kubernetes::{Written, roles};
use crate::identity::escalation::{Node, Power, network};
use crate::identity::policy::{KubernetesRules, Tag, kubernetes_rules};
use crate::identity::{Model, Policy};
use crate::rules::reach::{self, Case, Plane, Weight};
use crate::rules::{Context, Rule, RuleInfo};
use std::collections::HashSet;

declare_rule! {
    /// A service account can become more than its role says: it can bind any role, impersonate others, read
    /// every secret, or start a pod that runs as any service account. What cluster administrators hold is then
    /// one request away.
    ///
    /// The rule looks at the rules that are bound, with wildcards and aggregated roles taken into account, and
    /// names the service account that holds them:
    ///
    /// - Bound to the whole cluster, `escalate`, `bind`, `impersonate`, signing certificates, reading secrets,
    ///   starting pods, shells in pods and tokens of service accounts are reported.
    /// - Bound in a namespace, they reach what is in that namespace. It is reported where a service account there
    ///   is stronger, also in a cloud through IRSA or workload identity; otherwise it is for strict readers.
    /// - Rules with `resource_names` are limited to these.
    ///
    /// Operators that manage secrets or workloads of the whole cluster need some of it. Know them, keep others
    /// out of their namespaces, and waive the finding with a reason.
    ///
    /// ```hcl,bad
    /// resource "kubernetes_service_account" "agent" {
    ///   metadata {
    ///     name      = "agent"
    ///     namespace = "ops"
    ///   }
    /// }
    ///
    /// resource "kubernetes_cluster_role" "agent" {
    ///   metadata {
    ///     name = "agent"
    ///   }
    ///   rule {
    ///     api_groups = [""]
    ///     resources  = ["pods", "secrets"]
    ///     verbs      = ["get", "list"]
    ///   }
    /// }
    ///
    /// resource "kubernetes_cluster_role_binding" "agent" {
    ///   metadata {
    ///     name = "agent"
    ///   }
    ///   role_ref {
    ///     api_group = "rbac.authorization.k8s.io"
    ///     kind      = "ClusterRole"
    ///     name      = kubernetes_cluster_role.agent.metadata[0].name
    ///   }
    ///   subject {
    ///     kind      = "ServiceAccount"
    ///     name      = kubernetes_service_account.agent.metadata[0].name
    ///     namespace = "ops"
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "kubernetes_role" "agent" {
    ///   metadata {
    ///     name      = "agent"
    ///     namespace = "ops"
    ///   }
    ///   rule {
    ///     api_groups     = [""]
    ///     resources      = ["secrets"]
    ///     resource_names = ["agent-config"]
    ///     verbs          = ["get"]
    ///   }
    /// }
    ///
    /// resource "kubernetes_role_binding" "agent" {
    ///   metadata {
    ///     name      = "agent"
    ///     namespace = "ops"
    ///   }
    ///   role_ref {
    ///     api_group = "rbac.authorization.k8s.io"
    ///     kind      = "Role"
    ///     name      = kubernetes_role.agent.metadata[0].name
    ///   }
    ///   subject {
    ///     kind      = "ServiceAccount"
    ///     name      = "agent"
    ///     namespace = "ops"
    ///   }
    /// }
    /// ```
    ///
    /// Source: Kubernetes documentation, "Role Based Access Control Good Practices" (privilege escalation risks).
    K8sPrivilegeEscalation {
        code: "KW415",
        name: "k8s-privilege-escalation",
        summary: "Kubernetes service account can become more than its role says",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "escalation",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["K8S:5.1.2", "K8S:5.1.4", "K8S:5.1.8", "K8S:5.1.13"],
    }
}

impl Rule for K8sPrivilegeEscalation {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let written = Written::new(cx.model);
        let plane = Plane {
            info: Self::INFO,
            is_own: |policy| matches!(policy, Policy::Kubernetes { .. }),
            weigh: &weigh,
            label: &label,
            help: &help,
            title: |name| method(name).map(|it| it.title),
            site: &|_, case| written.find(case.evidence.span).map(|(role, _)| (role, "rule")),
            finish: &|_, _, draft| draft,
        };
        reach::report(cx, &plane);
        unbound(cx);
    }
}

fn weigh(model: &Model, case: &Case<'_>) -> Option<Weight> {
    let method = method(case.step.method)?;
    let at = |severity, persona| Some(Weight::new(severity, persona));
    if !case.step.unscoped {
        let edits = matches!(
            &case.grant.policy,
            Policy::Kubernetes { rules: KubernetesRules::BuiltIn(..), .. }
        );
        return match case.outcome {
            Some(Power::Admin | Power::AnyIdentity) => at(Severity::High, Persona::Regular),
            _ if edits => at(Severity::Low, Persona::Auditor),
            _ if method.gain == Gain::Role => at(Severity::Low, Persona::Auditor),
            _ => at(Severity::Low, Persona::Strict),
        };
    }
    if case.outcome == Some(Power::Admin) && matches!(network(model).get(case.to), Node::Class(_)) {
        return at(Severity::High, Persona::Regular);
    }
    match method.name {
        // Monitoring reads from the nodes, storage needs volumes, and those who hold a role may pass it on.
        "nodes-proxy" if !runs_commands(case) => at(Severity::Medium, Persona::Strict),
        "persistent-volumes" => at(Severity::Medium, Persona::Strict),
        "write-role-bindings" => at(Severity::Low, Persona::Strict),
        "webhooks" => at(Severity::Medium, Persona::Regular),
        "create-pods" if !creates(case) => at(Severity::Medium, Persona::Regular),
        _ => at(Severity::High, Persona::Regular),
    }
}

/// The kubelet takes commands for its pods as `create`; collecting measurements takes `get`.
/// Source: Kubernetes documentation, "Kubelet authentication/authorization" and "Role Based Access Control Good
/// Practices", access to the proxy subresource of nodes.
fn runs_commands(case: &Case<'_>) -> bool {
    let Policy::Kubernetes { rules: KubernetesRules::Rules(rules), .. } = &case.grant.policy else { return false };
    let says = |elements: &[Element<Tag>], texts: &[&str]| {
        elements.iter().any(|element| element.pattern.as_text().is_some_and(|text| texts.contains(&text)))
    };
    rules.iter().any(|rule| says(&rule.resources, &["nodes/proxy"]) && says(&rule.verbs, &["create", "*"]))
}

/// New pods rather than changed ones only.
fn creates(case: &Case<'_>) -> bool {
    case.evidence.text.starts_with("create ") || case.evidence.text.starts_with("* ")
}

fn label(_: &Model, case: &Case<'_>) -> String {
    method(case.step.method).map(|method| reach::uncapitalised(method.title)).unwrap_or_default()
}

fn help(_: &Model, case: &Case<'_>) -> String {
    let text = match case.step.method {
        "read-secrets" => "name the secrets that it reads in `resource_names`, in the namespaces that have them",
        "bind-roles" | "escalate-roles" | "impersonate" => {
            "list the roles or accounts that it is meant for in `resource_names`"
        }
        "create-pods" | "exec-pods" | "token-request" if case.step.unscoped => {
            "bind the role in the namespaces that it works in, where no service account is stronger"
        }
        "create-pods" | "exec-pods" | "token-request" => {
            "move what is stronger to a namespace of its own, or drop the verb"
        }
        _ => "leave this verb to whoever administers the cluster",
    };
    text.to_string()
}

/// Roles that nothing binds yet, but that would make an administrator of whoever gets them.
fn unbound(cx: &mut Context<'_>) {
    let model = cx.model;
    let bound: HashSet<ResourceId> = bound_roles(model);
    for role in roles(model).filter(|it| !bound.contains(&it.id)) {
        let rules = kubernetes_rules(&role.body);
        let Some((method, found)) = strongest(role).and_then(|method| Some((method, method.find(&rules)?))) else {
            continue;
        };
        if found.named || !found.certainty.is_yes() {
            continue;
        }
        let span = found.resource.span.unwrap_or_else(|| role.header());
        let message = format!(
            "`{}` lets whoever gets it raise its own privileges through `{} {}`",
            role.address, found.verb_text, found.resource_text
        );
        let draft = cx
            .draft(K8sPrivilegeEscalation::INFO, role, "rule", span, message)
            .label(reach::uncapitalised(method.title))
            .severity(Severity::Medium)
            .confidence(Confidence::Medium)
            .environment(model.environment.as_ref())
            .root(span)
            .note("nothing in this code binds it yet")
            .help("list the objects that it is meant for in `resource_names`, or leave the verb out");
        cx.emit(draft);
    }
}

/// Roles that some binding gives to somebody, also as part of an aggregated one.
fn bound_roles(model: &Model) -> HashSet<ResourceId> {
    let mut bound: HashSet<ResourceId> = HashSet::new();
    for usage in &model.uses {
        let Some(user) = usage.user.map(|id| model.resource(id)) else { continue };
        if user.kind.contains("role_binding") {
            bound.insert(usage.used);
        }
    }
    let names: HashSet<String> = model
        .grants
        .iter()
        .map(|grant| model.resource(grant.resource))
        .filter_map(|binding| binding.body.block("role_ref")?.text("name").map(str::to_string))
        .collect();
    for role in roles(model) {
        let metadata = role.body.block("metadata");
        let name = metadata.as_ref().and_then(|it| it.text("name").map(str::to_string));
        let labelled = metadata.as_ref().is_some_and(|it| it.value("labels").is_some_and(has_aggregation));
        if labelled || name.is_some_and(|name| names.contains(&name)) {
            bound.insert(role.id);
        }
    }
    bound
}

fn has_aggregation(labels: &crate::eval::value::Value) -> bool {
    labels.entries().into_iter().flatten().any(|(key, _)| key.contains("aggregate-to-"))
}

/// What a role for the cluster allows by itself, if that makes an administrator of its holder.
fn strongest(role: &Resource) -> Option<&'static Method> {
    if !role.kind.starts_with("kubernetes_cluster_role") {
        return None;
    }
    let rules = kubernetes_rules(&role.body);
    let names = ["escalate-roles", "bind-roles", "impersonate"];
    methods().iter().find(|method| names.contains(&method.name) && method.find(&rules).is_some())
}
