//! Carrying out a plan. Every step looks whether it was done before, so that a run that was killed between any two
//! requests is finished by the next.

use super::marker::{Marker, Stage, at_stage, compose, strip, text_hash};
use super::plan::{Action, Origin, Plan, Tip, rewritten};
use super::{Base, LABEL, Observed, Options, Ours, Proposal, dashboard, observe, words};
use crate::forge::{Client, Created, Error, Kind, NewPull, PullEdit, TreeChange};
use std::collections::HashMap;

/// What a run did.
#[derive(Debug, Default)]
pub struct Done {
    /// Numbers by branch.
    pub opened: HashMap<String, u64>,
    /// One line each, in order.
    pub told: Vec<String>,
    /// What could not be done and does not stop the rest.
    pub notes: Vec<String>,
}

#[derive(Debug)]
pub struct Hand<'a> {
    pub client: &'a Client,
    pub options: &'a Options,
    pub base: &'a Base,
    pub done: Done,
    labelled: bool,
    /// Bodies that this run wrote.
    bodies: HashMap<u64, String>,
}

impl<'a> Hand<'a> {
    pub fn new(client: &'a Client, options: &'a Options, base: &'a Base) -> Self {
        Hand { client, options, base, done: Done::default(), labelled: false, bodies: HashMap::new() }
    }

    pub fn carry_out(&mut self, plan: &Plan) -> Result<(), Error> {
        // What is closed makes room, what is open comes before what is new.
        let order = |action: &Action| match action {
            Action::Close { .. } | Action::DeleteBranch { .. } => 0,
            Action::Note { .. } | Action::Rewrite { .. } | Action::Update { .. } => 1,
            Action::Finish { .. } => 2,
            Action::Open { .. } | Action::OpenOnly { .. } => 3,
        };
        let mut actions: Vec<&Action> = plan.actions.iter().collect();
        actions.sort_by_key(|action| order(action));
        actions.into_iter().try_for_each(|action| self.perform(action))
    }

    fn perform(&mut self, action: &Action) -> Result<(), Error> {
        match action {
            Action::Open { proposal, from } => self.open(proposal, from),
            Action::OpenOnly { proposal, head } => self.pull(proposal, head),
            Action::Update { pull, expected, proposal } => self.update(pull, expected, proposal),
            Action::Rewrite { number, body } => {
                self.write(*number, body.clone())?;
                self.tell(format!("#{number}: text brought up to date"))
            }
            Action::Finish { pull, people, teams } => self.finish(pull, people, teams),
            Action::Close { number, why, body, comment, branch } => {
                self.close(*number, body, comment, branch.as_ref())?;
                self.tell(format!("#{number} closed: {why}"))
            }
            Action::DeleteBranch { branch } => {
                self.delete(branch)?;
                self.tell(format!("branch {} deleted: nothing is left to do there", branch.branch))
            }
            Action::Note { number, comment } => {
                self.client.upsert_comment(*number, words::marker_of(comment), comment)
            }
        }
    }

    fn tell(&mut self, line: String) -> Result<(), Error> {
        self.done.told.push(line);
        Ok(())
    }

    fn open(&mut self, proposal: &Proposal, from: &Origin) -> Result<(), Error> {
        let branch = &proposal.group.branch;
        let commit = self.commit(proposal)?;
        let other = match from {
            Origin::Nothing => match self.client.create_branch(branch, &commit)? {
                Created::Ours => None,
                Created::Exists(_) => Some("another run has just made it"),
            },
            Origin::Branch(expected) => self.move_branch(branch, expected, &commit)?,
        };
        if let Some(why) = other {
            self.done.notes.push(format!("{branch} is left to the next run: {why}"));
            return Ok(());
        }
        self.pull(proposal, &commit)
    }

