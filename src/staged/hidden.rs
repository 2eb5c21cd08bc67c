//! What takes the value of a credential where no state shows it.

use super::kinds::Kind;
use crate::analysis::Analysis;
use crate::eval::value::ResourceId;
use crate::eval::{Resource, ResourceMode, block_address};
use crate::identity::Model;
use crate::source::Span;

/// An argument that is given a value which its state does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hidden {
    /// Directory of the root module.
    pub root: String,
    /// The block as states name it in dependencies.
    pub block: String,
    pub argument: String,
    pub span: Span,
    pub written: Written,
}

/// What makes Terraform write it once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Another number beside it. As it is in the code, if it is known and an argument of the resource itself.
    ByVersion(String, Option<String>),
    /// Another value: a hash is kept.
    ByItself,
    /// Nothing.
    Never,
}

/// Arguments that are kept as a hash, by some versions of their providers at least.
/// Source: Terraform Registry, `aws_instance`, `aws_launch_configuration`, `azurerm_virtual_machine`.
const HASHED: [&str; 2] = ["user_data", "custom_data"];

/// Everything in the root modules that is given the value of one generation so.
pub(super) fn hidden(analysis: &Analysis, dir: &str, kind: &Kind, label: &str) -> Vec<Hidden> {
    let mut found = Vec::new();
    for model in &analysis.estate.models {
        let of = blocks(analysis, model, dir, kind, label);
        let ids: Vec<ResourceId> = of.iter().map(|resource| resource.id).collect();
        if ids.is_empty() {
            continue;
        }
        let others = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
        for resource in others.filter(|it| !ids.contains(&it.id)) {
            resource.body.each_attr(&mut |path, attr| {
                let refs = attr.value.deep_refs();
                let value = |path: &str| path == kind.id || kind.secrets.contains(&path);
                if refs.iter().any(|it| ids.contains(&it.resource) && value(&it.path))
                    && let Some(written) = written(resource, path)
                {
                    let (root, block) = (model.project.dir.clone(), block_address(&resource.address));
                    let argument = path.to_owned();
                    let one = Hidden { root, block, argument, span: attr.expr_span, written };
                    if !found.contains(&one) {
                        found.push(one);
                    }
                }
            });
        }
    }
    found
}

/// Instances of a block of one directory.
pub(super) fn blocks<'m>(
    analysis: &Analysis,
    model: &'m Model,
    dir: &str,
    kind: &Kind,
    label: &str,
) -> Vec<&'m Resource> {
    let is_here = |resource: &Resource| {
        analysis.sources.find(resource.header().file).is_some_and(|file| file.dir() == dir)
    };
    let managed =
        model.of_kind(kind.name).filter(|it| it.mode == ResourceMode::Managed && &*it.name == label);
    managed.filter(|resource| is_here(resource)).collect()
}

fn written(resource: &Resource, path: &str) -> Option<Written> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let by_hash = HASHED.contains(&name);
    if path.split('.').any(|part| matches!(part, "provisioner" | "connection"))
        || by_hash && resource.lifecycle.ignores(path)
    {
        return Some(Written::Never);
    }
    if by_hash {
        return Some(Written::ByItself);
    }
    name.ends_with("_wo").then(|| {
        let version = format!("{path}_version");
        let number = resource.body.value(&version);
        let known = number.and_then(|value| value.as_number().map(|number| number.to_string()));
        Written::ByVersion(version, known.or_else(|| Some(number?.as_str()?.to_owned())))
    })
}
