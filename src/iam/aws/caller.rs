//! Who makes a request, and whether an element of `Principal` means them.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use super::{Principal, PrincipalKind, Principals};
use crate::iam::Tri;
use crate::iam::pattern::Pattern;

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Without a signature.
    Anonymous,
    /// `lambda.amazonaws.com`
    Service(String),
    /// The provider whose token is presented.
    Federated(String),
    /// A user, a role, a session or the root user, by ARN.
    Arn(String),
}

/// How a statement means a caller, least specific first. The less specific it does, the more has to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    No,
    /// Their account, which leaves it to the policies of that account.
    Account,
    /// The role or the user whose session it is.
    Base,
    /// Themselves, or everybody.
    Directly,
}

impl Caller {
    /// Takes an ARN, the name of a service, or `*` for somebody who did not sign in.
    pub fn parse(text: &str) -> Caller {
        match text {
            "" | "*" => Caller::Anonymous,
            _ if text.starts_with("arn:")
                && !text.contains(":saml-provider/")
                && !text.contains(":oidc-provider/") =>
            {
                Caller::Arn(text.to_string())
            }
            _ if text.ends_with(".amazonaws.com") && !text.starts_with("cognito-identity.") => {
                Caller::Service(text.to_string())
            }
            _ => Caller::Federated(text.to_string()),
        }
    }

    /// The account they belong to.
    pub fn account(&self) -> Option<&str> {
        match self {
            Caller::Arn(arn) => arn.split(':').nth(4).filter(|account| !account.is_empty()),
            _ => None,
        }
    }

    /// The role of a session and the user of a federated session, without a path: the session does not name it.
    fn base(&self) -> Option<(String, &str)> {
        let Caller::Arn(arn) = self else { return None };
        let mut parts = arn.splitn(6, ':');
        let (partition, account, resource) = (parts.nth(1)?, parts.nth(2)?, parts.next()?);
        let mut segments = resource.split('/');
        let (kind, name) = (segments.next()?, segments.next()?);
        let kind = match kind {
            "assumed-role" => "role",
            "federated-user" => "user",
            _ => return None,
        };
        Some((format!("arn:{partition}:iam::{account}:{kind}/"), name))
    }

    /// How these principals mean the caller, and whether that is certain.
    pub fn named_by<T>(&self, list: &[Principal<T>]) -> (Named, Tri) {
        let mut best = (Named::No, Tri::Yes);
        for principal in list {
            let (named, sure) = self.named(principal);
            let better = (sure, named) > (best.1, best.0) || best.0 == Named::No;
            if named != Named::No && better {
                best = (named, sure);
            }
        }
        best
    }

    fn named<T>(&self, principal: &Principal<T>) -> (Named, Tri) {
        const NOBODY: (Named, Tri) = (Named::No, Tri::Yes);
        let pattern = &principal.element.pattern;
        if principal.is_everyone() {
            return (Named::Directly, Tri::Yes);
        }
        let literally = |text: &str| match same(pattern, text) {
            Tri::No => NOBODY,
            sure => (Named::Directly, sure),
        };
        match (self, &principal.kind) {
            (Caller::Service(name), PrincipalKind::Service) => literally(name),
            (Caller::Federated(name), PrincipalKind::Federated) => literally(name),
            (Caller::Arn(arn), PrincipalKind::Aws) => {
                let (named, sure) = literally(arn);
                if named != Named::No {
                    // A role by itself makes no requests; its sessions do, and they are limited.
                    return (if arn.contains(":role/") { Named::Base } else { named }, sure);
                }
                if self.is_session_of(pattern) {
                    return (Named::Base, Tri::Yes);
                }
                match self.is_of_account(pattern) {
                    true => (Named::Account, Tri::Yes),
                    false => NOBODY,
                }
            }
            _ => NOBODY,
        }
    }

    fn is_session_of(&self, pattern: &Pattern) -> bool {
        let (Some((head, name)), Some(text)) = (self.base(), pattern.as_text()) else { return false };
        let rest = text.strip_prefix(head.as_str());
        // The names of roles are told apart without regard to case.
        rest.is_some_and(|rest| rest.rsplit('/').next().is_some_and(|found| found.eq_ignore_ascii_case(name)))
    }

