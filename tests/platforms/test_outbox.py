"""The dry run: what would be published, as files."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from scheduler.model import LinkCard, Message, MessagePart, Receipt
from scheduler.platforms import limits, preview_payload
from scheduler.platforms.base import Absent, Found, Prepared, Refusal, Sent
from scheduler.platforms.outbox import Outbox
from tests.platforms.messages import CARD, FILES, KEY, PHOTO, TEXT, channel, image, message


@pytest.fixture
def outbox(tmp_path):
    return Outbox(channel("x"), tmp_path / "outbox", FILES.__getitem__)


def prepared(outbox, post, key=KEY):
    return Prepared.from_json(outbox.prepare(post, 0, key, None).to_json())


def test_a_post_is_written_with_its_payload_text_images_and_alt_texts(outbox, tmp_path):
    post = message(TEXT, (image(CARD, "613 people"), image(PHOTO, "Bakı")))
    sent = outbox.send(prepared(outbox, post))
    assert sent == Sent(Receipt(f"outbox:{KEY}", f"outbox:{KEY}"))
    folder = tmp_path / "outbox" / "2027" / "figures" / "news-en"
    assert sorted(path.name for path in folder.iterdir()) == [
        "1.alt.txt",
        "1.jpg",
        "2.alt.txt",
        "2.png",
        "payload.json",
        "text-1.txt",
    ]
    assert (folder / "text-1.txt").read_text(encoding="utf-8") == TEXT + "\n"
    assert ((folder / "1.jpg").read_bytes(), (folder / "2.png").read_bytes()) == (CARD, PHOTO)
    assert (folder / "2.alt.txt").read_text(encoding="utf-8") == "Bakı\n"
    written = (folder / "payload.json").read_text(encoding="utf-8")
    assert "Xocalı" in written  # readable, not \\u0131
    fields = json.loads(written)
    assert fields["payload"] == preview_payload(channel("x"), post)
    assert [(each["file"], each["alt"]) for each in fields["images"]] == [
        ("1.jpg", "613 people"),
        ("2.png", "Bakı"),
    ]


def test_a_link_cards_picture_is_written_too(tmp_path):
    outbox = Outbox(channel("bluesky"), tmp_path / "outbox", FILES.__getitem__)
    post = message(link="https://example.org/a", link_card=LinkCard("The ledger", "", image(CARD, "")))
    assert isinstance(outbox.send(prepared(outbox, post)), Sent)
    folder = tmp_path / "outbox" / "2027" / "figures" / "news-en"
    assert (folder / "1.jpg").read_bytes() == CARD
    payload = json.loads((folder / "payload.json").read_text(encoding="utf-8"))["payload"]
    assert payload["embed"]["external"]["title"] == "The ledger"


def test_it_has_the_limits_of_the_platform_it_stands_for(tmp_path):
    for platform in ("x", "mastodon"):
        assert Outbox(channel(platform), tmp_path, FILES.__getitem__).limits is limits(channel(platform))


def test_a_further_part_has_a_folder_of_its_own(outbox, tmp_path):
    post = Message(KEY, "en", (MessagePart("One."), MessagePart("Two.")))
    first = outbox.send(outbox.prepare(post, 0, KEY, None))
    second = outbox.send(outbox.prepare(post, 1, f"{KEY}#2", first.receipt))
    assert second.receipt.remote_id == f"outbox:{KEY}#2"
    folder = tmp_path / "outbox" / "2027" / "figures" / "news-en#2"
    assert (folder / "text-2.txt").read_text(encoding="utf-8") == "Two.\n"
    assert json.loads((folder / "payload.json").read_text(encoding="utf-8"))["reply_to"] == f"outbox:{KEY}"


def test_writing_again_replaces_all_of_the_older_files(outbox, tmp_path):
    outbox.send(prepared(outbox, message(TEXT, (image(CARD, "a"), image(PHOTO, "b")))))
    outbox.send(prepared(outbox, message("Shorter.", (image(PHOTO, "b"),))))
    folder = tmp_path / "outbox" / "2027" / "figures" / "news-en"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["1.alt.txt", "1.png", "payload.json", "text-1.txt"]
    assert [path.name for path in folder.parent.iterdir()] == ["news-en"]  # nothing temporary stays


def test_what_was_written_is_found_and_nothing_else(outbox):
    ready = prepared(outbox, message(TEXT))
    assert outbox.find(ready, frozenset()) == Absent()
    outbox.send(ready)
    assert outbox.find(ready, frozenset()) == Found(Receipt(f"outbox:{KEY}", f"outbox:{KEY}"))
    assert outbox.find(prepared(outbox, message("Other words.")), frozenset()) == Absent()


def test_deleting_removes_the_folder_and_gone_is_fine(outbox, tmp_path):
    sent = outbox.send(prepared(outbox, message(TEXT)))
    assert outbox.delete(sent.receipt) is None
    assert outbox.delete(sent.receipt) is None
    assert list((tmp_path / "outbox" / "2027" / "figures").iterdir()) == []


def test_a_missing_image_is_refused_before_anything_is_written(tmp_path):
    empty = Outbox(channel("x"), tmp_path / "outbox", {}.__getitem__)
    answer = empty.prepare(message(TEXT, (image(CARD, "a"),)), 0, KEY, None)
    assert (answer.kind, "image 1 of 1" in answer.message) == (Refusal.MEDIA, True)
    assert not (tmp_path / "outbox").exists()


def test_a_folder_that_cannot_be_written_is_said_in_words(outbox, tmp_path):
    (tmp_path / "outbox").write_text("a file stands in the way")
    answer = outbox.send(prepared(outbox, message(TEXT)))
    assert answer.kind is Refusal.TRANSIENT
    assert answer.message.startswith("the outbox folder cannot be written (")
    assert str(tmp_path) not in answer.message


@pytest.mark.parametrize("key", ["../../etc", "2027/../../x", "/etc/passwd", "2027//x", "a\\b", ".hidden/a"])
def test_a_key_that_would_leave_the_folder_is_a_bug(outbox, key):
    with pytest.raises(ValueError, match="not a delivery's key"):
        outbox.send(prepared(outbox, message(TEXT), key))


def test_no_secret_is_needed_or_kept(outbox, tmp_path, monkeypatch):
    monkeypatch.setenv("NEWS_EN_ACCESS_TOKEN", "canary-outbox-11")
    outbox.send(prepared(outbox, message(TEXT)))
    files = [
        path.read_text(encoding="utf-8") for path in (tmp_path / "outbox").rglob("*.*") if path.is_file()
    ]
    assert files
    assert not [text for text in files if "canary" in text]
    assert outbox.account().id == "outbox:news-en"


def test_a_dry_run_may_be_made_again_and_again(tmp_path):
    outbox = Outbox(channel("mastodon"), tmp_path, FILES.__getitem__)
    receipt = outbox.send(outbox.prepare(message(), 0, KEY, None)).receipt
    assert outbox.already_out([message()], datetime(2026, 8, 27, tzinfo=UTC)) == {}
    assert outbox.read_back(message(), 0, receipt) == ()


def test_a_gif_keeps_its_ending(tmp_path):
    moving = dataclasses.replace(image(CARD, "alt"), media_type="image/gif")
    outbox = Outbox(channel("mastodon"), tmp_path, FILES.__getitem__)
    outbox.send(outbox.prepare(message(TEXT, (moving,)), 0, KEY, None))
    assert (tmp_path / KEY / "1.gif").read_bytes() == CARD
    assert "image/gif" in outbox.limits.image_types
