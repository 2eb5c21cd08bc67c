use crate::diagnostic::{Persona, Severity};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::iam::azure::{self, Permissions};
use crate::iam::{Pattern, Syntax, Verdict};
use crate::identity::policy::{azure_permissions, pattern};
use crate::identity::privilege::Holder;
use crate::identity::{AzureRole, Policy};
use crate::rules::surroundings::listed;
use crate::rules::{Context, Rule, RuleInfo, privileged};
use crate::source::Span;
use std::collections::HashMap;

declare_rule! {
    /// A custom role allows everything, everything of a kind in every service (`*/write`, `*/delete`, `*/action`), or
    /// what makes an administrator of whoever has it: handing out roles and rewriting them. A wildcard also takes in
    /// what Azure adds next year.
    ///
    /// What counts is what is left after `not_actions` and `not_data_actions`. `*/read` is fine, and so is a
    /// wildcard within a provider (`Microsoft.Compute/*`), which is shown to a strict reader. A role that nothing
    /// here assigns is reported as well: a definition is there to be assigned. Where it makes an administrator of
    /// a workload, `admin-policy-attached` leads. A role that is assigned to people only is shown to a strict reader.
    ///
    /// List the operations that are used; `Microsoft.Authorization/*/write` belongs in a role of its own, assigned
    /// with a condition.
    ///
    /// ```hcl,bad
    /// resource "azurerm_role_definition" "operator" {
    ///   name  = "operator"
    ///   scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
    ///   permissions {
    ///     actions = ["*"]
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "azurerm_role_definition" "operator" {
    ///   name  = "operator"
    ///   scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
    ///   permissions {
    ///     actions = ["*/read", "Microsoft.Compute/virtualMachines/start/action"]
    ///   }
    /// }
    /// ```
    ///
    /// Source: Microsoft Azure documentation, "Azure custom roles" and "Understand Azure role definitions".
    AzureCustomRoleWildcard {
        code: "KW209",
        name: "azure-custom-role-wildcard",
        summary: "Custom Azure role with wildcard or escalating actions",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["AZ6:5.4"],
    }
}

/// With these one gives oneself the rest. Source: Microsoft Azure documentation, "Azure permissions for Management
/// and governance", Microsoft.Authorization.
const ESCALATING: [&str; 3] = [
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/elevateAccess/action",
];

/// Operations of several services, some of which a wildcard over all services leaves whatever is taken from it.
const SAMPLE: [&str; 12] = [
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/virtualMachines/delete",
    "Microsoft.Compute/virtualMachines/runCommand/action",
    "Microsoft.KeyVault/vaults/write",
    "Microsoft.KeyVault/vaults/delete",
    "Microsoft.Network/virtualNetworks/write",
    "Microsoft.Network/virtualNetworks/delete",
    "Microsoft.Resources/deployments/write",
    "Microsoft.Storage/storageAccounts/delete",
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.Web/sites/write",
    "Microsoft.Sql/servers/write",
];

/// The same for data.
const DATA: [&str; 4] = [
    "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
    "Microsoft.ServiceBus/namespaces/messages/send/action",
];

impl Rule for AzureCustomRoleWildcard {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let roles = model.project.resources.iter().filter(|resource| {
            resource.mode == ResourceMode::Managed && &*resource.kind == "azurerm_role_definition"
        });
        let mut found = roles.map(|role| (role, wide(role))).filter(|(_, wide)| !wide.is_empty()).peekable();
        if found.peek().is_none() {
            return;
        }
        let mut grants: HashMap<ResourceId, Vec<usize>> = HashMap::new();
        for (index, grant) in model.grants.iter().enumerate() {
            if let Policy::Azure { role: AzureRole::Custom { resource, .. }, .. } = &grant.policy {
                grants.entry(*resource).or_default().push(index);
            }
        }
        let found: Vec<_> = found.collect();
        for (role, wide) in found {
            emit(cx, role, &wide, grants.get(&role.id).map(Vec::as_slice).unwrap_or_default());
        }
    }
}

/// An action that allows too much.
struct Wide {
    span: Option<Span>,
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Everything of one provider.
    Provider,
    /// Everything of a kind, or everything, in all services.
    Everywhere,
    Escalates,
}

fn wide(role: &Resource) -> Vec<Wide> {
    let mut found = Vec::new();
    let blocks = role.body.blocks("permissions");
    for (block, read) in blocks.iter().zip(azure_permissions(&role.body)) {
        for (name, sample) in [("actions", SAMPLE.as_slice()), ("data_actions", DATA.as_slice())] {
            for value in block.value(name).map(Value::as_slice).unwrap_or_default() {
                let action = pattern(value, Syntax::Glob);
                if let Some(kind) = judge(&action, &read, name == "data_actions", sample) {
                    found.push(Wide { span: value.meta.span, text: action.to_string(), kind });
                }
            }
        }
    }
    let worst = found.iter().map(|wide| wide.kind > Kind::Provider).max();
    found.retain(|wide| Some(wide.kind > Kind::Provider) == worst);
    found.sort_by_key(|wide| std::cmp::Reverse(wide.kind));
    found
}

