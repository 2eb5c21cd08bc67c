use crate::diagnostic::{Applicability, Confidence, Edit, Fix, Persona, Severity};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::iam::azure::{self, Permissions, Scope};
use crate::iam::{Tri, Verdict};
use crate::identity::privilege::Holder;
use crate::identity::{AzureRole, Grant, Model, Policy};
use crate::rules::{Context, Draft, Rule, RuleInfo, privileged};
use crate::source::Span;
use indexmap::IndexMap;

declare_rule! {
    /// A service principal or managed identity may change things in a whole subscription, management group or
    /// tenant. Whoever gets hold of it reaches every resource group there, those of other teams and those that do
    /// not exist yet included.
    ///
    /// The rule looks at role assignments, permanent ones and those of Privileged Identity Management, built-in and
    /// custom roles. Roles that only read are fine. Where the role comes to Owner, Contributor or User Access
    /// Administrator, `admin-policy-attached` leads and this rule is named with it. Identities of Azure Policy
    /// assignments, which are made to repair whatever is below them, and assignments that have to be activated
    /// first are shown to a strict reader. People and groups are not the subject of this tool.
    ///
    /// Assign the role on the resource groups that the workload works in.
    /// Where the module has just one resource group, the fix does.
    ///
    /// ```hcl,bad
    /// resource "azurerm_role_assignment" "backup" {
    ///   scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
    ///   role_definition_name = "Virtual Machine Contributor"
    ///   principal_id         = "11111111-1111-1111-1111-111111111111"
    ///   principal_type       = "ServicePrincipal"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "azurerm_role_assignment" "backup" {
    ///   scope                = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/backup"
    ///   role_definition_name = "Virtual Machine Contributor"
    ///   principal_id         = "11111111-1111-1111-1111-111111111111"
    ///   principal_type       = "ServicePrincipal"
    /// }
    /// ```
    ///
    /// Source: Microsoft Azure documentation, "Best practices for Azure RBAC" and "Understand scope".
    AzureScopeTooWide {
        code: "KW208",
        name: "azure-scope-too-wide",
        summary: "Role that writes, assigned to a workload on a whole subscription or more",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["AZ6:5.3.3"],
    }
}

const SHOWN: usize = 3;

impl Rule for AzureScopeTooWide {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut by_place: IndexMap<(Span, Span), Vec<Case<'_>>> = IndexMap::new();
        for (index, grant) in model.grants.iter().enumerate() {
            let Some(wide) = wide(model, grant) else { continue };
            for holder in Holder::of_grant(model, index) {
                let Some(audience) = privileged::audience(model, &holder, grant) else { continue };
                let persona = audience.max(wide.persona).max(of_holder(model, &holder));
                let case = Case { grant, holder, persona, wide: wide.clone() };
                by_place.entry((wide.span, grant.span)).or_default().push(case);
            }
        }
        for cases in by_place.into_values() {
            emit(cx, cases);
        }
    }
}

struct Case<'m> {
    grant: &'m Grant,
    holder: Holder,
    persona: Persona,
    wide: Wide,
}

/// A role that writes, on a subscription or more.
#[derive(Clone)]
struct Wide {
    /// Of the scope.
    span: Span,
    scope: Scope,
    role: String,
    severity: Severity,
    persona: Persona,
    sure: bool,
    notes: Vec<&'static str>,
}

fn wide(model: &Model, grant: &Grant) -> Option<Wide> {
    let Policy::Azure { role, scope, .. } = &grant.policy else { return None };
    if !scope.is_wide() {
        return None;
    }
    let resource = model.resource(grant.resource);
    let (name, permissions, escalates) = match role {
        AzureRole::Named(name) => {
            let known = azure::role(name)?;
            (known.name.to_string(), known.permissions(), !known.methods.is_empty())
        }
        AzureRole::Custom { resource, permissions } => {
            (model.resource(*resource).address.clone(), permissions.clone(), false)
        }
    };
    let judgement = azure::judge(&permissions);
    let writes = changes(&permissions);
    if writes.is_no() && judgement.verdict == Verdict::None {
        return None;
    }
    let mut severity = match judgement.verdict > Verdict::None || escalates {
        true => Severity::High,
        false => Severity::Medium,
    };
    let (mut persona, mut notes) = (Persona::Regular, Vec::new());
    if resource.body.value("condition").is_some() {
        severity = severity.shifted(-1);
        notes.push("its condition limits it, which lowers the severity by one step");
    }
    if resource.kind.contains("_pim_eligible_") {
        persona = Persona::Strict;
        notes.push("it has to be activated before it holds");
    }
    if !writes.is_yes() {
        persona = Persona::Strict;
    }
    let span = match resource.body.attr("scope") {
        Some(attr) => attr.value.meta.span.unwrap_or(attr.expr_span),
        None => grant.span,
    };
    Some(Wide { span, scope: *scope, role: name, severity, persona, sure: writes.is_yes(), notes })
}

