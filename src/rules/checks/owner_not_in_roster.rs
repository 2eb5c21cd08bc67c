use crate::eval::block_address;
use crate::config::Evidence;
use crate::diagnostic::{Confidence, Fix, Persona};
use crate::eval::Resource;
use crate::eval::value::ResourceId;
use crate::identity::{Credential, Identity, Model, Owner, OwnerSource, Ownership, Subject};
use crate::owners::{EntryKind, Lookup, is_placeholder, split_owners};
use crate::rules::succession;
use crate::rules::surroundings::{counted, is_sample, listed};
use crate::rules::{Context, Draft, Rule, RuleInfo};
use crate::source::Span;
use indexmap::{IndexMap, IndexSet};
use jiff::civil::Date;

declare_rule! {
    /// The code names an owner who is not there any more: the roster gives a last day that has passed, or
    /// has never heard of the name. On paper the identity has an owner, in truth it has none, and nobody
    /// notices, because every check for the tag still passes. Whoever left may also still know its secrets.
    ///
    /// The roster is the file that `owners.roster` in `keyward.toml` points to: CSV or JSON as it is
    /// exported from the directory of the organisation, or a CODEOWNERS file, which is then taken as the
    /// list of teams that exist. Different writings of a name agree (`@acme/payments-team`, `Payments Team`,
    /// `payments`). Where a tag names several owners, one who is still there is enough. Owners that are
    /// references or object ids are not looked up by name. Without a roster only a handle such as
    /// `@acme/payments` is held against CODEOWNERS, and only with `--persona strict`, since CODEOWNERS need
    /// not know every team.
    ///
    /// All identities of one owner are one finding. To fix it, hand them over to a team, and rotate what
    /// credentials they hold: the finding lists them. Where there are none, the fix names the team that CODEOWNERS
    /// gives the file to, or that the roster says they were in.
    ///
    /// With this configuration and roster
    ///
    /// ```toml,keyward.toml
    /// [owners]
    /// roster = "people.csv"
    /// ```
    ///
    /// ```csv,people.csv
    /// name,email,team,end
    /// Jane Doe,jane.doe@acme.example,payments,2026-03-31
    /// Max Roe,max.roe@acme.example,payments,
    /// ```
    ///
    /// the tag of this role names nobody who is there:
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "exporter" {
    ///   name               = "exporter"
    ///   assume_role_policy = file("trust.json")
    ///   tags               = { owner = "jane.doe@acme.example" }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "exporter" {
    ///   name               = "exporter"
    ///   assume_role_policy = file("trust.json")
    ///   tags               = { owner = "payments" }
    /// }
    /// ```
    ///
    /// Source: NIST SP 800-53 AC-2 "Account Management", PS-4 "Personnel Termination"; OWASP NHI1:2025
    /// "Improper Offboarding".
    OwnerNotInRoster {
        code: "KW002",
        name: "owner-not-in-roster",
        summary: "Owner named in the code who has left or is not known",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "offboarding",
        nhi: ["NHI1"],
        csf: ["GV.RR-02", "PR.AA-01", "ID.AM-08"],
        cis: [],
    }
}

/// What is wrong with a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Verdict {
    Left { name: String, since: Option<Date>, team: Option<String>, is_team: bool },
    NotInRoster,
    NotInCodeowners,
}

/// One identity or credential of somebody who is not there.
struct Held<'a> {
    model: &'a Model,
    resource: &'a Resource,
    span: Span,
    key: String,
}

/// The owners that a root module names, each name once.
struct Names(Vec<Owner>);

impl Names {
    fn of(model: &Model) -> Self {
        let mut names: IndexMap<&str, &Owner> = IndexMap::new();
        for (_, owner) in owned(model) {
            names.entry(&owner.name).or_insert(owner);
        }
        Names(names.into_values().cloned().collect())
    }
}

impl Rule for OwnerNotInRoster {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn estate(&self, cx: &mut Context<'_>) {
        let mut groups: IndexMap<(String, Verdict, bool), Vec<Held<'_>>> = IndexMap::new();
        let mut known: IndexMap<String, Option<Verdict>> = IndexMap::new();
        for model in &cx.shared.estate.models {
            let names = model.note(|| Names::of(model));
            let of = |owner: &Owner, known: &mut IndexMap<String, Option<Verdict>>| {
                known.entry(owner.name.clone()).or_insert_with(|| judge(cx, owner)).is_some()
            };
            let mut is_wanted = false;
            names.0.iter().for_each(|owner| is_wanted |= of(owner, &mut known));
            if !is_wanted {
                continue;
            }
            for (resource, owner) in owned(model) {
                let verdict = known.entry(owner.name.clone()).or_insert_with(|| judge(cx, owner)).clone();
                let Some(verdict) = verdict.filter(|verdict| suits(verdict, &owner.source)) else { continue };
                let resource = model.resource(resource);
                let span = owner.span.unwrap_or_else(|| resource.header());
                let sample = is_sample(cx, model, resource.header());
                let key = match &owner.source {
                    OwnerSource::Tag(key) => format!("the tag `{key}`"),
                    OwnerSource::Attribute(name) => format!("`{name}`"),
                    OwnerSource::Codeowners(line) => format!("line {line} of CODEOWNERS"),
                    _ => "the description".to_string(),
                };
                let held = Held { model, resource, span, key };
                groups.entry((owner.name.to_lowercase(), verdict, sample)).or_default().push(held);
            }
        }
        let drafts: Vec<_> = groups
            .into_iter()
            .filter_map(|((_, verdict, sample), held)| report(cx, &verdict, sample, &held))
            .collect();
        drafts.into_iter().for_each(|draft| cx.emit(draft));
    }
}

