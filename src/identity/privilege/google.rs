use super::{Cause, Level, Privilege};
use crate::eval::decode_json;
use crate::eval::value::Value;
use crate::iam::Verdict;
use crate::iam::gcp::{self, Judgement, judge};
use crate::identity::model::{GoogleRole, Grant, Model, Policy};
use indexmap::IndexMap;

/// A role where it is granted.
struct Held<'m> {
    grant: usize,
    level: gcp::Level,
    place: String,
    name: String,
    permissions: Vec<&'m str>,
    judgement: Judgement,
    condition: Condition,
}

/// What the condition of a binding leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    None,
    /// Ends, but is as wide until then.
    Time,
    /// Limits what it is good for, or is not known.
    Narrow,
}

/// Roles that add up to nearly everything are several; fewer are looked at one by one.
const MANY: usize = 3;

pub(super) fn measure(model: &Model, grants: &[usize], total: &mut Privilege) {
    let mut by_place: IndexMap<(gcp::Level, String), Vec<Held<'_>>> = IndexMap::new();
    for index in grants {
        let grant = &model.grants[*index];
        match held(model, *index, grant) {
            Some(held) => by_place.entry((held.level, held.place.clone())).or_default().push(held),
            None => total.raise(Level::Unknown, "not known"),
        }
    }
    for ((level, place), roles) in &by_place {
        let mut found = false;
        for role in roles {
            let level = match role.condition {
                Condition::Narrow => ordinary(&role.permissions),
                _ => Level::of(role.judgement.verdict).unwrap_or_else(|| ordinary(&role.permissions)),
            };
            let level =
                if role.level == gcp::Level::Resource { level.min(Level::Permissions) } else { level };
            total.raise(level, &format!("{} in {place}", role.name));
            if role.condition == Condition::Narrow {
                total.caveats.push(format!("{} is limited by a condition", role.name));
                continue;
            }
            if role.judgement.verdict > Verdict::None && role.level > gcp::Level::Resource {
                total.causes.push(cause(model, role, place));
                found = true;
            }
        }
        let free: Vec<&Held<'_>> = roles.iter().filter(|role| role.condition != Condition::Narrow).collect();
        if !found && *level > gcp::Level::Resource && free.len() >= MANY {
            let union = judge(free.iter().flat_map(|role| role.permissions.iter().copied()), *level);
            if union.verdict > Verdict::None {
                let mut ranked = free;
                ranked.sort_by_key(|role| std::cmp::Reverse(role.permissions.len()));
                let mut cause = cause(model, ranked[0], place);
                cause.verdict = union.verdict;
                cause.phrase = phrase(union.verdict, &union, *level, place, false);
                cause.label = "the widest of roles that add up".to_string();
                let others = ranked.iter().skip(1).take(4);
                cause.together = others
                    .map(|it| (model.grants[it.grant].span, format!("together with `{}`", it.name)))
                    .collect();
                total.raise(Level::Power, &format!("nearly everything in {place}"));
                total.causes.push(cause);
            }
        }
    }
}

fn held<'m>(model: &'m Model, index: usize, grant: &'m Grant) -> Option<Held<'m>> {
    let Policy::Google { role, level } = &grant.policy else { return None };
    let (name, permissions, judgement): (String, Vec<&str>, Judgement) = match role {
        GoogleRole::Named(name) => {
            let role = gcp::role(name)?;
            (name.clone(), role.permissions().collect(), role.judge(*level))
        }
        GoogleRole::Custom { resource, permissions } => {
            let listed: Vec<&str> = permissions.iter().map(String::as_str).collect();
            let judgement = judge(listed.iter().copied(), *level);
            (model.resource(*resource).address.clone(), listed, judgement)
        }
    };
    let place = place(model, grant, *level);
    let condition = condition(model, grant);
    Some(Held { grant: index, level: *level, place, name, permissions, judgement, condition })
}

