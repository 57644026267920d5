"""A folder of public images, served on loopback as a web server would."""

import functools
import http.server
import threading
from contextlib import contextmanager

from scheduler.platforms.public_media import PublicMedia


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    """The folder as public media; `folder` itself is made when the first image is put there."""
    handler = functools.partial(_Quiet, directory=str(folder.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()
    try:
        yield PublicMedia(str(folder), f"http://127.0.0.1:{server.server_port}/{folder.name}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
