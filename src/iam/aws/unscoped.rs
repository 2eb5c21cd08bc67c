use super::effective::denied;
use super::wildcard::reads_by_name;
use super::{
    ActionId, ActionSet, Breadth, Caveat, Document, Effect, Expander, Flags, Level, Reach, Resources,
};
use super::{Statement, Strength, catalogue};
use crate::iam::pattern::Pattern;
use std::sync::LazyLock;

/// A statement that allows actions on everything, or on all of a service, although they can be limited to
/// resources.
#[derive(Clone, Debug)]
pub struct Unscoped<T = ()> {
    pub statement: usize,
    /// The resource that takes in too much; the statement where it names none.
    pub at: T,
    /// As written.
    pub resource: String,
    pub reach: Reach,
    /// Actions that write or manage permissions, except for those that are commonly allowed on everything.
    pub changes: ActionSet,
    /// The part of them that a reviewer would act on: they touch what is there already, and it has a name that
    /// can be known when the policy is written.
    pub telling: ActionSet,
    /// Actions that read stored secrets.
    pub secrets: ActionSet,
    pub caveats: Vec<Caveat>,
}

/// Actions that AWS's own guides and managed policies allow on everything: what they touch is not known before
/// it is there, or harms nobody. Sources: AWS managed policies `AWSLambdaVPCAccessExecutionRole`,
/// `AmazonSSMManagedInstanceCore`, `AmazonEC2ContainerServiceforEC2Role`, `CloudWatchAgentServerPolicy`.
const USUAL: [&str; 38] = [
    "aps:RemoteWrite",
    "autoscaling:CompleteLifecycleAction",
    "autoscaling:RecordLifecycleActionHeartbeat",
    "cloudwatch:PutMetricData",
    "ec2:AssignIpv6Addresses",
    "ec2:AssignPrivateIpAddresses",
    "ec2:AttachNetworkInterface",
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DetachNetworkInterface",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:UnassignIpv6Addresses",
    "ec2:UnassignPrivateIpAddresses",
    "ecr:BatchImportUpstreamImage",
    "ecs:DeregisterContainerInstance",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:StartTelemetrySession",
    "ecs:SubmitAttachmentStateChanges",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
    "ecs:UpdateContainerInstancesState",
    "logs:AssociateKmsKey",
    "logs:CreateExportTask",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutDestination",
    "logs:PutDestinationPolicy",
    "logs:PutLogEvents",
    "logs:PutRetentionPolicy",
    "ssm:PutComplianceItems",
    "ssm:StartAssociationsOnce",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "sts:SetSourceIdentity",
];

static CHANGES: LazyLock<ActionSet> = LazyLock::new(|| {
    let catalogue = catalogue();
    let mut set = catalogue.at_level(Level::Write).union(catalogue.at_level(Level::Permissions));
    set.keep(catalogue.scopable());
    set.remove(reads_by_name());
    set.remove(&ActionSet::of(USUAL));
    set.remove(&SECRETS);
    set
});

/// Actions on the objects of a bucket.
static OBJECTS: LazyLock<ActionSet> = LazyLock::new(|| {
    let mut set = ActionSet::new();
    let Some(service) = catalogue().service("s3") else { return set };
    for (id, action) in service.ids().zip(service.actions()) {
        if service.types_of(action).any(|kind| kind.name == "object") {
            set.insert(id);
        }
    }
    set
});

/// Actions that give out what is stored as a secret, decryption included.
static SECRETS: LazyLock<ActionSet> = LazyLock::new(|| flagged(Flags::SECRET));

/// Services whose resources come and go by themselves, so that controllers are commonly let loose on all of them.
/// Sources: the policies in the installation guides of AWS Load Balancer Controller, Cluster Autoscaler, VPC CNI,
/// the EBS and FSx CSI drivers and Velero; Amazon SES Developer Guide, "Identity and access management"; Amazon
/// Athena User Guide, "Use IAM policies to control workgroup access".
const COMING_AND_GOING: [&str; 13] = [
    "application-autoscaling",
    "athena",
    "autoscaling",
    "cloudwatch",
    "ec2",
    "elasticloadbalancing",
    "fsx",
    "servicediscovery",
    "ses",
    "shield",
    "waf",
    "waf-regional",
    "wafv2",
];

