use super::arn::{self, Entity};
use super::organization::ControlPolicy;
use super::{Account, Interest, Permissions};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::iam::aws::{Document, Effect, Resources, Statement, managed};
use crate::iam::{Element, Pattern, Piece, Syntax};
use crate::identity::model::{Model, Subject};
use crate::identity::policy::{SharedDocument, Tag, pattern};
use crate::identity::privilege::Holder;
use crate::source::Span;
use std::collections::HashMap;

/// Everything that bears on what one holder may do.
#[derive(Debug)]
pub struct Holding<'a> {
    pub nature: Nature,
    pub sources: Vec<Source<'a>>,
    pub limit: Limit<'a>,
    pub(super) organization: &'a [ControlPolicy],
    /// Actions of interest that it may have.
    pub interest: Interest,
    /// The holder as a resource that policies may name.
    pub own: Option<Entity>,
    pub account: Account,
    /// The name that fills `${aws:username}`.
    pub(super) user_name: Option<Pattern>,
    /// Values that requesters choose themselves, by condition key: those that its policies ask for.
    pub(super) chosen: HashMap<String, Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    Role,
    User,
    Group,
    PermissionSet,
    /// Whoever gets a policy.
    Anyone,
    Unknown,
}

/// One of its documents.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub document: &'a Document<Tag>,
    /// Index in `Model::grants`; none for a document that nothing grants.
    pub grant: Option<usize>,
    /// What stands for parts that have no place of their own.
    pub span: Span,
    /// It is not written here, so that the attachment is what can be changed.
    pub foreign: bool,
}

/// The permissions boundary.
#[derive(Debug)]
pub enum Limit<'a> {
    None,
    Read {
        name: String,
        document: &'a Document<Tag>,
    },
    /// There is or may be one of which the document is not here.
    Unread(String),
}

/// What stands in a name for its unknown part, so that the name equals itself.
const UNKNOWN_PART: &str = "\u{1}";

impl Permissions {
    /// What a holder may do through these grants.
    pub fn holding<'a>(&'a self, model: &'a Model, holder: &Holder, grants: &[usize]) -> Holding<'a> {
        let resource = holder.resource(model).map(|id| model.resource(id));
        let nature = nature(holder, resource);
        let account = resource.map(|it| self.accounts.account(it)).unwrap_or_default();
        let path = match (nature, resource) {
            (Nature::Role, Some(resource)) => Some(path_of("role", resource)),
            (Nature::User, Some(resource)) => Some(path_of("user", resource)),
            (Nature::Group, Some(resource)) => Some(path_of("group", resource)),
            (_, None) => external_path(holder, nature),
            _ => None,
        };
        let own = path.map(|path| Entity {
            resource: resource.map(|it| it.id),
            service: "iam",
            path,
            account: account.clone(),
        });
        let user_name = match (nature, &own) {
            (Nature::User, Some(own)) => own.path.to_string().rsplit('/').next().map(Pattern::literal),
            _ => None,
        };
        let mut holding = Holding {
            nature,
            sources: Vec::new(),
            limit: resource.map_or(Limit::None, |resource| self.limit(model, resource)),
            organization: &self.organization,
            interest: Interest::default(),
            own,
            account,
            user_name,
            chosen: HashMap::new(),
        };
        for grant in grants {
            let Some((document, interest)) = self.document(model, *grant) else { continue };
            let foreign = matches!(model.grants[*grant].policy, crate::identity::Policy::AwsManaged(_));
            let span = model.grants[*grant].span;
            holding.sources.push(Source { document, grant: Some(*grant), span, foreign });
            holding.interest = holding.interest.union(interest);
        }
        holding.choose();
        holding
    }

