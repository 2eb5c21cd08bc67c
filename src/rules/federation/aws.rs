//! Documents of AWS that let in tokens: those of roles, and `aws_iam_policy_document` that no role here uses.

use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode, computed_document, decode_json};
use crate::iam::aws::{Document, Statement};
use crate::identity::policy::{Tag, document};
use crate::identity::trust::{Admission, Issuer, admissions};
use crate::identity::{Identity, Model};
use crate::source::{SourceMap, Span};
use indexmap::IndexMap;
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

/// Every statement that lets in tokens, once for each issuer.
pub(in crate::rules) fn cases(model: &Model) -> Vec<Case<'_>> {
    let mut found: IndexMap<(Span, Span, Issuer), Case<'_>> = IndexMap::new();
    let mut seen: HashSet<Span> = HashSet::new();
    for identity in &model.identities {
        let Some(trust) = &identity.trust else { continue };
        let resource = model.resource(identity.resource);
        let Some(value) = resource.body.value(&trust.attribute) else { continue };
        seen.extend(trust.document.statements.iter().filter_map(|statement| statement.at.span));
        let place = Place { resource, identity: Some(identity), attribute: "assume_role_policy" };
        add(model, &trust.document, value, &place, &mut found);
    }
    for resource in &model.project.resources {
        if resource.mode != ResourceMode::Data || &*resource.kind != "aws_iam_policy_document" {
            continue;
        }
        let Some(value) = computed_document(&resource.kind, "json", &resource.body) else { continue };
        let mut document = document(&value);
        // What a role uses was looked at there, and what is put together from others is looked at in those.
        let own: HashSet<Span> =
            resource.body.blocks("statement").iter().filter_map(|block| block.header).collect();
        let unused = |statement: &Statement<Tag>| {
            statement.at.span.is_some_and(|span| own.contains(&span) && !seen.contains(&span))
        };
        if !document.statements.iter().any(unused) {
            continue;
        }
        let kept: Vec<bool> = document.statements.iter().map(unused).collect();
        let mut at = 0;
        document.statements.retain(|statement| {
            at += 1;
            kept[at - 1] || statement.effect == crate::iam::aws::Effect::Deny
        });
        let place = Place { resource, identity: None, attribute: "statement" };
        add(model, &document, &value, &place, &mut found);
    }
    found.into_values().collect()
}

struct Place<'m> {
    resource: &'m Resource,
    identity: Option<&'m Identity>,
    attribute: &'static str,
}

fn add<'m>(
    model: &'m Model,
    document: &Document<Tag>,
    value: &Value,
    place: &Place<'m>,
    found: &mut IndexMap<(Span, Span, Issuer), Case<'m>>,
) {
    for admission in admissions(model, document, value) {
        let statement = &document.statements[admission.statement];
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
            value: admission.opening.span.and_then(|span| written(value, span)),
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

impl Case<'_> {
    /// The characters of an operator that does not test what it seems to, if it is written once in the statement.
    pub(in crate::rules) fn operator(
        &self,
        model: &Model,
        sources: &SourceMap,
        operator: &str,
    ) -> Option<Span> {
        // A block is marked by its first line alone.
        let documents = model.project.resources.iter().filter(|it| &*it.kind == "aws_iam_policy_document");
        let blocks = documents.flat_map(|resource| resource.body.blocks("statement"));
        let block =
            blocks.into_iter().find(|block| block.header == Some(self.root)).and_then(|block| block.span);
        let region = block.unwrap_or(self.root);
        let text = sources.find(region.file)?.text.get(region.range())?;
        let mut places = text.match_indices(operator);
        let (at, _) = places.next()?;
        let start = region.start as usize + at;
        places.next().is_none().then(|| Span::new(region.file, start, start + operator.len()))
    }
}
