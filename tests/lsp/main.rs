//! The language server as editors see it.

#![allow(clippy::needless_pass_by_value, reason = "a message is written where it is sent")]

mod answers;
mod clients;
mod editor;
mod estate;

use editor::{Editor, capabilities, project, scan, uri, write};
use serde_json::{Value, json};
use std::path::Path;

const USER: &str = r#"resource "aws_iam_user" "ci" {
  name = "ci"
}

resource "aws_iam_access_key" "ci" {
  user = aws_iam_user.ci.name
}

resource "aws_iam_user_policy" "ci" {
  user   = aws_iam_user.ci.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}
"#;

const ROLE_MODULE: &str = r#"variable "actions" {
  type = list(string)
}

resource "aws_iam_role" "this" {
  name               = "worker"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

data "aws_iam_policy_document" "this" {
  statement {
    actions   = var.actions
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "this" {
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

output "arn" {
  value = aws_iam_role.this.arn
}
"#;

const CALLER: &str = r#"module "worker" {
  source  = "./modules/worker"
  actions = ["iam:*"]
}

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  role          = module.worker.arn
}
"#;

fn two_modules() -> (tempfile::TempDir, std::path::PathBuf) {
    project(&[("main.tf", CALLER), ("modules/worker/main.tf", ROLE_MODULE), ("ci.tf", USER)])
}

fn same_as_scan(editor: &Editor, root: &Path) {
    assert_eq!(editor.findings(root), scan(root));
}

#[test]
fn a_conversation_has_a_beginning_and_an_end() {
    let mut editor = Editor::silent();
    let early = editor.ask("textDocument/hover", json!({})).unwrap_err();
    assert_eq!(early["code"], -32002);
    editor.notify("textDocument/didOpen", json!({}));
    let offer = editor.ask("initialize", json!({ "capabilities": {} })).unwrap();
    assert_eq!(offer["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(offer["capabilities"]["completionProvider"], Value::Null);
    assert_eq!(offer["serverInfo"]["name"], "keyward");
    editor.notify("initialized", json!({}));
    assert_eq!(editor.ask("initialize", json!({})).unwrap_err()["code"], -32600);
    for unknown in ["textDocument/formatting", "$/unheard", "x"] {
        assert_eq!(editor.ask(unknown, Value::Null).unwrap_err()["code"], -32601, "{unknown}");
    }
    for ignored in ["$/unheard", "$/setTrace", "textDocument/willSave", "workspace/didRenameFiles"] {
        editor.notify(ignored, json!({}));
    }
    assert_eq!(editor.ask("textDocument/hover", json!({})).unwrap_err()["code"], -32602);
    assert_eq!(editor.ask("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(editor.ask("workspace/symbol", json!({ "query": "" })).unwrap_err()["code"], -32600);
    editor.notify("exit", Value::Null);
    assert_eq!(editor.ends().code(), Some(0));
}

#[test]
fn a_client_that_leaves_without_a_word_ends_it() {
    let (_temp, root) = project(&[("main.tf", USER)]);
    let mut editor = Editor::of(&root);
    editor.hangs_up();
    assert_eq!(editor.ends().code(), Some(1));
    let mut editor = Editor::of(&root);
    editor.notify("exit", Value::Null);
    assert_eq!(editor.ends().code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_is_gone_ends_it_though_its_pipe_is_open() {
    let mut client = std::process::Command::new("sleep").arg("1").spawn().unwrap();
    let mut editor = Editor::silent();
    editor.ask("initialize", json!({ "processId": client.id(), "capabilities": {} })).unwrap();
    client.wait().unwrap();
    assert_eq!(editor.ends().code(), Some(1));
}

#[test]
fn malformed_messages_are_answered_and_what_follows_is_read() {
    let (_temp, root) = project(&[("main.tf", USER)]);
    let mut editor = Editor::of(&root);
    editor.rest();
    editor.raw(b"Content-Length: 5\r\n\r\n{\"a\":");
    assert_eq!(editor.answer(&Value::Null).unwrap_err()["code"], -32700);
    editor.raw(b"Content-Type: x\r\nContent-Length: 2\r\n\r\n[]");
    assert_eq!(editor.answer(&Value::Null).unwrap_err()["code"], -32600);
    editor.raw(b"no header at all\r\n\r\n");
    assert_eq!(editor.answer(&Value::Null).unwrap_err()["code"], -32700);
    editor.send(&json!({ "jsonrpc": "2.0", "id": 77, "method": 5 }));
    assert_eq!(editor.answer(&json!(77)).unwrap_err()["code"], -32600);
    let deep = "[".repeat(10_000);
    editor.raw(format!("Content-Length: {}\r\n\r\n{deep}", deep.len()).as_bytes());
    assert_eq!(editor.answer(&Value::Null).unwrap_err()["code"], -32700);
    for method in ["textDocument/didOpen", "textDocument/didChange", "workspace/didChangeWatchedFiles"] {
        for params in [json!(null), json!([]), json!({ "textDocument": 3 }), json!("x")] {
            editor.notify(method, params);
        }
    }
    editor.rest();
    same_as_scan(&editor, &root);
    editor.leave();
}

#[test]
fn columns_are_counted_as_agreed() {
    let text = "resource \"aws_iam_user_policy\" \"ci\" {\n  user = \"ci\"\n  policy = \"{\\\"Statement\\\": [{\\\"Sid\\\": \\\"\
                é😀\\\", \\\"Effect\\\": \\\"Allow\\\", \\\"Action\\\": \\\"*\\\", \\\"Resource\\\": \\\"*\\\"}]}\"\n}\n";
    for (encoding, extra) in [("utf-8", 4), ("utf-16", 1), ("utf-32", 0)] {
        let (_temp, root) = project(&[("main.tf", &text.replace("policy =", "/* é😀 */ policy ="))]);
        let mut can = capabilities();
        can["general"]["positionEncodings"] = json!([encoding]);
        let mut editor = Editor::with(&[&root], can, Value::Null);
        editor.rest();
        assert_eq!(editor.server["capabilities"]["positionEncoding"], encoding);
        let said = scan(&root);
        let shown = editor.findings(&root);
        let column = |said: &std::collections::BTreeSet<editor::Said>| {
            said.iter().find(|it| it.start.0 == 2).map(|it| it.start.1).expect("it is on that line")
        };
        assert_eq!(column(&shown), column(&said) + extra, "{encoding}");
    }
}

#[test]
fn what_is_shown_is_what_a_scan_says() {
    let (_temp, root) = two_modules();
    let mut editor = Editor::of(&root);
    editor.rest();
    assert!(!scan(&root).is_empty());
    same_as_scan(&editor, &root);

    // Half a line.
    let path = root.join("ci.tf");
    editor.open(&path, USER);
    editor.change(&path, 2, json!([{ "range": { "start": { "line": 4, "character": 0 }, "end": { "line": 4, "character": 0 } }, "text": "resource \"aws_iam_us" }]));
    editor.rest();
    assert_eq!(editor.shown[&uri(&path)].version, Some(2));
    write(
        &root,
        "ci.tf",
        &USER.replace("resource \"aws_iam_access", "resource \"aws_iam_usresource \"aws_iam_access"),
    );
    same_as_scan(&editor, &root);

    // Undo, in several steps of one message.
    let undo: Vec<Value> = (0..20)
        .rev()
        .map(|at| json!({ "range": { "start": { "line": 4, "character": at }, "end": { "line": 4, "character": at + 1 } }, "text": "" }))
        .collect();
    editor.change(&path, 3, undo.into());
    editor.rest();
    write(&root, "ci.tf", USER);
    same_as_scan(&editor, &root);

    // What is typed counts, whatever is on disk, and what is on disk as soon as it is closed.
    editor.change(&path, 4, json!([{ "text": "# nothing\n" }]));
    editor.rest();
    assert!(editor.shown[&uri(&path)].items.is_empty());
    assert_eq!(editor.shown[&uri(&path)].version, Some(4));
    editor.close(&path);
    editor.rest();
    same_as_scan(&editor, &root);
    editor.leave();
}

#[test]
fn files_come_and_go() {
    let (_temp, root) = two_modules();
    let mut editor = Editor::of(&root);
    editor.rest();
    let watched = editor.told.iter().any(|(method, params)| {
        method == "client/registerCapability" && params.to_string().contains("didChangeWatchedFiles")
    });
    assert!(watched);

    // A file is renamed.
    std::fs::rename(root.join("ci.tf"), root.join("users.tf")).unwrap();
    editor.touched(&[root.join("ci.tf"), root.join("users.tf")]);
    editor.rest();
    assert!(editor.shown[&uri(&root.join("ci.tf"))].items.is_empty());
    same_as_scan(&editor, &root);

    // A module is deleted, of which only the directory is told.
    std::fs::remove_dir_all(root.join("modules")).unwrap();
    editor.touched(&[root.join("modules")]);
    editor.rest();
    same_as_scan(&editor, &root);

    // Another branch.
    write(&root, "modules/worker/main.tf", &ROLE_MODULE.replace("worker", "other"));
    write(&root, "main.tf", &CALLER.replace("iam:*", "*"));
    std::fs::remove_file(root.join("users.tf")).unwrap();
    write(&root, "keyward.toml", "ignore = [\"nhi-missing-owner\"]\n");
    let all = ["modules", "main.tf", "users.tf", "keyward.toml"].map(|name| root.join(name));
    editor.touched(&all);
    editor.rest();
    same_as_scan(&editor, &root);
    editor.leave();
}

#[test]
fn a_client_that_does_not_watch_is_served_as_well() {
    let (_temp, root) = project(&[("main.tf", USER)]);
    let mut editor = Editor::with(&[&root], json!({}), Value::Null);
    editor.rest();
    assert!(!editor.findings(&root).is_empty());
    std::fs::remove_file(root.join("main.tf")).unwrap();
    while !editor.findings(&root).is_empty() {
        editor.take().expect("it notices");
    }
    editor.leave();
}

#[test]
fn several_folders_are_apart() {
    let (_one, first) = two_modules();
    let (_two, second) = project(&[("main.tf", USER)]);
    let mut editor = Editor::with(&[&first, &second], capabilities(), Value::Null);
    editor.rest();
    same_as_scan(&editor, &first);
    same_as_scan(&editor, &second);

    let change = |added: &[&Path], removed: &[&Path]| {
        let list = |paths: &[&Path]| {
            paths.iter().map(|path| json!({ "uri": uri(path), "name": "x" })).collect::<Vec<Value>>()
        };
        json!({ "event": { "added": list(added), "removed": list(removed) } })
    };
    editor.notify("workspace/didChangeWorkspaceFolders", change(&[], &[&first]));
    editor.rest();
    assert!(editor.findings(&first).is_empty());
    same_as_scan(&editor, &second);

    // A folder within a folder shows its own files.
    let inner = first.join("modules/worker");
    editor.notify("workspace/didChangeWorkspaceFolders", change(&[&first, &inner], &[]));
    editor.rest();
    same_as_scan(&editor, &inner);
    editor.notify("workspace/didChangeWorkspaceFolders", change(&[], &[&inner]));
    editor.rest();
    same_as_scan(&editor, &first);
    editor.leave();
}

#[test]
fn a_document_in_no_folder_is_looked_at_with_its_neighbours() {
    let (_temp, root) = project(&[("a/main.tf", USER), ("b/main.tf", USER)]);
    let mut editor = Editor::with(&[], capabilities(), Value::Null);
    let path = root.join("a/main.tf");
    editor.open(&path, USER);
    editor.rest();
    same_as_scan(&editor, &root.join("a"));
    assert!(editor.findings(&root.join("b")).is_empty());
    editor.close(&path);
    editor.rest();
    assert!(editor.findings(&root).is_empty());
    // What is no file is nobody's.
    let document =
        json!({ "uri": "untitled:Untitled-1", "languageId": "terraform", "version": 1, "text": USER });
    editor.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let at = json!({ "textDocument": { "uri": "untitled:Untitled-1" }, "position": { "line": 0, "character": 12 } });
    assert_eq!(editor.ask("textDocument/hover", at), Ok(Value::Null));
    editor.leave();
}

#[test]
fn clients_that_ask_get_what_has_changed() {
    let (_temp, root) = two_modules();
    let mut can = capabilities();
    can["textDocument"]["diagnostic"] = json!({ "relatedInformation": true });
    can["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    let mut editor = Editor::with(&[&root], can, Value::Null);
    assert_eq!(editor.server["capabilities"]["diagnosticProvider"]["workspaceDiagnostics"], true);
    let path = root.join("ci.tf");
    editor.open(&path, USER);
    let document = |previous: Option<&Value>| json!({ "textDocument": { "uri": uri(&path) }, "previousResultId": previous });
    let first = editor.ask("textDocument/diagnostic", document(None)).unwrap();
    assert_eq!(first["kind"], "full");
    assert!(!first["items"].as_array().unwrap().is_empty());
    let again = editor.ask("textDocument/diagnostic", document(Some(&first["resultId"]))).unwrap();
    assert_eq!(again, json!({ "kind": "unchanged", "resultId": first["resultId"] }));

    let all = editor.ask("workspace/diagnostic", json!({ "previousResultIds": [] })).unwrap();
    let items = all["items"].as_array().unwrap();
    let total: usize = items.iter().map(|it| it["items"].as_array().unwrap().len()).sum();
    assert_eq!(total, scan(&root).len());
    let previous: Vec<Value> =
        items.iter().map(|it| json!({ "uri": it["uri"], "value": it["resultId"] })).collect();
    let again = editor.ask("workspace/diagnostic", json!({ "previousResultIds": previous })).unwrap();
    assert!(again["items"].as_array().unwrap().iter().all(|it| it["kind"] == "unchanged"));

    // A report that is out of date before it is made is asked for again.
    let late = editor.begin("textDocument/diagnostic", document(None));
    editor.change(&path, 2, json!([{ "text": USER }]));
    if let Err(error) = editor.answer(&json!(late)) {
        assert_eq!((&error["code"], &error["data"]["retriggerRequest"]), (&json!(-32802), &json!(true)));
    }
    let unknown = json!({ "textDocument": { "uri": "untitled:x" } });
    let nothing = editor.ask("textDocument/diagnostic", unknown).unwrap();
    assert_eq!(nothing, json!({ "kind": "full", "items": [] }));
    editor.rest();

    // Another file changes, which the client is told of; it is told nothing of its own typing.
    let refreshes = |editor: &Editor| {
        editor.told.iter().filter(|(method, _)| method == "workspace/diagnostic/refresh").count()
    };
    let before = refreshes(&editor);
    editor.change(&path, 3, json!([{ "text": format!("# more\n{USER}") }]));
    editor.rest();
    assert_eq!(refreshes(&editor), before);
    write(&root, "main.tf", "");
    editor.touched(&[root.join("main.tf")]);
    editor.rest();
    assert_eq!(refreshes(&editor), before + 1);
    let gone = editor.ask("workspace/diagnostic", json!({ "previousResultIds": previous })).unwrap();
    let gone = gone["items"].as_array().unwrap();
    assert!(gone.iter().any(|it| it["uri"] == uri(&root.join("main.tf")) && it["items"] == json!([])));
    assert!(editor.shown.is_empty(), "nothing is said twice");
    editor.leave();
}

#[test]
fn positions_that_are_nowhere_and_large_texts_are_survived() {
    let (_temp, root) = project(&[("main.tf", USER)]);
    let mut editor = Editor::of(&root);
    let path = root.join("main.tf");
    editor.open(&path, USER);
    let nowhere = json!({ "line": 4_000_000, "character": 4_000_000 });
    for method in ["textDocument/hover", "textDocument/definition", "textDocument/references"] {
        let params = json!({ "textDocument": { "uri": uri(&path) }, "position": nowhere });
        editor.ask(method, params).unwrap();
    }
    let range = json!({ "start": nowhere, "end": { "line": 0, "character": 900 } });
    let params =
        json!({ "textDocument": { "uri": uri(&path) }, "range": range, "context": { "diagnostics": [] } });
    editor.ask("textDocument/codeAction", params).unwrap();
    editor.change(&path, 2, json!([{ "range": range, "text": "" }, { "range": { "start": nowhere, "end": nowhere }, "text": "\n" }]));
    let paste = format!("locals {{\n{}}}\n", "  a = \"0123456789 0123456789 0123456789\"\n".repeat(250_000));
    assert!(paste.len() > 10_000_000);
    editor.change(&path, 3, json!([{ "text": paste }]));
    editor.change(&path, 4, json!([{ "text": USER }]));
    editor.rest();
    assert_eq!(editor.shown[&uri(&path)].version, Some(4));
    same_as_scan(&editor, &root);
    editor.leave();
}
