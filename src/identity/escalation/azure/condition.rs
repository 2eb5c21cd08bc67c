//! Conditions of role assignments: which roles may be handed out under them. They bear on nothing else here.
//! Source: Microsoft Azure documentation, "Delegate Azure role assignment management with conditions".

use crate::eval::value::{Part, Value};
use crate::iam::azure::{judge, role};
use crate::iam::{Tri, Verdict};

/// Whether a role that makes an administrator may be assigned.
pub(super) fn admits_administrators(condition: Option<&Value>) -> Tri {
    let Some(value) = condition else { return Tri::Yes };
    let Some(parts) = value.parts() else { return Tri::Maybe };
    let known = parts.iter().map(|part| match part {
        Part::Text(text) => text.as_str(),
        Part::Hole(_) => "\u{fffc}",
    });
    let text: String = known.collect();
    if text.trim().is_empty() {
        return Tri::Yes;
    }
    if !text.contains("RoleDefinitionId]") {
        return Tri::Yes;
    }
    let mut answer = Tri::Yes;
    for (operator, list) in lists(&text) {
        let guids: Vec<&str> = list.split(',').map(|it| it.trim().trim_matches('\'')).collect();
        let has_hole = list.contains('\u{fffc}');
        let privileged = guids.iter().filter(|it| is_privileged(it)).count();
        let next = match operator.contains("NotEquals") {
            false if privileged > 0 => Tri::Yes,
            false if has_hole => Tri::Maybe,
            false => Tri::No,
            // The three roles that hand out roles have to be left out, all of them.
            true if privileged >= 3 => Tri::No,
            true if has_hole => Tri::Maybe,
            true => Tri::Yes,
        };
        answer = answer.and(next);
    }
    answer
}

/// What roles are compared with: `ForAnyOfAnyValues:GuidEquals {a, b}`.
fn lists(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("RoleDefinitionId]").skip(1).filter_map(|rest| {
        let (operator, rest) = rest.split_once('{')?;
        let (list, _) = rest.split_once('}')?;
        Some((operator, list))
    })
}

fn is_privileged(guid: &str) -> bool {
    role(guid).is_some_and(|role| judge(&role.permissions()).verdict == Verdict::Admin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(text: &str) -> Tri {
        admits_administrators(Some(&Value::string(text)))
    }

    #[test]
    fn conditions() {
        let only = |ids: &str| {
            format!(
                "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR \
                 (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] \
                 ForAnyOfAnyValues:GuidEquals {{{ids}}}))"
            )
        };
        assert_eq!(admits(&only("7f951dda-4ed3-4680-a7ca-43fe172d538d")), Tri::No);
        assert_eq!(
            admits(&only("7f951dda-4ed3-4680-a7ca-43fe172d538d, 8e3af657-a8ff-443c-a75c-2fe8c4bcb635")),
            Tri::Yes
        );
        let but = "@Request[x:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals \
                   {8e3af657-a8ff-443c-a75c-2fe8c4bcb635, 18d7d88d-d35e-4fb5-a5c3-7773c20a72d9, \
                   f58310d9-a9f6-439a-9e8d-f62e7b41a168}";
        assert_eq!(admits(but), Tri::No);
        assert_eq!(admits("@Request[x:PrincipalType] StringEquals 'ServicePrincipal'"), Tri::Yes);
        assert_eq!(admits_administrators(None), Tri::Yes);
        assert_eq!(admits_administrators(Some(&Value::derived([]))), Tri::Maybe);
    }
}
