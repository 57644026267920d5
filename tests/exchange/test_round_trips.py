"""Posts to a sheet and back: the same campaign, whatever stands in it."""

import string
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.content import posts as reading
from scheduler.content.source import load
from scheduler.exchange import cells, handwriting, listing, separated, shape, tables, workbook_out, workbooks
from scheduler.exchange.rows import Reader
from scheduler.text import normalise
from tests.campaigns import BAKU
from tests.thorough import examples

LANGUAGES = ("en", "az")
READER = Reader(shape.of_post(), LANGUAGES, BAKU)


def cleaned(words):
    return normalise.clean(words).strip()


# Letters of the campaign's languages and of others, emoji, marks that YAML, CSV and Excel give a meaning to.
LETTERS = "aəıİğşçöüü бжß漢字עבר é\n\n  ,;:'\"#|>-=+@{}[]&*!%`~_/\\.?0123456789👩‍👧\u00a0–—’“"
TEXTS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=140).map(cleaned).filter(bool)
BEGINNINGS = st.sampled_from(
    ["=1+1", "+49 30", "-5 C", "@harbour", "'quoted'", "'=x", "''=x", "\t=x", "-", "–", "none"]
)
WORDS = st.one_of(TEXTS, st.tuples(BEGINNINGS, TEXTS).map("".join).map(cleaned), BEGINNINGS.map(cleaned))
IDS = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8)
ID_LISTS = st.lists(IDS, max_size=3, unique=True)
LOCALISED = st.dictionaries(st.sampled_from(LANGUAGES), WORDS, min_size=1, max_size=2)
TAGS = st.lists(st.sampled_from(["HarbourFlood", "Xocalı", "26february", "none"]), max_size=3, unique=True)
ADDRESSES = st.sampled_from(["https://example.org/a?b=c&d=e#f", "http://xn--e1afmkfd.example/ə"])
FILES = st.sampled_from(["pier.jpg", "old harbour, 1961.jpg", "a/b.png", "none.jpg", "=x.jpg"])
WHENS = st.sampled_from(
    ["D-1 10:00", "D 9:00 local", "D+3 09:00:30", "2027-02-14 18:00", "2027-02-14 18:00 local", "next slot"]
)
PICTURES = st.lists(
    st.fixed_dictionaries(
        {"file": FILES}, optional={"alt": LOCALISED, "words": st.one_of(st.just({}), LOCALISED)}
    ),
    min_size=1,
    max_size=3,
)
CARDS = st.fixed_dictionaries(
    {"template": st.sampled_from(["plain", "figures"])},
    optional={
        "title": LOCALISED,
        "facts": st.lists(IDS, min_size=1, max_size=3, unique=True),
        "quote": IDS,
        "background": FILES,
    },
)
THREADS = st.lists(
    st.fixed_dictionaries({"text": LOCALISED}, optional={"images": PICTURES}), min_size=1, max_size=2
)
BY_LANGUAGE = partial(st.dictionaries, st.sampled_from(["", *LANGUAGES]), min_size=1, max_size=3)
VARIANTS = st.dictionaries(
    st.sampled_from(["mastodon", "m-en", "x-2"]),
    st.fixed_dictionaries(
        {},
        optional={
            "text": LOCALISED,
            "hashtags": TAGS,
            "images": st.one_of(st.just([]), PICTURES),
            "card": CARDS,
            "thread": THREADS,
        },
    ).filter(bool),
    min_size=1,
    max_size=2,
)
POSTS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["text", "on-this-day", "correction"]), "text": LOCALISED},
    optional={
        "author": st.sampled_from(["keeper", "Əli", "007", "yes"]),
        "when": WHENS,
        "hashtags": st.one_of(TAGS, BY_LANGUAGE(TAGS)),
        "link": st.one_of(ADDRESSES, BY_LANGUAGE(ADDRESSES)),
        "channels": ID_LISTS,
        "card": CARDS,
        "images": PICTURES,
        "alt": LOCALISED,
        "facts": ID_LISTS,
        "positions": ID_LISTS,
        "warning": LOCALISED,
        "thread": THREADS,
        "variants": VARIANTS,
        "replies": st.sampled_from(["everyone", "nobody"]),
        "corrects": st.just("2027/figures/m-en"),
        "priority": st.integers(-5, 99),
        "grace": st.sampled_from(["90m", "2h", "1d"]),
        "draft": st.booleans(),
    },
)  # fmt: skip
CAMPAIGNS = st.lists(POSTS, min_size=1, max_size=4).map(
    lambda posts: [{"id": f"p-{number}", **post} for number, post in enumerate(posts)]
)


def as_posts(values):
    """The posts that content reads of these values, written as YAML."""
    document = load("\n".join(handwriting.item(value) for value in values), "posts.yaml")
    posts, findings, _ = reading.read(document, LANGUAGES)
    assert [str(one) for one in findings if one.severity == "error"] == []
    return posts


def through_csv(listed):
    return separated.read(listing.as_csv(listed), "posts.csv")


def through_xlsx(listed):
    page = workbook_out.Page("Posts", listed.headings, listed.rows)
    return workbooks.read(workbook_out.workbook([page]), "posts.xlsx")


def through(values, there_and_back):
    sheet = READER.read(there_and_back(listing.table(values, shape.of_post(), LANGUAGES)))
    assert [f"{sheet.place(one)}: {one.message}" for one in sheet.remarks] == []
    return [item.value for item in sheet.items]


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
@given(CAMPAIGNS)
def test_posts_written_as_yaml_are_read_as_they_were(values):
    document = load("\n".join(handwriting.item(value) for value in values), "posts.yaml")
    assert document.findings == []
    told = [{key: _plain(one) for key, one in value.items()} for value in document.value]
    assert told == [{key: _plain(one) for key, one in value.items()} for value in values]


def _plain(value):
    """Yes and no as the truth they are read as where a truth is asked for."""
    return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
@given(CAMPAIGNS)
def test_posts_to_csv_and_back_are_the_same_posts(values):
    assert as_posts(through(values, through_csv)) == as_posts(values)


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.too_slow])
@given(CAMPAIGNS)
def test_posts_to_a_workbook_and_back_are_the_same_posts(values):
    assert as_posts(through(values, through_xlsx)) == as_posts(values)


@given(st.text(max_size=30))
def test_no_cell_runs_as_a_formula_and_each_comes_back_as_it_was(words):
    guarded = cells.guarded(words)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cells.unguarded(guarded) == words


@pytest.mark.parametrize("words", ['=HYPERLINK("http://x")', "@SUM(1)", "-2+3", "+1", "\t=1", "＝1"])
def test_what_begins_like_a_formula_is_marked_as_text(words):
    assert cells.guarded(words) == f"'{words}"


def test_columns_are_lettered_as_spreadsheets_letter_them():
    assert [tables.letter(number) for number in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
