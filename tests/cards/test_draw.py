"""Drawn cards: what stands on them, where, and what cannot be set."""

import io
from dataclasses import replace
from itertools import pairwise

import pytest
from PIL import Image

from scheduler import cards
from scheduler.cards import scrim, shape
from scheduler.errors import CardError
from scheduler.model import Card, Look
from tests.cards.drawing import EVERY, ROOT, SHAPES, SIZES, laid, pixels
from tests.cards.records import LEDGER, TALL, WISHES, ask


@EVERY
@SHAPES
def test_every_card_is_a_small_jpeg_of_its_size_without_metadata(name, size):
    drawn = cards.draw(ask(WISHES[name]), size, ROOT)
    with Image.open(io.BytesIO(drawn.data)) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", size, "RGB")
        assert {marker for marker, _ in image.applist} == {"APP0"}
        assert {sampling for *_, sampling in [(c[0], c[1:3]) for c in image.layer]} == {(1, 1)}  # 4:4:4
        assert not image.getexif()
        assert "icc_profile" not in image.info
    assert (drawn.width, drawn.height, drawn.media_type) == (*size, "image/jpeg")
    assert len(drawn.data) < 1_000_000


@EVERY
@SHAPES
def test_all_words_stand_inside_the_card_and_apart(name, size):
    sheet = laid(ask(WISHES[name]), size)
    boxes = [scrim.box(piece, (10_000, 10_000)) for piece in sheet.pieces]
    for left, top, right, bottom in boxes:
        assert 0.02 * size[0] <= left
        assert right <= 0.98 * size[0]
        assert 0 <= top < bottom <= size[1]
    baselines = sorted(
        {(round(piece.x), piece.baseline, piece.size) for piece in sheet.pieces}, key=lambda p: p[:2]
    )
    for (x, low, _), (other, high, size_) in pairwise(baselines):
        assert x != other or high - low >= 0.67 * size_  # capitals of a line never reach the line above


@EVERY
@SHAPES
def test_no_letter_is_smaller_than_a_telephone_can_show(name, size):
    smallest = min(piece.size for piece in laid(ask(WISHES[name]), size).pieces)
    assert smallest >= 23 * size[0] / 1080 - 1e-6


@EVERY
@SHAPES
def test_the_source_line_is_on_the_card(name, size):
    request = ask(WISHES[name])
    shown = " ".join(piece.text for piece in laid(request, size).pieces).replace("\u00a0", " ")
    assert request.said.source.text in shown


def names(english):
    return replace(LEDGER, people={"p": replace(LEDGER.people["mustafayeva"], id="p", names={"en": english})})


LONG_NAME = "Abdurrahmanbeyova Mustafayeva Shakiba Abdulla gizi"
LONG_QUOTE = replace(LEDGER.quotes["hospitality"], words="We remember. " * 60)


@pytest.mark.parametrize(
    ("card", "ledger", "expected"),
    [
        (
            Card("plain", text={"en": "khojaly " * 200}),
            LEDGER,
            r"the text is 1599 characters, about \d+ too many for this card: shorten it",
        ),
        (
            Card("plain", title={"en": "Khojaly"}, text={"en": "khojaly " * 200}),
            LEDGER,
            r"the text is 1599 characters, about \d+ too many for this card: shorten it",
        ),
        (
            Card("plain", title={"en": "X" * 70}),
            LEDGER,
            r"the title: “X{59}…” is too long for one line of this card, by about \d+ characters",
        ),
        (
            Card("figures", facts=("killed",), title={"en": "X" * 70}),
            LEDGER,
            "the title: “X{59}…” is too long",
        ),
        (Card("witness", person="p"), names("Abdurrahmanbeyova " * 9), "a name is not shortened"),
        (Card("quote", quote="q"), replace(LEDGER, quotes={"q": LONG_QUOTE}), "quote fewer whole sentences"),
        (Card("plain", title={"en": "Khojaly 🕯"}), LEDGER, r"U\+1F56F, CANDLE.*emoji"),
        (Card("plain", title={"en": "Khojaly\u202e"}), LEDGER, "direction control"),
    ],
)
@SIZES
def test_words_that_cannot_be_set_are_refused(card, ledger, expected, size):
    with pytest.raises(CardError, match=expected):
        cards.draw(ask(card, ledger=ledger), size, ROOT)


@SHAPES
def test_a_long_name_is_drawn_whole_on_two_lines_or_three(size):
    sheet = laid(ask(Card("witness", person="p"), ledger=names(LONG_NAME)), size)
    serif = [piece for piece in sheet.pieces if piece.style == sheet.serif()]
    assert " ".join(piece.text for piece in serif).replace("\u00a0", " ") == LONG_NAME
    assert len(serif) in (2, 3)
    assert min(scrim.box(piece, size)[1] for piece in sheet.pieces) >= sheet.top * sheet.scale


CYRILLIC = {
    "ru": (
        "Мы помним Ходжалы",
        "В ночь на 26 февраля 1992 года жители Ходжалы бежали через лес и снег. Объятия, щёки, цепь, эхо.",
    ),
    # Azerbaijani as it was written until 1991; ҹ and ҝ come from the second font.
    "az": ("Хоҹалы шәһидләрини унутмуруг", "Ҝүнаһсыз өлдүрүлән һәр кәсин ады вар иди: ғәм, јурд, ҹан, ҝөз."),
}


@SIZES
@pytest.mark.parametrize("language", CYRILLIC)
def test_cyrillic_cards_show_every_letter(language, size):
    title, text = CYRILLIC[language]
    request = ask(Card("plain", title={language: title}, text={language: text}), language)
    sheet, image = laid(request, size), pixels(cards.draw(request, size, ROOT))
    shown = " ".join(piece.text for piece in sheet.pieces).replace("\u00a0", " ")
    assert title in shown
    assert text in shown
    for piece in sheet.pieces:
        line = shape.shape(piece.text, piece.language, piece.style, piece.size)
        assert all(glyph.number for glyph in line.glyphs)  # glyph 0 is the empty box
        assert image.crop(scrim.box(piece, size)).convert("L").getextrema()[1] > 150


def test_a_card_of_an_absurd_size_is_refused():
    with pytest.raises(CardError, match="20000"):
        cards.draw(ask(WISHES["plain"]), (20000, 20000), ROOT)


def test_the_campaign_s_mark_is_drawn_above_the_foot(tmp_path):
    Image.new("RGBA", (300, 120), (255, 0, 0, 255)).save(tmp_path / "mark.png")
    request = ask(WISHES["quote"], look=Look(mark="mark.png"), root=tmp_path)
    image = pixels(cards.draw(request, TALL, tmp_path))
    reds = [
        (x, y) for x in range(0, 1080, 4) for y in range(0, 1350, 4)
        if (p := image.getpixel((x, y)))[0] > 200 and p[1] < 60
    ]  # fmt: skip
    assert reds
    assert max(x for x, _ in reds) <= 1080 - 108
