use crate::diagnostic::{Confidence, Fix, Persona, Severity};
use crate::eval::value::Kind;
use crate::eval::{Attr, BlockValue};
use crate::identity::Model;
use crate::identity::literals::{self, LiteralUse, SecretLiteral, leaves};
use crate::rules::secrets;
use crate::rules::secret_variable::as_variable;
use crate::rules::{scaffold, Context, Draft, Rule, RuleInfo};
use crate::source::{FileId, FileKind, Span};
use indexmap::IndexMap;

declare_rule! {
    /// A provider or backend signs in with a credential that is written in the code: in the block itself,
    /// or in a local value, the default of a variable or a variable file that the block takes it from.
    ///
    /// That credential is what Terraform changes the whole account with. It does not end, works from
    /// anywhere, and is in the history of the repository, in every clone, and, for backends, also in the
    /// `.terraform` directory and in plan files.
    ///
    /// All providers and backends are looked at: arguments known to be credentials, and for other providers
    /// those whose name says so. Values that come from variables without a default, from data sources and
    /// from ephemeral resources are fine. A key file that is named but not in the repository is shown to
    /// the `strict` persona.
    ///
    /// To fix it, remove the argument and let the provider find a credential by itself: from the identity
    /// of the machine, or from a token of the pipeline (OIDC). Then revoke the key.
    ///
    /// ```hcl,bad
    /// provider "datadog" {
    ///   api_key = "3f8a1c97e2b46d05a7c91e3f5b8d2064"
    ///   app_key = var.app_key
    /// }
    ///
    /// variable "app_key" {
    ///   type = string
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// provider "aws" {
    ///   region = "eu-west-1"
    ///   assume_role_with_web_identity {
    ///     role_arn                = "arn:aws:iam::123456789012:role/deploy"
    ///     web_identity_token_file = "/run/oidc/token"
    ///   }
    /// }
    ///
    /// provider "azurerm" {
    ///   use_oidc = true
    ///   features {}
    /// }
    /// ```
    ///
    /// Source: Terraform Registry, "Authentication and configuration" of the AWS, Google, Azure and Vault
    /// providers; Terraform documentation, "Backend configuration: credentials and sensitive data".
    ProviderStaticCredentials {
        code: "KW102",
        name: "provider-static-credentials",
        summary: "Static credential in a provider or backend block",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "secret",
        nhi: ["NHI2", "NHI4", "NHI7"],
        csf: ["PR.AA-03", "PR.AA-01"],
        cis: ["AWS5:1.17"],
    }
}

impl Rule for ProviderStaticCredentials {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    /// One finding for each block, however many of its arguments are written out.
    fn estate(&self, cx: &mut Context<'_>) {
        let mut blocks: IndexMap<(FileId, String), Vec<&SecretLiteral>> = IndexMap::new();
        let shared = cx.shared;
        for literal in shared.estate.literals.iter().filter(|literal| secrets::is_provider(literal)) {
            let used = provider_use(literal);
            let key = match used {
                Some(used) => (used.span.file, local(&used.address).to_string()),
                None => (literal.span.file, literal.address.clone()),
            };
            blocks.entry(key).or_default().push(literal);
        }
        for literals in blocks.values() {
            report(literals, cx);
        }
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        for (address, kind, body) in blocks_of(model, cx) {
            leaves::each(body, &mut |leaf| {
                let credential = match address.starts_with("terraform.") {
                    true => literals::backend_credential(&kind, leaf.path, leaf.name),
                    false => literals::provider_credential(&kind, leaf.path, leaf.name),
                };
                if credential && let Some(span) = key_file(leaf, cx) {
                    let message = format!("`{address}` signs in with a key file");
                    let draft = Draft::new(Self::INFO, &address, leaf.path, span, message)
                        .label("a key that does not end")
                        .severity(Severity::Medium)
                        .confidence(Confidence::Medium)
                        .persona(Persona::Strict)
                        .environment(model.environment.as_ref())
                        .note("the file is not in the repository, so only its use is known")
                        .help(better(&kind));
                    cx.emit(draft);
                }
            });
        }
    }
}

fn provider_use(literal: &SecretLiteral) -> Option<&LiteralUse> {
    literal.uses.iter().find(|used| secrets::is_provider_use(used))
}

/// `provider.aws.west` of whichever module it is in.
fn local(address: &str) -> &str {
    address.find("provider.").map_or(address, |at| &address[at..])
}

