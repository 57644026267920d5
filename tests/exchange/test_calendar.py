"""The calendar file, read back by another program's parser."""

from datetime import UTC, datetime, timedelta

import pytest
import vobject
import yaml

from scheduler.model import Mode
from tests.exchange.by_hand import FLOOD, NOW, campaign, export, opened, write

HARD = "Xocalıda: su, külək; “qaranlıq” 🕯️\\nİkinci sətir: Ə, ğ, ş və ı."


def read(campaigning, now=NOW, **more):
    """Every event of the exported file by the start of its UID, as vobject reads it."""
    target = campaigning.config.root / "calendar.ics"
    export(campaigning, "ics", now, out=target, **more)
    text = target.read_bytes().decode()
    # RFC 5545, 3.1: lines end in CRLF and are folded at 75 octets.
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    parsed = vobject.readOne(text)
    return {event.uid.value.partition("@")[0]: event for event in parsed.contents.get("vevent", ())}


def test_an_event_starts_when_its_post_is_due_and_says_so_in_each_zone(tmp_path):
    [event] = read(campaign(tmp_path)).values()
    # 18:00 in Baku (UTC+4) is 14:00 in London in February, and in UTC.
    assert event.dtstart.value == datetime(2027, 2, 14, 14, 0, tzinfo=UTC)
    for words in ("18:00 Asia/Baku", "14:00 Europe/London", "14:00 UTC"):
        assert words in event.description.value
    assert event.uid.value == "2027/flood/m-en@1962-02-17.awareness-scheduler"
    assert "The water came at night." in event.description.value


HARDER = (
    "back\\\\slash n: \\\\n",
    "a" * 300,
    "BEGIN:VEVENT\\nEND:VCALENDAR",
    "ğ" * 120,
    "one;two,three:four\\\\,",
)


@pytest.mark.parametrize("words", [HARD, *HARDER])
def test_commas_semicolons_lines_emoji_and_azerbaijani_letters_come_through(tmp_path, words):
    post = f'- id: flood\n  kind: text\n  author: w\n  when: 2027-02-14 18:00\n  text: {{az: "{words}"}}\n'
    [event] = read(campaign(tmp_path, post)).values()
    assert yaml.safe_load(f'"{words}"') in event.description.value


def test_the_link_is_the_events_address_until_the_post_itself_has_one(tmp_path):
    campaigning = campaign(tmp_path, FLOOD + "  link: https://city.example/flood?a=1,2;b\n")
    [event] = read(campaigning).values()
    assert event.url.value == "https://city.example/flood?a=1,2;b"
    made = campaigning.prepare(NOW)
    with campaigning.store(Mode.LIVE) as store:
        [one] = made.deliveries
        store.posted_by_hand(one, {}, "https://m.example/@a/1", "Ayla", NOW, NOW)
    [event] = read(campaigning).values()
    assert event.url.value == "https://m.example/@a/1"
    assert event.summary.value == "flood · m-en · published"
    assert event.status.value == "CONFIRMED"


def test_an_unchanged_event_is_written_the_same_and_a_moved_one_counts_up(tmp_path):
    campaigning = campaign(tmp_path)
    target = tmp_path / "calendar.ics"
    read(campaigning)
    first = target.read_bytes()
    [event] = read(campaigning, NOW + timedelta(days=1)).values()
    assert target.read_bytes() == first
    assert event.sequence.value == "0"
    write(tmp_path, "posts/posts.yaml", FLOOD.replace("18:00", "19:00"))
    [event] = read(opened(tmp_path), NOW + timedelta(days=2)).values()
    assert event.sequence.value == "1"
    assert event.last_modified.value == NOW + timedelta(days=2)
    assert event.dtstart.value == datetime(2027, 2, 14, 15, 0, tzinfo=UTC)


def test_a_post_that_left_the_plan_is_cancelled_in_calendars_that_have_it(tmp_path):
    read(campaign(tmp_path))
    write(tmp_path, "posts/posts.yaml", FLOOD.replace("id: flood", "id: other"))
    events = read(opened(tmp_path))
    assert {key: one.status.value for key, one in events.items()} == {
        "2027/flood/m-en": "CANCELLED",
        "2027/other/m-en": "TENTATIVE",
    }
    assert events["2027/flood/m-en"].sequence.value == "1"
    assert events["2027/flood/m-en"].dtstart.value == datetime(2027, 2, 14, 14, 0, tzinfo=UTC)


def test_a_choice_of_channels_cancels_nothing_of_the_others(tmp_path):
    both = FLOOD.replace("{en: The water came at night.}", "{en: The water came., az: Su gəldi.}")
    campaigning = campaign(tmp_path, both)
    assert set(read(campaigning)) == {"2027/flood/m-en", "2027/flood/m-az"}
    only = read(campaigning, channels=("m-az",))
    assert set(only) == {"2027/flood/m-az"}
    again = read(campaigning, languages=("en",))
    assert {key: one.status.value for key, one in again.items()} == {"2027/flood/m-en": "TENTATIVE"}


@pytest.mark.parametrize("at", ["https://files.example/cards", "https://files.example/cards/"])
def test_a_picture_is_named_with_its_description_and_linked_where_it_is_public(tmp_path, at):
    card = "  card: {template: plain, title: {en: The night}, text: {en: We remember.}}\n"
    campaigning = campaign(tmp_path, FLOOD + card)
    [event] = read(campaigning).values()
    assert "Picture: data/cards/" in event.description.value
    assert "We remember." in event.description.value
    [event] = read(campaigning, images_at=at).values()
    assert event.attach.value == "https://files.example/cards/card-flood-m-en.jpg"
    assert event.attach.value in event.description.value


def test_the_card_under_a_link_is_told_with_its_words(tmp_path):
    post = FLOOD + "  link: https://harbour.example/a\n"
    post += "  link_card: {title: {en: The ledger}, description: {en: By source.}}\n"
    campaigning = campaign(tmp_path, post)
    file = campaigning.config.file
    file.write_text(file.read_text(encoding="utf-8").replace("platform: mastodon", "platform: bluesky", 1))
    [event] = read(opened(tmp_path)).values()
    assert "Card under it: The ledger — By source." in event.description.value
