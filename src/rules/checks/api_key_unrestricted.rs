use crate::diagnostic::{Confidence, Persona, Severity};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::rules::{Context, Rule, RuleInfo};
use std::collections::HashSet;

declare_rule! {
    /// An API key is a string that anybody who has it may use: it says which project or client is calling, not who.
    /// So a key should be good for the few APIs that it was made for, and only from where they are called.
    ///
    /// Reported are Google API keys without `api_targets`, which call every API that the project enables, now and
    /// later, and keys without a restriction of their callers (websites, addresses, Android or iOS applications). A
    /// key with one of the two is a lesser finding. Keys that are bound to a service account are judged by the
    /// same rule: they act as that account.
    ///
    /// On AWS, methods of API Gateway that ask for an API key and for nothing else are reported. A key there is a
    /// means of counting, and AWS says not to use it for access. Private APIs and those with a resource policy are
    /// shown to a strict reader, and methods for preflight requests are left out.
    ///
    /// Set both restrictions; on API Gateway use IAM, Cognito or a Lambda authorizer beside the key.
    ///
    /// ```hcl,bad
    /// resource "google_apikeys_key" "maps" {
    ///   name    = "maps"
    ///   project = "acme"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "google_apikeys_key" "maps" {
    ///   name    = "maps"
    ///   project = "acme"
    ///   restrictions {
    ///     api_targets {
    ///       service = "maps-backend.googleapis.com"
    ///     }
    ///     browser_key_restrictions {
    ///       allowed_referrers = ["https://acme.example/*"]
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// Source: Google Cloud documentation, "Manage API keys"; Amazon API Gateway Developer Guide, "Usage plans and API
    /// keys for REST APIs".
    ApiKeyUnrestricted {
        code: "KW213",
        name: "api-key-unrestricted",
        summary: "API key without limits on APIs or callers, or used as the only authorization",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "privilege",
        nhi: ["NHI5", "NHI4"],
        csf: ["PR.AA-05"],
        cis: ["GCP4:1.13", "GCP4:1.14", "GCP5:1.14", "GCP5:1.15"],
    }
}

const CALLERS: [&str; 4] = [
    "browser_key_restrictions",
    "server_key_restrictions",
    "android_key_restrictions",
    "ios_key_restrictions",
];

impl Rule for ApiKeyUnrestricted {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let managed = || model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
        for resource in managed() {
            if &*resource.kind == "google_apikeys_key" {
                google(resource, cx);
            }
        }
        let methods: Vec<&Resource> =
            managed().filter(|resource| &*resource.kind == "aws_api_gateway_method").collect();
        if methods.is_empty() {
            return;
        }
        let guarded = guarded(cx);
        for method in methods {
            gateway(method, &guarded, cx);
        }
    }
}

fn google(resource: &Resource, cx: &mut Context<'_>) {
    // Blocks that a value makes which is not known.
    if resource.body.blocks.iter().any(|(name, block)| &**name == "restrictions" && block.any)
        || resource.body.value("restrictions").is_some_and(|value| value.is_unknown())
    {
        return;
    }
    let restrictions = resource.body.block("restrictions");
    let has = |name: &str| restrictions.as_ref().is_some_and(|block| is_set(block, name));
    let apis = has("api_targets");
    let callers = CALLERS.iter().any(|name| has(name));
    let address = &resource.address;
    let (message, severity, label) = match (apis, callers) {
        (true, true) => return,
        (false, false) => (
            format!("`{address}` calls every API of its project, from anywhere"),
            Severity::High,
            "no limits on APIs and callers",
        ),
        (false, true) => {
            (format!("`{address}` calls every API of its project"), Severity::Medium, "no `api_targets`")
        }
        (true, false) => (
            format!("`{address}` can be used by anybody, from anywhere"),
            Severity::Medium,
            "no limit on callers",
        ),
    };
    let span = restrictions.and_then(|block| block.header).unwrap_or_else(|| resource.header());
    let credential = cx.model.credential_of(resource.id);
    let mut draft = cx
        .draft(ApiKeyUnrestricted::INFO, resource, "restrictions", span, message)
        .label(label)
        .severity(severity)
        .identity(address.clone())
        .owner(credential.and_then(|one| one.owner.name()))
        .environment(credential.map_or(cx.model.environment.as_ref(), |one| one.environment.as_ref()))
        .help(match apis {
            false => "list the APIs under `restrictions.api_targets`, and limit who calls them",
            true => "limit the callers: websites, server addresses, or the application",
        });
    if let Some(account) = resource.body.attr("service_account_email") {
        draft = draft.related(account.expr_span, "and acts as this service account");
    }
    cx.emit(draft);
}

/// The block is there and says something.
fn is_set(block: &BlockValue, name: &str) -> bool {
    block.blocks(name).iter().any(|inner| {
        // An address list of everything is no list.
        let all =
            ["allowed_ips", "allowed_referrers"].iter().filter_map(|list| inner.value(list)).any(|list| {
                list.as_slice().iter().any(|item| matches!(item.as_str(), Some("0.0.0.0/0" | "::/0" | "*")))
            });
        inner.any || (!all && (!inner.attributes.is_empty() || !inner.blocks.is_empty()))
    })
}

/// APIs that more than a key stands before: private ones, and those with a policy of their own.
fn guarded(cx: &Context<'_>) -> HashSet<crate::eval::value::ResourceId> {
    let model = cx.model;
    let mut found = HashSet::new();
    for resource in &model.project.resources {
        match &*resource.kind {
            "aws_api_gateway_rest_api" => {
                let private = resource.body.blocks("endpoint_configuration").iter().any(|block| {
                    let types = block.value("types").map(|value| value.as_slice()).unwrap_or_default();
                    types.iter().any(|kind| kind.as_str() == Some("PRIVATE"))
                });
                if private || resource.body.value("policy").is_some() {
                    found.insert(resource.id);
                }
            }
            "aws_api_gateway_rest_api_policy" => {
                let refs = resource.body.value("rest_api_id").map(|value| value.deep_refs());
                found.extend(refs.iter().flat_map(|refs| refs.iter()).map(|reference| reference.resource));
            }
            _ => {}
        }
    }
    found
}

fn gateway(method: &Resource, guarded: &HashSet<crate::eval::value::ResourceId>, cx: &mut Context<'_>) {
    let body = &method.body;
    let open = body.text("authorization").is_some_and(|text| text.eq_ignore_ascii_case("NONE"));
    let asks = body.bool("api_key_required") == Some(true);
    if !open || !asks || body.text("http_method") == Some("OPTIONS") {
        return;
    }
    let Some(attr) = body.attr("authorization") else { return };
    let refs = body.value("rest_api_id").map(|value| value.deep_refs());
    let is_guarded =
        refs.is_some_and(|refs| refs.iter().any(|reference| guarded.contains(&reference.resource)));
    let persona = if is_guarded { Persona::Strict } else { Persona::Regular };
    let address = &method.address;
    let message = format!("an API key is the only authorization of `{address}`");
    let span = attr.value.meta.span.unwrap_or(attr.expr_span);
    let mut draft = cx
        .draft(ApiKeyUnrestricted::INFO, method, "authorization", span, message)
        .label("nothing but the key")
        .severity(Severity::Medium)
        .confidence(Confidence::Medium)
        .persona(persona)
        .route(&attr.value)
        .environment(cx.model.environment.as_ref())
        .help("use `AWS_IAM`, a Cognito user pool or a Lambda authorizer, and keep the key for counting");
    if let Some(key) = body.attr("api_key_required") {
        draft = draft.related(key.expr_span, "the key is asked for here");
    }
    cx.emit(draft);
}
