//! AWS: the steps that policies and trusts allow. Whoever is an administrator already has none; for everyone else
//! each method of the catalogue is tried on what is declared here and on everything.

mod doors;
mod everyone;
mod index;
mod methods;
mod own;
mod pass;
mod principal;
mod reach;
mod running;
mod shapes;

pub use doors::is_for_aws;
pub use everyone::everyone;
pub use methods::{Kind, Method, action_names, method, methods};
pub use shapes::{On, Shape, shape, shapes};

use super::{Evidence, Goal, Network, Node, NodeId, Plain, Power, Step, StepKind};
use crate::iam::aws::{Resources, Statement};
use crate::identity::model::Model;
use crate::identity::permission::{Answer, Ask, Holding, Kind as Every, Target, permissions};
use crate::identity::policy::Tag;
use crate::identity::privilege::{Holder, Level, privileges};
use crate::source::Span;
use doors::Doors;
use everyone::administrator;
use index::{Found, Index, Indices};
use std::collections::HashMap;

/// Of what one becomes an administrator.
pub const ACCOUNT: &str = "the AWS account";

/// What all producers of steps share.
struct Builder<'a> {
    model: &'a Model,
    network: &'a mut Network,
    indices: &'a Indices,
    doors: &'a Doors,
    kinds: &'a Kinds,
    /// Classes that are there already.
    classes: HashMap<String, NodeId>,
}

/// All resources of a kind, which "unscoped" is measured by.
struct Kinds {
    roles: Every,
    users: Every,
    groups: Every,
    policies: Every,
}

/// Somebody whose way is looked for.
struct Seeker<'h, 'a> {
    holding: &'h Holding<'a>,
    node: NodeId,
    grants: &'h [usize],
}

pub(super) fn produce(model: &Model, network: &mut Network) {
    let permissions = permissions(model);
    let indices = Indices::of(model, &permissions.accounts);
    let doors = Doors::of(model, permissions);
    let kinds = Kinds {
        roles: Every::new("iam", "role/"),
        users: Every::new("iam", "user/"),
        groups: Every::new("iam", "group/"),
        policies: Every::new("iam", "policy/"),
    };
    let mut builder =
        Builder { model, network, indices: &indices, doors: &doors, kinds: &kinds, classes: HashMap::new() };
    builder.administrators();
    builder.trusted();
    everyone(model, permissions, &mut |node, holding, grants| {
        let node = builder.network.node(node);
        builder.seek(&Seeker { holding, node, grants });
    });
}

