"""The benchmark of several machines goes its whole way at a tiny size, on a server of its own."""

import tempfile
from pathlib import Path

import pytest

from benchmarks import machines, searches
from benchmarks.server import disks, server

pytestmark = pytest.mark.a_server

SIZE = machines.Size(channels=3, queued=20, backlog=6, processes=(2,), singles=2, apart=0.05, burst=3)


@pytest.fixture
def place():
    """Where whoever the server runs as may go too, as pytest's own folders are not."""
    with tempfile.TemporaryDirectory(dir=list(disks().values())[-1]) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_two_schedulers_on_one_server_deliver_each_post_once_and_not_before_its_time(place):
    with machines.site(place, SIZE, 2) as whole:
        found = machines.rate(whole, SIZE)
        assert min(found.posts, found.own, found.servers, found.largest) > 0
        middle, most = machines.delays(whole, SIZE, "single", SIZE.singles, SIZE.apart)
        assert 0 <= middle <= most
        keys = sorted(whole.network.arrivals)
    assert len(keys) == SIZE.backlog + SIZE.singles


def test_two_workers_of_procrastinate_deliver_each_post_once_and_not_before_its_time(place):
    found = machines.procrastinate(place, SIZE, 2)
    assert found.posts > 0
    assert min(found.own, found.servers) >= 0


def test_with_many_rows_and_channels_every_search_on_the_server_is_by_an_index(place):
    with server(place) as one:
        said = list(searches.measured(one, (200, 20_000), (2, 30), runs=2))
    assert any("of them read from end to end: 0" in line for line in said), said
    assert "deliveries_of_channel" in said[-1]
