"""The seam to the network, against servers on loopback that break in every way we know."""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from scheduler.errors import ConfigError
from scheduler.platforms import http
from scheduler.platforms.http import Answer, Caller, NoAnswer, NoConnection, base_url_problem, moment
from tests import fakes
from tests.fakes import Loopback, Reply

CANARY = "canary-4f1d9c"
SHORT = timedelta(milliseconds=150)


class Echo(Loopback):
    routes = ((r"(?:GET|POST) /echo", "echo"),)

    def echo(self, request):
        return Reply(200, {"query": request.query, "json": request.json(), "headers": request.headers})


class SecureEcho(Echo):
    tls = True


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Whatever this machine's own network needs has no part in the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server():
    with Echo() as running:
        yield running


def caller(server, deadline=http.DEADLINE):
    return Caller("echo-en", server.base_url, token=CANARY, deadline=deadline)


def test_an_answer_brings_status_headers_body_and_the_servers_clock(server):
    server.date_offset = timedelta(hours=-3)
    answer = caller(server).call("POST", "/echo", params={"a": "ə"}, json={"text": "Xocalı"})
    assert isinstance(answer, Answer)
    assert (answer.status, answer.ok) == (200, True)
    assert answer.fields["query"] == {"a": "ə"}
    assert answer.fields["json"] == {"text": "Xocalı"}
    assert abs(answer.date - (answer.received - timedelta(hours=3))) < timedelta(seconds=3)


def test_the_token_goes_in_the_authorization_header_only(server):
    caller(server).call("GET", "/echo")
    request = server.requests[0]
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert [name for name, value in request.headers.items() if CANARY in value] == ["authorization"]


