"""docs/reference is what the code says; every key and option is described; the schemas accept our files."""

import json
import re
from datetime import date

import click
import pytest
import yaml

from scheduler import cli, reference
from scheduler.content import source
from scheduler.model import RECORDS
from tests.documents import ROOT

PAGES = reference.pages()
SCHEMAS = reference.schemas()

# The vocabulary of JSON Schema, draft 2020-12, as far as a schema of ours may use it.
# Source: json-schema.org/draft/2020-12, core, applicator, validation and meta-data vocabularies.
WORDS = {
    "$schema", "$defs", "$ref", "title", "description", "default", "examples", "type", "enum", "const",
    "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties",
    "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "anyOf", "oneOf", "allOf",
    "pattern", "format", "minLength", "maxLength", "minimum", "maximum",
}  # fmt: skip
KINDS = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def fits(root, part, value):
    """Whether a JSON value is what a schema allows: the part of the standard that our schemas use."""
    if "$ref" in part and not fits(root, root["$defs"][part["$ref"].rpartition("/")[2]], value):
        return False
    if "anyOf" in part and not any(fits(root, one, value) for one in part["anyOf"]):
        return False
    if "enum" in part and not any(value == one and type(value) is type(one) for one in part["enum"]):
        return False
    if "type" in part and not KINDS[part["type"]](value):
        return False
    return _fits_its_kind(root, part, value)


def _fits_its_kind(root, part, value):
    match value:
        case str():
            return (
                re.search(part.get("pattern", ""), value) is not None
                and len(value) >= part.get("minLength", 0)
                and (part.get("format") != "date" or _is_date(value))
            )
        case bool() | None:
            return True
        case int() | float():
            return part.get("minimum", value) <= value <= part.get("maximum", value)
        case list():
            least, most = part.get("minItems", 0), part.get("maxItems", len(value))
            each = [*part.get("prefixItems", ()), *[part.get("items", {})] * len(value)]
            return least <= len(value) <= most and all(map(lambda one, of: fits(root, of, one), value, each))
        case dict():
            return _fits_object(root, part, value)
    return False


def _fits_object(root, part, value):
    if not value.keys() >= set(part.get("required", ())) or len(value) < part.get("minProperties", 0):
        return False
    for name, one in value.items():
        patterns = [of for at, of in part.get("patternProperties", {}).items() if re.search(at, name)]
        places = [part["properties"][name]] if name in part.get("properties", {}) else patterns
        rest = part.get("additionalProperties", True)
        if not places and rest is False:
            return False
        if not all(fits(root, of, one) for of in places or ([rest] if isinstance(rest, dict) else ())):
            return False
    names = part.get("propertyNames", {})
    return all(fits(root, names, name) for name in value)


def _is_date(words):
    try:
        date.fromisoformat(words)
    except ValueError:
        return False
    return True


def places(part, path=""):
    """Every schema within a schema, with the way to it."""
    yield path, part
    for key in ("$defs", "properties", "patternProperties"):
        for name, one in part.get(key, {}).items():
            yield from places(one, f"{path}/{key}/{name}")
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(part.get(key), dict):
            yield from places(part[key], f"{path}/{key}")
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for number, one in enumerate(part.get(key, ())):
            yield from places(one, f"{path}/{key}/{number}")


def test_the_reference_on_disk_is_what_the_code_says():
    there = {path.relative_to(reference.FOLDER).as_posix() for path in reference.FOLDER.rglob("*.*")}
    assert there == {name for name in PAGES if not name.startswith("../")}, "run: make docs"
    stale = [name for name in PAGES if (reference.FOLDER / name).read_text(encoding="utf-8") != PAGES[name]]
    assert stale == [], "run: make docs"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_of_a_file_says_what_it_means(name):
    silent = [
        f"{path}/{key}"
        for path, part in places(SCHEMAS[name])
        for key, one in part.get("properties", {}).items()
        if not _description(SCHEMAS[name], one).strip()
    ]
    assert silent == []


