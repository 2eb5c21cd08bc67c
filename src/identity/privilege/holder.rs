use crate::eval::value::ResourceId;
use crate::eval::{Resource, ResourceMode};
use crate::identity::model::{Grant, IdentityId, Model, Subject};

/// Whoever holds grants. Names from outside are told apart by what they are the name of, and a holder that is
/// not known at all is a different one for each grant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    pub subject: Subject,
    /// `role`, `user`, `group`, `principal`; empty where the subject says it itself.
    pub kind: &'static str,
    grant: Option<usize>,
}

/// Whether somebody is software.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nature {
    Software,
    /// The code does not tell, or members may be both.
    Either,
    Person,
}

/// Groups and users of Kubernetes that stand for workloads, or for everybody.
const KUBERNETES_SOFTWARE: [&str; 7] = [
    "group system:serviceaccounts",
    "group system:authenticated",
    "group system:unauthenticated",
    "group system:nodes",
    "user system:serviceaccount:",
    "user system:anonymous",
    "user system:node:",
];

impl Holder {
    pub fn identity(id: IdentityId) -> Self {
        Holder::of(Subject::Identity(id))
    }

    /// Whom a subject means whose name says what it is.
    pub fn of(subject: Subject) -> Self {
        Holder { subject, kind: "", grant: None }
    }

    /// Somebody outside by such a name.
    pub fn named(name: String) -> Self {
        Holder::of(Subject::External(name))
    }

    /// Whoever a subject is by itself; nobody for names from outside, of which the kind has to be known.
    pub fn by_itself(subject: &Subject) -> Option<Self> {
        match subject {
            Subject::Identity(_) | Subject::Resource(_) => Some(Holder::of(subject.clone())),
            _ => None,
        }
    }

    /// Everyone whom a grant reaches.
    pub fn of_grant(model: &Model, index: usize) -> impl Iterator<Item = Holder> {
        let grant = &model.grants[index];
        let resource = model.resource(grant.resource);
        grant.subjects.iter().filter_map(move |subject| {
            let kind = kind_of(resource);
            Some(match subject {
                Subject::None => return None,
                Subject::Identity(id) => Holder::identity(*id),
                Subject::Resource(_) => Holder { subject: subject.clone(), kind: "", grant: None },
                Subject::External(_) => Holder { subject: subject.clone(), kind, grant: None },
                Subject::Unknown => Holder { subject: subject.clone(), kind, grant: Some(index) },
            })
        })
    }

    /// How it is called in a sentence.
    pub fn describe(&self, model: &Model) -> String {
        match &self.subject {
            Subject::External(text) => match self.kind {
                "" if text.starts_with("service account ") || text.starts_with("group ") => {
                    let (what, name) = text.rsplit_once(' ').unwrap_or(("", text));
                    format!("{what} `{name}`")
                }
                "" => format!("`{text}`"),
                _ if text.starts_with("arn:") => format!("`{text}`"),
                kind => format!("{kind} `{text}`"),
            },
            Subject::Unknown => format!("a {} that is not known here", self.noun()),
            other => format!("`{}`", model.describe(other)),
        }
    }

    fn noun(&self) -> &'static str {
        if self.kind.is_empty() { "principal" } else { self.kind }
    }

    /// Where it is declared.
    pub fn resource(&self, model: &Model) -> Option<ResourceId> {
        match &self.subject {
            Subject::Identity(id) => model.identities.get(id.0).map(|identity| identity.resource),
            Subject::Resource(id) => Some(*id),
            _ => None,
        }
    }

    pub fn nature(&self, model: &Model, grant: &Grant) -> Nature {
        let granted_by = model.resource(grant.resource);
        let provider = granted_by.kind.split('_').next().unwrap_or_default();
        match (&self.subject, provider) {
            (Subject::Identity(id), _) => match model.identity(*id).human {
                true => Nature::Person,
                false if has_login(model, *id) => Nature::Either,
                false => Nature::Software,
            },
            (Subject::Resource(id), provider) => of_resource(model, *id, provider),
            (Subject::External(text), "google") => of_member(text),
            (Subject::External(text), "kubernetes") => match text.starts_with("service account ")
                || KUBERNETES_SOFTWARE.iter().any(|known| text.starts_with(known))
            {
                true => Nature::Software,
                false => Nature::Either,
            },
            (_, "azurerm") => match granted_by.body.text("principal_type") {
                Some("User" | "Group") => Nature::Person,
                Some(_) => Nature::Software,
                None if self.subject == Subject::Unknown => Nature::Either,
                None => Nature::Software,
            },
            // Most members that modules take are groups.
            (Subject::Unknown, "google" | "kubernetes") => Nature::Person,
            (Subject::External(text), "aws") if text.contains("AWSReservedSSO_") => Nature::Person,
            (Subject::External(text), "aws") if text.contains(":role/") => Nature::Software,
            // A user is taken for software here as where it is declared: people come through an identity provider.
            _ if matches!(self.kind, "role" | "user" | "") => Nature::Software,
            // Groups by name alone may be anybody's.
            _ => Nature::Either,
        }
    }
}

