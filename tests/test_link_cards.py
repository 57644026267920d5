"""A link card from the post's file to the approver's eyes: fitted, checked like text, signed, shown."""

from datetime import UTC, datetime
from hashlib import sha256
from random import Random

import pytest
from PIL import Image

from scheduler import config
from scheduler.approvals.changes import changes
from scheduler.model import digest
from scheduler.platforms import preview_payload
from scheduler.prepare import prepare
from scheduler.preview.standing import Standing
from scheduler.preview.writing import write as write_preview
from tests import campaigns

NOW = datetime(2027, 1, 1, tzinfo=UTC)
POST = """\
- id: flood
  kind: announcement
  when: D-1 10:00
  text: {en: "The water came at night. We remember those it took."}
  link: https://harbour-flood.org/ledger
"""
CARD = """\
  link_card:
    title: {en: "The ledger of the flood"}
    description: {en: "What is known, and from whom, after {years} years."}
    image: pier.jpg
    words: {}
"""
MEDIA = "- {id: pier, file: pier.jpg, creator: The town, rights: free}\n"


def made(folder, posts=POST + CARD, media=MEDIA, picture=(1600, 900)):
    file = campaigns.write(folder, posts)
    text = file.read_text(encoding="utf-8").replace("platform: x", "platform: bluesky")
    file.write_text(text, encoding="utf-8")
    (folder / "posts" / "ledger").mkdir(exist_ok=True)
    (folder / "posts" / "ledger" / "media.yaml").write_text(media, encoding="utf-8")
    (folder / "assets" / "images").mkdir(parents=True, exist_ok=True)
    # Noise does not compress: megabytes at this size, and Bluesky's pictures have 1,000,000 bytes.
    noise = Random(1).randbytes(picture[0] * picture[1])
    Image.frombytes("L", picture, noise).convert("RGB").save(folder / "assets/images/pier.jpg", quality=95)
    read, findings = config.load(file)
    assert read is not None, findings
    return prepare(read, NOW, {})


def delivery(preparation, channel="x-en"):
    [found] = [one for one in preparation.deliveries if one.channel == channel]
    return found


def rules(preparation, start="messages."):
    return {one.rule: one for one in preparation.findings if one.rule.startswith(start)}


def test_a_link_card_is_final_words_and_final_bytes(tmp_path):
    preparation = made(tmp_path)
    card = delivery(preparation).message.link_card
    # The campaign's day is of 1962: in 2027 it is 65 years.
    assert card.title == "The ledger of the flood"
    assert card.description == "What is known, and from whom, after 65 years."
    content = preparation.files[card.image.sha256]
    assert sha256(content).hexdigest() == card.image.sha256
    assert len(content) <= 1_000_000


def test_only_channels_that_show_our_card_have_it(tmp_path):
    preparation = made(tmp_path)
    assert delivery(preparation, "m-en").message.link_card is None


def test_a_post_with_pictures_shows_them_and_says_that_its_card_is_not_shown(tmp_path):
    pictured = POST + CARD + "  images: [{file: pier.jpg, words: {}, alt: {en: A pier}}]\n"
    preparation = made(tmp_path, pictured)
    assert delivery(preparation).message.link_card is None
    assert "messages.link-card-unused" in rules(preparation)


def test_a_bare_link_is_hinted_at_only_where_no_card_is_made_of_it(tmp_path):
    found = rules(made(tmp_path, POST))
    assert found["messages.no-link-card"].channel == "x-en"  # Bluesky here; Mastodon makes its own
    assert "messages.no-link-card" not in rules(made(tmp_path / "carded"))


@pytest.mark.parametrize(
    ("changed", "rule", "line"),
    [
        (lambda text: text.replace("  link: https://harbour-flood.org/ledger\n", ""), "without-link", 6),
        (lambda text: text.replace("The ledger of the flood", "x" * 301), "too-long", 7),
        (lambda text: text.replace("What is known", "x" * 1000), "too-long", 8),
    ],
)
def test_what_a_link_card_lacks_is_said_at_its_line(tmp_path, changed, rule, line):
    found = rules(made(tmp_path, changed(POST + CARD)))
    assert found[f"messages.link-card-{rule}"].line == line


def test_a_cards_picture_needs_its_record_and_an_answer_about_words(tmp_path):
    found = rules(made(tmp_path, POST + CARD.replace("    words: {}\n", ""), media="[]\n"), "images.")
    assert set(found) == {"images.no-record", "images.words-unanswered"}
    missing = rules(made(tmp_path / "b", POST + CARD.replace("pier.jpg", "peer.jpg")), "images.")
    assert "images.missing" in missing


def test_an_unknown_key_in_a_link_card_is_named_with_the_nearest(tmp_path):
    file = campaigns.write(tmp_path, POST + CARD.replace("title:", "titel:"))
    read, _ = config.load(file)
    found = [one for one in prepare(read, NOW, {}).findings if one.rule == "post.unknown-key"]
    assert [("title" in one.message, one.line) for one in found] == [(True, 7)]


def test_a_variant_may_have_another_card(tmp_path):
    other = "  variants: {bluesky: {link_card: {title: {en: Another}, words: {}}}}\n"
    assert delivery(made(tmp_path, POST + CARD + other)).message.link_card.title == "Another"


