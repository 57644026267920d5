"""kill -9 at random moments: nothing twice, nothing lost; and the control that shows the oracle can see."""

import pytest

from scheduler.platforms.base import Recovery
from tests.faults import cases
from tests.faults.thorough import THOROUGH
from tests.thorough import quick_and_long

COUNT = 6 if THOROUGH else 4


@pytest.mark.parametrize(
    ("recovery", "seed"), quick_and_long((one, n) for n, one in enumerate(Recovery, 101))
)
def test_after_kills_at_random_moments_no_part_is_out_twice_and_none_is_lost(tmp_path, recovery, seed):
    result = cases.kills(tmp_path, recovery, seed, count=COUNT, beside=False)
    assert result.verdict.breaches == (), result.replay
    assert result.kills > 0


@pytest.mark.long
def test_a_queue_that_sends_again_doubles_under_the_same_kills(tmp_path):
    """Without this the suite could be blind and green."""
    assert cases.naive(tmp_path, seed=101, count=8) > 0
