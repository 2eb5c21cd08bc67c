//! `[[rotation.target]]`: how one credential is exchanged. Secrets are never in the file: it names the variables and
//! files that hold them.

use super::azure::{EntraPasswordSettings, KeptIn, KeyVaultSettings, key_vault, password};
use super::cluster::{ClusterSettings, ReloadSettings, cluster_secret};
use super::deploy_key::{DeployKeySettings, deploy_key};
use super::fields::{FieldNames, Kept, fields};
use super::gcp::{GcpKeySettings, GcpSecretSettings, managed_secret, service_account_key};
use super::github::{GitHubSettings, github_secret, refuse_silence};
use super::limits::length;
use super::pki::{PkiSettings, pki, refuse_certificate_fields, refuse_served, served};
use super::rotation::{Privileged, read_flag, read_production, read_windows};
use super::secret_source::{SecretSource, is_variable, secret};
use super::table::Table;
use super::{AwsSettings, PostgresAccess, RotationKind, Window};
use crate::dates::seconds;
use jiff::SignedDuration;
use toml::Spanned;

#[derive(Clone, Debug)]
pub struct RotationTarget {
    /// The address of the credential, or any name that no other target has.
    pub credential: Spanned<String>,
    pub issuer: IssuerSettings,
    pub sinks: Vec<SinkSettings>,
    /// What has to be well after the switch.
    pub probes: Vec<ProbeSettings>,
    /// What makes consumers look again after the switch.
    pub reloads: Vec<ReloadSettings>,
    /// What rules of `[rotation]` ask for and no code tells here; what is not said meets no condition.
    pub production: Option<bool>,
    pub privilege: Option<Privileged>,
    pub exposed: Option<bool>,
    /// No resource of the code is meant, whatever name it may have.
    pub outside_terraform: bool,
    pub max_age: Option<SignedDuration>,
    pub quiet: Option<SignedDuration>,
    pub keep_disabled: Option<SignedDuration>,
    /// How long it may take until the issuer lists what it made, or until a switch takes place that was asked for.
    pub settle: SignedDuration,
    /// How long something that fails is tried again.
    pub patience: SignedDuration,
    pub windows: Vec<Window>,
}

/// Who makes the credential and ends it.
#[derive(Clone, Debug)]
pub enum IssuerSettings {
    /// Access keys of an IAM user.
    AwsIam { user: String, aws: AwsSettings },
    /// Roles of PostgreSQL that log in for a group.
    Postgres { access: PostgresAccess, group: String },
    /// Secret ids of an AppRole of OpenBao or Vault.
    AppRole { server: VaultSettings, mount: String, role: String, count_uses: bool, accept_unseen: bool },
    /// Certificates of a PKI mount of OpenBao or Vault.
    Pki(PkiSettings),
    /// Keys of a Google service account.
    GcpKey(GcpKeySettings),
    /// Passwords of an Entra application or its service principal.
    EntraPassword(EntraPasswordSettings),
    /// Deploy keys of a repository on GitHub.
    DeployKey(Box<DeployKeySettings>),
}

/// A place that consumers take it from.
#[derive(Clone, Debug)]
pub enum SinkSettings {
    /// An entry of a KV store, version 2, of OpenBao or Vault.
    VaultKv { server: VaultSettings, mount: String, path: String, fields: FieldNames },
    /// A secret of AWS Secrets Manager.
    AwsSecret { secret: String, aws: AwsSettings, fields: FieldNames },
    /// An encrypted parameter of AWS Systems Manager.
    AwsParameter { parameter: String, aws: AwsSettings, fields: FieldNames },
    /// A Secret of Kubernetes.
    ClusterSecret { cluster: ClusterSettings, namespace: String, secret: String, fields: FieldNames },
    /// A secret of Google Secret Manager.
    GcpSecret(GcpSecretSettings),
    /// A secret of Azure Key Vault.
    KeyVault(KeyVaultSettings),
    /// Secrets of GitHub, for workflows.
    GitHubSecret(GitHubSettings),
    /// A program that knows the place.
    Command { command: Vec<String>, env: Vec<String>, name: String },
}

/// A server of OpenBao or Vault, and the token to ask it with.
#[derive(Clone, Debug)]
pub struct VaultSettings {
    pub address: String,
    pub token: SecretSource,
}

