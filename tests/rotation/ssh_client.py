"""As much of `ssh` as is asked of it here, so that no test needs that program. Its keys come from the agent alone."""

import asyncio
import sys

import asyncssh


def read(words):
    options, flags, rest = {}, [], iter(words)
    for word in rest:
        if word == "-o":
            name, value = next(rest).split("=", 1)
            options.setdefault(name, value)
        elif word in ("-F", "-p"):
            options[word] = next(rest)
        elif word.startswith("-"):
            flags.append(word)
        else:
            return options, flags, word
    raise SystemExit("no destination")


async def main():
    options, flags, destination = read(sys.argv[1:])
    assert options["-F"] == "none" and options["BatchMode"] == options["StrictHostKeyChecking"] == "yes"
    assert options["IdentityFile"] == "none" and options["PreferredAuthentications"] == "publickey"
    assert "-T" in flags
    user, host = destination.split("@")
    known = options.get("UserKnownHostsFile", ())
    chosen = dict(username=user, known_hosts=known, agent_path=options["IdentityAgent"], config=[])
    try:
        async with asyncssh.connect(host, int(options["-p"]), **chosen) as connection:
            done = await connection.run(None)
            sys.stderr.write(done.stderr)
            return done.exit_status
    except asyncssh.HostKeyNotVerifiable:
        sys.stderr.write("Host key verification failed.\n")
    except asyncssh.PermissionDenied:
        sys.stderr.write(f"{destination}: Permission denied (publickey).\n")
    except Exception as error:
        sys.stderr.write(f"{error}\n")
    return 255


sys.exit(asyncio.run(main()))