def test_a_netrc_entry_does_not_replace_the_token(server, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    caller(server).call("GET", "/echo")
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"


def test_a_redirect_is_an_answer_and_is_not_followed(server):
    with Echo() as elsewhere:
        server.fail_next(".*", fakes.refuse(302, Location=f"{elsewhere.base_url}/echo"))
        answer = caller(server).call("GET", "/echo")
        assert answer.status == 302
        assert elsewhere.requests == []


def test_a_refused_connection_was_certainly_not_sent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outcome = Caller("a", f"http://127.0.0.1:{port}", token=CANARY).call("GET", "/echo")
    assert outcome == NoConnection("the server refused the connection")


def test_an_unknown_name_was_certainly_not_sent(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    outcome = Caller("a", "https://nowhere.invalid", token=CANARY).call("GET", "/echo")
    assert isinstance(outcome, NoConnection)
    assert "name was not found" in outcome.reason


def test_a_name_look_up_that_hangs_ends_with_the_deadline(monkeypatch):
    released = threading.Event()

    def hang(*args, **kwargs):
        released.wait(5)
        raise socket.gaierror(socket.EAI_AGAIN, "late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    outcome = Caller("a", "https://slow.invalid", deadline=SHORT).call("GET", "/echo")
    released.set()
    assert isinstance(outcome, NoConnection)
    assert time.monotonic() - began < 2


def test_a_server_without_tls_was_certainly_not_sent(server):
    secure = Caller("a", server.base_url.replace("http:", "https:"), token=CANARY)
    outcome = secure.call("POST", "/echo", json={"text": "x"})
    assert outcome == NoConnection("no secure connection (TLS) came about")
    assert server.requests == []


@pytest.fixture
def secure():
    with SecureEcho() as running:
        yield running


@pytest.fixture
def trusting():
    """A session that trusts the test certificate."""
    with requests.Session() as session:
        session.verify = str(fakes.CERTIFICATE)
        yield session


def test_a_certificate_that_nobody_trusts_ends_before_anything_is_sent(secure):
    outcome = caller(secure).call("POST", "/echo", json={"text": "x"})
    assert outcome == NoConnection("the server's certificate is not valid for its name")
    assert secure.requests == []


def test_a_secure_server_is_called_like_any_other(secure, trusting):
    answer = Caller("a", secure.base_url, token=CANARY, session=trusting).call("POST", "/echo", json=[1])
    assert answer.fields["json"] == [1]


@pytest.mark.parametrize("fault", [fakes.dribbled(), fakes.lost_answer()])
def test_a_secure_answer_that_does_not_come_in_time_may_have_been_sent(secure, trusting, fault):
    secure.fail_next(".*", fault)
    began = time.monotonic()
    outcome = Caller("a", secure.base_url, session=trusting, deadline=SHORT).call("POST", "/echo", json=[1])
    assert isinstance(outcome, NoAnswer)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("fault", [fakes.lost_answer(), fakes.dropped(), fakes.cut_short(5)])
def test_a_connection_that_breaks_after_the_request_may_have_sent_it(server, fault):
    server.fail_next(".*", fault)
    outcome = caller(server).call("POST", "/echo", json={})
    assert outcome == NoAnswer("the connection broke before the answer was complete")


def test_an_answer_that_dribbles_in_ends_with_the_deadline(server):
    server.fail_next(".*", fakes.dribbled())
    began = time.monotonic()
    outcome = caller(server, SHORT).call("POST", "/echo", json={})
    assert outcome == NoAnswer("no complete answer within 0.15 s")
    assert time.monotonic() - began < 2


def test_headers_that_dribble_in_end_with_the_deadline():
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                for number in range(1000):
                    if stop.wait(0.01):
                        return
                    connection.sendall(f"X-{number}: y\r\n".encode())

        def guarded():
            try:
                serve()
            except OSError:
                stop.set()  # the client has hung up, as it should

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        outcome = Caller("a", address, deadline=SHORT).call("GET", "/echo")
        stop.set()
        thread.join()
    assert outcome == NoAnswer("no complete answer within 0.15 s")


def test_a_server_that_does_not_read_ends_with_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        began = time.monotonic()
        waiting = Caller("a", address, deadline=timedelta(milliseconds=400))
        outcome = waiting.call("POST", "/echo", json={"media": "x" * 9_000_000})
    assert isinstance(outcome, NoAnswer)
    assert time.monotonic() - began < 3


def test_an_answer_of_many_megabytes_is_not_read_to_the_end(server):
    server.fail_next(".*", fakes.refuse(200, b"x" * 6_000_000))
    outcome = caller(server).call("GET", "/echo")
    assert outcome == NoAnswer("the answer was larger than 5 MB")


def test_a_body_that_is_no_json_is_none_and_has_no_fields(server):
    server.fail_next(".*", fakes.refuse(502, "<html>Bad Gateway</html>"))
    answer = caller(server).call("GET", "/echo")
    assert (answer.json(), answer.fields, answer.words) == (None, {}, "")


def test_the_servers_reason_is_one_short_line_without_our_secrets(server):
    words = f"bad\r\n\ttoken {CANARY}\x1b[31m " + "z" * 500
    server.fail_next(".*", fakes.refuse(401, {"error": words}))
    answer = caller(server).call("GET", "/echo")
    assert answer.words.startswith("bad token … [31m zzz")
    assert len(answer.words) == 200
    assert CANARY not in repr(answer) + answer.words


def test_no_failure_and_no_repr_shows_address_or_secret(server, caplog):
    caplog.set_level("DEBUG")
    server.fail_next(".*", fakes.lost_answer())
    outcome = caller(server).call("GET", "/echo", params={"who": "42"})
    shown = repr(outcome) + repr(caller(server))
    assert "http" not in shown
    assert CANARY not in shown + caplog.text


class Proxy:
    """A proxy on loopback: joins every CONNECT to one server, or refuses it."""

    def __init__(self, port=None):
        self.port, self.asked = port, []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def __exit__(self, *unused):
        self.listening.close()
        self.thread.join(5)

    def serve(self):
        connection, _ = self.listening.accept()
        with connection:
            self.asked.append(connection.recv(65536).decode().split("\r\n")[0])
            if self.port is None:
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with socket.create_connection(("127.0.0.1", self.port)) as server:
                back = threading.Thread(target=self.pass_on, args=(server, connection), daemon=True)
                back.start()
                self.pass_on(connection, server)
                back.join(5)

    @staticmethod
    def pass_on(source, target):
        try:
            while content := source.recv(65536):
                target.sendall(content)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return  # one side has hung up


def test_the_organisations_proxy_and_certificates_are_used(secure, monkeypatch):
    proxy = Proxy(int(secure.base_url.rpartition(":")[2]))
    with proxy as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(fakes.CERTIFICATE))
        answer = Caller("a", "https://social.example", token=CANARY).call("POST", "/echo", json=["x"])
    assert answer.fields["json"] == ["x"]
    assert [line.split()[:2] for line in proxy.asked] == [["CONNECT", "social.example:443"]]


def test_a_proxy_that_refuses_has_certainly_sent_nothing_on(monkeypatch):
    with Proxy() as address:
        monkeypatch.setenv("HTTPS_PROXY", address)
        outcome = Caller("a", "https://social.example", token=CANARY).call("POST", "/echo", json=["x"])
    assert outcome == NoConnection("no connection came about")


def test_this_machine_itself_is_never_called_through_a_proxy(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert caller(server).call("GET", "/echo").status == 200


def test_a_path_that_could_become_another_host_is_a_bug(server):
    with pytest.raises(ValueError, match="begins with /"):
        caller(server).call("GET", ".evil.example/")


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://social.example", "must begin with https://"),
        ("social.example", "is not an address"),
        ("ftp://social.example", "is not an address"),
        ("https://", "is not an address"),
        ("https://social.example:port", "is not an address"),
        ("https://user:word@social.example", "without user, password"),
        ("https://social.example/?a=b", "without user, password"),
    ],
)
def test_a_base_url_that_cannot_be_used_is_refused_in_words(base_url, words):
    with pytest.raises(ConfigError, match=r"^channels\.news\.base_url ") as caught:
        Caller("news", base_url, token=CANARY)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["https://social.example", "http://127.0.0.1:3000", "http://localhost", "http://[::1]:80/"]
)
def test_https_and_this_machine_are_fine(base_url):
    assert base_url_problem(base_url) is None


