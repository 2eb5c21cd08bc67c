//! Azure: what roles give beyond what they say. The methods are those of `src/data/azure-privesc.json`.

mod condition;
mod scope;

use super::network::{Evidence, Goal, Network, Node, NodeId, Plain, Power, Step, StepKind};
use crate::eval::value::{ResourceId, Value};
use crate::iam::azure::escalation::{Gain, Method, methods};
use crate::iam::azure::{self, Permissions, Scope};
use crate::iam::{Syntax, Tri};
use crate::identity::model::{AzureRole, Model, Policy};
use crate::identity::policy::pattern;
use crate::identity::privilege::{Cause, Holder, privileges};
use scope::{Family, Things};
use std::collections::HashSet;

pub(super) fn steps(model: &Model, network: &mut Network) {
    let is_azure = |index: &usize| matches!(model.grants[*index].policy, Policy::Azure { .. });
    if !(0..model.grants.len()).any(|index| is_azure(&index)) {
        return;
    }
    let mut plane = Plane { model, things: Things::new(model), classes: HashSet::new(), network };
    for (holder, privilege) in privileges(model).iter() {
        // Whoever administers a subscription has nothing left to reach.
        let is_strong = privilege.causes.iter().any(|cause: &Cause| is_azure(&cause.grant));
        let held = privilege.grants.iter().copied().filter(is_azure);
        let held: Vec<Held> = held.filter_map(|index| Held::read(model, index)).collect();
        plane.of_holder(holder, &held, is_strong);
    }
}

/// A role where it is assigned.
struct Held {
    grant: usize,
    scope: Scope,
    blocks: Vec<Permissions>,
    name: String,
}

impl Held {
    fn read(model: &Model, grant: usize) -> Option<Held> {
        let Policy::Azure { role, scope, .. } = &model.grants[grant].policy else { return None };
        let (name, blocks) = match role {
            AzureRole::Named(name) => {
                let role = azure::role(name)?;
                (role.name.to_string(), role.permissions())
            }
            AzureRole::Custom { resource, permissions } => {
                (model.resource(*resource).address.clone(), permissions.clone())
            }
        };
        Some(Held { grant, scope: *scope, blocks, name })
    }

    /// The characters that allow an action.
    fn evidence(&self, model: &Model, action: &str) -> Evidence {
        let grant = &model.grants[self.grant];
        if let Policy::Azure { role: AzureRole::Custom { resource, .. }, .. } = &grant.policy {
            let role = model.resource(*resource);
            if let Some((text, span)) = written(role, action) {
                return Evidence { span, text, root: Some(grant.span), grant: Some(self.grant) };
            }
        }
        Evidence {
            span: grant.span,
            text: self.name.clone(),
            root: Some(grant.span),
            grant: Some(self.grant),
        }
    }
}

/// The element of a role's definition that takes in an action.
pub fn written(role: &crate::eval::Resource, action: &str) -> Option<(String, crate::source::Span)> {
    role.body.blocks("permissions").iter().find_map(|block| {
        let listed = ["actions", "data_actions"].iter().filter_map(|name| block.value(name));
        let element = listed
            .flat_map(Value::as_slice)
            .find(|it| pattern(it, Syntax::Glob).matches_ignore_case(action).is_yes())?;
        Some((element.as_str()?.to_string(), element.meta.span?))
    })
}

struct Plane<'m, 'n> {
    model: &'m Model,
    things: Things,
    classes: HashSet<NodeId>,
    network: &'n mut Network,
}

impl Plane<'_, '_> {
    fn of_holder(&mut self, holder: &Holder, held: &[Held], is_strong: bool) {
        let from = self.network.node(Node::Holder(holder.clone()));
        // The step added last goes first where several are as short.
        for method in methods().iter().rev() {
            let mut alone = false;
            for role in held.iter().filter(|role| !is_strong || is_apart(role, method)) {
                let met = method.is_met(&role.blocks);
                if met.is_possible() {
                    alone = true;
                    self.reach(from, method, &[role], met);
                }
            }
            if !alone && !is_strong && method.actions.len() > 1 {
                self.of_several(from, method, held);
            }
        }
    }