impl Builder<'_> {
    fn goal(&mut self, power: Power, place: &str) -> NodeId {
        self.network.node(Node::Goal(Goal { power, place: place.to_string() }))
    }

    /// Those who administer the account already: the way ends with them.
    fn administrators(&mut self) {
        for (holder, privilege) in privileges(self.model).iter() {
            let Some(cause) = administrator(self.model, privilege) else { continue };
            let node = self.network.node(Node::Holder(holder.clone()));
            let goal = self.goal(Power::Admin, ACCOUNT);
            let certain = privilege.level == Level::Admin && !cause.unsure && !cause.debatable;
            let grant = &self.model.grants[cause.grant];
            let evidence = Evidence {
                span: cause.span,
                text: cause.label.clone(),
                root: Some(grant.span),
                grant: Some(cause.grant),
            };
            self.network.step(
                node,
                goal,
                Step {
                    evidence: vec![evidence],
                    certain,
                    caveats: cause.blunted.clone(),
                    ..Step::is(format!("{} through `{}`", cause.phrase, cause.text))
                },
            );
        }
    }

    /// Who becomes a role because its trust names them.
    fn trusted(&mut self) {
        for (holder, door) in &self.doors.named {
            let target = Holder::identity(door.role);
            if *holder == target {
                continue;
            }
            let from = self.network.node(Node::Holder(holder.clone()));
            let to = self.network.node(Node::Holder(target));
            let role = self.model.identity(door.role);
            let span = door.span;
            let evidence = Evidence { span, text: "trusts it by name".to_string(), root: None, grant: None };
            self.network.step(
                from,
                to,
                Step {
                    kind: StepKind::Becomes,
                    method: "",
                    text: format!("assumes `{}`, which trusts it", role.address),
                    evidence: vec![evidence],
                    certain: door.certain,
                    unscoped: false,
                    plain: Plain::No,
                    caveats: Vec::new(),
                },
            );
        }
    }

    fn seek(&mut self, seeker: &Seeker<'_, '_>) {
        for (name, shape) in shapes() {
            let Some(method) = method(name) else { continue };
            let has = |action: &String| seeker.holding.interest.has(action);
            if !method.all.iter().all(has) || !method.any.iter().all(|group| group.iter().any(has)) {
                continue;
            }
            match shape {
                Shape::Write { on, verb } => own::write(self, seeker, name, method, on, verb),
                Shape::Switch => own::switch(self, seeker, name),
                Shape::Join => own::join(self, seeker, name),
                Shape::Unbound => own::unbound(self, seeker, name, method),
                Shape::TakeUser { verb } => principal::take_user(self, seeker, name, method, verb),
                Shape::TakeService => principal::take_service(self, seeker, name, method),
                Shape::Retrust => principal::retrust(self, seeker, name),
                Shape::Provider => principal::provider(self, seeker, name),
                Shape::Assume => principal::assume(self, seeker, name),
                Shape::Cluster => principal::cluster(self, seeker, name, method),
                Shape::PermissionSet => principal::permission_set(self, seeker, name, method),
                Shape::Secrets => principal::secrets(self, seeker, name, method),
                Shape::Pass { to, by } => pass::pass(self, seeker, name, method, to, by),
                Shape::Run { what, verb, any } => running::run(self, seeker, name, method, what, verb, any),
            }
        }
    }

    /// Several roles or users at once, each of which is a step away.
    fn class(&mut self, name: String, members: impl FnOnce() -> Vec<Member>) -> NodeId {
        if let Some(known) = self.classes.get(&name) {
            return *known;
        }
        let class = self.network.node(Node::Class(name.clone()));
        self.classes.insert(name, class);
        for (holder, certain, trust) in members() {
            let name = holder.describe(self.model);
            let trust = trust.map(|span| {
                let text = format!("{name} is one of them, by its trust");
                Evidence { span, text, root: None, grant: None }
            });
            let text = format!("which {name} is");
            let node = self.network.node(Node::Holder(holder));
            self.network.step(
                class,
                node,
                Step { evidence: trust.into_iter().collect(), certain, ..Step::is(text) },
            );
        }
        class
    }

    fn escalate(&mut self, seeker: &Seeker<'_, '_>, to: NodeId, method: &'static str, part: Part<'_>) {
        let plain = part.plain();
        if to == seeker.node {
            return;
        }
        let mut caveats: Vec<String> = Vec::new();
        for (_, answer) in &part.answers {
            caveats.extend(
                answer.caveats.iter().filter(|it| !caveats.contains(it)).cloned().collect::<Vec<_>>(),
            );
        }
        let certain = part.certain && part.answers.iter().all(|(_, answer)| answer.certain);
        let mut evidence: Vec<Evidence> =
            part.answers.iter().map(|(action, answer)| evidence(self.model, action, answer)).collect();
        evidence.extend(part.trust.map(|(span, text)| Evidence { span, text, root: None, grant: None }));
        self.network.step(
            seeker.node,
            to,
            Step {
                kind: part.kind,
                method,
                text: part.text,
                evidence,
                certain,
                unscoped: part.unscoped,
                plain,
                caveats,
            },
        );
    }
}

/// A member of a class: whether it is one for certain, and the trust that makes it one.
type Member = (Holder, bool, Option<Span>);

/// A step in the making.
struct Part<'s> {
    kind: StepKind,
    text: String,
    /// What allows it, the statement to cut first.
    answers: Vec<(&'s str, Answer<'s>)>,
    certain: bool,
    unscoped: bool,
    /// The trust that goes with it, and what it says.
    trust: Option<(Span, String)>,
}

