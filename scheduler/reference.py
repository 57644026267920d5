"""Writes docs/reference and docs/platforms.md from the code: config, posts, records, commands, schemas."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter

from scheduler import cli, config, platforms, reference_platforms
from scheduler.content import schema
from scheduler.model import RECORDS, Record
from scheduler.platforms import Kind
from scheduler.platforms.base import variable
from scheduler.reference_platforms import MEANINGS

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from the code; change it there. -->\n\n"
BY_LANGUAGE = "A *map of text* is one text for each language: `{en: …, az: …}`."
WIDTH = 100

Schema = Mapping[str, Any]
Place = tuple[str, Schema]
"""What a section is about (`channels.NAME`), and the schema of it."""

_COLUMNS = ("field", "value", "default", "meaning")
_PLAIN = {
    "null": "nothing",
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "yes or no",
}


def pages() -> dict[str, str]:
    """Every generated file by its path from docs/reference."""
    made = {
        "config.md": _config_page(),
        "posts.md": _posts_page(),
        "ledger.md": _ledger_page(),
        "../platforms.md": reference_platforms.page(NOTE),
        "commands.md": _commands_page(),
    }
    return made | {f"schemas/{name}.json": _json(one) for name, one in schemas().items()}


def schemas() -> dict[str, Schema]:
    """JSON Schemas by name: `post` and each ledger file are lists, `config` is one object."""
    made: dict[str, Any] = {"post": schema.post(), "config": config.schema()}
    made |= {kind: schema.ledger(kind) for kind in RECORDS}
    return {name: _written(one) for name, one in made.items()}


def _written(part: Any) -> Any:
    """The schema with every default as a person writes it in YAML, and every key described."""
    if isinstance(part, list):
        return [_written(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: _written(one) for key, one in part.items() if key != "default"}
    if part.get("default") not in (None, [], {}):  # what is left out is empty: nothing one would write
        made["default"] = _default(part, part["default"])
    if isinstance(named := part.get("properties"), dict):
        made["properties"] = {name: _meant(name, _written(one)) for name, one in named.items()}
    return made


def _meant(name: str, part: dict[str, Any]) -> dict[str, Any]:
    described = "description" in part or name not in MEANINGS
    return part if described else {**part, "description": MEANINGS[name]}


def _default(part: Schema, value: Any) -> Any:
    """2 hours as `2h`, 30 days before as `D-30`, limits without what is not set."""
    if isinstance(value, str) and value.startswith("PT"):
        return _duration(TypeAdapter(timedelta).validate_python(value))
    if isinstance(value, int) and not isinstance(value, bool) and part.get("type") == "string":
        return f"D{value:+d}"
    if isinstance(value, dict) and "on_day" in value:
        named = {"default": value["default"], "D": value["on_day"]}
        return {name: one for name, one in named.items() if one is not None}
    return value


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    if not seconds:
        return "0m"
    unit, size = next((unit, size) for unit, size in (("h", 3600), ("m", 60), ("s", 1)) if not seconds % size)
    return f"{seconds // size}{unit}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


# -- tables of fields


def _table(columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _paragraph(words: str) -> str:
    return words.replace("\n", " ") + "\n\n" if words else ""


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def _resolve(root: Schema, part: Schema) -> Schema:
    """A schema part with its reference followed; what stands beside the reference wins."""
    if "$ref" not in part:
        return part
    target = root["$defs"][part["$ref"].rpartition("/")[2]]
    return {**target, **{key: value for key, value in part.items() if key != "$ref"}}


def _named(part: Schema) -> list[Schema]:
    """What stands under each name of a map whose names are free."""
    free = [*part.get("patternProperties", {}).values(), part.get("additionalProperties")]
    return [one for one in free if isinstance(one, dict)]


def _choices(root: Schema, part: Schema) -> list[Schema]:
    """The alternatives of a part, each resolved, without "nothing"."""
    part = _resolve(root, part)
    kinds = [_resolve(root, one) for one in part.get("anyOf", part.get("oneOf", (part,)))]
    return [one for one in kinds if one.get("type") != "null"]


def _value(root: Schema, part: Schema) -> str:
    """What to write for a field, in words: "list of text", "number or map"."""
    return " or ".join(dict.fromkeys(_one_value(root, one) for one in _choices(root, part)))


def _one_value(root: Schema, part: Schema) -> str:
    if "enum" in part:
        plain = [one for one in part["enum"] if not isinstance(one, bool)]
        return "yes or no" if plain == ["yes", "no"] else ", ".join(f"`{one}`" for one in plain)
    match part.get("type"):
        case "array":
            items = _value(root, part.get("items") or next(iter(part.get("prefixItems", ())), {}))
            return "list of maps" if items == "map" else f"list of {items}"
        case "object":
            each = [_value(root, one) for one in _named(part)]
            return "map" if not each else "map by name" if "map" in each else f"map of {each[0]}"
        case "string" if part.get("format") == "date":
            return "date"
        case "string" if examples := part.get("examples"):
            return f"text, such as `{examples[0]}`"
    return _PLAIN.get(str(part.get("type")), "value")


def _rows(root: Schema, part: Schema, leave: frozenset[str] = frozenset()) -> Iterator[tuple[str, ...]]:
    required = part.get("required", ())
    for name, raw in part.get("properties", {}).items():
        if name in leave:
            continue
        one = _resolve(root, raw)
        default = "required" if name in required else _shown(one.get("default"))
        yield f"`{name}`", _value(root, raw), default, one.get("description", "")


def _shown(default: Any) -> str:
    match default:
        case bool():
            return "`yes`" if default else "`no`"
        case str() if default:
            return f"`{default}`"
        case None | str() | []:
            return ""
        case dict() if not any(default.values()):
            return ""
    return f"`{json.dumps(default)}`".replace('"', "")


def _inner(root: Schema, part: Schema, path: str = "") -> Iterator[Place]:
    """Whatever has keys of its own below a part, outer before inner."""
    for name, raw in part.get("properties", {}).items():
        for one in _choices(root, raw):
            yield from _opened(root, one, f"{path}.{name}" if path else name)


def _opened(root: Schema, one: Schema, path: str) -> Iterator[Place]:
    if one.get("properties"):
        yield path, one
        yield from _inner(root, one, path)
        return
    inside = [("[]", one["items"])] if isinstance(one.get("items"), dict) else []
    for step, part in (*inside, *((".NAME", part) for part in _named(one))):
        for choice in _choices(root, part):
            yield from _opened(root, choice, path + step)


def _sections(root: Schema, part: Schema, level: str = "##", leave: frozenset[str] = frozenset()) -> str:
    """A section for each thing with keys of its own; what has stood once is not repeated."""
    page, seen = "", set(leave)
    for path, one in _inner(root, part):
        name = one.get("title") or path.rpartition(".")[2]
        if name in seen:
            continue
        seen.add(name)
        words = _paragraph(one.get("description", ""))
        page += f"\n{level} `{path}`\n\n{words}{_table(_COLUMNS, _rows(root, one))}"
    return page


# -- the pages


def _config_page() -> str:
    root = schemas()["config"]
    page = (
        f"# config.yaml\n\n{NOTE}It holds no secret; those stand in `.env` beside it. Paths are relative to "
        "the file. Durations are a number and `s`, `m`, `h` or `d`. Editors check the file by "
        "[this schema](schemas/config.json).\n\n"
    )
    page += _table(_COLUMNS, _rows(root, root)) + _sections(root, root)
    page += (
        "\n## `approvals`\n\nA kind of post, `default` for all others, or `ledger` for records; and how many "
        "people approve it. 0: nobody needs to. `require_login: yes` makes only approvals of the staff page "
        "count.\n"
    )
    return page + "".join(_platform_section(kind) for _, kind in sorted(platforms.kinds().items()))


def _platform_section(kind: Kind) -> str:
    root = _written(TypeAdapter(kind.options).json_schema())
    channel = f"{kind.name}-en"
    each = (", ".join(f"`{variable(channel, secret)}`" for secret in one) for one in kind.sets)
    names = "; or ".join(each)
    page = f"\n## A channel with `platform: {kind.name}`\n\n"
    page += f"In `.env`, for a channel named `{channel}`: {names}.\n"
    where = f"`{kind.base_url}` unless the channel says otherwise" if kind.base_url else "required"
    page += f"`base_url`: {where}.\n"
    return page + ("\n" + _table(_COLUMNS, _rows(root, root)) if fields(kind.options) else "")


def _posts_page() -> str:
    root = schemas()["post"]
    part = _resolve(root, root["items"])
    page = f"# Post fields\n\n{NOTE}A file of `posts/` is a list of posts. {BY_LANGUAGE} "
    page += "Editors check the files by [this schema](schemas/post.json).\n\n"
    return page + _table(_COLUMNS, _rows(root, part)) + _sections(root, part)


def _ledger_page() -> str:
    common = frozenset(field.name for field in fields(Record))
    page = f"# Ledger records\n\n{NOTE}Each file of `posts/ledger/` is a list of records. {BY_LANGUAGE}\n"
    for number, kind in enumerate(RECORDS):
        root = schemas()[kind]
        part = _resolve(root, root["items"])
        if not number:
            page += f"\n## Every record\n\n{_table(_COLUMNS, _rows(root, part, _other_than(part, common)))}"
            page += _sections(root, {"properties": {"sources": part["properties"]["sources"]}}, "###")
        page += f"\n## {kind}.yaml\n\n{_paragraph(part.get('description', ''))}"
        page += f"[Schema](schemas/{kind}.json)\n\n{_table(_COLUMNS, _rows(root, part, common))}"
        page += _sections(root, part, "###", frozenset({"Source"}))
    return page


def _other_than(part: Schema, names: frozenset[str]) -> frozenset[str]:
    return frozenset(part["properties"]) - names


def commands() -> dict[str, click.Context]:
    """Each command by name, in the order of `--help`, in a context that formats its help."""
    settings = {**cli.cli.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    root = click.Context(cli.cli, info_name="python run.py", **settings)
    made = {"": root}
    for name in cli.COMMANDS:
        command = cli.cli.get_command(root, name)
        if command is not None:
            made[name] = click.Context(command, info_name=name, parent=root)
    return made


def _commands_page() -> str:
    page = f"# Commands\n\n{NOTE}Exit codes: 0 fine, 1 failed at run time, 2 input wrong, 130 interrupted.\n"
    for name, context in commands().items():
        heading = f"\n## {name}\n" if name else ""
        page += f"{heading}\n```\n{context.command.get_help(context)}\n```\n"
    return page


def main() -> None:
    """Write every page; what is no longer generated is removed."""
    made = pages()
    for path in FOLDER.rglob("*"):
        if path.is_file() and path.relative_to(FOLDER).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
