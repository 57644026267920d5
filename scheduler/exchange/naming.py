"""Ids for rows without one: readable, and the same when the same row is read again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping
from typing import Any

_LETTERS = str.maketrans(
    {
        "ə": "e", "Ə": "e", "ı": "i", "İ": "i", "ğ": "g", "Ğ": "g", "ş": "s", "Ş": "s", "ç": "c", "Ç": "c",
        "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "ß": "ss", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d",
    }
)  # fmt: skip
_ADDRESS = re.compile(r"https?://\S+|[#@]\w+|\{\w+\}")
_WORDS = 4
_LONGEST = 48


def slug(words: str, longest: int = _LONGEST) -> str:
    """Small letters a–z, digits and hyphens, cut between words; "" where nothing can be spelled so."""
    plain = unicodedata.normalize("NFKD", words.translate(_LETTERS))
    parts = [
        part
        for part in re.split(
            r"[^A-Za-z0-9]+", "".join(one for one in plain if not unicodedata.combining(one))
        )
    ]
    made = ""
    for part in (part.casefold() for part in parts if part):
        if made and len(made) + 1 + len(part) > longest:
            break
        made = f"{made}-{part}" if made else part[:longest]
    return made


def of_post(value: Mapping[str, Any], languages: tuple[str, ...]) -> str:
    """From its day and its first words: `2027-02-25-we-remember-those-who`."""
    texts = value.get("text")
    texts = texts if isinstance(texts, Mapping) else {"": texts or ""}
    spelled = (
        slug(" ".join(_ADDRESS.sub(" ", str(texts.get(one, ""))).split()[:_WORDS]))
        for one in (*languages, "")
    )
    words = next((one for one in spelled if one), "post")
    day = str(value.get("when", "")).split(" ")[0]
    day = "" if day == "next" else slug(day.replace("+", " plus "))
    return f"{day}-{words}" if day else words


def free(name: str, taken: Container[str], also: Container[str] = ()) -> str:
    """The name, or the name with the first number that makes it new: figures, figures-2, figures-3."""
    number, one = 1, name
    while one in taken or one in also:
        number += 1
        one = f"{name}-{number}"
    return one
