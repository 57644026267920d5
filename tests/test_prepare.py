"""PREPARE whole: from files to complete messages, and what one post's mistake does to the others."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from scheduler import config
from scheduler.errors import StoreError
from scheduler.model import Severity, digest
from scheduler.prepare import prepare
from tests import campaigns

NOW = datetime(2027, 1, 1, tzinfo=UTC)
POST = campaigns.post("flood", "D-1 10:00")


def made(folder, posts=POST, now=NOW, ledger=None, **options):
    file = campaigns.write(folder, posts, **options.pop("config", {}))
    for name, text in (ledger or {}).items():
        (folder / "posts" / "ledger").mkdir(exist_ok=True)
        (folder / "posts" / "ledger" / f"{name}.yaml").write_text(text, encoding="utf-8")
    read, findings = config.load(file)
    assert read is not None, findings
    return prepare(read, now, {}, **options)


def delivery(preparation, channel, post="flood"):
    [found] = [one for one in preparation.deliveries if (one.post, one.channel) == (post, channel)]
    return found


def test_a_message_is_complete_and_final(tmp_path):
    preparation = made(tmp_path)
    one = delivery(preparation, "m-en")
    assert one.key == "2027/flood/m-en"
    # D is 17 February 2027; Baku is UTC+4 all year, so D-1 10:00 is 06:00 UTC.
    assert one.due == datetime(2027, 2, 16, 6, tzinfo=UTC)
    assert one.expires == one.due + timedelta(hours=2)
    assert one.day == "2027-02-16"
    [part] = one.message.parts
    assert part.text == "The water came at night. We remember those it took.\n#HarbourFlood"
    assert one.message.warning == "Loss of life"
    [image] = part.images
    assert sha256(preparation.files[image.sha256]).hexdigest() == image.sha256
    assert (image.width, image.height, image.media_type) == (1080, 1350, "image/jpeg")
    assert "The night of the flood" in image.alt


def test_a_warning_is_a_first_line_where_the_platform_has_no_field_for_it(tmp_path):
    one = delivery(made(tmp_path), "x-en")
    assert one.message.parts[0].text.startswith("Content note: Loss of life\n")


def test_a_picture_is_described_in_the_text_where_the_channel_asks_for_it(tmp_path):
    file = campaigns.write(tmp_path, POST)
    channels = "  t-en: {platform: telegram, language: en, alt: append}\n"
    channels += "  t-two: {platform: telegram, language: en}\n"
    file.write_text(file.read_text(encoding="utf-8") + channels, encoding="utf-8")
    preparation = prepare(config.load(file)[0], NOW, {})
    [asked] = delivery(preparation, "t-en").message.parts
    alt = asked.images[0].alt
    assert asked.text == (
        "Content note: Loss of life\nThe water came at night. We remember those it took.\n\n"
        f"[{alt}]\n#HarbourFlood"
    )
    assert alt not in delivery(preparation, "t-two").message.parts[0].text


@pytest.mark.parametrize(
    ("channel", "shown"),
    [
        ("{platform: telegram, language: en, spoiler: true}", ("spoiler",)),
        ("{platform: threads, language: en, spoiler: true, topic: false}", ("spoiler", "no topic")),
        ("{platform: bluesky, language: en, spoiler: true}", ("spoiler",)),
        ("{platform: linkedin, language: en, hashtags: plain}", ("plain hashtags",)),
        # With pictures there is no card for a link, so its setting changes nothing of this post.
        ("{platform: telegram, language: en, preview: false}", ()),
        ("{platform: threads, language: en}", ()),
    ],
)
def test_a_setting_of_the_channel_that_readers_see_needs_another_approval(channel, shown, tmp_path):
    platform = channel.split(",")[0]
    channels = f"  plain: {platform}, language: en}}\n  set: {channel}\n"
    file = campaigns.write(tmp_path, POST)
    file.write_text(file.read_text(encoding="utf-8") + channels, encoding="utf-8")
    preparation = prepare(config.load(file)[0], NOW, {})
    plain, own = delivery(preparation, "plain").message, delivery(preparation, "set").message
    assert (plain.display, own.display) == ((), shown)
    assert (digest(replace(own, key=plain.key)) == digest(plain)) == (shown == ())


def test_a_link_without_its_card_needs_another_approval(tmp_path):
    bare = "- {id: flood, kind: text, author: a, when: D-1 10:00, text: {en: The water came.}}\n"
    file = campaigns.write(tmp_path, bare)
    channels = "  t-en: {platform: telegram, language: en, preview: false}\n"
    file.write_text(file.read_text(encoding="utf-8") + channels, encoding="utf-8")
    message = delivery(prepare(config.load(file)[0], NOW, {}), "t-en").message
    assert message.display == ("no preview",)


def test_preparing_again_gives_the_same_digests_and_the_same_cards(tmp_path):
    first, second = made(tmp_path), made(tmp_path)
    assert [one.digest for one in first.deliveries] == [one.digest for one in second.deliveries]
    assert len(list((tmp_path / "data" / "cards").glob("*.jpg"))) == 2


def test_a_card_that_was_drawn_is_never_drawn_anew_by_itself(tmp_path):
    made(tmp_path)
    drawn = sorted((tmp_path / "data" / "cards").glob("*.jpg"))
    kept = Image.new("RGB", (1080, 1350), "#203040")
    for path in drawn:
        kept.save(path, "JPEG")
    again = made(tmp_path)
    frozen = {sha256(path.read_bytes()).hexdigest() for path in drawn}
    assert {part.images[0].sha256 for one in again.deliveries for part in one.message.parts} <= frozen


@pytest.mark.parametrize(
    "change",
    [
        ("text", "We remember those it took.", "We remember them all."),
        ("card", "The night of the flood", "That night"),
        ("warning", "Loss of life", "Deaths"),
    ],
)
def test_whatever_a_reader_can_see_changes_the_digest(tmp_path, change):
    _, old, new = change
    before = delivery(made(tmp_path), "m-en")
    after = delivery(made(tmp_path, POST.replace(old, new)), "m-en")
    assert digest(before.message) != digest(after.message)


def test_another_time_on_the_same_day_leaves_the_digest(tmp_path):
    before = delivery(made(tmp_path), "m-en")
    after = delivery(made(tmp_path, POST.replace("D-1 10:00", "D-1 15:00")), "m-en")
    assert before.due != after.due
    assert (before.digest, before.day) == (after.digest, after.day)


def test_a_channels_own_variant_goes_before_the_platforms_and_the_posts(tmp_path):
    posts = POST + (
        "  variants:\n    mastodon: {text: {en: On Mastodon.}, hashtags: []}\n"
        "    m-en: {text: {en: On this account.}}\n"
    )
    preparation = made(tmp_path, posts)
    assert delivery(preparation, "m-en").message.parts[0].text == "On this account."
    assert "The water came" in delivery(preparation, "x-en").message.parts[0].text


def test_a_missing_picture_holds_its_own_post_alone(tmp_path):
    posts = POST.replace("text:", "images: [{file: gone.jpg, alt: {en: A street}}]\n  text:", 1)
    posts += campaigns.post("other", "D-2 10:00", "Another day, another memory of the flood and its people.")
    preparation = made(tmp_path, posts)
    broken, fine = delivery(preparation, "m-en"), delivery(preparation, "m-en", "other")
    assert broken.errors
    assert broken.stops
    assert not fine.errors
    assert not fine.stops
    assert any("gone.jpg" in finding.message for finding in preparation.errors)


def test_text_over_one_channels_limit_holds_that_channel_alone(tmp_path):
    words = (
        "The water came in the night and took the lower town with it before anybody could ring the bell. " * 4
    )
    preparation = made(tmp_path, campaigns.post("flood", "D-1 10:00", words.strip()))
    assert delivery(preparation, "x-en").errors
    assert not delivery(preparation, "m-en").errors
    [finding] = [one for one in preparation.errors if one.channel == "x-en"]
    assert finding.severity is Severity.ERROR


FACT = """\
- id: dead
  author: Ayla
  figure: 315
  unit: killed
  label: {en: people died}
  according_to: {en: the city archive}
  confidence: medium
  sources: [{document: Archive list, independent: yes}]
