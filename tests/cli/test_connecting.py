"""Connecting an account by hand: by pasting and by a browser; what is written, and what never is."""

import io
import re
import socket
import stat
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

import pytest
import requests
from dotenv import dotenv_values

from scheduler.cli import connecting, main
from scheduler.platforms import callback
from tests import campaigns, fakes
from tests.browser_person import Person, pressed
from tests.fakes.facebook_server import FacebookServer
from tests.fakes.mastodon_server import MastodonServer
from tests.fakes.x_server import XServer

TOKEN = "canary-fresh-token"
OLD = "# my notes\nOTHER=kept   # a comment\n\nexport M_EN_ACCESS_TOKEN='old-token'\nLAST=one"


@pytest.fixture
def server():
    with MastodonServer(token=TOKEN) as running:
        yield running


@pytest.fixture
def folder(tmp_path, server):
    posts = campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(days=2)))
    campaigns.write(tmp_path, posts, mastodon=server.base_url, secrets=False)
    return tmp_path


class Typed(io.TextIOBase):
    """Both outputs of a command in one place, that another thread may read meanwhile."""

    def __init__(self):
        self.text = ""

    def write(self, words):
        self.text += words
        return len(words)


@pytest.fixture
def connect(folder, monkeypatch):
    """connect("m-en", "--paste", answers="…") → exit code and everything printed."""

    def run(*words, answers="", told=None):
        told = told or Typed()
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers) if isinstance(answers, str) else answers)
        monkeypatch.setattr(sys, "stdout", told)
        monkeypatch.setattr(sys, "stderr", told)
        try:
            main(["--config", str(folder / "config.yaml"), "accounts", "connect", *words])
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
        assert "Traceback" not in told.text
        assert "in the program itself" not in told.text, told.text
        return code, told.text

    return run


def env(folder):
    return dotenv_values(folder / ".env", interpolate=False)


def test_a_pasted_token_is_tried_and_written_with_mode_600(connect, folder):
    code, told = connect("m-en", "--paste", answers=f"{TOKEN}\n")
    assert code == 0, told
    assert "Connected: @campaign@127.0.0.1" in told
    assert env(folder) == {"M_EN_ACCESS_TOKEN": TOKEN}
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert TOKEN not in told


def test_the_steps_are_those_of_the_platforms_page_with_this_channels_names(connect):
    _, told = connect("m-en", "--paste", answers=f"{TOKEN}\n")
    assert "Preferences → Development → New application" in told
    assert "M_EN_ACCESS_TOKEN" in told
    assert "MASTODON_EN" not in told


def test_every_other_line_stays_as_it_was(connect, folder):
    (folder / ".env").write_text(OLD, encoding="utf-8")
    (folder / ".env").chmod(0o644)
    assert connect("m-en", "--paste", answers=f"{TOKEN}\n")[0] == 0
    expected = OLD.replace("'old-token'", TOKEN)
    assert (folder / ".env").read_text(encoding="utf-8") == expected
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "pasted", [f"  {TOKEN}  ", f"M_EN_ACCESS_TOKEN={TOKEN}", f'"{TOKEN}"', f"Bearer {TOKEN}"]
)
def test_what_people_paste_around_a_token_does_no_harm(connect, folder, pasted):
    assert connect("m-en", "--paste", answers=f"{pasted}\n")[0] == 0
    assert env(folder)["M_EN_ACCESS_TOKEN"] == TOKEN


@pytest.mark.parametrize("pasted", ["wrong", "with\u00a0space", "ключ", "x\x00y"])
def test_a_wrong_token_is_not_written(connect, folder, pasted):
    (folder / ".env").write_text(OLD, encoding="utf-8")
    code, told = connect("m-en", "--paste", answers=f"{pasted}\n")
    assert code == 1, told
    assert "Nothing was written" in told
    assert (folder / ".env").read_text(encoding="utf-8") == OLD
    assert pasted not in told


def test_nothing_pasted_is_nothing_written(connect, folder):
    code, told = connect("m-en", "--paste", answers="\n")
    assert (code, (folder / ".env").exists()) == (2, False)
    assert "nothing was pasted" in told


