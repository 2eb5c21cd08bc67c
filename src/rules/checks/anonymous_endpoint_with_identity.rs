use crate::diagnostic::{Applicability, Confidence, Edit, Fix, Persona};
use crate::eval::value::ResourceId;
use crate::eval::{InstanceKey, Resource};
use crate::identity::Subject;
use crate::identity::exposure::{Exposure, Reach, exposures};
use crate::rules::edits::{add_argument, replace_flag, replace_literal};
use crate::rules::policy_edits::is_only_here;
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Rule, RuleInfo, exposed};
use indexmap::IndexMap;
use std::collections::HashSet;

declare_rule! {
    /// Everyone on the internet may have a workload act, and it acts as an identity. Nothing asks who is
    /// calling: whatever the identity may do is behind the caller's input alone, and so is the bill.
    ///
    /// Reported are function URLs with `authorization_type = "NONE"`, functions that `*` may invoke, routes and
    /// methods of API Gateway without authorization and API key in front of a function, Cloud Run services and
    /// Cloud Functions that `allUsers` or `allAuthenticatedUsers` may invoke, guests of Cognito identity pools
    /// with a role, and HTTP triggers of Logic Apps without access control in front of a managed identity.
    /// Endpoints that only the private network reaches are left out, and so are those that run as nobody.
    ///
    /// If the identity is powerful, `exposed-workload-privileged-identity` says it all in one finding. Some
    /// endpoints have to be open, such as that of a website or of a webhook that checks signatures itself:
    /// waive those with a reason.
    ///
    /// The fix asks callers of a function URL for a signature, those of an API for its only authorizer, and gives
    /// nothing to guests of an identity pool.
    ///
    /// ```hcl,bad
    /// resource "aws_lambda_function" "hook" {
    ///   function_name = "hook"
    ///   role          = "arn:aws:iam::123456789012:role/hook"
    /// }
    ///
    /// resource "aws_lambda_function_url" "hook" {
    ///   function_name      = aws_lambda_function.hook.function_name
    ///   authorization_type = "NONE"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_lambda_function" "hook" {
    ///   function_name = "hook"
    ///   role          = "arn:aws:iam::123456789012:role/hook"
    /// }
    ///
    /// resource "aws_lambda_function_url" "hook" {
    ///   function_name      = aws_lambda_function.hook.function_name
    ///   authorization_type = "AWS_IAM"
    /// }
    /// ```
    ///
    /// Source: AWS Lambda Developer Guide, "Control access to Lambda function URLs"; Amazon API Gateway
    /// Developer Guide, "Control access to REST APIs"; Cloud Run documentation, "Allowing public
    /// (unauthenticated) access"; Amazon Cognito Developer Guide, "Identity pools".
    AnonymousEndpointWithIdentity {
        code: "KW424",
        name: "anonymous-endpoint-with-identity",
        summary: "Endpoint without sign-in that acts as an identity",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "exposure",
        nhi: ["NHI6", "NHI4"],
        csf: ["PR.AA-03"],
        cis: [],
    }
}

impl Rule for AnonymousEndpointWithIdentity {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    /// One workload is one finding, whatever the number of its routes.
    fn model(&self, cx: &mut Context<'_>) {
        let mut by_workload: IndexMap<(ResourceId, bool), Vec<&Exposure>> = IndexMap::new();
        let anonymous = exposures(cx.model).iter().filter(|way| way.reach == Reach::InternetAnonymous);
        for way in anonymous.filter(|way| way.runs_as != Subject::None) {
            by_workload.entry((way.workload, way.certain)).or_default().push(way);
        }
        let certain: HashSet<ResourceId> =
            by_workload.keys().filter(|(_, certain)| *certain).map(|(workload, _)| *workload).collect();
        for ((workload, sure), ways) in by_workload {
            if sure || !certain.contains(&workload) {
                report(cx, &ways);
            }
        }
    }
}

