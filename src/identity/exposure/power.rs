//! What makes it matter that somebody else runs code as an identity: it administers, or reads secrets or data
//! of everything there is. Source: the service authorization references of AWS, Google Cloud and Azure.

use super::{Label, bare, exposures};
use crate::iam::aws::{Actions, Document, Effect, Reach, Statement, Strength};
use crate::iam::{Element, Verdict, azure, gcp, kubernetes};
use crate::identity::escalation::{Node, Power as Worth, network};
use crate::identity::model::{AzureRole, GoogleRole, Grant, Model, Policy, Subject};
use crate::identity::policy::{KubernetesRules, Tag, managed_document};
use crate::identity::privilege::{Holder, Privilege, privileges};
use crate::source::Span;
use std::collections::HashMap;

/// Ordered by weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PowerKind {
    /// Reads what is stored, everywhere.
    Data,
    /// Reads secrets, everywhere.
    Secrets,
    /// Can make itself an administrator, or anybody else.
    Escalates,
    /// Nearly everything.
    Nearly,
    Admin,
}

/// Why an identity is powerful.
#[derive(Clone, Debug)]
pub struct Power {
    pub kind: PowerKind,
    /// "reads every secret of the AWS account", to go behind its name.
    pub phrase: String,
    /// Where it is allowed to, each with a few words.
    pub because: Vec<Label>,
    /// Nothing that is not known could make it less.
    pub certain: bool,
}

/// Somebody who runs code as it owns more than the workload.
pub fn is_powerful(model: &Model, subject: &Subject) -> bool {
    power(model, subject).is_some_and(|power| power.certain)
}

/// The worst that an identity may do or make itself, if that is much.
pub fn power(model: &Model, subject: &Subject) -> Option<Power> {
    let own = Holder::by_itself(subject);
    let others = match subject {
        Subject::External(text) => exposures(model).outside.get(bare(text)).map_or(&[][..], Vec::as_slice),
        _ => &[],
    };
    let found = own.iter().chain(others).filter_map(|holder| of_holder(model, holder));
    found.reduce(|worst, power| if rank(&power) > rank(&worst) { power } else { worst })
}

fn rank(power: &Power) -> (bool, PowerKind) {
    (power.certain, power.kind)
}

/// Holders that are not declared here, by their bare names. A user of the same name is somebody else.
pub(super) fn outside(model: &Model) -> HashMap<String, Vec<Holder>> {
    let mut found: HashMap<String, Vec<Holder>> = HashMap::new();
    for (holder, _) in privileges(model).iter() {
        if let Subject::External(text) = &holder.subject
            && !matches!(holder.kind, "user" | "group")
        {
            found.entry(bare(text).to_string()).or_default().push(holder.clone());
        }
    }
    found
}

fn of_holder(model: &Model, holder: &Holder) -> Option<Power> {
    let own = privileges(model).get(holder).and_then(|privilege| of_privilege(model, privilege));
    match own {
        Some(power) if power.certain && power.kind >= PowerKind::Nearly => Some(power),
        own => escalation(model, holder).or(own),
    }
}

/// What somebody can make itself by steps that are all certain.
fn escalation(model: &Model, holder: &Holder) -> Option<Power> {
    let network = network(model);
    let from = network.find(&Node::Holder(holder.clone()))?;
    let ways = [Worth::Admin, Worth::AnyIdentity].into_iter().filter_map(|power| network.path(from, power));
    let path = ways.into_iter().find(|path| path.steps.iter().all(|(step, _)| step.certain))?;
    let (first, _) = path.steps.first()?;
    let evidence = first.evidence.first()?;
    let place = &path.goal.place;
    Some(Power {
        kind: PowerKind::Escalates,
        phrase: match path.goal.power {
            Worth::Admin => format!("can make itself an administrator of {place}"),
            _ => format!("can take on any identity of {place}"),
        },
        because: vec![(evidence.span, first.text.clone())],
        certain: true,
    })
}

