//! Who uses an identity: every reference to it, but those that only give it permissions, and its name in
//! strings.

use super::Context;
use crate::eval::value::{Kind, Part, ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::iam::aws::{Effect, PrincipalKind};
use crate::identity::facts;
use crate::identity::{Identity, Model, Subject};
use crate::source::FileKind;
use std::collections::{HashMap, HashSet};

/// Types that give permissions to an identity, or describe it, and are no use of it.
const NO_USE: &[&str] = &[
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policies_exclusive",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_policy_attachment",
    "aws_iam_user_policy",
    "aws_iam_user_policy_attachment",
    "aws_iam_user_policies_exclusive",
    "aws_iam_user_policy_attachments_exclusive",
    "azurerm_role_assignment",
    "azurerm_key_vault_access_policy",
    "azurerm_cosmosdb_sql_role_assignment",
    "azuread_app_role_assignment",
    "azuread_directory_role_assignment",
    "azuread_application_owner",
    "azuread_application_api_access",
    "time_sleep",
];

/// Roles that AWS or its console looks for by these names.
/// Sources: the user guides of the services (DMS, Elastic Beanstalk, EMR, VM Import, CloudFormation, …).
const WELL_KNOWN: &[&str] = &[
    "dms-vpc-role",
    "dms-cloudwatch-logs-role",
    "dms-access-for-endpoint",
    "vmimport",
    "ecsTaskExecutionRole",
    "ecsInstanceRole",
    "ecsServiceRole",
    "ecsEventsRole",
    "ecsAutoscaleRole",
    "ecsCodeDeployRole",
    "rds-monitoring-role",
    "aws-elasticbeanstalk-ec2-role",
    "aws-elasticbeanstalk-service-role",
    "EMR_DefaultRole",
    "EMR_EC2_DefaultRole",
    "EMR_AutoScaling_DefaultRole",
    "AWSBackupDefaultServiceRole",
    "AWSDataLifecycleManagerDefaultRole",
    "AWSCloudFormationStackSetAdministrationRole",
    "AWSCloudFormationStackSetExecutionRole",
    "AWSControlTowerAdmin",
    "AWSControlTowerStackSetRole",
    "AWSControlTowerCloudTrailRole",
    "AWSControlTowerConfigAggregatorRoleForOrganizations",
    "aws-quicksight-service-role-v0",
    "aws-quicksight-s3-consumers-role-v0",
    "CloudWatch-CrossAccountSharingRole",
    "redshift-commands-role",
    "APIGatewayCloudWatchLogsRole",
    "flowlogsRole",
];

/// Services to which a role is given in a call or a console, and in no resource: whoever starts a job, a
/// snapshot or a stack names it.
const NAMED_IN_CALLS: &[&str] = &[
    "es.amazonaws.com",
    "opensearchservice.amazonaws.com",
    "batchoperations.s3.amazonaws.com",
    "sagemaker.amazonaws.com",
    "bedrock.amazonaws.com",
    "emr-serverless.amazonaws.com",
    "elasticmapreduce.amazonaws.com",
    "mediaconvert.amazonaws.com",
    "elastictranscoder.amazonaws.com",
    "transcribe.amazonaws.com",
    "translate.amazonaws.com",
    "comprehend.amazonaws.com",
    "rekognition.amazonaws.com",
    "textract.amazonaws.com",
    "personalize.amazonaws.com",
    "forecast.amazonaws.com",
    "braket.amazonaws.com",
    "omics.amazonaws.com",
    "redshift.amazonaws.com",
    "dms.amazonaws.com",
    "backup.amazonaws.com",
    "ssm.amazonaws.com",
    "drt.shield.amazonaws.com",
    "cloudformation.amazonaws.com",
    "servicecatalog.amazonaws.com",
    "quicksight.amazonaws.com",
    "support.amazonaws.com",
    "billingconsole.amazonaws.com",
    "export.rds.amazonaws.com",
    "vmie.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
];

pub(super) struct Usage<'a> {
    by_used: HashMap<ResourceId, Vec<&'a crate::identity::Use>>,
    /// Referred to by outputs of the root, providers, and arguments of modules.
    handed_out: HashSet<ResourceId>,
    run: HashSet<Subject>,
    /// Names that strings speak of, with the resource that the string is in; `None` where there are several.
    named: HashMap<String, Option<ResourceId>>,
}

