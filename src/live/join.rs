use super::Asked;
use super::account::{SeenCredential, SeenIdentity, SeenOwner};
use super::aws::{PASSWORD, ROOT_USER};
use super::azure::{APPLICATION_PASSWORD, SERVICE_PRINCIPAL};
use super::declared::{Declared, Here, HereKey};
use super::github::Repositories;
use super::home::{Home, home};
use super::kinds::{self, CLOUDS, Cloud, what, words};
use super::pairs::Pairs;
use super::remarks::{self, remark};
use super::row::{AccountRow, CodeRef, Drift, Presence, RemarkKind, Row};
use crate::config::Config;
use crate::eval::value::ResourceId;
use crate::identity::{Estate, Naming, Subject};
use crate::owners::{Roster, is_placeholder};
use crate::rotation::plan::{Observed, Sightings, owner_gone};
use crate::source::SourceMap;
use jiff::civil::Date;
use std::collections::HashSet;

/// What is declared, and what it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Code<'a> {
    pub estate: &'a Estate,
    pub sources: &'a SourceMap,
    pub config: &'a Config,
    pub roster: Option<&'a Roster>,
    pub today: Date,
}

#[derive(Debug)]
pub struct Joined {
    pub drift: Drift,
    /// What was seen of credentials that the code declares.
    pub sightings: Sightings,
}

/// Holds what accounts told against the code.
pub fn join(code: &Code<'_>, asked: &[Asked]) -> Joined {
    let mut joiner = Joiner {
        code: *code,
        cloud: &CLOUDS[0],
        asked: Vec::new(),
        declared: Declared::new(code.estate, code.sources),
        rows: Vec::new(),
        sightings: Sightings::default(),
        met: HashSet::new(),
        told: HashSet::new(),
    };
    for cloud in &CLOUDS {
        joiner.cloud = cloud;
        joiner.asked = asked.iter().filter(|asked| asked.account.provider == cloud.provider).collect();
        for account in joiner.asked.clone() {
            joiner.account(account);
        }
        joiner.rest();
    }
    let mut repositories = Repositories::new(*code);
    for asked in asked.iter().filter(|asked| asked.account.provider == "github") {
        repositories.join(&asked.account, &mut joiner.rows, &mut joiner.sightings);
    }
    repositories.rest(&mut joiner.rows);
    let accounts = asked.iter().map(|asked| AccountRow {
        provider: asked.account.provider,
        id: asked.account.id.clone(),
        asked_as: asked.account.asked_as.clone(),
        service_owned: asked.account.identities.iter().filter(|one| one.service_owned && !one.bare).count(),
        gaps: asked.account.gaps.clone(),
    });
    let drift = Drift {
        today: code.today,
        accounts: accounts.collect(),
        unread_modules: joiner.declared.unread_modules,
        rows: joiner.rows,
    };
    Joined { drift, sightings: joiner.sightings }
}

struct Joiner<'a> {
    code: Code<'a>,
    /// Whose accounts are joined.
    cloud: &'static Cloud,
    asked: Vec<&'a Asked>,
    declared: Declared<'a>,
    rows: Vec<Row>,
    sightings: Sightings,
    /// Declared identities that were found, or may have been.
    met: HashSet<(usize, usize)>,
    /// Declared credentials of which is told, or whose identity is not there either.
    told: HashSet<HereKey>,
}

/// What the code says of one identity.
struct Match {
    presence: Presence,
    heres: Vec<Here>,
    /// Calls of modules that are not here and may declare it.
    calls: Vec<CodeRef>,
}

impl Match {
    fn of(presence: Presence, heres: Vec<Here>) -> Self {
        Match { presence, heres, calls: Vec::new() }
    }
}

