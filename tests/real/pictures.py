"""Small pictures with true bytes: a real server looks into them."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Picture:
    content: bytes
    width: int
    height: int

    @property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()


def picture(colour, kind="JPEG", width=64, height=80):
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind)
    return Picture(file.getvalue(), width, height)


CARD = picture("darkred")
PHOTO = picture("darkgreen", "PNG", 90, 60)


STAND_INS = {"image/jpeg": CARD.content, "image/png": PHOTO.content}
"""A real server looks into pictures, and the contract's own are only as good as our servers' look at them."""


def files_for(sha256):
    """Bytes that a real server takes, for a picture of the contract."""
    from tests.platforms.messages import CARD as CARD_BYTES
    from tests.platforms.messages import FILES

    return STAND_INS["image/jpeg" if FILES[sha256] == CARD_BYTES else "image/png"]
