//! Documents of AWS that let in tokens: those of roles, and `aws_iam_policy_document` that no role here uses.

use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode, decode_json};
use crate::iam::aws::{Effect, Statement};
use crate::identity::policy::{SharedDocument, Tag, computed_document};
use crate::identity::trust::{Admission, Cause, Issuer, admissions};
use crate::identity::{Identity, Model};
use crate::rules::Context;
use crate::source::Span;
use indexmap::IndexMap;
use std::borrow::Cow;
use std::collections::HashSet;

/// A statement that lets in tokens of an issuer, and every role that it is of.
pub(in crate::rules) struct Case<'m> {
    pub admission: Admission,
    pub statement: Statement<Tag>,
    /// The resources that have the document: roles, or the data source.
    pub first: &'m Resource,
    pub others: Vec<&'m Resource>,
    pub identities: Vec<&'m Identity>,
    pub attribute: &'static str,
    /// The statement as it is written.
    pub root: Span,
    /// What is to blame: a value, or the statement where a condition is missing.
    pub span: Span,
    /// The value at the span, for its route.
    pub value: Option<Value>,
}

/// A document that says who may become a role.
pub(in crate::rules) struct TrustDocument<'m> {
    pub resource: &'m Resource,
    /// None for a data source that no role here uses.
    pub identity: Option<&'m Identity>,
    pub attribute: &'static str,
    pub document: SharedDocument,
    /// What the document was read from.
    pub value: Cow<'m, Value>,
}

/// The documents of roles, and what no role uses of data sources.
pub(in crate::rules) fn documents(model: &Model) -> Vec<TrustDocument<'_>> {
    let mut found = Vec::new();
    let mut seen: HashSet<Span> = HashSet::new();
    for identity in &model.identities {
        let Some(trust) = &identity.trust else { continue };
        let resource = model.resource(identity.resource);
        let Some(value) = resource.body.value(&trust.attribute) else { continue };
        seen.extend(trust.document.statements.iter().filter_map(|statement| statement.at.span));
        found.push(TrustDocument {
            resource,
            identity: Some(identity),
            attribute: "assume_role_policy",
            document: trust.document.clone(),
            value: Cow::Borrowed(value),
        });
    }
    let data = model.project.resources.iter().filter(|resource| {
        resource.mode == ResourceMode::Data && &*resource.kind == "aws_iam_policy_document"
    });
    found.extend(data.filter_map(|resource| unused(resource, &seen)));
    found
}

/// What a role uses of a data source was looked at there, and what it takes from others is looked at in those.
fn unused<'m>(resource: &'m Resource, seen: &HashSet<Span>) -> Option<TrustDocument<'m>> {
    let blocks = resource.body.blocks("statement");
    if blocks.iter().all(|block| block.blocks("principals").is_empty()) {
        return None;
    }
    let own: HashSet<Span> = blocks.iter().filter_map(|block| block.header).collect();
    let (value, mut document) = computed_document(resource, "json")?;
    document.retain(|statement| {
        let unused = statement.at.span.is_some_and(|span| own.contains(&span) && !seen.contains(&span));
        unused || statement.effect == Effect::Deny
    });
    Some(TrustDocument {
        resource,
        identity: None,
        attribute: "statement",
        document,
        value: Cow::Owned(value),
    })
}

/// Every statement that lets in tokens, once for each issuer.
pub(in crate::rules) fn cases<'m>(cx: &Context<'m>) -> Vec<Case<'m>> {
    let mut found: IndexMap<(Span, Span, Issuer), Case<'m>> = IndexMap::new();
    for document in documents(cx.model) {
        add(cx.model, &document, &mut found);
    }
    let mut cases: Vec<Case<'m>> = found.into_values().collect();
    for case in &mut cases {
        if let Cause::PassesWithout { operator, .. } | Cause::AllBut { operator, .. } =
            &case.admission.opening.cause
            && let Some(span) = operator_span(cx, case.root, operator)
        {
            case.span = span;
        }
    }
    cases
}

/// The characters of an operator that does not test what it seems to, if it is written once in the statement.
fn operator_span(cx: &Context<'_>, statement: Span, operator: &str) -> Option<Span> {
    // A block is marked by its first line alone.
    let resources = cx.model.project.resources.iter();
    let documents = resources.filter(|it| &*it.kind == "aws_iam_policy_document");
    let mut blocks = documents.flat_map(|resource| resource.body.blocks("statement"));
    let block = blocks.find(|block| block.header == Some(statement)).and_then(|block| block.span);
    let region = block.unwrap_or(statement);
    let text = cx.shared.sources.find(region.file)?.text.get(region.range())?;
    let mut places = text.match_indices(operator);
    let (at, _) = places.next()?;
    let start = region.start as usize + at;
    places.next().is_none().then(|| Span::new(region.file, start, start + operator.len()))
}

fn add<'m>(
    model: &'m Model,
    place: &TrustDocument<'m>,
    found: &mut IndexMap<(Span, Span, Issuer), Case<'m>>,
) {
    for admission in admissions(model, &place.document, &place.value) {
        let statement = &place.document.statements[admission.statement];
        let root = statement.at.span.unwrap_or_else(|| place.resource.header());
        let span = admission.opening.span.unwrap_or(root);
        let case = found.entry((root, span, admission.provider.issuer)).or_insert_with(|| Case {
            statement: statement.clone(),
            first: place.resource,
            others: Vec::new(),
            identities: place.identity.into_iter().collect(),
            attribute: place.attribute,
            root,
            span,
            value: admission.opening.span.and_then(|span| written(&place.value, span)),
            admission: admission.clone(),
        });
        // Instances of one block may differ in what they are given: the widest speaks for all.
        if admission.opening.width > case.admission.opening.width {
            case.admission = admission;
        }
        let known =
            case.first.id == place.resource.id || case.others.iter().any(|it| it.id == place.resource.id);
        if !known {
            case.others.push(place.resource);
            case.identities.extend(place.identity);
        }
    }
}

/// The value at some characters of a document.
fn written(document: &Value, span: Span) -> Option<Value> {
    let mut found = None;
    decode_json(document)?.walk(&mut |part| {
        if found.is_none() && part.meta.span == Some(span) {
            found = Some(part.clone());
        }
    });
    found
}
