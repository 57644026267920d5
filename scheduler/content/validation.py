"""From pydantic's verdict on a YAML value to findings in our own words, each at its line and column."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from scheduler.content.times import duration
from scheduler.model import Finding, Severity, Span, at

__all__ = ["duration", "found", "nearest", "validate"]

T = TypeVar("T")
Path = tuple[str | int, ...]

_YES_NO = {"yes": True, "Yes": True, "YES": True, "no": False, "No": False, "NO": False}

# What a person would have written instead; a near spelling is looked for where this has nothing.
_MEANT = {
    "time": "when", "date": "when", "at": "when", "due": "when", "tags": "hashtags", "photo": "images",
    "photos": "images", "picture": "images", "pictures": "images", "language": "text", "body": "text",
    "name": "id", "type": "kind", "url": "link", "status": "draft", "account": "channels", "name_of": "names",
}  # fmt: skip

# Error type of pydantic to what was expected; {…} are its own numbers and names.
_EXPECTED: dict[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "yes or no",
    "bool_parsing": "yes or no",
    "date_type": "a date such as 2027-02-26",
    "date_parsing": "a date such as 2027-02-26",
    "date_from_datetime_parsing": "a date such as 2027-02-26",
    "date_from_datetime_inexact": "a date such as 2027-02-26",
    "list_type": "a list such as [one, two]",
    "tuple_type": "a list such as [one, two]",
    "dict_type": "keys with values (key: value)",
    "mapping_type": "keys with values (key: value)",
    "model_type": "keys with values (key: value)",
    "dataclass_type": "keys with values (key: value)",
    "model_attributes_type": "keys with values (key: value)",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "too_short": "at least {min_length} of these",
    "too_long": "at most {max_length} of these",
    "string_too_short": "text",
    "string_too_long": "a text of at most {max_length} characters",
}
_UNKNOWN_KEY = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_MISSING = frozenset({"missing", "missing_argument"})


@dataclass(frozen=True)
class _Problem:
    """One thing wrong in the value. `path` leads to what stands there; `label` is what a person reads."""

    path: Path
    label: str
    rule: str
    message: str
    on_key: bool = False


def validate(
    adapter: TypeAdapter[T],
    value: Any,
    spans: Mapping[str, Span],
    family: str,
    path: str = "",
    *,
    also: Collection[str] = (),
    strict: bool = False,
    context: Mapping[str, Any] | None = None,
    partial: Mapping[str, Any] | None = None,
    **more: Any,
) -> tuple[T | None, list[Finding]]:
    """The value as the adapter's type, and what is wrong with it as findings `family.*`, all at once.

    `path` is where the value stands among `spans`; `also` are keys known elsewhere, for the nearest-key hint.
    `strict` takes the types as written, and yes and no for a truth; `context` reaches the validators. Without
    `partial` any finding gives None; with it what is wrong is left out, what then lacks comes from it, and
    None means that nothing could be saved. `more` goes into each finding (post=…).
    """
    findings: list[Finding] = []
    while True:
        try:
            return _call(adapter, value, strict, context), findings
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=True)
        if strict and (said := _as_meant(value, errors)) is not value:
            value = said
            continue
        problems = list(_problems(adapter, value, errors, also))
        # Rounds after the first only clear away what the first one's gaps leave behind.
        findings = findings or [_finding(problem, spans, family, path, more) for problem in problems]
        if partial is None or (value := _without(value, problems, partial)) is None:
            return None, findings


def _call(adapter: TypeAdapter[T], value: Any, strict: bool, context: Mapping[str, Any] | None) -> T:
    if not strict:
        return adapter.validate_python(value, context=context)
    # JSON is pydantic's strict form for data that has no dates, tuples or enums of its own.
    return adapter.validate_json(json.dumps(value), strict=True, context=context)


def _as_meant(value: Any, errors: list[Any]) -> Any:
    """The value with what YAML 1.2 takes for something else set right; itself if there is nothing.

    `yes` and `no` are words, but a truth where one is asked for; 1992 is a number, but a year beside dates.
    """
    dates = {_path(value, error["loc"]) for error in errors if error["type"].startswith("date_")}
    for error in errors:
        path, given = _path(value, error["loc"]), error["input"]
        if error["type"] == "bool_type" and isinstance(given, str) and given in _YES_NO:
            value = _put(value, path, _YES_NO[given])
        elif error["type"] == "string_type" and path in dates and type(given) is int:
            value = _put(value, path, str(given))
    return value


def _path(value: Any, loc: Path) -> Path:
    """pydantic's place as a path in the value, without the names of unions' branches and lacking keys."""
    steps: list[str | int] = []
    for step in loc:
        if (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        ):
            steps.append(step)
            value = value[step]  # type: ignore[index]
    return tuple(steps)


def _problems(
    adapter: TypeAdapter[Any], value: Any, errors: list[Any], also: Collection[str]
) -> Iterator[_Problem]:
    """One problem for each place. A union complains for each branch: together they say what is possible."""
    places: dict[tuple[Path, str], list[Any]] = {}
    for error in errors:
        missing = str(error["loc"][-1]) if error["type"] in _MISSING else ""
        places.setdefault((_path(value, error["loc"]), missing), []).append(error)
    for (path, missing), there in places.items():
        deeper = any(other != path and other[: len(path)] == path for other, _ in places)
        branch_only = all(error["type"] in _EXPECTED for error in there)
        if not missing and deeper and branch_only:
            continue  # the other branches of a union whose right branch has its fault further in
        yield _problem(adapter, path, missing, there, also)


def _problem(
    adapter: TypeAdapter[Any], path: Path, missing: str, there: list[Any], also: Collection[str]
) -> _Problem:
    label = ".".join(str(step) for step in path)
    first = there[0]
    if missing:
        name = f"{label}.{missing}" if label else missing
        return _Problem(path, name, "missing", "is missing; write it")
    if first["type"] in _UNKNOWN_KEY:
        known = _known_keys(adapter, path[:-1])
        hint = _hint(str(path[-1]), known if path[:-1] else known | set(also))
        return _Problem(path, label, "unknown-key", f"is not a key that belongs here{hint}", on_key=True)
    on_key = first["loc"][-1:] == ("[key]",)
    if (own := next((error for error in there if error["type"] not in _EXPECTED), None)) is not None:
        return _Problem(path, label, "value", _own_words(own), on_key)
    return _Problem(path, label, "type", _expected(there, label), on_key)


def _own_words(error: Any) -> str:
    """Our validators raise ValueError with a sentence; pydantic's own sentences are never shown."""
    raised = error.get("ctx", {}).get("error")
    if error["type"] == "value_error" and raised is not None:
        return str(raised)
    return f"{found(error['input'])} is not possible here"


