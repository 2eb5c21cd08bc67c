//! Resources by type, by name and by who refers to them, built once for each root module.

use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::iam::Tri;
use crate::identity::lower::subjects;
use crate::identity::model::{Model, Subject, Workload};
use std::collections::{HashMap, HashSet};

pub(super) struct Index<'m> {
    pub model: &'m Model,
    kinds: HashMap<&'m str, Vec<&'m Resource>>,
    users: HashMap<ResourceId, Vec<(ResourceId, &'m str)>>,
    workloads: HashMap<ResourceId, Vec<&'m Workload>>,
    names: HashMap<(&'m str, &'m str), ResourceId>,
}

/// Types that are called by their name as often as by reference, and where the name is.
const NAMED: [(&str, &str); 10] = [
    ("aws_lambda_function", "function_name"),
    ("aws_iam_role", "name"),
    ("google_cloud_run_service", "name"),
    ("google_compute_network", "name"),
    ("google_cloud_run_v2_service", "name"),
    ("google_cloudfunctions_function", "name"),
    ("google_cloudfunctions2_function", "name"),
    ("azurerm_network_security_group", "name"),
    ("aws_ecs_task_definition", "family"),
    ("aws_launch_template", "name"),
];

impl<'m> Index<'m> {
    pub fn new(model: &'m Model) -> Self {
        let mut index = Index {
            model,
            kinds: HashMap::new(),
            users: HashMap::new(),
            workloads: HashMap::new(),
            names: HashMap::new(),
        };
        for resource in model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
            let kind = &*resource.kind;
            index.kinds.entry(kind).or_default().push(resource);
            let named = NAMED.iter().find(|(known, _)| *known == kind);
            if let Some(name) = named.and_then(|(_, attribute)| resource.body.text(attribute)) {
                index.names.entry((kind, name)).or_insert(resource.id);
            }
        }
        for used in &model.uses {
            let Some(user) = used.user else { continue };
            index.users.entry(used.used).or_default().push((user, &used.attribute));
        }
        for workload in &model.workloads {
            index.workloads.entry(workload.resource).or_default().push(workload);
        }
        index
    }

    /// Managed resources of some types, in the order of the types.
    pub fn all<'a>(&'a self, kinds: &'a [&str]) -> impl Iterator<Item = &'m Resource> + 'a {
        kinds.iter().filter_map(|kind| self.kinds.get(kind)).flatten().copied()
    }

    pub fn has(&self, kind: &str) -> bool {
        self.kinds.contains_key(kind)
    }

    /// Managed resources of some types that refer to a resource in an attribute; `""` stands for any.
    pub fn users<'a>(
        &'a self,
        used: ResourceId,
        kinds: &'a [&str],
        attribute: &'a str,
    ) -> impl Iterator<Item = &'m Resource> + 'a {
        let mut seen: HashSet<ResourceId> = HashSet::new();
        let users = self.users.get(&used).into_iter().flatten();
        let suits = move |at: &str| {
            at.strip_prefix(attribute)
                .is_some_and(|rest| rest.is_empty() || attribute.is_empty() || rest.starts_with('.'))
        };
        users.filter(move |(_, at)| suits(at)).filter_map(move |(user, _)| {
            let resource = self.model.resource(*user);
            let wanted = resource.mode == ResourceMode::Managed && kinds.contains(&&*resource.kind);
            (wanted && seen.insert(*user)).then_some(resource)
        })
    }

    /// The resources of some types that a value, or each element of a list, means. An element that may be
    /// one of several means none.
    pub fn targets(&self, value: &Value, kinds: &[&str]) -> Vec<&'m Resource> {
        let mut found: Vec<&'m Resource> = Vec::new();
        for item in value.as_slice() {
            let mut of_item: Vec<&'m Resource> = Vec::new();
            for reference in item.deep_refs().iter() {
                let resource = self.model.resource(reference.resource);
                let wanted = resource.mode == ResourceMode::Managed && kinds.contains(&&*resource.kind);
                if wanted && !of_item.iter().any(|known| known.id == resource.id) {
                    of_item.push(resource);
                }
            }
            if of_item.is_empty() {
                of_item.extend(item.as_str().and_then(|text| self.by_name(text, kinds)));
            }
            if of_item.len() == 1 {
                found.extend(of_item);
            }
        }
        let mut seen = HashSet::new();
        found.retain(|one| seen.insert(one.id));
        found
    }

    pub fn target(&self, body: &BlockValue, attribute: &str, kinds: &[&str]) -> Option<&'m Resource> {
        self.targets(body.value(attribute)?, kinds).into_iter().next()
    }

    fn by_name(&self, text: &str, kinds: &[&str]) -> Option<&'m Resource> {
        let name = match text.starts_with("arn:aws") {
            true => {
                text.split(":function:").nth(1).map_or(text, |rest| rest.split(':').next().unwrap_or(rest))
            }
            false => text,
        };
        let id = kinds.iter().find_map(|kind| self.names.get(&(*kind, name)))?;
        Some(self.model.resource(*id))
    }

    /// As whom a workload runs by some of its attributes; by any of them for none.
    pub fn runs_as(&self, workload: &Resource, attributes: &[&str]) -> Vec<Subject> {
        let mut found: Vec<Subject> = Vec::new();
        for run in self.workloads.get(&workload.id).into_iter().flatten() {
            let wanted = attributes.is_empty() || attributes.contains(&run.attribute.as_str());
            let known = !matches!(run.runs_as, Subject::None | Subject::Unknown);
            if wanted && known && !found.contains(&run.runs_as) {
                found.push(run.runs_as.clone());
            }
        }
        found
    }

    /// Identities that a value names.
    pub fn subjects(&self, value: &Value, from: &Resource) -> Vec<Subject> {
        self.subjects_of(value, &from.kind)
    }

    /// The same for identities of a cloud, which the start of a type names.
    pub fn subjects_of(&self, value: &Value, from: &str) -> Vec<Subject> {
        let mut found = subjects::of(self.model, value, from);
        found.retain(|subject| !matches!(subject, Subject::None | Subject::Unknown));
        found
    }
}

