//! What Terraform writes into its state, and what keeps it out.

use crate::eval::value::ResourceId;
use crate::eval::{Attr, ModuleId, Resource, ResourceMode};
use crate::identity::{Model, facts};
use crate::secret::is_secret_name;

/// An attribute that is stored and has a write-only twin which is not used.
#[derive(Debug)]
pub struct Sink<'m> {
    pub resource: &'m Resource,
    /// Path of the attribute.
    pub path: String,
    pub attr: &'m Attr,
    pub twin: &'static str,
    pub version: Option<&'static str>,
}

/// Stored attributes with an unused write-only twin, in the order of the code.
pub fn sinks(model: &Model) -> Vec<Sink<'_>> {
    let mut found = Vec::new();
    for resource in model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
        let names: Vec<&'static str> = facts::write_only_attributes(&resource.kind).collect();
        if names.is_empty() {
            continue;
        }
        let mut attrs = Vec::new();
        resource.body.each_attr(&mut |path, attr| attrs.push((path.to_string(), attr)));
        for (path, attr) in &attrs {
            let (parent, name) =
                path.rsplit_once('.').map_or(("", path.as_str()), |(parent, name)| (parent, name));
            // The values that a chart is installed with are a list of blocks.
            let (key, suits) = match &*resource.kind {
                "helm_release" => ("set", matches!(path.as_str(), "set.value" | "set_sensitive.value")),
                _ => (name, names.contains(&name)),
            };
            if !suits || attr.value.is_null() {
                continue;
            }
            let Some((twin, version)) = facts::write_only(&resource.kind, key) else { continue };
            let sibling = if parent.is_empty() { twin.to_string() } else { format!("{parent}.{twin}") };
            let is_used = attrs.iter().any(|(path, attr)| *path == sibling && !attr.value.is_null());
            if !is_used {
                found.push(Sink { resource, path: path.clone(), attr, twin, version });
            }
        }
    }
    found
}

/// A generated value that an ephemeral resource could make as well: its attribute that is secret.
pub fn can_be_ephemeral(source: &Resource, output: &str) -> bool {
    match &*source.kind {
        "random_password" => matches!(output, "" | "result" | "bcrypt_hash"),
        "random_bytes" => is_generated_secret(source) && matches!(output, "" | "base64" | "hex"),
        "tls_private_key" => output.is_empty() || output.starts_with("private_key"),
        _ => false,
    }
}

/// A generated value that is a password or key, and no name, suffix or identifier.
pub fn is_generated_secret(resource: &Resource) -> bool {
    let name = &*resource.name;
    match &*resource.kind {
        "random_password" => true,
        "random_string" => is_secret_name(name),
        "random_bytes" => name != "id" && !name.ends_with("_id"),
        _ => false,
    }
}

/// Generated resources whose value goes into an attribute with a write-only twin.
pub fn generated_into_sinks(model: &Model) -> std::collections::HashSet<ResourceId> {
    let mut found = std::collections::HashSet::new();
    for sink in sinks(model) {
        for reference in sink.attr.value.deep_refs().iter() {
            let source = model.resource(reference.resource);
            let output = reference.path.split('.').next().unwrap_or_default();
            if source.mode == ResourceMode::Managed && can_be_ephemeral(source, output) {
                found.insert(reference.resource);
            }
        }
    }
    found
}

/// The first versions with write-only arguments or ephemeral resources. Sources: the change logs of the
/// providers.
const FIRST: [(&str, (u64, u64)); 11] = [
    ("aws", (5, 87)),
    ("azurerm", (4, 20)),
    ("google", (6, 23)),
    ("google-beta", (6, 23)),
    ("helm", (3, 1)),
    ("kubernetes", (2, 37)),
    ("postgresql", (1, 25)),
    ("random", (3, 7)),
    ("tfe", (0, 65)),
    ("tls", (4, 1)),
    ("vault", (5, 0)),
];

