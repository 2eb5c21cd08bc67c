use super::document::map_all;
use crate::iam::pattern::Element;

/// Whom a statement of a trust or resource policy is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Principals<T = ()> {
    /// Identity policies have none.
    #[default]
    Absent,
    Only(Vec<Principal<T>>),
    /// `NotPrincipal`: everybody but these.
    Not(Vec<Principal<T>>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Principal<T = ()> {
    pub kind: PrincipalKind,
    pub element: Element<T>,
}

/// The key under which a principal stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// `"Principal": "*"`: everybody, signed in or not.
    Everyone,
    Aws,
    Service,
    Federated,
    CanonicalUser,
    Other(String),
}

impl PrincipalKind {
    /// Terraform's `aws_iam_policy_document` writes the type of `"Principal": "*"` as `*`.
    pub fn parse(key: &str) -> PrincipalKind {
        match key {
            "*" => PrincipalKind::Everyone,
            "AWS" => PrincipalKind::Aws,
            "Service" => PrincipalKind::Service,
            "Federated" => PrincipalKind::Federated,
            "CanonicalUser" => PrincipalKind::CanonicalUser,
            other => PrincipalKind::Other(other.to_owned()),
        }
    }
}

impl<T> Principal<T> {
    pub fn new(kind: PrincipalKind, element: Element<T>) -> Self {
        Principal { kind, element }
    }

    /// Everybody, or anybody with an AWS account, which is no less.
    pub fn is_everyone(&self) -> bool {
        match self.kind {
            PrincipalKind::Everyone | PrincipalKind::Aws => self.element.pattern.is_any(),
            _ => false,
        }
    }
}

impl<T> Principals<T> {
    pub fn list(&self) -> &[Principal<T>] {
        match self {
            Principals::Only(list) | Principals::Not(list) => list,
            Principals::Absent => &[],
        }
    }

    pub(super) fn map<U>(self, tag: &mut impl FnMut(T) -> U) -> Principals<U> {
        let mut map = |list: Vec<Principal<T>>| {
            let (kinds, elements): (Vec<_>, Vec<_>) =
                list.into_iter().map(|it| (it.kind, it.element)).unzip();
            let elements = map_all(elements, tag);
            kinds.into_iter().zip(elements).map(|(kind, element)| Principal { kind, element }).collect()
        };
        match self {
            Principals::Absent => Principals::Absent,
            Principals::Only(list) => Principals::Only(map(list)),
            Principals::Not(list) => Principals::Not(map(list)),
        }
    }
}
