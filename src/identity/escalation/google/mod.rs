//! Google Cloud: whose tokens, keys, signatures or machines a role gives to whoever holds it.
//! The methods are those of `src/data/gcp-privesc.json`.

mod condition;
mod deny;
mod held;
mod place;
mod words;

use super::network::{Evidence, Goal, Network, Node, NodeId, Plain, Power, Step, StepKind};
use crate::eval::value::Part;
use crate::iam::gcp::Level;
use crate::iam::gcp::escalation::{Gain, Method, Permissions, methods};
use crate::identity::model::{GoogleRole, IdentityId, Model, Policy, Subject};
use crate::identity::policy::google_members;
use crate::identity::privilege::{Cause, Holder, privileges};
use crate::identity::trust::{Party, trusts};
use condition::Limit;
use deny::Denies;
use held::{At, Held, Names, Reader};
use place::{Accounts, Key, Place};
use std::collections::{HashMap, HashSet};

pub(super) fn steps(model: &Model, network: &mut Network) {
    let mut reader = Reader::default();
    let names = Names::new(model);
    let mut held_by: Vec<(&Holder, Vec<Held>)> = Vec::new();
    for (holder, privilege) in privileges(model).iter() {
        // Whoever administers something has nothing left to reach.
        let is_google = |cause: &Cause| matches!(model.grants[cause.grant].policy, Policy::Google { .. });
        if privilege.causes.iter().any(is_google) {
            continue;
        }
        let held: Vec<Held> =
            privilege.grants.iter().filter_map(|index| reader.read(model, &names, *index)).collect();
        if !held.is_empty() {
            held_by.push((holder, held));
        }
    }
    if held_by.is_empty() {
        return;
    }
    let mut plane = Plane {
        model,
        accounts: Accounts::new(model),
        denies: Denies::new(model),
        names,
        machines: machines(model),
        classes: HashSet::new(),
        network,
    };
    for (holder, held) in &held_by {
        plane.of_holder(holder, held);
    }
}

/// What machines run as, by machine.
fn machines(model: &Model) -> HashMap<crate::eval::value::ResourceId, Holder> {
    let workloads = model.workloads.iter().filter(|it| it.kind.starts_with("google_compute_instance"));
    let running = workloads.filter(|it| !matches!(it.runs_as, Subject::Unknown | Subject::None));
    running
        .map(|it| {
            let holder = match &it.runs_as {
                Subject::Identity(id) => Holder::identity(*id),
                Subject::External(email) => Holder::named(format!("serviceAccount:{email}")),
                other => Holder::of(other.clone()),
            };
            (it.resource, holder)
        })
        .collect()
}

struct Plane<'m, 'n> {
    model: &'m Model,
    accounts: Accounts,
    denies: Denies,
    names: Names,
    machines: HashMap<crate::eval::value::ResourceId, Holder>,
    /// Classes whose members are linked already.
    classes: HashSet<NodeId>,
    network: &'n mut Network,
}

/// A method that is met, with what it rests on.
struct Met<'h> {
    method: &'static Method,
    /// Permissions with the grants that give them, the one to cut first.
    parts: Vec<(&'static str, &'h Held)>,
    certain: bool,
    caveats: Vec<String>,
}

impl Plane<'_, '_> {
    fn of_holder(&mut self, holder: &Holder, held: &[Held]) {
        let from = self.network.node(Node::Holder(holder.clone()));
        let mut places: Vec<&Place> = Vec::new();
        for place in held.iter().filter_map(Held::place) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        for place in &places {
            self.of_place(holder, from, held, place);
        }
        self.of_accounts(holder, from, held);
        self.of_machines(from, held);
    }

