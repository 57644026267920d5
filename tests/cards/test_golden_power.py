"""What the comparison with golden images must see: one small thing wrong in one line of a card.

Each card is drawn as it is, but for one line: set elsewhere, or in other letters at the same place.
"""

import io
from dataclasses import replace

import pytest
from PIL import Image

from scheduler import cards
from scheduler.cards import paint, shape, templates
from scheduler.cards.shape import Family
from scheduler.cards.sheet import Piece, Sheet
from tests.cards import golden

pytestmark = pytest.mark.long


def page_of(name, shape_name, language):
    template = templates.of(golden.CARDS[name].template)
    sheet = Sheet(golden.request_of(name, language), cards.SHAPES[shape_name])
    template.lay(sheet.request, sheet)
    return sheet


def line(sheet, words):
    """The number of the one line that holds these words."""
    (found,) = [number for number, piece in enumerate(sheet.pieces) if words in piece.text]
    return found


def shaped(piece: Piece, **changes):
    piece = replace(piece, **changes)
    return shape.shape(piece.text, piece.language, piece.style, piece.size, piece.around)


def how_far(case, words, change, monkeypatch):
    """How far from golden a card is whose line with these words is set as `change` says.

    `change` takes the piece and its glyphs and returns how far it moves, in pixels, and its glyphs now.
    """
    sheet = page_of(*case)
    number = line(sheet, words)
    inks = paint.letters(sheet)
    piece = sheet.pieces[number]
    x, y, glyphs = change(piece, shaped(piece))
    inks[number] = (shape.ink(piece.x + x, piece.baseline + y, glyphs, piece.size), piece.role)
    monkeypatch.setattr(paint, "letters", lambda _: inks)
    scrim = templates.of(golden.CARDS[case[0]].template).scrim
    data = paint.paint(sheet, scrim, golden.ROOT).data
    return golden.apart(case, Image.open(io.BytesIO(data)).convert("RGB"))


LINES = {
    "the smallest type": (("quote", "4:5", "az"), "Mənbə:"),
    "a quotation": (("quote", "4:5", "az"), "unudulmağa"),
    "a label": (("figures", "1:1", "en"), "left without"),
    "wide": (("recognition", "16:9", "az"), "Xarici"),
    "a light line": (("commemoration", "9:16", "fr"), "14 mars"),
    "right to left": (("letter", "1:1", "he"), "מזכ״ל"),
    "ideographs": (("quote", "16:9", "ja"), "出典"),
}


def test_nothing_changed_is_nothing_apart(monkeypatch):
    case, words = LINES["a quotation"]
    assert how_far(case, words, lambda piece, glyphs: (0, 0, glyphs), monkeypatch) < 0.6


@pytest.mark.parametrize(("x", "y"), [(3, 0), (0, 3)])
@pytest.mark.parametrize(("case", "words"), LINES.values(), ids=LINES)
def test_a_line_moved_by_three_pixels_of_1080_is_noticed(case, words, x, y, monkeypatch):
    assert how_far(case, words, lambda piece, glyphs: (x, y, glyphs), monkeypatch) > 1.5


@pytest.mark.parametrize(("case", "words"), LINES.values(), ids=LINES)
def test_a_lost_letter_is_noticed_though_the_others_keep_their_places(case, words, monkeypatch):
    def lost(piece, glyphs):
        at = next(n for n in range(len(glyphs.glyphs) // 2, len(glyphs.glyphs)) if has_ink(glyphs, n))
        return 0, 0, replace(glyphs, glyphs=glyphs.glyphs[:at] + glyphs.glyphs[at + 1 :])

    assert how_far(case, words, lost, monkeypatch) > 1.5


def has_ink(glyphs, number):
    return shape.ink(0, 0, replace(glyphs, glyphs=glyphs.glyphs[number : number + 1]), 40) is not None


@pytest.mark.parametrize(
    ("case", "words"), [pair for name, pair in LINES.items() if name != "ideographs"], ids=str
)
def test_another_weight_is_noticed(case, words, monkeypatch):
    def heavier(piece, glyphs):
        weight = piece.style.weight + (100 if piece.style.weight < 600 else -200)
        return 0, 0, shaped(piece, style=piece.style._replace(weight=weight))

    assert how_far(case, words, heavier, monkeypatch) > 1.2


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (("quote", "4:5", "az"), "Mənbə:"),
        (("quote", "4:5", "az"), "unudulmağa"),
        (("witness", "4:5", "ar"), "شاهد"),
        (("letter", "1:1", "he"), "מזכ״ל"),
    ],
    ids=str,
)
def test_one_word_in_another_font_is_noticed(case, words, monkeypatch):
    """The word's letters come from the other family, its place stays."""

    def other(piece, glyphs):
        family = Family.SANS if piece.style.family is Family.SERIF else Family.SERIF
        word = max(piece.text.split(), key=len)
        here = shaped(piece, text=word, around=("", "")).glyphs
        there = shaped(piece, text=word, around=("", ""), style=piece.style._replace(family=family)).glyphs
        numbers, sought = [one.number for one in glyphs.glyphs], [one.number for one in here]
        at = next(n for n in range(len(numbers)) if numbers[n : n + len(sought)] == sought)
        right = glyphs.glyphs[at].x - here[0].x
        strange = tuple(one._replace(x=one.x + right) for one in there)
        return 0, 0, replace(glyphs, glyphs=(*glyphs.glyphs[:at], *strange, *glyphs.glyphs[at + len(here) :]))

    assert how_far(case, words, other, monkeypatch) > 1.5


DIACRITICS = {
    "the dot of İ": (("recognition", "16:9", "az"), "Xarici", "İ", "I"),
    "the cedilla of ş": (("figures", "1:1", "az"), "birini itirmiş", "ş", "s"),
    "the dots of ə turned e": (("quote", "4:5", "az"), "Mənbə:", "ə", "e"),
    "a Turkish breve": (("witness", "4:5", "tr"), "Miravale tanığı", "ğ", "g"),
    "a German umlaut": (("figures", "4:5", "de"), "ältere", "ä", "a"),
    "a French acute": (("recognition", "1:1", "fr"), "étrangères", "é", "e"),
    "a Polish ogonek": (("quote", "4:5", "pl"), "Pamięć", "ę", "e"),
    "an Arabic tanwin": (("figures", "9:16", "ar"), "جريح", "ً", ""),
    "the dot of й": (("witness", "16:9", "ru"), "Миравейла", "й", "и"),
    "a Greek tonos": (("letter", "9:16", "el"), "Γενικός", "ό", "ο"),
    "a Japanese mark": (("quote", "16:9", "ja"), "ミラベール", "ベ", "ヘ"),
}


@pytest.mark.parametrize(("case", "words", "mark", "bare"), DIACRITICS.values(), ids=DIACRITICS)
def test_a_missing_diacritic_is_noticed(case, words, mark, bare, monkeypatch):
    sheet = page_of(*case)
    assert mark in sheet.pieces[line(sheet, words)].text, [piece.text for piece in sheet.pieces]

    def without(piece, glyphs):
        return 0, 0, shaped(piece, text=piece.text.replace(mark, bare, 1))

    assert how_far(case, words, without, monkeypatch) > 1.5
