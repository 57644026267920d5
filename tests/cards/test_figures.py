"""The figures card: all ten figures under a title, days of ageing numbers, long labels."""

from dataclasses import replace
from datetime import date

import pytest

from scheduler import cards
from scheduler.cards import scrim
from scheduler.cards.request import Figure, Words
from scheduler.errors import CardError
from scheduler.model import Card, Fact
from tests.cards.drawing import SIZES, laid, texts
from tests.cards.records import FIGURES, LEDGER, WIDE, WISHES, ask

REMEMBER = WISHES["remember"]


def dated(as_of, card=WISHES["one figure"], **labels):
    """A request of a card whose figures carry this day."""
    facts = {
        name: replace(fact, as_of=as_of, label=labels or fact.label) for name, fact in LEDGER.facts.items()
    }
    return ask(card, next(iter(labels), "en"), ledger=replace(LEDGER, facts=facts))


@SIZES
def test_the_campaign_s_own_card_shows_title_date_and_all_ten_figures(size):
    sheet = laid(ask(REMEMBER), size)
    shown = texts(sheet)
    assert shown.count("We remember Khojaly") == 1
    assert shown.count("25–26 February 1992") == 1
    for _, figure, label, _ in FIGURES:
        assert str(figure) in shown
        assert any(text.startswith(label) for text in shown)


@SIZES
def test_title_and_date_stand_above_every_figure(size):
    sheet = laid(ask(REMEMBER), size)
    lowest = {piece.text.replace("\u00a0", " "): scrim.box(piece, size)[3] for piece in sheet.pieces}
    numbers = [piece for piece in sheet.pieces if piece.text.isdigit()]
    head = max(lowest["We remember Khojaly"], lowest["25–26 February 1992"])
    assert head <= min(scrim.box(piece, size)[1] for piece in numbers)
    # The great number is still the greatest thing on the card.
    assert max(numbers, key=lambda piece: piece.size).text == "613"
    assert max(sheet.pieces, key=lambda piece: piece.size).text == "613"


@SIZES
def test_no_line_of_the_full_card_runs_into_another_or_off_the_card(size):
    sheet = laid(ask(REMEMBER), size)
    boxes = []
    for piece in sheet.pieces:
        left, _, right, _ = scrim.box(piece, size)
        assert 0 <= left < right <= size[0] - 0.06 * size[0]
        # From the capitals' tops to the baseline.
        boxes.append((left, piece.baseline - 0.67 * piece.size, right, piece.baseline, piece.text))
    for number, (left, top, right, bottom, text) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (text, other[4])


def test_a_dated_figures_card_ends_with_the_campaign_s_name():
    assert ask(REMEMBER).foot[1].text == "Justice for Khojaly"
    assert ask(WISHES["all figures"]).foot[1].text == "26 February 1992"


def test_a_listener_hears_title_and_date_first():
    assert cards.alt_text(ask(REMEMBER)).startswith(
        "Figures card. We remember Khojaly. 25–26 February 1992. 613 people killed, including 63 children"
    )


@SIZES
def test_a_long_title_on_a_card_with_one_figure_is_set_above_its_date(size):
    card = Card(
        "figures",
        facts=("missing",),
        title={"en": "Still waiting for word of those who did not come home"},
        date={"en": "25 February 1992"},
    )
    sheet = laid(ask(card), size)
    ends = {piece.text.replace("\u00a0", " "): piece.baseline for piece in sheet.pieces}
    title = next(baseline for text, baseline in ends.items() if text.endswith("did not come home"))
    assert title < ends["25 February 1992"] < ends["150"]


@pytest.mark.parametrize(
    ("as_of", "language", "expected"),
    [
        ("2025", "en", "as of 2025"),
        (date(2024, 3, 27), "en", "as of 27 March 2024"),
        ("1992-1994", "en", "as of 1992–1994"),
        ("2025", "de", "Stand: 2025"),
        ("2025", "az", "məlumat tarixi: 2025"),
    ],
)
def test_an_ageing_number_says_of_when_it_is(as_of, language, expected):
    facts = {
        "f": Fact(id="f", figure=150, label={language: "x"}, according_to={language: "a list"}, as_of=as_of)
    }
    request = ask(Card("figures", facts=("f",)), language, ledger=replace(LEDGER, facts=facts))
    assert request.said.figures[0].as_of.text == expected


