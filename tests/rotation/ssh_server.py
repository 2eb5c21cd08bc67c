"""An SSH server that knows the deploy keys of a hub, and greets as GitHub does. Beside it, logins for whoever asks.

Arguments: its port, that for logins, the address of the hub, the file of its host key.
"""

import asyncio
import json
import sys
import urllib.request

import asyncssh

PORT, DESK, HUB, HOST_KEY = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]


def line_of(key):
    return key.export_public_key().decode().strip()


async def ask(path, body=None):
    data = None if body is None else body.encode()
    def send():
        return urllib.request.urlopen(HUB + "/ssh/" + path, data, timeout=20).read()
    return await asyncio.get_running_loop().run_in_executor(None, send)


class Server(asyncssh.SSHServer):
    def connection_made(self, connection):
        self.connection = connection

    def begin_auth(self, username):
        return True

    def public_key_auth_supported(self):
        return True

    async def validate_public_key(self, username, key):
        known = json.loads(await ask("authorized"))
        line = " ".join(line_of(key).split()[:2])
        self.connection.set_extra_info(repository=known.get(line), key=line)
        return username == "git" and line in known


async def greet(process):
    name = process.get_extra_info("repository")
    await ask("used", process.get_extra_info("key"))
    process.stderr.write(
        f"Hi {name}! You've successfully authenticated, but GitHub does not provide shell access.\n"
    )
    process.exit(1)


async def log_in(text):
    key = asyncssh.import_private_key(text)
    options = dict(username="git", known_hosts=None, client_keys=[key], agent_path=None, config=[])
    try:
        async with asyncssh.connect("127.0.0.1", PORT, **options) as connection:
            return (await connection.run(None)).stderr
    except asyncssh.PermissionDenied:
        return "refused"


async def desk(reader, writer):
    try:
        said = await log_in((await reader.read(65536)).decode())
    except Exception as error:
        said = repr(error)
    writer.write(said.encode())
    await writer.drain()
    writer.close()


async def main():
    options = dict(server_host_keys=[HOST_KEY], server_factory=Server, process_factory=greet, encoding="utf-8")
    await asyncio.start_server(desk, "127.0.0.1", DESK)
    await asyncssh.listen("127.0.0.1", PORT, **options)
    await asyncio.Event().wait()


asyncio.run(main())