    /// What whoever gets a document may do by it alone.
    pub fn anyone<'a>(
        &'a self,
        document: &'a SharedDocument,
        grant: Option<usize>,
        span: Span,
    ) -> Holding<'a> {
        let name = Pattern::literal(UNKNOWN_PART);
        let mut holding = Holding {
            nature: Nature::Anyone,
            sources: vec![Source { document, grant, span, foreign: false }],
            limit: Limit::None,
            organization: &self.organization,
            interest: *document.note(Interest::of),
            own: None,
            account: Account::default(),
            user_name: Some(name),
            chosen: HashMap::new(),
        };
        holding.choose();
        holding
    }

    fn limit<'a>(&'a self, model: &'a Model, resource: &Resource) -> Limit<'a> {
        let Some(value) = resource.body.value("permissions_boundary") else { return Limit::None };
        if value.as_str() == Some("") {
            return Limit::None;
        }
        let by_name = |name: &str| {
            let summary = managed(name)?;
            let (document, _) = self.managed.get(summary.name)?;
            Some(Limit::Read { name: format!("`{}`", summary.name), document })
        };
        if let Some(limit) = value.as_str().and_then(by_name) {
            return limit;
        }
        let refs = value.deep_refs();
        let mut policies = refs.iter().map(|reference| model.resource(reference.resource));
        match policies.find(|policy| &*policy.kind == "aws_iam_policy") {
            Some(policy) => {
                let name = format!("`{}`", policy.address);
                let document = self
                    .policies
                    .get(&policy.id)
                    .and_then(|grant| self.document(model, *grant))
                    .map(|it| it.0);
                match document.filter(|_| policy.mode == ResourceMode::Managed) {
                    Some(document) => Limit::Read { name, document },
                    None => Limit::Unread(name),
                }
            }
            None => Limit::Unread(match value.as_str() {
                Some(text) => format!("`{}`", text.rsplit('/').next().unwrap_or(text)),
                None => "from elsewhere".to_string(),
            }),
        }
    }
}

impl<'a> Holding<'a> {
    /// Statements that allow an action on something.
    pub fn allowing(&self, action: &str) -> impl Iterator<Item = &'a Statement<Tag>> {
        let statements = self.sources.iter().flat_map(|source| &source.document.statements);
        statements.filter(move |it| it.effect == Effect::Allow && names(it, action))
    }

    /// The resources for which an action is taken away, as far as statements name them: there what holds for
    /// everything need not hold.
    pub fn exceptions(&self, action: &str) -> impl Iterator<Item = &'a Element<Tag>> {
        let limit = match self.limit {
            Limit::Read { document, .. } => Some(document),
            _ => None,
        };
        let documents = self.sources.iter().map(|source| source.document).chain(limit);
        let documents = documents.chain(self.organization.iter().map(|policy| &*policy.document));
        let statements = documents.flat_map(|document| &document.statements);
        let about = statements.filter(move |statement| names(statement, action));
        about.flat_map(|statement| match (&statement.resources, statement.effect) {
            (Resources::Only(elements), Effect::Deny | Effect::Unknown) => elements.as_slice(),
            (Resources::Not(elements), Effect::Allow) => elements.as_slice(),
            _ => &[],
        })
    }

    /// An element takes in a resource for certain.
    pub fn covers(&self, element: &Element<Tag>, entity: &Entity) -> bool {
        arn::takes_in(element, super::Target::One(entity), &self.account, &|pattern| self.fill(pattern))
            .is_yes()
    }

    /// Puts the holder's own name in place of policy variables; none where there is nothing to replace.
    pub(super) fn fill(&self, pattern: &Pattern) -> Option<Pattern> {
        let name = self.user_name.as_ref()?;
        let is_there = pattern.variables().any(|variable| variable.eq_ignore_ascii_case("aws:username"));
        is_there.then(|| arn::replace(pattern, "aws:username", name))
    }

    /// Collects what its policies ask for where the requester decides, or where the answer is that of its own
    /// account.
    fn choose(&mut self) {
        for source in &self.sources {
            for condition in source.document.statements.iter().flat_map(|statement| &statement.conditions) {
                let key = condition.key.to_ascii_lowercase();
                if !is_chosen(&key) {
                    continue;
                }
                let values = condition.values.iter().filter_map(|value| example(&value.pattern));
                self.chosen.entry(key).or_default().extend(values);
            }
        }
    }
}

