"""What the doctor sees: each thing is broken in turn, and one line says which, and what to do."""

import contextlib
import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from importlib import metadata

import pytest

from scheduler.model import Mode
from scheduler.service import doctoring, health, installed, open_campaign
from scheduler.service.doctoring import examine
from scheduler.service.symptoms import Health
from tests import campaigns
from tests.documents import ROOT
from tests.fakes.mastodon_server import MastodonServer

NOW = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path):
    return campaigns.write(tmp_path, campaigns.post("flood", "D-1 10:00"))


def lines(config, about, now=NOW, **options):
    return [one for one in examine(config, None, now, **options) if one.about == about]


def the(config, about, now=NOW, **options):
    [line] = lines(config, about, now, **options)
    return line


def edited(config, before, after):
    text = config.read_text(encoding="utf-8")
    assert before in text
    config.write_text(text.replace(before, after), encoding="utf-8")


def live(config):
    edited(config, "live: false", "live: true")


def beat(config, at, **told):
    data = config.parent / "data"
    data.mkdir(exist_ok=True)
    words = ", ".join(f'"{name}": {str(value).lower()}' for name, value in told.items())
    when = f'"last_tick": "{at:%Y-%m-%dT%H:%M:%SZ}"'
    health.path(data, Mode.LIVE).write_text("{" + ", ".join(filter(None, (when, words))) + "}")


def test_a_healthy_folder_has_nothing_bad_and_nothing_is_made_by_looking(config):
    before = sorted(config.parent.rglob("*"))
    seen = examine(config, None, NOW)
    assert [one for one in seen if one.health is Health.BAD] == []
    assert sorted(config.parent.rglob("*")) == before
    wanted = {"Python", "packages", "config", "fonts", "zones", "clock", "disk", "file system", "database"}
    assert wanted | {"credentials", "systemd"} <= {one.about for one in seen}


def test_a_config_with_errors_is_one_bad_line_and_the_machine_is_looked_at_all_the_same(config):
    edited(config, "Asia/Baku", "Asia/Bakku")
    seen = examine(config, None, NOW)
    assert [(one.about, one.health) for one in seen if one.about in ("Python", "config")] == [
        ("Python", Health.OK),
        ("config", Health.BAD),
    ]
    assert the(config, "config").todo == "see: python run.py check"


def test_a_config_that_is_not_there_is_told(tmp_path):
    assert "there is no such file" in the(tmp_path / "config.yaml", "config").words


# -- packages


def lock(*lines):
    return "".join(f"{line} \\\n    --hash=sha256:00\n" for line in lines)


def test_a_missing_package_and_another_version_are_named():
    there = metadata.version("click")
    found = installed.compare(lock(f"click=={there}", "requests==0.0.1", "no-such-package==1.0"))
    assert (found.count, found.missing) == (3, ("no-such-package",))
    assert found.other == (f"requests {metadata.version('requests')}, not 0.0.1",)


def test_packages_of_other_systems_are_not_asked_for():
    text = lock(
        "winonly==1 ; sys_platform == 'nowhere'",
        "here==2 ; sys_platform != 'nowhere' and os_name != 'nothing'",
        "either==3 ; sys_platform == 'nowhere' or os_name != 'nothing'",
        "odd==4 ; implementation_name == 'pypy'",
    )
    assert installed.packages(text) == {"here": "2", "either": "3"}


def test_a_missing_package_is_bad_and_says_what_to_type(config, tmp_path, monkeypatch):
    file = tmp_path / "requirements.lock"
    file.write_text(lock("no-such-package==1.0"))
    monkeypatch.setattr(installed, "LOCK", file)
    line = the(config, "packages")
    assert (line.health, line.words) == (Health.BAD, "missing: no-such-package")
    assert "pip install --require-hashes" in line.todo


# -- languages and zones


@pytest.mark.parametrize("language", ["es", "ar", "he", "el", "ru", "fa"])
def test_languages_that_cards_can_set_are_well(config, language):
    edited(config, "languages: [en]", f"languages: [en, {language}]")
    assert [one.health for one in lines(config, "fonts")] == [Health.OK, Health.OK]


def test_a_language_that_cards_cannot_speak_is_bad_with_the_reason(config):
    edited(config, "languages: [en]", "languages: [en, xx]")
    english, unknown = lines(config, "fonts")
    assert (english.health, unknown.health) == (Health.OK, Health.BAD)
    assert "“xx”" in unknown.words


