"""Networks of a test's own are for root alone; where nobody is root, that is said."""

import os

from tests import postgres

NEEDS_ROOT = ("test_two_networks.py", "test_several_machines_page.py")


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        items[:] = [item for item in items if item.path.name not in NEEDS_ROOT]


def pytest_terminal_summary(terminalreporter):
    if os.geteuid() != 0 and postgres.is_named():
        terminalreporter.write_line("tests with networks of their own left out: they need root")
