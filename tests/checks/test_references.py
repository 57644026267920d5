from dataclasses import replace

from scheduler.checks import Example
from scheduler.model import Card, Fact, Media, Quote, Span, Variant
from tests.checks.world import READ, by_id, checked, ledger


def test_a_misspelt_id_names_the_nearest_at_its_own_place():
    post = Example("We remember.", fields={"facts": ("night", "kiled")}).post()
    post = replace(post, spans={"facts.1": Span("posts/a.yaml", 7, 20)})
    (finding,) = (one for one in checked(post) if one.rule == "references.unknown")
    assert (finding.line, finding.column) == (7, 20)
    assert "did you mean 'killed'?" in finding.message
    assert "posts/ledger/facts.yaml" in finding.message


def test_a_card_and_a_variants_card_are_looked_at_too():
    card = Card("figures", facts=("nothing-like-it",), quote="no-quote")
    post = Example("Words.", fields={"card": card, "variants": {"x": Variant(card=card)}}).post()
    found = [one.message for one in checked(post) if one.rule == "references.unknown"]
    assert len([one for one in found if "nothing-like-it" in one]) == 1  # one cause, one place: said once
    assert any("no quote 'no-quote'" in one for one in found)


def test_a_variant_is_for_a_channel_or_a_platform():
    variants = {"mastodon": Variant(), "mastodon-en": Variant(), "mastodn": Variant()}
    post = Example("Words.", fields={"variants": variants}).post()
    (finding,) = (one for one in checked(post) if one.rule == "references.variant")
    assert "'mastodn'" in finding.message
    assert "did you mean 'mastodon'" in finding.message


def test_records_that_name_missing_records_are_found_in_the_ledger():
    records = ledger(
        quotes=by_id(Quote("q", words="w", person="nobody", **READ)),
        facts=by_id(Fact("part", part_of="whole", **READ)),
        media=by_id(Media("m", file="m.jpg", people_shown=("stranger",), **READ)),
    )
    found = [one.message for one in checked(records=records) if one.rule == "references.unknown"]
    assert len(found) == 3
    assert all(any(name in one for one in found) for name in ("nobody", "whole", "stranger"))
