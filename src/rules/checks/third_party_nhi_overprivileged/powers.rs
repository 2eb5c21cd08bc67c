//! What a third party could do with a role.

use crate::iam::aws::{
    ActionId, ActionSet, Document, Effective, Flags, Level as Access, catalogue, effective,
};
use crate::identity::policy::{Tag, managed_document};
use crate::identity::privilege::{Level, privilege};
use crate::identity::{IdentityId, Model, Policy};
use crate::source::Span;

/// More than looking.
pub(super) struct Powers {
    /// "administers the AWS account".
    pub phrase: String,
    /// The characters that give it, and a few words.
    pub causes: Vec<(Span, String)>,
    /// It takes knowledge of the product to tell whether it is too much.
    pub debatable: bool,
}

/// Changes that integrations make by design on what they are pointed at.
/// Source: Datadog documentation, "AWS integration IAM policy".
const BY_DESIGN: &[&str] = &[
    "events:CreateEventBus",
    "kms:Decrypt",
    "logs:DeleteSubscriptionFilter",
    "logs:PutSubscriptionFilter",
    "s3:PutBucketNotification",
    "sns:Publish",
    "support:RefreshTrustedAdvisorCheck",
];

impl Powers {
    pub fn of(model: &Model, id: IdentityId) -> Option<Powers> {
        let known = privilege(model, id);
        let level = known.level;
        if level <= Level::Unknown {
            return None;
        }
        let documents: Vec<(usize, &Document<Tag>)> =
            known.grants.iter().filter_map(|index| Some((*index, document(model, *index)?))).collect();
        let total = effective(documents.iter().map(|(_, document)| *document));
        let limited = |set: &ActionSet| match &known.aws_limits {
            Some(left) => set.intersection(left),
            None => set.clone(),
        };
        let all = limited(&total.on_all);
        let certain = total.certain();
        let (set, phrase, debatable) = match level {
            Level::Admin => (all, "administers the AWS account".to_string(), false),
            Level::Power => (all, "may do nearly everything in the AWS account".to_string(), false),
            _ => judged(&all, &certain)?,
        };
        let causes = match level >= Level::Power {
            true => known.causes.iter().map(|cause| (cause.span, cause.label.clone())).collect(),
            false => causes(model, &documents, &set),
        };
        Some(Powers { phrase, causes, debatable })
    }
}

/// What matters most of what is allowed.
fn judged(all: &ActionSet, certain: &ActionSet) -> Option<(ActionSet, String, bool)> {
    let by_design = ActionSet::of(BY_DESIGN.iter().copied());
    let flagged = |set: &ActionSet, flag: Flags| {
        let mut kept = ActionSet::new();
        set.iter().filter(|id| catalogue().action(*id).flags.has(flag)).for_each(|id| kept.insert(id));
        kept
    };
    let at = |set: &ActionSet, level: Access| set.intersection(catalogue().at_level(level));
    let permissions = at(certain, Access::Permissions);
    let secrets = |set: &ActionSet| {
        // Decrypting is of use only with something to decrypt.
        let mut found = flagged(set, Flags::SECRET);
        found.remove(&ActionSet::of(["kms:Decrypt"]));
        found
    };
    let changes = |set: &ActionSet| {
        let mut found = at(set, Access::Write).difference(&by_design);
        // AWS files some questions under writing.
        let asks = |name: &str| ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb));
        let questions: Vec<ActionId> =
            found.iter().filter(|id| asks(catalogue().action(*id).name)).collect();
        let mut kept = ActionSet::new();
        questions.into_iter().for_each(|id| kept.insert(id));
        found.remove(&kept);
        found
    };
    for (set, verb, debatable) in [
        (at(all, Access::Permissions), "manages permissions", false),
        (secrets(all), "reads stored secrets", false),
        (changes(all), "changes resources of any name", false),
        (permissions, "manages permissions of named resources", true),
        (secrets(certain), "reads some stored secrets", true),
        (changes(certain), "changes named resources", true),
    ] {
        if !set.is_empty() {
            let phrase = format!("{verb}: {}", examples(&set));
            return Some((set, phrase, debatable));
        }
    }
    None
}

/// `` `s3:PutObject` and 3 more ``
fn examples(set: &ActionSet) -> String {
    let names: Vec<String> = set.iter().take(2).map(|id| catalogue().full_name(id)).collect();
    let shown = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    match set.len() - shown.len() {
        0 => shown.join(" and "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn document(model: &Model, grant: usize) -> Option<&Document<Tag>> {
    match &model.grants[grant].policy {
        Policy::Aws(policy) => Some(&policy.document),
        Policy::AwsManaged(summary) => Some(managed_document(summary.name)),
        _ => None,
    }
}

/// The grants that allow some of it.
fn causes(model: &Model, documents: &[(usize, &Document<Tag>)], set: &ActionSet) -> Vec<(Span, String)> {
    let gives = |document: &Document<Tag>| {
        let own: Effective = effective([document]);
        !own.certain().is_disjoint(set)
    };
    let giving = documents.iter().filter(|(_, document)| gives(document));
    giving.map(|(index, _)| (model.grants[*index].span, "allowed here".to_string())).collect()
}

