//! From evaluated resources to the identity model. What a type means is in `facts`; what a provider does in
//! its own way is in the file of that provider.

mod aws_grants;
mod azure_grants;
mod credentials;
mod flows;
mod google_grants;
mod identities;
mod kubernetes_grants;
mod kubernetes_objects;
mod owners;
pub(in crate::identity) mod subjects;
mod vault_grants;
mod workloads;

use super::facts;
use super::model::Model;
use crate::config::Config;
use crate::config::Environment;
use crate::eval::{Project, Resource, ResourceMode};
use crate::owners::CodeOwners;
use crate::source::SourceMap;

/// What lowering needs beside the project.
#[derive(Debug)]
pub struct Context<'a> {
    pub sources: &'a SourceMap,
    pub config: &'a Config,
    pub codeowners: Option<&'a CodeOwners>,
}

/// Builds the model of one root module.
pub fn lower(project: Project, cx: &Context<'_>) -> Model {
    let mut model = Model { project, ..Model::default() };
    model.environment = cx.config.environments.classify(&model.project.dir);
    identities::lower(&mut model, cx);
    credentials::lower(&mut model, cx);
    aws_grants::lower(&mut model);
    google_grants::lower(&mut model);
    azure_grants::lower(&mut model);
    kubernetes_grants::lower(&mut model);
    vault_grants::lower(&mut model);
    workloads::lower(&mut model, cx);
    flows::lower(&mut model);
    model
}

/// Managed resources with facts.
fn known(model: &Model) -> impl Iterator<Item = (&Resource, &'static facts::TypeFacts)> {
    let managed = model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    managed.filter_map(|resource| Some((resource, facts::of(&resource.kind)?)))
}

/// The environment of a resource: its own tags, else its module, else the root's directory.
fn environment(model: &Model, resource: &Resource, cx: &Context<'_>) -> Option<Environment> {
    let tags = owners::tags(model, resource);
    let keys = ["environment", "env", "stage", "tier", "workspace", "deployment"];
    let tagged = tags.entries.iter().find(|(key, _)| {
        let key = key.rsplit([':', '/']).next().unwrap_or(key);
        keys.iter().any(|known| key.eq_ignore_ascii_case(known))
    });
    let classify = |text: &str| cx.config.environments.classify(text);
    tagged
        .and_then(|(_, value)| classify(value.as_str()?))
        .or_else(|| classify(&resource.address))
        .or_else(|| model.environment.clone())
}
