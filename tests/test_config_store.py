"""Where the database is, as config.yaml says it: each form that works, each mistake named, no password."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from scheduler import config as configuration
from scheduler.config import address, machines
from scheduler.errors import StoreError
from scheduler.service import open_campaign
from tests import campaigns

FILE = Path("/campaign/config.yaml")
CONFIG = campaigns.CONFIG.format(
    mastodon="https://mastodon.example", x="https://x.example", live="false", approvals=0, year=2027
)
SECRET = "c4nary-of-the-store"
SERVER = "postgresql+psycopg://harbour@db.example/harbour"


def parse(store):
    return configuration.parse(f"{CONFIG}store: {store}\n", FILE)


@pytest.mark.parametrize(
    "store",
    [
        "sqlite",
        SERVER,
        "postgresql://harbour@db.example:5432/harbour",
        # PostgreSQL's documentation, 34.1.1.2: a socket's folder stands in `host`.
        '"postgresql:///harbour?host=/run/postgresql"',
        '"postgresql://harbour@db.example/harbour?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem"',
        '"postgresql://harbour@db.example/harbour?options=-csearch_path%3Dharbour"',
        '"postgresql:///?service=harbour"',
        '"postgresql://harbour@[::1]:5432/harbour"',
        '"postgresql://harbour@/harbour?host=a.example:5432&host=b.example:5432"',
    ],
)
def test_what_libpq_takes_is_taken(store):
    read, findings = parse(store)
    assert (read.store, list(findings)) == (store.strip('"'), [])


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("mysql://harbour@db.example/harbour", "“mysql” is not a database for this program"),
        ("postgres://harbour@db.example/harbour", "“postgres” is not a database for this program"),
        ("SQLite", "write sqlite, or postgresql+psycopg://user@server/database"),
        ("db.example", "write sqlite, or postgresql+psycopg://user@server/database"),
        ("postgresql://harbour@db.example", "the database is missing"),
        ("postgresql://harbour@db.example:54x2/harbour", "the port is a number"),
        ("postgresql://harbour@db.example:70000/harbour", "the port is a number"),
        ('"postgresql://harbour@db.example/harbour?ssl=yes"', "PostgreSQL knows no option “ssl”"),
        ('"postgresql://harbour@db.example/harbour?sslmode=on"', "sslmode is one of disable, allow"),
        ('"postgresql://harbour@db.example/the harbour"', "write sqlite, or postgresql"),
        ('"postgresql://[::1/harbour"', "this is not an address"),
    ],
)
def test_a_wrong_address_is_named_with_what_to_write(store, words):
    read, findings = parse(store)
    assert read is None
    [finding] = findings
    line = CONFIG.count("\n") + 1
    assert (finding.rule, finding.line, finding.column) == ("config.store", line, 8)
    assert words in finding.message


@pytest.mark.parametrize(
    "store",
    [
        f"postgresql://harbour:{SECRET}@db.example/harbour",
        f"postgresql://:{SECRET}@db.example/harbour",
        f"postgresql://harbour:{SECRET}/{SECRET}@db.example/harbour",
        f"postgresql://harbour:{SECRET}@{SECRET}@db.example/harbour",
        f"mysql://harbour:{SECRET}@db.example/harbour",
        f'"postgresql://harbour@db.example/harbour?password={SECRET}"',
        f'"postgresql://harbour@db.example/harbour?sslmode=require&sslpassword={SECRET}"',
    ],
)
def test_a_password_in_the_address_is_refused_and_never_repeated(store):
    read, findings = parse(store)
    assert read is None
    [finding] = findings
    assert "a password does not belong here; put STORE_PASSWORD=… into .env" in finding.message
    assert SECRET not in str(finding)


@pytest.mark.parametrize(
    "store",
    [
        f"postgresql://harbour:{SECRET}",
        f"postgresql://harbour://{SECRET}@db.example/harbour",
        f"//harbour:{SECRET}@db",
        f"harbour:{SECRET}@db.example/h",
    ],
)
def test_nor_is_it_repeated_where_the_address_is_broken_besides(store):
    read, findings = parse(store)
    assert read is None
    assert [SECRET in str(finding) for finding in findings] == [False]


def test_the_password_comes_from_env_and_is_in_no_repr(tmp_path):
    config = campaigns.write(tmp_path, campaigns.post("flood", "D-1 10:00"))
    config.write_text(f"{config.read_text()}store: {SERVER}\n", encoding="utf-8")
    campaigning = open_campaign(config, environ={"STORE_PASSWORD": f"{SECRET}@/:%"})
    assert make_url(campaigning.store_url).password == f"{SECRET}@/:%"
    assert SECRET not in repr(campaigning)
    assert SECRET not in str(campaigning.config)


def test_a_file_needs_no_address(tmp_path):
    campaigning = open_campaign(campaigns.write(tmp_path, ""), environ={"STORE_PASSWORD": SECRET})
    assert campaigning.store_url is None


def test_without_the_package_one_line_says_how_to_install_it(tmp_path, monkeypatch):
    from scheduler.store import databases

    monkeypatch.setitem(__import__("sys").modules, "scheduler.store.postgres", None)
    with pytest.raises(StoreError) as refused:
        databases.opened(tmp_path, SERVER)
    assert str(refused.value) == (
        "store: the package for PostgreSQL is not installed on this machine; run: "
        "python -m pip install 'psycopg[binary]'"
    )


def test_every_option_that_may_hold_a_secret_is_refused():
    assert not set(address.SECRET) & address.OPTIONS


X_KEYS = {f"X_EN_{name}": "k" for name in ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")}
X_BROWSER = {f"X_EN_{name}": "k" for name in ("CLIENT_ID", "ACCESS_TOKEN", "REFRESH_TOKEN")}


INSTAGRAM = "platform: instagram, user: '1', public_media: {folder: p, url: 'https://cards.example'}"


@pytest.mark.parametrize(
    ("options", "environ", "store", "hinted"),
    [
        ("platform: threads, live: true", {}, SERVER, True),
        ("platform: threads, live: true", {}, "sqlite", False),
        ("platform: threads, live: false", {}, SERVER, False),
        ("platform: threads, live: true, machine: baku", {}, SERVER, False),
        (f"{INSTAGRAM}, live: true", {}, SERVER, True),
        (f"{INSTAGRAM}, live: true, login: facebook", {}, SERVER, False),
        ("platform: x, live: true", X_BROWSER, SERVER, True),
        ("platform: x, live: true", X_KEYS, SERVER, False),
        ("platform: mastodon, base_url: 'https://social.example', live: true", {}, SERVER, False),
    ],
)
def test_a_channel_whose_tokens_renew_themselves_should_name_its_machine(options, environ, store, hinted):
    start = CONFIG.index("  x-en:")
    text = f"{CONFIG[:start]}  x-en: {{{options}, language: en}}\nstore: {store}\n"
    config, found = configuration.parse(text, FILE)
    assert config is not None, found
    rules = [one.rule for one in machines.findings(config, environ)]
    assert rules == (["config.machine"] if hinted else [])
