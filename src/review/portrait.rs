//! A root module as a review compares it: who is there, what they may do, and who may become them, in words that
//! stay the same when code moves.

use super::model::Place;
use crate::iam::Tri;
use crate::identity::escalation::{Node, Power, StepKind, network};
use crate::identity::exposure::{Reach, exposures};
use crate::identity::privilege::{Holder, Level, Nature, privileges};
use crate::identity::trust::{Width, trusts};
use crate::identity::{Credential, Identity, Model, PlaceKind, State, Subject};
use crate::query::{self, Asker, Rights, name_of, trusted};
use crate::source::{SourceMap, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Root module and address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub root: String,
    pub address: String,
}

/// Everything that is compared.
#[derive(Debug, Default)]
pub(super) struct Portrait {
    pub principals: BTreeMap<Key, Principal>,
    pub credentials: BTreeMap<Key, Secret>,
    pub ways: BTreeMap<Key, Way>,
    pub exposures: BTreeMap<Key, Exposed>,
    /// Whatever runs as somebody or is given a credential.
    pub workloads: BTreeMap<Key, Workload>,
}

#[derive(Clone, Debug)]
pub(super) struct Workload {
    pub kind: String,
    pub name: Option<String>,
}

/// Somebody with permissions, declared here or not.
#[derive(Clone, Debug)]
pub(super) struct Principal {
    pub kind: String,
    pub name: Option<String>,
    pub declared: bool,
    pub place: Option<Place>,
    pub owner: Option<String>,
    /// Whether there is one at all, is known.
    pub owner_known: bool,
    pub expiry: Option<String>,
    pub state: State,
    pub level: Level,
    pub summary: String,
    pub rights: Rights,
    /// Roles of other clouds, and policies that cannot be read.
    pub roles: BTreeSet<String>,
    pub trusts: BTreeMap<String, Trusted>,
    pub workloads: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trusted {
    pub certainty: Tri,
    pub limits: Vec<String>,
    pub width: Option<Width>,
    /// Everybody, or another account.
    pub outside: bool,
    pub anyone: bool,
    pub place: Option<Place>,
}

/// A credential that stands by itself, or whose value goes somewhere.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    pub kind: String,
    pub name: Option<String>,
    pub place: Option<Place>,
    pub standing: bool,
    pub identity: Option<String>,
    pub expiry: Option<String>,
    pub state: State,
    pub places: BTreeSet<(PlaceKind, String)>,
}

/// What somebody gets in the end by a method of escalation, or has anyway.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub power: Power,
    pub goal: String,
    /// The steps in words; empty for what somebody has by their own grants.
    pub steps: Vec<String>,
    pub certain: bool,
    pub place: Option<Place>,
}

/// A workload that certainly can be reached from the internet.
#[derive(Clone, Debug)]
pub(super) struct Exposed {
    pub reach: Reach,
    pub through: String,
    pub runs_as: Option<String>,
    pub place: Option<Place>,
}

pub(super) fn root_of(model: &Model) -> String {
    if model.project.dir.is_empty() { ".".to_string() } else { model.project.dir.clone() }
}

pub(super) fn place_of(sources: &SourceMap, span: Span) -> Option<Place> {
    let file = sources.find(span.file)?;
    Some(Place { file: file.path.clone(), line: file.position(span.start).line + 1 })
}

impl Portrait {
    pub fn add(&mut self, model: &Model, sources: &SourceMap) {
        let painter = Painter { model, sources, asker: Asker::new(model) };
        for identity in &model.identities {
            self.principals.insert(painter.key(&identity.address), painter.identity(identity));
        }
        for (holder, privilege) in privileges(model).iter() {
            if matches!(holder.subject, Subject::Identity(_)) || painter.is_person(holder, &privilege.grants)
            {
                continue;
            }
            let principal = painter.outsider(holder, &privilege.grants);
            self.principals.entry(painter.key(&name_of(model, holder))).or_insert(principal);
        }
        for credential in &model.credentials {
            if let Some(secret) = painter.credential(credential) {
                self.credentials.insert(painter.key(&credential.address), secret);
            }
        }
        let running = model.workloads.iter().map(|workload| workload.resource);
        let placed = model.places.iter().filter(|place| super::live::is_run(place.kind));
        for id in running.chain(placed.filter_map(|place| place.resource)) {
            let resource = model.resource(id);
            let names = ["name", "function_name", "id"];
            let name = names.iter().find_map(|name| resource.body.text(name)).map(str::to_string);
            let workload = Workload { kind: resource.kind.to_string(), name };
            self.workloads.insert(painter.key(&resource.address), workload);
        }
        painter.ways(&mut self.ways);
        painter.exposures(&mut self.exposures);
    }
}

struct Painter<'a> {
    model: &'a Model,
    sources: &'a SourceMap,
    asker: Asker<'a>,
}

