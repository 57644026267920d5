"""The tiny server a browser is sent back to: on loopback alone, one answer, nothing of it kept."""

import socket
import threading

import pytest
import requests

from scheduler.errors import InputError
from scheduler.platforms import callback
from scheduler.platforms.base import Refusal, Refused


def judge(query):
    return query.get("code") if query.get("state") == "ours" else None


@pytest.fixture
def listener():
    with callback.listening(0) as running:
        running.judge = judge
        yield running


def visit(listener, query, **more):
    return requests.get(f"http://127.0.0.1:{listener.port}/{query}", timeout=5, **more)


def test_the_first_answer_to_our_question_is_taken(listener):
    page = visit(listener, "?state=ours&code=a%2Fb%2B%3D")
    assert (page.status_code, "Thank you" in page.text) == (200, True)
    assert listener.wait(1) == "a/b+="


@pytest.mark.parametrize("query", ["", "?code=x", "?state=theirs&code=x", "favicon.ico"])
def test_anything_else_changes_nothing(listener, query):
    assert visit(listener, query).status_code == 400
    assert listener.wait(0.01).kind is Refusal.AUTH
    visit(listener, "?state=ours&code=c")
    assert listener.wait(1) == "c"


def test_a_name_that_somebody_pointed_here_is_not_ours(listener):
    page = visit(listener, "?state=ours&code=c", headers={"Host": f"evil.example:{listener.port}"})
    assert page.status_code == 400
    assert isinstance(listener.wait(0.01), Refused)


def test_what_a_platform_says_is_text_on_the_page_and_no_markup(listener):
    listener.judge = lambda query: Refused(Refusal.AUTH, "<script>alert(1)</script>")
    page = visit(listener, "?x=1")
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_connection_that_says_nothing_keeps_nobody_waiting(listener):
    with socket.create_connection(("127.0.0.1", listener.port)):
        visit(listener, "?state=ours&code=c")
        assert listener.wait(1) == "c"


def test_it_listens_on_loopback_alone_and_is_gone_afterwards():
    with callback.listening(0) as running:
        assert running.port > 0
        assert callback.HOST == "127.0.0.1"
    with pytest.raises(requests.ConnectionError):
        visit(running, "")
    assert "callback" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("port", [99999, -1])
def test_a_port_that_does_not_exist_is_wrong_input(port):
    with pytest.raises(InputError, match="choose another with --port"), callback.listening(port):
        pass


def test_the_query_of_a_copied_address():
    copied = " https://localhost:8765/?code=AQ%3D%3D&state=s#_ "
    assert callback.query_of(copied) == {"code": "AQ==", "state": "s"}
