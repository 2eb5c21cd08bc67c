use super::ActionSet;
use crate::iam::inflate::inflate;
use serde::Serialize;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

static TEXT: LazyLock<String> = LazyLock::new(|| inflate(include_bytes!("../../data/aws-actions.txt.gz")));

/// Every action that AWS documents, by service.
#[derive(Debug)]
pub struct Catalogue {
    services: Vec<Service>,
    actions: u32,
    facets: OnceLock<Facets>,
}

/// The actions that have something in common.
#[derive(Debug, Default)]
struct Facets {
    levels: [ActionSet; 5],
    flags: [ActionSet; 6],
    scopable: ActionSet,
}

/// The place of an action in the catalogue: services in order of their prefix, then actions in order of their
/// lower-case name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub(super) u32);

#[derive(Debug)]
pub struct Service {
    pub prefix: &'static str,
    /// As AWS shows it: "Amazon SQS".
    pub name: &'static str,
    first: u32,
    count: u32,
    block: &'static str,
    table: OnceLock<Table>,
}

#[derive(Debug, Default)]
struct Table {
    types: Vec<ResourceType>,
    actions: Vec<Action>,
}

#[derive(Clone, Copy, Debug)]
pub struct Action {
    pub name: &'static str,
    pub level: Level,
    pub flags: Flags,
    types: &'static str,
}

#[derive(Clone, Debug)]
pub struct ResourceType {
    pub name: &'static str,
    /// With `*` for everything that differs between resources.
    pub arn: String,
}

/// AWS's access levels, in the order in which counts by level are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    List,
    Read,
    Write,
    Tagging,
    Permissions,
}

/// What is noteworthy about an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u8);

impl Flags {
    /// Returns or makes a credential.
    pub const CREDENTIAL: Flags = Flags(1);
    /// Reads data.
    pub const DATA: Flags = Flags(2);
    /// Escalates privileges.
    pub const ESCALATES: Flags = Flags(4);
    /// Reads stored secrets.
    pub const SECRET: Flags = Flags(8);
    /// Can open a resource to others.
    pub const EXPOSES: Flags = Flags(16);
    /// Can be scoped to a resource, but need not be.
    pub const OPTIONAL_SCOPE: Flags = Flags(32);

    pub(super) fn parse(letters: &str) -> Self {
        let bit = |letter| match letter {
            'c' => Flags::CREDENTIAL.0,
            'd' => Flags::DATA.0,
            'p' => Flags::ESCALATES.0,
            's' => Flags::SECRET.0,
            'x' => Flags::EXPOSES.0,
            'o' => Flags::OPTIONAL_SCOPE.0,
            _ => 0,
        };
        Flags(letters.chars().fold(0, |flags, letter| flags | bit(letter)))
    }

    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many flags there are that tell of a danger.
    pub(super) fn weight(self) -> u32 {
        (self.0 & !Flags::OPTIONAL_SCOPE.0).count_ones()
    }
}

impl Level {
    pub const ALL: [Level; 5] = [Level::List, Level::Read, Level::Write, Level::Tagging, Level::Permissions];

    fn parse(letter: Option<char>) -> Level {
        match letter {
            Some('L') => Level::List,
            Some('W') => Level::Write,
            Some('T') => Level::Tagging,
            Some('P') => Level::Permissions,
            _ => Level::Read,
        }
    }
}

/// The one catalogue. The first call reads the index of services; actions are read service by service.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::read);
    &CATALOGUE
}

impl Catalogue {
    fn read() -> Self {
        let (index, mut blocks) = TEXT.split_once("\n\n").unwrap_or_default();
        let mut actions = 0;
        let mut services = Vec::with_capacity(512);
        for line in index.lines() {
            let mut fields = line.split('\t');
            let prefix = fields.next().unwrap_or_default();
            let mut number = || fields.next().and_then(|field| field.parse().ok()).unwrap_or(0_u32);
            let (count, length) = (number(), number());
            let name = fields.next().unwrap_or(prefix);
            let (block, rest) = blocks.split_at_checked(length as usize).unwrap_or((blocks, ""));
            blocks = rest;
            services.push(Service { prefix, name, first: actions, count, block, table: OnceLock::new() });
            actions += count;
        }
        Catalogue { services, actions, facets: OnceLock::new() }
    }

    /// How many actions there are.
    pub fn len(&self) -> usize {
        self.actions as usize
    }

