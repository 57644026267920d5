"""The page on several machines, followed word by word: a server and two machines, each in its own network.

The word before $ says where a command is typed. What the page has nothing to type for, the test does: it
pulls a plug.
"""

import multiprocessing
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import campaigns, documents
from tests.fakes.mastodon_server import MastodonServer
from tests.faults import networks, own_mounts
from tests.faults.cluster import Cluster, as_its_user
from tests.faults.world import wait_until

pytestmark = pytest.mark.a_server

PAGE = "docs/how-to/several-machines.md"
ROOT = documents.ROOT
TYPED = re.compile(r"^(server|first|second)\$ (.*)$", re.MULTILINE)
MACHINES = {"first": 0, "second": 1}
SOON = timedelta(seconds=25)


def test_whoever_follows_the_page_has_two_machines_of_which_one_may_lose_its_network():
    """It takes as long as two machines take to come up one after the other."""
    found = own_mounts.played(followed, spaces=("--mount", "--net"), seconds=280)
    assert found == {"published": 1, "pulled in time": True, "second": 0}


def test_what_the_page_names_is_there():
    for link in documents.links(PAGE):
        assert (ROOT / "docs" / "how-to" / link.partition("#")[0]).is_file(), link


def followed():
    """The page from top to bottom, then the plug."""
    networks.lay(0, 1)
    networks.call(networks.SERVER, "db.example")
    with (
        tempfile.TemporaryDirectory() as folder,
        MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as platform,
        Cluster({"listen_addresses": "*"}, port=5432) as server,
    ):
        scene = Scene(Path(folder), server, platform)
        try:
            for block in documents.blocks(PAGE):
                scene.follow(block)
            return scene.pull_the_plug()
        finally:
            scene.end()


class Scene:
    def __init__(self, folder, server, platform):
        self.server, self.platform = server, platform
        self.folders = [folder / name for name in MACHINES]
        self.running = {}
        late = _post(datetime.now(UTC) + timedelta(hours=1))
        config = campaigns.write(self.folders[0], late, mastodon=platform.base_url, live=True)
        text = config.read_text(encoding="utf-8")
        config.write_text(text[: text.index("  x-en:")], encoding="utf-8")
        port = int(platform.base_url.rpartition(":")[2])
        for number in MACHINES.values():
            networks.carry_on((networks.HERE.format(number), port), ("127.0.0.1", port))
            _on_each(number, port)

    def follow(self, block):
        match block.kind:
            case "conf" if "standby" not in block.text:
                self._add(self.server.data / "postgresql.conf", block.text)
            case "yaml":
                assert documents.write(block, self.folders[0]), block.text
            case "dotenv":
                self._add(self.folders[0] / ".env", block.text)
            case "text" if block.text.startswith("hostssl"):
                self._add(self.server.data / "pg_hba.conf", block.text)
            case "text":
                for where, command in TYPED.findall(block.text):
                    self._type(where, command)

    def _add(self, path, text):
        with path.open("a", encoding="utf-8") as file:
            file.write(text)

    def _type(self, where, command):
        if where == "server":
            self._on_the_server(command)
        elif " run --live" in command:
            self._start(MACHINES[where], command)
        elif " -m pip " not in command:  # the package is here
            self._certified(MACHINES[where])
            done = self._run(MACHINES[where], command)
            assert done.returncode == 0, f"{where}$ {command}\n{done.stdout}"

    def _on_the_server(self, command):
        if command.endswith("systemctl restart postgresql"):
            self.server.restart()
            return
        words = shlex.split(command.removeprefix("sudo -u postgres "))
        there = {"PGHOST": str(self.server.folder), "PGUSER": "scheduler", "PGDATABASE": "postgres"}
        if words[0] == "psql" and "CREATE DATABASE" in command:
            self.server.execute("DROP DATABASE campaign", database="postgres")  # the server's own, unused
        program = self.server.bin / words[0] if words[0] == "psql" else words[0]
        done = subprocess.run(
            as_its_user(program, *words[1:]),
            cwd=self.server.data,
            env={**os.environ, **there},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"server$ {command}\n{done.stderr}"

    def _certified(self, number):
        folder = self.folders[number]
        (folder / "server.crt").write_bytes((self.server.data / "server.crt").read_bytes())

    def _start(self, number, command):
        if number == 1:
            for name in ("config.yaml", ".env"):
                folder = self.folders[1]
                folder.mkdir(exist_ok=True)
                (folder / name).write_bytes((self.folders[0] / name).read_bytes())
            (self.folders[1] / ".env").chmod(0o600)
        self._certified(number)
        log = (self.folders[number] / "printed.txt").open("w")
        words = [sys.executable, str(ROOT / "run.py"), *shlex.split(command)[2:]]
        name = {"SCHEDULER_MACHINE": f"m{number}", "TMPDIR": str(self.folders[number])}
        self.running[number] = subprocess.Popen(
            networks.command(number, *words),
            cwd=self.folders[number],
            env={**os.environ, **name},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        self._wait_until(lambda: len(self._at_work()) > number, number)

    def _wait_until(self, met, number):
        try:
            wait_until(met, 90, "")
        except AssertionError:
            raise AssertionError(f"the machine printed:\n{self._printed(number)}") from None

    def _printed(self, number):
        return (self.folders[number] / "printed.txt").read_text(encoding="utf-8")

    def _at_work(self):
        query = "SELECT name FROM meta WHERE name LIKE 'live.machine.%'"
        exists = self.server.execute("SELECT to_regclass('meta') IS NOT NULL", database="campaign")
        return self.server.execute(query, database="campaign") if exists == [(True,)] else []

    def _run(self, number, command):
        words = [sys.executable, str(ROOT / "run.py"), *shlex.split(command)[2:]]
        return subprocess.run(
            networks.command(number, *words),
            cwd=self.folders[number],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def _planned(self):
        return self.server.execute("SELECT due FROM deliveries", database="campaign")

    def pull_the_plug(self):
        before, due = self._planned(), datetime.now(UTC) + SOON
        (self.folders[0] / "posts" / "posts.yaml").write_text(_post(due), encoding="utf-8")
        self._wait_until(lambda: self._planned() != before, 0)
        in_time = not self.platform.published and datetime.now(UTC) < due
        networks.pull(0)
        self._wait_until(lambda: self.platform.published, 1)
        networks.plug_in(0)
        time.sleep(2.0)  # so that the first could do something about it, too
        for one in self.running.values():
            one.send_signal(signal.SIGTERM)
        # The first one may have ended by itself, for its supervisor to start it again.
        codes = [one.wait(45) for one in self.running.values()]
        return {"published": len(self.platform.published), "pulled in time": in_time, "second": codes[1]}

    def end(self):
        for one in self.running.values():
            one.kill()
            one.wait()


def _post(due):
    return campaigns.post("one", campaigns.at(due)) + "  channels: [m-en]\n"


def _on_each(number, port):
    """A process on the machine that takes requests for the platform over the cable."""
    process = multiprocessing.get_context("fork").Process(
        target=networks.on_machine, args=(number, _relay_for_ever, port, number), daemon=True
    )
    process.start()


def _relay_for_ever(port, number):
    networks.relay(port, number)
    signal.pause()