def test_zones_are_shown_with_their_offset_on_the_day(config):
    edited(config, "base_url", "timezone: America/New_York, base_url")
    # On 17 February New York has winter time.
    assert the(config, "zones").words.endswith("2027-02-17: America/New_York UTC-05:00, Asia/Baku UTC+04:00")


# -- the clock


def test_nobody_is_asked_without_network(config, monkeypatch):
    monkeypatch.setattr(doctoring.platforms, "server_date", lambda channel: pytest.fail("asked"))
    assert "not compared with a server" in the(config, "clock").words


def test_a_clock_before_the_last_sign_of_life_is_bad(config):
    beat(config, NOW + timedelta(minutes=10))
    assert the(config, "clock").health is Health.BAD


@pytest.mark.parametrize(
    ("off", "state"), [(0, Health.OK), (25, Health.OK), (-3600, Health.BAD), (90, Health.BAD)]
)
def test_a_clock_is_compared_with_what_a_real_server_answers(config, off, state):
    with MastodonServer() as server:
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("https://mastodon.example", server.base_url), encoding="utf-8")
        edited(config, "https://x.example", server.base_url)
        there = doctoring.platforms.server_date(open_campaign(config, environ={}).config.channels["m-en"])
        found = lines(config, "clock", there + timedelta(seconds=off), network=True)
    assert {one.health for one in found} == {state}


def test_a_server_that_does_not_answer_is_a_warning(config, monkeypatch):
    monkeypatch.setattr(doctoring.platforms, "server_date", lambda channel: None)
    assert {one.health for one in lines(config, "clock", network=True)} == {Health.WARN}


# -- the disk and the database


@pytest.mark.parametrize(
    ("free", "state"), [(2 << 30, Health.OK), (500 << 20, Health.WARN), (10 << 20, Health.BAD)]
)
def test_room_on_the_disk(config, monkeypatch, free, state):
    usage = shutil.disk_usage(config.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage._replace(free=free))
    assert the(config, "disk").health is state


def test_data_on_a_network_disk_is_bad(config, tmp_path, monkeypatch):
    from scheduler.store import filesystem

    mounts = tmp_path / "mounts"
    mounts.write_text(
        "1 0 0:1 / / rw - ext4 /dev/sda rw\n2 1 0:2 / " + str(tmp_path) + " rw - nfs4 server:/ rw\n"
    )
    monkeypatch.setattr(filesystem, "MOUNTS", mounts)
    line = the(config, "file system")
    assert line.health is Health.BAD
    assert "nfs4" in line.words


def test_a_database_is_looked_at_and_neither_migrated_nor_locked(config):
    with open_campaign(config, environ={}).store(Mode.LIVE):
        pass
    path = config.parent / "data" / "scheduler.db"
    before = path.read_bytes()
    assert the(config, "database").words.startswith("whole, ")
    assert path.read_bytes() == before


def test_a_database_of_a_newer_program_is_bad(config):
    with open_campaign(config, environ={}).store(Mode.LIVE):
        pass
    with contextlib.closing(sqlite3.connect(config.parent / "data" / "scheduler.db")) as database:
        database.execute("INSERT INTO schema_version (version) VALUES (999)")
        database.commit()
    line = the(config, "database")
    assert (line.health, "newer version" in line.words) == (Health.BAD, True)


def test_a_database_that_is_none_is_bad_and_restore_is_named(config):
    (config.parent / "data").mkdir()
    (config.parent / "data" / "scheduler.db").write_bytes(b"no database at all" * 100)
    line = the(config, "database")
    assert line.health is Health.BAD
    assert "restore" in line.todo


def test_an_old_backup_is_a_warning_only_where_something_is_live(config):
    folder = config.parent / "data" / "backups"
    folder.mkdir(parents=True)
    (folder / "scheduler-20270117-030000Z.db").write_bytes(b"x")
    old = (NOW - timedelta(days=3)).timestamp()
    os.utime(folder / "scheduler-20270117-030000Z.db", (old, old))
    assert (the(config, "backups").health, the(config, "backups").words) == (
        Health.OK,
        "1, the newest 3 days ago",
    )
    live(config)
    assert the(config, "backups").health is Health.WARN


# -- accounts and the service


def test_missing_credentials_are_bad_on_a_live_channel_alone(config):
    (config.parent / ".env").write_text("M_EN_ACCESS_TOKEN=canary-mastodon-token\n")
    (config.parent / ".env").chmod(0o600)
    mastodon, x = lines(config, "credentials")
    assert (mastodon.health, x.health) == (Health.OK, Health.OK)
    live(config)
    mastodon, x = lines(config, "credentials")
    assert (mastodon.health, x.health) == (Health.OK, Health.BAD)
    assert "X_EN_API_KEY" in x.words
    assert x.todo == "python run.py accounts connect x-en"