impl<'a> Usage<'a> {
    pub(super) fn of(model: &'a Model) -> Self {
        let mut by_used: HashMap<ResourceId, Vec<_>> = HashMap::new();
        for used in model.uses.iter().filter(|used| used.user.is_some()) {
            by_used.entry(used.used).or_default().push(used);
        }
        let mut usage =
            Usage { by_used, handed_out: HashSet::new(), run: HashSet::new(), named: HashMap::new() };
        usage.run.extend(model.workloads.iter().map(|workload| workload.runs_as.clone()));
        usage.run.extend(
            model
                .credentials
                .iter()
                .filter(|credential| {
                    // A type that is user and key at once does not use itself.
                    model.identity_of(credential.resource).is_none()
                })
                .map(|credential| credential.subject.clone()),
        );
        for module in &model.project.modules {
            if module.parent.is_none() {
                module.outputs.values().for_each(|output| usage.hand_out(&output.value));
            }
            for provider in &module.providers {
                provider.body.each_attr(&mut |_, attr| usage.hand_out(&attr.value));
            }
            for call in &module.calls {
                call.body.each_attr(&mut |name, attr| {
                    if name != "tags" && name != "depends_on" {
                        usage.hand_out(&attr.value);
                    }
                });
            }
        }
        for resource in &model.project.resources {
            if !NO_USE.contains(&&*resource.kind) {
                resource
                    .note(|| Named::in_resource(resource))
                    .0
                    .iter()
                    .for_each(|name| usage.name(resource, name));
            }
        }
        usage
    }

    fn hand_out(&mut self, value: &Value) {
        self.handed_out.extend(value.deep_refs().iter().map(|used| used.resource));
        value.walk(&mut |value| {
            if let Some(text) = shape(value) {
                for name in names_in(&text) {
                    self.named.insert(name, None);
                }
            }
        });
    }

    fn name(&mut self, resource: &Resource, name: &str) {
        match self.named.get_mut(name) {
            Some(known) if *known == Some(resource.id) => {}
            Some(known) => *known = None,
            None => {
                self.named.insert(name.to_owned(), Some(resource.id));
            }
        }
    }

    /// Anything but permissions, tags and its own parts.
    pub(super) fn is_used(&self, model: &Model, identity: &Identity) -> bool {
        let id = identity.resource;
        if self.run.contains(&Subject::Identity(identity.id)) || self.handed_out.contains(&id) {
            return true;
        }
        let well_known = identity.name.as_deref().is_some_and(|name| {
            WELL_KNOWN.contains(&name)
                || name.starts_with("AWSServiceRole")
                || name.starts_with("AWS-QuickSetup")
        });
        if well_known || self.is_named(id, &identity.kind, identity.name.as_deref()) {
            return true;
        }
        self.is_referred_to(model, id, 0)
            || identity.kind == "google_service_account" && model.grants_of(identity.id).next().is_some()
    }

    fn is_named(&self, id: ResourceId, kind: &str, name: Option<&str>) -> bool {
        let Some(name) = name.filter(|name| !name.trim_matches('…').is_empty()) else { return false };
        let alone = format!("{}:{name}", facts::provider(kind));
        [name, &alone].iter().any(|name| self.named.get(*name).is_some_and(|user| *user != Some(id)))
    }

