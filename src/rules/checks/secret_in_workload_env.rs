use crate::diagnostic::{Confidence, Persona, Severity};
use crate::eval::value::Kind;
use crate::eval::{Resource, ResourceMode};
use crate::identity::facts;
use crate::identity::literals::leaves;
use crate::identity::{PlaceKind, facts::place_kind};
use crate::rules::env_refs::by_name;
use crate::rules::secret_refs::{self, Origin};
use crate::rules::{Context, Rule, RuleInfo};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashSet;

declare_rule! {
    /// A workload gets a secret as a plain environment variable or setting: the secret of an access key, a
    /// generated password, the key of a storage account, a value copied out of a secret store, or a
    /// sensitive variable.
    ///
    /// The value is then in the state, in the plan, and in the configuration of the workload, where
    /// everybody sees it who may describe the function, task or pod. It also ends up in crash reports and
    /// child processes, and it changes only when the workload is deployed again.
    ///
    /// Taken into account: the attributes of each service that are shown as they are, including the
    /// environment in container definitions written as JSON; references through locals, variables, modules
    /// and templates. References to a secret's name or ARN, digests, and settings that already point to a
    /// store are fine. Literals are reported as `hardcoded-secret`. Parameters whose name does not speak of
    /// a secret are shown to the `auditor` persona, variables that only their mark or name makes secret to
    /// the `strict` persona.
    ///
    /// To fix it, give the workload a reference to the secret store instead of the value, and let it read
    /// the secret with its own identity. Better still is to need no secret: let the workload's role do what
    /// the key was made for.
    /// The fix does so where the value is read from a store by a data source: CodeBuild variables, environments of
    /// Cloud Run, settings of Azure apps with an identity.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_access_key" "uploads" {
    ///   user = "uploads"
    /// }
    ///
    /// resource "aws_lambda_function" "resize" {
    ///   function_name = "resize"
    ///   role          = "arn:aws:iam::123456789012:role/resize"
    ///   environment {
    ///     variables = { UPLOAD_SECRET = aws_iam_access_key.uploads.secret }
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_secretsmanager_secret" "uploads" {
    ///   name = "uploads"
    /// }
    ///
    /// resource "aws_lambda_function" "resize" {
    ///   function_name = "resize"
    ///   role          = "arn:aws:iam::123456789012:role/resize"
    ///   environment {
    ///     variables = { UPLOAD_SECRET_ARN = aws_secretsmanager_secret.uploads.arn }
    ///   }
    /// }
    /// ```
    ///
    /// Source: AWS Lambda documentation, "Securing Lambda environment variables"; Amazon ECS documentation,
    /// "Pass sensitive data to a container"; Google Cloud Run documentation, "Configure secrets"; Azure App
    /// Service documentation, "Use Key Vault references"; Kubernetes documentation, "Secrets".
    SecretInWorkloadEnv {
        code: "KW103",
        name: "secret-in-workload-env",
        summary: "Secret in the plain environment of a workload",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "secret",
        nhi: ["NHI2"],
        csf: ["PR.DS-01", "PR.AA-01"],
        cis: ["GCP5:1.18", "K8S:5.4.1"],
    }
}

/// A secret under a name in the environment.
struct Found {
    path: String,
    name: String,
    span: Span,
    origin: Origin,
    persona: Persona,
    value: crate::eval::value::Value,
}

/// A resource and the secrets in one attribute of it.
type Workload<'a> = (&'a Resource, Vec<Found>);

impl Rule for SecretInWorkloadEnv {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    /// The instances and module calls of one block put it there in one place, and are one finding.
    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut blocks: IndexMap<(Span, String, Persona), Vec<Workload<'_>>> = IndexMap::new();
        for resource in &model.project.resources {
            for found in secrets_of(resource, cx) {
                let key = (resource.header(), found.path.clone(), found.persona);
                let workloads = blocks.entry(key).or_default();
                match workloads.last_mut() {
                    Some((last, all)) if last.id == resource.id => all.push(found),
                    _ => workloads.push((resource, vec![found])),
                }
            }
        }
        for ((_, _, persona), workloads) in &blocks {
            report(workloads, *persona, cx);
        }
    }
}

