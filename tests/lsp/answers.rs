//! What editors ask: actions, hover, lenses, hints, names, places and commands.

use super::editor::{Editor, capabilities, project, scan, uri, write};
use super::{CALLER, ROLE_MODULE, USER, two_modules};
use serde_json::{Value, json};
use std::path::Path;

const SECRET: &str = "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";

/// The position of a text in another, and somewhat behind.
fn find(text: &str, wanted: &str, behind: u32) -> (u32, u32) {
    let at = text.find(wanted).expect("it is there");
    let line = text[..at].matches('\n').count() as u32;
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    (line, text[start..at].chars().count() as u32 + behind)
}

fn hover(editor: &mut Editor, path: &Path, (line, column): (u32, u32)) -> String {
    let at = editor.at(path, line, column);
    let hover = editor.ask("textDocument/hover", at).expect("it answers");
    hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

/// Actions for a whole document.
fn actions(editor: &mut Editor, path: &Path, only: Value) -> Vec<Value> {
    let all = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 999, "character": 0 } });
    let context = json!({ "diagnostics": [], "only": only });
    let params = json!({ "textDocument": { "uri": uri(path) }, "range": all, "context": context });
    let found = editor.ask("textDocument/codeAction", params).expect("it answers");
    found.as_array().expect("actions").clone()
}

/// The text after the edits of an action, of which all are in one document of ASCII.
fn applied(text: &str, action: &Value) -> String {
    let changes = action["edit"]["documentChanges"].as_array().expect("changes");
    assert_eq!(changes.len(), 1);
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let offset = |at: &Value| {
        let number = |name: &str| at[name].as_u64().expect("a number") as usize;
        let (line, column) = (number("line"), number("character"));
        starts.get(line).map_or(text.len(), |start| start + column)
    };
    let mut after = text.to_owned();
    for edit in changes[0]["edits"].as_array().expect("edits").iter().rev() {
        let (start, end) = (offset(&edit["range"]["start"]), offset(&edit["range"]["end"]));
        after.replace_range(start..end, edit["newText"].as_str().expect("text"));
    }
    after
}

#[test]
fn what_is_accepted_is_no_longer_shown() {
    let (_temp, root) = project(&[("main.tf", USER)]);
    let mut editor = Editor::of(&root);
    let path = root.join("main.tf");
    editor.open(&path, USER);
    let mut text = USER.to_owned();
    let mut version = 1;
    loop {
        let found = actions(&mut editor, &path, json!(["quickfix"]));
        let Some(accept) =
            found.iter().find(|it| it["title"].as_str().is_some_and(|it| it.starts_with("Accept ")))
        else {
            break;
        };
        let document = &accept["edit"]["documentChanges"][0]["textDocument"];
        assert_eq!(*document, json!({ "uri": uri(&path), "version": version }));
        assert_eq!(accept["diagnostics"].as_array().map(Vec::len), Some(1), "{accept}");
        assert_eq!(accept["isPreferred"], Value::Null);
        text = applied(&text, accept);
        assert!(text.contains(" reason=\"why\"\n"), "{text}");
        version += 1;
        assert!(version < 20, "each one accepts something: {text}");
        editor.change(&path, version, json!([{ "text": text }]));
    }
    assert!(version > 2, "there was something to accept");
    editor.rest();
    assert!(editor.shown[&uri(&path)].items.is_empty(), "{:#?}", editor.shown);
    let told = hover(&mut editor, &path, find(&text, "keyward: ignore", 3));
    assert!(told.contains("90 days left") && told.contains("why"), "{told}");
    editor.leave();
}

#[test]
fn safe_fixes_are_preferred_and_applied_together() {
    let first = "# keyward: ignore[missing-expiry] until=2999-01-01 reason=\"nothing here\"\n";
    let text =
        format!("{first}variable \"a\" {{}}\n\n\nvariable \"b\" {{}}\n\n\n{first}variable \"c\" {{}}\n");
    let (_temp, root) = project(&[("main.tf", &text)]);
    let mut editor = Editor::of(&root);
    let path = root.join("main.tf");
    editor.open(&path, &text);
    let fixes = actions(&mut editor, &path, json!(["quickfix"]));
    let preferred: Vec<&Value> = fixes.iter().filter(|it| it["isPreferred"] == true).collect();
    assert_eq!(preferred.len(), 2, "{fixes:#?}");
    assert_eq!(preferred[0]["title"], "Remove the waiver");
    let shown = editor.shown[&uri(&path)].items.clone();
    assert!(shown.iter().all(|it| it["tags"] == json!([1]) && it["severity"] == 3), "{shown:#?}");
    let all = actions(&mut editor, &path, json!(["source.fixAll"]));
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["kind"], "source.fixAll.keyward");
    let fixed = applied(&text, &all[0]);
    assert_eq!(fixed, "variable \"a\" {}\n\n\nvariable \"b\" {}\n\n\nvariable \"c\" {}\n");
    assert!(actions(&mut editor, &path, json!(["refactor"])).is_empty());
    editor.leave();
}