    fn is_referred_to(&self, model: &Model, id: ResourceId, depth: usize) -> bool {
        let Some(uses) = self.by_used.get(&id) else { return false };
        uses.iter().any(|used| {
            let Some(user) = used.user else { return true };
            let resource = model.resource(user);
            let head = used.attribute.split('.').next().unwrap_or_default();
            if matches!(head, "tags" | "tags_all" | "labels" | "depends_on" | "triggers") {
                return false;
            }
            match &*resource.kind {
                "aws_iam_instance_profile" => {
                    let name = resource.body.value("name").and_then(shape);
                    self.is_named(user, &resource.kind, name.as_deref())
                        || self.handed_out.contains(&user)
                        || depth < 2 && self.is_referred_to(model, user, depth + 1)
                }
                // A policy document counts where it is used, not where it is written.
                "aws_iam_policy_document" if resource.mode == ResourceMode::Data && depth < 4 => {
                    self.handed_out.contains(&user) || self.is_referred_to(model, user, depth + 1)
                }
                kind => !NO_USE.contains(&kind),
            }
        })
    }

    pub(super) fn profiles(&self, model: &Model, role: ResourceId) -> Vec<ResourceId> {
        let uses = self.by_used.get(&role).map_or(&[][..], Vec::as_slice);
        let users = uses.iter().filter_map(|used| used.user);
        users.filter(|user| &*model.resource(*user).kind == "aws_iam_instance_profile").collect()
    }

    /// The services that may assume a role, where nobody else may. `None` when that is not so, or not known.
    pub(super) fn services_only(&self, identity: &Identity) -> Option<Vec<String>> {
        let trust = identity.trust.as_ref()?;
        let mut services: Vec<String> = Vec::new();
        for statement in &trust.document.statements {
            match statement.effect {
                Effect::Allow => {}
                Effect::Deny => continue,
                Effect::Unknown => return None,
            }
            for principal in statement.principals.list() {
                let service = principal
                    .element
                    .pattern
                    .as_text()
                    .filter(|_| principal.kind == PrincipalKind::Service)?;
                if !services.iter().any(|known| known == service) {
                    services.push(service.to_string());
                }
            }
        }
        (!services.is_empty()).then_some(services)
    }
}

/// What the strings of a resource may name.
struct Named(Vec<String>);

impl Named {
    fn in_resource(resource: &Resource) -> Named {
        let mut found = Vec::new();
        let provider = facts::provider(&resource.kind);
        resource.body.each_attr(&mut |path, attr| names_in_value(provider, path, &attr.value, &mut found));
        found.sort_unstable();
        found.dedup();
        Named(found)
    }
}

/// The whole value of an attribute that takes names, and the ends of ARNs.
fn names_in_value(provider: &str, path: &str, value: &Value, found: &mut Vec<String>) {
    let last = path.rsplit('.').next().unwrap_or(path);
    let words = ["role", "user", "profile", "principal", "account", "identity", "member"];
    // `account_id` is how a service account itself is called.
    let takes_names = last != "account_id" && words.iter().any(|word| last.contains(word));
    value.walk(&mut |value| {
        if let Some(text) = shape(value) {
            found.extend(names_in(&text));
            // What was made from a reference is followed as one.
            if takes_names && text.len() <= 128 && value.meta.refs.is_empty() {
                found.push(format!("{provider}:{text}"));
            }
        }
    });
}

/// A role that is given to one of these is often named where no code shows it.
pub(super) fn is_named_in_calls(service: &str) -> bool {
    NAMED_IN_CALLS.contains(&service)
}

/// Whether the text of the module refers to a resource in a way that counts, although no value here does: the
/// workload that it is for may be switched off, by a count of none or a condition that does not hold.
pub(super) fn is_spoken_of(cx: &Context<'_>, model: &Model, resource: &Resource) -> bool {
    let Some(own) = cx.shared.sources.find(resource.header().file) else { return true };
    let address = resource.local_address();
    let is_root = own.dir() == model.project.dir;
    let files = cx.shared.sources.in_dir(own.dir()).filter(|file| file.kind != FileKind::Vars);
    files.flat_map(|file| mentions(&file.text, &address)).any(|block| match block {
        Block::Resource(kind, name) => {
            let itself = kind == &*resource.kind && name == &*resource.name;
            !itself && !NO_USE.contains(&kind) && kind != "aws_iam_instance_profile"
        }
        Block::Output(_) if is_root => true,
        Block::Output(name) => cx.output_is_taken(name),
        Block::Ignored => false,
        Block::Other => true,
    })
}

