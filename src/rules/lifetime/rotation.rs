use super::read::time_length;
use crate::eval::Resource;
use crate::eval::value::ResourceId;
use crate::identity::Model;
use crate::source::SourceMap;
use jiff::SignedDuration;

/// Whether Terraform itself replaces a credential from time to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Nothing does.
    None,
    /// Something does, but how often is not known.
    Somehow,
    Every(SignedDuration, ResourceId),
}

/// Arguments whose change replaces the value.
const TRIGGERS: [&str; 8] = [
    "rotate_when_changed",
    "keepers",
    "keeper",
    "triggers",
    "rotation_configuration",
    "time_rotating",
    "secret_string_wo_version",
    "client_secret_version",
];

/// What rotates this resource: a trigger that changes with time, or `replace_triggered_by`.
pub fn rotation(model: &Model, resource: &Resource, sources: &SourceMap) -> Rotation {
    let mut found = Rotation::None;
    for name in TRIGGERS {
        for (_, value) in resource.body.at_path(name) {
            if value.entries().is_some_and(|entries| entries.is_empty()) {
                continue;
            }
            for reference in value.deep_refs().iter() {
                let other = model.resource(reference.resource);
                if &*other.kind == "time_rotating"
                    && let Some(length) = time_length(other, "rotation")
                {
                    return Rotation::Every(length, reference.resource);
                }
            }
            // A name or a version among the keepers replaces the value by hand at best.
            let refs = value.deep_refs();
            let timed = refs.iter().any(|one| model.resource(one.resource).kind.starts_with("time_"));
            if timed || value.is_unknown() || matches!(name, "rotation_configuration") {
                found = Rotation::Somehow;
            }
        }
    }
    if found == Rotation::None && lifecycle(sources, resource).contains("replace_triggered_by") {
        found = Rotation::Somehow;
    }
    found
}

/// The text of the `lifecycle` block, which is no value and so is not evaluated.
fn lifecycle<'s>(sources: &'s SourceMap, resource: &Resource) -> &'s str {
    let text = sources.text(resource.span());
    text.find("lifecycle").and_then(|at| text.get(at..)).unwrap_or_default()
}