/// A question to a consumer.
#[derive(Clone, Debug)]
pub enum ProbeSettings {
    Http {
        url: String,
    },
    /// A server that shows its certificate.
    Tls {
        host: String,
        port: u16,
    },
    /// A program and its arguments.
    Command {
        command: Vec<String>,
    },
}

/// The kinds of issuers and sinks, as they are written.
const ISSUERS: [&str; 7] = [
    "aws-iam",
    "postgres",
    "approle",
    "pki",
    "gcp-service-account-key",
    "entra-password",
    "github-deploy-key",
];
const SINKS: [&str; 8] = [
    "vault-kv",
    "aws-secrets-manager",
    "aws-ssm",
    "gcp-secret-manager",
    "azure-key-vault",
    "kubernetes-secret",
    "github-secret",
    "command",
];

impl RotationTarget {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let credential =
            table.required("credential", "name it: `credential = \"aws_iam_access_key.exporter\"`");
        let issuer = match table.table("issuer") {
            Some(issuer) => IssuerSettings::read(issuer),
            None => {
                table.missing(
                    "issuer",
                    "say who issues it: `[rotation.target.issuer]` with `kind = \"aws-iam\"`",
                );
                None
            }
        };
        let sinks = table.tables("sink");
        if sinks.is_empty() {
            table.missing(
                "sink",
                "say where consumers get it: `[[rotation.target.sink]]` with `kind = \"vault-kv\"`",
            );
        }
        let whole = sinks.len();
        let kept = match &issuer {
            // Where nobody knows what is kept, nothing is missing.
            Some(IssuerSettings::GcpKey(_)) | None => Kept::File,
            Some(IssuerSettings::DeployKey(_)) => Kept::PrivateKey,
            Some(_) => Kept::Halves,
        };
        let sinks: Vec<_> = sinks.into_iter().filter_map(|sink| SinkSettings::read(sink, kept)).collect();
        let complete = sinks.len() == whole && whole > 0;
        let probes = table.tables("probe");
        let asked = probes.len();
        let probes: Vec<_> = probes.into_iter().filter_map(ProbeSettings::read).collect();
        let complete = complete && probes.len() == asked;
        let reloads = table.tables("reload").into_iter().filter_map(ReloadSettings::read).collect();
        let production = read_production(&mut table);
        let privilege = table.choice("privilege", &Privileged::ALL, Privileged::name);
        let exposed = read_flag(&mut table, "exposed");
        let outside_terraform = read_flag(&mut table, "outside-terraform").unwrap_or_default();
        let max_age = length(&mut table, "max-age");
        let (quiet, keep_disabled) = (length(&mut table, "quiet"), length(&mut table, "keep-disabled"));
        let settle = length(&mut table, "settle").unwrap_or(seconds(60));
        let patience = length(&mut table, "patience").unwrap_or(seconds(900));
        let windows = read_windows(&mut table);
        if let Some(issuer) = &issuer {
            refuse_certificate_fields(&table, issuer, &sinks);
            refuse_served(&table, issuer, &probes);
        }
        if complete {
            refuse_silence(&table, &sinks);
        }
        table.finish();
        let target = RotationTarget {
            credential: credential?,
            issuer: issuer?,
            sinks,
            probes,
            reloads,
            production,
            privilege,
            exposed,
            outside_terraform,
            max_age,
            quiet,
            keep_disabled,
            settle,
            patience,
            windows,
        };
        complete.then_some(target)
    }

    /// Which limit of `[rotation]` holds for it.
    pub fn kind(&self) -> RotationKind {
        match &self.issuer {
            IssuerSettings::AwsIam { .. } | IssuerSettings::GcpKey(_) => RotationKind::AccessKey,
            IssuerSettings::Postgres { .. }
            | IssuerSettings::AppRole { .. }
            | IssuerSettings::EntraPassword(_) => RotationKind::Password,
            IssuerSettings::Pki(_) | IssuerSettings::DeployKey(_) => RotationKind::Certificate,
        }
    }
}