    /// Moves a branch that still points where it did; the reason if it does not.
    fn move_branch(&self, branch: &str, expected: &str, commit: &str) -> Result<Option<&'static str>, Error> {
        match self.client.branch(branch)? {
            Some(there) if there.sha == expected => self.client.move_branch(branch, commit).map(|()| None),
            Some(_) => Ok(Some("somebody has just pushed to it")),
            None => match self.client.create_branch(branch, commit)? {
                Created::Ours => Ok(None),
                Created::Exists(_) => Ok(Some("another run has just made it")),
            },
        }
    }

    /// The commit, which nobody sees as long as no branch points to it.
    fn commit(&self, proposal: &Proposal) -> Result<String, Error> {
        if self.options.sign && !self.client.auth().is_app() {
            return self.signed(proposal);
        }
        let changes: Result<Vec<TreeChange>, Error> = proposal
            .files
            .iter()
            .map(|file| {
                let blob = Some(self.client.create_blob(&file.after)?);
                Ok(TreeChange { path: file.path.clone(), mode: file.mode.clone(), blob })
            })
            .collect();
        let tree = self.client.create_tree(&self.base.tree, &changes?)?;
        self.client.create_commit(&proposal.message, &tree, &self.base.sha)
    }

    /// The same by way of a branch that is only there for the moment, since GitHub signs what it puts on a branch itself.
    fn signed(&self, proposal: &Proposal) -> Result<String, Error> {
        let branch = format!("{}signing-{}", self.options.prefix, proposal.group.fingerprint);
        if let Created::Exists(_) = self.client.create_branch(&branch, &self.base.sha)? {
            self.client.move_branch(&branch, &self.base.sha)?;
        }
        let files: Vec<(&str, &[u8])> =
            proposal.files.iter().map(|file| (file.path.as_str(), file.after.as_slice())).collect();
        let commit = self.client.commit_on_branch(&branch, &self.base.sha, &proposal.message, &files)?;
        // Its commit is kept alive by the branch that is made or moved next; until then GitHub does not collect it.
        self.client.delete_branch(&branch)?;
        Ok(commit)
    }

    fn pull(&mut self, proposal: &Proposal, head: &str) -> Result<(), Error> {
        let marker = self.marker(proposal, head);
        let body = compose(&marker, &proposal.text);
        let new = NewPull {
            title: proposal.title.clone(),
            body: body.clone(),
            head: proposal.group.branch.clone(),
            base: self.base.branch.clone(),
            draft: proposal.draft,
        };
        let (pull, twin) = self.client.open_pull(&new)?;
        if let Some(number) = twin {
            let text = at_stage(Stage::Twin, &body);
            self.client.edit_pull(number, &PullEdit { body: Some(text), close: true })?;
            self.tell(format!("#{number} closed: another run has opened #{} for the same", pull.number))?;
        }
        self.done.opened.insert(proposal.group.branch.clone(), pull.number);
        self.tell(format!("#{} opened: {}", pull.number, proposal.title))?;
        let text = if pull.text().is_empty() { body } else { pull.text().to_owned() };
        let ours = Ours {
            number: pull.number,
            branch: proposal.group.branch.clone(),
            marker: Marker::read(&text).unwrap_or(marker),
            body: text,
            merged: false,
            closed: None,
            draft: pull.draft,
        };
        self.finish(&ours, &proposal.people, &proposal.teams)
    }

    fn marker(&self, proposal: &Proposal, head: &str) -> Marker {
        let group = &proposal.group;
        Marker {
            fingerprint: group.fingerprint.clone(),
            base: self.base.sha.clone(),
            head: head.to_owned(),
            content: proposal.content.clone(),
            text: text_hash(&proposal.text),
            stage: Stage::Opening,
            lane: group.lane(),
            scope: self.options.scope.clone(),
            module: group.module.clone(),
            family: group.family.clone(),
        }
    }

    fn update(&mut self, pull: &Ours, expected: &str, proposal: &Proposal) -> Result<(), Error> {
        let commit = self.commit(proposal)?;
        if let Some(why) = self.move_branch(&pull.branch, expected, &commit)? {
            self.done.notes.push(format!("#{} is left to the next run: {why}", pull.number));
            return Ok(());
        }
        if let Some(body) = rewritten(pull, proposal, &self.base.sha, &commit) {
            self.write(pull.number, body)?;
        }
        self.tell(format!("#{} brought up to date with {}", pull.number, self.base.branch))
    }

    fn write(&mut self, number: u64, body: String) -> Result<(), Error> {
        self.client.edit_pull(number, &PullEdit { body: Some(body.clone()), close: false })?;
        self.bodies.insert(number, body);
        Ok(())
    }

    /// Labels and reviewers, once: what people change afterwards is theirs.
    fn finish(&mut self, pull: &Ours, people: &[String], teams: &[String]) -> Result<(), Error> {
        self.ensure_label()?;
        self.client.add_labels(pull.number, &self.options.all_labels())?;
        for refused in self.client.request_reviews(pull.number, people, teams)? {
            let names = refused.names.join(", ");
            let why = refused.why.split_once(": ").map_or(refused.why.as_str(), |(_, why)| why);
            self.done
                .notes
                .push(format!("#{}: {names} was not asked for a review, since {why}", pull.number));
        }
        let body = self.bodies.get(&pull.number).unwrap_or(&pull.body).clone();
        let marker = Marker::read(&body).unwrap_or_else(|| pull.marker.clone());
        let marker = Marker { stage: Stage::Open, ..marker };
        self.write(pull.number, compose(&marker, &strip(&body)))
    }

    fn ensure_label(&mut self) -> Result<(), Error> {
        if !self.labelled {
            self.client.ensure_label(LABEL, "0b7285", "Identities and credentials, found by keyward")?;
            self.labelled = true;
        }
        Ok(())
    }

    fn close(&mut self, number: u64, body: &str, comment: &str, branch: Option<&Tip>) -> Result<(), Error> {
        self.client.upsert_comment(number, words::marker_of(comment), comment)?;
        self.client.edit_pull(number, &PullEdit { body: Some(body.to_owned()), close: true })?;
        branch.map_or(Ok(()), |tip| self.delete(tip))
    }

    /// Deletes a branch that still points where it did.
    fn delete(&mut self, tip: &Tip) -> Result<(), Error> {
        match self.client.branch(&tip.branch)? {
            Some(there) if there.sha == tip.sha => self.client.delete_branch(&tip.branch),
            Some(_) => {
                self.done
                    .notes
                    .push(format!("{} was not deleted: somebody has just pushed to it", tip.branch));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The one issue that tells how things stand.
    pub fn dashboard(&mut self, plan: &Plan, observed: &Observed) -> Result<(), Error> {
        let opened = self.done.opened.clone();
        let number = |branch: &str| opened.get(branch).copied();
        let text = dashboard::text(plan, observed, self.options, &number);
        match observed.dashboards.split_first() {
            None if plan.lines.is_empty() => Ok(()),
            None => self.open_dashboard(&text),
            Some((first, others)) => {
                if first.state == "open" && dashboard::differs(first.body.as_deref(), &text) {
                    self.client.edit_issue(first.number, &text)?;
                    self.tell(format!("dashboard #{} brought up to date", first.number))?;
                }
                // Of two runs at once each may have made one.
                let extra = others.iter().filter(|issue| issue.state == "open");
                extra.map(|issue| issue.number).try_for_each(|number| self.client.close_issue(number))
            }
        }
    }

    fn open_dashboard(&mut self, text: &str) -> Result<(), Error> {
        self.ensure_label()?;
        let number = match self.client.open_issue(dashboard::TITLE, text, &[LABEL.to_owned()]) {
            Ok(number) => Some(number),
            Err(error) if matches!(error.kind, Kind::Gone) => {
                self.done.notes.push(format!("no dashboard: {error}"));
                return Ok(());
            }
            Err(error) if error.is_ambiguous() => None,
            Err(error) => return Err(error),
        };
        let there = observe::dashboards(self.client, self.options)?;
        match (number, there.first()) {
            (Some(number), Some(first)) if first.number < number => self.client.close_issue(number),
            (Some(number), _) => self.tell(format!("dashboard #{number} opened")),
            (None, Some(_)) => Ok(()),
            (None, None) => self.client.open_issue(dashboard::TITLE, text, &[LABEL.to_owned()]).map(drop),
        }
    }
}
