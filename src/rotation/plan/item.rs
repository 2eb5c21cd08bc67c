use super::observed::Observed;
use super::way::{self, Overlap};
use super::{Input, age, halves, kinds, owners, sinks, steps, terms};
use crate::config::{Config, Environment, LimitKind, RotationKind};
use crate::dates::{human, seconds};
use crate::identity::exposure::{exposures, worst};
use crate::identity::privilege::{Holder, Level, privileges};
use crate::identity::{Credential, Model, Place, Subject};
use crate::source::{SourceMap, Span};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Serialize, Serializer};

/// What is to be exchanged, and what was left out.
#[derive(Debug, Serialize)]
pub struct Plan {
    #[serde(serialize_with = "as_text")]
    pub today: Date,
    pub items: Vec<Item>,
    /// Credentials that are disabled and still there: nothing to exchange, but to remove.
    pub disabled: usize,
    /// Accounts were asked as well.
    #[serde(skip)]
    pub asked: bool,
}

/// How soon. The order is that of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// It is written in the code, so that everyone who can read that has it.
    Leaked,
    /// Its owner has left, and may still know it.
    OwnerGone,
    Overdue,
    Soon,
    /// There is a limit, and the code does not tell how old it is.
    Undated,
    /// Within the limit, or there is none.
    Fresh,
}

#[derive(Debug, Serialize)]
pub struct Item {
    /// Address of the credential, or of the block that a secret is written in.
    pub credential: String,
    pub r#type: String,
    /// Directory of the root module, `.` for the scanned directory.
    pub root: String,
    pub file: String,
    pub line: u32,
    /// Key of `[rotation]` whose limit holds.
    pub kind: Option<&'static str>,
    /// Whose credential it is.
    pub identity: Option<String>,
    pub owner: Option<String>,
    pub environment: Option<String>,
    pub privilege: Level,
    /// What uses it can be reached from the internet.
    pub exposed: bool,
    pub urgency: Urgency,
    /// Why now; one sentence each.
    pub reasons: Vec<String>,
    pub age: Age,
    pub max_age: Option<String>,
    /// How to do without it, which is better than any rotation.
    pub eliminate: Option<Elimination>,
    pub through: Through,
    /// How it is exchanged.
    pub steps: Vec<Step>,
    pub sinks: Vec<Sink>,
    /// How long the old one has to be unused before it is disabled; none for what has leaked.
    pub quiet: Option<String>,
    /// How long it stays disabled before it is deleted.
    pub keep_disabled: Option<String>,
    /// When it may be changed, in UTC; always when empty.
    pub windows: Vec<String>,
    pub notify: Vec<String>,
    /// What may go wrong, one sentence each.
    pub cautions: Vec<String>,
    /// Which of two is worse, where both are equally urgent.
    #[serde(skip)]
    pub weight: (bool, Level, bool),
}

/// How old it is, as far as the code tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "known")]
pub enum Age {
    Since {
        #[serde(serialize_with = "as_text")]
        since: Date,
        days: i64,
        /// Where that is written.
        evidence: String,
    },
    /// Terraform replaces it from time to time.
    Renewed {
        every: Option<String>,
        by: String,
    },
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Elimination {
    pub by: String,
    /// For the consumers at hand, one sentence each.
    pub ways: Vec<String>,
    pub steps: Vec<Step>,
}

/// How it is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Through {
    /// It is a resource of this code: by pull requests, since a call of the API would only make drift.
    Terraform,
    /// The code has only a copy of it, or leaves later changes alone.
    Api,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub title: String,
    /// Wait for this before the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A place that its value goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sink {
    pub kind: &'static str,
    pub address: String,
    pub attribute: String,
    pub file: String,
    pub line: u32,
    /// What makes the consumer take the new value.
    pub reload: &'static str,
}

impl Plan {
    pub fn count(&self, urgency: Urgency) -> usize {
        self.items.iter().filter(|item| item.urgency == urgency).count()
    }

    /// How many are to be exchanged now.
    pub fn due(&self) -> usize {
        self.items.iter().filter(|item| item.urgency <= Urgency::Overdue).count()
    }
}

impl Urgency {
    pub const ALL: [Urgency; 6] = [
        Urgency::Leaked,
        Urgency::OwnerGone,
        Urgency::Overdue,
        Urgency::Soon,
        Urgency::Undated,
        Urgency::Fresh,
    ];

    pub fn describe(self) -> &'static str {
        match self {
            Urgency::Leaked => "leaked",
            Urgency::OwnerGone => "owner gone",
            Urgency::Overdue => "overdue",
            Urgency::Soon => "due soon",
            Urgency::Undated => "of unknown age",
            Urgency::Fresh => "not due",
        }
    }
}

