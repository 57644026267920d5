"""Messages to real services on this machine: what they get, and what is said where they take nothing."""

import logging
import socket
import threading
import time

import pytest

from scheduler.alerts import address
from scheduler.alerts.letter import Letter
from tests.alerts.services import SECRET, endpoint, mail_server

LETTER = Letter("Missed: 2027/flood/m-en", "- It was missed.\nWhat to do: Nöqtə, ğ ş İ.", urgent=True)


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(record.getMessage() for record in caplog.records)


def test_a_mail_has_the_first_line_as_its_subject_and_keeps_every_letter(logged):
    with mail_server() as (where, letters):
        assert address.send(where, LETTER) == address.Outcome(True)
    [mail] = letters
    assert mail["Subject"] == "Missed: 2027/flood/m-en"
    assert mail["To"] == "desk@example.org"
    text = mail.get_body(("plain",)).get_content()
    assert text.split() == LETTER.body.split()


def test_an_endpoint_gets_title_text_and_urgency():
    with endpoint() as (where, received, _):
        assert address.send(where, LETTER).taken
        assert address.send(where, Letter("Today", "All is well.")).taken
    assert [(one["title"], one["message"], one["type"]) for one in received] == [
        (LETTER.title, LETTER.body, "warning"),
        ("Today", "All is well.", "info"),
    ]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "the service is out of order (500)"),
        (401, "the service refused the credentials (401)"),
        (404, "the service knows no such address (404)"),
        (429, "the service asks for fewer messages (429)"),
        (418, "the service answered 418"),
    ],
)
def test_what_a_service_answers_is_said_in_words_without_its_address(status, words, logged):
    with endpoint(status) as (where, received, _):
        assert address.send(where, LETTER) == address.Outcome(False, words)
        assert len(received) == 1
    assert SECRET not in logged()


def test_a_letter_that_speaks_of_refusals_does_not_change_what_is_said_of_the_service():
    letter = Letter("refused: 550", "authentication refused, error=404, timed out")
    with endpoint(500) as (where, _, _):
        assert address.send(where, letter).problem == "the service is out of order (500)"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_mail_password_is_said_as_that_and_nowhere_repeated(logged):
    with mail_server(password="another") as (where, letters):
        outcome = address.send(where, LETTER)
    assert outcome == address.Outcome(False, "the mail server refused the user name or password")
    assert letters == []
    assert SECRET not in logged()


def test_a_mail_server_that_takes_nothing_is_said(logged):
    with mail_server("554 no") as (where, _):
        outcome = address.send(where, LETTER)
    assert not outcome.taken
    assert outcome.problem
    assert SECRET not in logged() + outcome.problem


def test_nobody_at_the_address_is_said_as_refused_connection(logged):
    with endpoint() as (where, _, _):
        pass
    assert address.send(where, LETTER) == address.Outcome(False, "the server refused the connection")
    assert SECRET not in logged()


def test_an_answer_that_does_not_come_leaves_open_whether_the_message_arrived():
    with endpoint(wait=5) as (where, received, _):
        began = time.monotonic()
        outcome = address.send(f"{where}?rto=0.2", LETTER)
        assert time.monotonic() - began < 4
    assert outcome == address.Outcome(False, "the server did not answer in time", certain=False)
    assert len(received) == 1


def test_a_connection_that_breaks_after_the_message_leaves_open_whether_it_arrived():
    got = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            connection, _ = server.accept()
            with connection:
                got.append(connection.recv(65536))

        thread = threading.Thread(target=hang_up)
        thread.start()
        outcome = address.send(f"json://127.0.0.1:{server.getsockname()[1]}/x", LETTER)
        thread.join()
    assert got
    assert not outcome.taken
    assert not outcome.certain


@pytest.mark.parametrize("where", ["", "nonsense", f"nonsense://{SECRET}", f"tgram://{SECRET}", "mailto://"])
def test_what_is_no_address_is_said_without_repeating_it(where, logged):
    words = address.trouble(where)
    assert "is not an address that can be used" in words
    assert SECRET not in words + logged()
    assert address.send(where, LETTER).problem == words


def test_a_good_address_is_found_good_without_calling_anybody():
    with endpoint() as (where, received, _):
        assert address.trouble(where) == ""
    assert received == []


def test_a_long_message_is_split_rather_than_refused_where_a_service_has_a_limit():
    service = address._service("json://127.0.0.1:9/x")
    assert service.overflow_mode == "split"
