"""config.yaml is read through the same words, and needs prefixes, keys known elsewhere and lax types."""

from typing import Annotated

import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from scheduler.content import source, validation


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int = Field(1, ge=1)
    names: list[str] = []


def worded(value):
    raise ValueError(f"“{value}” is not a zone; write UTC")


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    inner: Inner = Inner()
    by_name: dict[str, Inner] = {}
    zone: Annotated[str, BeforeValidator(worded)] = "UTC"


def told(text, path="", also=()):
    document = source.load(text, "config.yaml")
    value = document.value[path] if path else document.value
    result, findings = validation.validate(
        TypeAdapter(Outer), value, document.spans, "config", path, also=also
    )
    assert (result is None) == bool(findings)
    return [(one.line, one.column, one.rule, one.message) for one in findings]


def test_a_valid_value_comes_back_as_its_type():
    document = source.load("inner: {number: 2}", "config.yaml")
    result, findings = validation.validate(TypeAdapter(Outer), document.value, document.spans, "config")
    assert (result, findings) == (Outer(inner=Inner(number=2)), [])


def test_the_validators_own_sentence_is_shown():
    assert told("zone: Mars") == [(1, 7, "config.value", "zone: “Mars” is not a zone; write UTC")]


def test_a_limit_is_told_with_its_number():
    assert told("inner: {number: 0}") == [
        (1, 17, "config.type", "inner.number: expected a number of at least 1, found the number 0")
    ]


def test_a_value_within_a_value_is_told_with_its_whole_path():
    assert told("a: 1\nouter:\n  inner: {numbr: 3}\n", "outer") == [
        (
            3,
            11,
            "config.unknown-key",
            "outer.inner.numbr: is not a key that belongs here; did you mean number?",
        )
    ]


def test_keys_known_elsewhere_are_offered_at_the_top_only():
    (top,) = told("base_ulr: x", also={"base_url"})
    (inner,) = told("inner: {base_ulr: x}", also={"base_url"})
    assert top[3].endswith("did you mean base_url?")
    assert inner[3].endswith("take it out")


def test_the_keys_of_named_values_are_known():
    assert told("by_name: {a: {nams: []}}")[0][3].endswith("did you mean names?")


def test_something_else_than_a_map_is_told():
    assert told("- 1") == [(1, 1, "config.type", "expected keys with values (key: value), found a list")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ("", "nothing"),
        (True, "true"),
        (5, "the number 5"),
        (1.5, "the number 1.5"),
        ([1], "a list"),
        ({"a": 1}, "keys with values"),
        ("no", "“no”"),
        ("x" * 41, f"“{'x' * 39}…”"),
    ],
)
def test_what_stands_there_is_named(value, words):
    assert validation.found(value) == words


def test_the_nearest_word_is_one_that_is_like_it():
    assert validation.nearest("hashtag", ["hashtags", "text"]) == "hashtags"
    assert validation.nearest("colour", ["hashtags", "text"]) is None
