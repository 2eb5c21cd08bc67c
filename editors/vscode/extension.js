// The extension starts the language server and shows what its commands return. Everything else is the protocol.

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

/** Documents that hold what a command returned. */
const SCHEME = "keyward";

let client;

/** Texts that were returned, by the path of their document. */
const texts = new Map();
const changed = new vscode.EventEmitter();

async function activate(context) {
  const provider = {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => texts.get(uri.path) ?? "",
  };
  const command = (name, run) => vscode.commands.registerCommand(name, run);
  context.subscriptions.push(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    command("keyward.showGraph", showGraph),
    command("keyward.showCard", showCard),
    command("keyward.lookAgain", () => execute("keyward.refresh", {})),
    command("keyward.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("keyward.path")) {
        restart();
      }
    }),
  );
  await start();
}

async function deactivate() {
  await stop();
}

async function start() {
  const program = vscode.workspace.getConfiguration("keyward").get("path") || "keyward";
  const server = { command: program, args: ["lsp"], transport: TransportKind.stdio };
  const file = (pattern) => ({ scheme: "file", pattern });
  client = new LanguageClient("keyward", "keyward", server, {
    documentSelector: [
      file("**/*.{tf,tofu,tfvars}"),
      file("**/*.{tf,tofu,tfvars}.json"),
      file("**/{keyward.toml,CODEOWNERS}"),
    ],
    synchronize: { configurationSection: "keyward" },
    middleware: { executeCommand },
  });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const settings = "Open Settings";
    const message = `keyward could not be started as \`${program}\`: ${error.message ?? error}`;
    vscode.window.showErrorMessage(message, settings).then((chosen) => {
      if (chosen === settings) {
        vscode.commands.executeCommand("workbench.action.openSettings", "keyward.path");
      }
    });
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart() {
  await stop();
  await start();
}

/** Commands of the server, such as the one of a code lens, return a text that somebody wants to see. */
async function executeCommand(command, args, next) {
  const result = await next(command, args);
  if (command === "keyward.explain" && typeof result === "string") {
    await show("identity.txt", result);
  }
  return result;
}

async function execute(command, argument) {
  if (client === undefined) {
    vscode.window.showWarningMessage("keyward is not running");
    return undefined;
  }
  return client.sendRequest("workspace/executeCommand", { command, arguments: [argument] });
}

async function showGraph() {
  const formats = [
    { label: "Mermaid", format: "mermaid", file: "identities.mmd" },
    { label: "DOT", format: "dot", file: "identities.dot" },
    { label: "JSON", format: "json", file: "identities.json" },
  ];
  const chosen = await vscode.window.showQuickPick(formats, { title: "Identity graph" });
  if (chosen === undefined) {
    return;
  }
  const document = vscode.window.activeTextEditor?.document;
  const uri = document?.uri.scheme === "file" ? document.uri.toString() : undefined;
  const text = await execute("keyward.graph", { uri, format: chosen.format });
  if (typeof text === "string") {
    await show(chosen.file, text);
  }
}

async function showCard() {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  const { line, character } = editor.selection.active;
  const text = await execute("keyward.explain", {
    textDocument: { uri: editor.document.uri.toString() },
    position: { line, character },
  });
  if (typeof text === "string") {
    await show("identity.txt", text);
  } else {
    vscode.window.showInformationMessage("There is no identity at the cursor");
  }
}

async function show(name, text) {
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}` });
  texts.set(uri.path, text);
  changed.fire(uri);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside, true);
}

module.exports = { activate, deactivate };
