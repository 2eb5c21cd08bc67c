//! The files with which other systems run keyward: their scripts run here as they would there.

use serde_norway::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join(name)).expect("there");
    serde_norway::from_str(&text).expect("YAML")
}

fn steps(action: &Value) -> &[Value] {
    action["runs"]["steps"].as_sequence().expect("steps")
}

fn script(name: &str) -> String {
    let action = yaml("action.yml");
    let step = steps(&action).iter().find(|step| step["name"] == name).expect("the step");
    step["run"].as_str().expect("a script").to_owned()
}

struct Runner {
    dir: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        Runner { dir: tempfile::tempdir().expect("a directory") }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap_or_default()
    }

    /// Runs a script as a composite action does: `bash` stops at the first error.
    fn run(&self, script: &str, env: &[(&str, &str)]) -> Output {
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
        command.current_dir(root()).env("KEYWARD", env!("CARGO_BIN_EXE_keyward"));
        command.env("OUT", self.dir.path()).envs(env.iter().copied());
        command.env("GITHUB_OUTPUT", self.at("output")).env("GITHUB_STEP_SUMMARY", self.at("summary"));
        command.output().expect("bash starts")
    }
}

#[test]
fn the_action_scans_and_keeps_the_result_for_later_steps() {
    let runner = Runner::new();
    let env = [("SCANNED", "testdata/demo"), ("FAIL_ON", ""), ("PERSONA", "")];
    let output = runner.run(&script("Scan"), &env);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("::error "), "annotations");
    assert!(runner.read("summary").contains("| "), "a table in the summary");
    assert!(runner.read("keyward.sarif").contains("\"version\""));
    let told = runner.read("output");
    assert!(told.contains("exit-code=1\n") && told.contains("keyward.sarif\n"), "{told}");

    let never =
        runner.run(&script("Scan"), &[("SCANNED", "testdata/demo"), ("FAIL_ON", "never"), ("PERSONA", "")]);
    assert!(never.status.success() && runner.read("output").ends_with("keyward.sarif\n"));
    assert!(runner.read("output").contains("exit-code=0\n"));

    let missing = Runner::new();
    let output = missing.run(&script("Scan"), &[("SCANNED", "not there"), ("FAIL_ON", ""), ("PERSONA", "")]);
    assert!(
        output.status.success() && missing.read("output") == "exit-code=2\n",
        "{}",
        missing.read("output")
    );
    for code in ["0", "1", "2"] {
        let result = runner.run(&script("Result"), &[("CODE", code)]);
        assert_eq!(result.status.code().map(|code| code.to_string()).as_deref(), Some(code));
    }
}

/// The repository has no such revision and nobody answers: the step tells, and the job goes on.
#[test]
fn a_change_that_cannot_be_reviewed_is_a_warning() {
    let runner = Runner::new();
    let env = [("SCANNED", "testdata/demo"), ("BASE", "no-such-revision"), ("NUMBER", "7")];
    let output = runner.run(&script("Review the change"), &env);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("::warning title=keyward::"));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("unexpected argument") && !told.contains("Usage:"), "{told}");
}

#[test]
fn the_action_takes_an_installed_binary_or_builds_one() {
    let runner = Runner::new();
    let build = script("Build keyward");
    let output = runner.run(&build, &[("BINARY", "/usr/bin/keyward"), ("ROOT", "/nowhere")]);
    assert!(output.status.success());
    assert_eq!(runner.read("output"), "binary=/usr/bin/keyward\n");
    assert!(build.contains("cargo install --locked"));
}

#[test]
fn the_action_puts_no_expression_into_a_script_and_pins_what_it_uses() {
    let action = yaml("action.yml");
    for step in steps(&action) {
        let name = step["name"].as_str().expect("a name");
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "{name}: what users give goes through `env`");
        if let Some(used) = step["uses"].as_str() {
            let (_, revision) = used.split_once('@').expect("a revision");
            let is_commit = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit, "{name}: {used} is not pinned to a commit");
        }
    }
    let docs = std::fs::read_to_string(root().join("docs/ci.md")).expect("there");
    for (name, input) in action["inputs"].as_mapping().expect("inputs") {
        let name = name.as_str().expect("a name");
        assert!(docs.contains(&format!("| `{name}` |")), "docs/ci.md says nothing of the input {name}");
        assert!(input["description"].is_string(), "{name}");
    }
}

#[test]
fn the_hooks_run_and_see_the_files_that_matter() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in hooks.as_sequence().expect("hooks") {
        let files = regex::Regex::new(hook["files"].as_str().expect("a pattern")).expect("a pattern");
        for name in ["main.tf", "a/b.tofu", "x.tf.json", "prod.tfvars", "a.auto.tfvars.json", "keyward.toml"]
        {
            assert!(files.is_match(name), "{name}");
        }
        assert!(!files.is_match("README.md") && !files.is_match("package.json"));
        let entry = hook["entry"].as_str().expect("an entry").strip_prefix("keyward ").expect("keyward");
        let args = hook["args"].as_sequence().expect("arguments").iter().filter_map(Value::as_str);
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("main.tf"), "locals {\n  a = 1\n}\n").expect("writable");
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        let output =
            command.args(entry.split(' ')).args(args).current_dir(dir.path()).output().expect("starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
