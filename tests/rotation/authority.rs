//! A root and an intermediate authority on the real server, and those who serve and connect with what it signs.

use crate::servers::{self, Server};
use keyward::rotation::vault::{KvSecret, Vault};
use keyward::rotation::{Fields, Http, Key, KeyId, Sink};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::future::Future;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// The parts of a PEM text.
pub fn blocks(pem: &str) -> Vec<String> {
    let parts = pem.split_inclusive("-----\n").collect::<Vec<_>>();
    parts.chunks(2).map(|part| part.concat()).filter(|part| part.contains("-----END")).collect()
}

pub struct Authority {
    bao: Server,
    root: String,
}

impl Authority {
    /// It may sign for 30 days at most.
    pub fn new() -> Self {
        let mut authority = Authority { bao: servers::openbao(), root: String::new() };
        authority.root = block_on(async {
            for (mount, most) in [("root", "87600h"), ("pki", "720h")] {
                let config = json!({ "type": "pki", "config": { "max_lease_ttl": most } });
                authority.post(&format!("sys/mounts/{mount}"), config).await;
            }
            let body = json!({ "common_name": "Test Root", "ttl": "87600h", "key_type": "ec" });
            let root = authority.post("root/root/generate/internal", body).await;
            let body = json!({ "common_name": "Test Intermediate", "key_type": "ec" });
            let asked = authority.post("pki/intermediate/generate/internal", body).await;
            let body =
                json!({ "csr": asked["data"]["csr"], "common_name": "Test Intermediate", "ttl": "80000h" });
            let signed = authority.post("root/root/sign-intermediate", body).await;
            let chain = format!(
                "{}\n{}\n",
                signed["data"]["certificate"].as_str().expect("signed"),
                root["data"]["certificate"].as_str().expect("made")
            );
            authority.post("pki/intermediate/set-signed", json!({ "certificate": chain })).await;
            root["data"]["certificate"].as_str().expect("made").to_owned()
        });
        authority
    }

