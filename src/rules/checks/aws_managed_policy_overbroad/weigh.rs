use crate::diagnostic::{Persona, Severity};
use crate::iam::aws::{
    Action, Actions, Flags, Level as Access, ManagedSummary, ManagedVerdict, PrincipalKind, Principals,
};
use crate::identity::privilege::Holder;
use crate::identity::{Model, Subject};

pub(super) struct Verdict {
    pub severity: Severity,
    pub persona: Persona,
}

/// Policies without a path of their own that AWS's guides tell to attach to the role of a service.
/// Sources: Amazon EKS User Guide, "Amazon EKS IAM roles"; AWS Elastic Beanstalk Developer Guide, "Managing
/// Elastic Beanstalk service roles"; AWS CodeDeploy User Guide, "Create a service role".
const FOR_SERVICES: [&str; 11] = [
    "AmazonEKSClusterPolicy",
    "AmazonEKSLocalOutpostClusterPolicy",
    "AmazonEKSServicePolicy",
    "AmazonEKSVPCResourceController",
    "AmazonEKS_CNI_Policy",
    "AmazonElasticFileSystemsUtils",
    "AmazonSSMManagedEC2InstanceDefaultPolicy",
    "AmazonSSMManagedInstanceCore",
    "AWSElasticBeanstalkCustomPlatformforEC2Role",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
    "EC2InstanceProfileForImageBuilder",
];

/// How bad it is that somebody has a policy; `None` for what is fine.
pub(super) fn weigh(model: &Model, summary: &ManagedSummary, holder: &Holder) -> Option<Verdict> {
    let for_service = summary.path.ends_with("service-role")
        || FOR_SERVICES.contains(&summary.name)
        || summary.name.contains("ServiceRole")
        || summary.name.contains("PermissionsBoundary");
    let (severity, persona) = match summary.verdict {
        ManagedVerdict::Admin | ManagedVerdict::Power | ManagedVerdict::Read => return None,
        ManagedVerdict::Escalates | ManagedVerdict::Secrets => (Severity::High, Persona::Regular),
        ManagedVerdict::Permissions => (Severity::Medium, of_permissions(summary)?),
        ManagedVerdict::Write => (Severity::Medium, of_writing(summary)?),
        // Auditors read everything; with data in it, a workload reads too much.
        ManagedVerdict::ReadAll if summary.name == "ReadOnlyAccess" => (Severity::Low, Persona::Strict),
        ManagedVerdict::ReadAll => return None,
    };
    if !for_service {
        return Some(Verdict { severity, persona });
    }
    match (summary.verdict, is_only_for_services(model, holder)) {
        // What AWS asks for, on a role that nobody but AWS uses.
        (_, Some(true)) => None,
        (ManagedVerdict::Escalates | ManagedVerdict::Secrets, Some(false)) => {
            Some(Verdict { severity, persona })
        }
        _ => Some(Verdict { severity, persona: persona.max(Persona::Strict) }),
    }
}

/// One action that manages permissions is usually there for a reason; a whole service is not.
fn of_permissions(summary: &ManagedSummary) -> Option<Persona> {
    let many = summary.broad[Access::Permissions as usize] > 4;
    let reads_only = summary.broad[Access::Write as usize] == 0;
    match covers_a_service(summary) || many {
        _ if reads_only && summary.name.contains("ReadOnly") => None,
        true => Some(Persona::Regular),
        false => Some(Persona::Strict),
    }
}

/// Writing alone is not too much for a policy that is named for it, opening resources to others is.
fn of_writing(summary: &ManagedSummary) -> Option<Persona> {
    match (covers_a_service(summary), summary.flags.has(Flags::EXPOSES)) {
        (true, true) => Some(Persona::Regular),
        (true, false) if summary.flags.has(Flags::DATA) || summary.flags.has(Flags::CREDENTIAL) => {
            Some(Persona::Strict)
        }
        _ => None,
    }
}

/// Every action of a service is allowed, apart from those that only serve agents.
fn covers_a_service(summary: &ManagedSummary) -> bool {
    summary.services().any(|service| !matches!(service, "ec2messages" | "ssmmessages"))
}

/// The role trusts services and nobody else; `None` where its trust is not known.
fn is_only_for_services(model: &Model, holder: &Holder) -> Option<bool> {
    let Subject::Identity(id) = holder.subject else { return None };
    let trust = model.identity(id).trust.as_ref()?;
    let statements = &trust.document.statements;
    let mut any = false;
    for statement in statements {
        let Principals::Only(listed) = &statement.principals else { return None };
        // Tags of sessions and the like come with an action of their own.
        if matches!(&statement.actions, Actions::Only(actions) if actions.is_empty()) {
            continue;
        }
        for principal in listed {
            if principal.kind != PrincipalKind::Service {
                return Some(false);
            }
            any = true;
        }
    }
    any.then_some(true)
}

/// An action that makes a policy worth reporting.
pub(super) fn is_telling(action: &Action) -> bool {
    let flags = [Flags::ESCALATES, Flags::SECRET, Flags::EXPOSES, Flags::CREDENTIAL];
    action.level == Access::Permissions || flags.into_iter().any(|flag| action.flags.has(flag))
}

/// What is wrong with it, after "which".
pub(super) fn phrase(summary: &ManagedSummary) -> String {
    let manages = summary.broad[Access::Permissions as usize];
    let opens = summary.flags.has(Flags::EXPOSES);
    match summary.verdict {
        ManagedVerdict::Escalates if summary.methods().any(|method| method == "secrets-read-all") => {
            "reads every secret and is a way to more permissions".to_string()
        }
        ManagedVerdict::Escalates => "is by itself a way to more permissions".to_string(),
        ManagedVerdict::Secrets => "reads every stored secret".to_string(),
        ManagedVerdict::ReadAll => "reads nearly everything in the account".to_string(),
        _ if manages > 1 => format!("allows {manages} permission-managing actions on every resource"),
        _ if manages == 1 => "allows a permission-managing action on every resource".to_string(),
        _ if opens => "can open every resource of its service to others".to_string(),
        _ => "allows everything on every resource of its service".to_string(),
    }
}

pub(super) fn label(summary: &ManagedSummary) -> String {
    let services: Vec<&str> = summary.services().collect();
    match services.as_slice() {
        [one] => format!("every action of {one}, on every resource"),
        [_, _, ..] => format!("every action of {} services, on every resource", services.len()),
        [] => {
            let total: u32 = summary.broad.iter().sum();
            format!("{total} actions on every resource")
        }
    }
}
