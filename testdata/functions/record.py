#!/usr/bin/env python3
"""Records what `terraform console` prints for every expression of corpus.txt.

Run it with the Terraform release named below on the PATH:

    python3 testdata/functions/record.py

An expression is one line. Lines that start with "| " belong together and make one expression of several
lines, up to a line without that prefix. Blank lines and lines that start with "#" are skipped.
"""

import json
import pathlib
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

RELEASE = "1.11.4"
HERE = pathlib.Path(__file__).resolve().parent


def expressions(text):
    block = []
    for line in text.splitlines():
        if line.startswith("| ") or line == "|":
            block.append(line[2:])
            continue
        if block:
            yield "\n".join(block)
            block = []
        if line.strip() and not line.startswith("#"):
            yield line
    if block:
        yield "\n".join(block)


def record(expr):
    """The console reads one line; longer expressions are put into a local value first."""
    with tempfile.TemporaryDirectory() as folder:
        line = expr
        if "\n" in expr:
            tail = "\n" if expr.rstrip().endswith("EOT") else ""
            body = f"locals {{\n  recorded = {expr}{tail}\n}}\n"
            (pathlib.Path(folder) / "main.tf").write_text(body, encoding="utf-8")
            line = "local.recorded"
        done = subprocess.run(
            ["terraform", "console", "-no-color"],
            input=line + "\n",
            capture_output=True,
            cwd=folder,
            encoding="utf-8",
            timeout=60,
        )
    if done.returncode != 0 or re.search(r"\bError: ", done.stderr):
        return {"expr": expr, "error": True}
    return {"expr": expr, "output": done.stdout.rstrip("\n")}


def main():
    found = subprocess.run(["terraform", "version", "-json"], capture_output=True, encoding="utf-8", check=True)
    version = json.loads(found.stdout)["terraform_version"]
    if version != RELEASE:
        raise SystemExit(f"this corpus is recorded with Terraform {RELEASE}, not {version}")
    corpus = list(expressions((HERE / "corpus.txt").read_text(encoding="utf-8")))
    repeated = {expr for expr in corpus if corpus.count(expr) > 1}
    if repeated:
        raise SystemExit(f"written twice: {sorted(repeated)}")
    with ThreadPoolExecutor(max_workers=4) as pool:
        recorded = list(pool.map(record, corpus))
    out = HERE / "recorded.json"
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in recorded)
    out.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    errors = sum("error" in entry for entry in recorded)
    print(f"{len(recorded)} expressions, {errors} of them errors")


if __name__ == "__main__":
    main()