fn report(literals: &[&SecretLiteral], cx: &mut Context<'_>) {
    let shared = cx.shared;
    let (ids, secret): (Vec<&SecretLiteral>, Vec<&SecretLiteral>) =
        literals.iter().partition(|literal| literal.identifier_only);
    let Some(first) = secret.first() else { return };
    let used = provider_use(first);
    let address = used.map_or(first.address.as_str(), |used| used.address.as_str());
    let kind = used
        .map(|used| used.kind.to_string())
        .or_else(|| first.address.split('.').nth(1).map(str::to_string));
    let kind = kind.unwrap_or_default();
    let path = shared.sources.get(first.span.file).path.as_str();
    let best = secret.iter().map(|literal| secrets::grade(literal, path)).min_by_key(|grade| grade.persona);
    let Some(grade) = best else { return };
    let names: Vec<String> = secret.iter().map(|literal| format!("`{}`", argument(literal))).collect();
    let whose = match address.strip_prefix("terraform.") {
        Some("cloud") => "the `cloud` block".to_string(),
        Some(_) => format!("the `{kind}` backend"),
        None => format!("`{address}`"),
    };
    let place = match &*first.block {
        "provider" | "terraform" => String::new(),
        _ => format!(", in {}", secrets::written_in(first)),
    };
    let message = format!("{whose} signs in with {} written in the code{place}", list(&names));
    let environment = used
        .and_then(|used| shared.estate.models.get(used.model)?.environment.clone())
        .or_else(|| shared.config.environments.classify(path));
    let mut draft =
        Draft::new(ProviderStaticCredentials::INFO, address, &argument(first), first.span, message)
            .label(format!("a credential of {} that does not end", owner(&kind)))
            .severity(grade.severity)
            .confidence(grade.confidence)
            .persona(grade.persona)
            .identity(address)
            .environment(environment.as_ref())
            .help(better(&kind));
    for literal in &secret {
        draft = draft.redact(literal.span);
    }
    for literal in secret.iter().skip(1) {
        draft = draft.site(address, &argument(literal), literal.span);
    }
    if let Some(used) = used.filter(|used| !used.value.meta.hops().is_empty()) {
        draft = secrets::route(draft, first, used);
    }
    draft = secrets::relate(draft, first, cx);
    for id in ids {
        draft = draft.related(id.span, "the id of the key");
    }
    if secrets::is_sample(path) {
        draft = draft.note("it is in a directory of examples or tests");
    }
    draft = match edit(&secret, &kind, cx) {
        Some(fix) => draft.fix(fix),
        None => draft.fix(Fix::manual(
            "remove the argument, sign in with the identity of the machine or a token of the pipeline, and revoke the old credential",
        )
        .with(scaffold::sign_in(&kind))),
    };
    cx.emit(draft);
}

