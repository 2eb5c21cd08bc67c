// Runs the extension with a stand-in for the editor and for the client, to see that it does what package.json says.

const { test } = require("node:test");
const assert = require("node:assert");
const Module = require("node:module");
const manifest = require("../package.json");

const registered = new Map();
const sent = [];
const opened = [];
let options;
let fails = false;
let errors = 0;

class EventEmitter {
  event = () => ({ dispose() {} });
  fire() {}
}

const vscode = {
  EventEmitter,
  Uri: { from: (it) => it },
  ViewColumn: { Beside: -2 },
  commands: {
    registerCommand: (name, run) => {
      registered.set(name, run);
      return { dispose() {} };
    },
    executeCommand: async () => {},
  },
  workspace: {
    getConfiguration: () => ({ get: () => "/opt/keyward" }),
    onDidChangeConfiguration: () => ({ dispose() {} }),
    openTextDocument: async (uri) => uri,
    registerTextDocumentContentProvider: (_, provider) => {
      vscode.provider = provider;
      return { dispose() {} };
    },
  },
  window: {
    activeTextEditor: {
      document: { uri: { scheme: "file", toString: () => "file:///a.tf" } },
      selection: { active: { line: 3, character: 4 } },
    },
    showQuickPick: async (all) => all[0],
    showTextDocument: async (it) => opened.push(vscode.provider.provideTextDocumentContent(it)),
    showErrorMessage: async () => {
      errors += 1;
    },
    showInformationMessage: async () => {},
    showWarningMessage: async () => {},
  },
};

class LanguageClient {
  constructor(id, name, server, clientOptions) {
    options = { server, clientOptions };
  }
  async start() {
    if (fails) {
      throw new Error("spawn ENOENT");
    }
  }
  async stop() {}
  async sendRequest(method, params) {
    sent.push([method, params]);
    return `${params.command}!`;
  }
}

const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === "vscode") return vscode;
  if (name === "vscode-languageclient/node") return { LanguageClient, TransportKind: { stdio: 0 } };
  return load(name, ...rest);
};

const extension = require("../extension.js");

test("every command of the manifest is registered", async () => {
  await extension.activate({ subscriptions: [] });
  const names = manifest.contributes.commands.map((it) => it.command);
  assert.deepStrictEqual([...registered.keys()].sort(), names.sort());
  assert.strictEqual(options.server.command, "/opt/keyward");
  assert.deepStrictEqual(options.server.args, ["lsp"]);
});

test("what commands return is shown", async () => {
  await registered.get("keyward.showGraph")();
  await registered.get("keyward.showCard")();
  const { executeCommand } = options.clientOptions.middleware;
  await executeCommand("keyward.explain", [], async () => "of a lens");
  assert.deepStrictEqual(opened, ["keyward.graph!", "keyward.explain!", "of a lens"]);
  assert.deepStrictEqual(sent[1][1].arguments[0].position, { line: 3, character: 4 });
});

test("a program that is not there is told", async () => {
  fails = true;
  await registered.get("keyward.restart")();
  assert.strictEqual(errors, 1);
  await extension.deactivate();
});
