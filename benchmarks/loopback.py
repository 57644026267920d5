"""A social network on this machine that notes when each request's first byte came: the oracle of benchmarks.

python -m benchmarks.loopback       prints its port, serves until its standard input closes

It runs in a process of its own, so that it shares no interpreter lock with what is measured. POST /posts
publishes, POST /media takes an image (as slowly as told), GET /account and HEAD / answer at once.
"""

import asyncio
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]


class Network:
    """What was published, by key, with the moments at which each post's first byte arrived."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, float]] = []
        self.introduced = 0
        self.upload_seconds = 0.0

    async def answer(self, method: str, path: str, body: bytes, first: float) -> tuple[int, Any]:
        match method, path:
            case "POST", "/posts":
                self.posts.append((json.loads(body)["key"], first))
                return 200, {"id": str(len(self.posts)), "url": f"http://loopback/{len(self.posts)}"}
            case "POST", "/media":
                await asyncio.sleep(self.upload_seconds)
                return 200, {"id": "m1"}
            case "GET", "/account":
                self.introduced += 1
                return 200, {"id": "account"}
            case "GET", "/log":
                return 200, {"posts": self.posts, "introduced": self.introduced}
            case "GET", "/counts":
                return 200, {"posts": len(self.posts), "introduced": self.introduced}
            case "POST", "/upload-seconds":
                self.upload_seconds = float(body)
                return 200, {}
            case "POST", "/forget":
                self.posts, self.introduced = [], 0
                return 200, {}
        return (200, {}) if path == "/" else (404, {"error": "not found"})


class Connection(asyncio.Protocol):
    """One request and its answer."""

    def __init__(self, network: Network) -> None:
        self._network, self._data, self._first, self._task = network, bytearray(), 0.0, None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._data:
            self._first = time.time()
        self._data += data
        head, end, body = bytes(self._data).partition(b"\r\n\r\n")
        if end and self._task is None and len(body) >= _length(head):
            self._task = asyncio.ensure_future(self._respond(head, body))

    async def _respond(self, head: bytes, body: bytes) -> None:
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        status, fields = await self._network.answer(method, path, body, self._first)
        content = b"" if method == "HEAD" else json.dumps(fields).encode()
        lines = (
            f"HTTP/1.1 {status} X",
            f"Date: {formatdate(usegmt=True)}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            "Connection: close",
        )
        self._transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        self._transport.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def _serve() -> None:
    network, loop = Network(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(network), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    over = asyncio.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    await over.wait()
    server.close()


@dataclass(frozen=True)
class Loopback:
    """The network as a benchmark speaks to it."""

    url: str

    def ask(self, method: str, path: str, body: str = "") -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        try:
            connection.request(method, path, body.encode())
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    @property
    def arrivals(self) -> dict[str, float]:
        """Each published key with its moment. Raises ValueError where a key came twice: no figure is worth
        that.
        """
        posts = self.ask("GET", "/log")["posts"]
        found = dict(posts)
        if len(found) < len(posts):
            raise ValueError(f"{len(posts) - len(found)} posts were published twice")
        return found

    @property
    def introduced(self) -> int:
        return int(self.ask("GET", "/counts")["introduced"])

    def wait_for(self, posts: int, seconds: float) -> dict[str, float]:
        """The arrivals, once there are as many as wanted. Raises TimeoutError where they do not come."""
        end = time.monotonic() + seconds
        while (count := self.ask("GET", "/counts")["posts"]) < posts:
            if time.monotonic() > end:
                raise TimeoutError(f"{count} of {posts} posts came within {seconds:g} s")
            time.sleep(0.1)
        return self.arrivals

    def forget(self) -> None:
        self.ask("POST", "/forget")

    def upload_takes(self, seconds: float) -> None:
        self.ask("POST", "/upload-seconds", str(seconds))


@contextmanager
def network() -> Iterator[Loopback]:
    """The network in a process of its own, for as long as the block runs."""
    command = [sys.executable, "-m", "benchmarks.loopback"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Loopback(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.stdin.close()
            process.wait(10)


if __name__ == "__main__":
    asyncio.run(_serve())