impl<'s> Part<'s> {
    fn new(text: String, answers: Vec<(&'s str, Answer<'s>)>) -> Self {
        Part { kind: StepKind::Escalates, text, answers, certain: true, unscoped: false, trust: None }
    }

    fn unscoped(mut self) -> Self {
        self.unscoped = true;
        self
    }

    /// Whether the first statement names the action rather than a wildcard.
    fn plain(&self) -> Plain {
        let Some((action, answer)) = self.answers.first().filter(|_| self.unscoped) else { return Plain::No };
        if !answer.allowance.written(action).eq_ignore_ascii_case(action) {
            return Plain::No;
        }
        match &answer.allowance.statement.resources {
            Resources::Only(elements) if elements.iter().any(|element| element.pattern.is_any()) => {
                Plain::Everything
            }
            _ => Plain::Kind,
        }
    }

    fn certain(mut self, certain: bool) -> Self {
        self.certain &= certain;
        self
    }
}

/// One of each group of actions on something at least; none where one is missing.
fn somewhere<'s>(
    holding: &Holding<'s>,
    actions: &'static [String],
    groups: &'static [Vec<String>],
    besides: &str,
) -> Option<Vec<(&'static str, Answer<'s>)>> {
    let mut found: Vec<(&'static str, Answer<'s>)> = Vec::new();
    for action in actions.iter().filter(|action| *action != besides) {
        found.push((action, holding.may_somewhere(action)?));
    }
    for group in groups {
        let answers =
            group.iter().filter_map(|action| Some((action.as_str(), holding.may_somewhere(action)?)));
        found.push(answers.max_by_key(|(_, answer)| answer.certain)?);
    }
    Some(found)
}

/// The place that allows an action.
pub fn evidence(model: &Model, action: &str, answer: &Answer<'_>) -> Evidence {
    let allowance = &answer.allowance;
    let written = allowance.written(action);
    let on = resources(model, allowance.statement);
    let text = match written.eq_ignore_ascii_case(action) {
        true => format!("`{action}` on {on}"),
        false => format!("`{written}` takes in `{action}`, on {on}"),
    };
    Evidence {
        span: allowance.span(action),
        text,
        root: Some(allowance.root()),
        grant: allowance.source.grant,
    }
}

/// The resources of a statement in few words.
fn resources(model: &Model, statement: &Statement<Tag>) -> String {
    let (elements, negated) = match &statement.resources {
        Resources::Absent => return "everything".to_string(),
        Resources::Only(elements) => (elements, ""),
        Resources::Not(elements) => (elements, "everything but "),
    };
    let mut names: Vec<String> = elements
        .iter()
        .map(|element| match element.at.of {
            Some(of) => format!("`{}`", model.resource(of).address),
            None => format!("`{}`", element.pattern),
        })
        .collect();
    let more = names.len().saturating_sub(2);
    names.truncate(2);
    let list = names.join(" and ");
    match more {
        0 => format!("{negated}{list}"),
        more => format!("{negated}{list} and {more} more"),
    }
}

/// The resources that Allow statements may name for an action.
fn named<'f>(index: &'f Index, seeker: &Seeker<'_, '_>, action: &str) -> Vec<&'f Found> {
    let elements = seeker.holding.allowing(action).flat_map(|statement| match &statement.resources {
        Resources::Only(elements) => elements.as_slice(),
        _ => &[],
    });
    index.naming(elements)
}

/// The declared ones among those that an action may be used on, with the answer for each.
fn targets<'f, 's>(
    found: Vec<&'f Found>,
    seeker: &Seeker<'_, 's>,
    action: &str,
    service: Option<&str>,
) -> Vec<(&'f Found, Answer<'s>)> {
    let mut answers = Vec::new();
    for found in found {
        let own = seeker.holding.own.as_ref().and_then(|own| own.resource);
        let is_own = own.is_some() && own == found.entity.resource;
        if is_own || !found.entity.account.is_same(&seeker.holding.account) {
            continue;
        }
        let ask = Ask { action, target: Target::One(&found.entity), service };
        if let Some(answer) = seeker.holding.may(ask) {
            answers.push((found, answer));
        }
    }
    answers
}