impl IssuerSettings {
    /// Whether one of which no use shows may be ended after the quiet period.
    pub fn accepts_unseen(&self) -> bool {
        match self {
            IssuerSettings::AppRole { accept_unseen, .. } => *accept_unseen,
            IssuerSettings::Pki(settings) => settings.accept_unseen,
            IssuerSettings::GcpKey(settings) => settings.accept_unseen,
            IssuerSettings::EntraPassword(settings) => settings.accept_unseen,
            IssuerSettings::DeployKey(settings) => settings.accept_unseen,
            IssuerSettings::AwsIam { .. } | IssuerSettings::Postgres { .. } => false,
        }
    }

    /// How long before its end one is due, where that is said.
    pub fn renew_before(&self) -> Option<SignedDuration> {
        match self {
            IssuerSettings::Pki(settings) => settings.renew_before,
            IssuerSettings::EntraPassword(settings) => settings.renew_before,
            _ => None,
        }
    }

    fn read(mut table: Table<'_>) -> Option<Self> {
        let help = format!("{}: `kind = \"aws-iam\"`", ISSUERS.map(|name| format!("`{name}`")).join(", "));
        let issuer = match kind(&mut table, &ISSUERS, &help)? {
            "aws-iam" => {
                let user = table.required("user", "name the IAM user: `user = \"exporter\"`");
                // IAM is the same in all regions; the region is that in which the key is tried.
                let aws = AwsSettings::read(&mut table, Some("us-east-1"));
                aws.zip(user).map(|(aws, user)| IssuerSettings::AwsIam { user: user.into_inner(), aws })
            }
            "postgres" => postgres(&mut table),
            "approle" => approle(&mut table),
            "pki" => pki(&mut table),
            "entra-password" => password(&mut table),
            "gcp-service-account-key" => service_account_key(&mut table),
            _ => deploy_key(&mut table),
        };
        table.finish();
        issuer
    }
}

impl SinkSettings {
    /// Which fields of the place are meant, where it has any.
    pub(super) fn fields(&self) -> Option<&FieldNames> {
        match self {
            SinkSettings::VaultKv { fields, .. }
            | SinkSettings::AwsSecret { fields, .. }
            | SinkSettings::AwsParameter { fields, .. }
            | SinkSettings::ClusterSecret { fields, .. } => Some(fields),
            SinkSettings::GcpSecret(settings) => Some(&settings.fields),
            SinkSettings::GitHubSecret(settings) => Some(&settings.fields),
            SinkSettings::KeyVault(settings) => match &settings.kept {
                KeptIn::Fields(fields) => Some(fields),
                KeptIn::Tag(_) => None,
            },
            SinkSettings::Command { .. } => None,
        }
    }

    fn read(mut table: Table<'_>, kept: Kept) -> Option<Self> {
        let help = format!("{}: `kind = \"vault-kv\"`", SINKS.map(|name| format!("`{name}`")).join(", "));
        let sink = match kind(&mut table, &SINKS, &help)? {
            "vault-kv" => vault_kv(&mut table, kept),
            "aws-secrets-manager" => aws_secret(&mut table, kept),
            "aws-ssm" => aws_parameter(&mut table, kept),
            "gcp-secret-manager" => {
                let fields = fields(&mut table, kept);
                managed_secret(&mut table, fields)
            }
            "kubernetes-secret" => {
                let fields = fields(&mut table, kept.beside_others());
                cluster_secret(&mut table, fields)
            }
            "azure-key-vault" => key_vault(&mut table, kept),
            "github-secret" => github_secret(&mut table),
            _ => program(&mut table),
        };
        table.finish();
        sink
    }
}

impl ProbeSettings {
    fn read(mut table: Table<'_>) -> Option<Self> {
        let url = table.string("http").map(Spanned::into_inner);
        let command = table.strings("command");
        let probe = match (url, table.string("tls"), command) {
            (Some(url), None, None) => Some(ProbeSettings::Http { url }),
            (None, Some(server), None) => served(&table, &server),
            (None, None, Some(words)) if !words.is_empty() => {
                let command = words.into_iter().map(Spanned::into_inner).collect();
                Some(ProbeSettings::Command { command })
            }
            _ => {
                table.missing(
                    "http",
                    "`http = \"https://orders.example/health\"`, `tls = \"orders.example:443\"` or `command = [\"./healthy\"]`",
                );
                None
            }
        };
        table.finish();
        probe
    }
}

