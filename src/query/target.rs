//! What a permission is to be used on, and whether the element of an AWS policy takes it in.

use crate::config::AddressGlob;
use crate::eval::Resource;
use crate::eval::value::ResourceId;
use crate::iam::aws::{Key, catalogue, names_resource};
use crate::iam::pattern::Element;
use crate::iam::{Pattern, Piece, Syntax, Tri};
use crate::identity::Model;
use crate::identity::permission::path_of;
use crate::identity::policy::{Tag, pattern};

/// What a question is limited to, within one root module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Anything,
    /// A declared resource.
    Resource(ResourceId),
    /// By its name in the cloud.
    Arn(String),
}

/// How resources of a type are named in ARNs: type, service, what precedes the name, the attribute with it, and
/// what AWS adds to it. Source: AWS Service Authorization Reference, "Resource types defined by" each service.
const NAMES: [(&str, &str, &str, &str, &str); 20] = [
    ("aws_cloudwatch_log_group", "logs", "log-group:", "name", ""),
    ("aws_codebuild_project", "codebuild", "project/", "name", ""),
    ("aws_db_instance", "rds", "db:", "identifier", ""),
    ("aws_dynamodb_table", "dynamodb", "table/", "name", ""),
    ("aws_ecr_repository", "ecr", "repository/", "name", ""),
    ("aws_ecs_cluster", "ecs", "cluster/", "name", ""),
    ("aws_eks_cluster", "eks", "cluster/", "name", ""),
    ("aws_instance", "ec2", "instance/", "", ""),
    ("aws_kinesis_stream", "kinesis", "stream/", "name", ""),
    ("aws_kms_alias", "kms", "", "name", ""),
    ("aws_kms_key", "kms", "key/", "", ""),
    ("aws_lambda_function", "lambda", "function:", "function_name", ""),
    ("aws_rds_cluster", "rds", "cluster:", "cluster_identifier", ""),
    ("aws_s3_bucket", "s3", "", "bucket", ""),
    ("aws_secretsmanager_secret", "secretsmanager", "secret:", "name", "-??????"),
    ("aws_sfn_state_machine", "states", "stateMachine:", "name", ""),
    ("aws_sns_topic", "sns", "", "name", ""),
    ("aws_sqs_queue", "sqs", "", "name", ""),
    ("aws_ssm_parameter", "ssm", "parameter/", "name", ""),
    ("aws_subnet", "ec2", "subnet/", "", ""),
];

impl Target {
    /// The resources of a root module that a text names: an address with `*`, or an ARN.
    pub fn of(model: &Model, text: Option<&str>) -> Vec<Target> {
        let Some(text) = text else { return vec![Target::Anything] };
        if text.starts_with("arn:") {
            return vec![Target::Arn(text.to_string())];
        }
        let glob = AddressGlob::new(text);
        let named = model.project.resources.iter().filter(|resource| glob.matches(&resource.address));
        named.map(|resource| Target::Resource(resource.id)).collect()
    }

    pub fn describe(&self, model: &Model) -> Option<String> {
        match self {
            Target::Anything => None,
            Target::Resource(id) => Some(model.resource(*id).address.clone()),
            Target::Arn(arn) => Some(arn.clone()),
        }
    }
}

/// Whether an element of an AWS policy takes in a target, for an action.
pub(super) fn takes_in(element: &Element<Tag>, target: &Target, model: &Model, action: &str) -> Tri {
    let pattern = &element.pattern;
    if pattern.is_any() {
        return Tri::Yes;
    }
    match target {
        Target::Anything => Tri::No,
        Target::Arn(arn) => names_resource(element, arn, &|_| Key::Unknown),
        Target::Resource(id) => match element.at.of {
            Some(of) if of == *id => behind_reference(pattern, action),
            // An attribute of another resource, or of one that keeps something of this one.
            Some(_) => Tri::No,
            None if pattern.is_unknown() => Tri::Maybe,
            None => by_name(pattern, model.resource(*id), action),
        },
    }
}

/// Actions on what a bucket holds name it behind a slash, and no others do.
fn is_about_objects(action: &str) -> Option<bool> {
    let id = catalogue().find(action)?;
    let service = catalogue().service_of(id);
    if service.prefix != "s3" {
        return None;
    }
    let mut types = service.types_of(catalogue().action(id));
    Some(types.any(|kind| kind.name == "object"))
}

/// What follows a reference to the resource.
fn behind_reference(pattern: &Pattern, action: &str) -> Tri {
    let rest = pattern.pieces().get(1..).unwrap_or_default();
    match (is_about_objects(action), rest) {
        (_, [Piece::Star]) => Tri::Yes,
        (Some(objects), []) => (!objects).into(),
        (Some(objects), [Piece::Text(text), ..]) if text.starts_with('/') => objects.into(),
        (None, []) => Tri::Yes,
        (None, [Piece::Text(text), ..]) if text.starts_with([':', '/', '-']) => Tri::Yes,
        _ => Tri::Maybe,
    }
}

fn by_name(pattern: &Pattern, resource: &Resource, action: &str) -> Tri {
    let parts = pattern.arn_parts();
    let part = |at: usize| parts.get(at);
    let own = resource.kind.split('_').nth(1).unwrap_or_default();
    let (service, name) = match named(resource) {
        Some((service, name)) => (service, Some(name)),
        None => (own, None),
    };
    let same = part(2).map_or(Tri::Yes, |part| part.matches(service));
    if same.is_no() || part(0).is_some_and(|part| part.matches("arn").is_no()) {
        return Tri::No;
    }
    let Some(rest) = part(5) else {
        // `arn:aws:s3*` goes on to the end.
        let open = pattern.pieces().last() == Some(&Piece::Star);
        return if open { same } else { Tri::No };
    };
    let name = match (name, is_about_objects(action)) {
        (None, _) if rest.is_any() => return same,
        (None, _) => return Tri::Maybe,
        (Some(name), Some(true)) => extend(&name, "/*"),
        (Some(name), _) => name,
    };
    // A pattern for some of what it holds is about it as well.
    let covers = rest.covers(&name);
    match covers {
        Tri::No if name.has_wildcard() => name.covers(rest).and(same),
        covers => covers.and(same),
    }
}

/// Service and last part of the ARN of a resource, as far as the code tells them.
fn named(resource: &Resource) -> Option<(&'static str, Pattern)> {
    let iam = match &*resource.kind {
        "aws_iam_role" => Some("role"),
        "aws_iam_user" => Some("user"),
        "aws_iam_group" => Some("group"),
        "aws_iam_policy" => Some("policy"),
        _ => None,
    };
    if let Some(kind) = iam {
        return Some(("iam", path_of(kind, resource)));
    }
    let (_, service, before, attribute, after) = NAMES.iter().find(|(kind, ..)| *kind == &*resource.kind)?;
    let name = match resource.body.value(attribute) {
        Some(value) => pattern(value, Syntax::Literal),
        None => Pattern::unknown(),
    };
    // Names of parameters may begin with the slash that the ARN has anyway.
    let before = match name.prefix().starts_with('/') {
        true => before.trim_end_matches('/'),
        false => before,
    };
    let head = Pattern::builder(Syntax::Literal).text(before);
    let whole = name.pieces().iter().fold(head, |builder, piece| builder.piece(piece.clone())).build();
    Some((service, extend(&whole, after)))
}

fn extend(pattern: &Pattern, more: &str) -> Pattern {
    let builder = Pattern::builder(Syntax::Glob);
    pattern.pieces().iter().fold(builder, |builder, piece| builder.piece(piece.clone())).text(more).build()
}
