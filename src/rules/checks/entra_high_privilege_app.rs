use crate::diagnostic::{Confidence, Persona, Severity};
use crate::iam::azure::entra::Weight;
use crate::identity::escalation::entra::{By, Held, held};
use crate::identity::privilege::Holder;
use crate::identity::{Model, Subject};
use crate::rules::privileged;
use crate::rules::{Context, Rule, RuleInfo};

declare_rule! {
    /// An application holds a permission of Microsoft Graph or a directory role with which it can make itself
    /// Global Administrator, or read and change what belongs to everybody in the tenant. Its secret is then worth
    /// as much as that of the administrator, without a second factor.
    ///
    /// - A permission that is granted by `azuread_app_role_assignment` counts in full, and so does a directory role
    ///   of an application or managed identity.
    /// - One that an application only asks for, in `required_resource_access` or `azuread_application_api_access`,
    ///   holds once somebody consents: it is reported at medium severity, unless the grant is in the code as well.
    /// - Delegated permissions (`Scope`) act within the rights of the person who signed in and are left out.
    /// - Directory roles of people and groups are for strict readers.
    ///
    /// ```hcl,bad
    /// data "azuread_service_principal" "msgraph" {
    ///   client_id = "00000003-0000-0000-c000-000000000000"
    /// }
    ///
    /// resource "azuread_application" "sync" {
    ///   display_name = "sync"
    /// }
    ///
    /// resource "azuread_service_principal" "sync" {
    ///   client_id = azuread_application.sync.client_id
    /// }
    ///
    /// resource "azuread_app_role_assignment" "sync" {
    ///   app_role_id         = data.azuread_service_principal.msgraph.app_role_ids["RoleManagement.ReadWrite.Directory"]
    ///   principal_object_id = azuread_service_principal.sync.object_id
    ///   resource_object_id  = data.azuread_service_principal.msgraph.object_id
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// data "azuread_service_principal" "msgraph" {
    ///   client_id = "00000003-0000-0000-c000-000000000000"
    /// }
    ///
    /// resource "azuread_application" "sync" {
    ///   display_name = "sync"
    /// }
    ///
    /// resource "azuread_service_principal" "sync" {
    ///   client_id = azuread_application.sync.client_id
    /// }
    ///
    /// resource "azuread_app_role_assignment" "sync" {
    ///   app_role_id         = data.azuread_service_principal.msgraph.app_role_ids["GroupMember.Read.All"]
    ///   principal_object_id = azuread_service_principal.sync.object_id
    ///   resource_object_id  = data.azuread_service_principal.msgraph.object_id
    /// }
    /// ```
    ///
    /// Source: Microsoft Entra documentation, "Privileged roles and permissions in Microsoft Entra ID"; Microsoft
    /// Graph permissions reference.
    EntraHighPrivilegeApp {
        code: "KW210",
        name: "entra-high-privilege-app",
        summary: "Application with a permission that leads to Global Administrator",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

impl Rule for EntraHighPrivilegeApp {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        for held in held(model) {
            finding(cx, &held);
        }
    }
}

fn finding(cx: &mut Context<'_>, held: &Held) {
    let model = cx.model;
    let resource = model.resource(held.resource);
    let holder = Holder::of(held.subject.clone());
    let named = match &held.subject {
        Subject::Unknown => format!("the principal of `{}`", resource.address),
        _ => holder.describe(model),
    };
    let privilege = held.privilege;
    let (severity, persona, confidence) = weigh(model, held);
    let verb = if held.by == By::Requested { "asks for" } else { "holds" };
    let what = if held.by == By::DirectoryRole { "directory role" } else { "Graph permission" };
    let message = format!("{named} {verb} {what} `{}`, {}", privilege.name, effect(privilege.weight));
    let mut draft = cx
        .draft(EntraHighPrivilegeApp::INFO, resource, held.attribute, held.span, message)
        .label(label(&privilege.name))
        .severity(severity)
        .confidence(confidence)
        .persona(persona)
        .route(&held.value)
        .identity(named.replace('`', ""))
        .owner(privileged::owner(model, &[&holder]))
        .environment(privileged::environment(model, &[&holder]))
        .help(help(&privilege.name))
        .root(if held.by == By::Requested { held.span } else { resource.span() });
    for (id, header) in privileged::declared(model, &[&holder]) {
        if id != held.resource {
            draft = draft.related(header, "the identity is declared here");
        }
    }
    if held.by == By::Requested {
        draft = draft.note("it holds once an administrator consents, which is not in this code");
    }
    cx.emit(draft);
}

fn weigh(model: &Model, held: &Held) -> (Severity, Persona, Confidence) {
    let weight = held.privilege.weight;
    let severity = match weight {
        Weight::Critical => Severity::Critical,
        Weight::High => Severity::High,
        Weight::Medium => Severity::Medium,
        Weight::Low => Severity::Low,
    };
    // Reading the directory is what half of all applications do.
    let persona = if weight == Weight::Low { Persona::Strict } else { Persona::Regular };
    match held.by {
        By::Requested if weight <= Weight::Medium => (Severity::Low, Persona::Strict, Confidence::Medium),
        By::Requested => (Severity::Medium, persona, Confidence::Medium),
        By::Granted => (severity, persona, Confidence::High),
        By::DirectoryRole => match nature(model, &held.subject) {
            Nature::Software => (severity, persona, Confidence::High),
            Nature::Unclear => (severity, persona, Confidence::Medium),
            Nature::Other => (severity, Persona::Strict, Confidence::Medium),
        },
    }
}

enum Nature {
    Software,
    /// An id that the code does not explain.
    Unclear,
    /// A person, a group, or whatever a variable holds.
    Other,
}

fn nature(model: &Model, subject: &Subject) -> Nature {
    match subject {
        Subject::Identity(id) if model.identity(*id).human => Nature::Other,
        Subject::Identity(_) => Nature::Software,
        Subject::Resource(id) => match &*model.resource(*id).kind {
            "azuread_user" | "azuread_users" | "azuread_group" | "azuread_groups" => Nature::Other,
            "azuread_client_config" | "azurerm_client_config" => Nature::Other,
            _ => Nature::Software,
        },
        Subject::External(_) => Nature::Unclear,
        Subject::Unknown | Subject::None => Nature::Other,
    }
}

fn effect(weight: Weight) -> &'static str {
    match weight {
        Weight::Critical => "with which it can make itself Global Administrator",
        Weight::High => "which reaches what belongs to everybody in the tenant",
        Weight::Medium | Weight::Low => "which reads what belongs to everybody in the tenant",
    }
}