/// Whether a switch is on; `default` is what the provider does without it.
pub fn is(body: &BlockValue, name: &str, default: bool) -> Tri {
    match body.value(name) {
        None => default.into(),
        Some(value) => value.as_bool().map_or(Tri::Maybe, Tri::from),
    }
}

/// Whether a text is one of those that `test` accepts.
pub(super) fn says(body: &BlockValue, name: &str, default: bool, test: impl Fn(&str) -> bool) -> Tri {
    match body.value(name) {
        None => default.into(),
        Some(value) => value.as_str().map_or(Tri::Maybe, |text| test(text).into()),
    }
}

/// Whether there are blocks of a kind; those of a `dynamic` with unknown elements may be none.
pub(super) fn has_blocks(body: &BlockValue, kind: &str) -> Tri {
    let blocks = body.blocks(kind);
    if blocks.iter().any(|block| !block.any) {
        return Tri::Yes;
    }
    let unknown = !blocks.is_empty() || body.value(kind).is_some_and(Value::is_unknown);
    if unknown { Tri::Maybe } else { Tri::No }
}

/// Where an attribute's value is written, else where its resource starts.
pub(super) fn at(resource: &Resource, body: &BlockValue, name: &str) -> crate::source::Span {
    match body.attr(name) {
        Some(attr) => attr.value.meta.span.unwrap_or(attr.expr_span),
        None => body.header.unwrap_or_else(|| resource.header()),
    }
}

/// Everyone: `0.0.0.0/0`, `::/0`, and the service tags that mean the same.
pub(super) fn is_everywhere(text: &str) -> bool {
    matches!(
        text,
        "0.0.0.0/0" | "::/0" | "0.0.0.0" | "*" | "Internet" | "internet" | "Any" | "any" | "<nw>/0" | "/0"
    )
}
