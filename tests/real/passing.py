"""A server in front of a real one: it hands every request on, counts them, and breaks answers on request."""

import requests

from tests.fakes import Loopback, Reply

PASSED_ON = ("authorization", "content-type", "idempotency-key", "accept", "user-agent")
PASSED_BACK = ("content-type", "location", "retry-after", "x-ratelimit-reset", "ratelimit-reset")


class Passing(Loopback):
    """As the fakes are asked: `fail_next`, `count`, `requests`."""

    def __init__(self, real):
        super().__init__()
        self._real = real

    def answer(self, request):
        given = {name: value for name, value in request.headers.items() if name in PASSED_ON}
        answer = requests.request(
            request.method,
            self._real + request.path,
            params=request.query,
            data=request.body,
            headers={**given, "Accept-Encoding": "identity"},
            allow_redirects=False,
            timeout=30,
        )
        back = {name: value for name, value in answer.headers.items() if name.lower() in PASSED_BACK}
        return Reply(answer.status_code, answer.content, {name.title(): back[name] for name in back})
