use crate::diagnostic::Fix;
use crate::identity::facts;
use crate::identity::literals::{SecretLiteral, Sink};
use crate::rules::secret_variable::{as_variable, managed};
use crate::rules::secrets::{self, article};
use crate::rules::{Context, Rule, RuleInfo};
use std::collections::HashMap;

declare_rule! {
    /// A password, token or private key is written in the code: in a resource, a variable's default, a
    /// variable file, a local value, a boot script, or a file that an expression reads.
    ///
    /// Everyone who can read the repository can use it, and so can everyone who ever could: taking it out
    /// of the code does not take it out of the history. It has no owner, is the same on every laptop, and
    /// nobody notices when it is used from elsewhere.
    ///
    /// Taken into account: the shape of the text (146 published token formats, checked against their
    /// checksum where there is one), the attribute that the value arrives at, through locals, variables,
    /// variable files, modules, `merge`, `format`, `base64encode`, `templatefile` and heredocs. Placeholders,
    /// references, paths and names are not secrets. A value known by its name alone is shown to the
    /// `strict` persona; in directories of examples and tests only real tokens are shown by default.
    /// Credentials of provider and backend blocks are the business of `provider-static-credentials`.
    ///
    /// To fix it, rotate the secret first. Then let the cloud manage it, read it from a secret store, or
    /// take it as a variable that is neither stored nor shown. The fix does the first where the service can,
    /// and the last in root modules: a variable with `sensitive = true` and without a default.
    ///
    /// ```hcl,bad
    /// locals {
    ///   database_password = "Tr0ub4dor&3-horse"
    /// }
    ///
    /// resource "aws_db_instance" "main" {
    ///   username = "app"
    ///   password = local.database_password
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_db_instance" "main" {
    ///   username                    = "app"
    ///   manage_master_user_password = true
    /// }
    ///
    /// variable "api_token" {
    ///   type      = string
    ///   sensitive = true
    ///   ephemeral = true
    /// }
    /// ```
    ///
    /// Source: Terraform documentation, "Manage sensitive data"; AWS documentation, "Password management
    /// with Amazon RDS and AWS Secrets Manager".
    HardcodedSecret {
        code: "KW101",
        name: "hardcoded-secret",
        summary: "Secret written in the code",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "secret",
        nhi: ["NHI2"],
        csf: ["PR.AA-01", "PR.DS-01", "PR.PS-06"],
        cis: ["AWS5:1.13", "GCP5:1.18"],
    }
}

impl Rule for HardcodedSecret {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn estate(&self, cx: &mut Context<'_>) {
        let shared = cx.shared;
        let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
        for literal in &shared.estate.literals {
            if literal.identifier_only || secrets::is_provider(literal) {
                continue;
            }
            let nth = seen.entry((&literal.address, &literal.attribute)).or_insert(0);
            *nth += 1;
            report(literal, *nth, cx);
        }
    }
}

fn report(literal: &SecretLiteral, nth: usize, cx: &mut Context<'_>) {
    let shared = cx.shared;
    let path = shared.sources.get(literal.span.file).path.as_str();
    let grade = secrets::grade(literal, path);
    let what = secrets::describe(literal);
    let sink = literal.uses.iter().find(|used| used.sink.is_some());
    let place = secrets::written_in(literal);
    let message = match sink {
        Some(used) if used.address == literal.address => {
            format!("the {what} of `{}` is written in the code", used.address)
        }
        Some(used) => format!("the {what} of `{}` is written in the code, in {place}", used.address),
        None => format!("{} {what} is written in the code, in {place}", article(&what)),
    };
    // Several secrets in one text are told apart by their number.
    let attribute = match nth {
        1 => literal.attribute.clone(),
        nth => format!("{}#{nth}", literal.attribute),
    };
    let environment = sink
        .and_then(|used| shared.estate.models.get(used.model)?.environment.clone())
        .or_else(|| shared.config.environments.classify(path));
    let mut draft =
        crate::rules::Draft::new(HardcodedSecret::INFO, &literal.address, &attribute, literal.span, message)
            .label(secrets::shown(literal, &what))
            .severity(grade.severity)
            .confidence(grade.confidence)
            .persona(grade.persona)
            .redact(literal.span)
            .environment(environment.as_ref())
            .help(help(literal));
    if let Some(used) = literal.uses.iter().find(|used| !used.value.meta.hops().is_empty()) {
        draft = secrets::route(draft, literal, used);
    }
    draft = secrets::relate(draft, literal, cx);
    if let Some(used) = sink {
        draft = draft.identity(used.address.clone());
    }
    if let Some(key) = key_id(literal, cx) {
        draft = draft.related(key.span, "the key id that it belongs to");
    }
    if literal.verified {
        draft = draft.note("its checksum is right, so it was issued by the service and is no sample");
    }
    if let Some(note) = &literal.note
        && !literal.verified
    {
        draft = draft.note(note.clone());
    }
    if secrets::is_sample(path) {
        draft = draft.note("it is in a directory of examples or tests");
    }
    if let Some(fix) = managed(cx, literal).or_else(|| as_variable(cx, literal)) {
        draft = draft.fix(fix);
    }
    cx.emit(draft.fix(Fix::manual(plan(literal))));
}

/// An AWS secret key stands next to the id of its key.
fn key_id<'a>(literal: &SecretLiteral, cx: &Context<'a>) -> Option<&'a SecretLiteral> {
    if literal.format != "aws-secret-access-key" {
        return None;
    }
    let all = &cx.shared.estate.literals;
    let from = all.partition_point(|known| known.span.file < literal.span.file);
    let in_file = all[from..].iter().take_while(|known| known.span.file == literal.span.file);
    in_file
        .filter(|known| known.identifier_only && known.address == literal.address)
        .min_by_key(|known| known.span.start.abs_diff(literal.span.start))
}

fn help(literal: &SecretLiteral) -> String {
    for used in literal.uses.iter().filter(|used| used.sink.is_some()) {
        let Some(facts) = facts::of(&used.kind) else { continue };
        if let Some(managed) = &facts.managed {
            return format!(
                "let the cloud make, keep and rotate it: `{managed} = true` instead of `{}`",
                used.attribute
            );
        }
        if let Some(better) = &facts.better {
            return format!("do without it: {better}");
        }
    }
    for used in literal.uses.iter().filter(|used| used.sink.is_some()) {
        if used.sink == Some(Sink::Store) {
            return "put the new value into the store from outside of the code, or let the store make it"
                .to_string();
        }
        if let Some((twin, _)) = facts::write_only(&used.kind, &used.attribute) {
            return format!(
                "pass it through `{twin}` from an ephemeral resource or variable, which keeps it out of state, too"
            );
        }
    }
    match &*literal.block {
        "file" => "fetch it at run time from a secret store with the workload's own identity".to_string(),
        _ => "read it from a secret store, or take it as a variable with `sensitive = true` and `ephemeral = true`".to_string(),
    }
}

fn plan(literal: &SecretLiteral) -> String {
    let source = match &*literal.block {
        "variable" => "remove the default and add `sensitive = true` and `ephemeral = true`",
        "" => "remove the line and give the value as `TF_VAR_…` from the pipeline's secrets",
        "file" => "replace the text by a lookup in a secret store",
        _ => "replace the text by a reference to a variable or to a secret store",
    };
    format!(
        "issue a new secret; {source}; apply; then revoke the old one, which stays in the git history, and check the audit log for its use"
    )
}
