//! What a change does to identities: two analyses, and what is different between them. It reads nothing and
//! writes nothing; `report::review` puts it into words.

mod findings;
mod live;
mod matching;
mod model;
mod others;
mod portrait;
mod principals;
mod rights;

pub use model::{Aspect, Change, Detail, Findings, Found, How, Place, Review, Side, Sign, Subject};

use crate::analysis::{Analysis, Settings};
use crate::diagnostic::{Gap, Severity};
use crate::rules::checks::posture_fixed_credential_live::PostureFixedCredentialLive;
use crate::source::SourceMap;
use matching::{Pairs, Translation};
use portrait::{Key, Portrait};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Compares two revisions. The names are those that the user gave; `settings` are those of the head.
pub fn review(base: &Analysis, head: &Analysis, settings: &Settings, names: (Side, Side)) -> Review {
    let moves = &head.moves;
    let (was, is) = portraits(base, head);
    let principals = Pairs::new(&was.principals, &is.principals, moves);
    let credentials = Pairs::new(&was.credentials, &is.credentials, moves);
    let workloads = Pairs::new(&was.workloads, &is.workloads, moves);
    let mut translation = Translation::default();
    [&principals, &credentials, &workloads].into_iter().for_each(|pairs| translation.add(pairs));

    let mut changes = principals::compare(&was.principals, &is.principals, &principals, &translation);
    changes.extend(others::credentials(&was.credentials, &is.credentials, &credentials, &translation));
    let to = |pairs: &Pairs, key: &Key| match pairs.to.get(key) {
        Some((to, _)) => to.clone(),
        None => Key { root: key.root.clone(), address: translation.text(&key.root, &key.address) },
    };
    let is_found = |key: &Key| is_told(head, key);
    changes.extend(others::ways(&was.ways, &is.ways, |key| to(&principals, key), is_found));
    changes.extend(others::exposures(&was.exposures, &is.exposures, |key| to(&workloads, key)));

    let notes: Vec<String> = out_of_sight(base, head, &changes).into_iter().collect();
    let mut found = findings::compare(base, head, moves);
    if settings.selection.takes(PostureFixedCredentialLive::INFO) {
        let live = live::find(base, head, (&was, &is), &credentials, &workloads);
        found.new.extend(live);
        found.new.sort_by_key(|one| Reverse(one.finding.severity));
    }
    let mut review = Review {
        base: side(names.0, base),
        head: side(names.1, head),
        changes: together(changes),
        findings: found,
        notes,
        moved: principals.moved() + credentials.moved(),
        new_gaps: new_gaps(base, head),
        fail_on: crate::analysis::fail_on(settings.config.fail_on),
    };
    review.changes.sort_by_cached_key(|change| {
        (Reverse(change.weight), change.subject, change.how, change.root.clone(), change.address.clone())
    });
    review
}

/// Root modules that are one and the same in both are left out.
fn portraits(base: &Analysis, head: &Analysis) -> (Portrait, Portrait) {
    let models = |analysis: &Analysis, other: &Analysis| {
        let known: HashMap<String, usize> = other
            .estate
            .models
            .iter()
            .enumerate()
            .map(|(at, model)| (model.project.dir.clone(), at))
            .collect();
        let mut portrait = Portrait::default();
        for model in &analysis.estate.models {
            let same = known.get(&model.project.dir).map(|at| &other.estate.models[*at]);
            if same.is_none_or(|same| !matching::is_shared(same, model)) {
                portrait.add(model, &analysis.sources);
            }
        }
        portrait
    };
    rayon::join(|| models(base, head), || models(head, base))
}

/// Whether a finding on escalation names somebody.
fn is_told(head: &Analysis, key: &Key) -> bool {
    let name = format!("`{}`", key.address);
    let mut on_escalation = head.findings.iter().filter(|finding| finding.category == "escalation");
    on_escalation.any(|finding| finding.message.contains(&name))
}

fn side(mut side: Side, analysis: &Analysis) -> Side {
    side.files = analysis.sources.len();
    side.identities = analysis.stats.identities;
    side.credentials = analysis.stats.credentials;
    side.gaps = analysis.gaps.len();
    side
}

/// Instances of a block, and root modules that call the same module, are told once.
fn together(changes: Vec<Change>) -> Vec<Change> {
    let mut kept: Vec<Change> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for change in changes {
        let details: Vec<_> = change.details.iter().map(|it| (it.sign, it.text.as_str())).collect();
        let name = change.address.rsplit('.').next().unwrap_or_default();
        let name = name.split('[').next().unwrap_or_default();
        let sign = format!(
            "{:?} {:?} {:?} {} {name} {details:?}",
            change.subject, change.how, change.place, change.kind
        );
        match known.get(&sign) {
            Some(at) => {
                let leader = &mut kept[*at];
                let same_root = leader.root == change.root;
                let other =
                    if same_root { change.address } else { format!("{} in {}", change.address, change.root) };
                leader.also.push(other);
            }
            None => {
                known.insert(sign, kept.len());
                kept.push(change);
            }
        }
    }
    kept
}

/// Where a gap is, and what it is.
fn described(gap: &Gap, sources: &SourceMap) -> (String, String) {
    let file = gap.span.and_then(|span| sources.find(span.file)).map(|file| file.path.clone());
    (file.or_else(|| gap.path.clone()).unwrap_or_default(), gap.message.clone())
}

fn new_gaps(base: &Analysis, head: &Analysis) -> Vec<String> {
    let known: HashSet<_> = base.gaps.iter().map(|gap| described(gap, &base.sources)).collect();
    let new = head.gaps.iter().map(|gap| described(gap, &head.sources)).filter(|gap| !known.contains(gap));
    let mut texts: Vec<String> = new
        .map(|(file, message)| if file.is_empty() { message } else { format!("{file}: {message}") })
        .collect();
    texts.dedup();
    texts
}

/// What can no longer be analysed looks as if it were gone.
fn out_of_sight(base: &Analysis, head: &Analysis, changes: &[Change]) -> Option<String> {
    let loses = |change: &&Change| {
        change.how == How::Removed || change.details.iter().any(|detail| detail.sign == Sign::Lost)
    };
    let losing: BTreeSet<&str> = changes.iter().filter(loses).map(|change| change.root.as_str()).collect();
    let of_root = |analysis: &Analysis, root: &str| {
        let model = analysis.estate.models.iter().find(|model| portrait::root_of(model) == root);
        let gaps = model.map(|model| model.project.gaps.clone()).unwrap_or_default();
        gaps.iter().map(|gap| described(gap, &analysis.sources)).collect::<HashSet<_>>()
    };
    let blind: Vec<String> = losing
        .into_iter()
        .filter(|root| !of_root(head, root).is_subset(&of_root(base, root)))
        .map(|root| format!("`{root}`"))
        .collect();
    (!blind.is_empty()).then(|| {
        format!(
            "in {} not all that was analysed before still is: what is lost or fixed there may only be out of sight",
            blind.join(", ")
        )
    })
}

/// The worst of what is new, for a heading.
pub fn worst(review: &Review) -> Option<Severity> {
    let findings = review.findings.new.iter().map(|one| one.finding.severity);
    let changes =
        review.changes.iter().filter(|change| change.how != How::Removed).map(|change| change.weight);
    findings.chain(changes).max()
}
