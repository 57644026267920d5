"""Cards set and drawn, for the tests that look at them."""

import io
from pathlib import Path

import pytest
from PIL import Image

from scheduler import cards
from scheduler.cards import templates
from scheduler.cards.sheet import Sheet
from tests.cards.records import TALL, WIDE, WISHES

ROOT = Path(__file__).parents[2]
SIZES = pytest.mark.parametrize("size", [TALL, WIDE], ids=["tall", "wide"])
SHAPES = pytest.mark.parametrize("size", cards.SHAPES.values(), ids=cards.SHAPES)
EVERY = pytest.mark.parametrize("name", WISHES)


def pixels(drawn):
    return Image.open(io.BytesIO(drawn.data)).convert("RGB")


def laid(request, size):
    sheet = Sheet(request, size)
    templates.of(request.template).lay(request, sheet)
    return sheet


def texts(sheet):
    """The lines of a sheet, their no-break spaces as spaces."""
    return [piece.text.replace("\u00a0", " ") for piece in sheet.pieces]
