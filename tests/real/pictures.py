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