impl<'a> Joiner<'a> {
    fn account(&mut self, asked: &'a Asked) {
        let mut identities: Vec<_> =
            asked.account.identities.iter().filter(|one| !one.service_owned).collect();
        let order = |kind| self.cloud.identities.iter().position(|known| *known == kind);
        identities.sort_by_key(|one| (order(one.kind), &one.name));
        for identity in identities {
            let found = self.find(identity, asked);
            match identity.bare {
                true if found.presence == Presence::Yes => {}
                true => continue,
                false => self.identity(identity, &found, asked),
            }
            for kind in self.cloud.credentials.iter().copied() {
                self.credentials(identity, kind, &found, asked);
            }
        }
    }

    fn home(&self, model: usize, resource: ResourceId, asked: &Asked) -> Home {
        let model = self.declared.model(model);
        home(model, model.resource(resource), asked)
    }

    /// A credential is where whoever it is of is.
    fn home_of(&self, key: HereKey, asked: &Asked) -> Home {
        match self.declared.credential(key).subject {
            Subject::Identity(id) => {
                let here = Here { model: key.0, id };
                self.home(key.0, self.declared.identity(here).resource, asked)
            }
            _ => self.home(key.0, self.declared.credential(key).resource, asked),
        }
    }

    fn find(&self, identity: &SeenIdentity, asked: &Asked) -> Match {
        let at = |here: &Here| self.home(here.model, self.declared.identity(*here).resource, asked);
        // Some may be called alike, and code knows them by nothing else.
        let alike = |other: &&SeenIdentity| {
            other.kind == identity.kind && other.name == identity.name && !other.foreign
        };
        let shared = || !identity.foreign && asked.account.identities.iter().filter(alike).count() > 1;
        let called = identity.names().flat_map(|name| self.declared.called(identity.kind, name)).copied();
        let mut heres: Vec<Here> = called.filter(|here| at(here) != Home::Elsewhere).collect();
        if heres.iter().any(|here| at(here) == Home::Here) {
            heres.retain(|here| at(here) == Home::Here);
            return Match::of(if shared() { Presence::Unknown } else { Presence::Yes }, heres);
        }
        if !heres.is_empty() {
            // The same name may be that of another in one of the other accounts.
            let presence = if self.asked.len() > 1 || shared() { Presence::Unknown } else { Presence::Yes };
            return Match::of(presence, heres);
        }
        let mut heres: Vec<Here> = Vec::new();
        for here in identity.names().flat_map(|name| self.declared.maybe_called(identity.kind, name)) {
            if at(&here) != Home::Elsewhere && !heres.contains(&here) {
                heres.push(here);
            }
        }
        let calls: Vec<_> = identity.names().flat_map(|name| self.declared.passed(name)).collect();
        let presence = match heres.is_empty() && calls.is_empty() {
            true if identity.given => Presence::Unknown,
            true => Presence::No,
            false => Presence::Unknown,
        };
        Match { presence, heres, calls }
    }

    fn identity(&mut self, identity: &SeenIdentity, found: &Match, asked: &Asked) {
        self.met.extend(found.heres.iter().map(|here| (here.model, here.id.0)));
        let mut row = Row {
            what: what(identity.kind),
            name: identity.name.clone(),
            id: Some(identity.id.clone()),
            in_code: found.presence,
            code: self.places(found),
            owner: self.owner(identity, found),
            active: identity.active,
            created: identity.created,
            age_days: remarks::age(identity.created, self.code.today),
            last_used: identity.last_used,
            used_for: identity.used_for.clone(),
            ..empty(asked)
        };
        let gone = match &row.owner {
            Some(owner) => owner_gone(owner, self.code.roster, self.code.today),
            None => self.all_left(&identity.owners),
        };
        row.remarks.extend(gone.map(|gone| remark(RemarkKind::OwnerGone, gone)));
        row.owner = row.owner.or_else(|| first(&identity.owners));
        if found.presence == Presence::No && identity.kind != ROOT_USER && !identity.given {
            row.remarks.push(remark(RemarkKind::NotInCode, "no code here declares it"));
        }
        row.remarks.extend(remarks::of_identity(identity, self.code.today));
        self.rows.push(row);
    }

