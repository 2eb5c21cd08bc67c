use super::azure::{APPLICATION, REGISTRATION, SERVICE_PRINCIPAL};
use super::google::SERVICE_ACCOUNT;
use super::kinds::identity;
use crate::eval::value::{Kind, Part, Value};
use crate::eval::{Resource, ResourceMode};
use crate::identity::Model;

/// What the code tells of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    Exact(String),
    /// Known pieces in order; anything may be between them.
    Pieces(Vec<String>),
    Unknown,
}

impl Naming {
    pub fn of(model: &Model, resource: &Resource) -> Naming {
        let written = |name: &str| resource.body.value(name);
        let by = |name: &str| written(name).map_or(Naming::Unknown, Naming::written);
        match &*resource.kind {
            SERVICE_ACCOUNT => return by("account_id"),
            APPLICATION | REGISTRATION => return by("display_name"),
            SERVICE_PRINCIPAL => return Naming::of_principal(model, resource),
            _ => {}
        }
        if let Some(name) = written("name") {
            return Naming::written(name);
        }
        match written("name_prefix") {
            Some(prefix) => prefix.as_str().map_or(Naming::Unknown, Naming::begins),
            // Source: Terraform Registry, `aws_iam_role`: without a name, Terraform assigns one.
            None => Naming::begins("terraform-"),
        }
    }

    /// It is called as its application is, and is known by the client id of that.
    fn of_principal(model: &Model, resource: &Resource) -> Naming {
        let client = ["client_id", "application_id"].into_iter().find_map(|name| resource.body.value(name));
        let Some(client) = client else { return Naming::Unknown };
        if let Some(id) = client.as_str() {
            return Naming::Exact(id.to_owned());
        }
        let refs = client.deep_refs();
        let mut sources = refs.iter().map(|reference| model.resource(reference.resource));
        match (sources.next(), sources.next()) {
            (Some(one), None)
                if one.mode == ResourceMode::Managed && identity(&one.kind) == Some(APPLICATION) =>
            {
                Naming::of(model, one)
            }
            _ => Naming::Unknown,
        }
    }

    /// What is written for a name.
    pub fn written(value: &Value) -> Naming {
        if let Some(text) = value.as_str() {
            return Naming::Exact(text.to_owned());
        }
        let Kind::Template(parts) = &value.kind else { return Naming::Unknown };
        let shown: String = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Hole(_) => "…",
            })
            .collect();
        Naming::read(&shown)
    }

    /// Unknown parts are written `…`.
    pub fn read(text: &str) -> Naming {
        match text.contains('…') {
            false => Naming::Exact(text.to_owned()),
            true if text.chars().all(|c| c == '…') => Naming::Unknown,
            true => Naming::Pieces(text.split('…').map(str::to_owned).collect()),
        }
    }

    fn begins(prefix: &str) -> Naming {
        match prefix {
            "" => Naming::Unknown,
            prefix => Naming::Pieces(vec![prefix.to_owned(), String::new()]),
        }
    }

    /// It may be called so, as far as is known.
    pub fn fits(&self, name: &str) -> bool {
        match self {
            Naming::Exact(exact) => exact == name,
            Naming::Unknown => true,
            Naming::Pieces(pieces) => {
                let [first, middle @ .., last] = pieces.as_slice() else { return true };
                let Some(rest) = name.strip_prefix(first.as_str()) else { return false };
                let Some(mut rest) = rest.strip_suffix(last.as_str()) else { return false };
                for piece in middle {
                    let Some(at) = rest.find(piece.as_str()) else { return false };
                    rest = &rest[at + piece.len()..];
                }
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Naming;

    #[test]
    fn names_that_are_known_in_part_fit_what_they_may_be() {
        let naming = Naming::read("app-…-ci-…");
        assert!(naming.fits("app-prod-ci-7") && naming.fits("app--ci-"));
        assert!(!naming.fits("app-prod") && !naming.fits("my-app-x-ci-1"));
        assert!(Naming::read("…").fits("anything"));
        assert!(Naming::read("ci").fits("ci") && !Naming::read("ci").fits("ci2"));
        assert!(!Naming::read("aa…aa").fits("aaa"));
    }
}
