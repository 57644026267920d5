"""Images by a public address, for platforms that fetch them instead of taking bytes (Instagram, Threads).

A file appears under a name nobody can guess when a delivery is prepared, is fetched back by us before the
platform is asked to, and is removed once the delivery has come to its end.
"""

import base64
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from scheduler.model import Image
from scheduler.platforms.base import Files, Refusal, Refused
from scheduler.platforms.http import LARGEST_ANSWER, Answer, Caller, NoAnswer, NoConnection

NAME_BYTES = 24
"""192 random bits: nobody sees a picture before its post is out."""

FORGOTTEN = timedelta(days=3)
"""After it nobody can need an image any more, whatever became of its post."""

SMALLEST = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}
_OURS = re.compile(r"[A-Za-z0-9_-]{32}\.(jpg|png)")
_HALF_WRITTEN = re.compile(r"\.[a-z0-9_]{8}\.part")


@dataclass(frozen=True)
class PublicMedia:
    """`folder` is served by a web server (or synchronised to one) as `url`, an https address without `?`."""

    folder: str
    url: str


@dataclass(frozen=True)
class Shelf:
    """The folder of one channel's public images."""

    media: PublicMedia
    channel: str

    def put_all(self, images: Iterable[Image], files: Files) -> dict[str, str] | Refused:
        """Each image's address by SHA-256, every one fetched back; none is left where one fails."""
        addresses: dict[str, str] = {}
        for number, image in enumerate(images, 1):
            if image.sha256 in addresses:
                continue
            address = self._put_checked(image, files)
            if isinstance(address, Refused):
                self.remove(addresses.values())
                return replace(address, message=f"image {number}: {address.message}")
            addresses[image.sha256] = address
        return addresses

    def _put_checked(self, image: Image, files: Files) -> str | Refused:
        try:
            content = files(image.sha256)
        except (LookupError, OSError):
            return Refused(Refusal.MEDIA, "its bytes are not in the store")
        address = self.put(content, image.media_type)
        if isinstance(address, Refused):
            return address
        refused = self.fetched_back(address, content)
        if refused is not None:
            self.remove([address])
            return refused
        return address

    def put(self, content: bytes, media_type: str) -> str | Refused:
        """Write an image under a new name; answers its public address."""
        name = secrets.token_urlsafe(NAME_BYTES) + ENDINGS[media_type]
        folder = Path(self.media.folder)
        try:
            clear(folder, datetime.now(UTC) - FORGOTTEN)
            folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)  # a web server of another user must be able to read it
            Path(temporary).rename(folder / name)
        except OSError as error:
            words = f"public_media: {folder} cannot be written ({error.strerror}); mend its permissions"
            return Refused(Refusal.TRANSIENT, words)
        return f"{self.media.url.rstrip('/')}/{name}"

    def fetched_back(self, address: str, content: bytes) -> Refused | None:
        """Whether the world can fetch it: the same bytes, without a redirect. None where all is well."""
        url, _, name = address.rpartition("/")
        # Of one byte more it is another picture, which is what is to be found out.
        largest = max(LARGEST_ANSWER, len(content) + 1)
        answer = Caller(self.channel, url, largest=largest).call("GET", f"/{name}")
        if (
            isinstance(answer, Answer)
            and answer.ok
            and sha256(answer.body).digest() == sha256(content).digest()
        ):
            return None
        return Refused(Refusal.TRANSIENT, f"public_media: {_trouble(answer)}")

    def probed(self) -> Refused | None:
        """Whether a picture would be fetched back, tried with the smallest; None where it would."""
        address = self.put(SMALLEST, "image/png")
        if isinstance(address, Refused):
            return address
        refused = self.fetched_back(address, SMALLEST)
        self.remove([address])
        return refused

    def remove(self, addresses: Iterable[str]) -> None:
        """Take images down again; what is gone already, or was never ours, is left alone."""
        for address in addresses:
            name = address.rpartition("/")[2]
            if _OURS.fullmatch(name):
                Path(self.media.folder, name).unlink(missing_ok=True)


def clear(folder: Path, before: datetime) -> int:
    """Remove our images that were put there before a moment (aware UTC); answers how many it were.

    What is somebody else's is left alone. Raises OSError where the folder cannot be read or written.
    """
    gone = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        is_ours = _OURS.fullmatch(path.name) or _HALF_WRITTEN.fullmatch(path.name)
        if is_ours and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _trouble(answer: Answer | NoConnection | NoAnswer) -> str:
    where = "look whether the folder is served at that address"
    if isinstance(answer, Answer) and 300 <= answer.status < 400:
        return "its url redirects, which the platform does not follow; write the address it leads to"
    if isinstance(answer, Answer) and answer.ok:
        return f"its url does not give back the picture that was put there; {where}"
    if isinstance(answer, Answer):
        return f"its url answers {answer.status}; {where}"
    return f"its url cannot be fetched ({answer.reason}); {where}"