/// What one action leaves of its block.
fn judge(action: &Pattern, block: &Permissions, data: bool, sample: &[&str]) -> Option<Kind> {
    let taken = if data { &block.not_data_actions } else { &block.not_actions };
    let left = |operation: &&str| {
        action.matches_ignore_case(operation).is_yes()
            && taken.iter().all(|it| it.matches_ignore_case(operation).is_no())
    };
    if !data && ESCALATING.iter().any(&left) {
        // A plain star says more than what one can do with it.
        return Some(if action.is_any() { Kind::Everywhere } else { Kind::Escalates });
    }
    let text = action.to_string().to_ascii_lowercase();
    if !action.has_wildcard() || text.ends_with("/read") {
        return None;
    }
    let everywhere = text.starts_with('*') && sample.iter().any(left);
    // Such as `Microsoft.Compute/*`.
    let provider = text.split('/').count() == 2 && text.ends_with("/*");
    match (everywhere, provider) {
        (true, _) => Some(Kind::Everywhere),
        (false, true) => Some(Kind::Provider),
        _ => None,
    }
}

fn emit(cx: &mut Context<'_>, role: &Resource, wide: &[Wide], grants: &[usize]) {
    let model = cx.model;
    let Some((lead, rest)) = wide.split_first() else { return };
    let mut holders: Vec<(Persona, Holder)> = Vec::new();
    for index in grants {
        for holder in Holder::of_grant(model, *index) {
            if let Some(persona) = privileged::audience(model, &holder, &model.grants[*index])
                && !holders.iter().any(|(_, known)| *known == holder)
            {
                holders.push((persona, holder));
            }
        }
    }
    // Assigned, but to nobody whom it would matter for.
    let to_people = !grants.is_empty() && holders.is_empty();
    let audience = holders.iter().map(|(persona, _)| *persona).min().unwrap_or(Persona::Regular);
    let own = if lead.kind == Kind::Provider { Persona::Strict } else { Persona::Regular };
    let persona = if to_people { Persona::Strict } else { audience.max(own) };
    let named: Vec<&Holder> =
        holders.iter().filter(|(own, _)| *own == audience).map(|(_, holder)| holder).collect();
    let verdict = azure::judge(&azure_permissions(&role.body)).verdict;
    let what = match (lead.kind, verdict) {
        (Kind::Escalates, _) => "lets its holders hand out roles or rewrite them",
        (Kind::Everywhere, Verdict::Admin) => "allows everything, handing out roles included",
        (Kind::Everywhere, Verdict::Power) => "allows everything but handing out roles",
        (Kind::Everywhere, _) => "reaches into every service",
        (Kind::Provider, _) => "allows everything of a service",
    };
    let message = format!("`{}` {what}, through `{}`", role.address, lead.text);
    let span = lead.span.unwrap_or_else(|| role.header());
    let root = grants.first().map_or(span, |index| model.grants[*index].span);
    let label = match lead.kind {
        Kind::Escalates => "a way to every other permission",
        Kind::Everywhere => "in all services",
        Kind::Provider => "all of the service",
    };
    let severity = if lead.kind == Kind::Provider { Severity::Low } else { Severity::High };
    let mut draft = cx
        .draft(AzureCustomRoleWildcard::INFO, role, "permissions.actions", span, message)
        .label(label)
        .severity(severity)
        .persona(persona)
        .root(root)
        .owner(privileged::owner(model, &named))
        .environment(privileged::environment(model, &named))
        .help("list the operations that it uses; handing out roles belongs in a role of its own");
    if let Some(first) = named.first() {
        draft = draft.identity(first.describe(model).replace('`', ""));
    }
    for other in rest.iter().take(3) {
        if let Some(at) = other.span.filter(|at| *at != span) {
            draft = draft.related(at, format!("and `{}`", other.text));
        }
    }
    for index in grants.iter().take(3) {
        draft = draft.related(model.grants[*index].span, "assigned here");
    }
    let left = effective(role);
    if !left.is_empty() {
        draft = draft.note(format!("what is left of it includes {}", listed(left, 4)));
    }
    if grants.is_empty() {
        draft = draft.note("nothing in this code assigns it");
    }
    cx.emit(draft);
}

/// Examples of what the role allows in the end.
fn effective(role: &Resource) -> Vec<&'static str> {
    let blocks = azure_permissions(&role.body);
    let allows = |operation: &&'static str| blocks.iter().any(|block| block.allows(operation).is_yes());
    let data = |operation: &&'static str| blocks.iter().any(|block| block.allows_data(operation).is_yes());
    let all = ESCALATING.into_iter().chain(SAMPLE).filter(allows);
    all.chain(DATA.into_iter().filter(data)).collect()
}
