"""How much the tests try: all of it where SCHEDULER_THOROUGH is set, as in CI; less of the same at a desk."""

import os

THOROUGH = bool(os.environ.get("SCHEDULER_THOROUGH"))
SHARE = 5


def examples(number):
    """So many examples of a property; at a desk a fifth of them, and five at least."""
    return number if THOROUGH else min(number, max(5, number // SHARE))