    fn places(&self, found: &Match) -> Vec<CodeRef> {
        found.heres.iter().map(|here| self.declared.place(*here)).chain(found.calls.iter().cloned()).collect()
    }

    /// As the code has it, or else by a tag that is there.
    fn owner(&self, identity: &SeenIdentity, found: &Match) -> Option<String> {
        let declared = || {
            let mut owners = found.heres.iter().map(|here| &self.declared.identity(*here).owner);
            owners.find_map(|owner| owner.name().map(str::to_owned))
        };
        let keys = &self.code.config.owners.keys;
        let tagged = identity.tags.iter().filter(|(_, value)| !is_placeholder(value));
        let ranked = tagged.filter_map(|(key, value)| Some((keys.rank(key)?, value)));
        let tag = || ranked.min_by_key(|(rank, _)| *rank).map(|(_, value)| value.clone());
        (found.presence == Presence::Yes).then(declared).flatten().or_else(tag)
    }

    /// Whether nobody whom the account holds responsible is there any more.
    fn all_left(&self, owners: &[SeenOwner]) -> Option<String> {
        let left = |owner: &SeenOwner| match owner.active {
            Some(false) => {
                Some(format!("its owner `{}` is disabled in the {}", owner.name, self.cloud.place))
            }
            _ => owner_gone(&owner.name, self.code.roster, self.code.today),
        };
        let left: Vec<String> = owners.iter().map(left).collect::<Option<_>>()?;
        (!left.is_empty()).then(|| left.join(", and "))
    }

    /// Credentials of one type have no names that the code knows before they are made, so that they can only be
    /// counted.
    fn credentials(&mut self, holder: &SeenIdentity, kind: &'static str, found: &Match, asked: &Asked) {
        let seen: Vec<_> = holder.credentials.iter().filter(|one| one.kind == kind).collect();
        let declared = self.declared_keys(holder, kind, found, asked);
        let (there, here) = (seen.len(), declared.len());
        let pairs = match found.presence {
            Presence::Yes => Pairs::of(&seen, &declared, &self.declared),
            _ => Pairs { seen, declared, ..Pairs::default() },
        };
        let meant = if pairs.seen.is_empty() { &[][..] } else { &pairs.declared };
        self.told.extend(pairs.sure.iter().map(|(_, key)| key).chain(meant));
        for (credential, key) in &pairs.sure {
            let row = self.credential(holder, credential, Presence::Yes, &[*key], asked);
            self.rows.push(row);
            self.sight(&[credential], &[*key], asked);
        }
        let inline = kind == APPLICATION_PASSWORD
            && found.heres.iter().any(|here| self.declared.has_own_password(*here));
        let absent = match found.presence {
            Presence::Unknown => Presence::Unknown,
            _ if inline => Presence::Unknown,
            _ => Presence::No,
        };
        for credential in &pairs.strangers {
            self.stranger(holder, credential, absent, found, asked);
        }
        let certain = pairs
            .declared
            .iter()
            .filter(|key| self.declared.is_certain(key.0, self.declared.credential(**key).resource))
            .count();
        let presence = match (pairs.seen.len(), pairs.declared.len()) {
            (_, 0) => absent,
            (there, _) if there <= certain && found.presence != Presence::Unknown => Presence::Yes,
            _ => Presence::Unknown,
        };
        // Where one stands for any number, there is no more than the code may have made.
        let counted = pairs.declared.iter().all(|key| !self.declared.stands_for_any(*key));
        let surplus =
            counted && pairs.seen.len() > pairs.declared.len() && !pairs.declared.is_empty() && !inline;
        for credential in &pairs.seen {
            if presence == Presence::No {
                self.stranger(holder, credential, presence, found, asked);
                continue;
            }
            let mut row = self.credential(holder, credential, presence, &pairs.declared, asked);
            if surplus && found.presence != Presence::Unknown {
                let text = format!(
                    "its {} has {there} of them, and the code declares {here}; which, the state of Terraform tells",
                    words(holder.kind),
                );
                row.remarks.insert(0, remark(RemarkKind::MoreThanCode, text));
            }
            self.rows.push(row);
        }
        let gone =
            if pairs.seen.is_empty() { [&pairs.gone[..], &pairs.declared[..]].concat() } else { pairs.gone };
        // Another one that may be meant has it, perhaps.
        if holder.known.contains(&kind) && found.presence != Presence::Unknown {
            self.missing_keys(holder, &gone, there > 0, asked);
        }
        if !pairs.seen.is_empty() && found.presence != Presence::Unknown {
            self.sight(&pairs.seen, &pairs.declared, asked);
        }
    }

