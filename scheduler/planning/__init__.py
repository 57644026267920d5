"""When each post goes out on each channel: pure functions of posts, config and the time."""

from scheduler.planning.plan import Place, Plan, Room, places, plan
from scheduler.planning.quiet import binding, window
from scheduler.planning.slots import daily_limit
from scheduler.planning.when import expires, grace, local_day, moment

__all__ = [
    "Place",
    "Plan",
    "Room",
    "binding",
    "daily_limit",
    "expires",
    "grace",
    "local_day",
    "moment",
    "places",
    "plan",
    "window",
]