    pub fn is_empty(&self) -> bool {
        self.actions == 0
    }

    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The service with this prefix, `s3`, in any case.
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let at = self.services.binary_search_by(|service| compare_folded(service.prefix, prefix)).ok()?;
        Some(&self.services[at])
    }

    pub fn service_of(&self, id: ActionId) -> &Service {
        let at = self.services.partition_point(|service| service.first <= id.0);
        &self.services[at.saturating_sub(1)]
    }

    pub fn action(&self, id: ActionId) -> &Action {
        let service = self.service_of(id);
        &service.actions()[(id.0 - service.first) as usize]
    }

    /// `s3:GetObject`, as AWS writes it.
    pub fn full_name(&self, id: ActionId) -> String {
        format!("{}:{}", self.service_of(id).prefix, self.action(id).name)
    }

    /// Looks an action up by its full name, in any case.
    pub fn find(&self, full_name: &str) -> Option<ActionId> {
        let (prefix, name) = full_name.split_once(':')?;
        self.service(prefix)?.find(name)
    }

    /// All actions of an access level.
    pub fn at_level(&self, level: Level) -> &ActionSet {
        &self.facets().levels[level as usize]
    }

    /// All actions that can be scoped to resources.
    pub fn scopable(&self) -> &ActionSet {
        &self.facets().scopable
    }

    /// The flags of a set of actions together.
    pub fn flags_of(&self, actions: &ActionSet) -> Flags {
        let sets = self.facets().flags.iter().enumerate();
        let present = sets.filter(|(_, set)| !set.is_disjoint(actions));
        present.fold(Flags::default(), |flags, (bit, _)| flags.with(Flags(1 << bit)))
    }

    fn facets(&self) -> &Facets {
        self.facets.get_or_init(|| {
            let mut facets = Facets::default();
            for (id, action) in self.services.iter().flat_map(|it| it.ids().zip(it.actions())) {
                facets.levels[action.level as usize].insert(id);
                if action.is_scopable() {
                    facets.scopable.insert(id);
                }
                for (bit, set) in facets.flags.iter_mut().enumerate() {
                    if action.flags.has(Flags(1 << bit)) {
                        set.insert(id);
                    }
                }
            }
            facets
        })
    }
}

impl Service {
    pub fn actions(&self) -> &[Action] {
        &self.table().actions
    }

    pub fn resource_types(&self) -> &[ResourceType] {
        &self.table().types
    }

    pub fn ids(&self) -> impl Iterator<Item = ActionId> + use<> {
        self.id_range().map(ActionId)
    }

    pub(super) fn id_range(&self) -> Range<u32> {
        self.first..self.first + self.count
    }

    /// Looks an action of this service up by name, in any case.
    pub fn find(&self, name: &str) -> Option<ActionId> {
        let at = self.actions().binary_search_by(|action| compare_folded(action.name, name)).ok()?;
        Some(ActionId(self.first + u32::try_from(at).ok()?))
    }

    /// The actions whose name begins with `prefix`, in any case.
    pub(super) fn starting_with(&self, prefix: &str) -> Range<u32> {
        let prefix = prefix.to_ascii_lowercase();
        let actions = self.actions();
        let cut = |name: &'static str| &name.as_bytes()[..name.len().min(prefix.len())];
        let folded = |name| cut(name).iter().map(u8::to_ascii_lowercase);
        let from = actions.partition_point(|action| folded(action.name).lt(prefix.bytes()));
        let to = actions.partition_point(|action| folded(action.name).le(prefix.bytes()));
        let index = |at| self.first + u32::try_from(at).unwrap_or(0);
        index(from)..index(to)
    }

    /// The actions of a range that [`Self::starting_with`] gave.
    pub(super) fn within(&self, range: Range<u32>) -> impl Iterator<Item = (ActionId, &Action)> {
        let first = (range.start - self.first) as usize;
        range.map(ActionId).zip(&self.actions()[first..])
    }

    /// The resource types that an action can be scoped to. Empty where `*` is the only resource it takes.
    pub fn types_of(&self, action: &Action) -> impl Iterator<Item = &ResourceType> {
        let types = self.resource_types();
        action.types.split(',').filter_map(|at| types.get(at.parse::<usize>().ok()?))
    }

    fn table(&self) -> &Table {
        self.table.get_or_init(|| Table::read(self.prefix, self.block, self.count as usize))
    }
}

impl Action {
    /// The action can be scoped to resources.
    pub fn is_scopable(&self) -> bool {
        !self.types.is_empty()
    }
}

impl Table {
    fn read(service: &str, block: &'static str, count: usize) -> Self {
        let usual = format!("arn:*:{service}:*:*:");
        let mut table = Table { types: Vec::new(), actions: Vec::with_capacity(count) };
        for line in block.lines() {
            let mut fields = line.split(' ');
            let name = fields.next().unwrap_or_default();
            let facts = fields.next().unwrap_or_default();
            if let Some(name) = name.strip_prefix('.') {
                table.types.push(ResourceType { name, arn: facts.replace('~', &usual) });
                continue;
            }
            table.actions.push(Action {
                name,
                level: Level::parse(facts.chars().next()),
                flags: Flags::parse(facts.get(1..).unwrap_or_default()),
                types: fields.next().unwrap_or_default(),
            });
        }
        table
    }
}

/// The order of names in any case.
fn compare_folded(one: &str, other: &str) -> std::cmp::Ordering {
    let (one, other) = (one.bytes(), other.bytes());
    one.map(|byte| byte.to_ascii_lowercase()).cmp(other.map(|byte| byte.to_ascii_lowercase()))
}