fn of_privilege(model: &Model, privilege: &Privilege) -> Option<Power> {
    let worst = privilege.causes.iter().max_by_key(|cause| {
        (!cause.unsure && !cause.debatable, cause.verdict, std::cmp::Reverse(cause.grant))
    });
    if let Some(cause) = worst {
        return Some(Power {
            kind: if cause.verdict == Verdict::Admin { PowerKind::Admin } else { PowerKind::Nearly },
            phrase: cause.phrase.clone(),
            because: vec![(cause.span, cause.label.clone())],
            certain: !cause.unsure && !cause.debatable,
        });
    }
    let mut found: Vec<(Wide, Span, bool)> = Vec::new();
    for index in &privilege.grants {
        let grant = &model.grants[*index];
        match &grant.policy {
            Policy::Aws(document) => of_aws(&document.document, grant, privilege, &mut found),
            // Without it, an instance cannot be managed; its reading of parameters is known and accepted.
            Policy::AwsManaged(summary) if summary.name == "AmazonSSMManagedInstanceCore" => {}
            Policy::AwsManaged(summary) => {
                of_aws(managed_document(summary.name), grant, privilege, &mut found);
            }
            Policy::Google { role, level } if *level > gcp::Level::Resource => {
                of_google(model, role, grant, &mut found);
            }
            Policy::Azure { role, scope, .. } if *scope >= azure::Scope::ResourceGroup => {
                of_azure(model, role, grant, &mut found);
            }
            Policy::Kubernetes { rules: KubernetesRules::Rules(rules), cluster_wide: true }
                if kubernetes::allows(rules, "", "secrets", "get").is_yes() =>
            {
                found.push((Wide::ClusterSecrets, grant.span, true));
            }
            _ => {}
        }
    }
    sum(found)
}

fn sum(mut found: Vec<(Wide, Span, bool)>) -> Option<Power> {
    let certain = found.iter().any(|(.., certain)| *certain);
    found.retain(|(.., sure)| *sure == certain);
    let kind = found.iter().map(|(wide, ..)| wide.kind()).max()?;
    let mut phrases: Vec<&str> = Vec::new();
    let mut because: Vec<Label> = Vec::new();
    found.sort_by_key(|(wide, ..)| std::cmp::Reverse(wide.kind()));
    for (wide, span, _) in &found {
        if !phrases.contains(&wide.phrase()) {
            phrases.push(wide.phrase());
        }
        if !because.iter().any(|(known, _)| known == span) {
            because.push((*span, wide.phrase().to_string()));
        }
    }
    because.truncate(3);
    let phrase = phrases.iter().take(2).copied().collect::<Vec<_>>().join(" and ");
    Some(Power { kind, phrase, because, certain })
}

/// Something that is read everywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wide {
    Secrets,
    Parameters,
    Objects,
    Decrypts,
    ProjectSecrets,
    ProjectObjects,
    VaultSecrets,
    Blobs,
    AccountKeys,
    ClusterSecrets,
}

impl Wide {
    fn kind(self) -> PowerKind {
        match self {
            Wide::Objects | Wide::Decrypts | Wide::ProjectObjects | Wide::Blobs | Wide::AccountKeys => {
                PowerKind::Data
            }
            _ => PowerKind::Secrets,
        }
    }

    fn phrase(self) -> &'static str {
        match self {
            Wide::Secrets => "reads every secret of the AWS account",
            Wide::Parameters => "reads every parameter of the AWS account",
            Wide::Objects => "reads every bucket of the AWS account",
            Wide::Decrypts => "decrypts with every key of the AWS account",
            Wide::ProjectSecrets => "reads every secret of the project",
            Wide::ProjectObjects => "reads every bucket of the project",
            Wide::VaultSecrets => "reads the secrets of every key vault in its scope",
            Wide::Blobs => "reads the blobs of every storage account in its scope",
            Wide::AccountKeys => "reads the keys of every storage account in its scope",
            Wide::ClusterSecrets => "reads every secret of the cluster",
        }
    }
}

