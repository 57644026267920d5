"""What `check --links` found is looked up without a network, and grows old."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import planning
from scheduler.checks import Example, visited
from scheduler.checks.visited import Visit
from scheduler.content import Content
from scheduler.model import LinkText, Severity, ThreadPart
from tests.checks.world import CAMPAIGN, CHANNELS, NOW, ledger

DEAD = "links.dead"
PAGE = "https://museum.test-site.org/night"
# The example post is due on D-5, 21 February 2027.
NEAR = datetime(2027, 2, 19, 12, tzinfo=UTC)


def content(text="Words.", **fields):
    return Content((Example(text, fields=fields).post(),), ledger(), (), (), frozenset())


def found(written, *, now=NOW, at=NOW, dead=True, address=PAGE):
    plan = planning.plan(written.posts, CAMPAIGN, CHANNELS, now, {})
    visits = {address: Visit(at, dead, "the page is not there")}
    return list(visited.findings(written, plan, CAMPAIGN, visits, now))


@pytest.mark.parametrize(
    "written",
    [
        content(f"Read it: {PAGE}."),
        content(link={"": PAGE}),
        content(thread=(ThreadPart({"en": f"More: {PAGE}"}),)),
        content(link_card=LinkText(description={"en": f"At {PAGE}"})),
    ],
    ids=["text", "link", "thread", "link card"],
)
def test_a_dead_link_is_a_todo_wherever_it_stands(written):
    (one,) = found(written)
    assert (one.rule, one.severity, one.post) == (DEAD, Severity.TODO, "example")
    assert PAGE in one.message


def test_72_hours_before_the_post_is_due_it_stops():
    (one,) = found(content(f"Read it: {PAGE}"), now=NEAR, at=NEAR)
    assert one.severity is Severity.BLOCKED


@pytest.mark.parametrize(
    "how",
    [{"dead": False}, {"at": NOW - timedelta(days=15)}, {"address": PAGE + "/other"}],
    ids=["alive", "long ago", "another"],
)
def test_what_is_alive_or_was_seen_long_ago_or_is_another_page_says_nothing(how):
    assert found(content(f"Read it: {PAGE}"), **how) == []


def test_placeholders_are_not_opened():
    written = content(f"{PAGE} https://example.org/a www.museum.test-site.org/b, and (https://a.invalid)")
    assert [address for _, address, _ in visited.addresses(written)] == [
        PAGE,
        "https://www.museum.test-site.org/b",
    ]


def test_what_is_kept_is_read_again_and_a_damaged_file_is_none(tmp_path):
    visits = {PAGE: Visit(NOW, True, "the page is gone")}
    (tmp_path / visited.FILE).write_text(visited.written(visits), encoding="utf-8")
    assert visited.read(tmp_path) == visits
    for damaged in ("", "[]", '{"a": 1}', '{"a": {"at": "x"}}'):
        (tmp_path / visited.FILE).write_text(damaged, encoding="utf-8")
        assert visited.read(tmp_path) == {}


def test_a_letters_link_is_looked_at_though_no_post_has_its_id():
    letter = replace(content(f"See {PAGE}").posts[0], id="letters/letter")
    written = Content((), ledger(), (), (), frozenset(), (letter,))
    (one,) = found(written)
    assert one.post is None
