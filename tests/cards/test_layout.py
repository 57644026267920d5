"""Lines: what stays together, how ragged they are, what does not fit."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.cards import layout, shape
from scheduler.cards.layout import JOIN, Box
from scheduler.cards.shape import Family, Style
from scheduler.errors import CardError
from tests.cards.records import HOSPITALITY, IMPUNITY
from tests.thorough import examples

SERIF = Style(Family.SERIF)
SENTENCES = st.sampled_from(["a", "silent,", "night;", "of", "the", "river.", "Water"])
BOX = Box(864, 640, 92, 36)
WORDS = st.lists(st.text("abdehiknortvəşğı", min_size=1, max_size=11), min_size=1, max_size=28).map(" ".join)


def plain(lines):
    return " ".join(lines).replace(JOIN, " ")


def width(line, block, language="en"):
    return shape.width(line, language, SERIF, block.size)


@given(text=WORDS)
@settings(max_examples=examples(60), deadline=None)
def test_every_word_is_set_in_order_within_the_box(text):
    block = layout.fit("the text", text, "az", SERIF, BOX)
    assert plain(block.lines) == text
    assert BOX.smallest <= block.size <= BOX.largest
    assert block.height <= BOX.height + 1e-6
    assert all(width(line, block, "az") <= BOX.width + 1e-6 for line in block.lines)


@given(text=WORDS.filter(lambda text: 5 <= text.count(" ") <= 13))
@settings(max_examples=examples(25), deadline=None)
def test_no_other_way_to_break_costs_less(text):
    setting = layout._Setting(layout.units(text, "en"), "en", SERIF, Box(500, 900, 60, 30))
    count = len(setting.greedy(40)) or 1
    cost, _ = setting.breaks(count, 40)
    assert cost == pytest.approx(min(prices(setting, count, 40)), abs=1e-6)


def prices(setting, count, size):
    """The cost of every way to set the pieces in `count` lines, by trying all of them."""
    widths, space, total = setting.widths(size), setting.at(size).gaps[0] * size, len(setting.pieces)
    ideal = (sum(widths) + space * (total - count)) / count
    yield float("inf")
    for cuts in combinations(range(1, total), count - 1):
        spans = list(pairwise((0, *cuts, total)))
        lengths = [sum(widths[a:b]) + space * (b - a - 1) for a, b in spans]
        if max(lengths) <= setting.box.width:
            *rest, last = zip(spans, lengths, strict=True)
            yield sum(price(setting, *each, ideal) for each in rest) + price_of_last(*last, ideal)


def price(setting, span, length, ideal):
    (start, end), costs = span, setting.costs
    behind = costs.left_behind[end] if end - start > 1 else 0.0
    return ((length - ideal) / ideal) ** 2 * layout.RAGGED + costs.words[end] + behind


def price_of_last(span, length, ideal):
    (start, end), missing = span, max(0.0, ideal * 0.55 - length)
    lone = layout.LONE_WORD if start and end - start == 1 else 0.0
    return (missing / ideal) ** 2 * layout.SHORT_LAST + lone


@given(text=st.lists(SENTENCES, max_size=24).map(" ".join))
@settings(max_examples=examples(40), deadline=None)
def test_ways_that_are_not_tried_would_have_cost_more(text):
    setting = layout._Setting(layout.units(f"Snow {text}", "en"), "en", SERIF, Box(500, 900, 60, 30))
    largest = setting.largest()
    assert min(setting._candidates(largest))[0] == pytest.approx(min(every_cost(setting, largest)))


def every_cost(setting, largest):
    """What it costs to set a text at each size that `_candidates` may try, in as few lines or one more."""
    size = largest
    while size >= max(setting.box.smallest, largest * layout.LEAST_SHARE):
        fewest = len(setting.greedy(size))
        for count in range(fewest, min(fewest + 1, setting.rows(size), len(setting.pieces)) + 1):
            one_more = (count - fewest) * setting.one_more(count, size)
            smaller = (largest - size) / largest * layout.SMALLER
            yield setting.breaks(count, size)[0] + one_more + smaller
        size -= max(1.0, largest / 45)


@pytest.mark.parametrize("measure", range(420, 901, 60))
def test_no_one_is_never_torn_apart(measure):
    block = layout.fit("the quotation", IMPUNITY, "en", SERIF, Box(measure, 1600, 70, 30))
    assert any("no one" in plain([line]) for line in block.lines)
    assert not any(line.endswith(" no") for line in block.lines)


@pytest.mark.parametrize(
    ("text", "language", "names", "kept"),
    [
        ("on 26 February they", "en", (), "26 February"),
        ("all 613 people were", "en", (), "613 people"),
        ("said J. Azizova then", "en", (), "J. Azizova"),
        ("by Leyla Aliyeva herself", "en", ("Leyla Aliyeva",), "Leyla Aliyeva"),
        ("the law – always", "en", (), "law –"),
        ("bunu heç kim bilmir", "az", (), "heç kim"),
        ("жили в Ходжалы тогда", "ru", (), "в Ходжалы"),
        ("это не прошло", "ru", (), "не прошло"),
        ("on 26 February 1992 they", "en", (), "26 February 1992"),
        ("on 25–26 February 1992, they", "en", (), "25–26 February 1992,"),
        ("am 26. Februar in", "de", (), "26. Februar"),
        ("в 1992 году жители", "ru", (), "в 1992 году"),
        ("onlar 5 il gözlədi", "az", (), "5 il"),
        ("bu 1992-ci ildə oldu", "az", (), "1992-ci ildə"),
    ],
)
def test_what_belongs_together_stays_on_one_line(text, language, names, kept):
    assert kept.replace(" ", JOIN) in layout.units(text, language, names)


def test_a_year_is_not_bound_to_the_word_after_it():
    assert layout.units("in 1992 the town", "en") == ("in", "1992", "the", "town")


def test_a_number_that_ends_a_sentence_lets_go_of_the_next():
    assert layout.units("since 1991. No light", "en") == ("since", "1991.", "No", "light")
    assert layout.units("They were 63. We wait", "en") == ("They", "were", "63.", "We", "wait")


def test_a_wide_card_s_text_is_no_narrow_column():
    # 61 characters fill less than two of these lines; three would leave two thirds of the card empty.
    text = "35 years on: names, dates and documents, each with its source."
    block = layout.fit("the text", text, "en", SERIF, Box(1375, 220, 53, 36, 1.32))
    assert len(block.lines) <= 2


def test_a_sentence_begins_on_its_own_line_where_the_line_before_ends_short():
    text = "Blockaded from autumn 1991. No electricity from January 1992."
    block = layout.fit("the text", text, "en", SERIF, Box(864, 400, 50, 28, 1.32))
    assert plain(block.lines[:1]) == "Blockaded from autumn 1991."


def test_a_name_too_long_for_a_line_is_broken_after_all():
    block = layout.fit(
        "the name", "Mustafayeva Shakiba", "en", SERIF, Box(330, 200, 60, 50), ("Mustafayeva Shakiba",)
    )
    assert block.lines == ("Mustafayeva", "Shakiba")


@pytest.mark.parametrize("text", [HOSPITALITY, IMPUNITY])
@pytest.mark.parametrize("measure", range(480, 901, 70))
def test_the_last_line_is_never_a_single_word(text, measure):
    block = layout.fit("the quotation", text, "en", SERIF, Box(measure, 1500, 80, 30))
    assert len(block.lines[-1].replace(JOIN, " ").split(" ")) > 1


def test_the_quotation_is_broken_where_a_speaker_would_breathe():
    # The 1080×1350 quote card's measure. Seen and approved: no line ends on "no", "of", "the" or "and".
    block = layout.fit("the quotation", f"“{IMPUNITY}”", "en", SERIF, Box(864, 640, 92, 36))
    assert plain([block.lines[1]]) == "not remain silent;"
    ends = {line.replace(JOIN, " ").split(" ")[-1] for line in block.lines[:-1]}
    assert not ends & {"a", "the", "of", "to", "in", "no", "and", "we", "is", "that"}


def test_a_sentence_does_not_leave_its_first_word_on_the_line_before():
    block = layout.fit("the quotation", "We are not seeking revenge! We demand justice!", "en", SERIF, BOX)
    assert not any(line.endswith("! We") for line in block.lines)


def test_text_that_does_not_fit_says_by_how_much():
    # 40 times "khojaly " less the last space is 319 characters.
    text = " ".join(["khojaly"] * 40)
    with pytest.raises(CardError, match=r"the text is 319 characters, about \d+ too many.*shorten") as caught:
        layout.fit("the text", text, "en", SERIF, Box(400, 100, 60, 40))
    over = int(str(caught.value).split("about ")[1].split()[0])
    shorter = text[: 319 - over].rsplit(" ", 1)[0]
    assert layout.fit("the text", shorter, "en", SERIF, Box(400, 100, 60, 40)).lines


def test_a_word_wider_than_the_card_is_named():
    with pytest.raises(CardError, match="“Khojalykhojalykhojaly” is too long"):
        layout.fit("the title", "Khojalykhojalykhojaly", "en", SERIF, Box(200, 400, 60, 40))


@pytest.mark.parametrize(
    ("line", "hung"), [("“I wish", "“"), ("«Мы", "«"), ("„Wir", "„"), ("We", ""), ("(“No", "")]
)
def test_opening_marks_hang_outside(line, hung):
    assert layout.hang(line) == hung
