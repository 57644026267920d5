from dataclasses import replace

import pytest

from scheduler.checks import Example
from scheduler.model import Card, LinkText, Picture, Span, Variant
from tests.checks.world import checked, ledger, rules_of

GOOD = Picture("memorial.jpg", alt={"en": "A wall with names"})


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "assets" / "images"
    folder.mkdir(parents=True)
    for name in ("memorial", "ownerless", "mild", "graphic", "made-up", "unknown"):
        (folder / f"{name}.jpg").write_bytes(b"")
    (tmp_path / "secret.jpg").write_bytes(b"")
    return tmp_path


def found(root, picture, **more):
    spans = {"images.0.words": Span("posts/a.yaml", 1, 1)}
    post = Example("Words.", fields={"images": (picture,), "spans": spans, **more}).post()
    return {one for one in rules_of(checked(post, root=root)) if one.startswith("images.")}


def test_an_image_with_record_alt_and_answer_is_fine(root):
    assert found(root, GOOD) == set()


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        ("nowhere.jpg", "images.missing"),
        ("../../secret.jpg", "images.missing"),
        ("/etc/hostname", "images.missing"),
        ("unknown.jpg", "images.no-record"),
        ("ownerless.jpg", "images.rights"),
        ("graphic.jpg", "images.graphic"),
        ("mild.jpg", "images.mild"),
        ("made-up.jpg", "images.ai-people"),
    ],
)
def test_each_thing_wrong_with_a_file_has_its_rule(root, file, rule):
    assert found(root, replace(GOOD, file=file)) == {rule}


def test_a_graphic_image_that_the_ledger_allows_for_one_use_waits_for_two_people(root):
    records = ledger()
    media = {
        name: replace(one, use={"only": "the exhibition"}) if one.file == "graphic.jpg" else one
        for name, one in records.media.items()
    }
    spans = {"images.0.words": Span("posts/a.yaml", 1, 1)}
    picture = replace(GOOD, file="graphic.jpg")
    post = Example("Words.", fields={"images": (picture,), "spans": spans}).post()
    given = checked(post, root=root, records=replace(records, media=media))
    assert {one.rule for one in given if one.rule.startswith("images.")} == {"images.mild"}


def test_an_invented_crowd_has_no_names_so_two_people_look_at_every_machine_made_picture(root):
    records = ledger()
    media = {
        name: replace(one, people_shown=()) if one.file == "made-up.jpg" else one
        for name, one in records.media.items()
    }
    spans = {"images.0.words": Span("posts/a.yaml", 1, 1)}
    fields = {"images": (replace(GOOD, file="made-up.jpg"),), "spans": spans}
    post = Example("Words.", fields=fields).post()
    given = checked(post, root=root, records=replace(records, media=media))
    assert {one.rule for one in given if one.rule.startswith("images.")} == {"images.ai"}


@pytest.mark.parametrize(
    ("answer", "rule"),
    [(None, "images.identifiable-unanswered"), (("children",), "images.identifiable"), ((), None)],
)
def test_nobody_who_must_be_spared_is_shown_so_that_they_can_be_known_again(root, answer, rule):
    records = ledger()
    media = {**records.media, "memorial": replace(records.media["memorial"], identifiable=answer)}
    post = Example("Words.", fields={"card": Card("plain", background="memorial.jpg")}).post()
    found = rules_of(checked(post, root=root, records=replace(records, media=media)))
    assert {one for one in found if one.startswith("images.")} == ({rule} if rule else set())


def test_another_picture_under_the_same_name_asks_again(root):
    def asked():
        spans = {"images.0.words": Span("posts/a.yaml", 1, 1)}
        fields = {"images": (replace(GOOD, file="mild.jpg"),), "spans": spans}
        given = checked(Example("Words.", fields=fields).post(), root=root)
        return [one.cause for one in given if one.rule == "images.mild"]

    before = asked()
    (root / "assets" / "images" / "mild.jpg").write_bytes(b"another")
    assert (len(before), asked() == before) == (1, False)


def test_a_picture_in_another_folder_is_not_cleared_by_its_namesakes_record(root):
    (root / "assets" / "images" / "new").mkdir()
    (root / "assets" / "images" / "new" / "memorial.jpg").write_bytes(b"")
    assert found(root, replace(GOOD, file="new/memorial.jpg")) == {"images.no-record"}


def test_a_cards_background_is_an_image_too(root):
    post = Example("Words.", fields={"card": Card("plain", background="nowhere.jpg")}).post()
    assert "images.missing" in rules_of(checked(post, root=root))


def test_alt_text_is_asked_for_in_every_language_of_the_post(root):
    assert found(root, replace(GOOD, alt={}), text={"en": "Words."}) == {"images.alt-missing"}
    assert found(root, GOOD, text={"en": "Words.", "az": "Sözlər."}) == {"images.alt-missing"}


def test_nobody_has_said_whether_words_stand_in_the_picture(root):
    assert found(root, GOOD, spans={}) == {"images.words-unanswered"}


def test_words_in_a_picture_are_to_be_compared(root):
    assert found(root, replace(GOOD, words={"en": "In memory"})) == {"images.words"}


SHOWN = {
    "picture": {"images": (GOOD,)},
    "background": {"card": Card("plain", background="memorial.jpg")},
    "variant": {"variants": {"x": Variant(images=(GOOD,))}},
    "under a link": {"link_card": LinkText(image="memorial.jpg")},
}


@pytest.mark.parametrize("fields", SHOWN.values(), ids=SHOWN)
@pytest.mark.parametrize(
    ("person", "rule"), [("withdrawn", "people.withdrawn"), ("unasked", "people.consent")]
)
def test_a_person_in_a_picture_is_asked_for_consent_though_no_post_names_them(root, fields, person, rule):
    records = ledger()
    media = {**records.media, "memorial": replace(records.media["memorial"], people_shown=(person,))}
    post = Example("Words.", fields=fields).post()
    assert rule not in rules_of(checked(post, root=root, records=records))
    assert rule in rules_of(checked(post, root=root, records=replace(records, media=media)))
