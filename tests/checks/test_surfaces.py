"""Whatever a reader sees or hears of a post is checked, wherever it is written down."""

from dataclasses import replace

import pytest

from scheduler.checks import Example
from scheduler.model import Card, LinkText, Variant
from tests.checks.world import RECOGNITIONS, by_id, checked, ledger, rules_of

BUTCHERS = "The butchers came at night."
CARD = Card("recognition", recognition="pakistan")


def rules(post, **more):
    return rules_of(checked(post, **more))


@pytest.mark.parametrize("field", ["body", "chamber", "form", "term_used"])
def test_what_a_recognition_card_shows_of_its_record_is_checked(field):
    pakistan = next(one for one in RECOGNITIONS if one.id == "pakistan")
    words = BUTCHERS if field == "term_used" else {"en": BUTCHERS}
    records = ledger(recognitions=by_id(replace(pakistan, **{field: words})))
    post = Example("Words differ.", fields={"card": CARD, "recognitions": ("pakistan",)}).post()
    assert "wording.dehumanising" in rules(post, records=records)


def test_a_recognition_card_as_its_record_has_it_passes():
    post = Example("Words differ.", fields={"card": CARD, "recognitions": ("pakistan",)}).post()
    assert not {rule for rule in rules(post) if rule.startswith(("wording.", "claims.", "figures."))}


@pytest.mark.parametrize("field", ["title", "description", "words"])
@pytest.mark.parametrize("in_variant", [False, True])
def test_what_stands_under_a_link_is_checked(field, in_variant):
    written = LinkText(**{field: {"en": BUTCHERS}})
    fields = {"variants": {"x": Variant(link_card=written)}} if in_variant else {"link_card": written}
    assert "wording.dehumanising" in rules(Example("Read it.", fields=fields).post())


def test_a_number_of_dead_under_a_link_needs_its_record():
    written = LinkText(title={"en": "613 people were killed"})
    assert "figures.unsourced" in rules(Example("Read it.", fields={"link_card": written}).post())
