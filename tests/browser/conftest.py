"""These tests need Chromium: without its path they are left out, and tests/conftest.py says so."""

import os

collect_ignore_glob = [] if os.environ.get("SCHEDULER_CHROMIUM") else ["test_*.py"]
