import re

import pytest

from scheduler.content import posts, schema, times
from scheduler.model import RECORDS


def properties(of, name=None):
    place = of["$defs"][name] if name else of["items"]
    return place["properties"]


def test_the_schema_of_posts_has_every_key_and_refuses_others():
    made = schema.post()
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(properties(made)) == set(posts.PostPart.model_fields)
    assert made["items"]["additionalProperties"] is False
    assert set(made["items"]["required"]) == {"id", "kind", "text"}


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_the_schema_of_every_ledger_file_describes_every_field(kind):
    made = schema.ledger(kind)
    assert made["type"] == "array"
    assert [name for name, field in properties(made).items() if not field.get("description")] == []


def test_every_key_of_a_post_is_described():
    made = schema.post()
    for place in (None, "CardPart", "PicturePart", "ThreadPartPart", "VariantPart"):
        assert [name for name, field in properties(made, place).items() if not field.get("description")] == []


def test_text_may_be_one_text_or_texts_by_language():
    one, by_language = properties(schema.post())["text"]["anyOf"]
    assert one["type"] == "string"
    assert by_language["additionalProperties"]["type"] == "string"


def test_editors_take_yes_and_no_as_the_program_does():
    assert properties(schema.post())["draft"]["enum"] == [True, False, "yes", "no"]
    assert {"enum": [True, False, "yes", "no"]} in properties(schema.ledger("facts"))["use"]["anyOf"]


def test_a_year_alone_is_a_date_for_editors_too():
    assert {"type": "integer"} in properties(schema.ledger("facts"))["as_of"]["anyOf"]


@pytest.mark.parametrize("example", ["D-1 10:00", "D 17:00:30 local", "2027-02-14 18:00", "next slot"])
def test_the_pattern_of_when_takes_what_is_read(example):
    assert re.search(times.WHEN_PATTERN, example)
    assert times.when(example)


@pytest.mark.parametrize("example", ["18:00", "D-1", "tomorrow", "D-1 25:00"])
def test_the_pattern_of_when_refuses_what_is_not(example):
    assert not re.search(times.WHEN_PATTERN, example)