fn argument(literal: &SecretLiteral) -> String {
    let Some(used) = provider_use(literal) else {
        let path = literal.attribute.as_str();
        return path.strip_prefix("backend.").unwrap_or(path).to_string();
    };
    match used.attribute.rsplit('.').next() {
        Some(last) if last == used.name => used.attribute.clone(),
        _ => format!("{}.{}", used.attribute, used.name),
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => "a credential".to_string(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn owner(kind: &str) -> &str {
    match kind {
        "s3" | "aws" | "awscc" => "AWS",
        "google" | "google-beta" | "gcs" => "Google Cloud",
        "azurerm" | "azapi" => "Azure",
        "azuread" => "Microsoft Entra",
        "github" => "GitHub",
        "gitlab" => "GitLab",
        "datadog" => "Datadog",
        "cloudflare" => "Cloudflare",
        "snowflake" => "Snowflake",
        "vault" => "Vault",
        "kubernetes" | "helm" | "kubectl" => "the cluster",
        "http" | "pg" | "consul" | "remote" | "cloud" | "artifactory" | "etcdv3" | "swift" | "manta" => {
            "the state"
        }
        "" => "the provider",
        other => other,
    }
}

fn better(kind: &str) -> String {
    let way = match kind {
        "aws" | "awscc" => {
            "remove it: the provider finds the role of the machine or of the pipeline by itself, or use `assume_role_with_web_identity`"
        }
        "s3" => {
            "remove it: the backend finds the role of the machine or of the pipeline by itself, or use `assume_role_with_web_identity`"
        }
        "google" | "google-beta" | "gcs" => {
            "remove it and use application default credentials: workload identity federation in pipelines, `impersonate_service_account` elsewhere"
        }
        "azurerm" | "azuread" | "azapi" => {
            "remove it and set `use_oidc = true` in pipelines, or `use_msi = true` on machines with a managed identity; a backend also needs `use_azuread_auth = true`"
        }
        "kubernetes" | "helm" | "kubectl" => {
            "remove it and use `exec` with the cloud's own command to get short-lived tokens"
        }
        "vault" => "remove it and use `auth_login_jwt` or `auth_login_aws` with the pipeline's identity",
        "github" => {
            "remove it and use `app_auth` with a key from the pipeline's secrets, or the pipeline's own token"
        }
        "snowflake" => {
            "remove it and use `authenticator = \"WORKLOAD_IDENTITY\"` or a key pair from a secret store"
        }
        "tfe" | "remote" | "cloud" => {
            "remove it and use `terraform login` or `TF_TOKEN_…` from the pipeline's secrets"
        }
        "databricks" => {
            "remove it and use the federated token of the pipeline (`auth_type = \"github-oidc\"`)"
        }
        "http" | "pg" | "consul" | "artifactory" => {
            "remove it and give it by the backend's environment variable from the pipeline's secrets"
        }
        _ => {
            "remove it and give it by the provider's environment variable from the pipeline's secrets, or read it with an ephemeral resource"
        }
    };
    format!("{way}; then revoke the old one, since it stays in the git history")
}

/// An exact change, where the provider signs in by itself once the arguments are gone.
fn edit(secret: &[&SecretLiteral], kind: &str, cx: &Context<'_>) -> Option<Fix> {
    let shared = cx.shared;
    let inside = secret.iter().all(|literal| matches!(&*literal.block, "provider" | "terraform"));
    let used = provider_use(secret.first()?).filter(|_| inside)?;
    let sources = shared.sources;
    if sources.get(used.span.file).kind != FileKind::Hcl {
        return None;
    }
    let model = shared.estate.models.get(used.model)?;
    let body =
        blocks_of(model, cx).into_iter().map(|(_, _, body)| body).find(|body| holds(body, used.span))?;
    let attrs = |names: &[&str]| -> Vec<&Attr> { names.iter().filter_map(|name| body.attr(name)).collect() };
    let literal = |attr: &&Attr| leaves::literal(attr.expr_span, sources).is_some();
    match kind {
        "aws" | "awscc" | "s3" => {
            let keys = attrs(&["access_key", "secret_key", "token"]);
            let edits =
                keys.iter().filter(|attr| literal(attr)).map(|attr| secrets::delete_line(sources, attr.span));
            let edits: Option<Vec<_>> = edits.collect();
            (keys.iter().all(literal)).then_some(())?;
            Some(secrets::unsafe_fix(
                "remove the keys and sign in with the role of whoever runs Terraform",
                edits?,
            ))
        }
        "google" | "google-beta" | "gcs" => {
            let edit = secrets::delete_line(sources, body.attr("credentials")?.span)?;
            Some(secrets::unsafe_fix("remove the key and use application default credentials", vec![edit]))
        }
        "azurerm" | "azuread" | "azapi" => {
            let attr =
                body.attr("client_secret").filter(|attr| literal(attr) && body.attr("use_oidc").is_none())?;
            let edit = crate::diagnostic::Edit { span: attr.span, text: "use_oidc = true".to_string() };
            Some(secrets::unsafe_fix(
                "sign in with the pipeline's token instead of the client secret",
                vec![edit],
            ))
        }
        "kubernetes" | "helm" | "kubectl" | "vault" => None,
        _ => {
            let given: Option<Vec<Fix>> = secret.iter().map(|literal| as_variable(cx, literal)).collect();
            let (first, rest) = given?.split_first().map(|(first, rest)| (first.clone(), rest.to_vec()))?;
            let title = if rest.is_empty() { first.title } else { VARIABLES.to_string() };
            let edits = rest.into_iter().fold(first.edits, |all, fix| [all, fix.edits].concat());
            Some(secrets::unsafe_fix(title, edits))
        }
    }
}

const VARIABLES: &str = "Take them as variables and give the values as `TF_VAR_…`, with new secrets, since these stay in the git history";

fn holds(body: &BlockValue, span: Span) -> bool {
    body.attributes.values().any(|attr| attr.expr_span == span)
}

/// Provider and backend blocks with their address and kind.
fn blocks_of<'m>(model: &'m Model, cx: &Context<'_>) -> Vec<(String, String, &'m BlockValue)> {
    let mut found = Vec::new();
    for module in &model.project.modules {
        let prefix = if module.address.is_empty() { String::new() } else { format!("{}.", module.address) };
        for provider in &module.providers {
            let alias = provider.alias.as_ref().map(|alias| format!(".{alias}")).unwrap_or_default();
            let address = format!("{prefix}provider.{}{alias}", provider.name);
            found.push((address, provider.name.to_string(), &provider.body));
        }
        let blocks = module.settings.iter().flat_map(|settings| &settings.blocks);
        for (name, body) in blocks.filter(|(name, _)| module.parent.is_none() && &**name == "backend") {
            let kind = literals::backend_kind(body, cx.shared.sources);
            found.push((format!("terraform.{name}"), kind, body));
        }
    }
    found
}

/// `file("key.json")` of a file that is not here, and a path where the provider takes one.
fn key_file(leaf: &leaves::Leaf<'_>, cx: &Context<'_>) -> Option<Span> {
    let span = leaf.value.meta.span?;
    let text = cx.shared.sources.find(span.file)?.text.get(span.range())?;
    let reads = text.starts_with("file(") || text.starts_with("filebase64(");
    match &leaf.value.kind {
        Kind::Unknown(_) | Kind::Template(_) => reads.then_some(span),
        Kind::String(path) => {
            let named = leaf.path == "credentials" && path.as_str().ends_with(".json");
            named.then_some(span)
        }
        _ => None,
    }
}
