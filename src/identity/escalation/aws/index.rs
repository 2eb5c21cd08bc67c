//! Declared resources that policies name, found by the elements that name them without comparing each with each.

use crate::eval::ResourceMode;
use crate::eval::value::ResourceId;
use crate::iam::{Element, Pattern, Piece, Syntax};
use crate::identity::model::{Model, Subject};
use crate::identity::permission::{Accounts, Entity};
use crate::identity::policy::{Tag, pattern};
use crate::identity::privilege::Holder;
use std::collections::{BTreeSet, HashMap};

use super::shapes::{Running, Shape, shapes};

/// Resources of one kind.
#[derive(Debug, Default)]
pub struct Index {
    pub all: Vec<Found>,
    by_resource: HashMap<ResourceId, Vec<usize>>,
    /// The known start of the path, sorted.
    by_start: Vec<(String, usize)>,
}

/// A resource, and whom one becomes who has it.
#[derive(Debug)]
pub struct Found {
    pub entity: Entity,
    pub address: String,
    pub leads_to: Option<Holder>,
}

/// Declared identities and what runs as them, by kind.
#[derive(Debug, Default)]
pub struct Indices {
    pub roles: Index,
    pub users: Index,
    pub groups: Index,
    pub clusters: Index,
    pub running: HashMap<(&'static str, &'static str), Index>,
}

impl Index {
    fn add(&mut self, found: Found) {
        let at = self.all.len();
        if let Some(resource) = found.entity.resource {
            self.by_resource.entry(resource).or_default().push(at);
        }
        self.by_start.push((found.entity.path.prefix().to_string(), at));
        self.all.push(found);
    }

    pub fn of(&self, resource: ResourceId) -> Option<&Found> {
        self.all.get(*self.by_resource.get(&resource)?.first()?)
    }

    fn seal(mut self) -> Index {
        self.by_start.sort();
        self
    }

    /// Those that elements may name, in order.
    pub fn naming<'e>(&self, elements: impl IntoIterator<Item = &'e Element<Tag>>) -> Vec<&Found> {
        let mut at: BTreeSet<usize> = BTreeSet::new();
        for element in elements {
            match element.at {
                Tag { of: Some(of), .. } => at.extend(self.by_resource.get(&of).into_iter().flatten()),
                _ => self.starting_as(&element.pattern, &mut at),
            }
        }
        at.into_iter().filter_map(|at| self.all.get(at)).collect()
    }

    /// Paths that begin as the resource part of an ARN pattern does.
    fn starting_as(&self, pattern: &Pattern, found: &mut BTreeSet<usize>) {
        let mut rest = pattern.clone();
        for _ in 0..5 {
            match rest.split_once(':') {
                Some((_, after)) => rest = after,
                None if rest.is_any() => break,
                None => return,
            }
        }
        // A variable may stand for anything, as a star may.
        let start = rest.prefix();
        let is_whole = rest.as_text().is_some();
        let from = self.by_start.partition_point(|(path, _)| path.as_str() < start);
        let fits = |path: &str| if is_whole { path == start } else { path.starts_with(start) };
        let like = self.by_start[from..].iter().take_while(|(path, _)| fits(path));
        found.extend(like.map(|(_, at)| *at));
    }
}

impl Indices {
    pub fn of(model: &Model, accounts: &Accounts) -> Indices {
        let mut indices = Indices::default();
        let managed = || model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
        for resource in managed() {
            let (index, start, names) = match &*resource.kind {
                "aws_iam_role" => (&mut indices.roles, "role", None),
                "aws_iam_user" => (&mut indices.users, "user", None),
                "aws_iam_group" => (&mut indices.groups, "group", None),
                "aws_eks_cluster" => (&mut indices.clusters, "cluster/", Some(("eks", "name"))),
                _ => continue,
            };
            let path = match names {
                None => crate::identity::permission::path_of(start, resource),
                Some((_, name)) => {
                    named(start, resource.body.value(name).map(|it| pattern(it, Syntax::Literal)))
                }
            };
            let leads_to = match model.identity_of(resource.id) {
                Some(identity) => Some(Holder::identity(identity.id)),
                None if start == "group" => Some(Holder::of(Subject::Resource(resource.id))),
                None => None,
            };
            index.add(Found {
                entity: Entity {
                    resource: Some(resource.id),
                    service: names.map_or("iam", |(service, _)| service),
                    path,
                    account: accounts.account(resource),
                },
                address: resource.address.clone(),
                leads_to,
            });
        }
        indices.run(model, accounts);
        let Indices { roles, users, groups, clusters, running } = indices;
        Indices {
            roles: roles.seal(),
            users: users.seal(),
            groups: groups.seal(),
            clusters: clusters.seal(),
            running: running.into_iter().map(|(key, index)| (key, index.seal())).collect(),
        }
    }

    fn run(&mut self, model: &Model, accounts: &Accounts) {
        let mut kinds: HashMap<&str, Running> = HashMap::new();
        for (_, shape) in shapes() {
            if let Shape::Run { what, .. } = shape {
                kinds.extend(what.iter().map(|running| (running.kind, *running)));
            }
        }
        for workload in &model.workloads {
            let Some(running) = kinds.get(workload.kind.as_str()) else { continue };
            if !workload.attribute.starts_with(running.attribute)
                || !matches!(workload.runs_as, Subject::Identity(_))
            {
                continue;
            }
            let resource = model.resource(workload.resource);
            let name = match running.name {
                "" => None,
                name => resource.body.value(name).map(|value| pattern(value, Syntax::Literal)),
            };
            let Subject::Identity(id) = workload.runs_as else { continue };
            self.running.entry((running.kind, running.attribute)).or_default().add(Found {
                entity: Entity {
                    resource: Some(resource.id),
                    service: running.service,
                    path: named(running.start, name),
                    account: accounts.account(resource),
                },
                address: workload.address.clone(),
                leads_to: Some(Holder::identity(id)),
            });
        }
    }
}

/// A path with a name of which parts may not be known: these equal only themselves.
fn named(start: &str, name: Option<Pattern>) -> Pattern {
    let builder = Pattern::builder(Syntax::Literal).text(start);
    let name = name.unwrap_or_else(Pattern::unknown);
    let builder = name.pieces().iter().fold(builder, |builder, piece| match piece {
        Piece::Hole => builder.text("\u{1}"),
        piece => builder.piece(piece.clone()),
    });
    builder.build()
}
