"""How much the suite does: every kind of fault in `make test`, all of it with SCHEDULER_THOROUGH=1."""

import os

THOROUGH = bool(os.environ.get("SCHEDULER_THOROUGH"))
