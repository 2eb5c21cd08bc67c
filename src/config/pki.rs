//! Certificates of a PKI mount of OpenBao or Vault.

use super::fields::FieldNames;
use super::limits::length;
use super::rotation::read_flag;
use super::table::Table;
use super::target::{IssuerSettings, ProbeSettings, SinkSettings, VaultSettings, vault};
use jiff::SignedDuration;
use toml::Spanned;

#[derive(Clone, Debug)]
pub struct PkiSettings {
    pub server: VaultSettings,
    pub mount: String,
    pub role: String,
    pub common_name: String,
    /// Other names and addresses.
    pub alt_names: Vec<String>,
    /// How long it is to last; as long as the role says, without it.
    pub ttl: Option<SignedDuration>,
    /// How long before its end it is due.
    pub renew_before: Option<SignedDuration>,
    pub accept_unseen: bool,
}

/// Source: RFC 5280, appendix A.1, `ub-common-name`.
const LONGEST_NAME: usize = 64;

pub(super) fn pki(table: &mut Table<'_>) -> Option<IssuerSettings> {
    let server = vault(table);
    let mount = table.string("mount").map_or("pki".to_owned(), Spanned::into_inner);
    let role = table.required("role", "name the role of the mount: `role = \"orders\"`");
    let common_name = table.required("common-name", "whom it is for: `common-name = \"orders.example\"`");
    if let Some(name) = common_name.as_ref().filter(|name| name.get_ref().len() > LONGEST_NAME) {
        let help = "put it into `alt-names`, and a shorter one here";
        table.sink.help(name.span(), format!("a common name has {LONGEST_NAME} characters at most"), help);
    }
    let alt_names = table.strings("alt-names").unwrap_or_default();
    let (ttl, renew_before) = (length(table, "ttl"), length(table, "renew-before"));
    if let (Some(ttl), Some(before)) = (ttl, renew_before)
        && before >= ttl
    {
        table.sink.error(table.span.clone(), "`renew-before` has to be shorter than `ttl`");
    }
    let accept_unseen = read_flag(table, "accept-unseen").unwrap_or_default();
    Some(IssuerSettings::Pki(PkiSettings {
        server: server?,
        mount,
        role: role?.into_inner(),
        common_name: common_name?.into_inner(),
        alt_names: alt_names.into_iter().map(Spanned::into_inner).collect(),
        ttl,
        renew_before,
        accept_unseen,
    }))
}

/// Only a certificate has one that is kept apart from its key.
pub(super) fn refuse_certificate_fields(table: &Table<'_>, issuer: &IssuerSettings, sinks: &[SinkSettings]) {
    let apart = |sink: &SinkSettings| sink.fields().is_some_and(|names| names.certificate.is_some());
    if !matches!(issuer, IssuerSettings::Pki(_)) && sinks.iter().any(apart) {
        let help =
            "only what is issued with `kind = \"pki\"` has a certificate; leave `certificate-field` out";
        table.sink.help(table.span.clone(), "there is no certificate for `certificate-field`", help);
    }
}

/// A server that shows its certificate: host and port.
pub(super) fn served(table: &Table<'_>, server: &Spanned<String>) -> Option<ProbeSettings> {
    let named = server.get_ref().rsplit_once(':').and_then(|(host, port)| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some((host, port.parse().ok().filter(|port| *port > 0)?))
    });
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    match named.filter(|(host, _)| !host.is_empty() && host.bytes().all(plain)) {
        Some((host, port)) => Some(ProbeSettings::Tls { host: host.to_owned(), port }),
        None => {
            let help = "host and port: `tls = \"orders.example:443\"`";
            table.sink.help(server.span(), "this is no server", help);
            None
        }
    }
}

