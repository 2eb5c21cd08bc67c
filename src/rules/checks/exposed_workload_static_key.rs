use crate::diagnostic::{Fix, Persona, Scaffold};
use crate::eval::value::ResourceId;
use crate::identity::exposure::{Exposure, Held, exposures, held_keys, worst};
use crate::identity::literals::SecretLiteral;
use crate::identity::{Model, PlaceKind};
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Draft, Rule, RuleInfo, exposed, keyless, secrets};

declare_rule! {
    /// A workload that the internet gets to holds a key that works until somebody ends it: in its environment,
    /// in its boot script, or in an entry of a secret store that it is given the name of. Whoever breaks in
    /// takes the key away and uses it from anywhere, long after the hole is closed. This is what attackers
    /// look for first, and what to mend first.
    ///
    /// Reachability is computed as for `exposed-workload-privileged-identity`. Keys are those declared in the
    /// code, such as `aws_iam_access_key`, `google_service_account_key` and `azuread_application_password`,
    /// followed through locals, modules, templates and stores, and literals in a format that an issuer gave
    /// them. Generated passwords are not keys. What depends on values that the code does not tell is shown to
    /// a strict reader only.
    ///
    /// Rotate the key first, since it may have been read already. Then let the workload use its own identity,
    /// and delete the key.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_access_key" "uploads" {
    ///   user = "uploads"
    /// }
    ///
    /// resource "aws_lambda_function" "upload" {
    ///   function_name = "upload"
    ///   role          = "arn:aws:iam::123456789012:role/upload"
    ///   environment {
    ///     variables = { UPLOAD_SECRET = aws_iam_access_key.uploads.secret }
    ///   }
    /// }
    ///
    /// resource "aws_lambda_function_url" "upload" {
    ///   function_name      = aws_lambda_function.upload.function_name
    ///   authorization_type = "NONE"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_lambda_function" "upload" {
    ///   function_name = "upload"
    ///   role          = "arn:aws:iam::123456789012:role/upload"
    ///   environment {
    ///     variables = { BUCKET = "uploads" }
    ///   }
    /// }
    ///
    /// resource "aws_lambda_function_url" "upload" {
    ///   function_name      = aws_lambda_function.upload.function_name
    ///   authorization_type = "NONE"
    /// }
    /// ```
    ///
    /// Source: OWASP NHI7:2025 "Long-Lived Secrets", NHI2:2025 "Secret Leakage"; AWS IAM User Guide, "Secure
    /// access keys"; Google Cloud, "Best practices for managing service account keys".
    ExposedWorkloadStaticKey {
        code: "KW422",
        name: "exposed-workload-static-key",
        summary: "Workload on the internet with a standing key",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "exposure",
        nhi: ["NHI7", "NHI2", "NHI6"],
        csf: ["PR.AA-01", "PR.IR-01"],
        cis: [],
    }
}

impl Rule for ExposedWorkloadStaticKey {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        for (workload, held) in held_keys(model) {
            let Some(way) = way_into(model, workload) else { continue };
            for key in &held {
                declared(cx, way, key);
            }
        }
    }

    fn estate(&self, cx: &mut Context<'_>) {
        let shared = cx.shared;
        let keys = shared.estate.literals.iter().filter(|one| secrets::is_issued(one) && !one.identifier_only);
        for literal in keys {
            let held = |place| matches!(place, PlaceKind::WorkloadEnv | PlaceKind::BootScript);
            let mut ways = literal.uses.iter().filter(|used| held(used.place)).filter_map(|used| {
                let model = shared.estate.models.get(used.model)?;
                Some((model, way_into(model, used.resource?)?))
            });
            if let Some((model, way)) = ways.next() {
                written(cx, model, way, literal);
            }
        }
    }
}

/// The worst way into a workload; one that is not certain, where there is no other.
fn way_into(model: &Model, workload: ResourceId) -> Option<&Exposure> {
    let known = exposures(model);
    worst(known.of_workload(workload)).or_else(|| known.of_workload(workload).find(|way| way.reach.is_internet()))
}

fn declared(cx: &mut Context<'_>, way: &Exposure, key: &Held) {
    let model = cx.model;
    let workload = model.resource(way.workload);
    let credential = model.credential(key.credential);
    if keyless::is_shared_key(&credential.kind) {
        return;
    }
    let persona = keyless::instead_of(&credential.kind).map_or(Persona::Strict, |(_, persona)| persona);
    let whose = keyless::whose(&credential.subject, model);
    let through = match key.store {
        Some(store) => format!(", through `{}`", model.resource(store).address),
        None => String::new(),
    };
    let message = format!(
        "`{}` {} and holds `{}`, a standing credential{whose}{through}",
        workload.address,
        exposed::reached(way),
        credential.address,
    );
    let mut draft = cx
        .draft(ExposedWorkloadStaticKey::INFO, workload, &key.attribute, key.span, message)
        .label(match key.kind {
            PlaceKind::SecretStore => "reads a standing key from here",
            _ => "a standing key",
        })
        .persona(persona)
        .related(model.resource(credential.resource).header(), "the key is declared here")
        .identity(model.describe(&credential.subject))
        .owner(credential.owner.name());
    if key.store.is_none() {
        draft = draft.absorbs("secret-in-workload-env", key.span).absorbs("secret-in-user-data", key.span);
    }
    finish(cx, model, draft, way);
}

fn written(cx: &mut Context<'_>, model: &Model, way: &Exposure, literal: &SecretLiteral) {
    let workload = model.resource(way.workload);
    let what = secrets::describe(literal);
    let article = secrets::article(&what);
    let reached = exposed::reached(way);
    let message = format!("`{}` {reached} and holds {article} {what} that is written in the code", workload.address);
    let draft = Draft::new(ExposedWorkloadStaticKey::INFO, &literal.address, &literal.attribute, literal.span, message)
        .label(secrets::shown(literal, &what))
        .redact(literal.span)
        .identity(workload.address.clone())
        .absorbs("hardcoded-secret", literal.span)
        .absorbs("secret-in-user-data", literal.span);
    finish(cx, model, draft, way);
}

fn finish(cx: &mut Context<'_>, model: &Model, draft: Draft, way: &Exposure) {
    let workload = model.resource(way.workload);
    let mut draft = exposed::relate(draft, way, 3)
        .environment(exposed::environment(model, way.workload))
        .help("rotate the key first, since it may have been read; then use the workload's own identity instead")
        .fix(Fix::manual(format!(
            "Rotate the key, let `{}` use an identity of its own, see that the key is no longer used, and delete it",
            workload.address
        ))
        .with(Some(Scaffold { snippet: String::new(), steps: steps(&workload.address) })));
    if !way.certain || is_sample(cx, model, workload.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}

/// It may have been read already, so that the key comes before everything else.
fn steps(workload: &str) -> Vec<String> {
    vec![
        format!("Make a new key, give it to `{workload}`, and disable the old one at once"),
        "Look through the log since the workload was reachable for uses of the old key that are not yours".to_string(),
        format!("Let `{workload}` run as an identity of its own that may do the same, and take the key out of it"),
        "Delete both keys".to_string(),
    ]
}