fn cause(model: &Model, role: &Held<'_>, place: &str) -> Cause {
    let grant = &model.grants[role.grant];
    let basic = gcp::basic(&role.name).is_some();
    let mut cause = Cause::new(role.judgement.verdict, role.grant, grant.span, role.name.clone());
    cause.place = place.to_string();
    cause.phrase = phrase(role.judgement.verdict, &role.judgement, role.level, place, basic);
    cause.label = match (
        basic,
        role.judgement.verdict,
        role.judgement.self_grants.iter().max_by_key(|name| width(name)),
    ) {
        (true, Verdict::Admin, _) => "owner of everything in it".to_string(),
        (true, ..) => format!("changes everything in it: {} permissions", role.permissions.len()),
        (false, _, Some(permission)) => format!("includes `{permission}`"),
        _ => format!("{:.0} % of what `roles/editor` allows", role.judgement.editor_share * 100.0),
    };
    if let Policy::Google { role: GoogleRole::Custom { resource, .. }, .. } = &grant.policy {
        cause.together.push((model.resource(*resource).header(), "the role is declared here".to_string()));
    }
    if role.condition == Condition::Time {
        cause.blunted.push("its condition ends it at a set time".to_string());
    }
    cause
}

fn phrase(verdict: Verdict, judgement: &Judgement, level: gcp::Level, place: &str, basic: bool) -> String {
    match verdict {
        Verdict::Admin if !basic && !judgement.self_grants.is_empty() => {
            let widest =
                judgement.self_grants.iter().max_by_key(|name| width(name)).copied().unwrap_or_default();
            match (width(widest), level) {
                (0, gcp::Level::Folder | gcp::Level::Organization) => {
                    format!("can give itself any role in every project of {place}")
                }
                (1, gcp::Level::Organization) => {
                    format!("can give itself any role in every folder of {place}")
                }
                _ => format!("can give itself any role in {place}"),
            }
        }
        Verdict::Admin => format!("has full administration of {place}"),
        _ => format!("may do nearly everything in {place}"),
    }
}

/// How far up the right to set a policy reaches.
fn width(permission: &str) -> usize {
    match permission.split('.').nth(1) {
        Some("organizations") => 2,
        Some("folders") => 1,
        _ => 0,
    }
}

fn ordinary(permissions: &[&str]) -> Level {
    let reads = |name: &str| {
        let verb = name.rsplit('.').next().unwrap_or_default();
        ["get", "list", "view", "query", "search", "read"].iter().any(|known| verb.starts_with(known))
    };
    match permissions {
        [] => Level::Unknown,
        _ if permissions.iter().any(|name| name.ends_with(".setIamPolicy")) => Level::Permissions,
        _ if permissions.iter().all(|name| reads(name)) => Level::Read,
        _ => Level::Write,
    }
}

/// Of what a role is granted: "project `a`".
pub fn place(model: &Model, grant: &Grant, level: gcp::Level) -> String {
    let (noun, attribute) = match level {
        gcp::Level::Project => ("project", "project"),
        gcp::Level::Folder => ("folder", "folder"),
        gcp::Level::Organization => ("organization", "org_id"),
        gcp::Level::Resource => return "one resource".to_string(),
    };
    let value = model.resource(grant.resource).body.value(attribute);
    match value.and_then(Value::as_str) {
        Some(name) => format!("{noun} `{name}`"),
        None => match value.and_then(|value| value.deep_refs().iter().next().cloned()) {
            Some(reference) => format!("{noun} `{}`", model.resource(reference.resource).address),
            None => format!("the {noun}"),
        },
    }
}

/// The condition of the binding that a grant comes from.
pub fn condition(model: &Model, grant: &Grant) -> Condition {
    let body = &model.resource(grant.resource).body;
    if let Some(block) = body.block("condition") {
        return read(block.value("expression"));
    }
    let Some(data) = body.value("policy_data").and_then(decode_json) else { return Condition::None };
    let bindings = data.get("bindings").map(Value::as_slice).unwrap_or_default();
    // One binding of a role may be conditional and another not: the text of the role tells them apart by place.
    let conditions = bindings
        .iter()
        .filter(|binding| binding.get("role").is_some_and(|role| role.meta.span == Some(grant.span)));
    let found = conditions.filter_map(|binding| binding.get("condition")).find(|it| !it.is_null());
    found.map_or(Condition::None, |condition| read(condition.get("expression")))
}

fn read(expression: Option<&Value>) -> Condition {
    match expression.and_then(Value::as_str) {
        Some(text)
            if text.contains("request.time") && !text.contains("resource.") && !text.contains("api.") =>
        {
            Condition::Time
        }
        _ => Condition::Narrow,
    }
}
