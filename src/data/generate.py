#!/usr/bin/env python3
"""Derives the embedded fact files of this folder from the larger ones they are made of.

  python3 src/data/generate.py DIRECTORY

DIRECTORY holds aws-actions.json, aws-managed-policies.json.gz, aws-managed-summary.json, gcp-roles.json.gz,
azure-roles.json and entra-privileged.json. README.md says where each of them comes from. The output is
deterministic, so that a refresh shows up as a readable difference.
"""
import gzip
import io
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__)


def load(name):
    path = os.path.join(SOURCE, name)
    opener = gzip.open if name.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def save(name, data):
    if isinstance(data, str):
        data = data.encode()
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(data)
    print(f"{name}: {len(data)} bytes")


def gz(text):
    # No time stamp and no file name, or the bytes would change with every run.
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", mtime=0, compresslevel=9) as file:
        file.write(text.encode())
    return buffer.getvalue()


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def aws_actions():
    """An index line per service, an empty line, then one block per service.

    index   prefix TAB actions TAB bytes of the block TAB display name
    block   resource types, one a line: `.` type SPACE ARN pattern; then actions sorted
            without regard to case: name SPACE level flags [SPACE resource type numbers, comma separated]

    Variables in ARN patterns are written `*`, and `~` stands for `arn:*:` prefix `:*:*:`.
    """
    index, blocks = [], []
    for prefix, service in sorted(load("aws-actions.json")["services"].items()):
        usual = f"arn:*:{prefix}:*:*:"
        lines = []
        for kind, arn in service["r"]:
            pattern = re.sub(r"\$\{[^}]*\}", "*", arn)
            lines.append(f".{kind} {pattern.replace(usual, '~')}")
        for name in sorted(service["a"], key=str.lower):
            level, flags, types, _ = service["a"][name]
            lines.append(f"{name} {level}{flags}" + (" " + ",".join(map(str, types)) if types else ""))
        block = "".join(line + "\n" for line in lines)
        index.append(f"{prefix}\t{len(service['a'])}\t{len(block.encode())}\t{service['n']}")
        blocks.append(block)
    save("aws-actions.txt.gz", gz("\n".join(index) + "\n\n" + "".join(blocks)))


def aws_managed():
    """Summaries as a table; documents as real policy documents, one a line, in gzip members of 64 policies
    each, so that one document costs the inflation of one member."""
    summaries = {}
    for arn, facts in load("aws-managed-summary.json")["policies"].items():
        path, name = arn.split(":policy/")[1].rpartition("/")[::2]
        assert name not in summaries
        summaries[name] = (path, facts)
    table = load("aws-managed-policies.json.gz")
    keys = {"a": "Action", "na": "NotAction", "r": "Resource", "nr": "NotResource"}
    lines, documents = [], []
    for name, (path, facts) in sorted(summaries.items()):
        policy = table["policies"][name]
        lines.append("\t".join([
            name, path, policy["v"], policy["u"], facts["verdict"], ",".join(map(str, facts["broad"])),
            str(facts["scoped"]), facts["flags"], ",".join(facts["svc"]), ",".join(facts["privesc"])]))
        statements = []
        for raw in policy["s"]:
            statement = {"Effect": {"A": "Allow", "D": "Deny"}[raw["e"]]}
            statement.update((long, table["pool"][raw[short]]) for short, long in keys.items() if short in raw)
            if "c" in raw:
                statement["Condition"] = raw["c"]
            statements.append(statement)
        documents.append((name, compact({"Version": "2012-10-17", "Statement": statements})))
    save("aws-managed.txt.gz", gz("\n".join(lines) + "\n"))
    index, body = [], b""
    for start in range(0, len(documents), 64):
        part = documents[start:start + 64]
        member = gz("".join(f"{name}\t{text}\n" for name, text in part))
        index.append(f"{part[0][0]}\t{len(member)}")
        body += member
    save("aws-managed-documents.bin", "\n".join(index).encode() + b"\n\n" + body)


def gcp():
    data = load("gcp-roles.json.gz")
    save("gcp-roles.json.gz", gz(compact({"permissions": data["permissions"], "roles": data["roles"]})))


def azure():
    save("azure-roles.json.gz", gz(compact(load("azure-roles.json")["roles"])))


def entra():
    data = load("entra-privileged.json")
    data.pop("meta", None)
    lines = []
    for section, rows in data.items():
        entries = ",\n".join(f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
        lines.append(f"  {json.dumps(section)}: {{\n{entries}\n  }}")
    save("entra-privileged.json", "{\n" + ",\n".join(lines) + "\n}\n")


for step in (aws_actions, aws_managed, gcp, azure, entra):
    step()
