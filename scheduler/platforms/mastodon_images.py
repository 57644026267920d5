"""Images for the Mastodon API: uploaded with their alt texts, and waited for until they are ready."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from scheduler.model import Image
from scheduler.platforms import verdicts
from scheduler.platforms.base import Files, Refusal, Refused
from scheduler.platforms.http import Answer, Caller, Unconnected
from scheduler.platforms.mastodon_answers import UPLOAD_ERRORS
from scheduler.platforms.statuses import id_of

MEDIA_KEPT = timedelta(hours=20)
"""Servers delete media that no post uses after a day or so; we upload anew before that."""

POLLS = (0.25, 0.5, 1, 2, 3, 4, 4)
"""Seconds between looks at an image that the server is still processing: under 15 s in all."""


class Uploads:
    """An account's images on their way."""

    def __init__(self, caller: Caller | Unconnected, files: Files, wait: Callable[[float], None]) -> None:
        self._caller, self._files, self._wait = caller, files, wait
        self._processing: dict[tuple[str, str, str], str] = {}

    def all(self, images: tuple[Image, ...], key: str) -> tuple[list[str], datetime | None] | Refused:
        """The images' remote ids in order, and when the first of them may be gone."""
        ids: list[str] = []
        expires: datetime | None = None
        for number, image in enumerate(images, 1):
            done = self._upload(image, f"uploading image {number} of {len(images)}", key)
            if isinstance(done, Refused):
                return done
            remote, answer = done
            ids.append(remote)
            expires = expires or answer.received + MEDIA_KEPT
        return ids, expires

    def _upload(self, image: Image, doing: str, key: str) -> tuple[str, Answer] | Refused:
        """One image with its alt text, until the server has processed it.

        One that takes longer is remembered, so that the next try looks at it again in place of a new upload.
        """
        memory = (key, image.sha256, image.alt)
        if (remote := self._processing.pop(memory, None)) is not None:
            return self._processed(remote, memory, doing)
        try:
            content = self._files(image.sha256)
        except (LookupError, OSError):
            return Refused(Refusal.MEDIA, f"{doing}: its bytes are not in the store")
        suffix = image.media_type.partition("/")[2].replace("jpeg", "jpg")
        outcome = self._caller.call(
            "POST",
            "/api/v2/media",
            files={"file": (f"image.{suffix}", content, image.media_type)},
            form={"description": image.alt} if image.alt else None,
        )
        if not isinstance(outcome, Answer) or not outcome.ok:
            return verdicts.invisible(doing, outcome, UPLOAD_ERRORS)
        if not (remote := id_of(outcome.fields)):
            return Refused(Refusal.TRANSIENT, f"{doing}: the answer cannot be understood; check base_url")
        return (remote, outcome) if outcome.status != 202 else self._processed(remote, memory, doing)

    def _processed(
        self, remote: str, memory: tuple[str, str, str], doing: str
    ) -> tuple[str, Answer] | Refused:
        """Wait for a 200: 202 and 206 mean that the server is still at it."""
        for pause in POLLS:
            self._wait(pause)
            outcome = self._caller.call("GET", f"/api/v1/media/{quote(remote, safe='')}")
            if isinstance(outcome, Answer) and outcome.status == 200:
                return remote, outcome
            if not isinstance(outcome, Answer) or outcome.status not in (202, 206):
                return verdicts.invisible(doing, outcome, UPLOAD_ERRORS)
        self._processing[memory] = remote
        return Refused(Refusal.TRANSIENT, f"{doing}: the server is still processing it")
