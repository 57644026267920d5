"""One delivery on the page, as its channel shows it."""

import pytest

from scheduler.model import Ledger, Media, Picture
from scheduler.prepare import Files
from scheduler.preview import Standing
from tests.preview.made import (
    TEXT,
    baku,
    delivery,
    made_page,
    picture,
    post,
    preparation,
    shown,
    the_delivery,
)


def test_the_text_is_shown_as_it_was_fitted_with_its_language():
    text = the_delivery(preparation()).one("p.text")
    assert text.raw == TEXT
    assert text.attributes["lang"] == "en"


def test_links_can_be_followed_and_hashtags_are_marked():
    text = the_delivery(preparation()).one("p.text")
    assert text.one("a.link").attributes["href"] == "https://example.org/ledger"
    assert text.one("span.hashtag").text == "#We_remember"


def test_a_figure_in_the_text_leads_to_its_record():
    root = made_page(preparation())
    link = root.one("a.cited")
    assert link.text == "613"
    assert "613 people killed" in root.by_id(link.attributes["href"].removeprefix("#")).text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("scheduled", "Scheduled"),
        ("held", "Held"),
        ("blocked", "Blocked: not cleared"),
        ("not-live", "Not live: rehearsal only"),
        ("published", "Published"),
        ("unknown", "Unknown: a person must look"),
    ],
)
def test_a_state_is_told_in_words_with_its_reasons(state, words):
    made = preparation()
    stands = {made.deliveries[0].key: Standing(state, ("two people must say yes",))}
    box = the_delivery(made, standing=stands)
    assert box.one("p.state").text == words
    assert box.one("div.reasons").one("li").text == "two people must say yes"


def test_a_delivery_without_a_standing_is_scheduled():
    box = the_delivery(preparation())
    assert box.one("p.state").text == "Scheduled"
    assert box.all("div.reasons") == []


def test_a_delivery_that_its_post_stops_is_blocked_even_without_a_standing():
    box = the_delivery(preparation([delivery(stops=("the person has no basis",))]))
    assert box.one("p.state").text == "Blocked: not cleared"
    assert box.one("div.reasons").one("li").text == "the person has no basis"


def test_a_published_post_is_linked():
    made = preparation()
    stands = {made.deliveries[0].key: Standing("published", (), "https://x.example/1")}
    link = the_delivery(made, standing=stands).one("p.out").one("a")
    assert link.attributes["href"] == "https://x.example/1"


def test_a_published_post_whose_address_is_no_web_address_is_not_linked():
    made = preparation()
    stands = {made.deliveries[0].key: Standing("published", (), "javascript:alert(1)")}
    assert the_delivery(made, standing=stands).all("p.out") == []


def test_the_length_stands_against_the_limit_with_what_was_left_out_and_the_price():
    key = "2027/figures/x-en"
    made = preparation(shows={key: shown(212, 280, ("KhojalyGenocide", "26february"), "0.205")})
    box = the_delivery(made)
    assert box.one("p.length").text == "212 of 280 characters"
    assert box.one("p.dropped").text == "Left out to fit: #KhojalyGenocide, #26february"
    assert box.one("p.price").text == "Price of publishing: US$0.205"


def test_a_text_that_is_too_long_says_by_how_much():
    box = the_delivery(preparation(shows={"2027/figures/x-en": shown(283, 280)}))
    assert box.one("p.length").text == "283 of 280 characters: 3 too many"
    assert "over" in box.one("p.length").classes


def test_a_free_channel_shows_no_price():
    assert the_delivery(preparation()).all("p.price") == []


def test_a_warning_is_a_box_of_its_own_where_the_platform_has_a_field():
    one = delivery(channel="mastodon-en", warning="Killing of civilians")
    box = the_delivery(preparation([one])).one("details.warned")
    assert box.one("summary").text == "Content warning Killing of civilians"
    assert box.one("p.text").raw == TEXT  # what is behind it


def test_a_warning_is_the_first_line_where_the_platform_has_no_field():
    text = f"Content note: Killing of civilians\n{TEXT}"
    box = the_delivery(preparation([delivery(texts=(text,), warning="Killing of civilians")]))
    assert box.one("span.warning-line").text == "Content note: Killing of civilians"
    assert box.all("details.warned") == []


