// Obeys commands of a test with the connection that vscode-languageclient is made of. A command is a file, and so is
// its answer.

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const protocol = require("vscode-languageserver-protocol/node");

const directory = process.argv[2];
const uriOf = (it) => pathToFileURL(it).toString();
const place = (at) => ({ line: at[0], character: at[1] });

let server;
let connection;
const shown = {};
const texts = {};
const versions = {};
const before = {};

async function start(command, roots) {
  server = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  connection = protocol.createProtocolConnection(
    new protocol.StreamMessageReader(server.stdout),
    new protocol.StreamMessageWriter(server.stdin),
  );
  connection.onNotification(protocol.PublishDiagnosticsNotification.type, (it) => {
    // A client of this kind leaves out what is for another version than it has.
    const name = Object.keys(versions).find((name) => uriOf(name) === it.uri);
    if (name === undefined || it.version === undefined || it.version === versions[name]) {
      shown[it.uri] = it.diagnostics;
    }
  });
  connection.onNotification(protocol.ShowMessageNotification.type, (it) => {
    throw new Error(it.message);
  });
  connection.onRequest(protocol.RegistrationRequest.type, () => {});
  connection.onRequest(protocol.WorkDoneProgressCreateRequest.type, () => {});
  connection.onRequest(protocol.CodeLensRefreshRequest.type, () => {});
  connection.onRequest(protocol.ConfigurationRequest.type, (it) => it.items.map(() => null));
  connection.listen();
  const folders = roots.map((it) => ({ uri: uriOf(it), name: "root" }));
  await connection.sendRequest(protocol.InitializeRequest.type, {
    processId: process.pid,
    rootUri: folders[0].uri,
    workspaceFolders: folders,
    capabilities: {
      workspace: {
        configuration: true,
        workspaceFolders: true,
        codeLens: { refreshSupport: true },
        didChangeWatchedFiles: { dynamicRegistration: true },
      },
      textDocument: { publishDiagnostics: { relatedInformation: true, versionSupport: true } },
      window: { workDoneProgress: true },
    },
  });
  await connection.sendNotification(protocol.InitializedNotification.type, {});
}

async function change(name, text, contentChanges) {
  versions[name] += 1;
  texts[name] = text;
  const textDocument = { uri: uriOf(name), version: versions[name] };
  await connection.sendNotification(protocol.DidChangeTextDocumentNotification.type, {
    textDocument,
    contentChanges,
  });
}

async function obey(command) {
  const name = command.path;
  const textDocument = name && { uri: uriOf(name) };
  switch (command.do) {
    case "start":
      return start(command.server, command.roots);
    case "open":
      texts[name] = fs.readFileSync(name, "utf8");
      versions[name] = 1;
      return connection.sendNotification(protocol.DidOpenTextDocumentNotification.type, {
        textDocument: { ...textDocument, languageId: "terraform", version: 1, text: texts[name] },
      });
    case "replace": {
      const lines = texts[name].split("\n");
      const offset = (at) => lines.slice(0, at[0]).reduce((sum, it) => sum + it.length + 1, 0) + at[1];
      before[name] = texts[name];
      const after =
        texts[name].slice(0, offset(command.from)) + command.text + texts[name].slice(offset(command.to));
      const range = { start: place(command.from), end: place(command.to) };
      return change(name, after, [{ range, text: command.text }]);
    }
    case "undo":
      return change(name, before[name], [{ text: before[name] }]);
    case "save":
      fs.writeFileSync(name, texts[name]);
      return connection.sendNotification(protocol.DidSaveTextDocumentNotification.type, { textDocument });
    case "close":
      delete versions[name];
      return connection.sendNotification(protocol.DidCloseTextDocumentNotification.type, { textDocument });
    case "touched":
      return connection.sendNotification(protocol.DidChangeWatchedFilesNotification.type, {
        changes: command.paths.map((it) => ({ uri: uriOf(it), type: fs.existsSync(it) ? 2 : 3 })),
      });
    case "folders": {
      const list = (all) => all.map((it) => ({ uri: uriOf(it), name: "root" }));
      const event = { added: list(command.added), removed: list(command.removed) };
      return connection.sendNotification(protocol.DidChangeWorkspaceFoldersNotification.type, { event });
    }
    case "shown": {
      await connection.sendRequest(protocol.WorkspaceSymbolRequest.type, { query: "\u0001" });
      const point = (at) => [at.line, at.character];
      const one = (it) => [point(it.range.start), point(it.range.end), it.code, it.message];
      return Object.fromEntries(Object.entries(shown).map(([uri, items]) => [uri, items.map(one)]));
    }
    case "hover": {
      const position = place(command.at);
      const hover = await connection.sendRequest(protocol.HoverRequest.type, { textDocument, position });
      return hover ? hover.contents.value : "";
    }
    case "ask": {
      const range = { start: place([0, 0]), end: place([999, 0]) };
      const lenses = await connection.sendRequest(protocol.CodeLensRequest.type, { textDocument });
      const symbols = await connection.sendRequest(protocol.WorkspaceSymbolRequest.type, { query: "role" });
      const hints = await connection.sendRequest(protocol.InlayHintRequest.type, { textDocument, range });
      return [0, lenses.length, symbols.length, hints.length];
    }
    case "stop": {
      await connection.sendRequest(protocol.ShutdownRequest.type);
      const ended = new Promise((done) => server.on("exit", done));
      await connection.sendNotification(protocol.ExitNotification.type);
      return ended;
    }
  }
}

async function run() {
  for (let number = 0; ; number++) {
    const command = path.join(directory, `${number}.json`);
    while (!fs.existsSync(command)) {
      await new Promise((done) => setTimeout(done, 5));
    }
    const wanted = JSON.parse(fs.readFileSync(command, "utf8"));
    let answer;
    try {
      answer = { answer: (await obey(wanted)) ?? null };
    } catch (error) {
      answer = { error: String(error) };
    }
    fs.writeFileSync(path.join(directory, `${number}.part`), JSON.stringify(answer));
    fs.renameSync(path.join(directory, `${number}.part`), path.join(directory, `${number}.out`));
    if (wanted.do === "stop") {
      process.exit(0);
    }
  }
}

run();
