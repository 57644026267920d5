"""A campaign taken to a PostgreSQL server and back by command, with what is out and what people said."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from scheduler.model import Mode
from scheduler.service import open_campaign
from tests import campaigns, postgres
from tests.cli.commands import Commands
from tests.cli.test_deciding import FLOOD, recorded
from tests.fakes.mastodon_server import MastodonServer
from tests.fakes.x_server import XServer

ROOT = Path(__file__).parents[2]
SECRET = "c4nary-of-the-store"
SERVER = "postgresql+psycopg://harbour@db.example/harbour"


@pytest.fixture
def address(tmp_path):
    """A schema without anything in it, as config.yaml names it."""
    yield postgres.url_of(tmp_path)
    postgres.run(f"DROP SCHEMA {postgres.schema_of(tmp_path)} CASCADE")
    postgres.MADE.discard(postgres.schema_of(tmp_path))


@pytest.fixture
def servers():
    keys = tuple(campaigns.SECRETS[name] for name in list(campaigns.SECRETS)[1:])
    with MastodonServer(token=campaigns.SECRETS["M_EN_ACCESS_TOKEN"]) as mastodon, XServer(keys=keys) as x:
        yield mastodon, x


@pytest.fixture
def run(tmp_path, capsys, servers):
    """A live campaign with a post that waits for its approval."""
    mastodon, x = servers
    posts = campaigns.post("flood", campaigns.at(datetime.now(UTC) + timedelta(hours=1)))
    config = campaigns.write(
        tmp_path, posts, mastodon=mastodon.base_url, x=x.base_url, live=True, approvals=1
    )
    return Commands(capsys, config)


def moved_to(run, address):
    told = run("migrate", "--from", "sqlite", "--to", address, "--as", "Aynur", "--write")
    assert told.code == 0, told.err
    return told


@pytest.mark.a_server
def test_after_a_move_approvals_count_and_nothing_goes_out_twice(run, address, servers, tmp_path):
    mastodon, x = servers
    assert run("approve", "flood", "--as", "Ayla", "--yes").code == 0
    assert run("publish", "flood", "--channel", "m-en", "--live").code == 0
    assert (len(mastodon.published), len(x.published)) == (1, 0)
    moved_to(run, address)
    assert run("status", "--json").json["counts"] == {"published": 1}
    run("publish", "flood", "--channel", "m-en", "--live")
    assert run("publish", "flood", "--channel", "x-en", "--live").code == 0
    assert (len(mastodon.published), len(x.published)) == (1, 1)
    back = run("migrate", "--from", "postgresql", "--to", "sqlite", "--as", "Aynur", "--write")
    assert back.code == 0, back.err
    assert run("run", "--live", "--until-done").code == 0
    assert (len(mastodon.published), len(x.published)) == (1, 1)
    assert run("audit", "verify").code == 0


@pytest.mark.a_server
def test_it_tells_what_was_moved_and_what_to_write_into_config(run, address):
    recorded(run)
    run("approve", "flood", "--as", "Ayla", "--yes")
    told = run("migrate", "--from", "sqlite", "--to", address, "--as", "Aynur")
    assert told.code == 0
    rows = dict(line.rsplit(None, 2)[::2] for line in told.out.splitlines() if line[-1:].isdigit())
    assert rows["deliveries"] == "2"
    assert "Everything is now in PostgreSQL" in told.out
    assert "The log has 1 line more: this move." in told.out
    assert f"Now change config.yaml, in a line of its own: store: {address}" in told.out
    assert "store:" not in run.config.read_text(encoding="utf-8")
    refused = run("status")
    assert (refused.code, len(refused.lines)) == (1, 1)
    assert "this campaign has moved to PostgreSQL" in refused.err


@pytest.mark.a_server
def test_a_scheduler_started_by_an_old_config_refuses_in_one_line(run, address, servers):
    recorded(run)
    before = run.config.read_text(encoding="utf-8")
    moved_to(run, address)
    run.config.write_text(before, encoding="utf-8")
    told = run("run", "--live", "--until-done")
    assert told.code == 1
    assert told.lines[-1].count("this campaign has moved to PostgreSQL") == 1
    assert not servers[0].published


@pytest.mark.a_server
def test_going_back_writes_sqlite_into_the_same_line(run, address):
    recorded(run)
    moved_to(run, address)
    text = run.config.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("store:")] == [f"store: {address}"]
    told = run("migrate", "--from", "postgresql", "--to", "sqlite", "--write")
    assert "config.yaml now says: store: sqlite" in told.out
    assert run.config.read_text(encoding="utf-8") == text.replace(address, "sqlite")
    assert run("status", "--json").json["counts"] == {"held": 2}


@pytest.mark.a_server
def test_a_backup_of_the_server_is_put_back_by_the_same_command(run, address, tmp_path):
    recorded(run)
    moved_to(run, address)
    made = run("backup", str(tmp_path / "usb" / "kept.db"))
    assert made.code == 0
    run("cancel", "2027/flood/m-en", "--reason", "a slip")
    told = run("restore", str(tmp_path / "usb" / "kept.db"), "--as", "Aynur")
    assert told.code == 0, told.err
    assert told.out.startswith("PostgreSQL ")
    assert "What was there before is kept:" in told.out
    with open_campaign(run.config).store(Mode.LIVE) as store:
        assert {str(one.state) for one in store.statuses(datetime.now(UTC))} == {"scheduled"}
        assert [one.act for one in store.acts()][-1] == "restore"


@pytest.mark.a_server
def test_config_that_names_a_server_beside_the_old_file_is_told_to_migrate(run, address, servers):
    recorded(run)
    with run.config.open("a", encoding="utf-8") as config:
        config.write(f"store: {address}\n")
    told = run("run", "--live", "--until-done")
    assert told.code == 1
    assert "python run.py migrate --from sqlite --to postgresql" in told.err
    assert not servers[0].published
    assert run("migrate", "--from", "sqlite", "--to", "postgresql").code == 0
    assert run("status", "--json").json["counts"] == {"held": 2}


@pytest.mark.a_server
def test_the_password_is_nowhere(run, address, tmp_path, monkeypatch):
    recorded(run)
    # The server lets this user in without one; whatever is sent to it must still be kept to ourselves.
    monkeypatch.setenv("STORE_PASSWORD", SECRET)
    told = [moved_to(run, address)]
    told += [run(*words.split()) for words in ("status", "check", "doctor", "why flood", "backup", "audit")]
    wrong = sa.make_url(address).set(port=1).render_as_string(hide_password=False)
    run.config.write_text(run.config.read_text().replace(address, wrong), encoding="utf-8")
    told.append(run("status"))
    assert told[-1].code == 1
    everything = "".join(one.out + one.err for one in told) + run.config.read_text()
    assert SECRET not in everything
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    with postgres.connected(tmp_path) as connection:
        for table in ("meta", "audit", "notices"):
            assert SECRET not in repr(connection.exec_driver_sql(f"SELECT * FROM {table}").all())


@pytest.mark.a_server
def test_doctor_tells_of_the_server(run, address):
    recorded(run)
    moved_to(run, address)
    lines = {one["about"]: one for one in run("doctor", "--json").json}
    assert lines["database"]["state"] == "ok"
    assert lines["database"]["words"].startswith("PostgreSQL ")
    assert lines["server clock"]["state"] == "ok"
    assert lines["backups"]["state"] == "warn"


@pytest.mark.a_server
def test_the_sample_campaign_goes_there_and_back(tmp_path, capsys, address):
    for name in ("posts/ledger", "assets"):
        shutil.copytree(ROOT / name, tmp_path / name)
    # One of its posts will do: all their cards take long to draw.
    shutil.copy(ROOT / "posts" / "figures.yaml", tmp_path / "posts")
    shutil.copy(ROOT / "config.yaml", tmp_path)
    run = Commands(capsys, tmp_path / "config.yaml")
    assert run("approve", "figures", "--as", "Aynur", "--yes").code == 0
    before = approvals(run)
    assert [one.who for one in before] == ["Aynur"] * 2
    moved_to(run, address)
    assert approvals(run) == before
    assert run("migrate", "--from", "postgresql", "--to", "sqlite", "--write").code == 0
    assert approvals(run) == before


def approvals(run):
    with open_campaign(run.config).store(Mode.LIVE) as store:
        return store.approvals()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sqlite", "sqlite"), "migrate takes everything from sqlite to postgresql, or back"),
        (("postgresql", SERVER), "migrate takes everything from sqlite to postgresql, or back"),
        (("sqlite", "postgresql"), "config.yaml names no server yet; name it here: --to postgresql+psycopg"),
        (
            ("postgresql", "sqlite"),
            "config.yaml names no server yet; name it here: --from postgresql+psycopg",
        ),
        (("sqlite", "mysql://db.example/harbour"), "“mysql” is not a database for this program"),
    ],
)
def test_what_cannot_be_moved_is_told_in_one_line(campaign, words, said):
    run = campaign(FLOOD)
    told = run("migrate", "--from", words[0], "--to", words[1])
    assert (told.code, len(told.lines)) == (2, 1)
    assert said in told.err


def test_a_password_on_the_command_line_is_refused_and_not_repeated(campaign):
    told = campaign(FLOOD)("migrate", "--from", "sqlite", "--to", f"postgresql://harbour:{SECRET}@db/harbour")
    assert (told.code, len(told.lines)) == (2, 1)
    assert "put STORE_PASSWORD=… into .env" in told.err
    assert SECRET not in told.err