fn postgres(table: &mut Table<'_>) -> Option<IssuerSettings> {
    let who = "name the role that makes and drops the others: `user = \"rotator\"`";
    let access = PostgresAccess::read(table, who);
    let group = table.required("group", "name the role that they act as: `group = \"orders\"`");
    Some(IssuerSettings::Postgres { access: access?, group: group?.into_inner() })
}

fn approle(table: &mut Table<'_>) -> Option<IssuerSettings> {
    let server = vault(table);
    let mount = table.string("mount").map_or("approle".to_owned(), Spanned::into_inner);
    let role = table.required("role", "name the AppRole: `role = \"exporter\"`");
    let [count_uses, accept_unseen] =
        ["count-uses", "accept-unseen"].map(|name| read_flag(table, name).unwrap_or_default());
    let (server, role) = (server?, role?.into_inner());
    Some(IssuerSettings::AppRole { server, mount, role, count_uses, accept_unseen })
}

pub(super) fn vault(table: &mut Table<'_>) -> Option<VaultSettings> {
    let address = table.required("address", "`address = \"https://vault.example\"`");
    let token = secret(table, ["token-env", "token-file"], "token", Some("VAULT_TOKEN"));
    Some(VaultSettings { address: address?.into_inner(), token: token? })
}

fn vault_kv(table: &mut Table<'_>, kept: Kept) -> Option<SinkSettings> {
    let server = vault(table);
    let mount = table.string("mount").map_or("secret".to_owned(), Spanned::into_inner);
    let path = table.required("path", "name the entry, without `data/`: `path = \"apps/exporter\"`");
    let fields = fields(table, kept);
    let path = path?.into_inner();
    Some(SinkSettings::VaultKv { server: server?, mount, path, fields: fields? })
}

fn aws_secret(table: &mut Table<'_>, kept: Kept) -> Option<SinkSettings> {
    let secret = table.required("secret", "its name or ARN: `secret = \"exporter\"`");
    let aws = AwsSettings::read(table, None);
    let fields = fields(table, kept);
    Some(SinkSettings::AwsSecret { secret: secret?.into_inner(), aws: aws?, fields: fields? })
}

fn aws_parameter(table: &mut Table<'_>, kept: Kept) -> Option<SinkSettings> {
    let parameter = table.required("parameter", "its name: `parameter = \"/apps/exporter\"`");
    let aws = AwsSettings::read(table, None);
    let fields = fields(table, kept);
    Some(SinkSettings::AwsParameter { parameter: parameter?.into_inner(), aws: aws?, fields: fields? })
}

fn program(table: &mut Table<'_>) -> Option<SinkSettings> {
    let words = table.required_list("command", "the program and its arguments: `command = [\"./store\"]`");
    let command: Vec<_> = words.into_iter().map(Spanned::into_inner).collect();
    let env: Vec<_> = table.strings("env").unwrap_or_default().into_iter().map(Spanned::into_inner).collect();
    if !env.iter().all(|name| is_variable(name)) {
        table.sink.whole(
            "`env` has something in it that is not the name of a variable".to_owned(),
            "name the variables that the program gets; their values do not belong here",
        );
        return None;
    }
    let name = table.string("name").map(Spanned::into_inner).or_else(|| command.first().cloned());
    Some(SinkSettings::Command { command, env, name: name? })
}

fn kind(table: &mut Table<'_>, all: &[&'static str], help: &str) -> Option<&'static str> {
    if !table.has("kind") {
        table.missing("kind", help);
        return None;
    }
    table.choice("kind", all, |name| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AwsAccess, parse, testing};

    const WHOLE: &str = r#"
[[rotation.target]]
credential = "aws_iam_access_key.exporter"
quiet = "2h"

[rotation.target.issuer]
kind = "aws-iam"
user = "exporter"

[[rotation.target.sink]]
kind = "vault-kv"
address = "https://vault.example"
path = "apps/exporter"
id-field = "id"
secret-field = "secret"

