//! Workload identity pools of Google Cloud that let in more than they should, where they are bound or by their
//! provider.

use super::{Rank, pool_mend, rank, reach};
use crate::diagnostic::{Fix, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::policy::google_members;
use crate::identity::trust::{Issuer, PoolMember, PoolProvider, Pools, Scope, Width};
use crate::identity::{Identity, Model};
use crate::rules::surroundings::is_library;
use crate::rules::{Context, Draft, RuleInfo};
use crate::source::Span;
use std::collections::HashMap;

/// A member or a provider that is open.
pub(in crate::rules) struct OpenPool<'m> {
    pub issuer: Issuer,
    pub resource: &'m Resource,
    pub attribute: &'static str,
    pub span: Span,
    pub message: String,
    pub label: String,
    pub rank: Rank,
    pub value: Option<Value>,
    pub identity: Option<&'m Identity>,
    /// The provider, where a member is to blame.
    pub provider: Option<Span>,
    /// The code does not tell who is behind the pool.
    pub unsure: bool,
    pub fix: Option<Fix>,
}

/// Every open member, and every open provider of which no member is.
pub(in crate::rules) fn pools<'m>(cx: &Context<'m>) -> Vec<OpenPool<'m>> {
    let model = cx.model;
    let pools = Pools::of(model);
    let mut found = Vec::new();
    // For each provider the widest of what is bound.
    let mut bound: HashMap<usize, Width> = HashMap::new();
    let mut scopes: HashMap<usize, Vec<Scope>> = HashMap::new();
    for resource in model.project.resources.iter().filter(|it| is_binding(it)) {
        for (_, members) in google_members(&resource.body) {
            for value in &members {
                let Some(member) = pools.member(model, value) else { continue };
                for provider in &member.providers {
                    let width = member.reading.width.unwrap_or(Width::Family);
                    let known = bound.entry(*provider).or_insert(width);
                    *known = width.max(*known);
                    scopes.entry(*provider).or_default().push(member.scope.clone());
                }
                found.extend(open_member(cx, &pools, resource, value, &member));
            }
        }
    }
    for (index, provider) in pools.providers.iter().enumerate() {
        let fix = || {
            let members = scopes.get(&index).map_or(&[][..], Vec::as_slice);
            pool_mend::condition(cx, provider, model.resource(provider.resource), members)
        };
        let open = open_provider(model, provider, bound.get(&index).copied());
        found.extend(open.map(|open| OpenPool { fix: fix(), ..open }));
    }
    found
}

fn is_binding(resource: &Resource) -> bool {
    resource.mode == ResourceMode::Managed
        && resource.kind.starts_with("google_")
        && resource.kind.contains("_iam_")
}

fn open_member<'m>(
    cx: &Context<'m>,
    pools: &Pools,
    resource: &'m Resource,
    value: &Value,
    member: &PoolMember,
) -> Option<OpenPool<'m>> {
    let model = cx.model;
    let providers: Vec<&PoolProvider> =
        member.providers.iter().map(|index| &pools.providers[*index]).collect();
    let all = member.scope == Scope::All;
    let rank = match (member.reading.width, all) {
        (Some(Width::Organization), true) if member.issuer != Issuer::GitHub => {
            match providers.iter().all(|provider| provider.conditional) {
                true => Rank::strict(Severity::Medium),
                false => Rank::regular(Severity::Medium),
            }
        }
        (Some(Width::Organization), _) => match member.issuer {
            Issuer::GitHub => Rank::regular(Severity::High),
            _ => return None,
        },
        (Some(width), _) if width < Width::Organization => return None,
        (Some(width), _) => rank(width, Severity::Critical, Rank::strict(Severity::Medium))?,
        (None, true) if providers.is_empty() => Rank::regular(Severity::High),
        (None, true) => Rank::strict(Severity::Medium),
        (None, false) => return None,
    };
    let severity = match member.issuer {
        Issuer::GitHub => rank.severity,
        _ => rank.severity.min(Severity::High),
    };
    let target = resource.body.value("service_account_id");
    let target =
        target.and_then(|value| value.deep_refs().iter().find_map(|used| model.identity_of(used.resource)));
    let what = match target {
        Some(identity) => identity.address.clone(),
        None => resource.address.clone(),
    };
    let how = match &member.scope {
        Scope::All => "the whole pool is a member".to_string(),
        Scope::Attribute(name, value) => format!("`{name}` may be `{value}` anywhere"),
        Scope::Subject(subject) => format!("the subject may be `{subject}`"),
        Scope::Group(group) => format!("the group is `{group}`"),
        Scope::Unknown => return None,
    };
    let how = match (&member.scope, member.reading.width) {
        (Scope::Attribute(name, value), Some(Width::Organization | Width::Prefix)) => {
            format!("`{name}` may be `{value}`")
        }
        _ => how,
    };
    let verb = if target.is_some() { "can be taken on by" } else { "lets in" };
    let first = providers.iter().find(|provider| provider.reading.width >= Some(Width::Organization));
    let mut message = match (all, member.reading.width) {
        (true, None) => format!("`{what}` {verb} {}", member.reading.described),
        _ => format!("`{what}` {verb} {}, since {how}", member.reading.described),
    };
    if first.is_some_and(|provider| !provider.conditional) {
        message.push_str(" and its provider has no condition");
    }
    Some(OpenPool {
        issuer: member.issuer,
        resource,
        attribute: if resource.body.attr("member").is_some() { "member" } else { "members" },
        span: value.meta.span.unwrap_or_else(|| resource.header()),
        message,
        label: if all { "every identity of the pool" } else { reach(member.reading.width) }.to_string(),
        rank: Rank { severity, ..rank },
        value: Some(value.clone()),
        identity: target,
        provider: first.or(providers.first()).map(|provider| model.resource(provider.resource).header()),
        unsure: providers.is_empty(),
        fix: match providers.as_slice() {
            [one] => pool_mend::member(cx, one, &member.scope, value),
            _ => None,
        },
    })
}