#[test]
fn fixes_that_may_do_harm_say_so() {
    let text = "resource \"aws_instance\" \"web\" {\n  ami                  = \"ami-1\"\n  iam_instance_profile = \
                aws_iam_instance_profile.web.name\n  metadata_options {\n    http_tokens = \"optional\"\n  }\n}\n\nresource \
                \"aws_iam_instance_profile\" \"web\" {\n  role = aws_iam_role.web.name\n}\n\nresource \"aws_iam_role\" \"web\" {\n  \
                assume_role_policy = \"{}\"\n  tags = { owner = \"web\" }\n}\n";
    let (_temp, root) = project(&[("main.tf", text)]);
    let mut editor = Editor::of(&root);
    let path = root.join("main.tf");
    editor.open(&path, text);
    let found = actions(&mut editor, &path, json!(["quickfix"]));
    let titles: Vec<&str> = found.iter().filter_map(|it| it["title"].as_str()).collect();
    let harmful = found.iter().filter(|it| it["title"].as_str().is_some_and(|it| it.contains("(unsafe")));
    assert!(harmful.clone().count() > 0, "{titles:?}");
    assert!(harmful.into_iter().all(|it| it["isPreferred"] == Value::Null));
    editor.leave();
}

#[test]
fn an_identity_has_a_card_and_a_line_above_it() {
    let (_temp, root) = two_modules();
    let mut editor = Editor::of(&root);
    let module = root.join("modules/worker/main.tf");
    let card = hover(&mut editor, &module, find(ROLE_MODULE, "aws_iam_role\" \"this", 4));
    assert!(card.starts_with("**module.worker.aws_iam_role.this**"), "{card}");
    for part in ["owner", "aws_lambda_function.worker", "may do", "iam ", "who becomes it", "what it becomes"]
    {
        assert!(card.contains(part), "{part}: {card}");
    }
    // The same where it is used, in another module.
    let used = hover(&mut editor, &root.join("main.tf"), find(CALLER, "module.worker.arn", 9));
    assert_eq!(used, card);
    // And behind a reference beside it.
    let beside = hover(&mut editor, &module, find(ROLE_MODULE, "aws_iam_role.this.id", 3));
    assert_eq!(beside, card);
    assert_eq!(hover(&mut editor, &module, (0, 0)), "");

    let lenses = |editor: &mut Editor, path: &Path| {
        let params = json!({ "textDocument": { "uri": uri(path) } });
        let lenses = editor.ask("textDocument/codeLens", params).expect("it answers");
        let titles = lenses.as_array().expect("lenses").iter();
        titles.map(|it| it["command"]["title"].as_str().expect("a title").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lenses(&mut editor, &module), ["1 workload · owner: none · reaches admin"]);
    assert_eq!(
        lenses(&mut editor, &root.join("ci.tf")),
        ["0 workloads · 1 static key · owner: none · admin"]
    );
    editor.leave();
}

#[test]
fn wildcards_say_what_they_stand_for() {
    let (_temp, root) = two_modules();
    let mut can = capabilities();
    can["workspace"]["configuration"] = true.into();
    let mut editor = Editor::silent();
    editor.settings = json!({ "inlayHints": true });
    let folders = json!([{ "uri": uri(&root), "name": "x" }]);
    let params = json!({ "capabilities": can, "workspaceFolders": folders });
    editor.ask("initialize", params).expect("it initializes");
    editor.notify("initialized", json!({}));
    // The answer to its question for the settings comes before what follows.
    while !editor.told.iter().any(|(method, _)| method == "workspace/configuration") {
        editor.take().expect("it asks for settings");
    }
    let path = root.join("main.tf");
    let told = hover(&mut editor, &path, find(CALLER, "\"iam:*\"", 2));
    assert!(told.starts_with("`iam:*` stands for ") && told.contains(" permissions: iam:"), "{told}");
    let hints = |editor: &mut Editor, last: u32| {
        let range =
            json!({ "start": { "line": 0, "character": 0 }, "end": { "line": last, "character": 0 } });
        let params = json!({ "textDocument": { "uri": uri(&path) }, "range": range });
        editor.ask("textDocument/inlayHint", params).expect("it answers").as_array().expect("hints").clone()
    };
    let found = hints(&mut editor, 99);
    assert_eq!(found.len(), 1);
    let (line, column) = find(CALLER, "\"iam:*\"", 7);
    assert_eq!(found[0]["position"], json!({ "line": line, "character": column }));
    assert!(found[0]["label"].as_str().is_some_and(|label| label.contains(" actions: ")), "{found:?}");
    assert!(hints(&mut editor, 1).is_empty());
    editor.leave();
}

#[test]
fn names_and_places_lead_across_modules() {
    let (_temp, root) = two_modules();
    let mut editor = Editor::of(&root);
    let names = |editor: &mut Editor, query: &str| {
        let found = editor.ask("workspace/symbol", json!({ "query": query })).expect("it answers");
        let names = found.as_array().expect("symbols").iter();
        names.map(|it| format!("{} {}", it["name"], it["containerName"]).replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut editor, "ROLEthis"), ["aws_iam_role.this modules/worker"]);
    assert_eq!(names(&mut editor, "ci"), ["aws_iam_user.ci .", "aws_iam_access_key.ci ."]);

    let module = root.join("modules/worker/main.tf");
    let (line, column) = find(CALLER, "module.worker.arn", 9);
    let at = editor.at(&root.join("main.tf"), line, column);
    let found = editor.ask("textDocument/definition", at).expect("it answers");
    let (line, _) = find(ROLE_MODULE, "aws_iam_role\" \"this", 0);
    assert_eq!(found[0]["uri"], uri(&module));
    assert_eq!(found[0]["range"]["start"], json!({ "line": line, "character": 0 }));
    // In its own module a server of the language leads there.
    let (line, column) = find(ROLE_MODULE, "aws_iam_role.this.id", 3);
    let at = editor.at(&module, line, column);
    assert_eq!(editor.ask("textDocument/definition", at), Ok(json!([])));

    let (line, column) = find(ROLE_MODULE, "aws_iam_role\" \"this", 3);
    let mut at = editor.at(&module, line, column);
    at["context"] = json!({ "includeDeclaration": false });
    let found = editor.ask("textDocument/references", at).expect("it answers");
    let found: Vec<String> =
        found.as_array().expect("places").iter().map(|it| it["uri"].to_string()).collect();
    assert!(found.iter().any(|it| it.contains("/main.tf") && !it.contains("modules")), "{found:?}");
    assert!(found.iter().any(|it| it.contains("modules/worker")), "{found:?}");
    editor.leave();
}

#[test]
fn commands_draw_and_explain() {
    let (_temp, root) = two_modules();
    let mut editor = Editor::of(&root);
    let mut run = |command: &str, argument: Value| {
        editor.ask("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
    };
    let dot = run("keyward.graph", json!({})).unwrap();
    assert!(dot.as_str().is_some_and(|it| it.starts_with("digraph ") && it.contains("aws_iam_user.ci")));
    let around = json!({ "uri": uri(&root.join("ci.tf")), "format": "mermaid", "around": "aws_iam_user.ci" });
    let mermaid = run("keyward.graph", around).unwrap();
    assert!(
        mermaid.as_str().is_some_and(|it| it.contains("aws_iam_access_key.ci") && !it.contains("worker"))
    );
    assert_eq!(run("keyward.graph", json!({ "format": "png" })).unwrap_err()["code"], -32602);
    assert_eq!(run("keyward.nothing", json!({})).unwrap_err()["code"], -32602);
    assert_eq!(run("keyward.refresh", json!({})), Ok(Value::Null));
    let at = json!({ "textDocument": { "uri": uri(&root.join("ci.tf")) }, "position": { "line": 0, "character": 12 } });
    assert!(
        run("keyward.explain", at).unwrap().as_str().is_some_and(|it| it.starts_with("aws_iam_user.ci\n"))
    );
    editor.leave();
}

#[test]
fn settings_count_and_mistakes_in_them_are_shown() {
    let (_temp, root) = project(&[("main.tf", USER)]);
    let options = json!({ "ignore": ["nhi-missing-owner"], "rulePages": "https://example.org/{rule}.html" });
    let mut editor = Editor::with(&[&root], capabilities(), options);
    editor.rest();
    let path = uri(&root.join("main.tf"));
    let rules = |editor: &Editor| {
        let items = editor.shown[&path].items.iter();
        items.map(|it| it["code"].as_str().expect("a code").to_owned()).collect::<Vec<_>>()
    };
    assert!(!rules(&editor).is_empty() && !rules(&editor).contains(&"nhi-missing-owner".to_owned()));
    let item = &editor.shown[&path].items[0];
    let page = format!("https://example.org/{}.html", item["code"].as_str().unwrap());
    assert_eq!(item["codeDescription"]["href"], page);
    editor.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "keyward": { "select": ["nhi-missing-owner"], "ignore": [] } } }),
    );
    editor.rest();
    assert_eq!(rules(&editor), ["nhi-missing-owner"; 1]);

    // The configuration is read as it is typed.
    let config = write(&root, "keyward.toml", "");
    editor.open(&config, "persona = \"everyone\"\n");
    editor.rest();
    let shown = editor.shown[&uri(&config)].items.clone();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0]["range"]["start"], json!({ "line": 0, "character": 10 }));
    assert_eq!(rules(&editor), ["nhi-missing-owner"; 1], "a broken one changes nothing");
    editor.change(&config, 2, json!([{ "text": "persona = \"strict\"\n" }]));
    editor.rest();
    assert!(editor.shown[&uri(&config)].items.is_empty());
    editor.leave();
}

