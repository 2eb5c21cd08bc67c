//! How much an identity may do, computed from all grants that reach it together. Each cloud has its own
//! measure; what they share is the scale, and that the characters to blame are named.

mod aws;
mod azure;
mod google;
mod holder;
mod kubernetes;
mod vault;

pub use google::{Condition as GoogleCondition, condition as google_condition, place as google_place};
pub use holder::{Holder, Nature};

use super::model::{IdentityId, Model, Policy};
use crate::iam::Verdict;
use crate::iam::aws::ActionSet;
use crate::source::Span;
use indexmap::IndexMap;
use serde::Serialize;

/// How much an identity may do, least first. `Unknown` stands apart: it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    None,
    /// Its grants could not be read.
    Unknown,
    Read,
    Write,
    /// Manages permissions of something.
    Permissions,
    /// Nearly everything but giving out permissions.
    Power,
    Admin,
}

/// What an identity may do.
#[derive(Clone, Debug, Default)]
pub struct Privilege {
    pub level: Level,
    /// A few words for a table: "administers the AWS account".
    pub summary: String,
    /// What limits it, and what is not known of it; one sentence each.
    pub caveats: Vec<String>,
    /// What makes it an administrator or nearly one. Empty for everyone else.
    pub causes: Vec<Cause>,
    /// Indices of the grants that reach it, in `Model::grants`.
    pub grants: Vec<usize>,
    /// Where a boundary or a Deny limits AWS permissions: what is left of those on all resources.
    pub aws_limits: Option<ActionSet>,
    /// A permissions boundary applies whose document is not here.
    pub unread_boundary: Option<String>,
}

/// The smallest part found that makes an identity an administrator or nearly one by itself.
#[derive(Clone, Debug)]
pub struct Cause {
    pub verdict: Verdict,
    /// Index in `Model::grants`.
    pub grant: usize,
    /// The characters to blame.
    pub span: Span,
    /// As written: `*`, `AdministratorAccess`, `roles/owner`.
    pub text: String,
    /// Of what it makes an administrator: "project `a`".
    pub place: String,
    /// What the identity thereby does: "has full administration of the AWS account".
    pub phrase: String,
    /// The same for the marked characters, in few words.
    pub label: String,
    /// Index of the statement in the grant's document, where it has one.
    pub statement: Option<usize>,
    /// It allows more than it names.
    pub wildcard: bool,
    /// Other places that belong to it, such as elements without which it would be less; a few words each.
    pub together: Vec<(Span, String)>,
    /// What takes some of it away.
    pub blunted: Vec<String>,
    /// What else was looked at.
    pub notes: Vec<String>,
    /// Something that is not known might make it less.
    pub unsure: bool,
    /// It takes knowledge that the code does not have to tell whether it is too much.
    pub debatable: bool,
}

/// The privileges of everyone who is granted something.
#[derive(Debug, Default)]
pub struct Privileges {
    of: IndexMap<Holder, Privilege>,
}

impl Privileges {
    pub fn iter(&self) -> impl Iterator<Item = (&Holder, &Privilege)> {
        self.of.iter()
    }

    pub fn get(&self, holder: &Holder) -> Option<&Privilege> {
        self.of.get(holder)
    }
}

/// What an identity declared here may do.
pub fn privilege(model: &Model, id: IdentityId) -> &Privilege {
    static NOBODY: Privilege = Privilege {
        level: Level::None,
        summary: String::new(),
        caveats: Vec::new(),
        causes: Vec::new(),
        grants: Vec::new(),
        aws_limits: None,
        unread_boundary: None,
    };
    privileges(model).get(&Holder::identity(id)).unwrap_or(&NOBODY)
}

/// What everyone may do: declared here or not, as far as grants here name them. Computed once.
pub fn privileges(model: &Model) -> &Privileges {
    model.privileges.get_or_init(|| compute(model))
}

