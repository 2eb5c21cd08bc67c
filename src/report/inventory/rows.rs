use crate::config::Environment;
use crate::identity::privilege;
use crate::identity::{
    Credential, Estate, Identity, Model, Owner, OwnerSource, Ownership, PlaceKind, State, Subject,
};
use crate::source::{SourceMap, Span};
use serde::Serialize;

/// All rows, in the order of root modules and addresses.
#[derive(Debug, Default, Serialize)]
pub struct Inventory {
    pub identities: Vec<IdentityRow>,
    pub credentials: Vec<CredentialRow>,
}

#[derive(Debug, Serialize)]
pub struct IdentityRow {
    /// Directory of the root module, `.` for the scanned directory.
    pub root: String,
    pub address: String,
    pub r#type: String,
    pub name: Option<String>,
    pub owner: Option<String>,
    /// Where the owner is named, or why none is known.
    pub owner_evidence: String,
    pub purpose: Option<String>,
    pub environment: Option<String>,
    pub privilege: String,
    pub workloads: Vec<WorkloadRow>,
    /// Addresses of the credentials it holds.
    pub credentials: Vec<String>,
    pub expiry: Option<String>,
    pub state: State,
    pub file: String,
    pub line: u32,
}

#[derive(Debug, Serialize)]
pub struct WorkloadRow {
    pub address: String,
    pub file: String,
    pub line: u32,
}

#[derive(Debug, Serialize)]
pub struct CredentialRow {
    pub root: String,
    pub address: String,
    pub r#type: String,
    pub name: Option<String>,
    /// The identity that it proves to be.
    pub identity: Option<String>,
    pub owner: Option<String>,
    pub owner_evidence: String,
    pub environment: Option<String>,
    pub expiry: Option<String>,
    pub state: State,
    /// Works until somebody ends it.
    pub standing: bool,
    /// Its secret is in the state file.
    pub in_state: bool,
    /// Where its secret goes.
    pub places: Vec<PlaceRow>,
    pub file: String,
    pub line: u32,
}

#[derive(Debug, Serialize)]
pub struct PlaceRow {
    pub kind: PlaceKind,
    pub address: String,
    pub attribute: String,
    pub file: String,
    pub line: u32,
    /// Steps the value took, first one first, as `name (file:line)`.
    pub route: Vec<String>,
}

impl Inventory {
    pub fn new(estate: &Estate, sources: &SourceMap) -> Self {
        let mut inventory = Inventory::default();
        for model in &estate.models {
            let builder = Builder { model, sources };
            inventory.identities.extend(model.identities.iter().map(|identity| builder.identity(identity)));
            let shown = model.credentials.iter().filter(|credential| builder.is_shown(credential));
            inventory.credentials.extend(shown.map(|credential| builder.credential(credential)));
        }
        inventory
    }

    pub fn is_empty(&self) -> bool {
        self.identities.is_empty() && self.credentials.is_empty()
    }
}

struct Builder<'a> {
    model: &'a Model,
    sources: &'a SourceMap,
}

impl Builder<'_> {
    /// Generated values and services that merely have keys are rows once their value goes somewhere.
    fn is_shown(&self, credential: &Credential) -> bool {
        let identity_itself = self.model.identity_of(credential.resource).is_some();
        (credential.is_static && !identity_itself) || self.model.places_of(credential.id).next().is_some()
    }

    fn identity(&self, identity: &Identity) -> IdentityRow {
        let model = self.model;
        let (file, line) = self.place(model.resource(identity.resource).header());
        let workloads = model.workloads_of(identity.id).map(|workload| {
            let (file, line) = self.place(model.resource(workload.resource).header());
            WorkloadRow { address: workload.address.clone(), file, line }
        });
        let (owner, owner_evidence) = owner(&identity.owner);
        IdentityRow {
            root: root(model),
            address: identity.address.clone(),
            r#type: identity.kind.clone(),
            name: identity.name.clone(),
            owner,
            owner_evidence,
            purpose: identity.purpose.clone(),
            environment: environment(identity.environment.as_ref()),
            privilege: privilege(model, identity),
            workloads: workloads.collect(),
            credentials: model
                .credentials_of(identity.id)
                .map(|credential| credential.address.clone())
                .collect(),
            expiry: identity.expiry.clone(),
            state: identity.state,
            file,
            line,
        }
    }

    fn credential(&self, credential: &Credential) -> CredentialRow {
        let model = self.model;
        let resource = model.resource(credential.resource);
        let (file, line) = self.place(resource.header());
        let facts = crate::identity::facts::of(&credential.kind);
        let protected = facts
            .and_then(|facts| facts.protect.as_deref())
            .is_some_and(|attribute| resource.body.value(attribute).is_some());
        let places = model.places_of(credential.id).map(|place| {
            let (file, line) = self.place(place.span);
            let route = place.value.meta.hops().into_iter();
            let route = route.map(|hop| format!("{} ({})", hop.name, self.sources.file_line(hop.span)));
            PlaceRow {
                kind: place.kind,
                address: place.address.clone(),
                attribute: place.attribute.clone(),
                file,
                line,
                route: route.collect(),
            }
        });
        let (owner, owner_evidence) = owner(&credential.owner);
        CredentialRow {
            root: root(model),
            address: credential.address.clone(),
            r#type: credential.kind.clone(),
            name: credential.name.clone(),
            identity: match &credential.subject {
                Subject::None | Subject::Unknown => None,
                subject => Some(model.describe(subject)),
            },
            owner,
            owner_evidence,
            environment: environment(credential.environment.as_ref()),
            expiry: credential.expiry.clone(),
            state: credential.state,
            standing: credential.is_static,
            in_state: facts.is_some_and(|facts| !facts.gives.is_empty()) && !protected,
            places: places.collect(),
            file,
            line,
        }
    }

    fn place(&self, span: Span) -> (String, u32) {
        match self.sources.find(span.file) {
            Some(file) => (file.path.clone(), file.position(span.start).line + 1),
            None => (String::new(), 0),
        }
    }
}

fn root(model: &Model) -> String {
    if model.project.dir.is_empty() { ".".to_string() } else { model.project.dir.clone() }
}

fn owner(ownership: &Ownership) -> (Option<String>, String) {
    match ownership {
        Ownership::Owned(Owner { name, source, .. }) => {
            let evidence = match source {
                OwnerSource::Tag(key) => format!("tag {key}"),
                OwnerSource::Attribute(name) => name.clone(),
                OwnerSource::Text => "description".to_string(),
                OwnerSource::Codeowners(line) => format!("CODEOWNERS:{line}"),
                OwnerSource::Identity => "its identity".to_string(),
            };
            (Some(name.clone()), evidence)
        }
        Ownership::Unknown => (None, "not known before plan".to_string()),
        Ownership::Missing => (None, "none".to_string()),
    }
}

fn environment(environment: Option<&Environment>) -> Option<String> {
    environment.map(|environment| match environment {
        Environment::Production => "production".to_string(),
        Environment::NonProduction(name) => name.clone(),
    })
}

fn privilege(model: &Model, identity: &Identity) -> String {
    let privilege = privilege::privilege(model, identity.id);
    match privilege.summary.as_str() {
        "" => privilege.level.name().to_string(),
        summary => format!("{}: {summary}", privilege.level.name()),
    }
}