/// Nothing else is shown by a server.
pub(super) fn refuse_served(table: &Table<'_>, issuer: &IssuerSettings, probes: &[ProbeSettings]) {
    let asked = probes.iter().any(|probe| matches!(probe, ProbeSettings::Tls { .. }));
    if asked && !matches!(issuer, IssuerSettings::Pki(_)) {
        let help = "only what is issued with `kind = \"pki\"` is a certificate; ask with `http` or `command`";
        table.sink.help(table.span.clone(), "there is no certificate for `tls` to look for", help);
    }
}

/// Where the certificate and its chain are kept, if apart from the private key.
pub(super) fn certificate_fields(table: &mut Table<'_>, halves: FieldNames) -> Option<FieldNames> {
    let [certificate, chain] = ["certificate-field", "chain-field"].map(|key| table.string(key));
    if let (None, Some(chain)) = (&certificate, &chain) {
        let help = "name the field of the certificate as well: `certificate-field = \"certificate\"`";
        table.sink.help(chain.span(), "`chain-field` is there without `certificate-field`", help);
        return None;
    }
    let mut known = vec![halves.id.clone(), halves.secret.clone()];
    for name in certificate.iter().chain(&chain) {
        if known.contains(name.get_ref()) {
            table.sink.error(name.span(), format!("`{}` is two fields at once", name.get_ref()));
            return None;
        }
        known.push(name.get_ref().clone());
    }
    let [certificate, chain] = [certificate, chain].map(|name| name.map(Spanned::into_inner));
    Some(FieldNames { certificate, chain, ..halves })
}

#[cfg(test)]
mod tests {
    use crate::config::{IssuerSettings, RotationKind, SinkSettings, parse, testing};
    use crate::dates::seconds;

    const WHOLE: &str = r#"
[[rotation.target]]
credential = "orders certificate"

[rotation.target.issuer]
kind = "pki"
address = "https://vault.example"
role = "orders"
common-name = "orders.example"
alt-names = ["10.0.0.7"]
ttl = "90d"
renew-before = "30d"
accept-unseen = true

[[rotation.target.sink]]
kind = "vault-kv"
address = "https://vault.example"
path = "apps/orders"
id-field = "serial"
secret-field = "key"
certificate-field = "certificate"
chain-field = "chain"
"#;

    #[test]
    fn everything_is_read() {
        let config = parse(WHOLE, &[]).unwrap();
        let target = &config.rotation.targets[0];
        let IssuerSettings::Pki(pki) = &target.issuer else { panic!("{target:?}") };
        assert_eq!((pki.mount.as_str(), pki.role.as_str()), ("pki", "orders"));
        assert_eq!((pki.common_name.as_str(), pki.alt_names.len()), ("orders.example", 1));
        assert_eq!((pki.ttl, pki.renew_before), (Some(seconds(90 * 86_400)), Some(seconds(30 * 86_400))));
        assert!(target.issuer.accepts_unseen() && target.kind() == RotationKind::Certificate);
        let [SinkSettings::VaultKv { fields, .. }] = &target.sinks[..] else { panic!("{target:?}") };
        assert_eq!(fields.certificate.as_deref(), Some("certificate"));
        assert_eq!(fields.chain.as_deref(), Some("chain"));
    }

    #[test]
    fn mistakes_are_told() {
        let long = "a".repeat(65);
        let changes = [
            ("renew-before = \"30d\"", "renew-before = \"90d\""),
            ("certificate-field = \"certificate\"\n", ""),
            ("chain-field = \"chain\"", "chain-field = \"key\""),
            ("common-name = \"orders.example\"", &format!("common-name = \"{long}\"")),
            ("kind = \"pki\"\n", "kind = \"approle\"\n"),
            (
                "certificate-field = \"certificate\"\n",
                "[[rotation.target.probe]]\ntls = \"orders.example\"\n",
            ),
        ];
        let shown = changes.map(|(from, to)| {
            assert!(WHOLE.contains(from), "{from}");
            let text = WHOLE.replace(from, to);
            testing::render(&text, &parse(&text, &[]).unwrap_err())
        });
        insta::assert_snapshot!(shown.join("\n---\n"));
    }
}
