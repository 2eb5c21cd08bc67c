use super::policy::{AwsDocument, KubernetesRules};
use crate::config::Environment;
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Memo, Project, Resource};
use crate::iam::Pattern;
use crate::source::Span;
use serde::Serialize;
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// Everything that one scan found: a model for each root module.
#[derive(Debug, Default)]
pub struct Estate {
    /// Where two revisions are compared, they have the models in common that no change reaches.
    pub models: Vec<Arc<Model>>,
    /// Secrets written into the code.
    pub literals: Vec<super::literals::SecretLiteral>,
    /// Identities named in variable files.
    pub given: Arc<Vec<super::literals::GivenIdentity>>,
}

/// One root module as identities see it.
#[derive(Debug, Default)]
pub struct Model {
    pub project: Project,
    pub environment: Option<Environment>,
    pub identities: Vec<Identity>,
    pub credentials: Vec<Credential>,
    pub grants: Vec<Grant>,
    pub workloads: Vec<Workload>,
    pub places: Vec<Place>,
    pub uses: Vec<Use>,
    pub(super) identity_of: HashMap<ResourceId, IdentityId>,
    pub(super) credential_of: HashMap<ResourceId, CredentialId>,
    /// Filled when first asked for.
    pub(super) kinds: OnceLock<HashMap<Arc<str>, Vec<ResourceId>>>,
    pub(super) privileges: OnceLock<super::privilege::Privileges>,
    pub(super) exposures: OnceLock<super::exposure::Exposures>,
    pub(super) permissions: OnceLock<super::permission::Permissions>,
    pub(super) trusts: OnceLock<super::trust::Trusts>,
    pub(super) network: OnceLock<super::escalation::Network>,
    pub(super) guarded: OnceLock<Vec<super::guarded::Guarded>>,
    pub(super) accounts: OnceLock<super::accounts::Accounts>,
    /// What rules worked out about it.
    pub(super) notes: Memo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityId(pub usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CredentialId(pub usize);

/// A principal that is not a person.
#[derive(Debug)]
pub struct Identity {
    pub id: IdentityId,
    pub resource: ResourceId,
    pub address: String,
    /// Resource type, `aws_iam_role`.
    pub kind: String,
    /// Name in the cloud, as far as it is known.
    pub name: Option<String>,
    pub owner: Ownership,
    pub purpose: Option<String>,
    pub expiry: Option<String>,
    pub state: State,
    /// Made for a person, like a permission set.
    pub human: bool,
    /// Made and owned by a cloud service.
    pub service_owned: bool,
    pub environment: Option<Environment>,
    /// The trust policy, where the type has one.
    pub trust: Option<AwsDocument>,
}

/// Something that proves to be an identity.
#[derive(Debug)]
pub struct Credential {
    pub id: CredentialId,
    pub resource: ResourceId,
    pub address: String,
    pub kind: String,
    pub name: Option<String>,
    /// Whose credential it is.
    pub subject: Subject,
    pub owner: Ownership,
    /// Works until somebody ends it.
    pub is_static: bool,
    /// A value that only becomes a credential where it is used, like `random_password`.
    pub generated: bool,
    pub human: bool,
    pub state: State,
    pub expiry: Option<String>,
    pub environment: Option<Environment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Active,
    Disabled,
    Unknown,
}

/// Who is meant by a reference to a principal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Identity(IdentityId),
    /// Another resource: a group, or a workload with an identity of its own.
    Resource(ResourceId),
    /// Not declared here; the text as far as it is known.
    External(String),
    Unknown,
    None,
}

/// The owner, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    Owned(Owner),
    /// There may be one: the tags are not known.
    Unknown,
    Missing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub name: String,
    pub source: OwnerSource,
    /// Where the name is written, if that is a Terraform file.
    pub span: Option<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerSource {
    /// The tag or label key.
    Tag(String),
    /// `owners` of an application.
    Attribute(String),
    /// Named in a description.
    Text,
    /// The line in CODEOWNERS.
    Codeowners(u32),
    /// The identity that a credential belongs to.
    Identity,
}

/// A permission statement that reaches a subject.
#[derive(Debug)]
pub struct Grant {
    pub resource: ResourceId,
    pub subjects: Vec<Subject>,
    pub policy: Policy,
    /// The characters that name the policy or role.
    pub span: Span,
    /// The attribute path of the policy or role.
    pub attribute: String,
}

#[derive(Debug)]
pub enum Policy {
    Aws(AwsDocument),
    /// An AWS managed policy by name.
    AwsManaged(&'static crate::iam::aws::ManagedSummary),
    Google {
        role: GoogleRole,
        level: crate::iam::gcp::Level,
    },
    Azure {
        role: AzureRole,
        scope: crate::iam::azure::Scope,
        scope_pattern: Pattern,
    },
    Kubernetes {
        rules: KubernetesRules,
        cluster_wide: bool,
    },
    Vault(Vec<crate::iam::vault::Grant>),
    /// It could not be resolved.
    Unknown,
}

#[derive(Debug)]
pub enum GoogleRole {
    Named(String),
    Custom { resource: ResourceId, permissions: Vec<String> },
}

#[derive(Debug)]
pub enum AzureRole {
    Named(String),
    Custom { resource: ResourceId, permissions: Vec<crate::iam::azure::Permissions> },
}

/// Something that runs as an identity.
#[derive(Debug)]
pub struct Workload {
    pub resource: ResourceId,
    pub address: String,
    pub kind: String,
    pub runs_as: Subject,
    /// The attribute that says so.
    pub attribute: String,
    pub span: Span,
    pub environment: Option<Environment>,
}

/// A place where the value of a credential goes.
#[derive(Debug)]
pub struct Place {
    pub credential: CredentialId,
    /// Which of its attributes, `secret`.
    pub output: String,
    pub kind: PlaceKind,
    /// The resource that holds it now; none for outputs, providers and modules that are not here.
    pub resource: Option<ResourceId>,
    pub address: String,
    pub attribute: String,
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    WorkloadEnv,
    BootScript,
    SecretStore,
    CiSecret,
    Output,
    Provider,
    /// An argument of a module whose source is not here.
    Module,
    File,
    /// A database, user or server whose password it becomes.
    Login,
    Other,
}

/// One resource refers to another.
#[derive(Clone, Debug)]
pub struct Use {
    pub user: Option<ResourceId>,
    pub used: ResourceId,
    /// The attribute of the user.
    pub attribute: String,
}

impl PlaceKind {
    pub fn describe(self) -> &'static str {
        match self {
            PlaceKind::WorkloadEnv => "environment of a workload",
            PlaceKind::BootScript => "boot script",
            PlaceKind::SecretStore => "secret store",
            PlaceKind::CiSecret => "CI secret",
            PlaceKind::Output => "output",
            PlaceKind::Provider => "provider configuration",
            PlaceKind::Module => "module that is not here",
            PlaceKind::File => "file",
            PlaceKind::Login => "login",
            PlaceKind::Other => "attribute",
        }
    }
}

impl Ownership {
    pub fn name(&self) -> Option<&str> {
        match self {
            Ownership::Owned(owner) => Some(&owner.name),
            _ => None,
        }
    }
}

impl Model {
    /// What a rule of the whole scan wants to know of this root module, made once. It may depend on the module and
    /// on the configuration, and on nothing else.
    pub fn note<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        self.notes.get(make)
    }

