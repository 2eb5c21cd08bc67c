use crate::eval::value::Value;
use crate::iam::gcp::Level;

/// How far a Google IAM resource of this type reaches.
pub fn level(kind: &str) -> Option<Level> {
    let rest = kind.strip_prefix("google_")?;
    let (target, form) = rest.rsplit_once("_iam_")?;
    if !matches!(form, "member" | "binding" | "policy") {
        return None;
    }
    Some(match target {
        "project" => Level::Project,
        "folder" => Level::Folder,
        "organization" => Level::Organization,
        _ => Level::Resource,
    })
}

/// Roles and members of an IAM resource: from its own arguments, or from policy data.
pub fn members(body: &crate::eval::BlockValue) -> Vec<(Value, Vec<Value>)> {
    if let Some(data) = body.value("policy_data") {
        let decoded = crate::eval::decode_json(data);
        let bindings = decoded.as_ref().and_then(|document| document.get("bindings")).map(Value::as_slice);
        let read = bindings.unwrap_or_default().iter().filter_map(|binding| {
            let members = binding.get("members").map(Value::as_slice).unwrap_or_default().to_vec();
            Some((binding.get("role")?.clone(), members))
        });
        return read.collect();
    }
    let Some(role) = body.value("role") else { return Vec::new() };
    let members = body.value("member").or_else(|| body.value("members"));
    vec![(role.clone(), members.map(Value::as_slice).unwrap_or_default().to_vec())]
}