fn open_provider<'m>(
    model: &'m Model,
    provider: &PoolProvider,
    bound: Option<Width>,
) -> Option<OpenPool<'m>> {
    let resource = model.resource(provider.resource);
    let width = provider.reading.width?;
    // What is bound too wide is said where it is bound.
    if bound >= Some(Width::Organization) || provider.issuer == Issuer::Saml {
        return None;
    }
    // What a module takes is its caller's to say.
    let asked = resource.body.attr("attribute_condition").is_some_and(|attr| attr.value.is_null());
    let bound = bound.or((asked && is_library(model)).then_some(Width::One));
    let rank = match (width, bound) {
        // Nobody is let in yet, as far as this code tells.
        (Width::Anyone | Width::Prefix, None) => Rank::regular(Severity::High),
        (Width::Anyone | Width::Prefix, Some(_)) => Rank::strict(Severity::Medium),
        (Width::Organization, _) if !provider.conditional && provider.issuer != Issuer::Kubernetes => {
            Rank::strict(Severity::Low)
        }
        _ => return None,
    };
    let severity = match provider.issuer {
        Issuer::GitHub => rank.severity,
        _ => rank.severity.min(Severity::High),
    };
    let condition = resource.body.attr("attribute_condition").filter(|_| provider.conditional);
    let (span, label) = match condition {
        Some(attr) => (attr.value.meta.span.unwrap_or(attr.expr_span), reach(Some(width)).to_string()),
        None => (resource.header(), "no `attribute_condition`".to_string()),
    };
    let what = &resource.address;
    let who = &provider.reading.described;
    let message = match (condition, provider.address.is_empty()) {
        (Some(_), _) => format!("`{what}` takes tokens of {who} in spite of its condition"),
        (None, true) => format!("`{what}` takes every principal of an AWS account"),
        (None, false) => format!("`{what}` takes tokens of {who}, since it has no condition"),
    };
    Some(OpenPool {
        issuer: provider.issuer,
        resource,
        attribute: "attribute_condition",
        span,
        message,
        label,
        rank: Rank { severity, ..rank },
        value: condition.map(|attr| attr.value.clone()),
        identity: None,
        provider: None,
        unsure: false,
        fix: None,
    })
}

impl OpenPool<'_> {
    pub(in crate::rules) fn draft(&self, cx: &Context<'_>, info: &'static RuleInfo) -> Draft {
        let rank = self.rank.in_place(cx, self.span);
        let confidence = match self.unsure {
            true => crate::diagnostic::Confidence::Medium,
            false => crate::diagnostic::Confidence::High,
        };
        let mut draft =
            Draft::new(info, &self.resource.address, self.attribute, self.span, self.message.clone())
                .label(self.label.clone())
                .severity(rank.severity)
                .persona(rank.persona)
                .confidence(confidence)
                .root(self.span);
        if let Some(value) = &self.value {
            draft = draft.route(value);
        }
        if let Some(header) = self.provider {
            draft = draft.related(header, "the provider of the pool");
        }
        if let Some(fix) = &self.fix {
            draft = draft.fix(fix.clone());
        }
        match self.identity {
            Some(identity) => draft
                .identity(identity.address.clone())
                .owner(identity.owner.name())
                .environment(identity.environment.as_ref()),
            None => draft,
        }
    }
}