    pub fn address(&self) -> String {
        self.bao.address.clone()
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Vec<u8> {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}/v1/{path}", self.bao.address))
            .header("x-vault-token", "root")
            .header("content-type", kind)
            .body(body.map(|body| body.to_string()).unwrap_or_default())
            .expect("a request");
        let answer = http.send(request).await.expect("the server answers");
        assert!((200..300).contains(&answer.status), "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.body.to_vec()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        serde_json::from_slice(&self.send("POST", path, Some(body)).await).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.send("GET", path, None).await).expect("JSON")
    }

    pub async fn patch_role(&self, role: &str, changes: Value) {
        self.send("PATCH", &format!("pki/roles/{role}"), Some(changes)).await;
    }

    /// Changes what the place holds, as somebody by hand.
    pub async fn write(&self, role: &str, changes: Value) {
        self.send("PATCH", &format!("secret/data/apps/{role}"), Some(json!({ "data": changes }))).await;
    }

    fn entry(&self, role: &str) -> KvSecret {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let token = SecretString::from("root");
        let vault = Vault::new(http, &self.bao.address, token).expect("an address");
        let fields = Fields::new("serial", "key").with_certificate(Some("certificate"), Some("chain"));
        KvSecret::new(vault, "secret", &format!("apps/{role}"), fields)
    }

    /// One as operators make them, with a key of the server.
    pub async fn make(&self, role: &str) -> Key {
        let body = json!({
            "common_name": format!("{role}.example.test"),
            "alt_names": "localhost",
            "ip_sans": "127.0.0.1",
            "ttl": "6h",
        });
        let made = self.post(&format!("pki/issue/{role}"), body).await;
        let of = |name: &str| made["data"][name].as_str().expect("made").to_owned();
        let chain = made["data"]["ca_chain"].as_array().expect("a chain");
        let chain: String = chain.iter().map(|one| format!("{}\n", one.as_str().expect("text"))).collect();
        let whole = format!("{}\n{}\n{chain}", of("private_key"), of("certificate"));
        Key { id: KeyId(of("serial_number")), secret: SecretString::from(whole) }
    }

    /// A role with a certificate, which an entry of the store holds.
    pub fn set_up(&self, role: &str) -> Key {
        block_on(async {
            let settings = json!({
                "allow_any_name": true,
                "enforce_hostnames": false,
                "key_type": "ec",
                "key_bits": 256,
            });
            self.post(&format!("pki/roles/{role}"), settings).await;
            let first = self.make(role).await;
            self.entry(role).promote("", &first.id, Some(&first)).await.expect("the store is filled");
            first
        })
    }

    pub async fn current(&self, role: &str) -> Key {
        let entry = self.entry(role);
        let held = entry.look().await.expect("the store answers").current.expect("there is one");
        entry.read(&held).await.expect("the store answers").expect("with its value")
    }

    /// All that were signed for the name and not revoked.
    pub async fn valid(&self, role: &str) -> Vec<KeyId> {
        let all = self.get("pki/certs/detailed?list=true").await;
        let mut found = Vec::new();
        for (serial, facts) in all["data"]["key_info"].as_object().expect("certificates") {
            if facts["common_name"] == format!("{role}.example.test").as_str() {
                let one = self.get(&format!("pki/cert/{serial}")).await;
                if one["data"]["revocation_time"] == 0 {
                    found.push(KeyId(serial.clone()));
                }
            }
        }
        found
    }

    /// A token that may do what the documentation says is needed, and write the entry.
    pub fn token(&self, role: &str) -> String {
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rotation.md");
        let docs = std::fs::read_to_string(docs).expect("there");
        let fence = docs.split("```hcl\n").find(|text| text.starts_with("path \"pki/")).expect("there");
        let policy = fence.split("```").next().expect("closed").replace("orders", role);
        let entry = format!("path \"secret/data/apps/{role}\" {{ capabilities = [\"read\", \"update\"] }}");
        block_on(async {
            self.post(&format!("sys/policies/acl/{role}"), json!({ "policy": policy + &entry })).await;
            let body = json!({ "policies": [role], "no_default_policy": true });
            let made = self.post("auth/token/create", body).await;
            made["auth"]["client_token"].as_str().expect("a token").to_owned()
        })
    }

    /// Somebody serves with it, and a client that trusts the root and knows what is revoked connects. Why it does not.
    pub async fn connect(&self, role: &str, key: &Key) -> Result<(), String> {
        let revoked = self.send("GET", "pki/issuer/default/crl/der", None).await;
        let (provider, server) = (Arc::new(ring::default_provider()), serving(key)?);
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.root.as_bytes()).expect("PEM")).expect("a root");
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
            .with_crls([revoked.into()])
            .only_check_end_entity_revocation()
            .build()
            .map_err(|error| error.to_string())?;
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_webpki_verifier(verifier)
            .with_no_client_auth();
        let name = format!("{role}.example.test").try_into().expect("a name");
        let mut client = ClientConnection::new(Arc::new(client), name).expect("a client");
        let mut server = ServerConnection::new(Arc::new(server)).expect("a server");
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).expect("memory");
            }
            take(&wire, |bytes| server.read_tls(bytes));
            server.process_new_packets().map_err(|error| format!("{error:?}"))?;
            let mut wire = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut wire).expect("memory");
            }
            take(&wire, |bytes| client.read_tls(bytes));
            client.process_new_packets().map_err(|error| format!("{error:?}"))?;
        }
        Ok(())
    }

    /// Loads the entry again every second, and is connected to more often, until it is over.
    pub fn serve(&self, role: &str, over: &AtomicBool) -> (usize, Vec<String>) {
        block_on(async {
            let (mut served, mut wrong) = (0, Vec::new());
            while !over.load(Ordering::SeqCst) {
                let key = self.current(role).await;
                let loaded = Instant::now();
                while loaded.elapsed() < Duration::from_millis(900) {
                    match self.connect(role, &key).await {
                        Ok(()) => served += 1,
                        Err(why) => wrong.push(format!("{}: {why}", key.id.0)),
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
            (served, wrong)
        })
    }

    /// A server that has loaded the entry when it began, and does so again when it is told to by a file, until it is
    /// over.
    pub fn listen(&self, role: &str, listener: &TcpListener, told: &Path, over: &AtomicBool) {
        listener.set_nonblocking(true).expect("sockets can wait");
        let mut loaded = block_on(self.current(role));
        while !over.load(Ordering::SeqCst) {
            let Ok((mut client, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(10));
                continue;
            };
            if told.exists() {
                loaded = block_on(self.current(role));
            }
            client.set_nonblocking(false).expect("sockets can block");
            let config = Arc::new(serving(&loaded).expect("it can serve"));
            let mut server = ServerConnection::new(config).expect("a server");
            // Nothing is sent but the certificate.
            while server.is_handshaking() && server.complete_io(&mut client).is_ok() {}
        }
    }

    /// What the command line of OpenSSL says of it.
    pub fn openssl(&self, key: &Key) -> String {
        let dir = tempfile::tempdir().expect("a directory");
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).expect("writable");
            path
        };
        let parts = blocks(key.secret.expose_secret());
        let (leaf, chain) = (file("leaf", &parts[1]), file("chain", &parts[2..].concat()));
        let list = String::from_utf8(block_on(self.send("GET", "pki/issuer/default/crl/pem", None)));
        let (root, list) = (file("root", &self.root), file("list", &list.expect("text")));
        let mut verify = Command::new("openssl");
        verify.args(["verify", "-crl_check", "-purpose", "sslserver"]).arg("-CAfile").arg(root);
        verify.arg("-untrusted").arg(chain).arg("-CRLfile").arg(list).arg(&leaf);
        let mut show = Command::new("openssl");
        show.args(["x509", "-noout", "-text", "-in"]).arg(&leaf);
        let said = [verify, show].map(|mut command| {
            let output = command.output().expect("OpenSSL starts");
            let of = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("leaf: OK", "leaf is OK");
            of(&output.stdout) + &of(&output.stderr)
        });
        said.concat()
    }
}

fn serving(key: &Key) -> Result<ServerConfig, String> {
    let pem = key.secret.expose_secret().as_bytes();
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().expect("PEM");
    let private = PrivateKeyDer::from_pem_slice(pem).expect("a private key");
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(certificates, private)
        .map_err(|error| error.to_string())
}

fn take(wire: &[u8], mut read: impl FnMut(&mut &[u8]) -> std::io::Result<usize>) {
    let mut rest = wire;
    while !rest.is_empty() {
        read(&mut rest).expect("memory");
    }
}
