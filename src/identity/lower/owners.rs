//! Who is accountable: tags and labels after merging defaults, `owners`, prose, CODEOWNERS.

use super::Context;
use crate::config::Evidence;
use crate::eval::value::{Kind, Part, Value};
use crate::eval::{BlockValue, ModuleId, Resource};
use crate::identity::facts::{self, TypeFacts};
use crate::identity::model::{Model, Owner, OwnerSource, Ownership};
use crate::owners::{extract_owner_with, is_placeholder};
use crate::source::Span;
use indexmap::IndexMap;
use std::sync::Arc;

/// Tags or labels of a resource, defaults of its provider included.
pub(super) struct Tags {
    pub(super) entries: IndexMap<Arc<str>, Value>,
    /// There may be more than these.
    pub(super) open: bool,
}

pub(super) fn tags(model: &Model, resource: &Resource) -> Tags {
    let mut tags = Tags { entries: IndexMap::new(), open: false };
    if let Some(body) = provider_body(model, resource) {
        match facts::provider(&resource.kind) {
            "aws" => {
                for block in body.blocks("default_tags") {
                    tags.add(block.value("tags"));
                    tags.open |= block.any;
                }
            }
            "google" => tags.add(body.value("default_labels")),
            _ => {}
        }
    }
    let attribute = facts::tag_attribute(&resource.kind);
    let facts = facts::of(&resource.kind);
    let listed = facts.into_iter().flat_map(|facts| facts.owner.iter().map(String::as_str));
    for name in ["tags", "labels", "custom_metadata", "annotations"] {
        if attribute == Some(name) || listed.clone().any(|owner| owner == name) {
            tags.add(resource.body.value(name));
            for block in resource.body.blocks.iter().filter(|(kind, _)| &**kind == name) {
                tags.add_block(&block.1);
            }
        }
    }
    if listed.clone().any(|owner| owner == "metadata") {
        for block in resource.body.blocks("metadata") {
            tags.add(block.value("labels"));
            tags.add(block.value("annotations"));
        }
        // `metadata` of a Vault token is a map of its own.
        tags.add(resource.body.value("metadata").filter(|value| value.get("labels").is_none()));
    }
    tags
}

impl Tags {
    fn add(&mut self, value: Option<&Value>) {
        let Some(value) = value else { return };
        match value.entries() {
            Some(entries) => {
                self.entries.extend(entries.iter().map(|(key, value)| (key.clone(), value.clone())))
            }
            None if value.is_unknown() => self.open = true,
            // Autoscaling style: a list of key and value.
            None => {
                for item in value.as_slice() {
                    let key = item.get("key").and_then(Value::as_str);
                    if let (Some(key), Some(value)) = (key, item.get("value")) {
                        self.entries.insert(key.into(), value.clone());
                    }
                }
            }
        }
    }

    fn add_block(&mut self, block: &BlockValue) {
        if let (Some(key), Some(value)) = (block.text("key"), block.value("value")) {
            self.entries.insert(key.into(), value.clone());
        }
        self.open |= block.any;
    }
}

fn provider_body<'m>(model: &'m Model, resource: &Resource) -> Option<&'m BlockValue> {
    let (module, index) = resource.provider?;
    model.project.modules.get(module.0 as usize)?.providers.get(index).map(|provider| &provider.body)
}

