use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::iam::azure::Scope;
use crate::identity::model::{Model, Subject};
use crate::identity::privilege::{Holder, privileges};
use std::collections::HashMap;

/// What things of a kind run as, or are, so that acting on them gives their identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Family {
    Machine,
    App,
    LogicApp,
    Automation,
    Container,
    UserAssigned,
    Policy,
    Cluster,
    Vault,
}

impl Family {
    fn of(kind: &str) -> Option<Family> {
        let rest = kind.strip_prefix("azurerm_")?;
        Some(match rest {
            "user_assigned_identity" => Family::UserAssigned,
            "key_vault" => Family::Vault,
            "kubernetes_cluster" => Family::Cluster,
            "automation_account" => Family::Automation,
            "container_group" => Family::Container,
            "logic_app_workflow" | "logic_app_standard" => Family::LogicApp,
            _ if rest.ends_with("_policy_assignment") => Family::Policy,
            _ if rest.contains("virtual_machine") => Family::Machine,
            "app_service" | "function_app" | "app_service_slot" | "function_app_slot" => Family::App,
            _ if ["web_app", "function_app", "web_app_slot", "function_app_slot"]
                .iter()
                .any(|it| rest.strip_prefix("linux_").or(rest.strip_prefix("windows_")) == Some(it)) =>
            {
                Family::App
            }
            _ => return None,
        })
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Family::Machine => "virtual machine",
            Family::App => "app",
            Family::LogicApp => "logic app",
            Family::Automation => "automation account",
            Family::Container => "container group",
            Family::UserAssigned => "user-assigned identity",
            Family::Policy => "policy assignment",
            Family::Cluster => "cluster",
            Family::Vault => "vault",
        }
    }
}

/// A resource group, as far as the code tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Group {
    Declared(ResourceId),
    Named(String),
}

/// The resources that matter, by where they are.
pub(super) struct Things {
    all: HashMap<Family, Vec<ResourceId>>,
    by_group: HashMap<(Family, Group), Vec<ResourceId>>,
    /// What they run as.
    runs_as: HashMap<ResourceId, Vec<Holder>>,
}

impl Things {
    pub(super) fn new(model: &Model) -> Self {
        let mut things = Things { all: HashMap::new(), by_group: HashMap::new(), runs_as: HashMap::new() };
        let managed = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
        for (resource, family) in managed.filter_map(|it| Some((it, Family::of(&it.kind)?))) {
            things.all.entry(family).or_default().push(resource.id);
            for group in groups(model, resource.body.value("resource_group_name")) {
                things.by_group.entry((family, group)).or_default().push(resource.id);
            }
            if let Some(identity) = model.identity_of(resource.id) {
                things.runs_as.entry(resource.id).or_default().push(Holder::identity(identity.id));
            }
        }
        for workload in model.workloads.iter().filter(|it| it.kind.starts_with("azurerm_")) {
            if let Subject::Identity(id) = workload.runs_as {
                things.runs_as.entry(workload.resource).or_default().push(Holder::identity(id));
            }
        }
        // An identity that comes with the resource has its name.
        for (holder, _) in privileges(model).iter() {
            if let Subject::Resource(id) = holder.subject
                && Family::of(&model.resource(id).kind).is_some()
            {
                things.runs_as.entry(id).or_default().push(holder.clone());
            }
        }
        things
    }

    /// The resources of a family that a role assignment reaches.
    pub(super) fn within(
        &self,
        model: &Model,
        assignment: &Resource,
        scope: Scope,
        family: Family,
    ) -> Vec<ResourceId> {
        if scope.is_wide() {
            return self.all.get(&family).cloned().unwrap_or_default();
        }
        let value = assignment.body.value("scope");
        if scope == Scope::ResourceGroup {
            let found = groups(model, value).into_iter();
            let mut ids: Vec<ResourceId> = found
                .flat_map(|group| self.by_group.get(&(family, group)).cloned().unwrap_or_default())
                .collect();
            ids.sort_unstable();
            ids.dedup();
            return ids;
        }
        let Some(value) = value else { return Vec::new() };
        let of_family = |id: &ResourceId| Family::of(&model.resource(*id).kind) == Some(family);
        value.deep_refs().iter().map(|it| it.resource).filter(of_family).collect()
    }

    pub(super) fn identities(&self, id: ResourceId) -> &[Holder] {
        self.runs_as.get(&id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The resource group that a name or a scope means: by reference, and by name where that is known.
fn groups(model: &Model, value: Option<&Value>) -> Vec<Group> {
    let Some(value) = value else { return Vec::new() };
    let mut found = Vec::new();
    for reference in value.deep_refs().iter() {
        let group = model.resource(reference.resource);
        if &*group.kind == "azurerm_resource_group" {
            found.push(Group::Declared(group.id));
            found.extend(group.body.text("name").map(|name| Group::Named(name.to_ascii_lowercase())));
        }
    }
    if let Some(text) = value.as_str() {
        let lower = text.to_ascii_lowercase();
        let name = lower.split_once("/resourcegroups/").map_or(lower.as_str(), |(_, rest)| rest);
        found.push(Group::Named(name.split('/').next().unwrap_or(name).to_string()));
    }
    found
}
