"""Obeys commands of a test with the client of pytest-lsp, which checks everything that a server says against the
protocol and against what the client said it can do. A command is a file, and so is its answer."""

import asyncio
import json
import os
import pathlib
import sys
import warnings

from lsprotocol import types
from pytest_lsp import LspSpecificationWarning, client_capabilities, make_test_lsp_client

warnings.simplefilter("error", LspSpecificationWarning)


def position(at):
    return types.Position(line=at[0], character=at[1])


class Driver:
    def __init__(self, directory, capabilities):
        self.directory = pathlib.Path(directory)
        self.capabilities = capabilities
        self.client = make_test_lsp_client()
        for method in (types.CLIENT_REGISTER_CAPABILITY, types.WORKSPACE_CODE_LENS_REFRESH):
            self.client.feature(method)(lambda *_: None)
        self.texts = {}
        self.versions = {}
        self.before = {}
        self.pulls = False
        self.known = {}

    async def start(self, server, roots, options):
        await self.client.start_io(*server)
        folders = [types.WorkspaceFolder(uri=pathlib.Path(root).as_uri(), name="root") for root in roots]
        result = await self.client.initialize_session(
            types.InitializeParams(
                capabilities=client_capabilities(self.capabilities),
                initialization_options=options,
                workspace_folders=folders,
                root_uri=folders[0].uri,
            )
        )
        self.pulls = result.capabilities.diagnostic_provider is not None

    def change(self, path, text, change):
        self.versions[path] += 1
        self.texts[path] = text
        document = types.VersionedTextDocumentIdentifier(
            uri=pathlib.Path(path).as_uri(), version=self.versions[path]
        )
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(text_document=document, content_changes=[change])
        )

    async def obey(self, do):
        what, path = do["do"], do.get("path")
        uri = pathlib.Path(path).as_uri() if path else None
        if what == "start":
            await self.start(do["server"], do["roots"], do["options"])
        elif what == "open":
            text = pathlib.Path(path).read_text()
            self.texts[path], self.versions[path] = text, 1
            self.client.text_document_did_open(
                types.DidOpenTextDocumentParams(
                    text_document=types.TextDocumentItem(
                        uri=uri, language_id="terraform", version=1, text=text
                    )
                )
            )
        elif what == "replace":
            text = self.texts[path]
            lines = text.split("\n")
            offset = lambda at: sum(len(line) + 1 for line in lines[: at[0]]) + at[1]
            after = text[: offset(do["from"])] + do["text"] + text[offset(do["to"]) :]
            self.before[path] = text
            span = types.Range(start=position(do["from"]), end=position(do["to"]))
            self.change(
                path, after, types.TextDocumentContentChangePartial(range=span, text=do["text"])
            )
        elif what == "undo":
            before = self.before[path]
            self.change(path, before, types.TextDocumentContentChangeWholeDocument(text=before))
        elif what == "save":
            pathlib.Path(path).write_text(self.texts[path])
            self.client.text_document_did_save(
                types.DidSaveTextDocumentParams(text_document=types.TextDocumentIdentifier(uri=uri))
            )
        elif what == "close":
            self.client.text_document_did_close(
                types.DidCloseTextDocumentParams(text_document=types.TextDocumentIdentifier(uri=uri))
            )
        elif what == "touched":
            changes = [
                types.FileEvent(
                    uri=pathlib.Path(it).as_uri(),
                    type=types.FileChangeType.Changed if os.path.exists(it) else types.FileChangeType.Deleted,
                )
                for it in do["paths"]
            ]
            self.client.workspace_did_change_watched_files(
                types.DidChangeWatchedFilesParams(changes=changes)
            )
        elif what == "folders":
            folder = lambda it: types.WorkspaceFolder(uri=pathlib.Path(it).as_uri(), name="root")
            self.client.workspace_did_change_workspace_folders(
                types.DidChangeWorkspaceFoldersParams(
                    event=types.WorkspaceFoldersChangeEvent(
                        added=[folder(it) for it in do["added"]],
                        removed=[folder(it) for it in do["removed"]],
                    )
                )
            )
        elif what == "shown":
            return await self.shown()
        elif what == "hover":
            hover = await self.client.text_document_hover_async(
                types.HoverParams(
                    text_document=types.TextDocumentIdentifier(uri=uri), position=position(do["at"])
                )
            )
            return hover.contents.value if hover else ""
        elif what == "ask":
            document = types.TextDocumentIdentifier(uri=uri)
            everything = types.Range(start=types.Position(0, 0), end=types.Position(999, 0))
            actions = await self.client.text_document_code_action_async(
                types.CodeActionParams(
                    text_document=document,
                    range=everything,
                    context=types.CodeActionContext(diagnostics=[]),
                )
            )
            lenses = await self.client.text_document_code_lens_async(
                types.CodeLensParams(text_document=document)
            )
            symbols = await self.client.workspace_symbol_async(types.WorkspaceSymbolParams(query="role"))
            hints = await self.client.text_document_inlay_hint_async(
                types.InlayHintParams(text_document=document, range=everything)
            )
            for kind in (self.client.text_document_definition_async, self.client.text_document_references_async):
                at = types.ReferenceParams(
                    text_document=document,
                    position=position(do["at"]),
                    context=types.ReferenceContext(include_declaration=True),
                )
                await kind(at)
            return [len(actions or []), len(lenses or []), len(symbols or []), len(hints or [])]
        elif what == "stop":
            await self.client.shutdown_session()
            return self.client._server.returncode
        return None

    async def shown(self):
        await self.client.workspace_symbol_async(types.WorkspaceSymbolParams(query="\u0001"))
        shown = dict(self.client.diagnostics)
        if self.pulls:
            previous = [types.PreviousResultId(uri=uri, value=id) for uri, (id, _) in self.known.items()]
            report = await self.client.workspace_diagnostic_async(
                types.WorkspaceDiagnosticParams(previous_result_ids=previous)
            )
            for item in report.items:
                if item.kind == "full":
                    self.known[item.uri] = (item.result_id or "", item.items)
            shown = {uri: items for uri, (_, items) in self.known.items()}
        point = lambda at: [at.line, at.character]
        one = lambda it: [point(it.range.start), point(it.range.end), it.code, it.message]
        return {uri: [one(it) for it in items] for uri, items in shown.items()}

    async def run(self):
        number = 0
        while True:
            command = self.directory / f"{number}.json"
            while not command.exists():
                await asyncio.sleep(0.005)
            do = json.loads(command.read_text())
            try:
                answer = {"answer": await self.obey(do)}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            if self.client.error:
                answer = {"error": str(self.client.error)}
            partial = self.directory / f"{number}.part"
            partial.write_text(json.dumps(answer))
            partial.rename(self.directory / f"{number}.out")
            if do["do"] == "stop":
                return
            number += 1


asyncio.run(Driver(sys.argv[1], sys.argv[2]).run())
