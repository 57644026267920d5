"""The dry run: what a channel would publish, written to a folder. Needs no secret and no network.

`<folder>/2027/figures/mastodon-en/` gets payload.json (the body as it would be sent, images by their files),
text-1.txt and 1.jpg with its alt text in 1.alt.txt; a link card's picture is the last one. A further part
stands in a folder of its own, `…#2`.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scheduler.model import Channel, Limits, Message, Receipt
from scheduler.platforms import connect
from scheduler.platforms.base import (
    Absent,
    Account,
    CannotTell,
    Files,
    Found,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)

SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
PAYLOAD = "payload.json"
_STEP = re.compile(r"[\w#-][\w#.-]*")


class Outbox:
    """Stands in for a channel's platform, with that platform's limits and payloads."""

    name = "outbox"
    recovery = Recovery.PROBE
    lead = timedelta(0)

    def __init__(self, channel: Channel, folder: Path, files: Files) -> None:
        self._channel, self._folder, self._files = channel, folder, files
        self._platform = connect(channel, {}, files)
        self.limits: Limits = self._platform.limits

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """The platform's own body."""
        return self._platform.payload(message, part)

    def account(self) -> Account:
        """Always there."""
        return Account(f"outbox:{self._channel.name}", self._channel.name)

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """The payload and what `send` will write beside it; refused where an image is not in the store."""
        images = message.images_of(part)
        for number, image in enumerate(images, 1):
            try:
                self._files(image.sha256)
            except (LookupError, OSError):
                words = f"image {number} of {len(images)} is not in the store"
                return Refused(Refusal.MEDIA, words)
        request = {
            "key": key,
            "channel": self._channel.name,
            "platform": self._channel.platform,
            "reply_to": reply_to.remote_id if reply_to else None,
            "payload": self.payload(message, part),
            "text": message.parts[part].text,
            "images": [
                {
                    "file": f"{number}.{SUFFIXES.get(image.media_type, 'bin')}",
                    "sha256": image.sha256,
                    "alt": image.alt,
                    "width": image.width,
                    "height": image.height,
                }
                for number, image in enumerate(images, 1)
            ],
        }
        return Prepared(request, baseline="", account=self.account().id, key=key)

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """Write the folder: whole or not at all. An older one of the same key is replaced."""
        target = self._place(prepared.request["key"])
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as space:
                fresh = Path(space, "fresh")
                fresh.mkdir()
                self._write(fresh, prepared.request)
                if target.exists():
                    target.rename(Path(space, "old"))
                fresh.rename(target)
        except (LookupError, OSError) as error:
            reason = (
                os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "image missing"
            )
            words = f"the outbox folder cannot be written ({reason})"
            return Refused(Refusal.TRANSIENT, words)
        return Sent(self._receipt(prepared))

    def find(self, prepared: Prepared, taken: frozenset[str]) -> Found | Absent | CannotTell:
        """Whether the folder holds exactly this."""
        try:
            written = json.loads((self._place(prepared.request["key"]) / PAYLOAD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return Absent()
        same = written == _written(prepared.request)
        return Found(self._receipt(prepared)) if same else Absent()

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str]:
        """Never: a dry run may be made again and again."""
        return {}

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """What was written is what was meant."""
        return ()

    def delete(self, receipt: Receipt) -> Refused | None:
        """Remove the folder."""
        target = self._place(receipt.remote_id.removeprefix("outbox:"))
        try:
            shutil.rmtree(target)
        except FileNotFoundError:
            return None
        except OSError as error:
            words = f"the outbox folder cannot be removed ({error.strerror})"
            return Refused(Refusal.TRANSIENT, words)
        return None

    def _write(self, folder: Path, request: dict[str, Any]) -> None:
        part = request["key"].partition("#")[2] or "1"
        (folder / f"text-{part}.txt").write_text(request["text"] + "\n", encoding="utf-8", newline="\n")
        for image in request["images"]:
            (folder / image["file"]).write_bytes(self._files(image["sha256"]))
            words = Path(image["file"]).with_suffix(".alt.txt")
            (folder / words).write_text(image["alt"] + "\n", encoding="utf-8", newline="\n")
        pretty = json.dumps(_written(request), ensure_ascii=False, indent=2)
        (folder / PAYLOAD).write_text(pretty + "\n", encoding="utf-8", newline="\n")

    def _place(self, key: str) -> Path:
        """The folder of a part. Keys are made of ids that have been checked; anything else is a bug."""
        steps = key.split("/")
        if not all(_STEP.fullmatch(step) for step in steps):
            raise ValueError(f"not a delivery's key: {key!r}")
        return self._folder.joinpath(*steps)

    @staticmethod
    def _receipt(prepared: Prepared) -> Receipt:
        place = f"outbox:{prepared.request['key']}"
        return Receipt(place, place)


def _written(request: dict[str, Any]) -> dict[str, Any]:
    """What payload.json holds: all but the text, which has a file of its own and stands in the payload."""
    return {name: value for name, value in request.items() if name != "text"}
