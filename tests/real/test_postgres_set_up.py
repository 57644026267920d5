"""The server for tests: there after one command, the same after two, there again after a crash, then gone."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.cluster import a_folder, wait_until

pytestmark = pytest.mark.a_server

SCRIPTS = Path(__file__).with_name("postgres")


@pytest.fixture
def home():
    folder = a_folder("set-up-postgres-")
    yield folder / "server"
    run("tear-down", folder / "server")
    shutil.rmtree(folder)


def run(script, home):
    asked = {**os.environ, "SCHEDULER_POSTGRES_HOME": str(home)}
    done = subprocess.run(
        [SCRIPTS / script], env=asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def answered(url):
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("fsync", "server_encoding")]
    engine.dispose()
    return found


def postmaster(home):
    return int((home / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])


def test_a_server_for_the_tests_comes_and_goes_with_one_command_each(home):
    url = run("set-up", home)
    # Nothing is made faster at the price of what the program relies on.
    assert answered(url) == ["on", "UTF8"]
    assert run("set-up", home) == url
    number = postmaster(home)
    os.kill(number, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{number}").exists(), 20)
    assert answered(run("set-up", home)) == ["on", "UTF8"]
    run("tear-down", home)
    assert not home.exists()
    run("tear-down", home)
