"""A wall clock and a boot clock that a test moves: both as time passes, or the wall alone."""

from datetime import timedelta

from tests.store.kit import NOON


class Time:
    """`time()` is the wall clock's moment, `time.boot()` the seconds since boot, sleep included."""

    def __init__(self, now=NOON):
        self.now, self.since_boot = now, 1000.0
        self.is_wrong_by = timedelta(0)

    def __call__(self):
        return self.now

    def boot(self):
        return self.since_boot

    def passes(self, span):
        """Time goes by, awake or asleep: both clocks go on."""
        self.now += span
        self.since_boot += span.total_seconds()

    def is_set(self, span):
        """Somebody sets the wall clock; no time goes by."""
        self.now += span
        self.is_wrong_by += span

    def is_set_right(self):
        self.is_set(-self.is_wrong_by)

    @property
    def true(self):
        """What every right clock shows, a platform's among them."""
        return self.now - self.is_wrong_by

    def passes_until(self, moment):
        self.passes(max(moment - self.now, timedelta(0)))


def play(engine, now, until):
    """Tick at every moment the engine names; answers the last."""
    due = engine.tick(now)
    while due is not None and due <= until:
        now, due = due, engine.tick(due)
    return now