/// Version constraints that keep write-only arguments out of reach, as sentences.
pub fn too_old(model: &Model, module: ModuleId, kinds: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut note = |text: String| {
        if !found.contains(&text) {
            found.push(text);
        }
    };
    let mut at = Some(module);
    while let Some(module) = at.and_then(|id| model.project.modules.get(id.0 as usize)) {
        for settings in &module.settings {
            if let Some(constraint) = settings.text("required_version")
                && stays_below(constraint, (1, 11))
            {
                note(format!(
                    "`required_version = \"{constraint}\"` keeps Terraform below 1.11, the first version with write-only arguments: raise it first"
                ));
            }
            for block in settings.blocks("required_providers") {
                for (name, first) in FIRST {
                    if !kinds.iter().any(|kind| facts::provider(kind) == name) {
                        continue;
                    }
                    let Some(value) = block.value(name) else { continue };
                    let constraint =
                        value.get("version").and_then(|value| value.as_str()).or_else(|| value.as_str());
                    if let Some(constraint) = constraint
                        && stays_below(constraint, first)
                    {
                        let (major, minor) = first;
                        note(format!(
                            "provider `{name}` is held at `{constraint}`, write-only arguments came with about {major}.{minor}: raise it first"
                        ));
                    }
                }
            }
        }
        at = module.parent;
    }
    found
}

/// Whether a module, or one that calls it, does not allow this version of Terraform.
pub fn terraform_stays_below(model: &Model, module: ModuleId, first: (u64, u64)) -> bool {
    let mut at = Some(module);
    while let Some(module) = at.and_then(|id| model.project.modules.get(id.0 as usize)) {
        let mut constraints = module.settings.iter().filter_map(|settings| settings.text("required_version"));
        if constraints.any(|constraint| stays_below(constraint, first)) {
            return true;
        }
        at = module.parent;
    }
    false
}

/// Whether a module that others call says that it works with older versions of Terraform too.
pub fn is_for_older_terraform(model: &Model, module: ModuleId, first: (u64, u64)) -> bool {
    let Some(module) = model.project.modules.get(module.0 as usize).filter(|it| it.parent.is_some()) else {
        return false;
    };
    let mut constraints = module.settings.iter().filter_map(|settings| settings.text("required_version"));
    constraints.any(|constraint| {
        constraint.split(',').filter_map(|part| part.trim().strip_prefix(['>', '~'])).any(|part| {
            let mut numbers =
                part.trim_start_matches(['=', '>', ' ']).split('.').map(|it| it.trim().parse::<u64>().ok());
            let version = (numbers.next().flatten(), numbers.next().flatten().unwrap_or(0));
            version.0.is_some_and(|major| (major, version.1) < first)
        })
    })
}

/// The same for a provider.
pub fn provider_stays_below(model: &Model, module: ModuleId, name: &str, first: (u64, u64)) -> bool {
    let mut at = Some(module);
    while let Some(module) = at.and_then(|id| model.project.modules.get(id.0 as usize)) {
        let blocks = module.settings.iter().flat_map(|settings| settings.blocks("required_providers"));
        let values: Vec<_> = blocks.filter_map(|block| block.value(name).cloned()).collect();
        let mut constraints = values
            .iter()
            .filter_map(|value| value.get("version").and_then(|it| it.as_str()).or_else(|| value.as_str()));
        if constraints.any(|constraint| stays_below(constraint, first)) {
            return true;
        }
        at = module.parent;
    }
    false
}

/// No version that satisfies the constraint reaches `first`.
fn stays_below(constraint: &str, first: (u64, u64)) -> bool {
    constraint.split(',').any(|part| {
        let part = part.trim();
        let at = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        let (operator, version) = part.split_at(at);
        let mut numbers = version.split('.').map(|number| number.trim().parse::<u64>().ok());
        let Some(major) = numbers.next().flatten() else { return false };
        let minor = numbers.next().flatten();
        let patch = numbers.next().flatten();
        let version = (major, minor.unwrap_or(0));
        match operator.trim() {
            "" | "=" | "<=" => version < first,
            "<" => version < first || (version == first && patch.unwrap_or(0) == 0),
            "~>" => match (minor, patch) {
                // `~> 1.5.0` allows 1.5 only, `~> 1.5` all of 1.
                (Some(_), Some(_)) => version < first,
                _ => major < first.0,
            },
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_upper_bound_is_too_old() {
        for (constraint, below) in [
            (">= 1.3", false),
            ("~> 1.5", false),
            ("~> 1.5.0", true),
            ("~> 1.11.0", false),
            (">= 1.0, < 1.11", true),
            (">= 1.0, < 1.11.2", false),
            ("< 2.0.0", false),
            ("1.9.8", true),
            ("= 1.12.0", false),
            ("<= 1.10", true),
            ("", false),
            ("latest", false),
        ] {
            assert_eq!(stays_below(constraint, (1, 11)), below, "{constraint}");
        }
    }
}
