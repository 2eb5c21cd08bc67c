mod weigh;

use crate::diagnostic::{Persona, Severity};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode, computed};
use crate::iam::vault::{Grant as VaultGrant, parse};
use crate::identity::policy::{vault_place, vault_source, vault_text};
use crate::identity::privilege::{Holder, Level, privileges};
use crate::identity::{Model, Policy};
use crate::rules::{Context, Rule, RuleInfo, privileged};
use crate::source::Span;
use std::collections::HashSet;
use weigh::{Wide, weigh};

declare_rule! {
    /// A Vault policy takes in more than one application needs: every path, everything below `sys/`, `auth/` or
    /// `identity/`, every secret of a common mount, or `sudo`. Whoever writes auth methods or policies lets
    /// himself in as anything; whoever writes `secret/*` changes the passwords of everybody else.
    ///
    /// The paths are read as Vault reads them (`*` at the end, `+` for a segment, `deny` before all else), in
    /// `vault_policy`, and in `vault_policy_document` data sources, which count where they are used. The roles and
    /// tokens that carry the policy are named; a policy that nothing here carries weighs one step less. Where the
    /// policy makes an administrator, `admin-policy-attached` leads. Reading a whole mount, and policies of people,
    /// are shown to a strict reader. A mount with a name of its own is taken to be the application's own.
    ///
    /// List the paths that are used, with the application's name in them.
    ///
    /// ```hcl,bad
    /// resource "vault_policy" "app" {
    ///   name   = "app"
    ///   policy = <<-EOT
    ///     path "secret/*" {
    ///       capabilities = ["create", "read", "update", "delete", "list"]
    ///     }
    ///   EOT
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "vault_policy" "app" {
    ///   name   = "app"
    ///   policy = <<-EOT
    ///     path "secret/data/app/*" {
    ///       capabilities = ["create", "read", "update", "delete", "list"]
    ///     }
    ///     path "auth/token/renew-self" {
    ///       capabilities = ["update"]
    ///     }
    ///   EOT
    /// }
    /// ```
    ///
    /// Source: HashiCorp Vault documentation, "Policies" and "Root protected API endpoints".
    VaultPolicyOverbroad {
        code: "KW214",
        name: "vault-policy-overbroad",
        summary: "Vault policy with wide paths or sudo",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

const SHOWN: usize = 3;

impl Rule for VaultPolicyOverbroad {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        for (index, grant) in model.grants.iter().enumerate() {
            let Policy::Vault(paths) = &grant.policy else { continue };
            let resource = model.resource(grant.resource);
            let Some(value) = resource.body.value(&grant.attribute) else { continue };
            let mut found = Document::new(resource, &grant.attribute, value, grant.span);
            found.unbound = grant.subjects.is_empty();
            for holder in Holder::of_grant(model, index).filter(|holder| matters(model, holder, index)) {
                if let Some(audience) = privileged::audience(model, &holder, grant) {
                    found.holders.push((audience, holder));
                }
            }
            judge(cx, &found, paths);
        }
        for (resource, value) in lone(model) {
            let at = resource.header();
            let paths = parse(&vault_text(&value));
            judge(cx, &Document::new(resource, "rule", &value, at), &paths);
        }
    }
}

/// Documents of data sources that nothing here uses.
fn lone(model: &Model) -> Vec<(&Resource, Value)> {
    let used: HashSet<ResourceId> =
        model.uses.iter().filter(|usage| usage.user.is_some()).map(|usage| usage.used).collect();
    let data = model.project.resources.iter().filter(|resource| {
        resource.mode == ResourceMode::Data
            && &*resource.kind == "vault_policy_document"
            && !used.contains(&resource.id)
    });
    data.filter_map(|it| Some((it, computed(it, "hcl")?))).collect()
}

struct Document<'m> {
    resource: &'m Resource,
    attribute: &'m str,
    value: &'m Value,
    at: Span,
    unbound: bool,
    holders: Vec<(Persona, Holder)>,
}

impl<'m> Document<'m> {
    fn new(resource: &'m Resource, attribute: &'m str, value: &'m Value, at: Span) -> Self {
        Document { resource, attribute, value, at, unbound: true, holders: Vec::new() }
    }
}

/// Nothing can be added to an administrator, unless it is this policy that makes one.
fn matters(model: &Model, holder: &Holder, grant: usize) -> bool {
    privileges(model).get(holder).is_none_or(|privilege| {
        privilege.level < Level::Admin || privilege.causes.iter().any(|cause| cause.grant == grant)
    })
}

fn judge(cx: &mut Context<'_>, document: &Document<'_>, paths: &[VaultGrant]) {
    let wide = weigh(paths);
    let Some((lead, rest)) = wide.split_first() else { return };
    let model = cx.model;
    let unbound = document.unbound;
    let audience = document.holders.iter().map(|(audience, _)| *audience).min();
    let audience = match (unbound, audience) {
        (_, Some(persona)) => persona,
        (true, None) => Persona::Regular,
        (false, None) => return,
    };
    let of_audience = document.holders.iter().filter(|(own, _)| *own == audience);
    let named: Vec<&Holder> = of_audience.map(|(_, holder)| holder).collect();
    let address = &document.resource.address;
    let subject = match named.is_empty() {
        true => format!("whoever gets `{address}`"),
        false => privileged::name_all(model, &named),
    };
    let span = place(document, lead, paths).unwrap_or(document.at);
    let text = shown(document, lead, paths);
    let through = text.map(|text| format!(", through `{text}`")).unwrap_or_default();
    let message = format!("{subject} {}{through}", lead.phrase);
    let lowered: Severity = if unbound { lead.severity.shifted(-1) } else { lead.severity };
    let mut draft = cx
        .draft(VaultPolicyOverbroad::INFO, document.resource, document.attribute, span, message)
        .label(lead.label)
        .severity(lowered)
        .persona(audience.max(lead.persona))
        .root(document.at)
        .owner(privileged::owner(model, &named))
        .environment(privileged::environment(model, &named))
        .help("list the paths that it uses, with the name of the application in them, and without `sudo`");
    if let Some(first) = named.first() {
        draft = draft.identity(first.describe(model).replace('`', ""));
    }
    for other in rest.iter().filter(|other| other.persona == lead.persona).take(SHOWN) {
        if let Some(at) = place(document, other, paths).filter(|at| *at != span) {
            draft = draft.related(at, format!("and {}", other.label));
        }
    }
    for (_, header) in privileged::declared(model, &named).into_iter().take(SHOWN) {
        draft = draft.related(header, "carries the policy");
    }
    if unbound {
        draft = draft.note("nothing in this code carries it, which lowers the severity by one step");
    }
    cx.emit(draft);
}

fn place(document: &Document<'_>, wide: &Wide, paths: &[VaultGrant]) -> Option<Span> {
    vault_place(document.value, paths.get(wide.path)?.span.clone())
}

fn shown(document: &Document<'_>, wide: &Wide, paths: &[VaultGrant]) -> Option<String> {
    let path = paths.get(wide.path)?;
    if path.path.is_everything() {
        return Some("*".to_string());
    }
    vault_source(document.value, path.span.clone()).filter(|text| !text.is_empty())
}
