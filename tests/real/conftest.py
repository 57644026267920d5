"""These tests need a server set up for them: without it they are left out, and tests/conftest.py says so."""

import os

collect_ignore_glob = [] if os.environ.get("SCHEDULER_NODE") else ["test_*.py"]