#[test]
fn secrets_stay_where_they_are() {
    let text = format!(
        "provider \"github\" {{\n  token = \"{SECRET}\"\n}}\n\nresource \"aws_iam_user\" \"{SECRET}\" {{\n  name = \"{SECRET}\"\n}}\n"
    );
    let (_temp, root) = project(&[("main.tf", &text)]);
    let mut editor = Editor::of(&root);
    let path = root.join("main.tf");
    editor.open(&path, &text);
    editor.rest();
    assert!(!scan(&root).is_empty());
    for line in 0..8 {
        hover(&mut editor, &path, (line, 12));
    }
    actions(&mut editor, &path, Value::Null);
    let document = json!({ "textDocument": { "uri": uri(&path) } });
    editor.ask("textDocument/codeLens", document).expect("it answers");
    editor.ask("workspace/executeCommand", json!({ "command": "keyward.graph" })).expect("it answers");
    editor.ask("workspace/symbol", json!({ "query": "user" })).expect("it answers");
    editor.raw(format!("Content-Length: {}\r\n\r\n\"{SECRET}", SECRET.len() + 1).as_bytes());
    let heard = editor.leave();
    assert!(!heard.contains(SECRET));
}

/// Anything may be typed anywhere; after each rest what is shown is what a scan says.
#[test]
fn random_typing_ends_in_what_a_scan_says() {
    let (_temp, root) = two_modules();
    let mut editor = Editor::of(&root);
    let names = ["main.tf", "ci.tf", "modules/worker/main.tf"];
    let mut texts: Vec<Vec<char>> =
        [CALLER, USER, ROLE_MODULE].iter().map(|it| it.chars().collect()).collect();
    for (name, text) in names.iter().zip([CALLER, USER, ROLE_MODULE]) {
        editor.open(&root.join(name), text);
    }
    let mut seed: u64 = 7;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    let pieces =
        ["}", "\n", "\"*\"", "# x\n", "😀é", "{", "resource \"aws_iam_user\" \"n\" {}\n", "", "", " ", "\""];
    for version in 2..120 {
        let which = random(names.len());
        let text = &mut texts[which];
        let from = random(text.len() + 1);
        let to = (from + random(30)).min(text.len());
        let piece = pieces[random(pieces.len())];
        let position = |at: usize| {
            let line = text[..at].iter().filter(|c| **c == '\n').count();
            let start = text[..at].iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1);
            json!({ "line": line, "character": at - start })
        };
        let change = json!([{ "range": { "start": position(from), "end": position(to) }, "text": piece }]);
        text.splice(from..to, piece.chars());
        editor.change(&root.join(names[which]), version, change);
        if version % 20 == 0 {
            editor.rest();
            for (name, text) in names.iter().zip(&texts) {
                write(&root, name, &text.iter().collect::<String>());
            }
            assert_eq!(editor.findings(&root), scan(&root), "after {version} changes");
        }
        if version % 40 == 0 {
            // A good state again, so that there is something to find.
            texts = [CALLER, USER, ROLE_MODULE].iter().map(|it| it.chars().collect()).collect();
            for (name, text) in names.iter().zip([CALLER, USER, ROLE_MODULE]) {
                editor.change(&root.join(name), version, json!([{ "text": text }]));
            }
        }
    }
    editor.leave();
}