@SIZES
def test_the_day_stands_on_its_own_line_under_a_single_figure(size):
    assert "as of 2025" in texts(laid(dated("2025"), size))
    assert cards.alt_text(dated("2025")).startswith("Figures card. 150 still missing, as of 2025.")


@SIZES
def test_in_a_table_the_day_stands_beside_its_figure_alone(size):
    facts = {**LEDGER.facts, "missing": replace(LEDGER.facts["missing"], as_of="2025")}
    shown = texts(laid(ask(REMEMBER, ledger=replace(LEDGER, facts=facts)), size))
    assert [text for text in shown if "as of" in text] == ["still missing, as of 2025"]


@SIZES
def test_a_part_does_not_repeat_the_day_of_its_whole(size):
    shown = " ".join(texts(laid(dated("2024", WISHES["figures"]), size)))
    assert shown.count("as of 2024") == 1
    assert cards.alt_text(dated("2024", WISHES["figures"])).count("as of 2024") == 1


LABELS = {
    "az": (
        "öldürülmüş insan",
        "uşaq",
        "qadın",
        "ahıl insan",
        "tamamilə məhv edilmiş ailə",
        "hər iki valideynini itirmiş uşaq",
        "valideynlərindən birini itirmiş uşaq",
        "yaralı",
        "girov götürülmüş insan",
        "hələ də itkin düşmüş insan",
    ),
    # Too wide for half a wide card: there all ten stand in two columns.
    "ru": (
        "человек убито",
        "детей",
        "женщин",
        "пожилых людей",
        "семей уничтожены полностью",
        "детей потеряли обоих родителей",
        "детей потеряли одного из родителей",
        "раненых",
        "человек взято в заложники",
        "пропали без вести",
    ),
}


@SIZES
@pytest.mark.parametrize("language", LABELS)
def test_all_ten_figures_fit_with_the_long_labels_of_other_languages(language, size):
    labels = dict(zip(LEDGER.facts, LABELS[language], strict=True))
    facts = {
        name: replace(fact, label={language: labels[name]}, according_to={language: "x"})
        for name, fact in LEDGER.facts.items()
    }
    card = replace(REMEMBER, title={language: "Xocalı – Ходжалы"}, date={language: "25-26.02.1992"})
    sheet = laid(ask(card, language, ledger=replace(LEDGER, facts=facts)), size)
    shown = " ".join(texts(sheet))
    for name, figure, _, _ in FIGURES:
        assert str(figure) in shown
        assert all(word in shown for word in labels[name].split())
    assert min(piece.size for piece in sheet.pieces) >= 23 * size[0] / 1080 - 1e-6
    assert max(scrim.box(piece, (10_000, 10_000))[2] for piece in sheet.pieces) <= 0.98 * size[0]


def test_a_label_too_long_for_any_column_is_named():
    fact = replace(LEDGER.facts["wounded"], label={"en": "W" * 60})
    with pytest.raises(CardError, match=r"the label.*W{50}.*too long"):
        cards.draw(
            ask(WISHES["all figures"], ledger=replace(LEDGER, facts={**LEDGER.facts, "wounded": fact})),
            WIDE,
            ".",
        )


@SIZES
def test_a_table_alone_is_airy_and_starts_below_the_top(size):
    sheet = laid(ask(Card("figures", facts=("families", "both", "one"))), size)
    first, second, _ = sorted(piece.baseline for piece in sheet.pieces if piece.text.isdigit())
    assert second - first >= 100 * size[0] / 1080  # more than the distance in a full table
    assert first > sheet.top * sheet.scale


def test_figures_0_to_9_are_of_one_hand_in_every_language():
    """Arabic cards showed 613 heavy and torn apart, in the figures that Amiri keeps for tables."""
    assert Figure("613", Words("قتيلًا", "ar")).numeral.language == "en"
    assert Figure("۶۱۳", Words("نفر", "fa")).numeral.language == "fa"


def test_two_columns_of_figures_have_labels_of_one_size():
    sheet = laid(ask(WISHES["remember"]), cards.SHAPES["1:1"])
    labels = {"wounded", "taken hostage", "still missing", "both parents", "one parent"}
    assert len({piece.size for piece in sheet.pieces if piece.text in labels}) == 1
