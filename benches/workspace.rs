//! How long a keystroke takes: from the message that somebody has typed to the message with the diagnostics of what
//! was typed, through the language server as it is, in repositories of a thousand and of four thousand files. It types
//! anywhere, in the services and in the modules that they share. `KEYWARD_EDITS` says how often, `KEYWARD_ESTATE` in
//! which directory instead; nothing is written there.

#![allow(clippy::print_stdout, reason = "it measures")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Terraform files of one service; it has a variable file as well.
const FILES: usize = 3;
/// Services that call one shared module.
const CALLERS: usize = 8;

const SHARED: &str = r#"
variable "name" {
  type = string
}
variable "actions" {
  type    = list(string)
  default = ["s3:GetObject", "s3:ListBucket"]
}
resource "aws_iam_role" "this" {
  name = "${var.name}-task"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  tags = { Owner = "platform" }
}
resource "aws_iam_role_policy" "this" {
  name = "${var.name}-access"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = var.actions, Resource = "arn:aws:s3:::${var.name}/*" }]
  })
}
output "role_arn" {
  value = aws_iam_role.this.arn
}
"#;

/// Services with a root module each, which share modules.
fn repository(files: usize) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let services = files * CALLERS / (FILES * CALLERS + 1);
    for at in 0..services.div_ceil(CALLERS) {
        write(dir.path(), &format!("modules/task-{at}/main.tf"), SHARED);
    }
    for at in 0..services {
        let root = format!("live/service-{at}");
        write(dir.path(), &format!("{root}/main.tf"), &main_of(at));
        write(dir.path(), &format!("{root}/users.tf"), &users(at));
        write(dir.path(), &format!("{root}/queues.tf"), &queues(at));
        write(dir.path(), &format!("{root}/terraform.tfvars"), &format!("service = \"service-{at}\"\n"));
    }
    dir
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("created");
    std::fs::write(path, text).expect("written");
}

fn main_of(at: usize) -> String {
    let module = at / CALLERS;
    format!(
        "variable \"service\" {{\n  type = string\n}}\nmodule \"task\" {{\n  source   = \"../../modules/task-{module}\"\n  \
         for_each = toset([\"eu-west-1\", \"eu-central-1\"])\n  name     = \"${{var.service}}-${{each.key}}\"\n}}\n"
    )
}

fn users(at: usize) -> String {
    let user = |user: usize| {
        format!(
            "resource \"aws_iam_user\" \"ci_{user}\" {{\n  name = \"ci-{at}-{user}\"\n  tags = {{ Owner = \"team-{at}\" \
             }}\n}}\nresource \"aws_iam_access_key\" \"ci_{user}\" {{\n  user = aws_iam_user.ci_{user}.name\n}}\n"
        )
    };
    (0..4).map(user).collect()
}

fn queues(at: usize) -> String {
    let queue = |queue: usize| {
        format!(
            "resource \"aws_sqs_queue\" \"queue_{queue}\" {{\n  name = \"${{var.service}}-{at}-{queue}\"\n  policy = \
             jsonencode({{\n    Statement = [{{\n      Effect = \"Allow\"\n      Action = \"sqs:SendMessage\"\n      \
             Principal = {{ AWS = module.task[\"eu-west-1\"].role_arn }}\n    }}]\n  }})\n}}\n"
        )
    };
    (0..12).map(queue).collect()
}

/// Somebody who types, and waits for what the server says of it.
struct Editor {
    to: PipeWriter,
    from: BufReader<PipeReader>,
}

impl Editor {
    fn say(&mut self, method: &str, params: Value, id: Option<u32>) {
        let mut message = json!({ "jsonrpc": "2.0", "method": method });
        message["params"] = params;
        if let Some(id) = id {
            message["id"] = id.into();
        }
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it listens");
    }

    fn hear(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.from.read_line(&mut line).expect("it talks");
            match line.trim().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().expect("a number"),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).expect("it goes on");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// Waits for an answer.
    fn answer(&mut self, id: u32) {
        while self.hear()["id"] != id {}
    }