fn secrets_of(resource: &Resource, cx: &Context<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    // Values of charts are no environment, and `secret-written-to-disk` speaks of them.
    let is_workload = || facts::may_be(&resource.kind, &[PlaceKind::WorkloadEnv]);
    if resource.mode != ResourceMode::Managed || &*resource.kind == "helm_release" || !is_workload() {
        return found;
    }
    leaves::each(&resource.body, &mut |leaf| {
        // A known string is a literal, wherever it comes from.
        let known = matches!(leaf.value.kind, Kind::String(_));
        if known || place_kind(&resource.kind, leaf.full) != PlaceKind::WorkloadEnv {
            return;
        }
        for secret in secret_refs::of(cx.model, leaf, cx.shared.sources) {
            let persona = match (&secret.origin, secret.sure) {
                (_, true) => Persona::Regular,
                (Origin::Variable(_), false) => Persona::Strict,
                (_, false) => Persona::Auditor,
            };
            found.push(Found {
                path: leaf.path.to_string(),
                name: leaf.name.to_string(),
                span: secret_refs::place(cx.model, leaf, &secret.origin, cx.shared.sources),
                origin: secret.origin,
                persona,
                value: leaf.value.clone(),
            });
        }
    });
    found.retain(|one| is_plain(resource, one));
    found
}

/// Some settings have the name of a secret where others have the secret itself.
fn is_plain(resource: &Resource, found: &Found) -> bool {
    match &*resource.kind {
        "aws_codebuild_project" => resource.body.block("environment").is_none_or(|environment| {
            environment.blocks("environment_variable").iter().all(|variable| {
                variable.text("name") != Some(&found.name)
                    || matches!(variable.text("type"), None | Some("PLAINTEXT"))
            })
        }),
        "aws_elastic_beanstalk_environment" => resource.body.blocks("setting").iter().any(|setting| {
            setting.text("name") == Some(&found.name)
                && setting.text("namespace") == Some("aws:elasticbeanstalk:application:environment")
        }),
        // `secrets` and the log driver's options name secrets, and take no values.
        "aws_ecs_task_definition" | "aws_batch_job_definition" => found.name != "valueFrom",
        _ => true,
    }
}