fn compute(model: &Model) -> Privileges {
    let mut held: IndexMap<Holder, Vec<usize>> =
        model.identities.iter().map(|identity| (Holder::identity(identity.id), Vec::new())).collect();
    for index in 0..model.grants.len() {
        for holder in Holder::of_grant(model, index) {
            let grants = held.entry(holder).or_default();
            if grants.last() != Some(&index) {
                grants.push(index);
            }
        }
    }
    let measured = held.into_iter().map(|(holder, grants)| {
        let privilege = measure(model, &holder, grants);
        (holder, privilege)
    });
    Privileges { of: measured.collect() }
}

/// What a policy allows whoever it may be attached to, if that is administration or nearly.
pub fn dormant(model: &Model, grant: usize) -> Option<Cause> {
    let nobody = Holder::identity(IdentityId(usize::MAX));
    measure(model, &nobody, vec![grant]).causes.into_iter().next()
}

fn measure(model: &Model, holder: &Holder, grants: Vec<usize>) -> Privilege {
    let mut total = Privilege::default();
    let of = |test: fn(&Policy) -> bool| -> Vec<usize> {
        grants.iter().copied().filter(|index| test(&model.grants[*index].policy)).collect()
    };
    let aws = of(|policy| matches!(policy, Policy::Aws(_) | Policy::AwsManaged(_)));
    if !aws.is_empty() {
        aws::measure(model, holder, &aws, &mut total);
    }
    google::measure(model, &of(|policy| matches!(policy, Policy::Google { .. })), &mut total);
    azure::measure(model, &of(|policy| matches!(policy, Policy::Azure { .. })), &mut total);
    kubernetes::measure(model, &of(|policy| matches!(policy, Policy::Kubernetes { .. })), &mut total);
    vault::measure(model, &of(|policy| matches!(policy, Policy::Vault(_))), &mut total);
    let unread = of(|policy| matches!(policy, Policy::Unknown)).len();
    if unread > 0 {
        total.caveats.push(match unread {
            1 => "one of its policies could not be read".to_string(),
            count => format!("{count} of its policies could not be read"),
        });
        total.raise(Level::Unknown, "not known");
    }
    if total.summary.is_empty() {
        total.summary = "nothing".to_string();
    }
    total.grants = grants;
    total
}

impl Privilege {
    /// Adds what one cloud says. The highest level counts; what is said of it comes first.
    fn raise(&mut self, level: Level, summary: &str) {
        if level == Level::None || summary.is_empty() || (level == Level::Unknown && self.level > level) {
            return;
        }
        let known = self.summary.split("; ").any(|part| part == summary);
        match (known || self.summary.is_empty(), level > self.level) {
            (true, _) if self.summary.is_empty() => self.summary = summary.to_string(),
            (true, _) => {}
            (false, true) if self.level == Level::Unknown => self.summary = summary.to_string(),
            (false, true) => self.summary = format!("{summary}; {}", self.summary),
            (false, false) => self.summary = format!("{}; {summary}", self.summary),
        }
        self.level = self.level.max(level);
    }
}

impl Level {
    pub fn of(verdict: Verdict) -> Option<Level> {
        match verdict {
            Verdict::None => None,
            Verdict::Power => Some(Level::Power),
            Verdict::Admin => Some(Level::Admin),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Unknown => "unknown",
            Level::Read => "read",
            Level::Write => "write",
            Level::Permissions => "permissions",
            Level::Power => "power",
            Level::Admin => "admin",
        }
    }
}

impl Cause {
    fn new(verdict: Verdict, grant: usize, span: Span, text: impl Into<String>) -> Self {
        Cause {
            verdict,
            grant,
            span,
            text: text.into(),
            place: String::new(),
            phrase: String::new(),
            label: String::new(),
            statement: None,
            wildcard: false,
            together: Vec::new(),
            blunted: Vec::new(),
            notes: Vec::new(),
            unsure: false,
            debatable: false,
        }
    }
}

/// `a, b and 3 more`.
fn some_of(names: &[&str], most: usize) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_string(),
        _ if names.len() <= most => {
            let (last, rest) = (names[names.len() - 1], &names[..names.len() - 1]);
            format!("{} and {last}", rest.join(", "))
        }
        _ => format!("{} and {} more", names[..most].join(", "), names.len() - most),
    }
}
