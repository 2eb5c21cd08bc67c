use super::rows;
use crate::live::SeenOwner;
use serde_json::Value;

/// An object is told with so many of its owners at most, and not that there are more.
/// Source: Microsoft Graph, "Customize Microsoft Graph responses with query parameters", `expand`.
const MOST: usize = 20;

/// Who owns an application or a service principal, people before programs; none where that is not known of all.
pub(super) fn owners(row: &Value) -> Option<Vec<SeenOwner>> {
    let mut owners: Vec<_> = rows(row, "owners").map(owner).collect::<Option<_>>()?;
    owners.sort_by_key(|(is_person, _)| !is_person);
    (owners.len() < MOST).then(|| owners.into_iter().map(|(_, owner)| owner).collect())
}

/// Of what may not be read, nothing is told but the type and the id.
/// Source: Microsoft Graph, "Limited information returned for inaccessible member objects".
fn owner(row: &Value) -> Option<(bool, SeenOwner)> {
    let text = |name: &str| row[name].as_str().filter(|text| !text.is_empty());
    let (person, program) = (text("mail").or(text("userPrincipalName")), text("displayName"));
    let name = person.or(program)?.to_owned();
    Some((person.is_some(), SeenOwner { name, active: row["accountEnabled"].as_bool() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn owners_are_known_all_or_not_at_all() {
        let of = |told: Value| owners(&json!({ "owners": told }));
        let names = |all: Option<Vec<SeenOwner>>| {
            all.map(|all| all.into_iter().map(|one| (one.name, one.active)).collect::<Vec<_>>())
        };
        let program = json!({ "id": "1", "displayName": "terraform", "accountEnabled": true });
        let person =
            json!({ "id": "2", "displayName": "Ada", "userPrincipalName": "ada@acme.example", "mail": null });
        let (ada, terraform) = (("ada@acme.example".to_owned(), None), ("terraform".to_owned(), Some(true)));
        assert_eq!(names(of(json!([program, person]))), Some(vec![ada, terraform]));
        assert_eq!(of(json!([person, { "id": "3", "displayName": null }])), None);
        assert_eq!(of(json!(vec![person; 20])), None);
        assert_eq!((of(json!([])), of(json!(3))), (Some(Vec::new()), Some(Vec::new())));
    }
}