    /// Types, and waits until the diagnostics of this version are there; then until everything is.
    fn change(&mut self, uri: &str, version: u32, text: &str) -> (Duration, Duration) {
        let begin = Instant::now();
        let document = json!({ "uri": uri, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.say("textDocument/didChange", params, None);
        loop {
            let heard = self.hear();
            if heard["params"]["uri"] == uri && heard["params"]["version"] == version {
                break;
            }
        }
        let first = begin.elapsed();
        self.say("workspace/symbol", json!({ "query": "\u{1}" }), Some(1_000_000 + version));
        self.answer(1_000_000 + version);
        (first, begin.elapsed())
    }
}

const TYPED: [&str; 4] = [
    "resource \"aws_iam_access_key\" \"typed\" {\n  user = aws_iam_user.ci_0.name\n}\n",
    "locals {\n  password = \"hunter2-Secret-9981\"\n}\n",
    "# a comment\n",
    "output \"typed\" {\n  value = \"${aws_iam_role.this.arn}\"\n}\n",
];

fn measure(root: &Path, edits: usize) {
    let root = root.canonicalize().expect("a path");
    let (from_client, to) = std::io::pipe().expect("a pipe");
    let (from_server, to_client) = std::io::pipe().expect("a pipe");
    let clock = || jiff::civil::date(2026, 11, 22);
    std::thread::spawn(move || keyward::lsp::serve(from_client, to_client, clock));
    let mut editor = Editor { to, from: BufReader::new(from_server) };
    let folders = json!([{ "uri": format!("file://{}", root.display()), "name": "root" }]);
    editor.say("initialize", json!({ "capabilities": {}, "workspaceFolders": folders }), Some(1));
    editor.answer(1);
    editor.say("initialized", json!({}), None);
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    let mut version = 1;
    let mut memory = Vec::new();
    for at in 0..edits / 10 {
        if at % (edits / 40).max(1) == 0 {
            memory.push(resident());
        }
        let path = &paths[at * 7_919 % paths.len()];
        let before = std::fs::read_to_string(path).expect("readable");
        let uri = format!("file://{}", path.display());
        let document = json!({ "uri": uri, "languageId": "terraform", "version": version, "text": before });
        editor.say("textDocument/didOpen", json!({ "textDocument": document }), None);
        editor.say("workspace/symbol", json!({ "query": "\u{1}" }), Some(2_000_000 + version));
        editor.answer(2_000_000 + version);
        let typed = TYPED[at % TYPED.len()];
        for part in 1..=10 {
            version += 1;
            let text = format!("{before}{}", &typed[..typed.len() * part / 10]);
            let (early, late) = editor.change(&uri, version, &text);
            first.push(early);
            whole.push(late);
        }
        editor.say("textDocument/didClose", json!({ "textDocument": { "uri": uri } }), None);
    }
    show(&format!("{} files, diagnostics of what is typed", paths.len()), &mut first);
    show(&format!("{} files, all diagnostics", paths.len()), &mut whole);
    memory.push(resident());
    println!("{} files, MB from the first edit to the last: {memory:?}", paths.len());
}

fn collect(dir: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("readable").flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => collect(&path, paths),
            false if path.extension().is_some_and(|kind| kind == "tf") => paths.push(path),
            false => {}
        }
    }
}

fn show(what: &str, took: &mut [Duration]) {
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("{what}: p50 {:?}, p99 {:?}, most {:?}", at(50), at(99), at(100));
}

/// Megabytes of this process.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4 / 1_024
}

fn main() {
    let wanted = std::env::var("KEYWARD_EDITS").ok().and_then(|text| text.parse().ok());
    let is_test = !std::env::args().any(|arg| arg == "--bench");
    let edits = wanted.unwrap_or(if is_test { 20 } else { 1_000 });
    if let Some(estate) = std::env::var_os("KEYWARD_ESTATE") {
        return measure(Path::new(&estate), edits);
    }
    for files in [1_000, 4_000] {
        measure(repository(files).path(), edits);
    }
}