impl Painter<'_> {
    fn key(&self, address: &str) -> Key {
        Key { root: root_of(self.model), address: address.to_string() }
    }

    fn place(&self, span: Span) -> Option<Place> {
        place_of(self.sources, span)
    }

    fn identity(&self, identity: &Identity) -> Principal {
        let model = self.model;
        let holder = Holder::identity(identity.id);
        let mut principal = self.granted(&holder);
        principal.kind.clone_from(&identity.kind);
        principal.name.clone_from(&identity.name);
        principal.declared = true;
        principal.place = self.place(model.resource(identity.resource).header());
        principal.owner = identity.owner.name().map(str::to_string);
        principal.owner_known = identity.owner != crate::identity::Ownership::Unknown;
        principal.expiry.clone_from(&identity.expiry);
        principal.state = identity.state;
        principal.workloads =
            model.workloads_of(identity.id).map(|workload| workload.address.clone()).collect();
        for trust in trusts(model).of(identity.id) {
            let who = trusted::party(model, &trust.party);
            principal.trusts.insert(who, self.trusted(trust));
        }
        principal
    }

    fn trusted(&self, trust: &crate::identity::trust::Trust) -> Trusted {
        use crate::identity::trust::Party;
        Trusted {
            certainty: trust.certainty,
            limits: trust.limits.clone(),
            width: match &trust.party {
                Party::Federated(federation) => federation.width,
                _ => None,
            },
            outside: matches!(&trust.party, Party::External(_) | Party::Account(Some(_))),
            anyone: trust.party == Party::Anyone,
            place: self.place(trust.span),
        }
    }

    fn outsider(&self, holder: &Holder, grants: &[usize]) -> Principal {
        let mut principal = self.granted(holder);
        let grant = grants.first().map(|index| &self.model.grants[*index]);
        principal.place = grant.and_then(|grant| self.place(grant.span));
        principal
    }

    fn granted(&self, holder: &Holder) -> Principal {
        static NOTHING: std::sync::LazyLock<crate::identity::privilege::Privilege> =
            std::sync::LazyLock::new(Default::default);
        let privilege = privileges(self.model).get(holder).unwrap_or(&NOTHING);
        Principal {
            kind: String::new(),
            name: None,
            declared: false,
            place: None,
            owner: None,
            owner_known: false,
            expiry: None,
            state: State::Unknown,
            level: privilege.level,
            summary: privilege.summary.clone(),
            rights: self.asker.rights(holder, &privilege.grants),
            roles: query::roles(self.model, &privilege.grants).into_iter().map(|role| role.text).collect(),
            trusts: BTreeMap::new(),
            workloads: BTreeSet::new(),
        }
    }

    fn is_person(&self, holder: &Holder, grants: &[usize]) -> bool {
        let mut natures = grants.iter().map(|index| holder.nature(self.model, &self.model.grants[*index]));
        natures.all(|nature| nature == Nature::Person)
    }

    /// Generated values and services that merely have keys count once their value goes somewhere.
    fn credential(&self, credential: &Credential) -> Option<Secret> {
        let model = self.model;
        let is_identity = model.identity_of(credential.resource).is_some();
        let places: BTreeSet<_> =
            model.places_of(credential.id).map(|place| (place.kind, place.address.clone())).collect();
        if (!credential.is_static || is_identity) && places.is_empty() {
            return None;
        }
        Some(Secret {
            kind: credential.kind.clone(),
            name: credential.name.clone(),
            place: self.place(model.resource(credential.resource).header()),
            standing: credential.is_static && !is_identity,
            identity: match &credential.subject {
                Subject::None | Subject::Unknown => None,
                subject => Some(model.describe(subject)),
            },
            expiry: credential.expiry.clone(),
            state: credential.state,
            places,
        })
    }

    fn ways(&self, ways: &mut BTreeMap<Key, Way>) {
        let network = network(self.model);
        for (id, node) in network.nodes() {
            let who = match node {
                Node::Holder(holder) => name_of(self.model, holder),
                Node::Outsider(name) => name.clone(),
                _ => continue,
            };
            let Some(path) = network.worst(id).filter(|path| path.goal.power >= Power::Secrets) else {
                continue;
            };
            let escalates = path.steps.iter().any(|(step, _)| step.kind == StepKind::Escalates);
            let told = path.steps.iter().map(|(step, _)| *step).filter(|step| !step.text.is_empty());
            let place = path.steps.iter().find_map(|(step, _)| step.evidence.first());
            let way = Way {
                power: path.goal.power,
                goal: path.goal.place.clone(),
                certain: path.steps.iter().all(|(step, _)| step.certain),
                steps: if escalates { told.map(|step| step.text.clone()).collect() } else { Vec::new() },
                place: place.and_then(|evidence| self.place(evidence.span)),
            };
            ways.insert(self.key(&who), way);
        }
    }

    fn exposures(&self, found: &mut BTreeMap<Key, Exposed>) {
        let open = exposures(self.model).iter().filter(|it| it.certain && it.reach.is_internet());
        for exposure in open {
            let key = self.key(&self.model.resource(exposure.workload).address);
            if found.get(&key).is_some_and(|known| known.reach >= exposure.reach) {
                continue;
            }
            let runs_as = match &exposure.runs_as {
                Subject::None | Subject::Unknown => None,
                subject => Some(self.model.describe(subject)),
            };
            let place = exposure.because.first().and_then(|(span, _)| self.place(*span));
            let (reach, through) = (exposure.reach, exposure.through.clone());
            found.insert(key, Exposed { reach, through, runs_as, place });
        }
    }
}
