"""Everything at once, by seed: what goes wrong in a year of running, in seconds."""

import pytest

from scheduler.platforms.base import Recovery
from tests.faults import cases
from tests.faults.thorough import THOROUGH
from tests.thorough import quick_and_long

STEPS = 6 if THOROUGH else 4


@pytest.mark.parametrize(
    ("recovery", "seed"), quick_and_long((one, n) for n, one in enumerate(Recovery, 301))
)
@pytest.mark.long
def test_through_any_mix_of_troubles_no_part_is_out_twice_and_none_is_lost(tmp_path, recovery, seed):
    result = cases.mix(tmp_path, recovery, seed, steps=STEPS)
    assert result.verdict.breaches == (), result.replay
