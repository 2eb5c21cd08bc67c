//! Which workloads can be reached, how, and as whom they run. Each row of `testdata/exposure/tf-exposure.json` is a
//! function here, one file for each part of a cloud. Answers are three-valued: what depends on something that
//! the code does not tell is an exposure that is not certain, or none at all.

mod api_gateway;
mod aws_data;
mod aws_functions;
mod aws_hosts;
mod azure_apps;
mod azure_hosts;
mod balancers;
mod firewalls;
mod google_hosts;
mod google_serverless;
mod index;
mod kubernetes;
mod power;
mod secrets;

pub use azure_apps::is_public_store;
pub use index::is;
pub use power::{Power, PowerKind, is_powerful, power};
pub use secrets::{Held, held_keys};

use super::model::{Model, Subject, Workload};
use super::privilege::Holder;
use crate::eval::Resource;
use crate::eval::value::ResourceId;
use crate::iam::Tri;
use crate::source::Span;
use index::Index;
use serde::Serialize;
use std::collections::HashMap;

/// How something is reached. Ordered by weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It reaches out, and is not reached.
    Egress,
    /// What is stored in it.
    Data,
    /// The API of a cluster, which asks who is calling.
    ControlPlane,
    Internet,
    /// And nothing on the way asks who is calling.
    InternetAnonymous,
}

impl Reach {
    /// Code of the workload takes requests from anywhere.
    pub fn is_internet(self) -> bool {
        self >= Reach::Internet
    }
}

/// A workload that can be reached.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// The id of the row.
    pub row: &'static str,
    pub workload: ResourceId,
    /// `Subject::None` where it has no identity that the code names.
    pub runs_as: Subject,
    pub reach: Reach,
    /// Everything that it takes is known.
    pub certain: bool,
    /// What makes it reachable, to go behind "through".
    pub through: String,
    /// The characters that make it reachable, each with a few words; the most telling first. Never empty.
    pub because: Vec<Label>,
    /// Who declares the first of them.
    pub declared_by: ResourceId,
    /// The attribute with the first of them, empty for the whole resource.
    pub attribute: String,
}

pub type Label = (Span, String);

/// All exposures of a root module.
#[derive(Debug, Default)]
pub struct Exposures {
    all: Vec<Exposure>,
    by_workload: HashMap<ResourceId, Vec<usize>>,
    by_subject: HashMap<Subject, Vec<usize>>,
    /// Positions in `Model::workloads`.
    runs: HashMap<ResourceId, Vec<usize>>,
    /// Holders of grants that are not declared here, by their bare names.
    pub(super) outside: HashMap<String, Vec<Holder>>,
}

impl Exposures {
    pub fn iter(&self) -> impl Iterator<Item = &Exposure> {
        self.all.iter()
    }

    /// Ways to reach a workload.
    pub fn of_workload(&self, workload: ResourceId) -> impl Iterator<Item = &Exposure> {
        self.by_workload.get(&workload).into_iter().flatten().map(|at| &self.all[*at])
    }

    /// As whom a resource runs, in `Model::workloads`.
    pub fn runs<'m>(&'m self, model: &'m Model, resource: ResourceId) -> impl Iterator<Item = &'m Workload> {
        self.runs.get(&resource).into_iter().flatten().map(|at| &model.workloads[*at])
    }

    /// Ways to reach something that runs as a subject.
    pub fn of_subject(&self, subject: &Subject) -> impl Iterator<Item = &Exposure> {
        self.by_subject.get(&named(subject)).into_iter().flatten().map(|at| &self.all[*at])
    }
}

/// Every exposure of the root module. Computed once.
pub fn exposures(model: &Model) -> &Exposures {
    model.exposures.get_or_init(|| compute(model))
}

/// The worst way from the internet that is certain.
pub fn worst<'a>(ways: impl Iterator<Item = &'a Exposure>) -> Option<&'a Exposure> {
    let open = ways.filter(|way| way.certain && way.reach.is_internet());
    // The first one of equals, so that output does not change with the order of hash tables.
    open.reduce(|worst, way| if way.reach > worst.reach { way } else { worst })
}

/// Something outside is called by ARN, mail address or bare name; it is one and the same.
fn named(subject: &Subject) -> Subject {
    match subject {
        Subject::External(text) => Subject::External(bare(text).to_string()),
        other => other.clone(),
    }
}

/// `arn:aws:iam::123456789012:role/path/name` → `name`, `serviceAccount:a@b` → `a@b`.
pub(super) fn bare(text: &str) -> &str {
    let text = text.strip_prefix("serviceAccount:").unwrap_or(text);
    match text.starts_with("arn:") {
        true => text.rsplit('/').next().unwrap_or(text),
        false => text,
    }
}

fn compute(model: &Model) -> Exposures {
    let index = Index::new(model);
    let mut finder = Finder { model, index: &index, found: Vec::new() };
    let firewalls = firewalls::SecurityGroups::new(&index);
    let fronts = balancers::Fronts::new(&index, &firewalls);
    aws_hosts::find(&mut finder, &firewalls, &fronts);
    aws_functions::find(&mut finder, &fronts);
    api_gateway::find(&mut finder);
    aws_data::find(&mut finder);
    google_hosts::find(&mut finder);
    google_serverless::find(&mut finder);
    azure_hosts::find(&mut finder);
    azure_apps::find(&mut finder);
    kubernetes::find(&mut finder);
    let mut found = Exposures { all: finder.found, ..Exposures::default() };
    for (at, exposure) in found.all.iter().enumerate() {
        found.by_workload.entry(exposure.workload).or_default().push(at);
        if exposure.runs_as != Subject::None {
            found.by_subject.entry(named(&exposure.runs_as)).or_default().push(at);
        }
    }
    for (at, workload) in model.workloads.iter().enumerate() {
        found.runs.entry(workload.resource).or_default().push(at);
    }
    found.outside = power::outside(model);
    found
}

/// One way into a workload, before it is known as whom that runs.
struct Way<'m> {
    row: &'static str,
    reach: Reach,
    /// `No` makes no exposure.
    open: Tri,
    through: String,
    because: Vec<Label>,
    declared_by: &'m Resource,
    attribute: &'static str,
}

struct Finder<'m, 'i> {
    model: &'m Model,
    index: &'i Index<'m>,
    found: Vec<Exposure>,
}

impl<'m> Finder<'m, '_> {
    /// Records a way into a workload, once for each identity that it runs as.
    fn add(&mut self, workload: &Resource, runs_as: Vec<Subject>, way: Way<'m>) {
        let Way { row, reach, open, through, because, declared_by, attribute } = way;
        if open.is_no() || because.is_empty() {
            return;
        }
        let runs_as = if runs_as.is_empty() { vec![Subject::None] } else { runs_as };
        let found = runs_as.into_iter().map(|subject| Exposure {
            row,
            workload: workload.id,
            runs_as: subject,
            reach,
            certain: open.is_yes(),
            through: through.clone(),
            because: because.clone(),
            declared_by: declared_by.id,
            attribute: attribute.to_string(),
        });
        self.found.extend(found);
    }
}
