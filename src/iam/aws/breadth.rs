use super::{ActionSet, Resources, Statement, catalogue};
use crate::iam::pattern::{Pattern, Piece};

/// How much one resource pattern takes in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Breadth {
    /// Nothing is known about it.
    Unknown,
    /// One resource, or some.
    Narrow,
    /// Every resource of a kind: `arn:aws:iam::*:role/*`.
    Kind { service: String, kind: String },
    /// Every resource of a service: `arn:aws:s3:::*`.
    Service(String),
    /// Everything.
    All,
}

/// How much the resources of a statement take in together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    All,
    /// `NotResource` with patterns that leave out less than everything.
    AllBut,
    /// The whole of these services (perhaps none), and narrower things.
    Services(Vec<String>),
    /// There may be more than is known.
    Unknown,
    /// Nothing at all.
    Nothing,
}

impl Breadth {
    /// `exact` asks that the pattern leaves no account and no region out. An Allow for one's own account is
    /// as good as one for all; a Deny is not.
    pub fn of(pattern: &Pattern, exact: bool) -> Breadth {
        if pattern.is_any() {
            return Breadth::All;
        }
        if pattern.has_hole() && !pattern.pieces().iter().any(|piece| matches!(piece, Piece::Text(_))) {
            return Breadth::Unknown;
        }
        let segments = pattern.arn_parts();
        let [scheme, partition, service, region, account, resource] = segments.as_slice() else {
            // `arn:aws:*` and the like end in a star that takes in the segments that are missing.
            let open = segments.last().is_some_and(is_open);
            let start = segments.first().is_some_and(|first| is_text(first, "arn"));
            return match segments.as_slice() {
                [_, _] | [_, _, _] if open && start => Breadth::All,
                [_, _, service, ..] if open && start && segments.len() < 6 => match service.as_text() {
                    Some(service) => Breadth::Service(service.to_ascii_lowercase()),
                    None => Breadth::Narrow,
                },
                _ => Breadth::Narrow,
            };
        };
        let free = |segment: &Pattern| segment.is_any() || segment.as_text() == Some("");
        let places = if exact { free(region) && free(account) } else { free(region) };
        let partition_is_whole = !exact || !matches!(partition.as_text(), Some("aws-cn" | "aws-us-gov"));
        if !is_text(scheme, "arn") || !places || !partition_is_whole {
            return Breadth::Narrow;
        }
        match (service.as_text(), kind_of(resource)) {
            _ if is_open(service) && is_open(resource) => Breadth::All,
            (Some(service), _) if is_open(resource) => Breadth::Service(service.to_ascii_lowercase()),
            (Some(service), Some(kind)) => Breadth::Kind { service: service.to_ascii_lowercase(), kind },
            _ => Breadth::Narrow,
        }
    }
}

impl<T> Statement<T> {
    /// What the statement's resources take in. See [`Breadth::of`] for `exact`.
    pub fn reach(&self, exact: bool) -> Reach {
        match &self.resources {
            Resources::Absent => Reach::All,
            Resources::Only(elements) => {
                let mut services = Vec::new();
                let mut unknown = false;
                for element in elements {
                    match Breadth::of(&element.pattern, exact) {
                        Breadth::All => return Reach::All,
                        Breadth::Service(service) => services.push(service),
                        Breadth::Unknown => unknown = true,
                        Breadth::Kind { .. } | Breadth::Narrow => {}
                    }
                }
                match elements.is_empty() {
                    true => Reach::Nothing,
                    false if unknown => Reach::Unknown,
                    false => Reach::Services(services),
                }
            }
            Resources::Not(elements) => {
                let breadths = || elements.iter().map(|element| Breadth::of(&element.pattern, true));
                if breadths().any(|breadth| breadth == Breadth::All) {
                    Reach::Nothing
                } else if breadths().any(|breadth| breadth == Breadth::Unknown) {
                    Reach::Unknown
                } else {
                    Reach::AllBut
                }
            }
        }
    }
}

impl Reach {
    /// The part of a set of actions for which this reach leaves no resource out. `arn:aws:s3:::*` is all there
    /// is for an action on buckets, but an action without resource types needs a plain `*`.
    pub fn broad_part(&self, actions: &ActionSet) -> ActionSet {
        match self {
            Reach::All | Reach::AllBut => actions.clone(),
            Reach::Unknown | Reach::Nothing => ActionSet::new(),
            Reach::Services(services) => {
                let mut broad = ActionSet::new();
                for service in services.iter().filter_map(|prefix| catalogue().service(prefix)) {
                    let scopable = service.ids().zip(service.actions()).filter(|(_, it)| it.is_scopable());
                    scopable.for_each(|(id, _)| broad.insert(id));
                }
                broad.keep(actions);
                broad
            }
        }
    }
}

fn is_text(segment: &Pattern, text: &str) -> bool {
    segment.as_text() == Some(text) || segment.is_any()
}

/// Nothing but wildcards, so that it takes in everything that can stand there.
fn is_open(segment: &Pattern) -> bool {
    let pieces = segment.pieces();
    pieces.contains(&Piece::Star) && !pieces.iter().any(|piece| !matches!(piece, Piece::Star))
}

/// `role` of `role/*`, `table` of `table/*`, `secret` of `secret:*`.
fn kind_of(resource: &Pattern) -> Option<String> {
    match resource.pieces() {
        [Piece::Text(kind), Piece::Star] => {
            let kind = kind.strip_suffix(['/', ':'])?;
            (!kind.contains(['/', ':'])).then(|| kind.to_owned())
        }
        _ => None,
    }
}
