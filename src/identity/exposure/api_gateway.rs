//! AWS API Gateway: routes and methods that nobody has to sign in for. Row: lambda-api-gateway. Source: Amazon
//! API Gateway Developer Guide, "Controlling and managing access to a REST API" and the same for HTTP APIs.

use super::aws_functions::function;
use super::index::{Index, at, is, says};
use super::{Finder, Reach, Way};
use crate::eval::Resource;
use crate::eval::value::{ResourceId, Value};
use crate::iam::Tri;
use std::collections::HashMap;

const ROW: &str = "lambda-api-gateway";

pub(super) fn find(finder: &mut Finder<'_, '_>) {
    let index = finder.index;
    for integration in index.all(&["aws_apigatewayv2_integration"]) {
        http(finder, integration);
    }
    for api in index.all(&["aws_apigatewayv2_api"]) {
        quick(finder, api);
    }
    if index.has("aws_api_gateway_integration") {
        let methods = Methods::new(index);
        for integration in index.all(&["aws_api_gateway_integration"]) {
            rest(finder, &methods, integration);
        }
    }
}

fn http(finder: &mut Finder<'_, '_>, integration: &Resource) {
    let index = finder.index;
    let Some(function) = function(index, &integration.body, "integration_uri") else { return };
    for route in index.users(integration.id, &["aws_apigatewayv2_route"], "target") {
        let body = &route.body;
        let anonymous = says(body, "authorization_type", true, |text| text == "NONE");
        let keyless = !is(body, "api_key_required", false);
        let api = index.target(body, "api_id", &["aws_apigatewayv2_api"]);
        // Messages of WebSocket routes come over a connection that `$connect` has let in.
        let reached =
            api.map_or(Tri::Yes, |api| says(&api.body, "protocol_type", true, |text| text == "HTTP"));
        let way = Way {
            row: ROW,
            reach: Reach::InternetAnonymous,
            open: anonymous.and(keyless).and(reached),
            through: format!("route `{}`", route.address),
            because: vec![(at(route, body, "authorization_type"), "takes requests from anybody".to_string())],
            declared_by: finder.model.resource(route.id),
            attribute: "authorization_type",
        };
        finder.add(function, index.runs_as(function, &["role"]), way);
    }
}

/// An API that is made together with its only route.
fn quick(finder: &mut Finder<'_, '_>, api: &Resource) {
    let Some(function) = function(finder.index, &api.body, "target") else { return };
    let way = Way {
        row: ROW,
        reach: Reach::InternetAnonymous,
        open: Tri::Yes,
        through: format!("API `{}`", api.address),
        because: vec![(at(api, &api.body, "target"), "takes requests from anybody".to_string())],
        declared_by: finder.model.resource(api.id),
        attribute: "target",
    };
    finder.add(function, finder.index.runs_as(function, &["role"]), way);
}

/// Methods of REST APIs by API, resource and verb.
struct Methods<'m> {
    by_place: HashMap<(Place, String), &'m Resource>,
}

type Place = (Option<ResourceId>, Option<String>);

impl<'m> Methods<'m> {
    fn new(index: &Index<'m>) -> Self {
        let methods = index.all(&["aws_api_gateway_method"]);
        let placed = methods.filter_map(|method| {
            let verb = method.body.text("http_method")?.to_string();
            Some(((place(method), verb), method))
        });
        Methods { by_place: placed.collect() }
    }

    /// The method that an integration belongs to.
    fn of(&self, index: &Index<'m>, integration: &Resource) -> Option<&'m Resource> {
        let value = integration.body.value("http_method")?;
        let referred = index.targets(value, &["aws_api_gateway_method"]).into_iter().next();
        referred.or_else(|| self.by_place.get(&(place(integration), value.as_str()?.to_string())).copied())
    }
}

fn place(resource: &Resource) -> Place {
    let value = resource.body.value("resource_id");
    let text = value.and_then(Value::as_str).map(str::to_string);
    let paths = value.map(|value| value.deep_refs()).unwrap_or_default();
    let first = paths.iter().next();
    // `root_resource_id` of the API and `id` of a resource are told apart by their owners.
    (first.map(|reference| reference.resource), text)
}

fn rest(finder: &mut Finder<'_, '_>, methods: &Methods<'_>, integration: &Resource) {
    let index = finder.index;
    let Some(function) = function(index, &integration.body, "uri") else { return };
    let Some(method) = methods.of(index, integration) else { return };
    let body = &method.body;
    // A browser asks for permission first, without signing in.
    if body.text("http_method") == Some("OPTIONS") {
        return;
    }
    let api = index.target(body, "rest_api_id", &["aws_api_gateway_rest_api"]);
    let reached = api.map_or(Tri::Yes, |api| is_open(index, api));
    let anonymous = says(body, "authorization", false, |text| text == "NONE");
    let way = Way {
        row: ROW,
        reach: Reach::InternetAnonymous,
        open: anonymous.and(!is(body, "api_key_required", false)).and(reached),
        through: format!("method `{}`", method.address),
        because: vec![(at(method, body, "authorization"), "takes requests from anybody".to_string())],
        declared_by: finder.model.resource(method.id),
        attribute: "authorization",
    };
    finder.add(function, index.runs_as(function, &["role"]), way);
}

/// It is no private API, and no policy limits who gets to it.
fn is_open(index: &Index<'_>, api: &Resource) -> Tri {
    let endpoint = api.body.block("endpoint_configuration").unwrap_or_default();
    let private = match endpoint.value("types") {
        None => Tri::No,
        Some(types) => Tri::any(
            types
                .as_slice()
                .iter()
                .map(|item| item.as_str().map_or(Tri::Maybe, |text| (text == "PRIVATE").into())),
        ),
    };
    let own_policy = api.body.value("policy").is_some();
    let apart = index.users(api.id, &["aws_api_gateway_rest_api_policy"], "rest_api_id").next().is_some();
    let limited = if own_policy || apart { Tri::Maybe } else { Tri::No };
    !private.or(limited)
}
