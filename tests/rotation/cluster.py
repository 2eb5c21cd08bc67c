"""The emulator of kmock, with what it leaves out and this needs: tokens, versions, and the media type of a patch."""

import asyncio
import sys

import kmock

TOKEN = "Bearer token-of-a-cluster-that-lives-for-seconds"
PATCHES = ("application/merge-patch+json", "application/strategic-merge-patch+json")


class Cluster(kmock.KubernetesEmulator):
    version = 0

    async def _handle(self, request):
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("authorization") != TOKEN:
            raise kmock.KubernetesError(status=401, reason="Unauthorized")
        method = str(request.method).rpartition(".")[2].upper()
        if method == "PATCH" and headers.get("content-type") not in PATCHES:
            raise kmock.KubernetesError(status=415, reason="UnsupportedMediaType")
        if method in ("PATCH", "POST"):
            meta = request.data.setdefault("metadata", {})
            key = (request.resource, request.namespace, request.name)
            if method == "PATCH" and key in self.objects and "resourceVersion" in meta:
                if meta["resourceVersion"] != self.objects[key]["metadata"]["resourceVersion"]:
                    raise kmock.KubernetesError(status=409, reason="Conflict")
            Cluster.version += 1
            meta["resourceVersion"] = str(Cluster.version)
        return await super()._handle(request)


async def main():
    cluster = Cluster()
    async with cluster, kmock.Server(cluster, host="127.0.0.1", port=int(sys.argv[1])):
        await asyncio.Event().wait()


asyncio.run(main())