def test_whether_anybody_would_be_told_is_said_without_the_address(config):
    assert (the(config, "alerts").health, the(config, "alerts").todo) == (Health.OK, "")
    live(config)
    assert the(config, "alerts").health is Health.WARN
    config.write_text(
        config.read_text(encoding="utf-8") + "alerts: {to: [A1, A2], ping: P}\n", encoding="utf-8"
    )
    (config.parent / ".env").write_text("A1=json://127.0.0.1/canary-address\nA2=nothing-like-it://canary\n")
    told = [(one.health, one.words.partition(";")[0]) for one in lines(config, "alerts")]
    assert told == [
        (Health.WARN, "A2 is not an address that can be used"),
        (Health.WARN, "P is not set, so the dead-man switch is off"),
    ]
    (config.parent / ".env").write_text(
        "A1=json://127.0.0.1/canary\nA2=json://127.0.0.1/b\nP=https://a.example/1\n"
    )
    assert the(config, "alerts").words == "A1, A2 can be read, not tried (alerts test tries them)"
    assert not any("canary" in one.words + one.todo for one in examine(config, None, NOW))


def test_no_line_shows_a_secret(config):
    live(config)
    assert not any("canary" in one.words + one.todo for one in examine(config, None, NOW))


def test_passwords_that_others_can_read_are_a_warning(config):
    (config.parent / ".env").chmod(0o644)
    assert [one.health for one in lines(config, "credentials")].count(Health.WARN) == 1


def test_a_scheduler_that_was_never_started_is_a_warning_where_something_is_live(config):
    assert lines(config, "service (live)") == []
    live(config)
    assert the(config, "service (live)").words == "was never started here"


@pytest.mark.parametrize(
    ("ago", "told", "state", "words"),
    [
        (5, {"ok": True}, Health.OK, "at work; last looked 5 s ago"),
        (5, {"ok": False}, Health.WARN, "at work, and it needs you"),
        (7300, {"ok": True}, Health.WARN, "not at work; last looked 2 hours ago"),
    ],
)
def test_the_service_is_known_by_the_age_of_its_health_file(config, ago, told, state, words):
    live(config)
    beat(config, NOW - timedelta(seconds=ago), **told)
    line = the(config, "service (live)")
    assert (line.health, line.words) == (state, words)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_unit_that_starts_this_campaign_is_found(config, tmp_path, monkeypatch, enabled):
    live(config)
    folder = tmp_path / "units"
    folder.mkdir()
    (folder / "other.service").write_text(
        "ExecStart=/usr/bin/python run.py\nWorkingDirectory=/somewhere/else\n"
    )
    unit = folder / "campaign.service"
    unit.write_text(f"WorkingDirectory={config.parent}\nExecStart=python run.py run --live\n")
    if enabled:
        (folder / "multi-user.target.wants").mkdir()
        (folder / "multi-user.target.wants" / "campaign.service").symlink_to(unit)
    monkeypatch.setattr(doctoring, "UNITS", (folder,))
    monkeypatch.setattr(doctoring, "SYSTEMD", tmp_path)
    line = the(config, "systemd")
    assert (line.health is Health.OK) is enabled
    assert str(unit) in line.words


def test_a_machine_without_systemd_is_told_where_something_is_live(config, tmp_path, monkeypatch):
    monkeypatch.setattr(doctoring, "SYSTEMD", tmp_path / "nowhere")
    assert the(config, "systemd").health is Health.OK
    live(config)
    assert the(config, "systemd").health is Health.WARN


def test_an_editor_with_an_older_programs_schemas_is_told_what_to_copy(config):
    assert lines(config, "editor") == []
    folder = config.parent / ".vscode" / "schemas"
    shutil.copytree(ROOT / "docs" / "reference" / "schemas", folder)
    assert the(config, "editor").health is Health.OK
    (folder / "post.json").write_text("{}")
    line = the(config, "editor")
    assert (line.health, "post.json" in line.words) == (Health.WARN, True)


def test_a_look_that_fails_is_a_bad_line_and_the_rest_is_looked_at(config, monkeypatch):
    def unreadable(place):
        raise PermissionError(13, "Permission denied", str(place))

    monkeypatch.setattr(shutil, "disk_usage", unreadable)
    line = the(config, "disk")
    assert (line.health, "Permission denied" in line.words) == (Health.BAD, True)
    assert lines(config, "systemd")
