"""LinkedIn's pictures: where to put each is asked, then its bytes go there; and what LinkedIn's no means."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from scheduler.model import Image
from scheduler.platforms import verdicts
from scheduler.platforms.base import Files, Refusal, Refused
from scheduler.platforms.http import Answer, Caller, Outcome, Unconnected

ERRORS: verdicts.Table = {
    400: (Refusal.CONTENT, verdicts.CHANGE_IT),
    401: (Refusal.AUTH, "the access token is over (they last 60 days); make a new one and put it into .env"),
    403: (
        Refusal.PERMISSION,
        "the token needs w_member_social for a person; for a page w_organization_social and "
        "r_organization_social, and the person must manage that page",
    ),
    404: (Refusal.BLOCKED, "check `author` in config.yaml"),
    409: (
        Refusal.TRANSIENT,
        "something else changed there at the same moment; it will be tried again by itself",
    ),
    413: (Refusal.MEDIA, "the picture is too large"),
    422: (Refusal.CONTENT, verdicts.CHANGE_IT),
    426: (
        Refusal.BLOCKED,
        'LinkedIn has ended this version; write a newer one in config.yaml, version: "YYYYMM"',
    ),
    429: (Refusal.QUOTA, "the day's calls are used up; it will be tried again after midnight UTC"),
}
UPLOAD_ERRORS: verdicts.Table = {**ERRORS, 400: (Refusal.MEDIA, "replace the picture")}


def failed(doing: str, outcome: Outcome, table: verdicts.Table = ERRORS) -> Refused:
    """A failed step that no reader can see."""
    return until_midnight(verdicts.invisible(doing, outcome, table), outcome)


def until_midnight(refused: Refused, outcome: Outcome) -> Refused:
    """The day's calls are counted in UTC, and LinkedIn does not say when they come back."""
    if refused.kind is not Refusal.QUOTA or refused.retry_at or not isinstance(outcome, Answer):
        return refused
    tomorrow = outcome.received.astimezone(UTC).date() + timedelta(days=1)
    return replace(refused, retry_at=datetime.combine(tomorrow, time.min, UTC))


class Uploads:
    """An author's pictures on their way. `elsewhere` makes a caller for the server named for an upload; only
    LinkedIn's own servers, and `base_url`, get the token.
    """

    def __init__(
        self,
        caller: Caller | Unconnected,
        elsewhere: Callable[[str], Caller | Unconnected],
        base_url: str,
        author: str,
        headers: Mapping[str, str],
        files: Files,
    ) -> None:
        self._caller, self._elsewhere, self._base_url = caller, elsewhere, base_url
        self._author, self._headers, self._files = author, headers, files

    def all(self, images: Sequence[Image]) -> dict[str, str] | Refused:
        """The pictures' names at LinkedIn by SHA-256."""
        done: dict[str, str] = {}
        for number, image in enumerate(images, 1):
            urn = self._upload(image, f"uploading image {number} of {len(images)}")
            if isinstance(urn, Refused):
                return urn
            done[image.sha256] = urn
        return done

    def _upload(self, image: Image, doing: str) -> str | Refused:
        try:
            content = self._files(image.sha256)
        except (LookupError, OSError):
            return Refused(Refusal.MEDIA, f"{doing}: its bytes are not in the store")
        asked = {"initializeUploadRequest": {"owner": self._author}}
        path = "/rest/images?action=initializeUpload"
        outcome = self._caller.call("POST", path, json=asked, headers=self._headers)
        if not isinstance(outcome, Answer) or not outcome.ok:
            return failed(doing, outcome, UPLOAD_ERRORS)
        value = outcome.fields.get("value")
        value = value if isinstance(value, dict) else {}
        address, urn = str(value.get("uploadUrl") or ""), str(value.get("image") or "")
        if not urn or not self._is_linkedins(address):
            return Refused(Refusal.TRANSIENT, f"{doing}: the answer cannot be understood")
        put = self._put(address, content, image.media_type)
        return urn if isinstance(put, Answer) and put.ok else failed(doing, put, UPLOAD_ERRORS)

    def _put(self, address: str, content: bytes, media_type: str) -> Outcome:
        parts = urlsplit(address)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        server = self._elsewhere(f"{parts.scheme}://{parts.netloc}")
        return server.call("PUT", path, content=(content, media_type))

    def _is_linkedins(self, address: str) -> bool:
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            return False
        own = urlsplit(self._base_url).hostname
        return host == own or (host.endswith(".linkedin.com") and address.startswith("https://"))
