"""What needs a server set up for it is left out without one, and tests/conftest.py says so.

The tests of Mastodon's API take our own server where nobody names a real one, so they always run.
"""

import os

import pytest

from tests.real.pds_server import RealPds

NEEDS_NODE = ["test_bluesky_pds.py", "test_contract_bluesky_pds.py"]
collect_ignore = [] if os.environ.get("SCHEDULER_NODE") else NEEDS_NODE


@pytest.fixture(scope="session")
def pds(tmp_path_factory):
    """One real Bluesky server for all tests; each makes accounts of its own there."""
    with RealPds(tmp_path_factory.mktemp("pds")) as running:
        yield running