    /// Roles that are enough together, at the scope of the one with the first action.
    fn of_several(&mut self, from: NodeId, method: &'static Method, held: &[Held]) {
        let mut parts: Vec<&Held> = Vec::new();
        for action in &method.actions {
            let gives = |role: &&Held| role.blocks.iter().any(|block| block.allows(action).is_yes());
            let Some(role) = held.iter().find(gives) else { return };
            parts.push(role);
        }
        self.reach(from, method, &parts, Tri::Yes);
    }

    fn reach(&mut self, from: NodeId, method: &'static Method, parts: &[&Held], met: Tri) {
        let Some(first) = parts.first() else { return };
        let grant = &self.model.grants[first.grant];
        let assignment = self.model.resource(grant.resource);
        let place = self.place(first.scope, assignment);
        let mut certain = met.is_yes();
        let (to, target) = match method.gain {
            Gain::Owner | Gain::Root => {
                if method.name == "role-assignment-write" {
                    match condition::admits_administrators(assignment.body.value("condition")) {
                        Tri::No => return,
                        answer => certain &= answer.is_yes(),
                    }
                }
                let power = if first.scope.is_wide() { Power::Admin } else { Power::AnyIdentity };
                (self.goal(power, &place), place.clone())
            }
            Gain::Secrets if method.name == "key-vault-secret-read" => {
                let to = self.goal(Power::Secrets, &place);
                let text = format!("reads the secrets of {place}");
                self.network.step(from, to, Step::is(text));
                return;
            }
            Gain::Secrets => {
                let vaults = self.things.within(self.model, assignment, first.scope, Family::Vault);
                let open = vaults.iter().find(|id| !is_on_rbac(self.model, **id).is_yes());
                let target = match open {
                    Some(id) => format!("`{}`", self.model.resource(*id).address),
                    // All vaults that the scope shows are beyond it.
                    None if !vaults.is_empty() && !first.scope.is_wide() => return,
                    None => format!("any vault of {place} that has access policies"),
                };
                certain &=
                    open.is_some_and(|id| is_on_rbac(self.model, *id).is_no()) || first.scope.is_wide();
                (self.goal(Power::Secrets, &place), target)
            }
            Gain::ManagedIdentity => {
                let family = family(method.name);
                let target = match (first.scope, family) {
                    (Scope::Resource, Family::UserAssigned) => place.clone(),
                    (Scope::Resource, _) => format!("the identity of {} {place}", family.noun()),
                    (_, Family::UserAssigned) => format!("any user-assigned identity in {place}"),
                    _ => format!("the managed identity of any {} in {place}", family.noun()),
                };
                (self.class(&target, &place, first.scope, assignment, family), target)
            }
            Gain::ClusterAdmin => (self.goal(Power::Data, &format!("clusters of {place}")), place.clone()),
            _ => (self.goal(Power::Data, &place), place.clone()),
        };
        let mut evidence: Vec<Evidence> = Vec::new();
        let actions = method.actions.iter().chain(&method.data_actions);
        for (action, role) in actions.zip(parts.iter().copied().chain(std::iter::repeat(*first))) {
            let next = role.evidence(self.model, action);
            if !evidence.contains(&next) {
                evidence.push(next);
            }
        }
        let eligible = assignment.kind.contains("_pim_eligible_");
        let step = Step {
            kind: StepKind::Escalates,
            method: method.name,
            text: can(method.name, &target),
            evidence,
            certain,
            unscoped: first.scope.is_wide(),
            plain: Plain::No,
            caveats: if eligible {
                vec!["it has to be activated before it holds".to_string()]
            } else {
                Vec::new()
            },
        };
        self.network.step(from, to, step);
    }

    fn place(&self, scope: Scope, assignment: &crate::eval::Resource) -> String {
        let noun = match scope {
            Scope::Root => return "the whole tenant".to_string(),
            Scope::ManagementGroup => "management group",
            Scope::Subscription => return "the subscription".to_string(),
            Scope::ResourceGroup => "resource group",
            Scope::Resource => "",
            Scope::Unknown => return format!("the scope of `{}`", assignment.address),
        };
        let value = assignment.body.value("scope");
        let last = |text: &str| text.rsplit('/').next().unwrap_or(text).to_string();
        let referred = || {
            let reference = value?.deep_refs().iter().next()?.resource;
            Some(self.model.resource(reference).address.clone())
        };
        let name = value.and_then(Value::as_str).map(last).or_else(referred);
        match (name, noun) {
            (Some(name), "") => format!("`{name}`"),
            (Some(name), noun) => format!("{noun} `{name}`"),
            (None, "") => format!("the resource of `{}`", assignment.address),
            (None, noun) => format!("the {noun} of `{}`", assignment.address),
        }
    }