RECEIVED = datetime(2027, 2, 26, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "120"}, datetime(2027, 2, 26, 10, 2, tzinfo=UTC)),
        # The example date of RFC 9110, §5.6.7.
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        # 1 January 2000 00:00 UTC is 946684800 seconds after 1970.
        ({"x-rate-limit-reset": "946684800"}, datetime(2000, 1, 1, tzinfo=UTC)),
        ({"x-ratelimit-reset": "2027-02-26T10:05:00.123456Z"}, datetime(2027, 2, 26, 10, 5, 0, 123456, UTC)),
        ({"retry-after": "soon"}, None),
        ({"x-rate-limit-reset": "999999999999"}, None),
        ({"x-ratelimit-reset": ""}, None),
        ({}, None),
    ],
)
def test_the_time_to_come_back_is_read_in_every_form(headers, expected):
    assert Answer(429, headers, b"", RECEIVED).retry_at == expected


@pytest.mark.parametrize(("remaining", "waits"), [("0", True), ("37", False), (None, False)])
def test_a_failure_with_calls_left_is_no_wish_to_wait_until_the_reset(remaining, waits):
    headers = {"x-rate-limit-reset": "1803895200"}  # 2027-03-01 10:00 UTC, three days on
    headers |= {"x-rate-limit-remaining": remaining} if remaining else {}
    expected = datetime(2027, 3, 1, 10, tzinfo=UTC) if waits else None
    assert Answer(503, headers, b"", RECEIVED).retry_at == expected


def test_a_number_is_seconds_from_now_or_since_1970():
    assert moment("30", since=RECEIVED) == RECEIVED + timedelta(seconds=30)
    assert moment("0") == datetime(1970, 1, 1, tzinfo=UTC)
