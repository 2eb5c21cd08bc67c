//! What the client can do, from its `initialize` request, and what we offer in return.

use super::positions::Encoding;
use serde_json::{Value, json};

/// The commands that [`super::commands`] runs.
pub(super) const COMMANDS: [&str; 3] = ["keyward.graph", "keyward.explain", "keyward.refresh"];

/// What matters to us of what the client can do.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    pub encoding: Encoding,
    /// It asks for diagnostics, and wants to be told when to ask again.
    pub pulls: bool,
    pub related: bool,
    pub tags: bool,
    pub code_description: bool,
    pub markdown: bool,
    /// Edits that name the version of the document that they are for.
    pub versioned_edits: bool,
    /// Code actions that carry their edit.
    pub literal_actions: bool,
    pub configuration: bool,
    pub watches: bool,
    pub progress: bool,
    pub refreshes_lenses: bool,
    pub refreshes_hints: bool,
    /// The process that we should not outlive.
    pub process: Option<u32>,
    pub root_folders: Vec<(String, String)>,
}

impl Client {
    pub fn read(params: &Value) -> Self {
        let of = |path: &str| params.pointer(&format!("/capabilities/{path}"));
        let can = |path: &str| of(path).and_then(Value::as_bool).unwrap_or_default();
        let has = |path: &str| of(path).is_some_and(|value| !value.is_null());
        let strings = |value: Option<&Value>| -> Vec<String> {
            let all = value.and_then(Value::as_array).into_iter().flatten();
            all.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let encodings = strings(of("general/positionEncodings"));
        let formats = strings(of("textDocument/hover/contentFormat"));
        // Without being told when to ask again, it would show what findings were before another file changed.
        let may_pull = has("textDocument/diagnostic") && can("workspace/diagnostics/refreshSupport");
        let pulls = match params.pointer("/initializationOptions/diagnostics").and_then(Value::as_str) {
            Some("push") => false,
            Some("pull") => has("textDocument/diagnostic"),
            _ => may_pull,
        };
        Client {
            encoding: Encoding::agree(encodings.iter().map(String::as_str)),
            pulls,
            related: match pulls {
                true => can("textDocument/diagnostic/relatedInformation") || can(PUBLISH_RELATED),
                false => can(PUBLISH_RELATED),
            },
            tags: has("textDocument/publishDiagnostics/tagSupport")
                || has("textDocument/diagnostic/tagSupport"),
            code_description: can("textDocument/publishDiagnostics/codeDescriptionSupport")
                || can("textDocument/diagnostic/codeDescriptionSupport"),
            markdown: formats.iter().any(|format| format == "markdown"),
            versioned_edits: can("workspace/workspaceEdit/documentChanges"),
            literal_actions: has("textDocument/codeAction/codeActionLiteralSupport"),
            configuration: can("workspace/configuration"),
            watches: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
            progress: can("window/workDoneProgress"),
            refreshes_lenses: can("workspace/codeLens/refreshSupport"),
            refreshes_hints: can("workspace/inlayHint/refreshSupport"),
            process: params.pointer("/processId").and_then(Value::as_u64).and_then(|id| id.try_into().ok()),
            root_folders: folders(params),
        }
    }
}

const PUBLISH_RELATED: &str = "textDocument/publishDiagnostics/relatedInformation";

/// Folders as address and name. Older clients name one root.
fn folders(params: &Value) -> Vec<(String, String)> {
    if let Some(folders) = params.pointer("/workspaceFolders").and_then(Value::as_array) {
        return folders.iter().filter_map(folder).collect();
    }
    let root = params.pointer("/rootUri").and_then(Value::as_str).map(str::to_owned);
    let path = || params.pointer("/rootPath").and_then(Value::as_str).filter(|path| !path.is_empty());
    let root = root.or_else(|| path().map(|path| super::uri::of_path(path.as_ref())));
    root.into_iter().map(|root| (root, String::new())).collect()
}

pub(super) fn folder(value: &Value) -> Option<(String, String)> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((text("uri")?, text("name").unwrap_or_default()))
}

/// The answer to `initialize`. No formatting, no completion and no symbols of one document: those are for a
/// server of the language.
pub(super) fn offer(client: &Client) -> Value {
    let mut capabilities = json!({
        "positionEncoding": client.encoding.name(),
        "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
        "hoverProvider": true,
        "definitionProvider": true,
        "referencesProvider": true,
        "codeActionProvider": { "codeActionKinds": ["quickfix", "source.fixAll.keyward"] },
        "codeLensProvider": {},
        "inlayHintProvider": true,
        "workspaceSymbolProvider": true,
        "executeCommandProvider": { "commands": COMMANDS },
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
    });
    if client.pulls {
        capabilities["diagnosticProvider"] = json!({
            "identifier": "keyward",
            "interFileDependencies": true,
            "workspaceDiagnostics": true,
        });
    }
    json!({
        "capabilities": capabilities,
        "serverInfo": { "name": "keyward", "version": env!("CARGO_PKG_VERSION") },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_says_nothing_gets_the_usual() {
        let client = Client::read(&json!({ "capabilities": {} }));
        assert_eq!(client.encoding, Encoding::Utf16);
        assert!(!client.pulls && !client.progress && client.root_folders.is_empty());
        assert_eq!(offer(&client)["capabilities"]["diagnosticProvider"], Value::Null);
    }

    #[test]
    fn asking_for_diagnostics_needs_a_way_to_be_told() {
        let with = |workspace: Value, options: Value| {
            let capabilities = json!({ "textDocument": { "diagnostic": {} }, "workspace": workspace });
            Client::read(&json!({ "capabilities": capabilities, "initializationOptions": options })).pulls
        };
        let told = json!({ "diagnostics": { "refreshSupport": true } });
        assert!(with(told.clone(), Value::Null));
        assert!(!with(Value::Null, Value::Null));
        assert!(!with(told, json!({ "diagnostics": "push" })));
        assert!(with(Value::Null, json!({ "diagnostics": "pull" })));
    }
}
