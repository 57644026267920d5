"""Several machines with one PostgreSQL server, here processes: killed, stopped still, cut off, and their
server stopped, killed, half alive, or replaced by a standby that lacks the last moments.
"""

import time
from datetime import timedelta

import pytest

from scheduler.platforms.base import Recovery
from tests.faults import report, several
from tests.faults.cluster import Cluster
from tests.faults.machines import Machines
from tests.faults.thorough import THOROUGH
from tests.faults.world import CERTAIN, wait_until

pytestmark = pytest.mark.a_server

LATER = timedelta(hours=1)
"""So long there is time to get everything ready."""

GATE, ANSWER = b"\0\0\0\x07sending", b"\0\0\0\x09published"
"""The states as values on the line: their length, then the word."""

COUNT = 12 if THOROUGH else 5
ALL = list(Recovery)


def of(seed, recovery):
    """Each class with a seed of its own; in the short run one of them."""
    return [(one, seed + n) for n, one in enumerate(ALL) if THOROUGH or one is recovery]


@pytest.fixture(scope="module")
def server():
    with Cluster() as made:
        yield made


@pytest.mark.parametrize(("recovery", "seed"), of(401, Recovery.PROBE))
def test_three_machines_killed_at_random_send_everything_once_and_take_over_in_time(
    tmp_path, server, recovery, seed
):
    """Row 11. What a machine had in flight another one sees to within lease + settle."""
    result = several.machines(tmp_path, recovery, seed, COUNT, server)
    assert result.verdict.breaches == (), result.replay
    assert result.kills > 0
    assert report.late([result]) == []


@pytest.mark.parametrize(("recovery", "seed"), of(501, Recovery.BLIND))
def test_whatever_happens_to_the_server_and_the_lines_to_it_everything_goes_out_once(
    tmp_path, server, recovery, seed
):
    """Row 12 and 13."""
    result = several.outages(tmp_path, recovery, seed, COUNT, server)
    assert result.verdict.breaches == (), result.replay


def test_while_the_server_is_away_nothing_is_sent_and_then_everything(tmp_path, server):
    """Row 12."""
    with Machines(tmp_path / "away", Recovery.PROBE, server, names=("a", "b"), count=1) as world:
        for number, name in enumerate(("a", "b")):
            world.order(f"post-{number}", name, after=LATER.total_seconds())
        world.up(0)
        server.stop("immediate")
        world.clock.move(LATER + timedelta(seconds=1))
        time.sleep(world.clock.real(timedelta(seconds=20)))
        assert world.server.sends() == []
        server.start()
        wait_until(lambda: len(world.server.shown) == 2, 30, "it did not go on")
        wait_until(world.all_done, 30, "it did not finish")
        world.down()
        assert world.judge().breaches == ()


@pytest.mark.parametrize("before", [True, False])
def test_a_gate_whose_commit_was_never_answered_sends_nothing_on_a_doubt(tmp_path, server, before):
    """Row 13. The machine knows that it has sent nothing, so nobody needs to look even where nobody could."""
    with Machines(tmp_path / f"gate-{before}", Recovery.BLIND, server, names=("a",), count=1) as world:
        [proxy] = world.proxies
        proxy.cut_at_commit(of=GATE, before=before)
        world.order("figures", "a")
        world.up(0)
        wait_until(lambda: proxy.cuts == 1, 20, "there was no gate")
        wait_until(lambda: len(world.server.shown) == 1 and world.all_done(), 30, "it did not go on")
        world.down()
        [row] = world.rows()
        assert (row.state, len(world.server.sends())) == ("published", 1)
        # Done but not answered, the first attempt stands in the story; not done, it never was.
        assert len(row.begun["2027/figures/a"]) == (1 if before else 2)


@pytest.mark.parametrize("before", [True, False])
def test_an_answer_whose_commit_was_never_answered_is_recorded_once(tmp_path, server, before):
    """Row 13."""
    with Machines(tmp_path / f"answer-{before}", Recovery.BLIND, server, names=("a",), count=1) as world:
        [proxy] = world.proxies
        proxy.cut_at_commit(of=ANSWER, before=before)
        world.order("figures", "a")
        world.up(0)
        wait_until(lambda: proxy.cuts == 1, 20, "there was no answer")
        wait_until(lambda: [row.state for row in world.rows()] == ["published"], 30, "it was not recorded")
        world.down()
        assert world.judge().breaches == ()
        assert world.count("published") == 1
        with world.store() as store:
            assert store.notices() == ()


@pytest.mark.parametrize("recovery", sorted(CERTAIN) if THOROUGH else [Recovery.PROBE])
def test_a_standby_that_lacks_the_last_moments_sends_nothing_again(tmp_path, recovery):
    """Row 14."""
    result = several.failover(tmp_path, recovery, 601)
    assert result.verdict.breaches == (), result.replay


def fallen_over(world, server, names=(0, 1)):
    """A call is under way when the server dies, and the standby never heard of it."""
    standby = server.standby()
    for name in names:
        world.up(name)
    met = [one for one in world.channels for _ in names]
    wait_until(lambda: len(asked_for(world)) >= len(met), 20, "not every machine has met its channels")
    server.wait_for_standby()
    standby.fall_behind()
    world.clock.move(LATER - timedelta(seconds=40))
    wait_until(world.server.sends, 20, "nothing was sent")
    server.stop("immediate")
    standby.promote()
    world.go_over_to(standby)


def test_a_call_under_way_while_a_standby_takes_over_is_waited_for_and_the_machines_go_on_by_themselves(
    tmp_path,
):
    """Row 14. The account is looked at only when the call must have come out."""
    with (
        Cluster() as server,
        Machines(tmp_path / "w", Recovery.PROBE, server, names=("a",), count=2, speed=10) as world,
    ):
        world.server.before = 1.8  # 18 s by the world's clock; a call may take 20
        world.order("first", "a", after=LATER.total_seconds())
        later = world.order("second", "a", after=LATER.total_seconds() + 40)
        fallen_over(world, server)
        wait_until(lambda: len(world.server.shown) >= 2, 40, "the machines did not go on")
        world.down()
        assert [one.key for one in world.server.shown] == ["2027/first/a", later.key]
        assert {row.key: row.state for row in world.rows()}["2027/second/a"] == "published"


def test_where_nobody_can_look_a_standby_that_lacks_the_last_moments_waits_for_a_person(tmp_path):
    """Row 14."""
    with (
        Cluster() as server,
        Machines(tmp_path / "w", Recovery.BLIND, server, names=("a",), count=2) as world,
    ):
        world.order("first", "a", after=LATER.total_seconds())
        world.order("second", "a", after=LATER.total_seconds() + 40)
        fallen_over(world, server)
        wait_until(lambda: any(hold.scope == "channel" for hold in holds(world)), 40, "it was not held")
        time.sleep(world.clock.real(timedelta(seconds=240)))
        world.down()
        assert [one.key for one in world.server.shown] == ["2027/first/a"]


def asked_for(world):
    """The requests for an account: who am I."""
    return [one for one in world.server.arrivals if one.route == "GET /"]


def holds(world):
    with world.store() as store:
        return store.holds()
