//! Kubernetes: what bound roles give beyond what they say. The methods are those of `src/data/k8s-privesc.json`.

use super::network::{Evidence, Goal, Network, Node, NodeId, Plain, Power, Step, StepKind};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::iam::kubernetes::escalation::{Gain, Match, Method, method, methods};
use crate::iam::kubernetes::judge;
use crate::identity::model::{Model, Policy, Subject};
use crate::identity::policy::{KubernetesRules, Tag};
use crate::identity::privilege::{Cause, Holder, privileges};
use crate::source::Span;
use std::collections::{HashMap, HashSet};

const CLUSTER: &str = "the cluster";

/// What `admin` and `edit` allow in a namespace. Source: Kubernetes documentation, "Using RBAC Authorization",
/// user-facing roles.
const OF_EDITORS: [&str; 4] = ["create-pods", "exec-pods", "read-secrets", "token-request"];

/// A namespace, as far as the code tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Namespace {
    Named(String),
    Of(ResourceId),
    Unknown,
}

impl Namespace {
    /// The namespace of an object or of a subject: where nothing is said, it is `default`.
    pub fn of(model: &Model, block: Option<&BlockValue>) -> Namespace {
        let Some(value) = block.and_then(|block| block.value("namespace").cloned()) else {
            return Namespace::Named("default".to_string());
        };
        if let Some(name) = value.as_str() {
            return Namespace::Named(name.to_string());
        }
        let refs = value.deep_refs();
        let found = refs.iter().map(|reference| model.resource(reference.resource));
        let mut namespaces = found.filter(|it| it.kind.starts_with("kubernetes_namespace"));
        namespaces.next().map_or(Namespace::Unknown, |it| Namespace::Of(it.id))
    }

    fn describe(&self, model: &Model) -> String {
        match self {
            Namespace::Named(name) => format!("namespace `{name}`"),
            Namespace::Of(id) => format!("namespace `{}`", model.resource(*id).address),
            Namespace::Unknown => "its namespace".to_string(),
        }
    }

    /// What runs there runs the cluster.
    fn is_system(&self) -> bool {
        *self == Namespace::Named("kube-system".to_string())
    }
}

/// Where the elements of a rule are written: the role that has them, and the whole rule.
#[derive(Debug, Default)]
pub struct Written(HashMap<Span, (ResourceId, Span)>);

impl Written {
    pub fn new(model: &Model) -> Self {
        let mut found = HashMap::new();
        for role in roles(model) {
            for rule in role.body.blocks("rule") {
                let Some(whole) = rule.span else { continue };
                let listed = ["resources", "verbs"].iter().filter_map(|name| rule.value(name));
                for element in listed.flat_map(Value::as_slice) {
                    found.extend(element.meta.span.map(|span| (span, (role.id, whole))));
                }
            }
        }
        Written(found)
    }

    pub fn find(&self, span: Span) -> Option<(ResourceId, Span)> {
        self.0.get(&span).copied()
    }
}

/// The roles that are declared here.
pub fn roles(model: &Model) -> impl Iterator<Item = &Resource> {
    let managed = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
    managed
        .filter(|it| matches!(it.kind.trim_end_matches("_v1"), "kubernetes_role" | "kubernetes_cluster_role"))
}

pub(super) fn steps(model: &Model, network: &mut Network) {
    let is_kubernetes = |index: &usize| matches!(model.grants[*index].policy, Policy::Kubernetes { .. });
    if !(0..model.grants.len()).any(|index| is_kubernetes(&index)) {
        return;
    }
    let accounts = Accounts::new(model);
    let mut plane = Plane { model, accounts, written: Written::new(model), classes: HashSet::new(), network };
    for (holder, privilege) in privileges(model).iter() {
        // Whoever administers the cluster has nothing left to reach.
        let strong = |cause: &Cause| is_kubernetes(&cause.grant);
        if privilege.causes.iter().any(strong) {
            continue;
        }
        for index in privilege.grants.iter().copied().filter(is_kubernetes) {
            plane.of_grant(holder, index);
        }
    }
}

/// Service accounts by namespace.
struct Accounts {
    by_namespace: HashMap<Namespace, Vec<Holder>>,
    all: Vec<Holder>,
}

impl Accounts {
    fn new(model: &Model) -> Self {
        let mut accounts = Accounts { by_namespace: HashMap::new(), all: Vec::new() };
        for (holder, _) in privileges(model).iter() {
            let namespace = match &holder.subject {
                Subject::Identity(id) if model.identity(*id).kind.starts_with("kubernetes_") => {
                    let body = &model.resource(model.identity(*id).resource).body;
                    Namespace::of(model, body.block("metadata").as_ref())
                }
                Subject::External(text) => {
                    let Some(name) = text.strip_prefix("service account ") else { continue };
                    Namespace::Named(name.split('/').next().unwrap_or_default().to_string())
                }
                _ => continue,
            };
            accounts.by_namespace.entry(namespace).or_default().push(holder.clone());
            accounts.all.push(holder.clone());
        }
        accounts
    }
}

struct Plane<'m, 'n> {
    model: &'m Model,
    accounts: Accounts,
    written: Written,
    classes: HashSet<NodeId>,
    network: &'n mut Network,
}

