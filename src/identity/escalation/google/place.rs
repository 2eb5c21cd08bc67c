use crate::eval::value::{Kind, ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::iam::Tri;
use crate::iam::gcp::Level;
use crate::identity::model::{IdentityId, Model};
use crate::source::Span;
use std::collections::HashMap;

/// A project, folder or organization.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub level: Level,
    pub key: Key,
}

/// Which one, as far as the code tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Named(String),
    Declared(ResourceId),
    /// Whatever a variable holds, by where the variable was read first.
    Variable(Span, String),
    /// The one of the provider.
    Default,
    Unknown,
}

impl Place {
    pub(super) fn of(model: &Model, resource: &Resource, level: Level) -> Place {
        let key = match level {
            Level::Folder => Key::of(model, resource.body.value("folder")),
            Level::Organization => Key::of(model, resource.body.value("org_id")),
            _ => Key::project_of(model, resource),
        };
        Place { level, key }
    }

    /// "project `a`".
    pub(super) fn describe(&self, model: &Model) -> String {
        let noun = match self.level {
            Level::Organization => "organization",
            Level::Folder => "folder",
            _ => "project",
        };
        match &self.key {
            Key::Named(name) => format!("{noun} `{name}`"),
            Key::Declared(id) => format!("{noun} `{}`", model.resource(*id).address),
            Key::Variable(_, name) => format!("{noun} `{name}`"),
            _ => format!("the {noun}"),
        }
    }
}

impl Key {
    /// The project that a resource is in: its own, else that of its provider.
    pub(super) fn project_of(model: &Model, resource: &Resource) -> Key {
        let of_provider = || {
            let (module, at) = resource.provider?;
            let providers = &model.project.modules.get(module.0 as usize)?.providers;
            providers.get(at)?.body.value("project")
        };
        Key::of(model, resource.body.value("project").or_else(of_provider))
    }

    pub(super) fn of(model: &Model, value: Option<&Value>) -> Key {
        let Some(value) = value else { return Key::Default };
        if let Some(text) = value.as_str() {
            return Key::named(text);
        }
        if let Some(reference) = value.deep_refs().iter().next() {
            let project = model.resource(reference.resource);
            return match project.body.text("project_id") {
                Some(name) if &*project.kind == "google_project" => Key::named(name),
                _ => Key::Declared(reference.resource),
            };
        }
        match (&value.kind, value.meta.hops().first()) {
            (Kind::Unknown(_), Some(hop)) => Key::Variable(hop.span, hop.name.to_string()),
            _ => Key::Unknown,
        }
    }

    fn named(text: &str) -> Key {
        let bare = ["projects/", "folders/", "organizations/"].iter().find_map(|it| text.strip_prefix(it));
        Key::Named(bare.unwrap_or(text).to_string())
    }

    pub(super) fn same(&self, other: &Key) -> Tri {
        match (self, other) {
            (Key::Unknown, _) | (_, Key::Unknown) => Tri::Maybe,
            _ if self == other => Tri::Yes,
            (Key::Named(_), Key::Named(_)) | (Key::Declared(_), Key::Declared(_)) => Tri::No,
            _ => Tri::Maybe,
        }
    }
}

/// Service accounts by the project that they are in, and projects by the folder.
pub(super) struct Accounts {
    by_project: HashMap<Key, Vec<IdentityId>>,
    /// Those of which the project is not known for certain.
    pub loose: Vec<IdentityId>,
    pub all: Vec<IdentityId>,
    folder_of: HashMap<Key, Key>,
}

impl Accounts {
    pub(super) fn new(model: &Model) -> Self {
        let mut accounts = Accounts {
            by_project: HashMap::new(),
            loose: Vec::new(),
            all: Vec::new(),
            folder_of: HashMap::new(),
        };
        for identity in model.identities.iter().filter(|it| it.kind == "google_service_account") {
            let key = Key::project_of(model, model.resource(identity.resource));
            if matches!(key, Key::Unknown | Key::Default | Key::Variable(..)) {
                accounts.loose.push(identity.id);
            }
            accounts.by_project.entry(key).or_default().push(identity.id);
            accounts.all.push(identity.id);
        }
        let projects = model.project.resources.iter().filter(|it| &*it.kind == "google_project");
        for project in projects.filter(|it| it.mode == ResourceMode::Managed) {
            let Some(folder) = project.body.value("folder_id") else { continue };
            let folder = Key::of(model, Some(folder));
            let name = project.body.text("project_id");
            accounts.folder_of.extend(name.map(|name| (Key::named(name), folder.clone())));
            accounts.folder_of.insert(Key::Declared(project.id), folder);
        }
        accounts
    }

    /// The service accounts that certainly are in a place.
    pub(super) fn within(&self, place: &Place) -> Vec<IdentityId> {
        match place.level {
            Level::Organization => self.all.clone(),
            Level::Folder => {
                let projects = self.by_project.iter().filter(|(key, _)| self.in_folder(key, &place.key));
                let mut found: Vec<IdentityId> = projects.flat_map(|(_, ids)| ids.iter().copied()).collect();
                found.sort_unstable();
                found
            }
            _ if place.key == Key::Unknown => Vec::new(),
            _ => self.by_project.get(&place.key).cloned().unwrap_or_default(),
        }
    }

    fn in_folder(&self, project: &Key, folder: &Key) -> bool {
        self.folder_of.get(project).is_some_and(|known| known.same(folder).is_yes())
    }

    /// What is granted in `outer` holds in `inner`, which is not the same place.
    pub(super) fn is_above(&self, outer: &Place, inner: &Place) -> bool {
        match outer.level {
            Level::Organization => inner.level < Level::Organization,
            Level::Folder => inner.level == Level::Project && self.in_folder(&inner.key, &outer.key),
            _ => false,
        }
    }
}