/// Whether a statement is about an action for certain.
pub(super) fn names(statement: &Statement<Tag>, action: &str) -> bool {
    let mut elements = statement.actions.elements().iter();
    elements.any(|element| element.pattern.matches_ignore_case(action).is_yes())
        != statement.actions.is_negated()
}

/// Keys of which the requester chooses the value, and those that are true of whatever is in its own account.
fn is_chosen(key: &str) -> bool {
    const EXACT: [&str; 13] = [
        "aws:requestedregion",
        "aws:useragent",
        "aws:referer",
        "aws:tagkeys",
        "aws:resourceaccount",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "iam:awsservicename",
        "iam:associatedresourcearn",
        "aws:principaltype",
    ];
    EXACT.contains(&key) || key.starts_with("aws:requesttag/")
}

/// A text that a pattern matches.
fn example(pattern: &Pattern) -> Option<String> {
    let mut text = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Star => {}
            Piece::AnyChar => text.push('x'),
            // The account itself, whatever its number.
            Piece::Variable(name) => text.push_str(name),
            Piece::Hole => return None,
        }
    }
    Some(text)
}

fn nature(holder: &Holder, resource: Option<&Resource>) -> Nature {
    let by_kind = |kind: &str| match kind {
        "aws_iam_role" => Nature::Role,
        "aws_iam_user" => Nature::User,
        "aws_iam_group" => Nature::Group,
        "aws_ssoadmin_permission_set" => Nature::PermissionSet,
        _ => Nature::Unknown,
    };
    match (&holder.subject, resource) {
        (_, Some(resource)) => by_kind(&resource.kind),
        (Subject::Unknown | Subject::None, None) => match holder.kind {
            "role" => Nature::Role,
            "user" => Nature::User,
            "group" => Nature::Group,
            _ => Nature::Unknown,
        },
        (Subject::External(text), None) => match holder.kind {
            "role" => Nature::Role,
            "user" => Nature::User,
            "group" => Nature::Group,
            _ if text.contains(":role/") => Nature::Role,
            _ => Nature::Unknown,
        },
        _ => Nature::Unknown,
    }
}

/// `role/path/name`; what is not known of the name is a part that equals only itself.
pub fn path_of(kind: &str, resource: &Resource) -> Pattern {
    let body = &resource.body;
    let start = match body.value("path").map(Value::as_str) {
        None => "/",
        Some(Some(path)) => path,
        Some(None) => "/\u{1}/",
    };
    let slash = if start.ends_with('/') { "" } else { "/" };
    let builder = Pattern::builder(Syntax::Literal).text(kind).text(start).text(slash);
    let fallback = || body.value("name_prefix").map(|value| pattern(value, Syntax::Literal));
    let (name, open) = match body.value("name") {
        Some(value) => (pattern(value, Syntax::Literal), false),
        None => (fallback().unwrap_or_default(), true),
    };
    let builder = name.pieces().iter().fold(builder, |builder, piece| match piece {
        Piece::Hole => builder.text(UNKNOWN_PART),
        piece => builder.piece(piece.clone()),
    });
    let builder = if open { builder.text(UNKNOWN_PART) } else { builder };
    builder.build()
}

/// The path of somebody by name or by ARN. A name alone says nothing of its path, which few have.
fn external_path(holder: &Holder, nature: Nature) -> Option<Pattern> {
    let Subject::External(text) = &holder.subject else { return None };
    if let Some(rest) = text.strip_prefix("arn:") {
        return rest.splitn(5, ':').nth(4).map(Pattern::literal);
    }
    let kind = match nature {
        Nature::Role => "role",
        Nature::User => "user",
        Nature::Group => "group",
        _ => return None,
    };
    (!text.contains('…')).then(|| Pattern::literal(&format!("{kind}/{text}")))
}