def test_another_title_needs_another_approval_there_and_nowhere_else(tmp_path):
    before = made(tmp_path)
    after = made(tmp_path / "b", (POST + CARD).replace("The ledger of", "The book of"))
    assert digest(delivery(before).message) != digest(delivery(after).message)
    assert digest(delivery(before, "m-en").message) == digest(delivery(after, "m-en").message)
    [change] = changes(
        delivery(before).message,
        delivery(made(tmp_path / "c", (POST + CARD).replace("ledger of", "book of"))).message,
    )
    assert (change.what, change.edits) == ("link card's title", (("ledger", "book"),))


def test_who_approves_sees_the_card_in_the_preview(tmp_path):
    preparation = made(tmp_path)
    standing = {one.key: Standing("scheduled") for one in preparation.deliveries}
    page = write_preview(preparation, tmp_path / "page", now=NOW, standing=standing)
    html = page.read_text(encoding="utf-8")
    assert "The ledger of the flood" in html
    assert "after 65 years" in html
    image = delivery(preparation).message.link_card.image
    assert (tmp_path / "page" / "images" / f"{image.sha256}.jpg").exists()
    assert f"images/{image.sha256}.jpg" in html


def test_the_payload_that_preview_shows_names_the_cards_picture(tmp_path):
    preparation = made(tmp_path)
    own = delivery(preparation).message
    payload = preview_payload(preparation.config.channels["x-en"], own)
    assert payload["embed"]["external"]["thumb"] == own.link_card.image.sha256


@pytest.mark.parametrize("level", ["mild", "graphic"])
def test_what_the_record_says_of_a_picture_goes_with_it(tmp_path, level):
    marked = MEDIA.replace("rights: free", f"rights: free, graphic: {level}, use: {{only: the archive page}}")
    pictured = POST + "  images: [{file: pier.jpg, words: {}, alt: {en: A pier}}]\n"
    preparation = made(tmp_path, pictured, marked)
    for one in preparation.deliveries:
        assert [image.graphic for image in one.message.images] == [level]
    labelled = preview_payload(preparation.config.channels["x-en"], delivery(preparation).message)
    assert labelled["labels"]["values"] == [{"val": "graphic-media"}]
    assert preview_payload(preparation.config.channels["m-en"], delivery(preparation, "m-en").message)[
        "sensitive"
    ]


def test_a_card_drawn_on_a_marked_picture_is_marked_too(tmp_path):
    marked = MEDIA.replace("rights: free", "rights: free, graphic: mild")
    drawn = POST + "  card: {template: plain, title: {en: The night}, background: pier.jpg}\n"
    preparation = made(tmp_path, drawn, marked)
    assert [image.graphic for image in delivery(preparation).message.images] == ["mild"]


def test_a_marked_picture_is_warned_of_where_no_label_exists(tmp_path):
    marked = MEDIA.replace("rights: free", "rights: free, graphic: mild")
    pictured = POST + "  images: [{file: pier.jpg, words: {}, alt: {en: A pier}}]\n"
    file = campaigns.write(tmp_path, pictured)
    text = file.read_text(encoding="utf-8").replace("platform: x", "platform: linkedin")
    file.write_text(text, encoding="utf-8")
    made_here = made_from(file, tmp_path, marked)
    found = rules(made_here)["messages.graphic-uncovered"]
    assert (found.channel, found.line) == ("x-en", 6)


def made_from(file, folder, media):
    (folder / "posts" / "ledger").mkdir(exist_ok=True)
    (folder / "posts" / "ledger" / "media.yaml").write_text(media, encoding="utf-8")
    (folder / "assets" / "images").mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (800, 600), "navy").save(folder / "assets" / "images" / "pier.jpg")
    read, findings = config.load(file)
    assert read is not None, findings
    return prepare(read, NOW, {})


@pytest.mark.parametrize(("platform", "count"), [("linkedin", 0), ("facebook", 1), ("bluesky", 2)])
def test_a_correction_is_shown_with_the_pictures_that_a_comment_can_have(tmp_path, platform, count):
    two = "  images: [{file: pier.jpg, words: {}, alt: {en: A}}, {file: pier.jpg, words: {}, alt: {en: B}}]\n"
    correction = POST.replace("id: flood\n  kind: announcement", "id: mended\n  kind: correction")
    posts = POST + correction + "  corrects: 2027/flood/x-en\n" + two
    file = made(tmp_path, posts).config.root / "config.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("platform: bluesky", f"platform: {platform}"))
    read, _ = config.load(file)
    [one] = [
        one for one in prepare(read, NOW, {}).deliveries if (one.post, one.channel) == ("mended", "x-en")
    ]
    assert [image.alt for image in one.message.images] == ["A", "B"][:count]


@pytest.mark.parametrize(("platform", "told"), [("x", True), ("bluesky", False)])
def test_readers_are_told_what_a_program_made_where_the_platform_has_a_field_for_it(tmp_path, platform, told):
    pictured = POST + "  images: [{file: pier.jpg, words: {}, alt: {en: A pier}}]\n"
    preparation = made(tmp_path, pictured, MEDIA.replace("rights: free", "rights: free, ai: yes"))
    file = preparation.config.root / "config.yaml"
    text = file.read_text(encoding="utf-8").replace("platform: bluesky", f"platform: {platform}")
    file.write_text(text, encoding="utf-8")
    read, _ = config.load(file)
    again = prepare(read, NOW, {})
    assert [image.ai for image in delivery(again).message.images] == [told]
    # What was signed where nothing is told stands as it was.
    assert [image.ai for image in delivery(again, "m-en").message.images] == [False]