    fn is_of_account(&self, pattern: &Pattern) -> bool {
        let (Some(account), Some(text)) = (self.account(), pattern.as_text()) else { return false };
        let root = text.strip_suffix(":root").and_then(|rest| rest.rsplit(':').next());
        text == account || root == Some(account)
    }

    /// Whether a statement with these principals is about the caller, and how they are meant. `denies` says that
    /// it is a Deny, of which `NotPrincipal` spares only those who are listed with their role and account.
    pub(super) fn concerns<T>(&self, principals: &Principals<T>, denies: bool) -> (Named, Tri) {
        match principals {
            Principals::Absent => (Named::Directly, Tri::Yes),
            Principals::Only(list) => self.named_by(list),
            Principals::Not(list) => {
                let unknown = list.iter().any(|it| it.element.pattern.has_hole());
                let (named, _) = self.named_by(list);
                let applies = match (named, denies) {
                    (Named::No, _) if unknown => Tri::Maybe,
                    (Named::No, _) => Tri::Yes,
                    (_, true) => !self.is_spared(list),
                    (Named::Directly | Named::Base, false) => Tri::No,
                    // AWS does not say what becomes of the rest of a listed account.
                    (Named::Account, false) => Tri::Maybe,
                };
                let named = if applies.is_no() { Named::No } else { Named::Directly };
                (named, applies)
            }
        }
    }

    /// Whether a list of whom a Deny spares has the caller. It has to name their account too, and of a session the
    /// role. Who is named without their account is spared by some services and not by others.
    fn is_spared<T>(&self, list: &[Principal<T>]) -> Tri {
        let listed = |wanted: Named| list.iter().any(|it| self.named(it).0 == wanted);
        let themselves = listed(Named::Directly);
        let in_full = match self {
            Caller::Arn(arn) if self.base().is_some() || arn.contains(":role/") => {
                listed(Named::Base) && listed(Named::Account)
            }
            Caller::Arn(_) => themselves && listed(Named::Account),
            _ => themselves,
        };
        match in_full || list.iter().any(Principal::is_everyone) {
            true => Tri::Yes,
            false if themselves || listed(Named::Base) => Tri::Maybe,
            false => Tri::No,
        }
    }
}

/// Principals are written out: a star within one is no wildcard, and a variable is not filled in.
fn same(pattern: &Pattern, text: &str) -> Tri {
    match pattern.has_hole() {
        true => pattern.matches(text),
        false => (pattern.as_text() == Some(text)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::pattern::Element;

    fn aws(names: &[&str]) -> Vec<Principal> {
        let element = |name: &&str| Element::new(Pattern::parse(name), ());
        names.iter().map(|name| Principal::new(PrincipalKind::Aws, element(name))).collect()
    }

    #[test]
    fn sessions_belong_to_roles_and_accounts() {
        let session = Caller::parse("arn:aws:sts::111111111111:assumed-role/ci/build");
        let named = |name: &str| session.named_by(&aws(&[name])).0;
        assert_eq!(named("arn:aws:sts::111111111111:assumed-role/ci/build"), Named::Directly);
        assert_eq!(named("arn:aws:iam::111111111111:role/path/CI"), Named::Base);
        assert_eq!(named("111111111111"), Named::Account);
        assert_eq!(named("arn:aws:iam::111111111111:root"), Named::Account);
        assert_eq!(named("*"), Named::Directly);
        assert_eq!(named("arn:aws:iam::222222222222:role/ci"), Named::No);
        assert_eq!(named("arn:aws:iam::111111111111:role/*"), Named::No);
    }

    #[test]
    fn a_deny_for_all_but_somebody_spares_whom_it_lists_in_full() {
        let user = Caller::parse("arn:aws:iam::111111111111:user/jo");
        let denied = |names: &[&str]| user.concerns(&Principals::Not(aws(names)), true).1;
        assert_eq!(denied(&["arn:aws:iam::111111111111:user/jo", "111111111111"]), Tri::No);
        assert_eq!(denied(&["arn:aws:iam::111111111111:user/jo"]), Tri::Maybe);
        assert_eq!(denied(&["111111111111"]), Tri::Yes);
    }
}
