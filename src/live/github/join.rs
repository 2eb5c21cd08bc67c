use super::{ACTIONS_SECRET, APP, DEPENDABOT_SECRET, DEPLOY_KEY, REPOSITORY};
use crate::eval::{Resource, ResourceMode};
use crate::identity::{Credential, Model, Naming};
use crate::live::account::{SeenCredential, SeenIdentity};
use crate::live::home::Home;
use crate::live::join::Code;
use crate::live::remarks::{self, remark};
use crate::live::row::{CodeRef, Presence, RemarkKind, Row};
use crate::live::{Account, place};
use crate::rotation::plan::{Observed, Sightings};
use std::collections::{BTreeSet, HashSet};

/// What the code declares in repositories.
pub(in crate::live) struct Repositories<'a> {
    code: Code<'a>,
    all: Vec<Declared<'a>>,
    /// Of which is told.
    met: HashSet<usize>,
    /// Which may be in a repository that was asked.
    sought: BTreeSet<usize>,
}

/// What tells that something is what the code declares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Same {
    Key,
    Name,
    /// Nothing tells otherwise.
    Perhaps,
}

struct Declared<'a> {
    model: &'a Model,
    at: usize,
    resource: &'a Resource,
    kind: &'static str,
    repository: Naming,
    name: Naming,
    /// The public half of a key pair.
    public: Option<&'a str>,
}

impl<'a> Repositories<'a> {
    pub fn new(code: Code<'a>) -> Self {
        let mut all = Vec::new();
        for (at, model) in code.estate.models.iter().enumerate() {
            for (kind, name) in
                [(DEPLOY_KEY, "title"), (ACTIONS_SECRET, "secret_name"), (DEPENDABOT_SECRET, "secret_name")]
            {
                let managed = model.of_kind(kind).filter(|it| it.mode == ResourceMode::Managed);
                all.extend(managed.map(|resource| Declared {
                    model,
                    at,
                    resource,
                    kind,
                    repository: naming(resource, "repository"),
                    name: naming(resource, name),
                    public: resource.body.text("key"),
                }));
            }
        }
        Repositories { code, all, met: HashSet::new(), sought: BTreeSet::new() }
    }

    /// Rows of one repository.
    pub fn join(&mut self, account: &Account, rows: &mut Vec<Row>, sightings: &mut Sightings) {
        let here: Vec<usize> =
            (0..self.all.len()).filter(|at| self.all[*at].home(account) != Home::Elsewhere).collect();
        self.sought.extend(&here);
        for identity in &account.identities {
            rows.push(self.identity(identity, account));
            for credential in &identity.credentials {
                let alike = identity.credentials.iter().filter(|other| {
                    other.kind == credential.kind && other.id.eq_ignore_ascii_case(&credential.id)
                });
                let alike: Vec<_> = alike.collect();
                rows.push(self.credential(credential, &alike, account, &here, sightings));
            }
        }
        let is_gone = |at: &usize| {
            let declared = &self.all[*at];
            matches!(declared.name, Naming::Exact(_))
                && declared.model.project.is_certain(declared.resource)
                && declared.home(account) == Home::Here
                && account.complete.contains(declared.kind)
        };
        let gone: Vec<usize> = here.into_iter().filter(|at| !self.met.contains(at) && is_gone(at)).collect();
        rows.extend(gone.iter().map(|at| self.missing(&self.all[*at], account)));
        self.met.extend(gone);
    }

    /// What may be in a repository that was asked, and of which nothing was told.
    pub fn rest(&self, rows: &mut Vec<Row>) {
        for declared in self.sought.iter().filter(|at| !self.met.contains(at)).map(|at| &self.all[*at]) {
            rows.push(Row {
                provider: "github",
                what: what(declared.kind),
                is_credential: true,
                name: declared.called(),
                in_code: Presence::Yes,
                code: vec![self.place(declared)],
                ..Row::default()
            });
        }
    }

