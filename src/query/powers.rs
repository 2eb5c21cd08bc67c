//! Everything that somebody may do by their own grants: by service and access level on AWS, by role elsewhere.

use super::{Asker, Ground};
use crate::iam::aws::{
    ActionId, ActionSet, Document, Effect, Expander, Flags, Level, Statement, catalogue, effective, expand,
};
use crate::identity::permission::{Holding, Limit};
use crate::identity::policy::Tag;
use crate::identity::privilege::Holder;
use crate::identity::{AzureRole, GoogleRole, Model, Policy};
use indexmap::IndexMap;
use std::cmp::Reverse;

/// What somebody may do.
#[derive(Clone, Debug, Default)]
pub struct Powers {
    /// Those with the worst access level first.
    pub services: Vec<Service>,
    /// Roles of other clouds, and policies that could not be read.
    pub roles: Vec<Ground>,
    /// Statements that take something away.
    pub denies: Vec<Ground>,
    /// The boundary, if there is one.
    pub limits: Vec<String>,
}

/// What somebody may do in a service of AWS.
#[derive(Clone, Debug)]
pub struct Service {
    pub prefix: &'static str,
    /// Worst access level first.
    pub groups: Vec<Group>,
}

/// Actions of one access level.
#[derive(Clone, Debug)]
pub struct Group {
    pub level: Level,
    pub count: usize,
    /// How many of this level the service has.
    pub of: usize,
    /// Some of them, those first that give out permissions, credentials or secrets.
    pub examples: Vec<String>,
    /// The statements that allow them.
    pub by: Vec<Ground>,
    /// None of them is allowed without a condition.
    pub conditional: bool,
}

/// Levels from worst to least.
pub const WORST_FIRST: [Level; 5] =
    [Level::Permissions, Level::Write, Level::Tagging, Level::Read, Level::List];
/// Actions that are named of each group.
const EXAMPLES: usize = 3;

impl Asker<'_> {
    pub fn powers(&self, holder: &Holder, grants: &[usize]) -> Powers {
        let holding = self.holding(holder, grants);
        let mut powers = Powers { roles: roles(self.model, grants), ..Powers::default() };
        match &holding.limit {
            Limit::None => {}
            Limit::Read { name, .. } => {
                powers.limits.push(format!("stays within permissions boundary {name}"))
            }
            Limit::Unread(name) => {
                powers
                    .limits
                    .push(format!("permissions boundary {name} applies, which is not readable here"));
            }
        }
        powers.services = services(self.model, &holding);
        powers.denies = denies(&holding);
        powers
    }
}

/// Where a statement of a holding is written, and what it is called.
fn ground(model: &Model, holding: &Holding<'_>, source: usize, statement: &Statement<Tag>) -> Ground {
    let source = &holding.sources[source];
    let policy = source.grant.and_then(|grant| model.grants.get(grant)).map(|grant| &grant.policy);
    let text = match (policy, &statement.sid) {
        (Some(Policy::AwsManaged(summary)), _) => summary.name.to_string(),
        (_, Some(sid)) => sid.clone(),
        _ => String::new(),
    };
    let span = if source.foreign { source.span } else { statement.at.span.unwrap_or(source.span) };
    Ground { text, span }
}