    /// One that no code declares, as far as is known.
    fn stranger(
        &mut self,
        holder: &SeenIdentity,
        credential: &SeenCredential,
        presence: Presence,
        found: &Match,
        asked: &Asked,
    ) {
        let mut row = self.credential(holder, credential, presence, &[], asked);
        if presence == Presence::No && found.presence == Presence::Yes {
            let text = format!("the code declares its {}, and not this one", words(holder.kind));
            row.remarks.insert(0, remark(RemarkKind::NotInCode, text));
        }
        self.rows.push(row);
    }

    fn declared_keys(
        &self,
        holder: &SeenIdentity,
        kind: &'static str,
        found: &Match,
        asked: &Asked,
    ) -> Vec<HereKey> {
        if !kinds::holds(holder.kind, kind) {
            return Vec::new();
        }
        let held = found.heres.iter().flat_map(|here| self.declared.keys_of(kind, *here)).copied();
        let named = holder.names().flat_map(|name| self.declared.keys_named(kind, name)).copied();
        held.chain(named.filter(|key| self.home_of(*key, asked) != Home::Elsewhere)).collect()
    }

    fn credential(
        &self,
        holder: &SeenIdentity,
        credential: &SeenCredential,
        in_code: Presence,
        declared: &[HereKey],
        asked: &Asked,
    ) -> Row {
        let one = match declared {
            [one] => Some((self.declared.model(one.0), self.declared.credential(*one))),
            _ => None,
        };
        let (config, today) = (self.code.config, self.code.today);
        Row {
            what: what(credential.kind),
            is_credential: true,
            name: credential.label.as_ref().unwrap_or(&credential.id).clone(),
            id: (credential.kind != PASSWORD && holder.kind != ROOT_USER).then(|| credential.id.clone()),
            of: Some(holder.name.clone()),
            in_code,
            code: declared.iter().map(|key| self.declared.place_of(*key)).collect(),
            owner: one.and_then(|(_, declared)| declared.owner.name()).map(str::to_owned),
            active: Some(credential.active),
            created: credential.created,
            age_days: remarks::age(credential.created, today),
            last_used: credential.last_used,
            used_for: credential.used_for.clone(),
            remarks: remarks::of_credential(holder, credential, one, config, today),
            ..empty(asked)
        }
    }

    /// A plan goes by the oldest, since that is how old a key may be that somebody has.
    fn sight(&mut self, seen: &[&SeenCredential], declared: &[HereKey], asked: &Asked) {
        let lasts = |one: &SeenCredential| one.ends.is_none_or(|end| end >= self.code.today);
        let active: Vec<_> = seen.iter().filter(|one| one.active && lasts(one)).collect();
        let of = if active.is_empty() { seen.iter().collect() } else { active };
        let Some(oldest) = of.iter().min_by_key(|one| one.created) else { return };
        let latest = of.iter().max_by_key(|one| one.last_used);
        for key in declared {
            let observed = Observed {
                account: format!("{} {}", self.cloud.account, asked.account.id),
                id: oldest.id.clone(),
                created: oldest.created,
                last_used: latest.map(|one| one.last_used).unwrap_or_default(),
                recorded: latest.and_then(|one| one.recorded),
                used_for: latest.and_then(|one| one.used_for.clone()),
                active: oldest.active,
                among: seen.len(),
            };
            self.sightings.insert(*key, observed);
        }
    }

