"""A tiny server on this machine's loopback that a browser is sent back to, once, with the code."""

import html
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from scheduler.errors import InputError
from scheduler.platforms.base import Refusal, Refused

HOST = "127.0.0.1"
PORT = 8765
"""Fixed, because platforms compare the whole address with the one an app was registered with."""

PATIENCE = 300.0
Judge = Callable[[Mapping[str, str]], str | Refused | None]

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",  # the code stands in the page's address
    "Cache-Control": "no-store",
    "Connection": "close",
}
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 18px/1.5 sans-serif; max-width: 34em; margin: 4em auto; padding: 0 1em">
<h1>{title}</h1><p>{words}</p></body></html>
"""


class Listener:
    """Waits for the browser. What does not answer our own question is told so and changes nothing."""

    def __init__(self) -> None:
        self.judge: Judge = lambda query: None
        self.port = 0
        self._answers: queue.Queue[str | Refused] = queue.Queue()

    def hear(self, query: Mapping[str, str]) -> str | Refused | None:
        """What a browser brought; the first answer to our question ends the waiting."""
        found = self.judge(query)
        if found is not None:
            self._answers.put(found)
        return found

    def wait(self, seconds: float = PATIENCE) -> str | Refused:
        """The code, or why there is none."""
        try:
            return self._answers.get(timeout=seconds)
        except queue.Empty:
            words = f"nobody came back from the browser within {seconds / 60:.0f} minutes; begin again"
            return Refused(Refusal.AUTH, words)


@contextmanager
def listening(port: int) -> Iterator[Listener]:
    """A listener on loopback, whose `judge` is then set. Raises InputError where the port is taken."""
    listener = Listener()
    try:
        server = ThreadingHTTPServer((HOST, port), _handler(listener))
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "there is no such port"
        words = f"port {port} of this machine cannot be used ({why}); choose another with --port"
        raise InputError(words) from None
    server.daemon_threads = True
    listener.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="callback")
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address, as a browser shows it."""
    return dict(parse_qsl(urlsplit(address.strip()).query))


class _Handler(BaseHTTPRequestHandler):
    """Answers the browser. A class of it names the listener."""

    listener: Listener
    timeout = 10  # a browser opens connections that it never uses

    def do_GET(self) -> None:
        # A page elsewhere may give its own name this machine's address: that name is not ours.
        host = self.headers.get("Host", "").rpartition(":")[0]
        found = self.listener.hear(query_of(self.path)) if host in (HOST, "localhost") else None
        if found is None:
            words = "This page was opened by something else. Use the address that the terminal shows."
            self._show(400, "Not this one", words)
        elif isinstance(found, Refused):
            self._show(200, "Not connected", f"{found.message}. Go back to the terminal.")
        else:
            self._show(200, "Thank you", "The terminal goes on by itself. You can close this page.")

    def _show(self, status: int, title: str, words: str) -> None:
        page = _PAGE.format(title=title, words=html.escape(words)).encode()
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Length": str(len(page))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *unused: Any) -> None:
        """Nothing: the code would stand in the log."""


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"listener": listener})
