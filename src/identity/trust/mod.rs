//! Who may become an identity, on every plane: assume-role policies, federation, impersonation, service account
//! annotations, federated credentials. One [`Trust`] is one way in.

mod aws;
mod azure;
mod cel;
mod claims;
mod google;
mod issuer;
mod kubernetes;
mod names;
mod pools;
mod provider;
mod subject;
mod vault;

pub use aws::{Admission, admissions};
pub use azure::{FederatedCredential, federated_credential};
pub use claims::{Cause, Opening, claim_of, opening};
pub use issuer::is_public;
pub use pools::{PoolMember, PoolProvider, Pools, Scope};
pub use provider::Provider;
pub use subject::{Reading, read as read_subject};

use super::model::{IdentityId, Model, Subject};
use crate::eval::value::ResourceId;
use crate::iam::{Pattern, Tri};
use crate::source::Span;
use std::collections::HashMap;

/// One way by which somebody becomes an identity or acts as it.
#[derive(Clone, Debug)]
pub struct Trust {
    pub target: IdentityId,
    pub party: Party,
    pub via: Via,
    /// Yes where nothing that is unknown stands in the way.
    pub certainty: Tri,
    /// What narrows it, a few words each: "only with an external id".
    pub limits: Vec<String>,
    /// The resource that says so; the identity itself for a trust policy.
    pub resource: ResourceId,
    /// The characters that name the party.
    pub span: Span,
    /// Index of the statement in the trust policy, where there is one.
    pub statement: Option<usize>,
}

/// Who is let in.
#[derive(Clone, Debug, PartialEq)]
pub enum Party {
    /// Everybody, signed in or not, or every principal of the cloud.
    Anyone,
    /// Declared here: an identity, or another resource with an identity of its own.
    Subject(Subject),
    /// A service of the cloud: `lambda.amazonaws.com`.
    Service(String),
    /// Everybody in an account whom its own policies allow it. None for the account that the code is applied in.
    Account(Option<String>),
    /// Holders of a token of an issuer.
    Federated(Federation),
    /// Somebody by name who is not declared here: a role ARN, `user:a@b.c`, `group:…`.
    External(String),
    Unknown,
}

/// Tokens of an issuer, as far as the trust tells them apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Federation {
    pub issuer: Issuer,
    /// The issuer as written: a host name, the ARN of a provider, a pool.
    pub name: Pattern,
    /// The subjects that are let in; empty where the trust does not look at the subject.
    pub subjects: Vec<Pattern>,
    /// In words: "repository acme/app", "every repository of acme", "service account web/api".
    pub described: String,
    /// How many tokens of the issuer that is; none where it depends on what is not known.
    pub width: Option<Width>,
    /// The declared Kubernetes service account, where the subject is one of this code.
    pub service_account: Option<IdentityId>,
}

/// How many of an issuer's tokens are let in, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// None: what is asked for does not occur.
    Nobody,
    /// One subject, or some that belong together: a branch, an environment, a service account.
    One,
    /// Everything of one repository, project or namespace: any branch, any pull request.
    Whole,
    /// Those of an organization or a cluster that are called alike.
    Family,
    /// Everything of an organization, a group, a tenant, a cluster.
    Organization,
    /// Organizations or namespaces that are called alike, which others may set up.
    Prefix,
    /// Whoever opens an account at the issuer.
    Anyone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Issuer {
    GitHub,
    GitLab,
    Bitbucket,
    CircleCi,
    Buildkite,
    TerraformCloud,
    /// Service accounts of a cluster: EKS, GKE, AKS.
    Kubernetes,
    Cognito,
    Google,
    Saml,
    RolesAnywhere,
    Vault,
    Other,
}

/// The mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    AssumeRole,
    WebIdentity,
    Saml,
    RolesAnywhere,
    PodIdentity,
    /// A Google role on the service account: token creator, user, key admin, workload identity user.
    Impersonation,
    FederatedCredential,
    /// A Vault auth role, or a secrets engine role that hands out the identity.
    Vault,
}

/// Who may log in to a role of a Vault auth method, which is no identity by itself but carries policies.
#[derive(Clone, Debug)]
pub struct Login {
    pub role: ResourceId,
    pub party: Party,
}

/// All trusts of a root module, by the identity that they lead to.
#[derive(Debug, Default)]
pub struct Trusts {
    all: Vec<Trust>,
    /// The way into roles of Vault.
    pub logins: Vec<Login>,
    by_target: HashMap<IdentityId, Vec<usize>>,
    by_resource: HashMap<ResourceId, Vec<usize>>,
    annotated: HashMap<IdentityId, Vec<IdentityId>>,
}

impl Trusts {
    pub fn new(all: Vec<Trust>) -> Self {
        let mut by_target: HashMap<IdentityId, Vec<usize>> = HashMap::new();
        let mut by_resource: HashMap<ResourceId, Vec<usize>> = HashMap::new();
        for (index, trust) in all.iter().enumerate() {
            by_target.entry(trust.target).or_default().push(index);
            by_resource.entry(trust.resource).or_default().push(index);
        }
        Trusts { all, by_target, by_resource, ..Trusts::default() }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Trust> {
        self.all.iter()
    }

    /// What a resource says.
    pub fn said_by(&self, resource: ResourceId) -> impl Iterator<Item = &Trust> {
        self.by_resource.get(&resource).into_iter().flatten().map(|index| &self.all[*index])
    }

    /// Who may become an identity.
    pub fn of(&self, target: IdentityId) -> impl Iterator<Item = &Trust> {
        self.by_target.get(&target).into_iter().flatten().map(|index| &self.all[*index])
    }
}

/// The Kubernetes service accounts that an annotation leads to an identity of a cloud.
pub fn annotated_accounts(model: &Model, target: IdentityId) -> impl Iterator<Item = IdentityId> {
    trusts(model).annotated.get(&target).into_iter().flatten().copied()
}

/// Every trust in a root module. Computed once.
pub fn trusts(model: &Model) -> &Trusts {
    model.trusts.get_or_init(|| {
        let names = names::Names::of(model);
        let mut found = Vec::new();
        aws::collect(model, &names, &mut found);
        google::collect(model, &names, &mut found);
        azure::collect(model, &names, &mut found);
        kubernetes::collect(model, &names, &mut found);
        vault::collect(model, &names, &mut found);
        let mut trusts = Trusts::new(found);
        trusts.logins = vault::logins(model, &names);
        trusts.annotated = names.into_annotated();
        trusts
    })
}
