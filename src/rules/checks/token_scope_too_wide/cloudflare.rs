use super::Wide;
use crate::diagnostic::Severity;
use crate::eval::value::Value;
use crate::eval::{Resource, decode_json};

/// Resources of a policy by what they stand for: one by id, or all of a kind.
/// Source: Cloudflare API documentation, "API token template URLs" and "Create tokens via API".
pub(super) fn token(resource: &Resource) -> Option<Wide> {
    if !matches!(&*resource.kind, "cloudflare_api_token" | "cloudflare_account_token") {
        return None;
    }
    let body = &resource.body;
    let mut policies = Vec::new();
    let mut unknown = false;
    for name in ["policies", "policy"] {
        policies.extend(body.blocks(name));
        unknown |= body.value(name).is_some_and(Value::is_unknown);
        unknown |= body.blocks.iter().any(|(block, value)| &**block == name && value.any);
    }
    let allowing = policies.iter().filter(|policy| policy.text("effect") != Some("deny"));
    for policy in allowing {
        let Some(resources) = policy.value("resources") else { continue };
        let Some((all, what)) = all_of(resources) else { continue };
        let wide = Wide::of(resource, "policies", &all, format!("is good for {what}"))
            .label(what)
            .help("name the zones or the account that it works on, and limit `condition.request_ip`");
        return Some(wide);
    }
    let limited = body.value("condition").is_some() || body.has_block("condition");
    if !policies.is_empty() || unknown || limited {
        return None;
    }
    let wide =
        Wide::whole(resource, "policies", "states neither what it is for nor from where it may be used")
            .label("no policies and no condition")
            .severity(Severity::Low)
            .help("list the permission groups and resources that it needs, and limit `condition.request_ip`");
    Some(match body.attr("policies") {
        Some(attr) => Wide { span: attr.expr_span, ..wide },
        None => wide,
    })
}

/// The entry that stands for every zone or account. Resources are a map, or the JSON text of one.
fn all_of(resources: &Value) -> Option<(Value, &'static str)> {
    let decoded = decode_json(resources)?;
    for (key, value) in decoded.entries()? {
        let what = match key.as_ref() {
            "com.cloudflare.api.account.zone.*" => "every zone",
            "com.cloudflare.api.account.*" => "every account",
            "com.cloudflare.api.user.*" => "every user",
            // All zones of one account.
            _ if key.starts_with("com.cloudflare.api.account.") => {
                let inner = value.get("com.cloudflare.api.account.zone.*");
                match inner.filter(|inner| inner.as_str() == Some("*")) {
                    Some(inner) => return Some((inner.clone(), "every zone of the account")),
                    None => continue,
                }
            }
            _ => continue,
        };
        if value.as_str() == Some("*") {
            return Some((value.clone(), what));
        }
    }
    None
}