    /// Gives back what was computed once for all rules, and is computed again for whoever asks.
    pub fn forget_computed(&mut self) {
        self.exposures = OnceLock::new();
        self.permissions = OnceLock::new();
        self.trusts = OnceLock::new();
        self.network = OnceLock::new();
        self.guarded = OnceLock::new();
        self.accounts = OnceLock::new();
        self.privileges = OnceLock::new();
        self.kinds = OnceLock::new();
    }

    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.project.resources[id.0 as usize]
    }

    /// Resources and data sources of a type, in the order of the project.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        let kinds = self.kinds.get_or_init(|| {
            let mut kinds: HashMap<_, Vec<ResourceId>> = HashMap::new();
            for resource in &self.project.resources {
                kinds.entry(resource.kind.clone()).or_default().push(resource.id);
            }
            kinds
        });
        kinds.get(kind).into_iter().flatten().map(|id| self.resource(*id))
    }

    pub fn identity(&self, id: IdentityId) -> &Identity {
        &self.identities[id.0]
    }

    pub fn credential(&self, id: CredentialId) -> &Credential {
        &self.credentials[id.0]
    }

    pub fn identity_of(&self, resource: ResourceId) -> Option<&Identity> {
        self.identity_of.get(&resource).map(|id| self.identity(*id))
    }

    pub fn credential_of(&self, resource: ResourceId) -> Option<&Credential> {
        self.credential_of.get(&resource).map(|id| self.credential(*id))
    }

    pub fn places_of(&self, id: CredentialId) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(move |place| place.credential == id)
    }

    pub fn credentials_of(&self, id: IdentityId) -> impl Iterator<Item = &Credential> {
        self.credentials.iter().filter(move |credential| credential.subject == Subject::Identity(id))
    }

    pub fn grants_of(&self, id: IdentityId) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.subjects.contains(&Subject::Identity(id)))
    }

    pub fn workloads_of(&self, id: IdentityId) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().filter(move |workload| workload.runs_as == Subject::Identity(id))
    }

    /// How a subject is called in messages.
    pub fn describe(&self, subject: &Subject) -> String {
        match subject {
            Subject::Identity(id) => self.identity(*id).address.clone(),
            Subject::Resource(id) => self.resource(*id).address.clone(),
            Subject::External(text) => text.clone(),
            Subject::Unknown => "an identity that is not known".to_string(),
            Subject::None => "nobody".to_string(),
        }
    }
}