    /// What roles on a whole place allow, with those that are inherited from above.
    fn of_place(&mut self, holder: &Holder, from: NodeId, held: &[Held], place: &Place) {
        let mut counted: Vec<&Held> = Vec::new();
        let here = held.iter().filter(|it| it.place() == Some(place));
        let above = held.iter().filter(|it| it.place().is_some_and(|at| self.accounts.is_above(at, place)));
        counted.extend(here.chain(above));
        let denied = self.denies.of(self.model, &self.accounts, holder, place);
        let whole: Vec<&Held> = counted.iter().copied().filter(|it| it.is_whole()).collect();
        // The step added last goes first where several are as short.
        for method in methods().iter().rev().filter(|it| place.level != Level::Folder || it.on_folder) {
            let Some(met) = meet(method, &whole, denied) else { continue };
            // What rests on grants from above alone is said there.
            if met.parts.iter().any(|(_, held)| held.place() == Some(place)) {
                self.reach_place(holder, from, &met, place);
            }
        }
        for narrow in counted.iter().filter(|it| !it.is_whole() && it.place() == Some(place)) {
            self.of_named(from, narrow, &counted, denied);
        }
    }

    fn reach_place(&mut self, holder: &Holder, from: NodeId, met: &Met<'_>, place: &Place) {
        let described = place.describe(self.model);
        let target = words::target(met.method.gain, met.method, &described);
        let power = match met.method.gain {
            // Whoever can set the policy of the place is an administrator, with a finding of its own.
            Gain::Owner => return,
            Gain::Role if !self.holds_custom_role(holder, met) => Power::Data,
            Gain::Role | Gain::Editor => Power::Admin,
            Gain::Account => Power::AnyIdentity,
            Gain::Secrets => Power::Secrets,
            // Machines, federations and clusters that this code does not show may not be there.
            _ => Power::Data,
        };
        let goal = Node::Goal(Goal { power, place: described });
        let to = match met.method.gain {
            Gain::Account | Gain::AccountOnMachine | Gain::FederatedAccount => {
                let class = self.network.node(Node::Class(target.clone()));
                if self.classes.insert(class) {
                    let goal = self.network.node(goal);
                    self.network.step(class, goal, Step::is(format!("takes in {target}")));
                    self.fill(class, met.method, place);
                }
                class
            }
            _ => self.network.node(goal),
        };
        let kind = if met.method.gain == Gain::Secrets { StepKind::Is } else { StepKind::Escalates };
        self.step(from, to, kind, met, &target, true);
    }

    /// Who belongs to a class.
    fn fill(&mut self, class: NodeId, method: &Method, place: &Place) {
        let (members, loose) = match method.gain {
            Gain::AccountOnMachine => (self.on_machines(place), Vec::new()),
            Gain::FederatedAccount => (self.federated(place), Vec::new()),
            _ if method.name == "cloud-build" => (self.builders(), Vec::new()),
            _ => {
                let ids = self.accounts.within(place).into_iter().map(Holder::identity);
                let outside = self.names.external().filter(|(email, _)| {
                    held::project_of(email).is_some_and(|key| key == place.key)
                        || place.level == Level::Organization
                });
                let mut outside: Vec<_> = outside.collect();
                outside.sort_by_key(|(email, _)| *email);
                let members = ids.chain(outside.into_iter().map(|(_, holder)| holder.clone())).collect();
                (members, self.loose(place))
            }
        };
        let sure = members.into_iter().map(|holder| (holder, true));
        for (holder, certain) in sure.chain(loose.into_iter().map(|holder| (holder, false))) {
            let text = format!("{} is one of them", holder.describe(self.model));
            let to = self.network.node(Node::Holder(holder));
            self.network.step(class, to, Step { certain, ..Step::is(text) });
        }
    }

    /// Service accounts that may be in a project: one of the two is not known.
    fn loose(&self, place: &Place) -> Vec<Holder> {
        let candidates: &[IdentityId] = match (&place.key, place.level) {
            (_, Level::Folder | Level::Organization) => &[],
            (Key::Default | Key::Unknown | Key::Variable(..), _) => &self.accounts.all,
            _ => &self.accounts.loose,
        };
        let key = |id: IdentityId| {
            let resource = self.model.resource(self.model.identity(id).resource);
            Key::project_of(self.model, resource)
        };
        let maybe = candidates.iter().filter(|id| key(**id).same(&place.key) == crate::iam::Tri::Maybe);
        maybe.map(|id| Holder::identity(*id)).collect()
    }

