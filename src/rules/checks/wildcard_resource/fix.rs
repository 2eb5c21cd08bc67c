use crate::diagnostic::{Applicability, Fix};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::iam::aws::{ActionSet, Resources, Statement, Unscoped, catalogue, expand};
use crate::identity::policy::Tag;
use crate::rules::Context;
use crate::rules::documents::Reached;
use crate::rules::policy_edits::{Place, Term};

/// What the only resource of a service in a module is, and the kind of ARN that it has.
struct Kind {
    service: &'static str,
    resource: &'static str,
    /// Resource types of the reference that its `arn` stands for.
    whole: &'static [&'static str],
    /// Those that are inside it: `arn/*`.
    inside: &'static [&'static str],
}

const fn kind(service: &'static str, resource: &'static str, whole: &'static [&'static str]) -> Kind {
    Kind { service, resource, whole, inside: &[] }
}

/// Source: AWS Service Authorization Reference; Terraform Registry, attribute `arn` of each type.
const KINDS: [Kind; 11] = [
    kind("dynamodb", "aws_dynamodb_table", &["table"]),
    kind("ecr", "aws_ecr_repository", &["repository"]),
    kind("firehose", "aws_kinesis_firehose_delivery_stream", &["deliverystream"]),
    kind("kinesis", "aws_kinesis_stream", &["stream"]),
    kind("kms", "aws_kms_key", &["key"]),
    kind("lambda", "aws_lambda_function", &["function"]),
    Kind { inside: &["object"], ..kind("s3", "aws_s3_bucket", &["bucket"]) },
    kind("secretsmanager", "aws_secretsmanager_secret", &["Secret", "secret"]),
    kind("sns", "aws_sns_topic", &["topic"]),
    kind("sqs", "aws_sqs_queue", &["queue"]),
    kind("states", "aws_sfn_state_machine", &["statemachine", "stateMachine"]),
];

/// Replaces `"*"` by the only resource here that can be meant. All actions of the statement have to work on it.
pub(super) fn name_the_resource(cx: &Context<'_>, reached: &Reached<'_>, one: &Unscoped<Tag>) -> Option<Fix> {
    let statement = reached.document.document.statements.get(one.statement)?;
    let Resources::Only(elements) = &statement.resources else { return None };
    let [element] = elements.as_slice() else { return None };
    let span = element.at.span?;
    let place = Place::of(cx, statement.at.span?)?;
    if !element.pattern.is_any() {
        return None;
    }
    let (kind, inside) = target(statement)?;
    let candidates = place.within_reach(cx, kind.resource);
    let mut managed = candidates.iter().filter(|it| it.mode == ResourceMode::Managed);
    let (Some(only), None) = (managed.next(), managed.next()) else { return None };
    if only.key != InstanceKey::None || only.id == reached.document.resource {
        return None;
    }
    if kind.service == "kms" && !encrypts_data(cx, only) {
        return None;
    }
    let reference = format!("{}.arn", only.local_address());
    let term = match inside {
        true => Term::Template(format!("${{{reference}}}/*")),
        false => Term::Reference(reference),
    };
    let edit = place.replace(span, "*", &term)?;
    let title = format!("Limit it to `{}`, the only one of its kind here", only.local_address());
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}

/// A key of something that callers read and write themselves: for that of a disk or a log, nobody needs permission.
fn encrypts_data(cx: &Context<'_>, key: &Resource) -> bool {
    let users = cx.model.uses.iter().filter(|usage| usage.used == key.id).filter_map(|usage| usage.user);
    let mut kinds = users.map(|user| &*cx.model.resource(user).kind);
    let prefixes = ["aws_dynamodb_table", "aws_s3_bucket", "aws_secretsmanager_secret", "aws_sns_topic", "aws_sqs_queue", "aws_ssm_parameter"];
    kinds.any(|kind| prefixes.iter().any(|prefix| kind.starts_with(prefix)))
}

/// The one kind of resource that all actions work on, and whether they work on what is inside it.
fn target(statement: &Statement<Tag>) -> Option<(&'static Kind, bool)> {
    let expansion = expand(&statement.actions);
    if !expansion.maybe.is_empty() || !expansion.unknown_names.is_empty() {
        return None;
    }
    let actions: &ActionSet = &expansion.yes;
    let [(service, ..)] = actions.by_service().try_into().ok()?;
    let service = catalogue().service(service)?;
    let kind = KINDS.iter().find(|kind| kind.service == service.prefix)?;
    let fits = |names: &[&str]| {
        actions.iter().all(|id| {
            let mut types = service.types_of(catalogue().action(id));
            types.any(|it| names.iter().any(|name| it.name.eq_ignore_ascii_case(name)))
        })
    };
    match (fits(kind.whole), fits(kind.inside)) {
        (true, _) => Some((kind, false)),
        (_, true) => Some((kind, true)),
        _ => None,
    }
}
