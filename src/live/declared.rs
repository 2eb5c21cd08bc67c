use super::azure::APPLICATION;
use super::kinds;
use super::naming::naming;
use super::place;
use super::row::CodeRef;
use crate::eval::ResourceMode;
use crate::eval::value::ResourceId;
use crate::identity::{Credential, CredentialId, Estate, Identity, IdentityId, Model, Naming, Subject};
use crate::source::{SourceMap, Span};
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
    /// Credentials with their types.
    pub keys: Vec<(HereKey, &'static str)>,
    of_identity: HashMap<(usize, &'static str, IdentityId), Vec<HereKey>>,
    /// Modules whose source is not here, by what is passed into them: a name that is passed may be that of what such
    /// a module declares.
    passed: HashMap<String, Vec<(usize, usize, usize)>>,
    pub unread_modules: usize,
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
            keys: Vec::new(),
            of_identity: HashMap::new(),
            of_name: HashMap::new(),
            passed: HashMap::new(),
            unread_modules: 0,
        };
        for (at, model) in estate.models.iter().enumerate() {
            for identity in &model.identities {
                declared.add(at, model, identity);
            }
            for credential in &model.credentials {
                declared.add_key(at, model, credential);
            }
            declared.add_calls(at, model);
        }
        declared
    }

    fn add(&mut self, at: usize, model: &Model, identity: &Identity) {
        let resource = model.resource(identity.resource);
        let Some(kind) = kinds::identity(&identity.kind) else { return };
        if resource.mode != ResourceMode::Managed {
            return;
        }
        let here = Here { model: at, id: identity.id };
        let naming = naming(model, resource);
        match &naming {
            Naming::Exact(name) => self.exact.entry((kind, name.clone())).or_default().push(here),
            _ => self.vague.push(self.all.len()),
        }
        self.all.push((here, kind, naming));
    }

    fn add_key(&mut self, at: usize, model: &Model, credential: &Credential) {
        let Some(kind) = kinds::credential(&credential.kind) else { return };
        if model.resource(credential.resource).mode != ResourceMode::Managed {
            return;
        }
        let key = (at, credential.id);
        self.keys.push((key, kind));
        match &credential.subject {
            Subject::Identity(id) => self.of_identity.entry((at, kind, *id)).or_default().push(key),
            Subject::External(name) => {
                // `projects/P/serviceAccounts/EMAIL`
                let name = name.rsplit('/').next().unwrap_or_default();
                self.of_name.entry((kind, name.to_owned())).or_default().push(key);
            }
            _ => {}
        }
    }

    fn add_calls(&mut self, at: usize, model: &Model) {
        for (of, module) in model.project.modules.iter().enumerate() {
            for (call, block) in module.calls.iter().enumerate().filter(|(_, call)| !call.resolved) {
                self.unread_modules += 1;
                let mut texts = Vec::new();
                block.body.each_attr(&mut |_, attr| {
                    attr.value.walk(&mut |value| texts.extend(value.as_str().map(str::to_owned)));
                });
                texts.sort_unstable();
                texts.dedup();
                for text in texts {
                    self.passed.entry(text).or_default().push((at, of, call));
                }
            }
        }
    }

    /// Calls of modules whose source is not here, into which a name is passed.
    pub fn passed(&self, name: &str) -> Vec<CodeRef> {
        let calls = self.passed.get(name).into_iter().flatten();
        let found = calls.filter_map(|(at, of, call)| {
            let block = self.model(*at).project.modules.get(*of)?.calls.get(*call)?;
            Some(self.at(*at, block.body.header?, &block.address))
        });
        found.collect()
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

    /// Whether it is there, and once, whatever the values turn out to be that are not known.
    pub fn is_certain(&self, model: usize, id: ResourceId) -> bool {
        let model = self.model(model);
        let resource = model.resource(id);
        model.project.is_certain(resource)
    }

    /// Whether a credential stands for any number of them.
    pub fn stands_for_any(&self, key: HereKey) -> bool {
        self.credential(key).address.contains("[*]")
    }

    /// What people are to call a credential.
    pub fn label(&self, key: HereKey) -> Naming {
        let resource = self.model(key.0).resource(self.credential(key).resource);
        let written = resource.body.value("display_name");
        written.map_or(Naming::Unknown, Naming::written)
    }

    /// It declares a password in its own block, which is no resource.
    pub fn has_own_password(&self, here: Here) -> bool {
        let resource = self.model(here.model).resource(self.identity(here).resource);
        kinds::identity(&resource.kind) == Some(APPLICATION) && !resource.body.blocks("password").is_empty()
    }

    pub fn place(&self, here: Here) -> CodeRef {
        let identity = self.identity(here);
        let header = self.model(here.model).resource(identity.resource).header();
        self.at(here.model, header, &identity.address)
    }

    pub fn place_of(&self, key: HereKey) -> CodeRef {
        let credential = self.credential(key);
        self.at(key.0, self.model(key.0).resource(credential.resource).header(), &credential.address)
    }

    fn at(&self, at: usize, span: Span, address: &str) -> CodeRef {
        place(self.sources, self.model(at), span, address)
    }
}
