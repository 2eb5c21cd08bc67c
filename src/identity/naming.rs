//! What is known of a name.

use crate::eval::value::{Kind, Part, Value};

/// What the code tells of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    Exact(String),
    /// Known pieces in order; anything may be between them.
    Pieces(Vec<String>),
    Unknown,
}

impl Naming {
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

    /// What has this prefix.
    pub fn begins(prefix: &str) -> Naming {
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