/// The item of a credential that is declared here.
pub(super) fn of(
    input: &Input<'_>,
    model: &Model,
    credential: &Credential,
    places: &[&Place],
    peers: &kinds::Peers,
    pairs: &halves::Halves,
    observed: Option<&Observed>,
) -> Item {
    let resource = model.resource(credential.resource);
    let circumstances = Circumstances::of(model, credential, places);
    let terms = circumstances.terms(input.config, &credential.address);
    let Circumstances { kind, place, privilege, exposed } = circumstances;
    let seen = observed.and_then(|observed| observed.age(input.today));
    let age = seen.unwrap_or_else(|| age::of(model, resource, input));
    let due = age::judge(&age, credential.expiry.as_deref(), &terms, input);
    let gone = owners::gone(&credential.owner, input);
    let mut reasons = Vec::from_iter(gone.clone());
    reasons.extend(due.reasons);
    let urgency = if gone.is_some() { due.urgency.min(Urgency::OwnerGone) } else { due.urgency };

    let sinks = sinks::of(input.sources, places);
    let through = way::through(model, credential);
    let eliminate = way::instead(model, credential, places).map(|(by, ways)| {
        let steps = steps::without(credential, &by, &sinks, &terms);
        Elimination { by, ways, steps }
    });
    let overlap = Overlap::of(&credential.kind, places);
    let mut cautions = halves::cautions(credential, model, pairs);
    // Whoever has a public half registered is known, and so is who has the private one.
    let paired = !cautions.is_empty();
    cautions.extend(sinks::cautions(places, paired));
    cautions.extend(kinds::crowded(credential, model, peers, overlap));
    cautions.extend(observed.into_iter().flat_map(|observed| observed.cautions(input.today)));
    let owner = credential.owner.name().map(str::to_owned);
    let notify = owners::notify(owner.as_deref(), gone.is_some(), &terms);
    if notify.is_empty() {
        cautions.push("nobody is told: it has no owner, and `rotation.notify` is empty".to_owned());
    }
    let (file, line) = file_line(input.sources, resource.header());
    Item {
        credential: credential.address.clone(),
        r#type: credential.kind.clone(),
        root: root(model),
        file,
        line,
        kind: Some(LimitKind::key(kind)),
        identity: match &credential.subject {
            Subject::None | Subject::Unknown => None,
            subject => Some(model.describe(subject)),
        },
        owner,
        environment: environment(place),
        privilege,
        exposed,
        urgency,
        reasons,
        age,
        max_age: terms.max_age.map(human),
        steps: match halves::is_public(credential) {
            true => halves::steps(credential, &terms),
            false => steps::of(credential, through, overlap, &sinks, &terms),
        },
        eliminate,
        through,
        sinks,
        quiet: Some(human(terms.quiet)),
        keep_disabled: Some(human(terms.keep_disabled)),
        windows: terms.windows.iter().map(ToString::to_string).collect(),
        notify,
        cautions,
        weight: (place == Some(&Environment::Production), privilege, exposed),
    }
}

/// How long the old one of a credential has to be unused before it is disabled, and how long it stays so.
pub fn periods(config: &Config, model: &Model, credential: &Credential) -> (SignedDuration, SignedDuration) {
    let places: Vec<_> = model.places_of(credential.id).collect();
    let terms = Circumstances::of(model, credential, &places).terms(config, &credential.address);
    (terms.quiet, terms.keep_disabled)
}

/// What the policy looks at in a credential that is declared.
struct Circumstances<'m> {
    kind: RotationKind,
    place: Option<&'m Environment>,
    privilege: Level,
    exposed: bool,
}

impl<'m> Circumstances<'m> {
    fn of(model: &'m Model, credential: &'m Credential, places: &[&Place]) -> Self {
        let place = credential.environment.as_ref().or(match &credential.subject {
            Subject::Identity(id) => model.identity(*id).environment.as_ref(),
            _ => None,
        });
        Circumstances {
            kind: kinds::of(&credential.kind),
            place,
            privilege: privilege(model, &credential.subject),
            exposed: is_exposed(model, credential, places),
        }
    }

    fn terms(&self, config: &Config, address: &str) -> terms::Terms {
        let subject = terms::Subject {
            kind: Some(self.kind),
            production: terms::production(self.place),
            privilege: self.privilege,
            exposed: Some(self.exposed),
            address,
        };
        terms::of(&config.rotation, &subject)
    }
}

/// How old a credential may become, and which key or rule says so. One that no code declares has its type alone.
pub fn limit(
    config: &Config,
    kind: &str,
    declared: Option<(&Model, &Credential)>,
) -> (Option<SignedDuration>, String) {
    let terms = match declared {
        Some((model, credential)) => {
            let places: Vec<_> = model.places_of(credential.id).collect();
            Circumstances::of(model, credential, &places).terms(config, &credential.address)
        }
        None => {
            Circumstances { kind: kinds::of(kind), place: None, privilege: Level::Unknown, exposed: false }
                .terms(config, "")
        }
    };
    (terms.max_age, terms.because)
}

fn privilege(model: &Model, subject: &Subject) -> Level {
    match subject {
        Subject::None | Subject::Unknown => Level::Unknown,
        subject => privileges(model).get(&Holder::of(subject.clone())).map_or(Level::None, |it| it.level),
    }
}

/// A workload that runs as its identity, or that is handed its value.
fn is_exposed(model: &Model, credential: &Credential, places: &[&Place]) -> bool {
    let exposures = exposures(model);
    let by_identity = match &credential.subject {
        Subject::None | Subject::Unknown => None,
        subject => worst(exposures.of_subject(subject)),
    };
    by_identity.is_some()
        || places
            .iter()
            .filter_map(|place| place.resource)
            .any(|workload| worst(exposures.of_workload(workload)).is_some())
}

pub(super) fn file_line(sources: &SourceMap, span: Span) -> (String, u32) {
    match sources.find(span.file) {
        Some(file) => (file.path.clone(), file.position(span.start).line + 1),
        None => (String::new(), 0),
    }
}

pub(super) fn root(model: &Model) -> String {
    if model.project.dir.is_empty() { ".".to_owned() } else { model.project.dir.clone() }
}

pub(super) fn environment(environment: Option<&Environment>) -> Option<String> {
    environment.map(|environment| match environment {
        Environment::Production => "production".to_owned(),
        Environment::NonProduction(name) => name.clone(),
    })
}

fn as_text<S: Serializer>(date: &Date, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(date)
}

/// Days as a length, for messages.
pub(super) fn days(count: i64) -> String {
    human(seconds(count.saturating_mul(86_400)))
}
