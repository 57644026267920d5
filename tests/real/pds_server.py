"""A real Bluesky server on this machine, with accounts as a person would make them.

`tests/real/pds/set-up` installs it and prints what SCHEDULER_NODE must say.
"""

import json
import os
import subprocess
import threading
from itertools import count
from pathlib import Path

import requests

START = Path(__file__).with_name("pds") / "start.mjs"
PATIENCE = 120  # seconds; it takes three to six on a machine that has nothing else to do


class RealPds:
    """Runs while the block lasts. `account()` makes a new account and answers its credentials."""

    def __init__(self, folder):
        self._folder, self._numbers = folder, count(1)
        self.base_url = None

    def __enter__(self):
        node = Path(os.environ["SCHEDULER_NODE"])
        errors = (self._folder / "errors.txt").open("w")
        self._process = subprocess.Popen(
            [node, START, node.parents[1], self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        errors.close()
        impatient = threading.Timer(PATIENCE, self._process.kill)
        impatient.start()
        said = self._process.stdout.readline()
        impatient.cancel()
        if not said:
            self.__exit__()
            raise RuntimeError(
                (self._folder / "errors.txt").read_text() or "the server did not start in time"
            )
        self.base_url = f"http://127.0.0.1:{json.loads(said)['pds']}"
        return self

    def __exit__(self, *unused):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def account(self):
        """A new account: (did, handle, app password)."""
        handle = f"campaign{next(self._numbers)}.test"
        body = {"handle": handle, "email": f"{handle}@example.org", "password": "its own password"}
        made = self.call("server.createAccount", body)
        named = {"name": "scheduler"}
        password = self.call("server.createAppPassword", named, made["accessJwt"])["password"]
        return made["did"], handle, password

    def call(self, name, body=None, token=None, **query):
        """com.atproto.NAME, past the program: a POST with a body, else a GET."""
        return requests.request(
            "GET" if body is None else "POST",
            f"{self.base_url}/xrpc/com.atproto.{name}",
            json=body,
            params=query,
            headers={"Authorization": f"Bearer {token}"} if token else None,
            timeout=30,
        ).json()

    def records(self, did, collection="app.bsky.feed.post"):
        """What anybody reads in an account's repository."""
        return self.call("repo.listRecords", repo=did, collection=collection)["records"]
