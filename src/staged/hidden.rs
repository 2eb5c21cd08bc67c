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
    /// The instance as states name it; none where it is not known how many there are.
    pub address: Option<String>,
    /// Its block as states name it in dependencies.
    pub block: String,
    pub argument: String,
    pub span: Span,
    /// It is written only when Terraform is told to.
    pub write_only: bool,
    pub written: Written,
}

/// What makes Terraform write it once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Another number beside it, which the code has.
    ByVersion(String, String),
    /// Another value: a hash is kept.
    ByItself,
    /// Nothing that code or state would show.
    Unseen,
}

/// Arguments that are kept as a hash, by some versions of their providers at least.
/// Source: Terraform Registry, `aws_instance`, `aws_launch_configuration`, `azurerm_virtual_machine`.
pub(super) const HASHED: [&str; 2] = ["user_data", "custom_data"];

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
                let value = |path: &str| path.is_empty() || path == kind.id || kind.secrets.contains(&path);
                if refs.iter().any(|it| ids.contains(&it.resource) && value(&it.path))
                    && let Some(written) = written(resource, path)
                {
                    let address = resource.address.clone();
                    found.push(Hidden {
                        root: model.project.dir.clone(),
                        block: block_address(&address),
                        address: Some(address).filter(|address| !address.contains("[*]")),
                        argument: path.to_owned(),
                        span: attr.expr_span,
                        write_only: is_write_only(path),
                        written,
                    });
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

fn is_write_only(path: &str) -> bool {
    path.ends_with("_wo")
}

/// Source: Terraform, "Use write-only arguments"; `revision` is what the providers for Kubernetes and Helm call it.
pub(super) const VERSIONS: [&str; 2] = ["_version", "_revision"];

fn written(resource: &Resource, path: &str) -> Option<Written> {
    let ignored = |path: &str| resource.lifecycle.ignores(path);
    if path.split('.').any(|part| matches!(part, "provisioner" | "connection")) {
        return Some(Written::Unseen);
    }
    if HASHED.contains(&path.rsplit('.').next().unwrap_or(path)) {
        return Some(if ignored(path) { Written::Unseen } else { Written::ByItself });
    }
    is_write_only(path).then(|| {
        let number = VERSIONS.iter().find_map(|ending| {
            let version = format!("{path}{ending}");
            let value = resource.body.value(&version)?;
            let number = value.as_number().map(|number| number.to_string());
            let number = number.or_else(|| value.as_str().map(str::to_owned))?;
            (!ignored(&version)).then_some(Written::ByVersion(version, number))
        });
        number.filter(|_| !ignored(path)).unwrap_or(Written::Unseen)
    })
}
