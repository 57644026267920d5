"""Takes what is due to the platforms: once, through the gate, and never again without knowing."""

from scheduler.delivery.engine import Engine
from scheduler.delivery.timings import Timings

__all__ = ["Engine", "Timings"]
