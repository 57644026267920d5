"""What needs a server set up for it is left out without one, and tests/conftest.py says so.

The tests of Mastodon's API take our own server where nobody names a real one, so they always run.
"""

import os

collect_ignore = [] if os.environ.get("SCHEDULER_NODE") else ["test_bluesky_pds.py"]
