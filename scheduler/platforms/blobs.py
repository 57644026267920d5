"""Images on a Bluesky server, each named by its bytes: uploading the same ones again changes nothing."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from scheduler.model import Image
from scheduler.platforms import records, xrpc
from scheduler.platforms.base import Files, Refusal, Refused
from scheduler.platforms.xrpc import Session


class Blobs:
    """Uploads images and remembers which the server has: `kept` is how long it surely keeps an unused one."""

    def __init__(
        self,
        session: Session,
        files: Files,
        kept: timedelta,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session, self._files = session, files
        self._kept, self._seconds = kept.total_seconds(), seconds
        self._uploaded: dict[str, float] = {}

    def upload(self, images: Sequence[Image]) -> dict[str, dict[str, Any]] | Refused:
        """Each image's reference by its SHA-256."""
        blobs: dict[str, dict[str, Any]] = {}
        for number, image in enumerate(images, 1):
            if image.sha256 in blobs:
                continue
            blob = self._upload(image.sha256, image.media_type, f"uploading image {number} of {len(images)}")
            if isinstance(blob, Refused):
                return blob
            blobs[image.sha256] = blob
        return blobs

    def keep(self, sha256: str, media_type: str, doing: str) -> Refused | None:
        """See that an image is there: nothing to do for one that has just been uploaded."""
        uploaded = self._uploaded.get(sha256)
        if uploaded is not None and self._seconds() - uploaded < self._kept:
            return None
        done = self._upload(sha256, media_type, doing)
        return done if isinstance(done, Refused) else None

    def forget(self) -> None:
        """The server has dropped one: all are uploaded again when next needed."""
        self._uploaded.clear()

    def _upload(self, sha256: str, media_type: str, doing: str) -> dict[str, Any] | Refused:
        """com.atproto.repo.uploadBlob; its name is made from the bytes, so a change would show."""
        try:
            content = self._files(sha256)
        except (LookupError, OSError):
            return Refused(Refusal.MEDIA, f"{doing}: its bytes are not in the store")
        answer = self._session.ask(
            "POST",
            "com.atproto.repo.uploadBlob",
            doing,
            statuses=xrpc.UPLOAD_STATUSES,
            content=(content, media_type),
        )
        if isinstance(answer, Refused):
            return answer
        blob = answer.fields.get("blob")
        if not isinstance(blob, dict) or records.text_of(blob.get("ref"), "$link") != records.cid(sha256):
            return Refused(Refusal.MEDIA, f"{doing}: the server does not keep the image as it is")
        self._uploaded[sha256] = self._seconds()
        return blob
