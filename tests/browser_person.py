"""A person with a browser, scripted: opens the address a terminal shows, presses the button, is sent back."""

import re
import threading
import time
from urllib.parse import urlsplit

import requests


def pressed(address):
    """Where the platform sends the browser once the person has agreed."""
    answer = requests.get(address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


class Person:
    """Watches what is printed, and follows the first address of `server` to its end; `page` is then shown."""

    def __init__(self, read, server, change=lambda address: address):
        self.read, self.server, self.change = read, server, change
        self.page = None
        self.address = None
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._thread.join(5)

    def _follow(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if found := re.search(rf"^{re.escape(self.server)}/\S+$", self.read(), re.M):
                self.address = found[0]
                back = self.change(pressed(found[0]))
                assert urlsplit(back).hostname in ("127.0.0.1", "localhost")
                self.page = requests.get(back, timeout=5)
                return
            time.sleep(0.01)