impl Plane<'_, '_> {
    fn of_grant(&mut self, holder: &Holder, index: usize) {
        let grant = &self.model.grants[index];
        let Policy::Kubernetes { rules, cluster_wide } = &grant.policy else { return };
        let namespace = match cluster_wide {
            true => None,
            false => {
                let metadata = self.model.resource(grant.resource).body.block("metadata");
                // An access policy of EKS has no metadata.
                Some(metadata.map_or(Namespace::Unknown, |it| Namespace::of(self.model, Some(&it))))
            }
        };
        let from = self.network.node(Node::Holder(holder.clone()));
        match rules {
            KubernetesRules::Rules(rules) => {
                for method in methods().iter().rev() {
                    let Some(found) = method.find(rules) else { continue };
                    if !found.named {
                        let evidence = self.evidence(index, &found);
                        let certain = found.certainty.is_yes();
                        self.reach(from, method, namespace.as_ref(), evidence, certain);
                    }
                }
            }
            KubernetesRules::BuiltIn(name, span) if matches!(name.as_str(), "admin" | "edit") => {
                for method in OF_EDITORS.iter().rev().filter_map(|name| method(name)) {
                    let evidence =
                        Evidence { span: *span, text: name.clone(), root: Some(*span), grant: Some(index) };
                    self.reach(from, method, namespace.as_ref(), evidence, true);
                }
            }
            KubernetesRules::BuiltIn(..) | KubernetesRules::Unknown => {}
        }
    }

    fn evidence(&self, index: usize, found: &Match<Tag>) -> Evidence {
        let grant = &self.model.grants[index];
        let own = |span: &Span| self.written.find(*span).is_some();
        // A verb alone says little; the resource is what somebody looks for.
        let span = found.resource.span.filter(own).or(found.verb.span.filter(own)).unwrap_or(grant.span);
        // Wildcards are one mistake, whatever they lead to.
        let star = || match &grant.policy {
            Policy::Kubernetes { rules: KubernetesRules::Rules(rules), .. } => {
                judge(rules).wildcards.iter().find_map(|wildcard| wildcard.at.span)
            }
            _ => None,
        };
        let is_star = found.verb_text == "*" || found.resource_text == "*";
        let root = star().filter(|_| is_star).or_else(|| Some(self.written.find(span)?.1));
        Evidence {
            span,
            text: format!("{} {}", found.verb_text, found.resource_text),
            root,
            grant: Some(index),
        }
    }

    fn reach(
        &mut self,
        from: NodeId,
        method: &Method,
        namespace: Option<&Namespace>,
        evidence: Evidence,
        certain: bool,
    ) {
        let place = namespace.map_or(CLUSTER.to_string(), |it| it.describe(self.model));
        let far = namespace.is_none_or(Namespace::is_system);
        let (to, target) = match method.gain {
            Gain::ClusterAdmin if namespace.is_none() => (self.goal(Power::Admin, &place), place),
            // Other objects of the cluster are out of reach for a role in a namespace.
            Gain::ClusterAdmin if !matches!(method.name, "bind-roles" | "escalate-roles" | "impersonate") => {
                return;
            }
            Gain::Node if namespace.is_some() => return,
            _ if method.name == "nodes-proxy" && namespace.is_some() => return,
            Gain::ServiceAccount | Gain::ClusterAdmin => {
                let target = format!("any service account of {place}");
                let class = self.class(&target, namespace, far);
                (class, if method.gain == Gain::ClusterAdmin { place } else { target })
            }
            Gain::Tokens => (self.goal(Power::Secrets, &place), place),
            Gain::Node | Gain::Role => (self.goal(Power::Data, &place), place),
        };
        let step = Step {
            kind: StepKind::Escalates,
            method: method.name,
            text: can(method.name, &target, namespace.is_none()),
            evidence: vec![evidence],
            certain,
            unscoped: namespace.is_none(),
            plain: Plain::No,
            caveats: Vec::new(),
        };
        self.network.step(from, to, step);
    }

    fn goal(&mut self, power: Power, place: &str) -> NodeId {
        self.network.node(Node::Goal(Goal { power, place: place.to_string() }))
    }

    /// The service accounts of a namespace, or all of the cluster.
    fn class(&mut self, name: &str, namespace: Option<&Namespace>, far: bool) -> NodeId {
        let class = self.network.node(Node::Class(name.to_string()));
        if !self.classes.insert(class) {
            return class;
        }
        let place = name.rsplit(" of ").next().unwrap_or(name);
        let goal = self.goal(if far { Power::AnyIdentity } else { Power::Data }, place);
        self.network.step(class, goal, Step::is(format!("takes in {name}")));
        let members = match namespace {
            None => self.accounts.all.clone(),
            Some(Namespace::Unknown) => Vec::new(),
            Some(namespace) => self.accounts.by_namespace.get(namespace).cloned().unwrap_or_default(),
        };
        for holder in members {
            let text = format!("{} is one of them", holder.describe(self.model));
            let to = self.network.node(Node::Holder(holder));
            self.network.step(class, to, Step::is(text));
        }
        class
    }
}

/// What a method lets one do.
fn can(method: &str, target: &str, everywhere: bool) -> String {
    match method {
        "read-secrets" if everywhere => "can read every secret of the cluster".to_string(),
        "read-secrets" => format!("can read every secret of {target}"),
        "create-pods" => format!("can start a pod that runs as {target}"),
        "exec-pods" => format!("can open a shell in pods and act as {target}"),
        "token-request" => format!("can mint tokens of {target}"),
        "nodes-proxy" => format!("can run commands in any pod through its kubelet, as {target}"),
        "bind-roles" => format!("can bind any role in {target}"),
        "escalate-roles" => format!("can write roles beyond its own rights in {target}"),
        "impersonate" => format!("can impersonate others in {target}"),
        "approve-csr" => format!("can sign client certificates for anybody in {target}"),
        "webhooks" => format!("can change every request to {target} through a webhook"),
        "persistent-volumes" => "can mount the file system of nodes".to_string(),
        "write-role-bindings" => format!("can bind the roles that it holds to others in {target}"),
        _ => format!("can administer {target}"),
    }
}