    fn goal(&mut self, power: Power, place: &str) -> NodeId {
        self.network.node(Node::Goal(Goal { power, place: place.to_string() }))
    }

    /// The identities that a scope takes in.
    fn class(
        &mut self,
        name: &str,
        place: &str,
        scope: Scope,
        assignment: &crate::eval::Resource,
        family: Family,
    ) -> NodeId {
        let class = self.network.node(Node::Class(name.to_string()));
        if !self.classes.insert(class) {
            return class;
        }
        let power = if scope.is_wide() { Power::AnyIdentity } else { Power::Data };
        let goal = self.goal(power, place);
        self.network.step(class, goal, Step::is(format!("takes in {name}")));
        for id in self.things.within(self.model, assignment, scope, family) {
            for holder in self.things.identities(id) {
                let text = format!("{} is one of them", holder.describe(self.model));
                let to = self.network.node(Node::Holder(holder.clone()));
                self.network.step(class, to, Step::is(text));
            }
        }
        class
    }
}

/// A vault with access policies stands open whatever else its contributor administers, which may be elsewhere.
fn is_apart(role: &Held, method: &Method) -> bool {
    role.scope == Scope::Resource && method.gain == Gain::Secrets && role.name.starts_with("Key Vault")
}

/// Whether a vault goes by roles, and its access policies are of no effect.
/// Source: azurerm provider, `azurerm_key_vault`: off unless it is switched on.
pub fn is_on_rbac(model: &Model, vault: ResourceId) -> Tri {
    let body = &model.resource(vault).body;
    let names = ["rbac_authorization_enabled", "enable_rbac_authorization"];
    let Some(value) = names.iter().find_map(|name| body.value(name)) else { return Tri::No };
    value.as_bool().map_or(Tri::Maybe, Tri::from)
}

fn family(method: &str) -> Family {
    match method {
        "vm-run-command" | "vm-extension-write" => Family::Machine,
        "app-publish-credentials" | "app-site-write" => Family::App,
        "logic-app-write" => Family::LogicApp,
        "automation-runbook" => Family::Automation,
        "container-instance-exec" => Family::Container,
        "policy-remediation" => Family::Policy,
        _ => Family::UserAssigned,
    }
}

/// What a method lets one do.
fn can(method: &str, target: &str) -> String {
    match method {
        "role-assignment-write" => format!("can assign itself any role in {target}"),
        "role-definition-write" => format!("can widen custom roles of {target}"),
        "elevate-access" => "can make itself administrator of the whole tenant".to_string(),
        "pim-eligibility-write" => format!("can make itself eligible for any role in {target}"),
        "key-vault-access-policy" | "key-vault-access-policy-write" => {
            format!("can give itself access to the secrets of {target}")
        }
        "storage-list-keys" => format!("can read the keys of storage accounts in {target}"),
        "cosmos-list-keys" => format!("can read the keys of databases in {target}"),
        "service-bus-keys" | "event-hub-keys" => format!("can read the keys of message queues in {target}"),
        "cognitive-list-keys" => format!("can read the keys of AI services in {target}"),
        "function-host-keys" => format!("can read the keys of functions in {target}"),
        "acr-list-credentials" => format!("can read the passwords of container registries in {target}"),
        "aks-admin-credential" => format!("can read administrator credentials of clusters in {target}"),
        "aks-run-command" => format!("can run commands as administrator of clusters in {target}"),
        "vm-run-command" => format!("can run commands as {target}"),
        "vm-extension-write" => format!("can run code through an extension as {target}"),
        "uami-assign-vm" => format!("can start a machine that runs as {target}"),
        "uami-federated-credential" => format!("can let outsiders in as {target}"),
        "automation-runbook" => format!("can run a runbook as {target}"),
        "policy-remediation" => format!("can assign a policy that deploys as {target}"),
        _ => format!("can run code as {target}"),
    }
}
