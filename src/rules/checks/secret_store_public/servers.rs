//! Vault servers that Helm installs with a load balancer of their own.

use super::{SecretStorePublic, emit};
use crate::eval::functions::call;
use crate::eval::value::Value;
use crate::eval::Resource;
use crate::rules::Context;
use crate::source::Span;

/// Settings of the chart that put the server or its interface behind a load balancer of the cloud.
/// Source: HashiCorp Vault documentation, "Vault Helm chart configuration", `server.service` and `ui`.
const SERVICE: [&str; 2] = ["server.service.type", "ui.serviceType"];

/// Parts of settings that keep such a load balancer from the internet.
/// Sources: AWS Load Balancer Controller, "Annotations"; Azure Kubernetes Service, "Use an internal load balancer";
/// Google Kubernetes Engine, "LoadBalancer Service parameters".
const CLOSED: [&str; 3] = ["internal", "sourceranges", "source-ranges"];

/// A setting, by its path in the values of the chart.
struct Setting {
    path: String,
    value: String,
    span: Option<Span>,
}

pub(super) fn vault(resource: &Resource, cx: &mut Context<'_>) {
    let of_vault = resource.body.text("chart").is_some_and(|chart| chart == "vault" || chart.ends_with("/vault"));
    if !of_vault {
        return;
    }
    let Some(settings) = settings(resource) else { return };
    let open = settings.iter().rev().find(|one| SERVICE.contains(&one.path.as_str()) && one.value == "LoadBalancer");
    let closed = settings.iter().any(|one| {
        let text = format!("{} {}", one.path, one.value).to_ascii_lowercase();
        CLOSED.iter().any(|word| text.contains(word))
    });
    let Some(open) = open.filter(|_| !closed) else { return };
    let span = open.span.unwrap_or_else(|| resource.header());
    let message = format!("Vault of `{}` answers the whole internet", resource.address);
    let draft = cx
        .draft(SecretStorePublic::INFO, resource, &open.path, span, message)
        .label("a load balancer of the cloud")
        .help("use `ClusterIP`, or an annotation that makes the load balancer internal");
    emit(cx, resource, draft);
}

/// All settings, the ones that go last at the end. None where some are not known.
fn settings(resource: &Resource) -> Option<Vec<Setting>> {
    let mut found = Vec::new();
    for text in resource.body.value("values").map(Value::as_slice).unwrap_or_default() {
        let read = call("yamldecode", std::slice::from_ref(text)).ok()?;
        if read.is_unknown() {
            return None;
        }
        flatten("", &read, text.meta.span, &mut found);
    }
    for block in resource.body.blocks("set") {
        let (name, value) = (block.text("name")?, block.value("value")?);
        found.push(Setting { path: name.to_string(), value: value.as_str()?.to_string(), span: value.meta.span });
    }
    for item in resource.body.value("set").map(Value::as_slice).unwrap_or_default() {
        let (name, value) = (item.get("name")?.as_str()?, item.get("value")?);
        found.push(Setting { path: name.to_string(), value: value.as_str()?.to_string(), span: value.meta.span });
    }
    Some(found)
}

fn flatten(path: &str, value: &Value, at: Option<Span>, found: &mut Vec<Setting>) {
    let Some(entries) = value.entries() else {
        let text = value.as_str().map_or_else(|| "…".to_string(), str::to_string);
        found.push(Setting { path: path.to_string(), value: text, span: value.meta.span.or(at) });
        return;
    };
    for (key, inner) in entries {
        let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        flatten(&path, inner, at, found);
    }
}
