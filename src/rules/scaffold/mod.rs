//! The keyless way in the place of a standing key, as code to begin with and the steps of the cut-over. What the code
//! does not tell is a hole such as `<branch>`.

mod aws;
mod azure;
mod google;
mod hcl;
mod own;
mod provider;
mod steps;
mod tokens;

pub(super) use own::{apart, task_role};
pub(super) use provider::sign_in;

use hcl::{Block, escaped, label, render};

use super::Context;
use super::ci_secrets::{self, Cloud};
use crate::diagnostic::Scaffold;
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::identity::{Identity, Place, PlaceKind, facts};

/// A consumer of which the code does not tell what it is.
const UNKNOWN: &str = "consumer";

/// From a key to a way without.
pub(super) struct Move<'a, 'c> {
    pub cx: &'a Context<'c>,
    pub cloud: Cloud,
    /// The key, where it is declared.
    pub key: Option<&'a Resource>,
    /// Whose key it is.
    pub holder: Option<&'a Identity>,
    /// Where it goes first.
    pub place: Option<&'a Place>,
    /// What holds it there.
    pub consumer: Option<&'a Resource>,
}

/// What takes its place.
struct Parts {
    blocks: Vec<Block>,
    /// All that the holder may do is in there, or stays where it is.
    granted: bool,
    /// What it is, for the steps.
    made: String,
}

impl Move<'_, '_> {
    /// `None` where not even the beginning of a way is known.
    pub fn scaffold(&self) -> Option<Scaffold> {
        let workload = self.consumer.filter(|_| {
            self.place
                .is_some_and(|place| matches!(place.kind, PlaceKind::WorkloadEnv | PlaceKind::BootScript))
        });
        let platform = self.platform();
        let near = self.near();
        let token = || tokens::of(self.cx, platform, self.consumer, near);
        let home = workload.filter(|it| facts::provider(&it.kind) == self.provider());
        let (parts, way) = match (self.cloud, platform, home) {
            (Cloud::Aws, _, Some(it)) => (aws::workload(self, it)?, steps::Way::Workload(it)),
            (Cloud::Google, _, Some(it)) => (google::workload(self, it)?, steps::Way::Workload(it)),
            (Cloud::Azure, _, Some(it)) => (azure::workload(self, it)?, steps::Way::Workload(it)),
            (Cloud::Aws, "kubernetes", _) => (aws::pod(self, &token()), steps::Way::Pod),
            (Cloud::Google, "kubernetes", _) => (google::pod(self, &token()), steps::Way::Pod),
            (Cloud::Aws, UNKNOWN, _) => (aws::assumed(self), steps::Way::Unknown),
            (Cloud::Aws, ..) => (aws::federated(self, &token()), steps::Way::Token(platform)),
            (Cloud::Google, ..) => (google::federated(self, &token()), steps::Way::Token(platform)),
            (Cloud::Azure, ..) => (azure::federated(self, &token()), steps::Way::Token(platform)),
        };
        let snippet = render(&parts.blocks);
        let steps = steps::steps(self, &parts, &way, snippet.contains('<'));
        Some(Scaffold { snippet, steps })
    }

    /// What the consumer runs on, where it hands out tokens.
    fn platform(&self) -> &'static str {
        let Some(consumer) = self.consumer else { return UNKNOWN };
        if let Some(secret) = ci_secrets::of(&consumer.kind) {
            return secret.platform;
        }
        match facts::provider(&consumer.kind) {
            "kubernetes" | "helm" => "kubernetes",
            _ => UNKNOWN,
        }
    }

    fn provider(&self) -> &'static str {
        match self.cloud {
            Cloud::Aws => "aws",
            Cloud::Google => "google",
            Cloud::Azure => "azurerm",
        }
    }

    /// What the new code stands beside.
    fn near(&self) -> Option<&Resource> {
        self.key.or(self.consumer)
    }

    fn holder_resource(&self) -> Option<&Resource> {
        self.holder.map(|holder| self.cx.model.resource(holder.resource))
    }

    /// How code beside the key speaks of its holder.
    fn holder_address(&self) -> Option<String> {
        let resource = self.holder_resource()?;
        let plain = is_here(resource, self.near()) && resource.key == InstanceKey::None;
        plain.then(|| resource.local_address())
    }

    /// What the holder is called, as the inside of a string.
    fn holder_name(&self) -> Option<String> {
        let single = self.holder_resource().is_some_and(|it| it.key == InstanceKey::None);
        self.holder.filter(|_| single).and_then(aws::name_of)
    }

    /// A name for what is new: that of the holder, unless something of the type has it already.
    fn name(&self, kind: &str) -> String {
        let from = self.holder_resource().or(self.key).map(|it| it.name.to_string());
        let repository = || self.consumer.and_then(|it| it.body.text("repository")).map(label);
        let wanted = from.or_else(repository).unwrap_or_else(|| "ci".to_string());
        let taken =
            |name: &str| self.cx.model.of_kind(kind).any(|it| &*it.name == name && is_here(it, self.near()));
        if kind.is_empty() || !taken(&wanted) { wanted } else { format!("{wanted}_keyless") }
    }

    /// The resources that grant the holder something.
    fn granted(&self) -> impl Iterator<Item = &Resource> {
        let model = self.cx.model;
        let grants = self.holder.into_iter().flat_map(|holder| model.grants_of(holder.id));
        grants.map(|grant| model.resource(grant.resource)).filter(|it| it.mode == ResourceMode::Managed)
    }

    fn grants_are_shown(&self) -> bool {
        self.granted().next().is_some()
    }
}

/// An argument as the inside of a string, where code beside `near` can say it.
fn known(cx: &Context<'_>, of: &Resource, attribute: &str, near: Option<&Resource>) -> Option<String> {
    let attr = of.body.attr(attribute)?;
    if let Some(text) = attr.value.as_str() {
        return Some(escaped(text));
    }
    let text = cx.shared.sources.text(attr.expr_span);
    let reference = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    (reference && is_here(of, near) && one_line(text)).then(|| format!("${{{text}}}"))
}

/// Both are in the same module, so that one can speak of the other.
fn is_here(one: &Resource, near: Option<&Resource>) -> bool {
    near.is_none_or(|near| near.module == one.module)
}

/// An expression that means the same elsewhere in the module.
fn one_line(text: &str) -> bool {
    !text.contains('\n')
        && !["each.", "count.", "self."].iter().any(|word| text.contains(word))
        && text.len() <= 200
}
