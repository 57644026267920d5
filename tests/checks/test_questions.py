"""Which rules ask two people, and that no other can be answered away."""

import pytest

from scheduler.checks import RULES, asked_of
from scheduler.model import Severity
from tests.checks.world import answers, checked

ASKING = {
    # The second row of what may be lowered: L1 to L4, L6, casualty numbers, the accused, blaming pages …
    "wording.collective-blame",
    "wording.dehumanising",
    "wording.denial",
    "wording.harm",
    "wording.graphic",
    "wording.living-person-accused",
    "wording.contradicted",
    "claims.verdict",
    "figures.unattributed",
    "figures.perhaps",
    "links.people-blaming-page",
    "links.outdated-page",
    "people.unrecorded",
    "images.mild",
    "images.ai",
}
EXAMPLES = [(rule, example) for rule in RULES.values() for example in rule.fires]


def asked(rule, example):
    return {one.rule for one in checked(example.post()) if asked_of(one) is not None}


def test_only_rules_about_words_ask():
    found = {name for rule, example in EXAMPLES for name in asked(rule, example)}
    # A picture's bytes are asked about in test_images, where there are pictures.
    assert found == ASKING - {"images.mild", "images.ai"}


@pytest.mark.parametrize(
    "name", sorted(name for name, rule in RULES.items() if rule.severity is Severity.ERROR and rule.fires)
)
def test_an_error_stays_an_error_whoever_answers(name):
    for example in RULES[name].fires:
        post = example.post()
        before = [one for one in checked(post) if one.rule == name]
        assert before
        for one in before:
            question = one.cause or f"{name}: “x” in example ({'0' * 64})"
            after = checked(post, answered=answers(question, "Aynur", "Rauf"))
            assert [one.severity for one in after if one.rule == name] == [one.severity for one in before]


def test_every_rule_that_asks_says_so_where_it_is_explained():
    silent = [
        name for name in ASKING if "two people, neither of them the author, answer" not in RULES[name].remedy
    ]
    assert silent == []