/// The top-level block that a mention is in.
enum Block<'t> {
    Resource(&'t str, &'t str),
    Output(&'t str),
    /// Moves, imports, policy documents: what they say is followed elsewhere, or is no use.
    Ignored,
    Other,
}

fn mentions<'t>(text: &'t str, address: &str) -> Vec<Block<'t>> {
    let mut found = Vec::new();
    let mut head = "";
    for line in text.lines() {
        if line.starts_with(char::is_alphabetic) {
            head = line;
        }
        let trimmed = line.trim_start();
        if trimmed.starts_with(['#', '/']) || trimmed.starts_with("depends_on") || trimmed.starts_with("tags")
        {
            continue;
        }
        if names_address(line, address) {
            found.push(block(head));
        }
    }
    found
}

/// Whether a line speaks of an address, and not of a longer one.
pub(super) fn names_address(line: &str, address: &str) -> bool {
    line.match_indices(address).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + address.len()..].chars().next();
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        !before.is_some_and(|c| part(c) || c == '.') && !after.is_some_and(part)
    })
}

/// Whether a type of resource only says what an identity may do.
pub(super) fn is_grant(kind: &str) -> bool {
    NO_USE.contains(&kind)
}

fn block(head: &str) -> Block<'_> {
    let mut words = head.split(['"', ' ', '{']).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some("resource"), Some(kind), Some(name)) => Block::Resource(kind, name),
        (Some("output"), Some(name), _) => Block::Output(name),
        (Some("data"), Some("aws_iam_policy_document"), _) => Block::Ignored,
        (Some("moved" | "removed" | "import"), ..) => Block::Ignored,
        _ => Block::Other,
    }
}

/// A string with `…` for what is not known, which is how names of identities are kept.
fn shape(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::String(text) => Some(text.as_str().to_string()),
        Kind::Template(parts) => Some(
            parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => text.as_str(),
                    Part::Hole(_) => "…",
                })
                .collect(),
        ),
        _ => None,
    }
}

/// Names at the end of ARNs, and of addresses of service accounts, anywhere in a text.
fn names_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let part_of_name = |c: char| c.is_alphanumeric() || "_+=.@-…/".contains(c);
    for marker in ["role/", "user/", "instance-profile/", "serviceAccount:", "serviceAccounts/"] {
        for (at, _) in text.match_indices(marker) {
            let rest = &text[at + marker.len()..];
            let end = rest.find(|c| !part_of_name(c)).unwrap_or(rest.len());
            let name = &rest[..end];
            let name = name.rsplit('/').next().unwrap_or(name);
            let name =
                if marker.starts_with("service") { name.split('@').next().unwrap_or(name) } else { name };
            if !name.is_empty() {
                found.push(name.to_string());
            }
        }
    }
    // `name@project.iam.gserviceaccount.com` on its own.
    if let Some((name, rest)) = text.split_once('@')
        && rest.contains(".iam.gserviceaccount.com")
        && !name.contains(':')
    {
        found.push(name.to_string());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_told_by_their_block() {
        let text = "resource \"aws_iam_role\" \"a\" {\n}\nresource \"aws_x\" \"b\" {\n  # aws_iam_role.a\n  \
                    r = aws_iam_role.a_b.arn\n  s = aws_iam_role.a[0].arn\n}\n";
        let found = mentions(text, "aws_iam_role.a");
        assert!(matches!(found.as_slice(), [Block::Resource("aws_x", "b")]));
    }

    #[test]
    fn names_are_taken_out_of_arns() {
        assert_eq!(names_in("arn:aws:iam::1:role/a/b-c"), ["b-c"]);
        assert_eq!(names_in("x arn:aws:iam::…:user/u, y"), ["u"]);
        assert_eq!(names_in("ci@p.iam.gserviceaccount.com"), ["ci"]);
        assert_eq!(names_in("serviceAccount:ci@p.iam.gserviceaccount.com"), ["ci"]);
    }
}
