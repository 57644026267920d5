"""What the machines of one PostgreSQL database know of each other, and what people are told of them."""

from dataclasses import replace

import pytest

from scheduler.errors import LockError
from scheduler.model import Mode
from scheduler.service import machines, open_campaign
from scheduler.service.running import Service
from scheduler.store import Store
from tests import campaigns, postgres
from tests.store.kit import NOON, SECOND, delivery, policy

pytestmark = pytest.mark.a_server


@pytest.fixture
def machine(tmp_path):
    """Opens the same database for another machine, which goes by a config.yaml of this mark."""
    opened = []

    def made(name, mark=""):
        store = Store.open(tmp_path / name, Mode.LIVE, url=postgres.url_of(tmp_path))
        store.policy, store.machine = replace(policy(), mark=mark), name
        opened.append(store)
        return store

    yield made
    for store in opened:
        store.close()


def beat(now, *stores):
    """Each says that it is at work, and the first looks after them all; answers what people are told."""
    for n, store in enumerate(stores):
        store.heartbeat(now + n * SECOND)
    machines.watch(stores[0], now + 5 * SECOND)
    return {notice.cause: notice.text for notice in stores[0].notices()}


def test_machines_that_go_by_different_config_files_are_told_of_until_they_agree(machine):
    first, second = machine("baku", "new"), machine("ganja", "new")
    assert beat(NOON, first, second) == {}
    second.policy = replace(second.policy, mark="old")
    told = beat(NOON + 10 * SECOND, first, second)
    assert list(told) == ["machine-config"]
    assert "baku" in told["machine-config"]
    assert "ganja" in told["machine-config"]
    second.policy = replace(second.policy, mark="new")
    assert beat(NOON + 20 * SECOND, first, second) == {}


def test_a_machine_that_has_stopped_differs_from_nobody(machine):
    first, second = machine("baku", "new"), machine("ganja", "old")
    assert list(beat(NOON, first, second)) == ["machine-config"]
    second.sign_off(NOON + 20 * SECOND)
    assert beat(NOON + 30 * SECOND, first) == {}


def test_the_mark_is_another_one_with_every_change_of_config(tmp_path):
    file = campaigns.write(tmp_path, "- id: x\n")
    marks = {open_campaign(file, environ={}).policy().mark for _ in range(2)}
    file.write_text(file.read_text(encoding="utf-8") + "# A line more.\n", encoding="utf-8")
    marks.add(open_campaign(file, environ={}).policy().mark)
    assert len(marks) == 2
    assert "" not in marks


def test_a_channel_waits_for_the_machine_it_names_until_that_one_is_at_work(machine):
    first, second = machine("baku"), machine("ganja")
    named = replace(policy().channels["mastodon-en"], machine="ganja")
    first.policy = replace(policy(), channels={"mastodon-en": named})
    assert machines.waiting(first, NOON) == {}
    first.heartbeat(NOON)
    first.sync([delivery()], {}, NOON)
    words = "mastodon-en waits for the machine ganja, which is not at work"
    assert machines.waiting(first, NOON) == {"mastodon-en": words}
    statuses = first.statuses(NOON)
    assert machines.explained(first, statuses, statuses[0].due)[0].reasons == (words,)
    assert machines.explained(first, statuses, statuses[0].due - SECOND)[0].reasons == ()
    second.heartbeat(NOON + SECOND)
    assert machines.waiting(first, NOON + SECOND) == {}


def test_two_machines_of_one_name_are_one_too_many(machine, monkeypatch):
    """Each would take the channels that name it, and one heartbeat would speak for both."""
    monkeypatch.setattr(machines, "NAME_SECONDS", 1.5)
    first, second, namesake = machine("baku"), machine("ganja"), machine("elsewhere")
    namesake.machine = "baku"
    with (
        machines.named(first),
        machines.named(second),
        pytest.raises(LockError, match=r"another machine called baku .* SCHEDULER_MACHINE"),
        machines.named(namesake),
    ):
        pass
    first.close()
    with machines.named(namesake):
        assert namesake.on_duty("machine baku")


def test_a_scheduler_whose_name_is_taken_does_not_start(tmp_path, monkeypatch):
    monkeypatch.setattr(machines, "NAME_SECONDS", 0)
    file = campaigns.write(tmp_path, "- id: x\n")
    text = f"{file.read_text(encoding='utf-8')}store: {postgres.url_of(tmp_path)}\n"
    file.write_text(text, encoding="utf-8")
    campaigning = open_campaign(file, environ={"SCHEDULER_MACHINE": "baku"})
    dry = Store.open(tmp_path / "other", Mode.DRY, url=postgres.url_of(tmp_path))
    dry.machine = "baku"
    with dry, machines.named(dry), pytest.raises(LockError, match="called baku"):
        Service(campaigning, Mode.DRY, lambda: NOON).run()


def test_an_account_is_shared_by_the_machines_of_one_database_alone(machine, tmp_path):
    first, second = machine("baku"), machine("ganja")
    first.settle_in(NOON)
    assert first.shared_by == second.shared_by
    url = postgres.url_of(tmp_path / "another")
    with Store.open(tmp_path / "c", Mode.LIVE, url=url) as other:
        other.policy = policy()
        other.settle_in(NOON)
        assert other.shared_by.strip("/")
        assert other.shared_by != first.shared_by