fn report(workloads: &[Workload<'_>], persona: Persona, cx: &mut Context<'_>) {
    let Some((resource, found)) = workloads.first() else { return };
    let Some(first) = found.first() else { return };
    let model = cx.model;
    let names = names(found);
    let origins: std::collections::BTreeSet<_> = found.iter().map(|one| one.origin.written(model)).collect();
    let what = match origins.first() {
        Some(origin) if origins.len() == 1 => format!("`{origin}` is"),
        _ => format!("{} secrets are", origins.len()),
    };
    let message = format!("{what} in the plain environment of `{}`, as {names}", resource.address);
    let encrypted = resource.body.value("kms_key_arn").is_some() && &*resource.kind == "aws_lambda_function";
    let guess = persona != Persona::Regular;
    let mut draft = cx
        .draft(SecretInWorkloadEnv::INFO, resource, &first.path, first.span, message)
        .label(match &first.origin {
            Origin::Issued(id, _) if model.resource(*id).kind.starts_with("random_") => {
                "a generated secret, in plain text"
            }
            Origin::Issued(..) => "a credential, in plain text",
            Origin::Store(..) => "copied out of the secret store",
            Origin::Variable(_) => "a secret variable",
        })
        .route(&first.value)
        .identity(resource.address.clone())
        .persona(persona)
        .help(help(resource, first, cx));
    if guess {
        draft = draft.severity(Severity::Medium).confidence(Confidence::Medium);
    }
    let environment = model.workloads.iter().find(|workload| workload.resource == resource.id);
    let environment = environment.and_then(|workload| workload.environment.as_ref());
    draft = draft.environment(environment.or(model.environment.as_ref()));
    if encrypted {
        draft = draft
            .severity(if guess { Severity::Low } else { Severity::Medium })
            .note("the environment is encrypted with a key of its own (`kms_key_arn`), which lowers the severity by one step");
    }
    let mut sites: HashSet<(&str, Span)> = HashSet::from([(resource.address.as_str(), first.span)]);
    for (resource, found) in workloads {
        for one in found {
            if sites.insert((&resource.address, one.span)) {
                draft = draft.site(&resource.address, &format!("{}.{}", one.path, one.name), one.span);
            }
        }
    }
    let mut shown: Vec<Span> = Vec::new();
    for one in found {
        let (Origin::Issued(id, _) | Origin::Store(id, _)) = &one.origin else { continue };
        let source = model.resource(*id);
        if shown.len() < 4 && !shown.contains(&source.header()) {
            shown.push(source.header());
            draft = draft.related(source.header(), format!("`{}` comes from here", one.name));
        }
    }
    let mut places: Vec<Span> = workloads.iter().flat_map(|(_, found)| found).map(|one| one.span).collect();
    places.sort();
    places.dedup();
    if let Some(fix) = by_name(cx, resource, &places) {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

/// The names in the environment, a few of them.
fn names(found: &[Found]) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = Vec::new();
    for one in found {
        let name = format!("`{}`", one.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.len() {
        0..=SHOWN => names.join(", "),
        many => format!("{} and {} more", names[..SHOWN].join(", "), many - SHOWN),
    }
}

fn help(resource: &Resource, found: &Found, cx: &Context<'_>) -> String {
    let kind = &*resource.kind;
    let way = match kind {
        "aws_lambda_function" => {
            "pass the ARN of a secret in Secrets Manager and read it in the function with its role"
        }
        "aws_ecs_task_definition" | "aws_batch_job_definition" => {
            "use `secrets` with `valueFrom` and the ARN of the secret"
        }
        "aws_codebuild_project" => "set `type = \"SECRETS_MANAGER\"` and give the name of the secret",
        "aws_glue_job" => "read it in the job from Secrets Manager with the job's role",
        "aws_apprunner_service" => "use `runtime_environment_secrets` with the ARN of the secret",
        "google_cloudfunctions_function" | "google_cloudfunctions2_function" => {
            "use `secret_environment_variables`"
        }
        "google_cloud_run_service" => "use `value_from { secret_key_ref {} }`",
        "google_cloud_run_v2_service" | "google_cloud_run_v2_job" => {
            "use `value_source { secret_key_ref {} }`"
        }
        "google_cloudbuild_trigger" => "use `available_secrets` in the build",
        "azurerm_container_group" => "use `secure_environment_variables`, or mount it from Key Vault",
        "azurerm_container_app" | "azurerm_container_app_job" => {
            "use `secret_name` with a `secret` that has `key_vault_secret_id`"
        }
        _ if kind.starts_with("azurerm_") => "use a Key Vault reference: `@Microsoft.KeyVault(SecretUri=…)`",
        _ if kind.starts_with("kubernetes_") => "use `value_from { secret_key_ref {} }`",
        _ => "pass the name of the secret and read it with the workload's own identity",
    };
    let better = match &found.origin {
        Origin::Issued(id, _) => {
            facts::of(&cx.model.resource(*id).kind).and_then(|facts| facts.better.as_deref())
        }
        _ => None,
    };
    match (better, &found.origin) {
        (Some(better), _) => format!("do without the secret if you can ({better}); else {way}"),
        (None, Origin::Issued(id, _)) if &*cx.model.resource(*id).kind == "azurerm_storage_account" => {
            format!("grant the workload's managed identity a role on the storage account; else {way}")
        }
        _ => way.to_string(),
    }
}