def _expected(there: list[Any], label: str) -> str:
    kinds = dict.fromkeys(_EXPECTED[error["type"]].format_map(_named(error)) for error in there)
    given = there[0]["input"]
    words = f"expected {' or '.join(kinds)}, found {found(given)}"
    if choices := [choice for error in there for choice in _choices(error)]:
        guess = nearest(str(given), choices)
        return f"{words}; did you mean {guess}?" if guess else words
    if isinstance(given, int | float) and "text" in kinds:
        return f"{words}; put it in quotes"
    if given is None and " " in label:
        # {only: name, with hashtags} is two keys to YAML
        return f"{words}; a text with a comma needs quotes between {{ and }}"
    return words


def _choices(error: Any) -> list[str]:
    """The words a Literal or an enumeration allows; pydantic gives them as one sentence, each in quotes."""
    return re.findall(r"'([^']*)'", error.get("ctx", {}).get("expected", ""))


def _named(error: Any) -> dict[str, Any]:
    return {**error.get("ctx", {}), "expected": ", ".join(_choices(error))}


def found(value: Any) -> str:
    """What stands there, for a person: `the number 5`, `“no”`, `a list`, `nothing`."""
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "keys with values"
    words = str(value)
    return f"“{words if len(words) <= 40 else words[:39] + '…'}”"


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word most like this one, if any is."""
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return close[0] if close else None


def _hint(key: str, known: Collection[str]) -> str:
    meant = _MEANT.get(key)
    guess = meant if meant in known else nearest(key, known)
    return f"; did you mean {guess}?" if guess else "; take it out"


def _known_keys(adapter: TypeAdapter[Any], path: Path) -> set[str]:
    """The keys that the type knows at a place, from its JSON Schema."""
    schema = _json_schema(adapter)
    places = list(_branches(schema, schema))
    for step in path:
        places = [deeper for place in places for deeper in _step(schema, place, step)]
    return {key for place in places for key in place.get("properties", {})}


@lru_cache(maxsize=64)
def _json_schema(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """Made once: it takes longer than to read a page of posts, and a page may have many mistakes."""
    try:
        return adapter.json_schema()
    except (PydanticInvalidForJsonSchema, PydanticUserError):
        return {}


def _branches(schema: Any, place: Any) -> Iterator[dict[str, Any]]:
    """A place of the schema with references followed and alternatives spread out."""
    if not isinstance(place, dict):
        return
    if "$ref" in place:
        yield from _branches(schema, schema["$defs"][place["$ref"].rpartition("/")[2]])
        return
    yield place
    for choice in ("anyOf", "oneOf", "allOf"):
        for branch in place.get(choice, ()):
            yield from _branches(schema, branch)


def _step(schema: Any, place: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(step, int):
        yield from _branches(schema, place.get("items"))
    else:
        yield from _branches(schema, place.get("properties", {}).get(step, place.get("additionalProperties")))
        for pattern in place.get("patternProperties", {}).values():
            yield from _branches(schema, pattern)


def _finding(
    problem: _Problem, spans: Mapping[str, Span], family: str, prefix: str, more: Mapping[str, Any]
) -> Finding:
    steps = [*([prefix] if prefix else []), *(str(step) for step in problem.path)]
    if problem.on_key and steps and (key := spans.get(".".join([*steps[:-1], f"~{steps[-1]}"]))) is not None:
        place: Span | None = key
    else:
        place = _place(steps, spans)
    label = ".".join(part for part in (prefix, problem.label) if part)
    words = f"{label}: {problem.message}" if label else problem.message
    return at(place, Severity.ERROR, f"{family}.{problem.rule}", words, **more)


def _place(steps: list[str], spans: Mapping[str, Span]) -> Span | None:
    """The place of a value, or of the nearest thing around it."""
    while steps:
        if (span := spans.get(".".join(steps))) is not None:
            return span
        steps = steps[:-1]
    return spans.get("")


def _put(value: Any, path: Path, new: Any) -> Any:
    """A copy of the value with one place changed."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _put(value[path[0]], path[1:], new)
    return copy


def _without(value: Any, problems: list[_Problem], partial: Mapping[str, Any]) -> Any:
    """A copy without what is wrong, deepest and last first so that places stay right; None if none can be."""
    if not isinstance(value, dict):
        return None
    lacking = {problem.label for problem in problems if not problem.path}
    if not lacking <= partial.keys():
        return None
    value = {**value, **{key: partial[key] for key in lacking}}
    for path in sorted({problem.path for problem in problems if problem.path}, key=_depth, reverse=True):
        value = _removed(value, path)
    return value


def _depth(path: Path) -> tuple[int, tuple[tuple[int, str], ...]]:
    return len(path), tuple((step, "") if isinstance(step, int) else (-1, step) for step in path)


def _removed(value: Any, path: Path) -> Any:
    if len(path) > 1:
        return _put(value, path[:1], _removed(value[path[0]], path[1:]))
    copy = value.copy()
    del copy[path[0]]
    return copy
