"""Letters are held to the rules of posts' texts, paragraph by paragraph."""

from pathlib import Path

import pytest

from scheduler import planning
from scheduler.checks import check
from scheduler.content import Content, letters
from tests.checks.world import CAMPAIGN, CHANNELS, NOW, ledger


def found(text):
    letter, findings = letters.read(text, "posts/letters/letter.md", ("en", "az"))
    assert findings == []
    plan = planning.plan((), CAMPAIGN, CHANNELS, NOW, {})
    content = Content(ledger=ledger(), letters=(letter,))
    return check(content, CAMPAIGN, CHANNELS, plan, Path("nowhere"), NOW)


@pytest.mark.parametrize(
    ("paragraph", "rule"),
    [
        ("The army slaughtered 613 civilians.", "figures.unsourced"),
        ("He called it a way to “break stereotypes”.", "quotes.unrecorded"),
        ("The former president confessed to it.", "claims.confession"),
        ("The European Court recognised it.", "claims.unrecorded"),
        ("It is not a fiction like some genocide claims.", "wording.denial"),
        ("Jeyran Azizova remembers.", "people.uncited"),
    ],
)
def test_what_no_record_shows_is_told_at_the_letters_line(paragraph, rule):
    # Two paragraphs stand before it: the third begins in line 5.
    finding = next(one for one in found(f"Excellency,\n\nWe remember.\n\n{paragraph}\n") if one.rule == rule)
    assert (finding.file, finding.line, finding.post) == ("posts/letters/letter.md", 5, None)


def test_a_letter_that_keeps_to_its_records_passes():
    text = (
        "---\nfacts: [killed]\nquotes: [letter]\n---\n"
        "According to Azerbaijan's authorities, 613 people were killed.\n\n"
        "“We are not seeking revenge! We demand justice!” says our letter.\n"
    )
    assert found(text) == ()


def test_a_letters_unknown_record_is_told():
    (finding,) = (
        one for one in found("---\nfacts: [kiled]\n---\nWe remember.\n") if one.rule.startswith("ref")
    )
    assert (finding.rule, finding.line) == ("references.unknown", 2)
