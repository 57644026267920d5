"""Real services on this machine that take alerts: a mail server and an HTTP endpoint."""

import json
import threading
import time
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

SECRET = "canary-alert-4c1d"


class _Mailbox:
    def __init__(self, answer):
        self.answer, self.letters = answer, []

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return self.answer


class _AnyPort(Controller):
    """Takes the port the system gives."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(answer="250 OK", password=None):
    """Answers (address for apprise, letters received so far)."""
    box = _Mailbox(answer)
    more = {}
    if password is not None:

        def known(server, session, envelope, mechanism, data):
            good = isinstance(data, LoginPassword) and data.password == password.encode()
            return AuthResult(success=good, handled=False)

        more = {"authenticator": known, "auth_required": True, "auth_require_tls": False}
    controller = _AnyPort(box, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        who = f"staff:{SECRET}@" if password is not None else ""
        query = "from=scheduler@example.org&to=desk@example.org&mode=insecure"
        yield f"mailto://{who}127.0.0.1:{controller.port}/?{query}", box.letters
    finally:
        controller.stop()


@contextmanager
def endpoint(status=200, wait=0.0):
    """Answers (address for apprise, messages received so far, a dict whose `status` may be changed)."""
    received, manner = [], {"status": status, "wait": wait}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(json.loads(content))
            end = time.monotonic() + manner["wait"]
            while time.monotonic() < end and not manner.get("closing"):
                time.sleep(0.02)
            self.send_response(manner["status"])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_address[1]}/{SECRET}", received, manner
    finally:
        manner["closing"] = True
        server.shutdown()
        server.server_close()
