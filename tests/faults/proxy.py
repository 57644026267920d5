"""What lies between a scheduler and its database's server, and may fail at any moment.

It passes everything on until it is told otherwise: connections are reset, or nothing comes through any more
in either direction, or one breaks just when a COMMIT has been sent.
"""

import contextlib
import re
import selectors
import socket
import struct
import threading
import time

ASKED = re.compile(rb"Q.{4}COMMIT\x00", re.DOTALL)
"""A COMMIT as a simple query of the protocol: Q, its length, the words, a zero byte."""

PREPARED = re.compile(rb"P.{4}([^\x00]*)\x00COMMIT\x00", re.DOTALL)
"""A COMMIT that gets a name, by which it is asked for later."""

READY = b"Z\x00\x00\x00\x05"
"""With this the server says that it has done what was asked."""


class Proxy:
    """`port` leads to the server's, wherever that is: `target` may be set anew after a fail-over."""

    def __init__(self, target, host="127.0.0.1"):
        self.target = target
        self.cuts = 0
        self._is_dark = False
        self._commits, self._before, self._of = 0, False, b""
        self._pairs = set()
        self._guard = threading.Lock()
        self._listener = socket.create_server((host, 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._listener.close()
        self.reset()

    def reset(self):
        """Every connection breaks off with a reset; new ones are passed on."""
        with self._guard:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            pair.reset()

    def go_dark(self):
        """Nothing comes through any more and nobody is told, as when a cable is pulled."""
        self._is_dark = True

    def light_up(self):
        """What was under way in the dark is lost, as where a router has forgotten it."""
        self._is_dark = False
        self.reset()

    def cut_at_commit(self, number=1, *, before=False, of=b""):
        """The connection of the next COMMIT but `number` - 1 breaks: after the server has carried it out and
        before its answer comes through, or `before` it gets there. `of`: only transactions in which these
        words were said count.
        """
        with self._guard:
            self._commits, self._before, self._of = number, before, of

    @property
    def is_armed(self):
        return self._commits > 0

    def is_dark(self):
        return self._is_dark

    def says_cut(self, said):
        """Whether this COMMIT is the one to break at: None, or whether it is to break before it."""
        with self._guard:
            if self._commits == 0 or self._of not in said:
                return None
            self._commits -= 1
            if self._commits:
                return None
            self.cuts += 1
            return self._before

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        if self._is_dark:
            pair = _Pair(self, client, None)
        else:
            try:
                pair = _Pair(self, client, socket.create_connection(("127.0.0.1", self.target), timeout=5))
            except OSError:
                _reset(client)
                return
        with self._guard:
            self._pairs.add(pair)
        pair.serve()
        with self._guard:
            self._pairs.discard(pair)


class _Pair:
    """One connection, from the scheduler and on to the server."""

    def __init__(self, proxy, client, server):
        self._proxy, self._client, self._server = proxy, client, server
        self._is_over, self._is_deaf = False, False
        self._names, self._said = set(), b""

    def serve(self):
        with selectors.DefaultSelector() as ready:
            for end in filter(None, (self._client, self._server)):
                ready.register(end, selectors.EVENT_READ)
            with contextlib.suppress(OSError, ValueError):
                while not self._is_over:
                    found = ready.select(0.05)
                    if self._proxy.is_dark():
                        time.sleep(0.02)
                        continue
                    if not all(self._pass_on(key.fileobj) for key, _ in found):
                        break
        self.reset()

    def _pass_on(self, source):
        if self._server is None:
            return False
        content = source.recv(1 << 16)
        if not content:
            return False
        if source is self._server:
            if self._is_deaf:
                return READY not in content
            if content.endswith(READY + b"I"):
                self._said = b""
            self._client.sendall(content)
            return True
        self._said += content
        cut = self._proxy.says_cut(self._said) if self._commits(content) else None
        if cut:
            return False
        self._is_deaf |= cut is False
        self._server.sendall(content)
        return True

    def _commits(self, content):
        """Whether a COMMIT is among what is asked, in words or by the name that it was given before."""
        self._names.update(PREPARED.findall(content))
        called = (rb"B.{4}[^\x00]*\x00" + re.escape(name) + rb"\x00" for name in self._names)
        return bool(ASKED.search(content)) or any(re.search(one, content, re.DOTALL) for one in called)

    def reset(self):
        self._is_over = True
        for end in filter(None, (self._client, self._server)):
            _reset(end)


def _reset(end):
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.close()
