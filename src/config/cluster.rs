//! Which cluster of Kubernetes, and what of it.

use super::fields::FieldNames;
use super::secret_source::{SecretSource, secret};
use super::table::Table;
use super::target::SinkSettings;
use toml::Spanned;

/// An API server, and the token to ask it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    pub address: String,
    pub token: SecretSource,
    /// The file with the certificates that its own is signed by, relative to the configuration, instead of those of
    /// the system.
    pub root_certificate: Option<String>,
}

/// What has its pods replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet,
}

/// Makes consumers look again after the switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReloadSettings {
    /// A program and its arguments.
    Command(Vec<String>),
    Restart {
        cluster: ClusterSettings,
        namespace: String,
        kind: WorkloadKind,
        name: String,
    },
}

/// What a pod finds, unless its service account is kept from it.
/// Source: Kubernetes documentation, "Accessing the Kubernetes API from a Pod".
const INSIDE: &str = "https://kubernetes.default.svc";
const TOKEN_INSIDE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const ROOT_INSIDE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

const TOKEN: [&str; 2] = ["token-env", "token-file"];

impl ClusterSettings {
    /// Without an address it is the cluster that this runs in.
    fn read(table: &mut Table<'_>) -> Option<Self> {
        let inside = !table.has("address");
        let address = table.string("address").map(Spanned::into_inner);
        let root_certificate = table.string("root-certificate").map(Spanned::into_inner);
        let named = TOKEN.iter().any(|key| table.has(key)) || table.has("token");
        let token = match inside && !named {
            true => Some(SecretSource::File(TOKEN_INSIDE.to_owned())),
            false => secret(table, TOKEN, "token", None),
        };
        let (address, root_certificate) = match inside {
            true => (Some(INSIDE.to_owned()), root_certificate.or_else(|| Some(ROOT_INSIDE.to_owned()))),
            false => (address, root_certificate),
        };
        Some(ClusterSettings { address: address?, token: token?, root_certificate })
    }
}

fn namespace(table: &mut Table<'_>) -> Option<String> {
    table.required("namespace", "`namespace = \"orders\"`").map(Spanned::into_inner)
}

pub(super) fn cluster_secret(table: &mut Table<'_>, fields: Option<FieldNames>) -> Option<SinkSettings> {
    let cluster = ClusterSettings::read(table);
    let namespace = namespace(table);
    let secret = table.required("secret", "name the Secret: `secret = \"exporter\"`");
    let secret = secret?.into_inner();
    Some(SinkSettings::ClusterSecret { cluster: cluster?, namespace: namespace?, secret, fields: fields? })
}

impl ReloadSettings {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let reload = match table.has("restart") {
            true => restart(&mut table),
            false => {
                let help = "`command = [\"systemctl\", \"reload\", \"orders\"]`, or `restart = \"deployment/orders\"`";
                let words = table.required_list("command", help);
                Some(ReloadSettings::Command(words.into_iter().map(Spanned::into_inner).collect()))
            }
        };
        table.finish();
        reload
    }
}

fn restart(table: &mut Table<'_>) -> Option<ReloadSettings> {
    let what = table.string("restart");
    let cluster = ClusterSettings::read(table);
    let namespace = namespace(table);
    let what = what?;
    let Some((kind, name)) = workload(what.get_ref()) else {
        let help = "`deployment/…`, `statefulset/…` or `daemonset/…`";
        table.sink.help(what.span(), format!("`{}` cannot be restarted", what.get_ref()), help);
        return None;
    };
    Some(ReloadSettings::Restart { cluster: cluster?, namespace: namespace?, kind, name })
}

fn workload(text: &str) -> Option<(WorkloadKind, String)> {
    let (kind, name) = text.split_once('/')?;
    let kind = match kind {
        "deployment" => WorkloadKind::Deployment,
        "statefulset" => WorkloadKind::StatefulSet,
        "daemonset" => WorkloadKind::DaemonSet,
        _ => return None,
    };
    (!name.is_empty() && !name.contains('/')).then(|| (kind, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{parse, testing};

    const HEAD: &str = r#"
[[rotation.target]]
credential = "exporter key"

[rotation.target.issuer]
kind = "aws-iam"
user = "exporter"
"#;

    const INSIDE_OF_IT: &str = r#"
[[rotation.target.sink]]
kind = "kubernetes-secret"
namespace = "orders"
secret = "exporter"
id-field = "id"
secret-field = "secret"
"#;

    #[test]
    fn a_cluster_is_the_one_around_us_or_has_an_address() {
        let outside = r#"
[[rotation.target.reload]]
restart = "statefulset/orders"
namespace = "orders"
address = "https://cluster.example:6443"
token-env = "CLUSTER_TOKEN"
"#;
        let config = parse(&format!("{HEAD}{INSIDE_OF_IT}{outside}"), &[]).unwrap();
        let target = &config.rotation.targets[0];
        let SinkSettings::ClusterSecret { cluster, secret, .. } = &target.sinks[0] else {
            panic!("{target:?}")
        };
        assert_eq!((cluster.address.as_str(), secret.as_str()), (INSIDE, "exporter"));
        assert_eq!(cluster.token, SecretSource::File(TOKEN_INSIDE.to_owned()));
        assert_eq!(cluster.root_certificate.as_deref(), Some(ROOT_INSIDE));
        let ReloadSettings::Restart { cluster, kind, name, .. } = &target.reloads[0] else {
            panic!("{target:?}")
        };
        assert_eq!((*kind, name.as_str()), (WorkloadKind::StatefulSet, "orders"));
        assert_eq!(cluster.token, SecretSource::Variable("CLUSTER_TOKEN".to_owned()));
        assert_eq!(cluster.root_certificate, None);
    }

    #[test]
    fn mistakes_are_told() {
        let wrong = r#"
[[rotation.target.sink]]
kind = "kubernetes-secret"
address = "https://cluster.example:6443"
token = "a-secret"
namespace = "orders"
id-field = "id"
secret-field = "secret"

[[rotation.target.reload]]
restart = "cronjob/orders"
"#;
        let text = format!("{HEAD}{wrong}");
        let errors = parse(&text, &[]).unwrap_err();
        let shown = testing::render(&text, &errors);
        assert!(!shown.contains("a-secret"), "{shown}");
        insta::assert_snapshot!(shown);
    }
}