[[rotation.target.sink]]
kind = "aws-secrets-manager"
secret = "exporter"
region = "eu-central-1"
credentials-file = "rotator.json"
id-field = "id"
secret-field = "secret"
"#;

    #[test]
    fn everything_is_read() {
        let config = parse(WHOLE, &[]).unwrap();
        let target = &config.rotation.targets[0];
        assert_eq!(target.credential.get_ref(), "aws_iam_access_key.exporter");
        assert_eq!((target.quiet, target.settle), (Some(seconds(7_200)), seconds(60)));
        let IssuerSettings::AwsIam { user, aws } = &target.issuer else { panic!("{target:?}") };
        assert_eq!((user.as_str(), aws.region.as_str()), ("exporter", "us-east-1"));
        let [SinkSettings::VaultKv { server, mount, .. }, SinkSettings::AwsSecret { aws, .. }] =
            &target.sinks[..]
        else {
            panic!("{:?}", target.sinks)
        };
        assert_eq!(server.token, SecretSource::Variable("VAULT_TOKEN".to_owned()));
        assert_eq!(mount, "secret");
        assert_eq!(aws.access, AwsAccess::File("rotator.json".to_owned()));
    }

    #[test]
    fn other_kinds_are_read() {
        let text = r#"
[rotation]
webhook-env = "ROTATION_WEBHOOK"

[[rotation.target]]
credential = "orders approle"

[rotation.target.issuer]
kind = "approle"
address = "https://vault.example"
token-file = "token"
role = "orders"
accept-unseen = true

[[rotation.target.sink]]
kind = "aws-ssm"
parameter = "/apps/orders"
region = "eu-central-1"
id-field = "id"
secret-field = "secret"

[[rotation.target.sink]]
kind = "command"
command = ["./store", "orders"]
env = ["KUBECONFIG"]

[[rotation.target.reload]]
command = ["systemctl", "reload", "orders"]
"#;
        let policy = parse(text, &[]).unwrap().rotation;
        assert_eq!(policy.webhook, Some(SecretSource::Variable("ROTATION_WEBHOOK".to_owned())));
        let target = &policy.targets[0];
        assert!(target.issuer.accepts_unseen() && target.kind() == RotationKind::Password);
        let IssuerSettings::AppRole { server, mount, role, .. } = &target.issuer else {
            panic!("{target:?}")
        };
        assert_eq!((mount.as_str(), role.as_str()), ("approle", "orders"));
        assert_eq!(server.token, SecretSource::File("token".to_owned()));
        let [SinkSettings::AwsParameter { parameter, .. }, SinkSettings::Command { command, env, name }] =
            &target.sinks[..]
        else {
            panic!("{:?}", target.sinks)
        };
        assert_eq!((parameter.as_str(), name.as_str()), ("/apps/orders", "./store"));
        assert_eq!((command.len(), env.as_slice()), (2, &["KUBECONFIG".to_owned()][..]));
        let words = ["systemctl", "reload", "orders"].map(str::to_owned).to_vec();
        assert_eq!(target.reloads, [ReloadSettings::Command(words)]);
    }

    #[test]
    fn addresses_and_values_that_are_secret_are_not_repeated() {
        let text = r#"
[rotation]
webhook = "https://hooks.example/services/first-secret"

[[rotation.target]]
credential = "a"

[rotation.target.issuer]
kind = "approle"
address = "https://vault.example"
role = "a"

[[rotation.target.sink]]
kind = "command"
command = ["./store"]
env = ["TOKEN=second-secret"]
"#;
        let errors = parse(text, &[]).unwrap_err();
        let shown = testing::render(text, &errors);
        assert!(!shown.contains("first-secret") && !shown.contains("second-secret"), "{shown}");
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn mistakes_are_told_and_secrets_are_not() {
        let text = r#"
[[rotation.target]]
credential = "a"

[rotation.target.issuer]
kind = "aws-sam"
user = "exporter"

[[rotation.target.sink]]
kind = "vault-kv"
address = "https://vault.example"
token = "hvs.first-secret"
id-field = "id"
secret-field = "id"

[[rotation.target.sink]]
kind = "vault-kv"
address = "https://vault.example"
token-env = "hvs.second-secret"
path = "a"
id-field = "id"
secret-field = "secret"

[[rotation.target]]
credential = "a"
"#;
        let errors = parse(text, &[]).unwrap_err();
        let shown = testing::render(text, &errors);
        assert!(!shown.contains("first-secret") && !shown.contains("second-secret"), "{shown}");
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn one_credential_has_one_target() {
        let twice = format!("{WHOLE}\n{WHOLE}");
        let errors = parse(&twice, &[]).unwrap_err();
        assert!(errors[0].message.contains("twice"), "{errors:?}");
    }
}
