"""Links are opened once, eight at a time, and what came back is kept."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scheduler.checks import visited
from scheduler.content import read
from scheduler.service import visiting
from tests.service.stage import opened

NOW = datetime(2027, 1, 10, 12, tzinfo=UTC)
POST = """\
- id: flood
  kind: text
  author: writer
  when: D-1 10:00
  text: {{en: "Read it: {address}"}}
"""


class Pages(BaseHTTPRequestHandler):
    def do_HEAD(self):
        asked.append((self.command, self.path))
        status = {"/there": 200, "/gone": 410, "/no-head": 405, "/ill": 503}.get(self.path, 404)
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/there")
        else:
            self.send_response(200 if self.path == "/no-head" and self.command == "GET" else status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *unused):
        """Nothing on the terminal."""


asked = []


@contextmanager
def served():
    asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/there", (False, "")),
        ("/moved", (False, "")),
        ("/no-head", (False, "")),
        ("/gone", (True, "the page is gone")),
        ("/nowhere", (True, "the page is not there")),
        ("/ill", (False, "the server answered 503")),
    ],
)
def test_only_a_page_that_is_surely_not_there_is_dead(path, verdict):
    with served() as address:
        assert visiting.open_page(address + path) == verdict


def test_a_server_that_is_not_there_today_is_in_doubt_and_not_dead():
    with served() as address:
        pass
    assert visiting.open_page(f"{address}/there") == (False, "no connection")


def campaign(folder, address="https://museum.test-site.org/night"):
    campaigning = opened(folder, POST.format(address=address))
    config = campaigning.config
    return campaigning, read(config.posts, config.campaign.languages, config.root)


def test_what_came_back_is_kept_and_an_answer_is_not_asked_for_again_the_same_day(tmp_path):
    campaigning, written = campaign(tmp_path)
    calls = []

    def alive(address):
        calls.append(address)
        return False, ""

    first = visiting.visit(campaigning, written, NOW, alive)
    again = visiting.visit(campaigning, written, NOW + timedelta(hours=1), alive)
    later = visiting.visit(campaigning, written, NOW + timedelta(days=2), alive)
    assert [first.opened, again.opened, later.opened] == [1, 0, 1]
    assert len(calls) == 2
    assert first.doubtful == ()


def test_a_dead_link_is_asked_again_each_time_and_forgotten_when_no_post_has_it(tmp_path):
    campaigning, written = campaign(tmp_path)
    dead = visiting.visit(campaigning, written, NOW, lambda address: (True, "the page is gone"))
    assert [address for address, _ in dead.doubtful] == ["https://museum.test-site.org/night"]
    found = [one for one in campaigning.prepare(NOW).findings if one.rule == "links.dead"]
    assert len(found) == 1
    assert visiting.visit(campaigning, written, NOW, lambda address: (False, "")).opened == 1
    assert [one for one in campaigning.prepare(NOW).findings if one.rule == "links.dead"] == []
    visiting.visit(campaigning, type(written)(), NOW)
    assert visited.read(campaigning.config.data) == {}