/// Everything whose owner is named for itself, in the order of the code.
fn owned(model: &Model) -> impl Iterator<Item = (ResourceId, &Owner)> {
    let identities = model.identities.iter().filter(|identity| !identity.human && !identity.service_owned);
    let credentials = model.credentials.iter().filter(|credential| {
        !credential.generated && !credential.human && model.identity_of(credential.resource).is_none()
    });
    let of_identities = identities.map(|Identity { resource, owner, .. }| (*resource, owner));
    let of_credentials = credentials.map(|Credential { resource, owner, .. }| (*resource, owner));
    of_identities.chain(of_credentials).filter_map(|(resource, owner)| match owner {
        Ownership::Owned(owner) if owner.source != OwnerSource::Identity => Some((resource, owner)),
        _ => None,
    })
}

/// What is known of a name, where none of those it stands for is there.
fn judge(cx: &Context<'_>, owner: &Owner) -> Option<Verdict> {
    let names = split_owners(&owner.name);
    let mut worst = None;
    for name in names {
        if is_placeholder(name) || !is_name(name) {
            return None;
        }
        let verdict = match cx.shared.roster.filter(|roster| !roster.is_empty()) {
            Some(roster) => match roster.lookup(name, cx.shared.today) {
                Lookup::Current(_) => return None,
                Lookup::Ended { entry, since } => Verdict::Left {
                    name: entry.name.clone(),
                    since,
                    team: entry.team.clone(),
                    is_team: entry.kind == Some(EntryKind::Team),
                },
                Lookup::Unknown => Verdict::NotInRoster,
            },
            None => unknown_to_codeowners(cx, name)?,
        };
        if !matches!(worst, Some(Verdict::Left { .. })) {
            worst = Some(verdict);
        }
    }
    worst
}

/// References, ids and values known only after apply are no names.
fn is_name(text: &str) -> bool {
    let id = text.len() >= 32 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let reference = text.starts_with("data.") || text.starts_with("module.") || text.starts_with("azuread_");
    !id && !reference && !text.starts_with('(') && text.chars().any(char::is_alphabetic)
}

/// A handle of an organisation whose other teams CODEOWNERS names.
fn unknown_to_codeowners(cx: &Context<'_>, name: &str) -> Option<Verdict> {
    let (organisation, _) = name.strip_prefix('@')?.split_once('/')?;
    let names = cx.shared.codeowners?.all_owners();
    let prefix = format!("@{}/", organisation.to_lowercase());
    let known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let same = names.iter().any(|known| known.to_lowercase().starts_with(&prefix));
    (same && !known).then_some(Verdict::NotInCodeowners)
}

/// Rosters seldom know the handles that CODEOWNERS uses: that one is missing there says nothing.
fn suits(verdict: &Verdict, source: &OwnerSource) -> bool {
    match (verdict, source) {
        (Verdict::Left { .. }, _) => true,
        (Verdict::NotInRoster | Verdict::NotInCodeowners, OwnerSource::Codeowners(_)) => false,
        // Prose is read by pattern, which may take a wrong word for a name.
        (Verdict::NotInRoster | Verdict::NotInCodeowners, OwnerSource::Text) => false,
        _ => true,
    }
}