def _description(root, part):
    target = root["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else {}
    return part.get("description") or target.get("description", "")


@pytest.mark.parametrize("page", [name for name in PAGES if name.endswith(".md") and name != "commands.md"])
def test_no_row_of_a_table_ends_without_its_meaning(page):
    rows = [re.split(r"(?<!\\)\|", line) for line in PAGES[page].splitlines() if line.startswith("| ")]
    assert len(rows) > 2
    assert [cells for cells in rows if not cells[-2].strip()] == []


@pytest.mark.parametrize("name", [name for name in reference.commands() if name])
def test_every_command_and_option_says_what_it_does(name):
    context = reference.commands()[name]
    assert context.command.help
    options = [one for one in context.command.params if isinstance(one, click.Option)]
    assert [one.opts for one in options if not (one.help or "").strip()] == []


def test_every_command_stands_in_the_help_and_on_the_page():
    assert set(cli.HELP) == set(cli.COMMANDS) == {name for name in reference.commands() if name}
    assert [name for name in cli.COMMANDS if f"\n## {name}\n" not in PAGES["commands.md"]] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_uses_the_words_of_draft_2020_12(name):
    root = SCHEMAS[name]
    assert root["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    json.dumps(root, allow_nan=False)
    for path, part in places(root):
        assert isinstance(part, dict), path
        assert set(part) <= WORDS, path
        assert part.get("type", "string") in KINDS, path
        assert set(part.get("required", ())) <= set(part.get("properties", {})), path
        assert "enum" not in part or part["enum"], path
        if "$ref" in part:
            assert part["$ref"].rpartition("/")[2] in root["$defs"], path
        for pattern in (part.get("pattern", ""), *part.get("patternProperties", {})):
            re.compile(pattern)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_default_is_what_one_could_write_there(name):
    root = SCHEMAS[name]
    wrong = [
        f"{path}: {part['default']!r}"
        for path, part in places(root)
        if part.get("default") is not None and not fits(root, {**part}, part["default"])
    ]
    assert wrong == []


SAMPLES = [
    *(("post", path) for path in sorted((ROOT / "posts").glob("*.yaml"))),
    *((kind, ROOT / "posts" / "ledger" / f"{kind}.yaml") for kind in RECORDS),
    ("config", ROOT / "config.yaml"),
]


def value_of(path):
    return source.load(path.read_text(encoding="utf-8"), path.name).value


@pytest.mark.parametrize(("name", "path"), SAMPLES, ids=lambda one: getattr(one, "name", one))
def test_the_schemas_accept_the_sample(name, path):
    value, root = value_of(path), SCHEMAS[name]
    if name == "config":
        assert fits(root, root, value)
        return
    assert [one.get("id") for one in value if not fits(root, {**root["items"]}, one)] == []
    assert fits(root, root, value)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("post", "[{id: a, kind: figures, text: {en: x}, colour: red}]"),  # a key that is not known
        ("post", "[{id: a, kind: figure, text: {en: x}}]"),  # a kind that does not exist
        ("post", "[{id: a, kind: figures}]"),  # no text
        ("post", "{id: a, kind: figures, text: {en: x}}"),  # not a list
        ("post", "[{id: A!, kind: figures, text: {en: x}}]"),  # an id with a capital
        ("facts", "[{id: a, figure: many}]"),
        ("people", "[{id: a, basis: hearsay}]"),
        ("media", "[{id: a, focal: [1, 2, 3]}]"),
        ("config", "{campaign: {}, channels: {}}"),
    ],
)
def test_the_schemas_refuse_what_the_reader_refuses(name, wrong):
    assert not fits(SCHEMAS[name], SCHEMAS[name], yaml.safe_load(wrong))


@pytest.mark.parametrize(
    ("seconds", "written"), [(7200, "2h"), (5400, "90m"), (45, "45s"), (0, "0m"), (86400, "24h")]
)
def test_durations_are_shown_as_they_are_written(seconds, written):
    part = {"type": "string", "default": f"PT{seconds}S"}
    assert reference._written(part)["default"] == written
