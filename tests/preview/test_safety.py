"""Posts and records are written by many hands: nothing in them may act, and the page calls nobody."""

from dataclasses import replace

import pytest

from scheduler.model import Finding, Ledger, Severity
from scheduler.prepare import Files
from tests.preview.made import (
    LEDGER,
    delivery,
    made_page,
    picture,
    preparation,
    shown,
)

HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(1)> javascript:alert(1) {{ 7 * 7 }} &amp;'


def hostile_page():
    files = Files()
    image = picture(files, alt=HOSTILE)
    fact = replace(
        LEDGER.facts["killed"], wording={"en": HOSTILE}, note=HOSTILE, according_to={"en": HOSTILE}
    )
    made = preparation(
        [
            delivery(texts=(HOSTILE,), images=(image,), stops=(HOSTILE,)),
            delivery(channel="mastodon-en", texts=(HOSTILE,), warning=HOSTILE, corrects=HOSTILE),
        ],
        findings=[Finding(Severity.ERROR, HOSTILE, HOSTILE, HOSTILE, 1, 1, "figures", cause=HOSTILE)],
        ledger=Ledger(facts={"killed": fact}),
        files=files,
        shows={"2027/figures/x-en": shown(dropped=(HOSTILE,))},
    )
    return made_page(made, addresses={image.sha256: "images/a.jpg"}, only=HOSTILE)


def test_hostile_words_stay_words():
    root = hostile_page()
    assert len(root.all("script")) == 1  # our own
    assert HOSTILE in root.all("p.text")[0].raw
    assert [one.attributes["src"] for one in root.all("img")] == ["images/a.jpg"]
    assert not [one for one in root for name in one.attributes if name.startswith("on")]


@pytest.mark.parametrize("make", [hostile_page, lambda: made_page(preparation())], ids=["hostile", "plain"])
def test_links_lead_to_the_web_or_into_the_page_and_nothing_is_loaded_from_elsewhere(make):
    root = make()
    ids = [one.attributes["id"] for one in root if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    for link in root.all("a"):
        address = link.attributes["href"]
        assert address.startswith(("https://", "http://")) or address.removeprefix("#") in ids
    assert not [one for one in root if one.tag in ("link", "iframe", "object", "form", "base")]
    assert not [one for one in root if one.attributes.get("src", "").startswith(("http", "//"))]
    assert not [one for one in root if "style" in one.attributes]


def test_the_page_forbids_everything_it_does_not_need():
    (policy,) = (
        one.attributes["content"]
        for one in made_page(preparation()).all("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].startswith("'sha256-")
    assert rules["style-src"].startswith("'sha256-")
    assert rules["img-src"] == "'self' file:"
