"""Pictures that a program made, by their record: readers are told so where a platform has a field for it."""

from dataclasses import replace

import pytest

from scheduler import platforms
from scheduler.model import Message, digest
from tests.platforms.messages import CARD, TEXT, image, message
from tests.platforms.stages import running
from tests.platforms.test_graphic_labels import out

TELLING = ["instagram", "x"]


def picture(ai):
    return replace(image(CARD, "alt"), ai=ai)


def told_by_x(server):
    return server.published[0].made_with_ai is True


def told_by_instagram(server):
    [made] = [one for one in server.containers.values() if "caption" in one.fields]
    return made.fields.get("is_ai_generated") == "true"


TOLD = {"x": told_by_x, "instagram": told_by_instagram}


@pytest.fixture
def on(name, tmp_path):
    with running(name, tmp_path) as stage:
        yield stage


def test_the_platforms_that_tell_say_so():
    assert sorted(name for name, kind in platforms.kinds().items() if kind.limits.labels_ai) == TELLING


@pytest.mark.parametrize("ai", [False, True])
@pytest.mark.parametrize("name", TELLING)
def test_readers_are_told_of_a_picture_that_a_program_made_and_of_no_other(on, name, ai):
    out(on, message(TEXT, (picture(ai),)))
    assert TOLD[name](on.server) is ai


@pytest.mark.parametrize("name", TELLING)
def test_one_of_several_pictures_is_enough(on, name):
    out(on, message(TEXT, (picture(False), picture(True))))
    assert TOLD[name](on.server)


def test_it_is_signed_and_what_was_signed_before_there_was_such_a_thing_stands():
    plain, told = (message(TEXT, (picture(ai),)) for ai in (False, True))
    assert digest(plain) != digest(told)
    assert "ai" not in plain.to_json()["parts"][0]["images"][0]
    assert Message.from_json(told.to_json()) == told
