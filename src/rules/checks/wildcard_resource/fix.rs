use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::iam::aws::{ActionSet, Resources, Statement, Unscoped, catalogue, expand};
use crate::identity::policy::Tag;
use crate::rules::Context;
use crate::rules::documents::Reached;

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
    let file = cx.shared.sources.find(span.file)?;
    // Text in a heredoc, a string or a file is not for references.
    if !element.pattern.is_any() || !file.path.ends_with(".tf") || file.text.get(span.range())? != "\"*\"" {
        return None;
    }
    let owner = cx.model.resource(reached.document.resource);
    if reached.document.attribute.contains('.') {
        return None;
    }
    let attr = owner.body.attr(&reached.document.attribute);
    let heredoc = attr.is_some_and(|attr| {
        let text = file.text.get(attr.expr_span.range()).unwrap_or_default();
        attr.expr_span.contains(span) && text.trim_start().starts_with("<<")
    });
    if heredoc || !span_is_in(owner, cx, span) {
        return None;
    }
    let (kind, inside) = target(statement)?;
    let mut candidates = cx.model.project.resources.iter().filter(|resource| {
        resource.mode == ResourceMode::Managed
            && &*resource.kind == kind.resource
            && resource.module == owner.module
    });
    let only = candidates.next()?;
    if candidates.next().is_some() || only.key != InstanceKey::None {
        return None;
    }
    let reference = format!("{}.arn", only.local_address());
    let text = if inside { format!("\"${{{reference}}}/*\"") } else { reference };
    let title = format!("Limit it to `{}`, the only one of its kind here", only.local_address());
    Some(Fix { title, applicability: Applicability::Unsafe, edits: vec![Edit { span, text }] })
}

/// The star is written in the module of the document, where the reference means the same.
fn span_is_in(owner: &Resource, cx: &Context<'_>, span: crate::source::Span) -> bool {
    let mut of_module = cx.model.project.resources.iter().filter(|resource| resource.module == owner.module);
    of_module.any(|resource| resource.span().contains(span))
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
