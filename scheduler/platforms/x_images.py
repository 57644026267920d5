"""Images for X: uploaded, waited for, and described."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from scheduler.model import Image
from scheduler.platforms import tco
from scheduler.platforms.base import Files, Refusal, Refused
from scheduler.platforms.http import Answer, Outcome
from scheduler.platforms.x_verdicts import UPLOAD_ERRORS, failed

MEDIA_KEPT = timedelta(hours=20)
"""Unless X says otherwise; it speaks of 24 hours."""
POLLS = 6
LONGEST_POLL = 3.0


LABEL_ERRORS = {
    **UPLOAD_ERRORS,
    400: (
        Refusal.MEDIA,
        "X may not take our warning on graphic pictures, whose form it does not document: leave the picture "
        "out here, or post it by hand with X's own warning and record it with `settle … --published ADDRESS`",
    ),
}
WARNED_OF = ("adult_content", "graphic_violence", "other")
WARNINGS = {"graphic": "graphic_violence", "mild": "other"}
"""How a picture's media record says it, and X's own words: all three are named in each request."""


class Calls(Protocol):
    """Calls X, whichever way they are signed."""

    def call(self, method: str, path: str, *, params: Any = None, json: Any = None) -> Outcome:
        """One request."""


@dataclass(frozen=True)
class Upload:
    """An image at X, and when X may have thrown it away."""

    id: str
    expires: datetime


class Uploads:
    """An account's images on their way."""

    def __init__(self, caller: Calls, files: Files, wait: Callable[[float], None]) -> None:
        self._caller, self._files, self._wait = caller, files, wait

    def all(self, images: Sequence[Image]) -> list[Upload] | Refused:
        """Upload them in order, each with its alt text."""
        made: list[Upload] = []
        for number, image in enumerate(images, 1):
            done = self._upload(image, f"uploading image {number} of {len(images)}")
            if isinstance(done, Refused):
                return done
            made.append(done)
        return made

    def _upload(self, image: Image, doing: str) -> Upload | Refused:
        """POST /2/media/upload with the image in base64, then its alt text by /2/media/metadata."""
        try:
            content = self._files(image.sha256)
        except (LookupError, OSError):
            return Refused(Refusal.MEDIA, f"{doing}: its bytes are not in the store")
        body = {"media": base64.b64encode(content).decode(), "media_category": "tweet_image"}
        outcome = self._caller.call("POST", "/2/media/upload", json=body)
        remote = tco.id_of(tco.data(outcome))
        if not isinstance(outcome, Answer) or not remote:
            return failed(doing, outcome, UPLOAD_ERRORS)
        if problem := self._processed(remote, outcome, doing):
            return problem
        seconds = tco.data(outcome).get("expires_after_secs")
        kept = timedelta(seconds=seconds) * 0.9 if isinstance(seconds, int) else MEDIA_KEPT
        problem = self._describe(remote, image, doing)
        return problem or Upload(remote, outcome.received + kept)

    def _processed(self, remote: str, answer: Answer, doing: str) -> Refused | None:
        """None once X has processed the image; most are ready at once and have no `processing_info`."""
        outcome: Outcome = answer
        for _ in range(POLLS):
            stage = tco.data(outcome).get("processing_info")
            if not isinstance(outcome, Answer) or not outcome.ok:
                return failed(doing, outcome, UPLOAD_ERRORS)
            if not isinstance(stage, dict) or stage.get("state") == "succeeded":
                return None
            if stage.get("state") == "failed":
                return Refused(Refusal.MEDIA, f"{doing}: X cannot use it; replace the image")
            pause = stage.get("check_after_secs")
            self._wait(min(float(pause), LONGEST_POLL) if isinstance(pause, int | float) else 1.0)
            params = {"command": "STATUS", "media_id": remote}
            outcome = self._caller.call("GET", "/2/media/upload", params=params)
        return Refused(Refusal.TRANSIENT, f"{doing}: X is still processing it")

    def _describe(self, remote: str, image: Image, doing: str) -> Refused | None:
        """Its alt text and its label; without either there is nothing to say."""
        said: dict[str, Any] = {"alt_text": {"text": image.alt}} if image.alt else {}
        if image.is_graphic:
            said["sensitive_media_warning"] = {name: name == WARNINGS[image.graphic] for name in WARNED_OF}
        if not said:
            return None
        outcome = self._caller.call("POST", "/2/media/metadata", json={"id": remote, "metadata": said})
        if isinstance(outcome, Answer) and outcome.ok:
            return None
        table = LABEL_ERRORS if image.is_graphic else UPLOAD_ERRORS
        return failed(f"{doing} (its alt text or label)", outcome, table)