/// Actions that read, and how patterns for all of what they read end.
const READS: [(Wide, &[&str], &str); 4] = [
    (Wide::Secrets, &["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"], ":secret:*"),
    (Wide::Parameters, &["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], ":parameter/*"),
    (Wide::Objects, &["s3:GetObject"], ":::*/*"),
    (Wide::Decrypts, &["kms:Decrypt"], ":key/*"),
];

fn of_aws(
    document: &Document<Tag>,
    grant: &Grant,
    privilege: &Privilege,
    found: &mut Vec<(Wide, Span, bool)>,
) {
    for statement in document.statements.iter().filter(|one| one.effect == Effect::Allow) {
        if statement.strength() > Strength::Weak {
            continue;
        }
        for (wide, names, end) in READS {
            let Some((action, at)) = names.iter().find_map(|name| Some((*name, allows(statement, name)?)))
            else {
                continue;
            };
            let Some(everything) = everywhere(statement, action, end) else { continue };
            // What a boundary or a Deny leaves is known for statements on everything.
            let left = match &privilege.aws_limits {
                None => true,
                Some(limits) if limits.has(action) => true,
                Some(_) if everything => continue,
                Some(_) => false,
            };
            let certain = left && privilege.unread_boundary.is_none();
            found.push((wide, at.span.or(statement.at.span).unwrap_or(grant.span), certain));
        }
    }
}

/// The element by which a statement is about an action.
fn allows(statement: &Statement<Tag>, action: &str) -> Option<Tag> {
    let matches = |element: &&Element<Tag>| element.pattern.matches_ignore_case(action).is_yes();
    match &statement.actions {
        Actions::Only(elements) => elements.iter().find(matches).map(|element| element.at),
        Actions::Not(elements) => {
            let excluded =
                elements.iter().any(|element| element.pattern.matches_ignore_case(action).is_possible());
            (!excluded).then_some(Tag::default())
        }
    }
}

/// Whether a statement is about all of what an action reads, and about everything else, too.
fn everywhere(statement: &Statement<Tag>, action: &str, end: &str) -> Option<bool> {
    let service = action.split(':').next().unwrap_or_default();
    match statement.reach(false) {
        Reach::All => return Some(true),
        Reach::Services(services) if services.iter().any(|one| one == service) => return Some(true),
        Reach::AllBut | Reach::Nothing => return None,
        Reach::Services(_) | Reach::Unknown => {}
    }
    let all = statement.resources.elements().iter().any(|element| {
        let text = element.pattern.to_string();
        text.starts_with("arn:") && text.contains(service) && text.ends_with(end)
    });
    all.then_some(false)
}

fn of_google(model: &Model, role: &GoogleRole, grant: &Grant, found: &mut Vec<(Wide, Span, bool)>) {
    if model.resource(grant.resource).body.has_block("condition") {
        return;
    }
    let has = |permission: &str| match role {
        GoogleRole::Named(name) => gcp::role(name).is_some_and(|role| role.has(permission)),
        GoogleRole::Custom { permissions, .. } => permissions.iter().any(|known| known == permission),
    };
    if has("secretmanager.versions.access") {
        found.push((Wide::ProjectSecrets, grant.span, true));
    }
    if has("storage.objects.get") {
        found.push((Wide::ProjectObjects, grant.span, true));
    }
}

fn of_azure(model: &Model, role: &AzureRole, grant: &Grant, found: &mut Vec<(Wide, Span, bool)>) {
    if model.resource(grant.resource).body.value("condition").is_some() {
        return;
    }
    let blocks = match role {
        AzureRole::Named(name) => azure::role(name).map(|role| role.permissions()).unwrap_or_default(),
        AzureRole::Custom { permissions, .. } => permissions.clone(),
    };
    let free = || blocks.iter().filter(|block| !block.conditional);
    let data = |action: &str| free().any(|block| block.allows_data(action).is_yes());
    if data("Microsoft.KeyVault/vaults/secrets/getSecret/action") {
        found.push((Wide::VaultSecrets, grant.span, true));
    }
    if data("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read") {
        found.push((Wide::Blobs, grant.span, true));
    }
    if free().any(|block| block.allows("Microsoft.Storage/storageAccounts/listKeys/action").is_yes()) {
        found.push((Wide::AccountKeys, grant.span, true));
    }
}
