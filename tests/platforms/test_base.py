"""The words platforms answer in."""

import json
from datetime import UTC, datetime

import pytest

from scheduler.model import Receipt
from scheduler.platforms.base import Absent, CannotTell, Found, Prepared, variable
from scheduler.platforms.matching import Listed, match

READY = Prepared(
    {"text": "Xocalı"}, {"ab": "1"}, "99", datetime(2027, 2, 26, 10, tzinfo=UTC), "110", "2027/a/b"
)


@pytest.mark.parametrize("prepared", [READY, Prepared({"text": ""}), Prepared({}, baseline="")])
def test_what_is_prepared_comes_back_from_json_as_it_was(prepared):
    assert Prepared.from_json(json.loads(json.dumps(prepared.to_json()))) == prepared


def test_what_an_older_version_stored_can_still_be_read():
    fields = {"request": {"text": "a"}, "uploads": {}, "baseline": None, "expires_at": None, "account": None}
    assert Prepared.from_json(fields) == Prepared({"text": "a"})


def test_a_channels_variable_has_its_name_in_capitals():
    assert variable("mastodon-en", "ACCESS_TOKEN") == "MASTODON_EN_ACCESS_TOKEN"


def listed(remote, text, images=0):
    return Listed(Receipt(remote, f"https://social.example/{remote}"), text, images)


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ([], Absent),
        ([listed("1", "Quite another text.")], Absent),
        ([listed("1", "Xocalı,  26\nFevral", 1)], Found),  # spaces and line breaks do not count
        ([listed("1", "Xocal\u0131, 26 Fevral", 1), listed("2", "Other words.")], Found),
        ([listed("1", "Xocalı, 26 Fevral", 1), listed("2", "Xocalı, 26 Fevral", 1)], CannotTell),
        ([listed("1", "Xocalı, 26 Fevral", 0)], CannotTell),
        ([listed("1", "Xocali, 26 Fevral", 1)], CannotTell),  # one letter of 17
        ([listed("taken", "Xocalı, 26 Fevral", 1)], Absent),
    ],
)
def test_a_post_is_found_only_by_its_very_words_and_images(posts, expected):
    assert type(match("Xocalı, 26 Fevral", 1, posts, frozenset({"taken"}))) is expected


def test_a_person_who_must_judge_is_told_where_to_look():
    answer = match("The words.", 0, [listed("7", "The words.", 1)], frozenset())
    assert "https://social.example/7" in answer.reason