def test_each_part_of_a_thread_is_counted_by_itself():
    made = preparation(
        [delivery(texts=(TEXT, "We remember.", "Again."))], shows={"2027/figures/x-en": shown(99)}
    )
    parts = the_delivery(made).all("div.part")
    assert [part.one("p.number-of").text for part in parts] == ["Part 1 of 3", "Part 2 of 3", "Part 3 of 3"]
    # X counts plain English letters as one: len("We remember.") == 12, len("Again.") == 6
    assert [part.one("p.length").text for part in parts] == [
        "99 of 280 characters",
        "12 of 280 characters",
        "6 of 280 characters",
    ]


def test_who_may_reply_and_what_is_corrected_are_told():
    one = delivery(replies="nobody", corrects="2027/old/x-en")
    notes = [note.text for note in the_delivery(preparation([one])).all("p.note")]
    assert notes == [
        "A correction: it replies under 2027/old/x-en.",
        "Who may reply: who is mentioned, so nobody where nobody is.",
    ]


def test_what_a_setting_of_the_channel_changes_is_told():
    one = delivery(warning="Killing of civilians", display=("spoiler",))
    notes = [note.text for note in the_delivery(preparation([one])).all("p.note")]
    assert notes == ["Its pictures are covered until somebody touches them, because it has a warning."]


def test_who_may_reply_is_not_promised_where_the_platform_cannot_keep_anybody_from_it():
    on_mastodon = delivery(channel="mastodon-az", replies="nobody")
    assert the_delivery(preparation([on_mastodon])).all("p.note") == []


def test_a_time_with_seconds_shows_them():
    due = baku(2, 22, 10).replace(second=30)
    assert made_page(preparation([delivery(due=due)])).one("ul.moments").all("time")[0].text == "06:00:30"


def with_picture(files, **more):
    image = picture(files, **more)
    return preparation([delivery(images=(image,))], files=files), {image.sha256: f"images/{image.sha256}.jpg"}


def test_a_card_is_shown_at_its_own_shape_with_its_alt_text_visible():
    made, addresses = with_picture(Files(), width=1080, height=1350)
    figure = the_delivery(made, addresses=addresses).one("figure")
    image = figure.one("img").attributes
    assert (image["width"], image["height"], image["alt"]) == (
        "1080",
        "1350",
        "A dark card with the number 613.",
    )
    assert image["loading"] == "lazy"
    assert figure.one("figcaption").text == "Alt text: A dark card with the number 613."


def test_a_picture_without_alt_text_says_so():
    made, addresses = with_picture(Files(), alt="")
    assert the_delivery(made, addresses=addresses).one("figcaption").text == "No alt text."


def test_a_picture_that_is_not_there_says_so():
    made, _ = with_picture(Files())
    figure = the_delivery(made).one("figure")
    assert "not there" in figure.text
    assert figure.all("img") == []


@pytest.mark.parametrize("file", ["street.jpg", "assets/images/street.jpg"])
@pytest.mark.parametrize(("graphic", "covered"), [("graphic", 1), ("mild", 1), ("none", 0)])
def test_pictures_marked_graphic_are_covered_until_asked_for(graphic, covered, file):
    files = Files()
    image = picture(files)
    ledger = Ledger(media={"street": Media(id="street", file=file, graphic=graphic)})
    made = preparation(
        [delivery(images=(image,))],
        [post(facts=(), images=(Picture("street.jpg"),))],
        files=files,
        ledger=ledger,
    )
    box = the_delivery(made, addresses={image.sha256: "images/a.jpg"})
    assert len(box.all("div.covered")) == covered
    assert len(box.all("img")) == 1


def test_each_picture_can_be_seen_as_wide_as_a_telephone_beside_its_full_size():
    made, addresses = with_picture(Files(), width=1080, height=1350)
    sizes = the_delivery(made, addresses=addresses).one("figure").one("button.sizes")
    assert "hidden" in sizes.attributes  # only the page's script can open it
    assert sizes.text == "On a telephone, beside full size"
