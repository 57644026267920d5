"""Keys and names of Bluesky's records, against values made elsewhere."""

import hashlib
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.platforms import records

# atproto.com, "Timestamp Identifiers": the expression a server checks keys with.
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


def when(tid):
    """The time in a timestamp identifier, read the other way round."""
    number = 0
    for sign in tid:
        number = number * 32 + "234567abcdefghijklmnopqrstuvwxyz".index(sign)
    return datetime.fromtimestamp((number >> 10) / 1_000_000, UTC)


@given(st.integers(1992, 2200), st.from_regex(r"[a-z0-9-]{1,20}/[a-z0-9-]{1,20}(#\d)?", fullmatch=True))
def test_a_key_is_a_timestamp_identifier_of_the_campaigns_year(year, rest):
    key = records.record_key(f"{year}/{rest}")
    assert TID.fullmatch(key)
    assert when(key).year == year
    assert records.earliest(year) <= key


def test_a_year_begins_where_the_networks_own_library_puts_it():
    assert records.earliest(2026) == "3mbd3542k2222"


def test_thousands_of_parts_have_keys_of_their_own():
    keys = {records.record_key(f"2027/post-{number}/bluesky-en") for number in range(20_000)}
    assert len(keys) == 20_000


def test_a_key_never_changes_from_one_version_of_the_program_to_the_next():
    # On the account of whoever upgrades in the middle of a run-up this key may be out already.
    assert records.record_key("2027/figures/news-en") == "3nrxk7xj7obut"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        # Made by the network's own library for content identifiers.
        (b"", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (b"hello world", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"),
        ("Xocalı 613".encode(), "bafkreif2x2n44gl6ddfkliull4ht3zzzxo4mplidz5g3syrpkxu5ci5ggi"),
    ],
)
def test_an_images_name_is_made_from_its_bytes(content, name):
    assert records.cid(hashlib.sha256(content).hexdigest()) == name


@pytest.mark.parametrize("value", [None, [], "x", {"reply": 1}, {"reply": {"root": {"uri": "at://x"}}}])
def test_a_record_of_another_shape_is_read_as_empty(value):
    assert (records.root(value), records.images(value), records.pictures(value)) == (None, [], [])
    assert (records.labels(value), records.reference(value)) == ([], None)
