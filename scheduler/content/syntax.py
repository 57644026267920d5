"""What a YAML parser's complaint means to a person who does not know YAML, and what to do about it."""

import re
from typing import Any

import yaml

from scheduler.content.characters import place
from scheduler.model import Finding, Severity

_QUOTES = "put the whole text in quotes"

# (the parser's context and problem, our words). {line}: where what is unfinished began. First match wins.
_WORDS: tuple[tuple[str, str], ...] = (
    (
        r"quoted scalar.*(unexpected end|document separator)",
        "the quotation mark opened in line {line} is never closed",
    ),
    (
        r"unknown escape",
        r"a backslash in double quotes begins a special character; write \\ or use single quotes",
    ),
    (
        r"expected escape sequence",
        r"a backslash with x, u or U needs its hexadecimal digits; write \\ for a backslash",
    ),
    (
        r"mapping values are not allowed",
        f"a colon stands where none is expected; if it belongs to a text, {_QUOTES}",
    ),
    (r"found character .* cannot start any token", f"a text cannot begin with this character; {_QUOTES}"),
    (
        r"flow (sequence|mapping)",
        "the bracket opened in line {line} is not closed, or a comma is missing in it; "
        f"if a text begins with [ or {{{{, {_QUOTES}",
    ),
    (
        r"simple key.*could not find expected ':'",
        f"this line is neither `key: value` nor part of a text; a colon is missing, or {_QUOTES}",
    ),
    (
        r"block (collection|mapping).*scalar|block (collection|mapping).*(alias|anchor|tag)",
        "words stand behind a text that has ended; put all of it in double quotes, and write “ ” within",
    ),
    (
        r"block collection",
        "a list item was expected here; begin it with `- `, as far indented as those above",
    ),
    (r"block mapping", "this line is indented differently from the keys above it"),
    (
        r"sequence entries are not allowed",
        "a list cannot begin here; begin it on its own line, or put the text in quotes",
    ),
    (r"mapping keys are not allowed|invalid indentation|wrong indentation", "this line is indented wrongly"),
    (r"block scalar", "after | or > the text begins on the next line, indented by spaces"),
    (r"anchor|alias", f"a text cannot begin with & or *; {_QUOTES}"),
    (r"tag", f"a text cannot begin with !; {_QUOTES}"),
    (r"directive|document start", "a line cannot begin with %, and a text with % needs quotes"),
)
_ANYTHING = "this cannot be read as YAML; look for a missing quotation mark, colon or indentation"
_BEYOND = re.compile(r"\\U(?!0010|000)[0-9A-Fa-f]{8}")


def explain(error: Exception, text: str, file: str) -> Finding:
    """One finding for the place where the parser gave up."""
    if not isinstance(error, yaml.MarkedYAMLError):
        beyond = _BEYOND.search(text)
        line, column = place(text, beyond.start() if beyond else 0)
        message = "a backslash stands for a character that does not exist"
        return Finding(Severity.ERROR, "yaml.syntax", message, file, line, column)
    mark: Any = error.problem_mark or error.context_mark
    opened: Any = error.context_mark or mark
    complaint = f"{error.context or ''} {error.problem or ''}"
    words = next((words for pattern, words in _WORDS if re.search(pattern, complaint)), _ANYTHING)
    message = words.format(line=opened.line + 1)
    return Finding(Severity.ERROR, "yaml.syntax", message, file, mark.line + 1, mark.column + 1)