    fn identity(&self, identity: &SeenIdentity, account: &Account) -> Row {
        let today = self.code.today;
        Row {
            what: if identity.kind == APP { "app" } else { "repository" },
            name: identity.name.clone(),
            id: Some(identity.id.clone()),
            in_code: if identity.kind == REPOSITORY { self.declares(account) } else { Presence::Unknown },
            created: identity.created,
            age_days: remarks::age(identity.created, today),
            used_for: identity.used_for.clone(),
            ..there(account)
        }
    }

    /// Whether anything here declares the repository itself is no more than a hint, so nothing is remarked.
    fn declares(&self, account: &Account) -> Presence {
        let name = account.id.split_once('/').map_or(account.id.as_str(), |(_, name)| name);
        let mut models = self.code.estate.models.iter();
        let found = models.any(|model| {
            model
                .of_kind(REPOSITORY)
                .any(|it| it.mode == ResourceMode::Managed && it.body.text("name") == Some(name))
        });
        if found { Presence::Yes } else { Presence::Unknown }
    }

    fn credential(
        &mut self,
        credential: &SeenCredential,
        alike: &[&SeenCredential],
        account: &Account,
        here: &[usize],
        sightings: &mut Sightings,
    ) -> Row {
        let of_kind = here.iter().filter(|at| self.all[**at].kind == credential.kind);
        let fitting: Vec<(usize, Same)> =
            of_kind.filter_map(|at| Some((*at, self.all[*at].is(credential)?))).collect();
        // Of several with one title it may be any.
        let is_sure = |same: Same| same == Same::Key || same == Same::Name && alike.len() == 1;
        let sure: Vec<usize> = fitting.iter().filter(|(_, same)| is_sure(*same)).map(|(at, _)| *at).collect();
        if let ([(at, Same::Name)], true) = (fitting.as_slice(), alike.len() > 1)
            && let Some((at, _, found)) = self.all[*at].credential()
            && let Some(oldest) = alike.iter().min_by_key(|one| one.created)
        {
            sightings.insert((at, found.id), Observed { among: alike.len(), ..observed(oldest, account) });
        }
        let (in_code, of) = match (sure.is_empty(), fitting.is_empty()) {
            (false, _) => (Presence::Yes, sure),
            (_, false) => (Presence::Unknown, fitting.into_iter().map(|(at, _)| at).collect()),
            _ => (Presence::No, Vec::new()),
        };
        self.met.extend(of.iter().copied());
        let declared = match (in_code, of.as_slice()) {
            (Presence::Yes, [one]) => self.all[*one].credential(),
            _ => None,
        };
        if let Some((at, _, found)) = declared {
            sightings.insert((at, found.id), observed(credential, account));
        }
        let today = self.code.today;
        let holder = SeenIdentity { kind: REPOSITORY, ..SeenIdentity::default() };
        let judged = declared.map(|(_, model, found)| (model, found));
        let mut remarks = remarks::of_credential(&holder, credential, judged, self.code.config, today);
        if in_code == Presence::No {
            remarks.insert(0, remark(RemarkKind::NotInCode, "no code here declares it"));
        }
        Row {
            what: what(credential.kind),
            is_credential: true,
            name: credential.id.clone(),
            id: None,
            of: Some(account.id.clone()),
            in_code,
            code: of.iter().map(|at| self.place(&self.all[*at])).collect(),
            owner: declared.and_then(|(_, _, found)| found.owner.name()).map(str::to_owned),
            active: Some(credential.active),
            created: credential.created,
            age_days: remarks::age(credential.created, today),
            last_used: credential.last_used,
            used_for: credential.used_for.clone(),
            remarks,
            ..there(account)
        }
    }

    fn missing(&self, declared: &Declared<'_>, account: &Account) -> Row {
        Row {
            what: what(declared.kind),
            is_credential: true,
            name: declared.called(),
            of: Some(account.id.clone()),
            in_cloud: Presence::No,
            in_code: Presence::Yes,
            code: vec![self.place(declared)],
            remarks: vec![remark(RemarkKind::NotInCloud, "the repository has nothing of that name")],
            ..there(account)
        }
    }

