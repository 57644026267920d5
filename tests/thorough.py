"""How much the tests try: all of it where SCHEDULER_THOROUGH is set, as in CI; less of the same at a desk."""

import os

import pytest

THOROUGH = bool(os.environ.get("SCHEDULER_THOROUGH"))
SHARE = 5


def examples(number):
    """So many examples of a property; at a desk a fifth of them, and five at least."""
    return number if THOROUGH else min(number, max(5, number // SHARE))


def quick_and_long(cases, quick=1):
    """The first of a test's cases for every run, each of the others as a long test of its own."""
    cases = list(cases)
    rest = [case if isinstance(case, tuple) else (case,) for case in cases[quick:]]
    return cases[:quick] + [pytest.param(*case, marks=pytest.mark.long) for case in rest]