/// What a name in a resource of this type is the name of.
fn kind_of(resource: &Resource) -> &'static str {
    let has = |attribute: &str| resource.body.value(attribute).is_some_and(|it| !it.as_slice().is_empty());
    match &*resource.kind {
        "aws_iam_policy_attachment" if !has("users") && !has("groups") => "role",
        "aws_iam_role_policy" | "aws_iam_role_policy_attachment" => "role",
        "aws_iam_user_policy" | "aws_iam_user_policy_attachment" => "user",
        "aws_iam_group_policy" | "aws_iam_group_policy_attachment" => "group",
        kind if kind.starts_with("aws_") || kind.starts_with("azurerm_") => "principal",
        _ => "",
    }
}

/// A user who signs in with a password is a person, whatever else it is.
fn has_login(model: &Model, id: IdentityId) -> bool {
    let identity = model.identity(id);
    if identity.kind != "aws_iam_user" {
        return false;
    }
    let logins = model.project.resources.iter().filter(|resource| {
        &*resource.kind == "aws_iam_user_login_profile" && resource.mode == ResourceMode::Managed
    });
    let mut users = logins.filter_map(|login| login.body.value("user"));
    users.any(|user| {
        let by_reference = user.deep_refs().iter().any(|reference| reference.resource == identity.resource);
        by_reference || (user.as_str().is_some() && user.as_str() == identity.name.as_deref())
    })
}

fn of_resource(model: &Model, id: ResourceId, provider: &str) -> Nature {
    let resource = model.resource(id);
    match &*resource.kind {
        "azuread_user" | "azuread_users" | "azuread_group" | "azuread_groups" => Nature::Person,
        "aws_iam_group" | "azurerm_client_config" | "azuread_client_config" => Nature::Either,
        "google_client_openid_userinfo" => Nature::Either,
        "vault_identity_group"
        | "vault_identity_entity"
        | "vault_github_team"
        | "vault_github_user"
        | "vault_ldap_auth_backend_group"
        | "vault_ldap_auth_backend_user"
        | "vault_okta_auth_backend_group"
        | "vault_okta_auth_backend_user"
        | "vault_saml_auth_backend_role" => Nature::Either,
        // Signing in through a browser is for people, unlike presenting a token.
        "vault_jwt_auth_backend_role" if resource.body.text("role_type") != Some("jwt") => Nature::Either,
        kind if kind.starts_with("google_cloud_identity_group") => Nature::Person,
        "aws_iam_role" | "aws_iam_roles" if is_sso(resource) => Nature::Person,
        "aws_iam_role" | "aws_iam_user" | "aws_iam_instance_profile" => Nature::Software,
        // Whoever runs Terraform, or a list of which only the pattern is known.
        kind if provider == "aws" && kind.starts_with("aws_") => Nature::Either,
        kind if provider == "google" && kind.starts_with("google_") => Nature::Software,
        kind if kind.starts_with(provider) => Nature::Software,
        kind if provider == "azurerm" && kind.starts_with("azuread_") => Nature::Software,
        _ => Nature::Either,
    }
}

/// Roles that AWS makes for people of its identity center.
fn is_sso(resource: &Resource) -> bool {
    let names = ["name", "name_regex", "path_prefix"];
    let mut texts = names.iter().filter_map(|name| resource.body.text(name));
    texts.any(|text| text.contains("AWSReservedSSO") || text.contains("aws-reserved/sso"))
}

/// Members of Google Cloud say what they are.
fn of_member(member: &str) -> Nature {
    let kind = member.split(':').next().unwrap_or_default();
    match kind {
        "serviceAccount" | "principal" | "principalSet" | "allUsers" | "allAuthenticatedUsers" => {
            Nature::Software
        }
        _ => Nature::Person,
    }
}