/// Those that stop or take over machines that are there.
const MACHINES: [&str; 5] = [
    "ec2:ModifyInstanceAttribute",
    "ec2:RebootInstances",
    "ec2:StartInstances",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
];

/// Changes that it takes knowledge of the workload to call too wide: making something new harms nothing.
static DEBATABLE: LazyLock<ActionSet> = LazyLock::new(|| {
    let verbs = ["Allocate", "Create", "Import", "Register", "Request", "Run"];
    let mut set = ActionSet::new();
    for id in CHANGES.iter().filter(|id| catalogue().action(*id).level != Level::Permissions) {
        let name = catalogue().action(id).name;
        // A new version is one of something that is there.
        let makes = verbs.iter().any(|verb| name.starts_with(verb)) && !name.contains("Version");
        if makes || COMING_AND_GOING.contains(&catalogue().service_of(id).prefix) {
            set.insert(id);
        }
    }
    set.remove(&ActionSet::of(MACHINES));
    set
});

fn flagged(flag: Flags) -> ActionSet {
    let mut set = ActionSet::new();
    let all: Vec<ActionId> = catalogue().scopable().iter().collect();
    all.into_iter().filter(|id| catalogue().action(*id).flags.has(flag)).for_each(|id| set.insert(id));
    set
}

/// Statements with actions that are allowed on more than they need.
pub fn unscoped<T: Clone>(document: &Document<T>) -> Vec<Unscoped<T>> {
    let denied = denied(document);
    let mut expander = Expander::default();
    let statements = document.statements.iter().enumerate();
    let found = statements.filter_map(|(index, statement)| {
        if statement.effect != Effect::Allow || statement.strength() >= Strength::Unknown {
            return None;
        }
        let Resources::Only(_) = &statement.resources else { return None };
        let reach = statement.reach(false);
        let allowed = expander.actions(&statement.actions).yes;
        let mut actions = match &reach {
            Reach::All | Reach::Services(_) => reach.broad_part(&allowed),
            _ => return None,
        };
        if has_all_objects(statement) {
            actions.add(&allowed.intersection(&OBJECTS));
        }
        actions.remove(&denied);
        let changes = actions.intersection(&CHANGES);
        let secrets = actions.intersection(&SECRETS);
        if changes.is_empty() && secrets.is_empty() {
            return None;
        }
        let (at, resource) = widest(statement);
        Some(Unscoped {
            statement: index,
            at,
            resource,
            reach,
            telling: changes.difference(&DEBATABLE),
            changes,
            secrets,
            caveats: statement.caveats(),
        })
    });
    found.collect()
}

/// Every object of every bucket.
fn is_all_objects(pattern: &Pattern) -> bool {
    let text = pattern.to_string();
    text.strip_prefix("arn:")
        .and_then(|rest| rest.split_once(':'))
        .is_some_and(|(_, rest)| rest == "s3:::*/*")
}

fn has_all_objects<T>(statement: &Statement<T>) -> bool {
    statement.resources.elements().iter().any(|element| is_all_objects(&element.pattern))
}

/// The resource to blame.
fn widest<T: Clone>(statement: &Statement<T>) -> (T, String) {
    let breadth = |pattern: &Pattern| match Breadth::of(pattern, false) {
        Breadth::All => 3,
        Breadth::Service(_) => 2,
        _ if is_all_objects(pattern) => 1,
        _ => 0,
    };
    let elements = statement.resources.elements().iter();
    match elements.rev().max_by_key(|element| breadth(&element.pattern)) {
        Some(element) => (element.at.clone(), element.pattern.to_string()),
        None => (statement.at.clone(), String::new()),
    }
}