@pytest.mark.parametrize(("answer", "written"), [("n", False), ("y", True)])
def test_where_the_server_is_away_a_person_decides(connect, folder, server, answer, written):
    server.fail_next("GET .*", fakes.refuse(503), times=9)
    code, told = connect("m-en", "--paste", answers=f"{TOKEN}\n{answer}\n")
    assert code == 1
    assert "It could not be tried" in told
    assert (folder / ".env").exists() is written


def test_a_permission_that_lacks_is_said_at_once(connect, folder, server):
    server.scopes = frozenset({"profile", "read:statuses", "write:statuses"})
    code, told = connect("m-en", "--paste", answers=f"{TOKEN}\n")
    assert code == 1
    assert "lacks write:media" in told


def test_a_variable_of_the_shell_that_would_win_is_named(connect, folder, monkeypatch):
    monkeypatch.setenv("M_EN_ACCESS_TOKEN", "canary-of-the-shell")
    code, told = connect("m-en", "--paste", answers=f"{TOKEN}\n")
    assert code == 1
    assert "M_EN_ACCESS_TOKEN: set otherwise in this shell" in told
    assert "canary-of-the-shell" not in told


def test_a_link_to_a_shared_file_stays_a_link(connect, folder, tmp_path_factory):
    real = tmp_path_factory.mktemp("safe") / "secrets.env"
    real.write_text("OTHER=1\n")
    (folder / ".env").symlink_to(real)
    assert connect("m-en", "--paste", answers=f"{TOKEN}\n")[0] == 0
    assert (folder / ".env").is_symlink()
    assert real.read_text() == f"OTHER=1\nM_EN_ACCESS_TOKEN={TOKEN}\n"


def test_a_channel_that_is_not_there_names_the_nearest(connect):
    code, told = connect("m-em")
    assert code == 2
    assert "Did you mean m-en?" in told


def test_an_env_that_cannot_be_read_is_one_line(connect, folder):
    (folder / ".env").write_bytes(b"\xff\xfe")
    code, told = connect("m-en", "--paste", answers=f"{TOKEN}\n")
    assert code == 2
    assert "is not UTF-8" in told


# -- by a browser


def test_the_whole_way_by_a_browser(connect, folder, server):
    told = Typed()
    with Person(lambda: told.text, server.base_url) as person:
        code, _ = connect("m-en", "--browser", "--port", "0", told=told)
    assert code == 0, told.text
    assert env(folder) == {"M_EN_ACCESS_TOKEN": TOKEN}
    assert "Thank you" in person.page.text
    assert "code_challenge_method=S256" in person.address
    assert server.scopes == {"profile", "read:statuses", "write:statuses", "write:media"}
    assert TOKEN not in told.text
    assert TOKEN not in person.page.text


def test_yes_is_enough_where_a_server_knows_programs_by_themselves(connect, folder, server):
    told = Typed()
    with Person(lambda: told.text, server.base_url):
        code, _ = connect("m-en", "--port", "0", answers="\n", told=told)
    assert code == 0, told.text


def test_an_older_server_is_asked_for_the_permissions_it_knows(connect, folder, server):
    server.version = "4.2.0"
    told = Typed()
    with Person(lambda: told.text, server.base_url):
        assert connect("m-en", "--browser", "--port", "0", told=told)[0] == 0
    assert "read:accounts" in server.scopes


def test_a_person_who_says_no_is_taken_at_their_word(connect, folder, server):
    server.oauth.says_no = True
    told = Typed()
    with Person(lambda: told.text, server.base_url) as person:
        code, _ = connect("m-en", "--browser", "--port", "0", told=told)
    assert code == 1
    assert "did not let the program in (The resource owner denied the request.)" in told.text
    assert "Not connected" in person.page.text
    assert not (folder / ".env").exists()


def test_an_answer_to_another_question_is_not_taken(connect, folder, server, monkeypatch):
    monkeypatch.setattr("scheduler.platforms.callback.PATIENCE", 0.5)
    told = Typed()

    def of_somebody_else(address):
        return re.sub(r"state=[^&]+", "state=guessed", address)

    with Person(lambda: told.text, server.base_url, of_somebody_else) as person:
        code, _ = connect("m-en", "--browser", "--port", "0", told=told)
    assert code == 1
    assert person.page.status_code == 400
    assert "nobody came back from the browser" in told.text
    assert not (folder / ".env").exists()
    assert server.count("POST /oauth/token") == 0


