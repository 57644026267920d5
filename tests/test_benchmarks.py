"""Each benchmark goes its whole way at a tiny size: no time is asserted, only what no machine can change."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks import claims, delivery, idle
from benchmarks.contenders import NAMES, filled, percentile, table
from benchmarks.loopback import network

SINGLE, BURST, BACKLOG = delivery.SCENARIOS
SIZE = delivery.Size(channels=2, singles=2, apart=0.05, burst=2, images=2, seen_within=0.1)


@pytest.fixture(scope="module")
def server():
    with network() as one:
        yield one


def delivered(name, folder):
    """What one contender made of two single posts and, with an upload ahead, two with an image."""
    with network() as own:
        own.upload_takes(0.05)
        prepared = filled(folder, own.url, 20, 2, (name,), out=2)
        figures = delivery.measure(prepared, own, name, [SINGLE, delivery.IMAGES], SIZE, lead=0.3)
        return figures, sorted(delivery.post_of(key) for key in own.arrivals)


@pytest.mark.long
def test_every_contender_delivers_each_post_once_and_not_before_its_time(tmp_path):
    folders = [tmp_path / name for name in NAMES]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(delivered, NAMES, folders))
    for (singles, images), came in made:
        assert 0 <= singles[0] <= singles[1]
        assert 0 <= images[0] <= images[1]
        assert came == ["image-0", "image-1", "single-0", "single-1"]


def test_a_post_that_came_before_its_time_spoils_the_figures_instead_of_bettering_them():
    job = delivery.Job("single-0", "c-000", 100.0)
    with pytest.raises(ValueError, match=r"0\.250 s before its time"):
        delivery.in_time([job], {"single-0": 99.75})


def test_a_post_that_came_twice_spoils_the_figures(server):
    server.forget()
    for _ in range(2):
        server.ask("POST", "/posts", '{"key": "single-0"}')
    with pytest.raises(ValueError, match="1 posts were published twice"):
        _ = server.arrivals


def test_a_backlog_is_counted_from_its_due_time_to_the_last_post():
    assert BACKLOG.figures([100.0] * 4, [100.5, 101.0, 101.5, 102.0]) == [2.0]


def test_no_search_of_the_store_takes_longer_because_more_is_queued(tmp_path):
    found = {}
    for size in (60, 600):
        (tmp_path / str(size)).mkdir()
        desk = claims.Desk(tmp_path / str(size), size, 250, datetime.now(UTC))
        with desk.store:
            found[size] = claims.explained(desk)
    assert len(found[600]) > 12
    assert claims.growing(found[60], found[600]) == []


def test_a_statement_that_reads_the_whole_queue_is_called_out():
    few, many = claims.Plan(("SEARCH",), 300), claims.Plan(("SEARCH",), 3000)
    assert claims.growing({"a": few, "b": few}, {"a": few, "b": many}) == ["b"]


def test_the_store_is_measured_beside_both_rivals(tmp_path):
    said = claims.measure(tmp_path, [10, 20], runs=2)
    for words in ("this scheduler, ms", "APScheduler, ms", "Huey, ms", "claim, begin, settle", "SEARCH"):
        assert words in said


@pytest.mark.long
def test_cpu_and_memory_of_the_idle_service_are_read_and_a_virtual_day_is_lived_through(tmp_path, server):
    prepared = filled(tmp_path, server.url, 20, 1, ("ours",))
    used, resident, most = idle.idle(prepared, server, "ours", seconds=0.2, settling=0)
    assert used >= 0
    assert 10 < resident <= most
    minutes = timedelta(minutes=6), timedelta(minutes=1)
    before, after, posts = idle.grown(prepared.fresh("ours"), *minutes)
    assert before > 10
    assert after > 10
    assert posts == 4, "one post each ninety seconds, the first at once"


def test_figures_stand_beside_how_many_times_ours_they_are():
    said = table("Rate", ("posts/s",), {"ours": [200.0], "huey": [100.0]}, ">= 150/s")
    assert "target: >= 150/s" in said
    assert said.splitlines()[-1].split() == ["Huey", "on", "SQLite", "100", "(×0.5)"]


def test_the_99th_percentile_of_a_hundred_values_is_the_second_largest():
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_a_run_of_all_scenarios_shows_a_table_for_each(tmp_path, server, monkeypatch):
    monkeypatch.setattr(delivery, "measure", lambda *_: [[1.0, 2.0]])
    monkeypatch.setattr(delivery, "SCENARIOS", (SINGLE,))
    size = replace(SIZE, queued=1, runs=2, images=0, contenders=("ours",))
    said = delivery.run(size, tmp_path, server)
    assert "2 posts: one text post at a time" in said