fn services(model: &Model, holding: &Holding<'_>) -> Vec<Service> {
    let documents: Vec<&Document<Tag>> = holding.sources.iter().map(|source| source.document).collect();
    let mut all = effective(documents.iter().copied());
    if let Limit::Read { document, .. } = &holding.limit {
        all = all.within(&effective([*document]));
    }
    let (certain, free) = (all.certain(), all.unconditional());
    let mut expander = Expander::default();
    let mut allowing: Vec<(ActionSet, Ground)> = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        for statement in document.statements.iter().filter(|it| it.effect == Effect::Allow) {
            let actions = expander.actions(&statement.actions).yes;
            let place = ground(model, holding, index, statement);
            // Statements of a managed policy have one place.
            match allowing.iter_mut().find(|(_, known)| *known == place) {
                Some((known, _)) => known.add(&actions),
                None => allowing.push((actions, place)),
            }
        }
    }
    let mut found: IndexMap<&'static str, Vec<Group>> = IndexMap::new();
    for level in WORST_FIRST {
        let mut by_service: IndexMap<&'static str, Vec<ActionId>> = IndexMap::new();
        for id in certain.intersection(catalogue().at_level(level)).iter() {
            by_service.entry(catalogue().service_of(id).prefix).or_default().push(id);
        }
        // Services with which one gives oneself more come first.
        by_service.sort_by_cached_key(|_, ids| {
            let weights: Vec<u8> = ids.iter().map(|id| weight(*id)).collect();
            let most = weights.iter().copied().max();
            Reverse((most, weights.iter().filter(|weight| Some(**weight) == most && **weight > 0).count()))
        });
        for (prefix, mut ids) in by_service {
            ids.sort_by_key(|id| Reverse(weight(*id)));
            let actions = catalogue().service(prefix).map_or(&[][..], |service| service.actions());
            let by = allowing.iter().filter(|(actions, _)| ids.iter().any(|id| actions.contains(*id)));
            found.entry(prefix).or_default().push(Group {
                level,
                count: ids.len(),
                of: actions.iter().filter(|action| action.level == level).count(),
                examples: ids.iter().take(EXAMPLES).map(|id| catalogue().full_name(*id)).collect(),
                by: by.map(|(_, place)| place.clone()).collect(),
                conditional: !ids.iter().any(|id| free.contains(*id)),
            });
        }
    }
    found.into_iter().map(|(prefix, groups)| Service { prefix, groups }).collect()
}

/// What is worth naming first.
pub fn weight(id: ActionId) -> u8 {
    let flags = catalogue().action(id).flags;
    match () {
        () if flags.has(Flags::ESCALATES) => 3,
        () if flags.has(Flags::CREDENTIAL) || flags.has(Flags::SECRET) => 2,
        () if flags.has(Flags::EXPOSES) || flags.has(Flags::DATA) => 1,
        () => 0,
    }
}

fn denies(holding: &Holding<'_>) -> Vec<Ground> {
    let mut found = Vec::new();
    for source in &holding.sources {
        for statement in source.document.statements.iter().filter(|it| it.effect == Effect::Deny) {
            let actions = expand(&statement.actions).yes;
            let named = statement.actions.elements().iter().take(EXAMPLES).map(|it| it.pattern.to_string());
            let named = named.collect::<Vec<_>>().join(", ");
            let text = match statement.actions.is_negated() {
                true => format!("everything but {named}"),
                false if statement.actions.elements().len() > EXAMPLES => format!("{named} and more"),
                false => named,
            };
            let span = statement.at.span.unwrap_or(source.span);
            found.push(Ground {
                text: if actions.len() > 1 { format!("{text} ({} actions)", actions.len()) } else { text },
                span,
            });
        }
    }
    found
}

/// What was granted elsewhere than on AWS.
pub fn roles(model: &Model, grants: &[usize]) -> Vec<Ground> {
    let named = grants.iter().filter_map(|index| {
        let grant = &model.grants[*index];
        let resource = &model.resource(grant.resource).address;
        let text = match &grant.policy {
            Policy::Aws(_) | Policy::AwsManaged(_) => return None,
            Policy::Google { role: GoogleRole::Named(name), .. } => format!("{name} through {resource}"),
            Policy::Google { role: GoogleRole::Custom { resource: role, .. }, .. } => {
                format!("{} through {resource}", model.resource(*role).address)
            }
            Policy::Azure { role: AzureRole::Named(name), .. } => format!("{name} through {resource}"),
            Policy::Azure { role: AzureRole::Custom { resource: role, .. }, .. } => {
                format!("{} through {resource}", model.resource(*role).address)
            }
            Policy::Kubernetes { cluster_wide: true, .. } => format!("{resource}, in the whole cluster"),
            Policy::Kubernetes { .. } => format!("{resource}, in its namespace"),
            Policy::Vault(_) => format!("policies of Vault through {resource}"),
            Policy::Unknown => format!("something that could not be read, through {resource}"),
        };
        Some(Ground { text, span: grant.span })
    });
    named.collect()
}