def test_a_page_elsewhere_under_another_name_is_not_heard(connect, server, monkeypatch):
    monkeypatch.setattr("scheduler.platforms.callback.PATIENCE", 0.5)
    told, pages = Typed(), []

    def rebound(address):
        pages.append(requests.get(address, headers={"Host": "evil.example:8765"}, timeout=5))
        return address.replace("code=", "other=").replace("state=", "estate=")

    with Person(lambda: told.text, server.base_url, rebound):
        code, _ = connect("m-en", "--browser", "--port", "0", told=told)
    assert [page.status_code for page in pages] == [400]
    assert code == 1


def test_a_code_that_is_refused_writes_nothing(connect, folder, server):
    server.fail_next("POST /oauth/token", fakes.refuse(400, {"error": "invalid_grant"}))
    told = Typed()
    with Person(lambda: told.text, server.base_url):
        code, _ = connect("m-en", "--browser", "--port", "0", told=told)
    assert code == 1
    assert "exchanging the code was refused (HTTP 400: invalid_grant); begin again" in told.text
    assert not (folder / ".env").exists()


def test_the_port_is_the_one_that_the_pages_name():
    assert connecting.PORT == callback.PORT


def test_a_port_that_is_taken_is_said_in_a_line(connect, server):
    port = server.base_url.rpartition(":")[2]
    code, told = connect("m-en", "--browser", "--port", port)
    assert code == 2
    assert f"port {port} of this machine cannot be used" in told
    assert "--port" in told


def test_what_the_fake_gives_is_good_once_and_for_whoever_asked(server):
    server.oauth.add("app", "secret", "http://127.0.0.1:1/")
    asked = {"response_type": "code", "client_id": "app", "redirect_uri": "http://127.0.0.1:1/"}
    asked |= {"scope": "profile", "state": "s"}
    url = requests.Request("GET", f"{server.base_url}/oauth/authorize", params=asked).prepare().url
    code = re.search(r"code=([^&]+)", pressed(url))[1]
    form = {"grant_type": "authorization_code", "client_id": "app", "client_secret": "secret"}
    form |= {"redirect_uri": "http://127.0.0.1:1/", "code": unquote_plus(code)}
    ask = f"{server.base_url}/oauth/token"
    assert requests.post(ask, data={**form, "client_secret": "x"}, timeout=5).status_code == 401
    assert requests.post(ask, data=form, timeout=5).status_code == 200
    assert requests.post(ask, data=form, timeout=5).status_code == 400


# -- X, which has two ways


@pytest.fixture
def x(tmp_path):
    with XServer() as running:
        posts = campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(days=2)))
        campaigns.write(tmp_path, posts, x=running.base_url, secrets=False)
        yield running


