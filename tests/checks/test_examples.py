"""Every rule's own examples, against the small campaign of world.py."""

import re
from pathlib import Path

import pytest

from scheduler.checks import RULES
from tests.checks.world import checked, rules_of

FIRES = [(rule, example) for rule in RULES.values() for example in rule.fires]
PASSES = [(rule, example) for rule in RULES.values() for example in rule.passes]
PAGE = Path(__file__).parents[2] / "docs" / "checks.md"

# These look at files, other posts, the whole ledger or a platform's limits; other modules try them.
TRIED_ELSEWHERE = {
    "references.variant": "test_references",
    "records.unapproved": "test_records",
    "records.changed-since": "test_records",
    "links.dead": "test_visited",
    "figures.unknown-unit": "test_figures",
    "wording.unknown-list": "test_words",
    "approvals.nobody-there": "test_presence",
    "translations.outdated": "test_translations",
    **dict.fromkeys((rule for rule in RULES if rule.startswith("images.")), "test_images"),
    **dict.fromkeys((rule for rule in RULES if rule.startswith("messages.")), "test_messages"),
    **dict.fromkeys(
        (rule for rule in RULES if "link-card" in rule or "graphic-" in rule or "comment-" in rule),
        "test_labels",
    ),
    **dict.fromkeys((rule for rule in RULES if rule.startswith("duplicates.")), "test_duplicates"),
}


def name(value):
    return value.id if hasattr(value, "id") else (value.text[:40] or "fields")


@pytest.mark.parametrize(("rule", "example"), FIRES, ids=name)
def test_a_rule_fires_on_its_example(rule, example):
    found = [one for one in checked(example.post()) if one.rule == rule.id]
    assert found, f"{rule.id} is silent on: {example}"
    assert {one.severity for one in found} == {rule.severity}


@pytest.mark.parametrize(("rule", "example"), PASSES, ids=name)
def test_a_rule_lets_its_example_pass(rule, example):
    assert rule.id not in rules_of(checked(example.post()))


@pytest.mark.parametrize("rule", RULES.values(), ids=name)
def test_every_rule_is_tried(rule):
    if rule.fires:
        assert rule.passes, f"{rule.id} has no example that passes"
        return
    module = Path(__file__).with_name(f"{TRIED_ELSEWHERE[rule.id]}.py")
    assert f'"{rule.id}"' in module.read_text(encoding="utf-8")


def test_every_rule_has_its_section_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `([a-z.-]+)`\n\n(.+)$", page, re.MULTILINE))
    assert sections == {
        rule.id: f"*{rule.severity}.* {rule.summary} {rule.remedy}" for rule in RULES.values()
    }
