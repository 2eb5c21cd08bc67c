use crate::diagnostic::Persona;
use crate::eval::Resource;
use crate::identity::{Credential, Model, State, Subject, facts};
use crate::rules::{Context, Rule, RuleInfo, keyless, state};

declare_rule! {
    /// The provider hands out the secret once and Terraform keeps it: the state, every copy and every saved plan
    /// of it hold the key in clear, and nothing in this resource can prevent that. Whoever can read the state
    /// is the identity.
    ///
    /// Reported is every credential whose type always stores its secret: AWS access keys and login profiles without
    /// `pgp_key`, keys of Google service accounts, passwords of Entra applications, private keys, tokens of GitLab,
    /// Cloudflare, Databricks and others, Vault secret ids without `wrapping_ttl`. Public keys are no secrets, so SSH
    /// keys and uploaded certificates are not reported, nor are keys that are disabled. Shared keys of services and keys that
    /// only route or meter calls are shown to the strict persona. A private key that goes to a write-only argument
    /// is left to `secret-persisted-in-state`.
    ///
    /// Use an identity that needs no key where there is one. Otherwise encrypt it (`pgp_key`), wrap it
    /// (`wrapping_ttl`), make it with an ephemeral resource, or issue it outside of Terraform; and hold the readers of
    /// the state to those who may have the key.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_access_key" "deploy" {
    ///   user = "deploy"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_access_key" "deploy" {
    ///   user    = "deploy"
    ///   pgp_key = "keybase:acme-platform"
    /// }
    /// ```
    ///
    /// Source: HashiCorp, "Manage sensitive data in your configuration"; the Terraform Registry page of each type.
    SecretOnlyInState {
        code: "KW105",
        name: "secret-only-in-state",
        summary: "Credential whose secret Terraform always keeps in its state",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "state",
        nhi: ["NHI2", "NHI7"],
        csf: ["PR.DS-01", "PR.AA-01"],
        cis: [],
    }
}

impl Rule for SecretOnlyInState {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let is_candidate = |one: &&Credential| one.is_static && one.state != State::Disabled;
        let candidates: Vec<&Credential> = model.credentials.iter().filter(is_candidate).collect();
        if candidates.is_empty() {
            return;
        }
        let elsewhere = state::generated_into_sinks(model);
        for credential in candidates.into_iter().filter(|one| !elsewhere.contains(&one.resource)) {
            judge(credential, model, cx);
        }
    }
}

fn judge(credential: &Credential, model: &Model, cx: &mut Context<'_>) {
    let Some(facts) = facts::of(&credential.kind) else { return };
    let resource = model.resource(credential.resource);
    let Some(secret) = facts.gives.first() else { return };
    // What encrypts or wraps it; of an unknown one nothing is said.
    if facts.protect.as_deref().is_some_and(|name| resource.body.value(name).is_some()) {
        return;
    }
    if made_elsewhere(resource) {
        return;
    }
    let whose = keyless::whose(&credential.subject, model);
    let message = format!("`{}` keeps the {}{whose} in state, in clear", credential.address, noun(&credential.kind));
    let persona = if keyless::is_shared_key(&credential.kind) { Persona::Strict } else { Persona::Regular };
    let mut draft = cx
        .draft(SecretOnlyInState::INFO, resource, secret, resource.header(), message)
        .label(format!("`{secret}` ends in state"))
        .persona(persona)
        .identity(credential.address.clone())
        .owner(credential.owner.name())
        .environment(credential.environment.as_ref())
        .help(help(credential, facts));
    if let Subject::Identity(id) = &credential.subject {
        let holder = model.identity(*id);
        draft = draft.related(model.resource(holder.resource).header(), "whose credential it is");
    }
    cx.emit(draft);
}

/// Only the public half is uploaded: the private key never was in Terraform's hands.
fn made_elsewhere(resource: &Resource) -> bool {
    ["csr", "public_key", "public_key_data", "pgp_key"].iter().any(|name| resource.body.value(name).is_some())
}

fn noun(kind: &str) -> &'static str {
    match kind {
        "aws_iam_user_login_profile" => "console password",
        "tls_private_key" => "private key",
        _ if kind.ends_with("password") => "password",
        _ if kind.ends_with("secret_id") => "secret id",
        _ if kind.ends_with("certificate") => "private key",
        _ if kind.ends_with("token") => "token",
        _ if kind.ends_with("key") => "secret key",
        _ => "secret",
    }
}

fn help(credential: &Credential, facts: &facts::TypeFacts) -> String {
    let kind = &*credential.kind;
    if credential.human {
        return "let people sign in through IAM Identity Center; until then set `pgp_key`, so that only the person can read the password".to_string();
    }
    if kind == "tls_private_key" {
        return "make it with `ephemeral \"tls_private_key\"` where the consumers take write-only values, or outside of Terraform".to_string();
    }
    let keep = "until then, let only those read the state who may have the key";
    match (keyless::instead_of(kind), &facts.protect) {
        (Some((instead, _)), Some(protect)) => format!("use {instead}; until then set `{protect}`, which keeps it out of the state in clear"),
        (None, Some(protect)) => format!("set `{protect}`, which keeps it out of the state in clear"),
        (Some((instead, _)), None) => format!("use {instead}; {keep}"),
        (None, None) => "issue it outside of Terraform and put it straight into a secret store, or let only those read the state who may have it".to_string(),
    }
}
