"""A scripted platform whose posts stand in a file: they survive the process that made them."""

import json

from scheduler.platforms.base import Prepared
from tests.delivery.scripted import Scripted


class Lasting(Scripted):
    """Reads what was published in earlier lives from `log`, and adds to it line by line."""

    def __init__(self, log, **options):
        super().__init__(**options)
        self.log = log
        if log.exists():
            self.published = [json.loads(line) for line in log.read_text().splitlines()]
            self.upserts = {request["key"]: Prepared(request) for request in self.published}

    def _publish(self, prepared):
        before = len(self.published)
        receipt = super()._publish(prepared)
        with self.log.open("a") as log:
            log.writelines(json.dumps(request) + "\n" for request in self.published[before:])
        return receipt