/// What the permission allows. Sources: Microsoft Graph permissions reference; Microsoft Entra built-in roles.
fn label(name: &str) -> &'static str {
    match name {
        "RoleManagement.ReadWrite.Directory" | "RoleAssignmentSchedule.ReadWrite.Directory" => {
            "assigns directory roles"
        }
        "AppRoleAssignment.ReadWrite.All" => "grants every permission to every application",
        "Application.ReadWrite.All" | "Application Administrator" | "Cloud Application Administrator" => {
            "adds credentials to every application"
        }
        "Application.ReadWrite.OwnedBy" => "adds credentials to the applications that it owns",
        "UserAuthenticationMethod.ReadWrite.All"
        | "Privileged Authentication Administrator"
        | "Authentication Administrator" => "resets how people sign in",
        "Global Administrator" => "everything in the tenant",
        "Privileged Role Administrator" => "assigns directory roles",
        "Group.ReadWrite.All" | "GroupMember.ReadWrite.All" | "Groups Administrator" => {
            "changes who is in every group"
        }
        "Mail.Read" => "reads every mailbox",
        "Mail.ReadWrite" => "reads and changes every mailbox",
        "Directory.Read.All" => "reads the whole directory",
        _ => "a privilege of the whole tenant",
    }
}

/// Something narrower that does for most.
/// Sources: Microsoft Entra documentation, "Administrative units"; Exchange Online documentation, "Role Based
/// Access Control for Applications"; SharePoint documentation, "Selected permissions".
fn help(name: &str) -> &'static str {
    match name {
        "Application.ReadWrite.All" | "Application Administrator" | "Cloud Application Administrator" => {
            "`Application.ReadWrite.OwnedBy` lets it manage the applications that it made itself"
        }
        "Application.ReadWrite.OwnedBy" => {
            "keep it to the pipeline that makes applications, and own no application with more rights than it has"
        }
        "Mail.Read" | "Mail.ReadWrite" => {
            "limit it to the mailboxes that it needs with role based access control for applications in Exchange"
        }
        "Files.ReadWrite.All" | "Sites.FullControl.All" => {
            "`Sites.Selected` and a grant on each site that it works on are enough"
        }
        "Directory.ReadWrite.All" | "Directory Writers" | "User.ReadWrite.All" | "User Administrator" => {
            "assign a role on an administrative unit with the people and groups that it manages"
        }
        "Group.ReadWrite.All" | "GroupMember.ReadWrite.All" | "Groups Administrator" => {
            "assign `Groups Administrator` on an administrative unit with the groups that it manages"
        }
        "Directory.Read.All" => "`User.Read.All` or `GroupMember.Read.All` read the part that is usually meant",
        _ => "let people do this through privileged identity management, and grant software what it reads",
    }
}