    fn missing_keys(&mut self, holder: &SeenIdentity, declared: &[HereKey], others: bool, asked: &Asked) {
        for key in declared {
            let credential = self.declared.credential(*key);
            let is_certain = self.declared.is_certain(key.0, credential.resource);
            if is_certain && self.home_of(*key, asked) == Home::Here && self.told.insert(*key) {
                let kind = kinds::credential(&credential.kind).unwrap_or_default();
                let such = if others { "such " } else { "" };
                let text = format!("{} has no {such}{}", holder.name, words(kind));
                self.rows.push(Row {
                    what: what(kind),
                    is_credential: true,
                    name: credential.address.clone(),
                    of: Some(holder.name.clone()),
                    in_cloud: Presence::No,
                    in_code: Presence::Yes,
                    code: vec![self.declared.place_of(*key)],
                    owner: credential.owner.name().map(str::to_owned),
                    remarks: vec![remark(RemarkKind::NotInCloud, text)],
                    ..empty(asked)
                });
            }
        }
    }

    /// Declared identities that nobody met: gone where it is known that they belong there, else not known.
    fn rest(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        for at in 0..self.declared.all.len() {
            let (here, kind, naming) = &self.declared.all[at];
            // Of service principals only those with passwords are listed.
            let listed = self.cloud.identities.contains(kind) && *kind != SERVICE_PRINCIPAL;
            if !listed || self.met.contains(&(here.model, here.id.0)) {
                continue;
            }
            let identity = self.declared.identity(*here);
            let its = self.asked.iter().find(|asked| {
                self.home(here.model, identity.resource, asked) == Home::Here
                    && asked.account.complete.contains(kind)
            });
            let is_certain = self.declared.is_certain(here.model, identity.resource);
            let gone = its.filter(|_| *naming != Naming::Unknown && is_certain);
            let text = format!("the {} has nothing of that name", self.cloud.place);
            let row = Row {
                account: its.map(|asked| asked.account.id.clone()),
                what: what(kind),
                name: identity.name.clone().unwrap_or_else(|| identity.address.clone()),
                in_cloud: if gone.is_some() { Presence::No } else { Presence::Unknown },
                in_code: Presence::Yes,
                code: vec![self.declared.place(*here)],
                owner: identity.owner.name().map(str::to_owned),
                remarks: gone.map(|_| remark(RemarkKind::NotInCloud, text)).into_iter().collect(),
                provider: self.cloud.provider,
                ..Row::default()
            };
            self.rows.push(row);
            if gone.is_some() {
                let its = self.cloud.credentials.iter();
                let keys = its.flat_map(|kind| self.declared.keys_of(kind, *here)).copied();
                self.told.extend(keys);
            }
        }
        self.rest_of_keys();
    }

    fn rest_of_keys(&mut self) {
        for (key, kind) in &self.declared.keys {
            if !self.cloud.credentials.contains(kind) || self.told.contains(key) {
                continue;
            }
            let credential = self.declared.credential(*key);
            self.rows.push(Row {
                provider: self.cloud.provider,
                what: what(kind),
                is_credential: true,
                name: credential.address.clone(),
                of: match &credential.subject {
                    Subject::Identity(id) => {
                        self.declared.identity(Here { model: key.0, id: *id }).name.clone()
                    }
                    Subject::External(name) => Some(name.clone()),
                    _ => None,
                },
                in_code: Presence::Yes,
                code: vec![self.declared.place_of(*key)],
                owner: credential.owner.name().map(str::to_owned),
                ..Row::default()
            });
        }
    }
}

/// Of those whom the account holds responsible, one who is there.
fn first(owners: &[SeenOwner]) -> Option<String> {
    owners.iter().find(|owner| owner.active != Some(false)).or(owners.first()).map(|owner| owner.name.clone())
}

fn empty(asked: &Asked) -> Row {
    Row {
        provider: asked.account.provider,
        account: Some(asked.account.id.clone()),
        in_cloud: Presence::Yes,
        ..Row::default()
    }
}