    fn on_machines(&self, place: &Place) -> Vec<Holder> {
        let mut found: Vec<_> = self
            .machines
            .iter()
            .filter(|(resource, _)| {
                let key = Key::project_of(self.model, self.model.resource(**resource));
                place.level == Level::Organization || key.same(&place.key).is_possible()
            })
            .collect();
        found.sort_by_key(|(resource, _)| **resource);
        found.into_iter().map(|(_, holder)| holder.clone()).collect()
    }

    fn federated(&self, place: &Place) -> Vec<Holder> {
        let ids = self.accounts.within(place).into_iter().chain(self.accounts.loose.iter().copied());
        let mut led_to = ids
            .filter(|id| trusts(self.model).of(*id).any(|trust| matches!(trust.party, Party::Federated(_))));
        let mut found: Vec<Holder> = Vec::new();
        led_to.by_ref().map(Holder::identity).for_each(|holder| {
            if !found.contains(&holder) {
                found.push(holder);
            }
        });
        found
    }

    /// Accounts that builds run as unless they name another.
    /// Source: Google Cloud Build documentation, "Default Cloud Build service account".
    fn builders(&self) -> Vec<Holder> {
        let mut found: Vec<_> = self
            .names
            .external()
            .filter(|(email, _)| email.ends_with("@cloudbuild.gserviceaccount.com"))
            .collect();
        found.sort_by_key(|(email, _)| *email);
        found.into_iter().map(|(_, holder)| holder.clone()).collect()
    }

    /// Roles on single service accounts, and with them whatever else is needed to use them.
    fn of_accounts(&mut self, holder: &Holder, from: NodeId, held: &[Held]) {
        let on_accounts: Vec<(&Held, &Holder)> = held
            .iter()
            .filter_map(|it| match &it.at {
                At::Account(target) => Some((it, target)),
                _ => None,
            })
            .collect();
        let mut seen: Vec<&Holder> = Vec::new();
        for (_, target) in &on_accounts {
            if *target == holder || seen.contains(target) {
                continue;
            }
            seen.push(target);
            let here = on_accounts.iter().filter(|(_, other)| other == target).map(|(held, _)| *held);
            let here = here.filter(|it| !lets_outsiders_in(self.model, it));
            let here: Vec<&Held> = here.collect();
            let everywhere = held.iter().filter(|it| it.place().is_some() && it.is_whole());
            let all: Vec<&Held> = here.iter().copied().chain(everywhere).collect();
            for method in methods().iter().rev().filter(|it| reaches_account(it)) {
                let own = if acts_as(method) { &all } else { &here };
                let Some(met) = meet(method, own, Default::default()) else { continue };
                if met.parts.iter().any(|(_, held)| matches!(held.at, At::Account(_))) {
                    self.reach_account(from, &met, target);
                }
            }
        }
    }

    fn reach_account(&mut self, from: NodeId, met: &Met<'_>, target: &Holder) {
        let described = target.describe(self.model);
        let to = match met.method.gain {
            // Identity tokens do not give the account's own permissions.
            Gain::IdToken => {
                self.network.node(Node::Goal(Goal { power: Power::Data, place: described.clone() }))
            }
            _ => self.network.node(Node::Holder(target.clone())),
        };
        self.step(from, to, StepKind::Escalates, met, &described, false);
    }

    /// A role whose condition names what it is good for: only service accounts that it names.
    fn of_named(&mut self, from: NodeId, held: &Held, counted: &[&Held], denied: Denied) {
        let Limit::Names(names) = &held.limit else { return };
        let targets: Vec<Holder> = names
            .iter()
            .filter_map(|name| {
                let email = name.split_once("serviceAccounts/").map_or(name.as_str(), |(_, email)| email);
                let account = email.split('@').next().filter(|it| !it.is_empty())?;
                let named = |id: &&IdentityId| self.model.identity(**id).name.as_deref() == Some(account);
                self.accounts.all.iter().find(named).map(|id| Holder::identity(*id))
            })
            .collect();
        let others = counted.iter().copied().filter(|it| it.is_whole());
        let all: Vec<&Held> = std::iter::once(held).chain(others).collect();
        for target in targets {
            for method in methods().iter().rev().filter(|it| reaches_account(it)) {
                let Some(met) = meet(method, &all, denied) else { continue };
                if met.parts.iter().any(|(_, part)| part.grant == held.grant) {
                    self.reach_account(from, &met, &target);
                }
            }
        }
    }

