"""For every platform's tests: no session is left from a test before."""

import pytest

from scheduler.platforms import xrpc


@pytest.fixture(autouse=True)
def nobody_logged_in(monkeypatch):
    """A process keeps its Bluesky sessions, and a fake server's address may be used a second time."""
    monkeypatch.setattr(xrpc, "MEMORY", xrpc.Memory())