/// Actions that change nothing that is there: reading in its several forms, sending measurements, joining a network.
/// Source: Azure built-in roles, those for monitoring and their permissions.
const HARMLESS: [&str; 12] = [
    "/read",
    "/checknameavailability/action",
    "/exporttemplate/action",
    "/join/action",
    "/logstream/action",
    "/query/action",
    "/readmetadata/action",
    "/register/action",
    "/search/action",
    "/validate/action",
    "metrics/write",
    "telemetry/write",
];

/// A deployment does no more than whoever starts it may do besides.
/// Source: Azure Resource Manager documentation, "Deploy resources with ARM templates", required permissions.
const HARMLESS_STARTS: [&str; 4] = [
    "microsoft.insights/alertrules/",
    "microsoft.operationalinsights/workspaces/jobs/export/",
    "microsoft.resources/deployments/",
    "microsoft.support/",
];

/// Changes resources or their data.
fn changes(blocks: &[Permissions]) -> Tri {
    Tri::any(blocks.iter().flat_map(|block| block.actions.iter().chain(&block.data_actions)).map(|pattern| {
        let text = pattern.to_string().to_ascii_lowercase();
        match HARMLESS.iter().any(|end| text.ends_with(end))
            || HARMLESS_STARTS.iter().any(|start| text.starts_with(start))
        {
            true => Tri::No,
            false if pattern.has_hole() => Tri::Maybe,
            false => Tri::Yes,
        }
    }))
}

/// Azure Policy repairs whatever is below its assignment.
fn of_holder(model: &Model, holder: &Holder) -> Persona {
    let kind = holder.resource(model).map(|id| model.resource(id).kind.clone());
    match kind.is_some_and(|kind| kind.ends_with("_policy_assignment")) {
        true => Persona::Strict,
        false => Persona::Regular,
    }
}

fn emit(cx: &mut Context<'_>, cases: Vec<Case<'_>>) {
    let model = cx.model;
    let Some(persona) = cases.iter().map(|case| case.persona).min() else { return };
    let cases: Vec<_> = cases.into_iter().filter(|case| case.persona == persona).collect();
    let Some(Case { grant, holder, wide, .. }) = cases.first() else { return };
    let mut holders: Vec<&Holder> = Vec::new();
    for case in &cases {
        if !holders.contains(&&case.holder) {
            holders.push(&case.holder);
        }
    }
    let place = match wide.scope {
        Scope::Root => "the whole tenant",
        Scope::ManagementGroup => "a whole management group",
        _ => "a whole subscription",
    };
    let resource = model.resource(grant.resource);
    let message = format!("{} has `{}` on {place}", privileged::name_all(model, &holders), wide.role);
    let mut draft = Draft::new(AzureScopeTooWide::INFO, &resource.address, "scope", wide.span, message)
        .label(place)
        .severity(wide.severity)
        .confidence(if wide.sure { Confidence::High } else { Confidence::Medium })
        .persona(persona)
        .root(grant.span)
        .identity(holder.describe(model).replace('`', ""))
        .owner(privileged::owner(model, &holders))
        .environment(privileged::environment(model, &holders))
        .help("assign it on the resource groups or resources that it works on");
    if let Some(value) = resource.body.value("scope") {
        draft = draft.route(value);
    }
    if grant.span != wide.span {
        draft = draft.related(grant.span, "the role");
    }
    let mut sites = vec![resource.address.clone()];
    for case in &cases {
        let address = &model.resource(case.grant.resource).address;
        if !sites.contains(address) {
            draft = draft.site(address, "scope", wide.span);
            sites.push(address.clone());
        }
    }
    for (_, header) in privileged::declared(model, &holders).into_iter().take(SHOWN) {
        draft = draft.related(header, "the identity is declared here");
    }
    for note in &wide.notes {
        draft = draft.note(*note);
    }
    if let Some(fix) = narrowed(cx, resource, grant) {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

/// The only resource group of the module as the scope, where the scope is the subscription that it is in: elsewhere it
/// would be another grant rather than a narrower one.
fn narrowed(cx: &Context<'_>, resource: &Resource, grant: &Grant) -> Option<Fix> {
    let attr = resource.body.attr("scope")?;
    let file = cx.shared.sources.find(attr.expr_span.file)?;
    if resource.key != InstanceKey::None || !file.path.ends_with(".tf") || grant.resource != resource.id {
        return None;
    }
    let mut groups = cx.model.project.resources.iter().filter(|one| {
        &*one.kind == "azurerm_resource_group"
            && one.mode == ResourceMode::Managed
            && one.module == resource.module
    });
    let only = groups.next()?;
    if groups.next().is_some() || only.key != InstanceKey::None {
        return None;
    }
    let named = attr.value.deep_refs();
    let mut subscriptions = named.iter().map(|used| cx.model.resource(used.resource));
    if !subscriptions.any(|used| &*used.kind == "azurerm_subscription" && used.body.value("subscription_id").is_none()) {
        return None;
    }
    let text = format!("{}.id", only.local_address());
    let title = format!("Assign it on `{}`, the only resource group here", only.local_address());
    Some(Fix::new(title, Applicability::Unsafe, vec![Edit { span: attr.expr_span, text }]))
}