def allowed(server, secret=""):
    """The app as somebody registered it with X; the port is any that is free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server.oauth.add("canary-app", secret, f"http://127.0.0.1:{port}/")
    return str(port)


@pytest.mark.parametrize("secret", ["", "canary-app-secret"])
def test_x_by_a_browser_keeps_both_tokens_and_the_app(x, connect, folder, secret):
    campaigns.write(folder, "[]", x=x.base_url, secrets=False)
    told, port = Typed(), allowed(x, secret)
    with Person(lambda: told.text, x.base_url):
        code, _ = connect("x-en", "--browser", "--port", port, answers=f"canary-app\n{secret}\n", told=told)
    assert code == 0, told.text
    kept = {"X_EN_ACCESS_TOKEN": x.bearer, "X_EN_REFRESH_TOKEN": x.refresh, "X_EN_CLIENT_ID": "canary-app"}
    assert env(folder) == kept | ({"X_EN_CLIENT_SECRET": secret} if secret else {})
    assert x.scope == "tweet.read tweet.write users.read media.write offline.access"
    assert f"http://127.0.0.1:{port}/" in told.text
    assert not [secret for secret in (x.bearer, x.refresh) if secret in told.text]


def test_four_keys_that_would_count_more_are_emptied_only_with_leave(x, connect, folder):
    campaigns.write(folder, "[]", x=x.base_url)
    before = (folder / ".env").read_text()
    code, told = connect("x-en", "--browser", answers="n\n")
    assert code == 130
    assert "X_EN_API_KEY, X_EN_API_SECRET, X_EN_ACCESS_SECRET count more" in told
    assert (folder / ".env").read_text() == before
    told, port = Typed(), allowed(x)
    with Person(lambda: told.text, x.base_url):
        connect("x-en", "--browser", "--port", port, answers="y\ncanary-app\n\n", told=told)
    there = env(folder)
    assert (there["X_EN_API_KEY"], there["X_EN_ACCESS_TOKEN"]) == ("", x.bearer)
    assert there["M_EN_ACCESS_TOKEN"] == campaigns.SECRETS["M_EN_ACCESS_TOKEN"]


def test_x_by_its_four_keys(x, connect, folder):
    campaigns.write(folder, "[]", x=x.base_url, secrets=False)
    code, told = connect("x-en", "--paste", answers="\n".join(x.keys) + "\n")
    assert code == 0, told
    assert list(env(folder).values()) == list(x.keys)


# -- Meta comes back to https alone, so a person copies the address over


class Copied(io.StringIO):
    """A person who pastes the app's id and secret, then what the browser's address line shows."""

    def __init__(self, told, server, before, change=lambda address: address):
        super().__init__()
        self.told, self.server, self.before, self.change = told, server, list(before), change

    def readline(self, size=-1, /):
        if self.before:
            return self.before.pop(0) + "\n"
        address = re.search(rf"^{re.escape(self.server)}/\S+$", self.told.text, re.M)[0]
        return self.change(pressed(address)) + "\n"


@pytest.fixture
def facebook(folder):
    with FacebookServer("canary-page-token") as running:
        file = folder / "config.yaml"
        place = f'base_url: "{running.base_url}", page: "104058"'
        own = f"  f-en: {{platform: facebook, language: en, {place}}}\n"
        file.write_text(file.read_text() + own)
        running.oauth.add("4711", "canary-app-secret", "https://localhost:8765/")
        yield running


def test_a_facebook_page_by_an_address_copied_over(facebook, connect, folder):
    told = Typed()
    person = Copied(told, facebook.base_url, ["4711", "canary-app-secret"])
    code, _ = connect("f-en", "--browser", answers=person, told=told)
    assert code == 0, told.text
    assert "https://localhost:8765/" in told.text
    assert "copy its whole address" in told.text
    assert env(folder) == {"F_EN_ACCESS_TOKEN": "canary-page-token"}
    assert "canary" not in told.text


def test_an_address_of_another_try_is_asked_for_again_and_then_given_up(facebook, connect, folder):
    told = Typed()
    person = Copied(
        told,
        facebook.base_url,
        ["4711", "canary-app-secret"],
        lambda address: address.replace("state=", "state=x"),
    )
    code, _ = connect("f-en", "--browser", answers=person, told=told)
    assert code == 2
    assert told.text.count("not the address that belongs to this try") == 3
    assert not (folder / ".env").exists()


def test_a_facebook_page_that_is_not_said_yet_is_named_before_anything(facebook, connect, folder):
    file = folder / "config.yaml"
    file.write_text(file.read_text().replace(', page: "104058"', ""))
    told = Typed()
    person = Copied(told, facebook.base_url, ["4711", "canary-app-secret"])
    code, _ = connect("f-en", "--browser", answers=person, told=told)
    assert code == 1
    assert "config.yaml does not say yet where f-en publishes: page" in told.text
    assert '"104058" (Memory)' in told.text


def test_a_platform_without_a_way_by_browser_says_so(connect, folder):
    file = folder / "config.yaml"
    own = '  t-en: {platform: telegram, language: en, chat: "@memory"}\n'
    file.write_text(file.read_text() + own)
    code, told = connect("t-en", "--browser")
    assert code == 2
    assert "telegram has no way in by a browser; paste the secrets" in told
    assert "@BotFather" in told
