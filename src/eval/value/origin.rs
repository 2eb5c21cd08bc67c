use super::Value;
use crate::source::Span;
use std::sync::Arc;

/// Index of a resource or data source instance in its project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(pub u32);

/// A use of a resource's attribute: `aws_iam_access_key.ci.secret`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ref {
    pub resource: ResourceId,
    /// Dotted path without indexes, empty for the resource as a whole.
    pub path: Arc<str>,
}

/// A small sorted set of references, shared between values.
#[derive(Clone, Debug, Default)]
pub struct Refs(Option<Arc<Vec<Ref>>>);

impl Refs {
    pub fn one(reference: Ref) -> Self {
        Refs(Some(Arc::new(vec![reference])))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub fn is_same(&self, other: &Refs) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
            _ => false,
        }
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Ref> {
        self.0.as_deref().map_or([].iter(), |refs| refs.iter())
    }

    pub fn extend(&mut self, other: &Refs) {
        let Some(theirs) = &other.0 else { return };
        match &mut self.0 {
            None => self.0 = Some(theirs.clone()),
            Some(ours) if Arc::ptr_eq(ours, theirs) => {}
            Some(ours) => {
                let missing: Vec<_> =
                    theirs.iter().filter(|one| ours.binary_search(one).is_err()).cloned().collect();
                if !missing.is_empty() {
                    let ours = Arc::make_mut(ours);
                    ours.extend(missing);
                    ours.sort();
                }
            }
        }
    }
}

/// A step that a value took from where it was written to where it is used.
#[derive(Debug, PartialEq, Eq)]
pub struct Hop {
    pub kind: HopKind,
    /// `var.name`, `local.name`, `module.x.output`.
    pub name: Arc<str>,
    pub span: Span,
    pub previous: Option<Arc<Hop>>,
    /// Steps up to this one, itself included.
    pub length: u32,
}

/// Steps of a route beyond which no more are recorded: nobody follows more, and routes are walked step by
/// step whenever one is dropped.
const MAX_HOPS: u32 = 64;

impl Hop {
    /// The route `previous` with one more step.
    pub fn after(
        previous: Option<Arc<Hop>>,
        kind: HopKind,
        name: impl Into<Arc<str>>,
        span: Span,
    ) -> Arc<Self> {
        let length = previous.as_ref().map_or(0, |hop| hop.length);
        match previous {
            Some(full) if length >= MAX_HOPS => full,
            previous => Arc::new(Hop { kind, name: name.into(), span, previous, length: length + 1 }),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopKind {
    Variable,
    Local,
    Output,
    VarFile,
}

/// What is known about a value beside the value.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// Where the literal or the reference was written.
    pub span: Option<Span>,
    pub sensitive: bool,
    /// Resource attributes that this value was made from (itself, not what is below it).
    pub refs: Refs,
    /// Last step of the route, if it went through variables, locals or outputs.
    pub route: Option<Arc<Hop>>,
    /// What a string is the JSON or YAML encoding of. It belongs to this very string: values made from
    /// the string do not take it over.
    pub decoded: Option<Arc<Value>>,
}

impl Meta {
    pub fn at(span: Span) -> Self {
        Meta { span: Some(span), ..Meta::default() }
    }

    /// Takes over what another value contributes: its references and its sensitivity.
    pub fn absorb(&mut self, other: &Meta) {
        self.sensitive |= other.sensitive;
        self.refs.extend(&other.refs);
        if self.route.is_none() {
            self.route.clone_from(&other.route);
        }
    }

    /// Steps of the route, first one first.
    pub fn hops(&self) -> Vec<&Hop> {
        let mut hops = Vec::new();
        let mut at = self.route.as_deref();
        while let Some(hop) = at {
            hops.push(hop);
            at = hop.previous.as_deref();
        }
        hops.reverse();
        hops
    }
}