fn report(cx: &mut Context<'_>, ways: &[&Exposure]) {
    let Some((way, rest)) = ways.split_first() else { return };
    let Some((span, label)) = way.because.first() else { return };
    let model = cx.model;
    let workload = model.resource(way.workload);
    let endpoint = model.resource(way.declared_by);
    let identity = match way.runs_as == Subject::Resource(way.workload) {
        true => "its own identity".to_string(),
        false => exposed::name(model, &way.runs_as),
    };
    let message = match way.row {
        "cognito-guest" => format!("`{}` gives guests the credentials of {identity}", workload.address),
        _ if way.workload == way.declared_by && way.row.starts_with("lambda") => {
            format!("anybody may call the function behind `{}`, and it acts as its role", workload.address)
        }
        _ => format!("anybody may call `{}` through {}, and it acts as {identity}", workload.address, way.through),
    };
    let (_, acts) = exposed::runs_as(cx, way);
    let mut draft = cx
        .draft(AnonymousEndpointWithIdentity::INFO, endpoint, &way.attribute, *span, message)
        .label(label.clone())
        .identity(model.describe(&way.runs_as))
        .owner(exposed::owner(model, &way.runs_as))
        .environment(exposed::environment(model, way.workload))
        .help(help(way.row));
    if way.workload != way.declared_by {
        draft = draft.related(acts, format!("acts as {identity}"));
    }
    let mut spans = vec![*span];
    for other in rest {
        let Some((span, _)) = other.because.first().filter(|(span, _)| !spans.contains(span)) else { continue };
        spans.push(*span);
        draft = draft.site(&model.resource(other.declared_by).address, &other.attribute, *span);
    }
    if !way.certain {
        draft = draft.persona(Persona::Strict).confidence(Confidence::Medium);
    }
    if is_sample(cx, model, *span) {
        draft = draft.persona(Persona::Strict);
    }
    let edits: Vec<Vec<Edit>> = ways.iter().filter_map(|way| edit(cx, way)).collect();
    let mut whole: Vec<Edit> = Vec::new();
    let enough = edits.len() == ways.len();
    // Instances of one block are one place.
    edits.into_iter().flatten().for_each(|edit| if !whole.contains(&edit) { whole.push(edit) });
    let fix = match enough && !whole.is_empty() {
        true => Fix::new(title(way.row).to_string(), Applicability::Unsafe, whole),
        false => Fix::manual(title(way.row)),
    };
    cx.emit(draft.fix(fix));
}

fn title(row: &str) -> &'static str {
    match row {
        "cognito-guest" => "Give no credentials to guests",
        "cloud-run-public" | "cloud-function-public" => "Grant the invoker role to the callers instead of everyone",
        "lambda-public-permission" => "Name the caller, and limit it by `source_arn` or `source_account`",
        "azure-logic-app" => "Limit who may call the trigger with an `access_control` block",
        "lambda-api-gateway" => "Ask callers to sign in (those who do not are turned away)",
        _ => "Ask callers for a signature (`AWS_IAM`)",
    }
}

/// What ends it, where the code tells how.
fn edit(cx: &Context<'_>, way: &Exposure) -> Option<Vec<Edit>> {
    let resource = cx.model.resource(way.declared_by);
    let sources = cx.shared.sources;
    match (way.row, resource.body.value(&way.attribute)) {
        (_, Some(value)) if !is_only_here(cx, value) => None,
        ("lambda-url", Some(value)) if value.as_str() == Some("NONE") => {
            Some(vec![replace_literal(sources, value, "AWS_IAM")?])
        }
        // Callers of an API cannot just begin to sign; an authorizer that is there knows them.
        ("lambda-api-gateway", Some(value)) if value.as_str() == Some("NONE") => {
            let (asked, id) = authorizer(cx, resource)?;
            let add = add_argument(sources, resource.span(), "authorizer_id", &id)?;
            Some(vec![replace_literal(sources, value, asked)?, add])
        }
        ("cognito-guest", Some(value)) => Some(vec![replace_flag(sources, value, false)?]),
        _ => None,
    }
}

/// The only authorizer that the module has for an API, with how a method or route asks for it.
fn authorizer(cx: &Context<'_>, route: &Resource) -> Option<(&'static str, String)> {
    let (kind, api) = match &*route.kind {
        "aws_api_gateway_method" => ("aws_api_gateway_authorizer", "rest_api_id"),
        "aws_apigatewayv2_route" => ("aws_apigatewayv2_authorizer", "api_id"),
        _ => return None,
    };
    let api_of = |resource: &Resource| resource.body.value(api)?.deep_refs().iter().map(|it| it.resource).next();
    let own = api_of(route)?;
    let mut found = cx.model.of_kind(kind).filter(|it| api_of(it) == Some(own));
    let (Some(one), None) = (found.next(), found.next()) else { return None };
    let here = one.module == route.module && one.key == InstanceKey::None && route.body.attr("authorizer_id").is_none();
    let way = match (&*one.kind, one.body.text("type").or(one.body.text("authorizer_type"))) {
        (_, Some("COGNITO_USER_POOLS")) => "COGNITO_USER_POOLS",
        (_, Some("JWT")) => "JWT",
        (_, Some("TOKEN" | "REQUEST")) => "CUSTOM",
        ("aws_api_gateway_authorizer", None) if one.body.value("type").is_none() => "CUSTOM",
        _ => return None,
    };
    here.then(|| (way, format!("{}.id", one.local_address())))
}

fn help(row: &str) -> &'static str {
    match row {
        "cognito-guest" => "let people sign in first, or grant guests nothing that matters",
        "cloud-run-public" | "cloud-function-public" => {
            "grant the invoker role to those who call it, or put a load balancer with IAP in front"
        }
        "lambda-public-permission" => "name the service or account that calls it, with `source_arn` or `source_account`",
        "azure-logic-app" => "limit the callers with `access_control`, or ask for an OAuth token of your tenant",
        "lambda-api-gateway" => "give the route an authorizer, or require a signature",
        _ => "let callers sign their requests (`AWS_IAM`), or put an authorizer in front",
    }
}

