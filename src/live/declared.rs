use super::aws::{ACCESS_KEY, PASSWORD, ROLE, USER};
use super::naming::Naming;
use super::row::CodeRef;
use crate::eval::ResourceMode;
use crate::identity::{Credential, CredentialId, Estate, Identity, IdentityId, Model, Subject};
use crate::source::SourceMap;
use std::collections::HashMap;

/// An identity that the code declares: which root module, and which of its identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Here {
    pub model: usize,
    pub id: IdentityId,
}

/// A credential that the code declares.
pub(super) type HereKey = (usize, CredentialId);

/// Identities of the code by what is known of their names.
pub(super) struct Declared<'a> {
    estate: &'a Estate,
    sources: &'a SourceMap,
    pub all: Vec<(Here, &'static str, Naming)>,
    exact: HashMap<(&'static str, String), Vec<Here>>,
    /// Those whose names are not or only partly known.
    vague: Vec<usize>,
    of_identity: HashMap<(usize, &'static str, IdentityId), Vec<HereKey>>,
    /// Of users that the code names and does not declare.
    of_name: HashMap<(&'static str, String), Vec<HereKey>>,
}

impl<'a> Declared<'a> {
    pub fn new(estate: &'a Estate, sources: &'a SourceMap) -> Self {
        let mut declared = Declared {
            estate,
            sources,
            all: Vec::new(),
            exact: HashMap::new(),
            vague: Vec::new(),
            of_identity: HashMap::new(),
            of_name: HashMap::new(),
        };
        for (at, model) in estate.models.iter().enumerate() {
            for identity in &model.identities {
                declared.add(at, model, identity);
            }
            for credential in &model.credentials {
                declared.add_key(at, model, credential);
            }
        }
        declared
    }

    fn add(&mut self, at: usize, model: &Model, identity: &Identity) {
        let resource = model.resource(identity.resource);
        let Some(kind) = [USER, ROLE].into_iter().find(|kind| *kind == identity.kind) else { return };
        if resource.mode != ResourceMode::Managed {
            return;
        }
        let here = Here { model: at, id: identity.id };
        let naming = Naming::of(identity, resource);
        match &naming {
            Naming::Exact(name) => self.exact.entry((kind, name.clone())).or_default().push(here),
            _ => self.vague.push(self.all.len()),
        }
        self.all.push((here, kind, naming));
    }

    fn add_key(&mut self, at: usize, model: &Model, credential: &Credential) {
        let Some(kind) = [ACCESS_KEY, PASSWORD].into_iter().find(|kind| *kind == credential.kind) else {
            return;
        };
        if model.resource(credential.resource).mode != ResourceMode::Managed {
            return;
        }
        let key = (at, credential.id);
        match &credential.subject {
            Subject::Identity(id) => self.of_identity.entry((at, kind, *id)).or_default().push(key),
            Subject::External(name) => self.of_name.entry((kind, name.clone())).or_default().push(key),
            _ => {}
        }
    }

    /// Those that are called so.
    pub fn called(&self, kind: &'static str, name: &str) -> &[Here] {
        self.exact.get(&(kind, name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// Those that may be called so.
    pub fn maybe_called(&self, kind: &'static str, name: &str) -> impl Iterator<Item = Here> {
        let all = self.vague.iter().map(|at| &self.all[*at]);
        all.filter(move |(_, of, naming)| *of == kind && naming.fits(name)).map(|(here, ..)| *here)
    }

    /// Credentials of a declared user.
    pub fn keys_of(&self, kind: &'static str, here: Here) -> &[HereKey] {
        self.of_identity.get(&(here.model, kind, here.id)).map_or(&[], Vec::as_slice)
    }

    /// Credentials that name their user.
    pub fn keys_named(&self, kind: &'static str, user: &str) -> &[HereKey] {
        self.of_name.get(&(kind, user.to_owned())).map_or(&[], Vec::as_slice)
    }

    pub fn model(&self, at: usize) -> &'a Model {
        &self.estate.models[at]
    }

    pub fn identity(&self, here: Here) -> &'a Identity {
        self.model(here.model).identity(here.id)
    }

    pub fn credential(&self, (model, id): HereKey) -> &'a Credential {
        self.model(model).credential(id)
    }

    pub fn place(&self, here: Here) -> CodeRef {
        let identity = self.identity(here);
        self.at(here.model, identity.resource, &identity.address)
    }

    pub fn place_of(&self, key: HereKey) -> CodeRef {
        let credential = self.credential(key);
        self.at(key.0, credential.resource, &credential.address)
    }

    fn at(&self, at: usize, resource: crate::eval::value::ResourceId, address: &str) -> CodeRef {
        let model = self.model(at);
        let span = model.resource(resource).header();
        let (file, line) = match self.sources.find(span.file) {
            Some(file) => (file.path.clone(), file.position(span.start).line + 1),
            None => (String::new(), 0),
        };
        let dir = &model.project.dir;
        let root = if dir.is_empty() { ".".to_owned() } else { dir.clone() };
        CodeRef { root, address: address.to_owned(), file, line }
    }
}