pub(super) fn ownership(
    model: &Model,
    resource: &Resource,
    facts: &TypeFacts,
    cx: &Context<'_>,
) -> Ownership {
    let settings = &cx.config.owners;
    let tags = tags(model, resource);
    let mut best: Option<(usize, &Arc<str>, &Value)> = None;
    for (key, value) in &tags.entries {
        if let Some(rank) = settings.keys.rank(key)
            && best.is_none_or(|(known, ..)| rank < known)
        {
            best = Some((rank, key, value));
        }
    }
    let mut open = tags.open;
    if let Some((_, key, value)) = best {
        match value.as_str() {
            Some(name) if !is_placeholder(name) => {
                let source = OwnerSource::Tag(key.to_string());
                return owned(name, source, value.meta.span);
            }
            Some(_) => {}
            None => open |= !value.is_null(),
        }
    }
    for attribute in facts.owner.iter().filter(|name| name.contains("owner") || name.contains("reference")) {
        if let Some(value) = resource.body.value(attribute) {
            match value.as_slice().iter().find(|item| !item.is_null()) {
                Some(item) => {
                    let name = item.as_str().map_or_else(|| described(model, item), str::to_string);
                    return owned(&name, OwnerSource::Attribute(attribute.clone()), item.meta.span);
                }
                None => open |= value.is_unknown(),
            }
        }
    }
    if let Some(owned) = in_prose(resource, facts, cx) {
        return owned;
    }
    open |= facts.owner.iter().any(|name| resource.body.value(name).is_some_and(may_name_owner));
    if open {
        return Ownership::Unknown;
    }
    codeowner(model, resource, cx).unwrap_or(Ownership::Missing)
}

fn owned(name: &str, source: OwnerSource, span: Option<Span>) -> Ownership {
    Ownership::Owned(Owner { name: name.trim().to_string(), source, span })
}

/// An owner that is a reference: the name of what it refers to, or its address.
fn described(model: &Model, value: &Value) -> String {
    match value.deep_refs().iter().next() {
        Some(reference) => {
            let resource = model.resource(reference.resource);
            let named = ["display_name", "user_principal_name", "mail_nickname", "name"];
            let name = named.iter().find_map(|name| resource.body.text(name));
            name.map_or_else(|| resource.address.clone(), str::to_string)
        }
        None => "(known after apply)".to_string(),
    }
}

fn in_prose(resource: &Resource, facts: &TypeFacts, cx: &Context<'_>) -> Option<Ownership> {
    let named = ["description", "comment", "notes", "admin_note", "display_name"];
    let listed = facts.owner.iter().chain(&facts.purpose).map(String::as_str);
    let mut names: Vec<&str> = named.to_vec();
    names.extend(listed.filter(|name| !named.contains(name)));
    for name in names {
        let Some(value) = resource.body.value(name) else { continue };
        let Some(text) = value.as_str() else { continue };
        if let Some(owner) = extract_owner_with(text, &cx.config.owners.patterns)
            && !is_placeholder(&owner)
        {
            return Some(owned(&owner, OwnerSource::Text, value.meta.span));
        }
    }
    None
}

/// Prose of which nothing is known, or that speaks of an owner whose name is not known.
fn may_name_owner(value: &Value) -> bool {
    let Kind::Template(parts) = &value.kind else { return value.is_unknown() };
    let speaks = |text: &str| {
        let text = text.to_lowercase();
        ["own", "team", "contact", "maintain", "squad"].iter().any(|word| text.contains(word))
    };
    parts.iter().any(|part| matches!(part, Part::Text(text) if speaks(text.as_str())))
}

/// Whoever owns the file that declares it; where nobody does, whoever owns the call of the module that it is in, since
/// they made it.
fn codeowner(model: &Model, resource: &Resource, cx: &Context<'_>) -> Option<Ownership> {
    let owners = cx.codeowners?;
    std::iter::once(resource.header()).chain(calls(model, resource)).find_map(|place| {
        let found = owners.owners_of_file(&cx.sources.get(place.file).absolute);
        let owner = found.into_iter().find(|owner| {
            let evidence = if owner.is_catch_all { Evidence::CatchAll } else { Evidence::Codeowners };
            evidence >= cx.config.owners.min_evidence()
        })?;
        owned(&owner.name, OwnerSource::Codeowners(owner.line), None).into()
    })
}

/// The module blocks that lead to a resource, the nearest first.
fn calls<'m>(model: &'m Model, resource: &Resource) -> impl Iterator<Item = Span> + use<'m> {
    let modules = &model.project.modules;
    let instance = |id: ModuleId| modules.get(id.0 as usize);
    let chain = std::iter::successors(instance(resource.module), move |module| instance(module.parent?));
    chain.filter_map(move |module| {
        let parent = instance(module.parent?)?;
        let is_its = |address: &str| {
            let rest = module.address.strip_prefix(address);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        parent.calls.iter().find(|call| is_its(&call.address))?.body.header
    })
}