    fn of_machines(&mut self, from: NodeId, held: &[Held]) {
        for one in held {
            let At::Machine(machine) = one.at else { continue };
            let Some(target) = self.machines.get(&machine).cloned() else { continue };
            for method in methods().iter().filter(|it| it.gain == Gain::AccountOnMachine) {
                if let Some(met) = meet(method, &[one], Default::default()) {
                    self.reach_account(from, &met, &target);
                }
            }
        }
    }

    /// The permission to change custom roles is in a custom role, or the holder has one besides.
    fn holds_custom_role(&self, holder: &Holder, met: &Met<'_>) -> bool {
        let is_custom = |index: usize| {
            let policy = &self.model.grants[index].policy;
            matches!(policy, Policy::Google { role: GoogleRole::Custom { .. }, .. })
        };
        let others = privileges(self.model).get(holder).map(|it| it.grants.as_slice()).unwrap_or_default();
        met.parts.iter().any(|(_, held)| is_custom(held.grant)) || others.iter().any(|it| is_custom(*it))
    }

    fn step(
        &mut self,
        from: NodeId,
        to: NodeId,
        kind: StepKind,
        met: &Met<'_>,
        target: &str,
        unscoped: bool,
    ) {
        let mut evidence: Vec<Evidence> = Vec::new();
        for (permission, held) in &met.parts {
            let next = held.evidence(self.model, permission);
            if !evidence.contains(&next) {
                evidence.push(next);
            }
        }
        let step = Step {
            kind,
            method: met.method.name,
            text: words::can(met.method, target),
            evidence,
            certain: met.certain,
            unscoped,
            plain: Plain::No,
            caveats: met.caveats.clone(),
        };
        self.network.step(from, to, step);
    }
}

type Denied = (Permissions, Permissions);

/// Whether roles together meet a method. One role that has everything goes before several.
fn meet<'h>(method: &'static Method, held: &[&'h Held], denied: Denied) -> Option<Met<'h>> {
    let of = |it: &Held| it.permissions.without(denied.0);
    let alone = held.iter().find(|it| method.is_met(of(it)) && it.limit != Limit::Unknown);
    let parts: Vec<(&'static str, &'h Held)> = match alone {
        Some(one) => method.used(of(one)).into_iter().map(|name| (name, *one)).collect(),
        None => {
            let union = held.iter().fold(Permissions::default(), |all, it| all.and(of(it)));
            if !method.is_met(union) {
                return None;
            }
            let giver = |name: &'static str| held.iter().find(|it| of(it).has(name)).map(|it| (name, *it));
            method.used(union).into_iter().filter_map(giver).collect()
        }
    };
    let perhaps_denied = parts.iter().any(|(name, _)| denied.1.has(name));
    let unclear = parts.iter().any(|(_, held)| held.limit == Limit::Unknown);
    let mut caveats: Vec<String> = Vec::new();
    for caveat in parts.iter().filter_map(|(_, held)| held.limit.caveat()) {
        if !caveats.iter().any(|known| known == caveat) {
            caveats.push(caveat.to_string());
        }
    }
    if perhaps_denied {
        caveats.push("a deny policy may take it away".to_string());
    }
    Some(Met { method, parts, certain: !perhaps_denied && !unclear, caveats })
}

fn acts_as(method: &Method) -> bool {
    method.all.contains(&"iam.serviceAccounts.actAs")
}

fn reaches_account(method: &Method) -> bool {
    method.on_account || acts_as(method)
}

/// Who comes in by federation is a matter of trusts.
fn lets_outsiders_in(model: &Model, held: &Held) -> bool {
    let grant = &model.grants[held.grant];
    let bindings = google_members(&model.resource(grant.resource).body);
    // A policy as data has several bindings: the place of the role's text tells them apart.
    let alone = bindings.len() == 1;
    let own = bindings.iter().filter(|(role, _)| alone || role.meta.span == Some(grant.span));
    own.flat_map(|(_, members)| members).any(|member| {
        let text = member.parts().unwrap_or_default();
        let mut known = text.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Hole(_) => None,
        });
        known.any(|text| text.starts_with("principal") || text.contains(".svc.id.goog["))
    })
}