fn report(cx: &Context<'_>, verdict: &Verdict, sample: bool, held: &[Held<'_>]) -> Option<Draft> {
    let first = held.first()?;
    let owner = named(first)?;
    let blocks: IndexSet<String> = held.iter().map(|held| block_address(&held.resource.address)).collect();
    let what = listed(blocks.iter().map(String::as_str), 3);
    let (message, label) = match verdict {
        Verdict::Left { name, since, is_team, .. } => {
            let done = if *is_team { "was disbanded" } else { "left" };
            let when = since.map(|since| format!(" on {since}")).unwrap_or_default();
            let still = if since.is_some() { " and is still" } else { " but is still" };
            let label = format!("{done}{when}");
            (format!("`{name}` {done}{when}{still} the owner of {what}"), label)
        }
        Verdict::NotInRoster => (
            format!("`{owner}`, the owner of {what}, is not in the roster"),
            "nobody of that name is in the roster".to_string(),
        ),
        Verdict::NotInCodeowners => (
            format!("`{owner}`, the owner of {what}, is not in CODEOWNERS"),
            "CODEOWNERS names other teams of this organisation, but not this one".to_string(),
        ),
    };
    let mut draft = Draft::new(OwnerNotInRoster::INFO, &first.resource.address, "owner", first.span, message)
        .of_root(first.model)
        .label(label)
        .identity(first.resource.address.clone())
        .owner(Some(&owner));
    for held in &held[1..] {
        draft = draft.site(&held.resource.address, "owner", held.span).of_root(held.model);
    }
    if first.span != first.resource.header() {
        draft = draft.related(first.resource.header(), "the owner of this");
    }
    draft = draft.note(format!("the name comes from {}", first.key));
    let credentials: IndexSet<String> = held.iter().flat_map(standing).collect();
    if !credentials.is_empty() {
        let noun = counted(credentials.len(), "standing credential");
        let most = listed(credentials.iter().map(String::as_str), 5);
        draft = draft.note(format!("{noun} may still be known to them: {most}"));
    }
    let mut help = "hand it over to a team".to_string();
    if !credentials.is_empty() {
        help.push_str(" and rotate the credentials");
    }
    draft = draft.help(help);
    let successor = successor(cx, first, verdict);
    let standing: Vec<String> = credentials.into_iter().collect();
    let way = succession::steps(successor.as_ref().map(|(_, said)| said.as_str()), &standing);
    let places: Vec<(&Resource, Span)> = held.iter().map(|held| (held.resource, held.span)).collect();
    draft = match successor {
        // With another name on them, nobody would ask for their credentials any more.
        Some((team, said)) => draft.fix(
            succession::hand_over(cx, &places, &owner, &team)
                .filter(|_| standing.is_empty())
                .unwrap_or_else(|| Fix::manual(format!("Name {said} as the owner")).with(way)),
        ),
        None if *verdict == Verdict::NotInCodeowners => {
            draft.fix(Fix::manual("Name a team that is still there, or add this one to CODEOWNERS").with(way))
        }
        None => draft.fix(Fix::manual("Name a team that is in the roster as the owner").with(way)),
    };
    // A name that is not there may be written in a way that the roster does not know.
    if !matches!(verdict, Verdict::Left { .. }) {
        draft = draft.confidence(Confidence::Medium);
    }
    if sample || *verdict == Verdict::NotInCodeowners {
        draft = draft.persona(Persona::Strict);
    }
    let environment = held.iter().find_map(|held| {
        let identity = held.model.identity_of(held.resource.id)?;
        (identity.environment == Some(crate::config::Environment::Production))
            .then_some(&identity.environment)
    });
    Some(draft.environment(environment.and_then(Option::as_ref)))
}

fn named(held: &Held<'_>) -> Option<String> {
    let identity = held.model.identity_of(held.resource.id).map(|identity| &identity.owner);
    let credential = held.model.credential_of(held.resource.id).map(|credential| &credential.owner);
    identity.or(credential)?.name().map(str::to_string)
}

/// Standing credentials of an identity, or the credential itself.
fn standing(held: &Held<'_>) -> Vec<String> {
    match held.model.identity_of(held.resource.id) {
        Some(identity) => {
            let of = held.model.credentials.iter().filter(|credential| {
                credential.subject == Subject::Identity(identity.id)
                    && credential.is_static
                    && !credential.generated
            });
            of.filter(|credential| credential.resource != identity.resource)
                .map(|credential| block_address(&credential.address))
                .collect()
        }
        None => vec![block_address(&held.resource.address)],
    }
}

/// The team of CODEOWNERS for the file, or the one that the person was in while it is still there.
fn successor(cx: &Context<'_>, held: &Held<'_>, verdict: &Verdict) -> Option<(String, String)> {
    let file = cx.shared.sources.find(held.resource.header().file)?;
    let from_codeowners = cx.shared.codeowners.and_then(|codeowners| {
        let owners = codeowners.owners_of_file(&file.absolute);
        owners.into_iter().find(|owner| {
            let evidence = if owner.is_catch_all { Evidence::CatchAll } else { Evidence::Codeowners };
            let there = cx.shared.roster.is_none_or(|roster| {
                !matches!(roster.lookup(&owner.name, cx.shared.today), Lookup::Ended { .. })
            });
            there && evidence >= Evidence::Codeowners && owner.name.contains('/')
        })
    });
    if let Some(owner) = from_codeowners {
        let said = format!("`{}` (line {} of CODEOWNERS)", owner.name, owner.line);
        return Some((owner.name, said));
    }
    let Verdict::Left { team: Some(team), .. } = verdict else { return None };
    let there = matches!(cx.shared.roster?.lookup(team, cx.shared.today), Lookup::Current(_));
    there.then(|| (team.clone(), format!("`{team}`, the team that they were in,")))
}