    fn place(&self, declared: &Declared<'_>) -> CodeRef {
        let resource = declared.resource;
        place(self.code.sources, declared.model, resource.header(), &resource.address)
    }
}

impl<'a> Declared<'a> {
    /// Whether it is this one, in a repository that may be its own, and by what.
    fn is(&self, credential: &SeenCredential) -> Option<Same> {
        let by = |same| if matches!(self.repository, Naming::Exact(_)) { same } else { Same::Perhaps };
        // Titles are nothing but words; which key it is, its public half says.
        if let (Some(declared), Some(public)) = (self.public, &credential.public) {
            return same_key(declared, public).then_some(by(Same::Key));
        }
        match &self.name {
            Naming::Exact(name) => name.eq_ignore_ascii_case(&credential.id).then_some(by(Same::Name)),
            // Parts of names of secrets are given in any case, and kept in capitals.
            Naming::Pieces(pieces) if self.kind != DEPLOY_KEY => {
                let upper = pieces.iter().map(|piece| piece.to_ascii_uppercase()).collect();
                Naming::Pieces(upper).fits(&credential.id.to_ascii_uppercase()).then_some(Same::Perhaps)
            }
            other => other.fits(&credential.id).then_some(Same::Perhaps),
        }
    }

    fn called(&self) -> String {
        match &self.name {
            Naming::Exact(name) => name.clone(),
            _ => self.resource.address.clone(),
        }
    }

    /// Whether it is in that repository. The provider says who its owner is.
    fn home(&self, account: &Account) -> Home {
        let (owner, name) = account.id.split_once('/').unwrap_or(("", &account.id));
        let fits = match &self.repository {
            Naming::Exact(repository) => {
                repository.eq_ignore_ascii_case(name) || repository.eq_ignore_ascii_case(&account.id)
            }
            vague => vague.fits(name) || vague.fits(&account.id),
        };
        let declared = self.resource.provider.and_then(|(module, index)| {
            let body = &self.model.project.modules.get(module.0 as usize)?.providers.get(index)?.body;
            ["owner", "organization"].into_iter().find_map(|key| body.text(key))
        });
        match declared {
            _ if !fits => Home::Elsewhere,
            Some(declared) if !declared.eq_ignore_ascii_case(owner) => Home::Elsewhere,
            Some(_) if matches!(self.repository, Naming::Exact(_)) => Home::Here,
            _ => Home::Unknown,
        }
    }

    fn credential(&self) -> Option<(usize, &'a Model, &'a Credential)> {
        Some((self.at, self.model, self.model.credential_of(self.resource.id)?))
    }
}

fn naming(resource: &Resource, attribute: &str) -> Naming {
    match resource.body.value(attribute) {
        Some(value) => Naming::written(value),
        None => Naming::Unknown,
    }
}

/// Type and key; what is behind them is a comment.
fn same_key(left: &str, right: &str) -> bool {
    left.split_whitespace().take(2).eq(right.split_whitespace().take(2))
}

fn observed(credential: &SeenCredential, account: &Account) -> Observed {
    Observed {
        account: format!("GitHub repository {}", account.id),
        id: credential.id.clone(),
        created: credential.created,
        last_used: credential.last_used,
        recorded: None,
        used_for: None,
        active: credential.active,
        among: 1,
    }
}

fn there(account: &Account) -> Row {
    Row {
        provider: account.provider,
        account: Some(account.id.clone()),
        in_cloud: Presence::Yes,
        ..Row::default()
    }
}

fn what(kind: &str) -> &'static str {
    match kind {
        DEPLOY_KEY => "deploy-key",
        ACTIONS_SECRET => "actions-secret",
        _ => "dependabot-secret",
    }
}
