//! Encrypted connections to a real PostgreSQL, whose certificate is made for the test: who is not who they say they
//! are gets no password.

#[path = "rotation/database.rs"]
mod database;
#[path = "rotation/servers.rs"]
mod servers;

use database::block_on;
use keyward::rotation::postgres::{Database, LoginCheck};
use keyward::rotation::{Check, Failure, Http, Key, KeyId};
use secrecy::SecretString;
use servers::{ADMIN_PASSWORD, Server};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn openssl(dir: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().expect("there is openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Somebody who signs certificates.
fn authority(dir: &Path, name: &str) -> PathBuf {
    let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
    let subject = format!("/CN={name}");
    openssl(
        dir,
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            &key,
            "-out",
            &certificate,
            "-subj",
            &subject,
        ],
    );
    dir.join(certificate)
}

/// A certificate for some names, and its key.
fn signed(dir: &Path, by: &str, name: &str, alternatives: &str) -> (PathBuf, PathBuf) {
    let of = |kind: &str| format!("{name}.{kind}");
    openssl(
        dir,
        &[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            &of("key"),
            "-out",
            &of("csr"),
            "-subj",
            "/CN=database",
        ],
    );
    std::fs::write(dir.join(of("ext")), format!("subjectAltName={alternatives}\n")).expect("writable");
    openssl(
        dir,
        &[
            "x509",
            "-req",
            "-in",
            &of("csr"),
            "-CA",
            &format!("{by}.pem"),
            "-CAkey",
            &format!("{by}.key"),
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            &of("ext"),
            "-out",
            &of("crt"),
        ],
    );
    (dir.join(of("crt")), dir.join(of("key")))
}

fn admin(password: &str) -> Key {
    Key { id: KeyId("admin".to_owned()), secret: SecretString::from(password.to_owned()) }
}

/// Logs in, by a name of the host, and trusting whoever is in a file.
fn login(server: &Server, host: &str, trusted: Option<&Path>, password: &str) -> Result<bool, Failure> {
    let port = server.address.trim_start_matches("http://127.0.0.1:");
    let address = format!("postgres://{host}:{port}/postgres");
    let database = Database::new(&address, Duration::from_secs(10)).expect("an address");
    let database = match trusted {
        Some(path) => database.trusting(&std::fs::read(path).expect("there")).expect("a certificate"),
        None => database,
    };
    let check = LoginCheck::new(database);
    // It may be starting still.
    for _ in 0..100 {
        match block_on(check.accepted(&admin(password))) {
            Err(failure) if failure.message.contains("starting up") => {
                std::thread::sleep(Duration::from_millis(100));
            }
            done => return done,
        }
    }
    panic!("it does not start")
}

#[track_caller]
fn assert_refused(done: Result<bool, Failure>, says: &str) {
    let failure = done.expect_err("nobody logs in there");
    assert!(failure.message.contains(says), "{failure:?}");
}

#[test]
fn only_a_server_with_the_right_certificate_and_name_gets_a_password() {
    if servers::is_off() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let ours = authority(dir.path(), "ours");
    let others = authority(dir.path(), "others");
    // As with `sslmode=verify-full`: localhost, and not the address of it.
    let (certificate, key) = signed(dir.path(), "ours", "server", "DNS:localhost");
    let server = servers::postgres_with_tls(&certificate, &key);
    assert_eq!(login(&server, "localhost", Some(&ours), ADMIN_PASSWORD), Ok(true));
    assert_eq!(login(&server, "localhost", Some(&ours), "wrong"), Ok(false));
    assert_refused(login(&server, "localhost", Some(&others), ADMIN_PASSWORD), "UnknownIssuer");
    assert_refused(login(&server, "127.0.0.1", Some(&ours), ADMIN_PASSWORD), "not valid for name");
    // It is encrypted: without that this server lets nobody in.
    assert_refused(login(&server, "localhost", None, ADMIN_PASSWORD), "no encryption");
    assert!(
        Database::new("postgres://a/b", Duration::from_secs(1)).is_ok_and(|it| it.trusting(b"").is_err())
    );
}

#[test]
fn a_server_that_does_not_encrypt_gets_no_password() {
    if servers::is_off() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let ours = authority(dir.path(), "ours");
    let server = servers::postgres();
    assert_refused(login(&server, "localhost", Some(&ours), ADMIN_PASSWORD), "does not support TLS");
}

const CONFIG: &str = r#"
[rotation.journal]
address = "postgres://localhost:PORT/postgres"
user = "admin"
password-env = "DATABASE_PASSWORD"
root-certificate = "trusted.pem"

[[rotation.target]]
credential = "orders database"
quiet = "1s"
keep-disabled = "1s"
settle = "1s"
patience = "2s"

[rotation.target.issuer]
kind = "postgres"
address = "postgres://localhost:PORT/postgres"
user = "admin"
password-env = "DATABASE_PASSWORD"
root-certificate = "trusted.pem"
group = "orders"

[[rotation.target.sink]]
kind = "vault-kv"
address = "BAO"
path = "db/orders"
id-field = "username"
secret-field = "password"
"#;

const SET_UP: &str =
    "CREATE ROLE orders NOLOGIN; CREATE ROLE orders_first LOGIN IN ROLE orders PASSWORD 'first'";

/// The program, its journal and what it exchanges, all of it encrypted.
#[test]
fn a_role_is_exchanged_over_encrypted_connections() {
    if servers::is_off() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let ours = authority(dir.path(), "ours");
    let others = authority(dir.path(), "others");
    let (certificate, key) = signed(dir.path(), "ours", "server", "DNS:localhost");
    let database = servers::postgres_with_tls(&certificate, &key);
    assert_eq!(login(&database, "localhost", Some(&ours), ADMIN_PASSWORD), Ok(true));
    let bao = servers::openbao();
    let port = database.address.trim_start_matches("http://127.0.0.1:");
    let place = dir.path().join("place");
    std::fs::create_dir(&place).expect("writable");
    let config = CONFIG.replace("PORT", port).replace("BAO", &bao.address);
    std::fs::write(place.join("keyward.toml"), config).expect("writable");
    // With the client of PostgreSQL itself, whose `verify-full` has to be of the same opinion.
    servers::psql(&database, &ours, SET_UP);
    fill(&bao);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(&place).env_clear().env("NO_COLOR", "1");
        command.env("DATABASE_PASSWORD", ADMIN_PASSWORD).env("VAULT_TOKEN", "root");
        let output = command.output().expect("the program starts");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    std::fs::copy(&others, place.join("trusted.pem")).expect("writable");
    let refused = run(&["work"]);
    assert!(refused.contains("cannot use the journal") && refused.contains("UnknownIssuer"), "{refused}");
    std::fs::write(place.join("trusted.pem"), "nothing").expect("writable");
    let refused = run(&["work"]);
    assert!(refused.contains("there is no certificate in it"), "{refused}");
    std::fs::copy(&ours, place.join("trusted.pem")).expect("writable");
    let done = run(&["work", "--wait", "1m"]);
    assert!(done.contains("orders database: rotated, orders_"), "{done}");
    let verified = run(&["verify"]);
    assert!(verified.contains("none changed"), "{verified}");
}

fn fill(bao: &Server) {
    use keyward::rotation::vault::{KvSecret, Vault};
    use keyward::rotation::{Fields, Http, Sink};
    let fields = Fields::new("username", "password");
    let http = Http::new(Duration::from_secs(20)).expect("certificates");
    let token = SecretString::from("root".to_owned());
    let vault = Vault::new(http, &bao.address, token).expect("an address");
    let entry = KvSecret::new(vault, "secret", "db/orders", fields);
    let first = Key { id: KeyId("orders_first".to_owned()), secret: SecretString::from("first".to_owned()) };
    block_on(entry.promote("", &first.id, Some(&first))).expect("written");
}

/// A cluster of Kubernetes has an authority of its own, which nobody else trusts.
#[test]
fn an_api_is_trusted_by_the_certificate_of_a_file_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let [ours, theirs] = ["ours", "theirs"].map(|name| authority(dir.path(), name));
    let (certificate, key) = signed(dir.path(), "ours", "api", "IP:127.0.0.1");
    let server = servers::encrypted(&certificate, &key);
    let port = server.address.trim_start_matches("http://127.0.0.1:");
    let asked = |http: Http, host: &str| {
        let request = http::Request::get(format!("https://{host}:{port}/")).body(String::new());
        block_on(http.send(request.expect("a request"))).map(|answer| answer.status)
    };
    let trusting = |path: &Path| {
        let pem = std::fs::read(path).expect("there");
        Http::trusting(&pem, Duration::from_secs(10)).expect("a certificate")
    };
    assert_eq!(asked(trusting(&ours), "127.0.0.1"), Ok(200));
    for (http, host) in [
        (trusting(&theirs), "127.0.0.1"),
        (Http::new(Duration::from_secs(10)).expect("certificates"), "127.0.0.1"),
        (trusting(&ours), "localhost"),
    ] {
        let failure = asked(http, host).expect_err("whoever that is gets nothing");
        assert!(failure.message.contains("certificate"), "{failure}");
    }
}
