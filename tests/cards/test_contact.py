"""The contact sheet: every template, shape and language on one page."""

from PIL import Image

from scheduler import cards
from scheduler.cards import contact
from scheduler.cards.contact import Specimen
from scheduler.cards.templates import TEMPLATES
from scheduler.model import Card, Ledger
from tests.cards.drawing import ROOT
from tests.cards.records import LEDGER, WISHES, ask


def test_a_template_is_shown_by_the_campaign_s_own_card():
    found = contact.examples([WISHES["position"], WISHES["plain"]], LEDGER)
    assert found["letter"] is WISHES["position"]
    assert found["announcement"] is WISHES["plain"]


def test_a_template_nobody_uses_is_shown_by_the_ledger_s_first_record():
    found = contact.examples([], LEDGER)
    assert set(found) == set(TEMPLATES)
    assert found["witness"] == Card("witness", person="mustafayeva")
    assert found["figures"] == Card("figures", facts=("killed",))
    assert found["commemoration"] is None


def test_an_empty_ledger_has_no_example():
    assert set(contact.examples([], Ledger()).values()) == {None}


def test_the_page_shows_each_shape_with_its_alt_text_and_says_what_cannot_be_drawn(tmp_path):
    told = []
    specimens = [
        Specimen("quote", "en", ask(WISHES["quote"])),
        Specimen("witness", "en", None, "“p” has no name <yet>"),
    ]
    page = contact.make(specimens, tmp_path, ROOT, lambda done, total: told.append((done, total)))
    shown = page.read_text(encoding="utf-8")
    for shape, size in cards.SHAPES.items():
        name = f"quote-en-{shape.replace(':', 'x')}.jpg"
        with Image.open(tmp_path / name) as image:
            assert image.size == size
        assert f'<img src="{name}" width=375 alt="Quotation card' in shown
    assert shown.count("has no name &lt;yet&gt;") == 4
    assert told == [(1, 2), (2, 2)]
    assert (tmp_path / "overview.jpg").exists()


def test_a_card_too_long_for_one_shape_is_told_in_its_place_alone(tmp_path):
    long = ask(Card("plain", text={"en": "We remember every single one of them. " * 22}))
    shown = contact.make([Specimen("announcement", "en", long)], tmp_path, ROOT).read_text(encoding="utf-8")
    assert 1 <= shown.count("class=problem") <= 3
