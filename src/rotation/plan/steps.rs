use super::item::{Sink, Step, Through};
use super::terms::Terms;
use super::way::Overlap;
use crate::dates::human;
use crate::identity::Credential;

/// How it is exchanged, in order.
pub(super) fn of(
    credential: &Credential,
    through: Through,
    overlap: Overlap,
    sinks: &[Sink],
    terms: &Terms,
) -> Vec<Step> {
    let old = format!("`{}`", credential.address);
    match (through, overlap) {
        (Through::Api, _) => by_api(&old, sinks, terms),
        (Through::Terraform, Overlap::Single) => in_place(&old, sinks),
        (Through::Terraform, Overlap::InTurns) => in_turns(&old, sinks, terms),
        (Through::Terraform, _) => staged(credential, &old, sinks, terms),
    }
}

/// How it is done without, which comes before exchanging it.
pub(super) fn without(credential: &Credential, by: &str, sinks: &[Sink], terms: &Terms) -> Vec<Step> {
    let mut steps = vec![
        step(format!("bring in {by}")).then("it is applied"),
        step(format!("let {} use that instead", consumers(sinks)))
            .then("each consumer was seen to work without the key"),
    ];
    steps.extend(retire(credential, &format!("`{}`", credential.address), terms));
    steps
}

/// Three pull requests, each after the one before is merged and applied.
fn staged(credential: &Credential, old: &str, sinks: &[Sink], terms: &Terms) -> Vec<Step> {
    let mut steps = vec![
        step(format!("pull request 1: declare a second one beside {old}")).then("it is merged and applied"),
        step(format!("pull request 2: switch {} to it", consumers(sinks)))
            .then("it is merged and applied, and the new one was seen in use"),
    ];
    let mut last = retire(credential, old, terms);
    if let Some(first) = last.first_mut() {
        first.title = format!("pull request 3: {}", first.title);
    }
    steps.append(&mut last);
    steps
}

fn retire(credential: &Credential, old: &str, terms: &Terms) -> Vec<Step> {
    let quiet = format!("nothing has used {old} for {}", human(terms.quiet));
    let kept = human(terms.keep_disabled);
    match &*credential.kind {
        "aws_iam_access_key" => vec![
            step("set `status = \"Inactive\"` on it".to_owned())
                .after(&quiet)
                .then(&format!("it was seen to be refused, and {kept} have passed without a complaint")),
            step(format!("remove {old}")),
        ],
        _ => vec![step("remove it".to_owned()).after(&quiet).then("it was seen to be refused")],
    }
}

/// One password at a time: whoever holds a copy is locked out between the change and the reload.
fn in_place(old: &str, sinks: &[Sink]) -> Vec<Step> {
    vec![
        step(format!("give what {old} logs in to a second user or key, so that both work for a while")),
        step(format!("replace {old} (`terraform apply -replace`) while consumers use the second one"))
            .then("it is applied"),
        step(format!("switch {} back", consumers(sinks))).then("the new one was seen in use"),
        step("prove that the old value is refused".to_owned()),
    ]
}

fn in_turns(old: &str, sinks: &[Sink], terms: &Terms) -> Vec<Step> {
    vec![
        step(format!("switch {} to the secondary key of {old}", consumers(sinks)))
            .then(&format!("nothing has used the primary one for {}", human(terms.quiet))),
        step("renew the primary key, then let the state be refreshed".to_owned())
            .then("the old primary one was seen to be refused"),
    ]
}

fn by_api(old: &str, sinks: &[Sink], terms: &Terms) -> Vec<Step> {
    vec![
        step(format!("make a second one beside {old}")),
        step(format!("put it into {}", consumers(sinks))).then("the new one was read back and used"),
        step("disable the old one".to_owned())
            .after(&format!("nothing has used it for {}", human(terms.quiet)))
            .then(&format!("it was seen to be refused, and {} have passed", human(terms.keep_disabled))),
        step("delete the old one".to_owned()),
    ]
}

fn consumers(sinks: &[Sink]) -> String {
    match sinks {
        [] => "whoever uses it".to_owned(),
        [one] => format!("`{}`", one.address),
        [one, two] if one.address != two.address => format!("`{}` and `{}`", one.address, two.address),
        [one, rest @ ..] => format!("`{}` and {} more", one.address, rest.len()),
    }
}

pub(super) fn step(title: String) -> Step {
    Step { title, until: None }
}

impl Step {
    fn then(mut self, until: &str) -> Step {
        self.until = Some(until.to_owned());
        self
    }

    /// What has to hold before it.
    fn after(mut self, condition: &str) -> Step {
        self.title = format!("when {condition}, {}", self.title);
        self
    }
}