"""
CITING = (
    "- id: flood\n  kind: figures\n  when: D-1 10:00\n  facts: [dead]\n"
    "  text: {en: 'According to the city archive, 315 people were killed.'}\n"
)


def test_a_record_nobody_approved_stops_a_post_without_marking_its_card(tmp_path):
    preparation = made(tmp_path, CITING, ledger={"facts": FACT}, config={"approvals": 1})
    one = delivery(preparation, "m-en")
    assert one.stops == ("records that nobody but their author approved: dead",)
    assert not one.blocked
    assert not one.errors


def test_a_record_approved_by_somebody_else_stops_nothing(tmp_path):
    approved = FACT.replace("author: Ayla", "author: Ayla\n  approved_by: Orkhan")
    one = delivery(made(tmp_path, CITING, ledger={"facts": approved}, config={"approvals": 1}), "m-en")
    assert one.stops == ()


def test_a_post_published_at_once_is_judged_as_due_now(tmp_path):
    posts = POST.replace("text:", "link: https://example.org/later\n  text:", 1)
    planned = delivery(made(tmp_path, posts), "m-en")
    hurried = delivery(made(tmp_path, posts, at_once=frozenset({"2027/flood/m-en"})), "m-en")
    assert not planned.blocked
    assert hurried.due == NOW
    assert hurried.day == "2027-01-01"
    assert hurried.blocked


def test_a_blocked_post_is_drawn_with_its_mark_and_an_unblocked_one_without(tmp_path):
    posts = POST.replace("text:", "link: https://example.org/later\n  text:", 1)
    clear = delivery(made(tmp_path, posts), "m-en")
    near = delivery(made(tmp_path, posts, now=datetime(2027, 2, 15, tzinfo=UTC)), "m-en")
    assert clear.message.parts[0].images[0].sha256 != near.message.parts[0].images[0].sha256
    assert near.blocked


def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    file = campaigns.write(tmp_path, POST)
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    read, _ = config.load(file)
    with pytest.raises(StoreError, match="cannot be written"):
        prepare(read, NOW, {})


def test_the_service_and_a_command_may_draw_the_same_cards_at_once(tmp_path, monkeypatch):
    file = campaigns.write(tmp_path, POST)
    read, _ = config.load(file)
    meet, put = threading.Barrier(2, timeout=10), Path.replace

    def together(part, target):
        """Both have written before either puts its card in place."""
        if part.suffix == ".part":
            meet.wait()
        return put(part, target)

    monkeypatch.setattr(Path, "replace", together)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(prepare, read, NOW, {}) for _ in range(2)]
        made = [[one.digest for one in each.result(timeout=30).deliveries] for each in both]
    assert made[0] == made[1]
    assert not list((tmp_path / "data" / "cards").glob("*.part"))
