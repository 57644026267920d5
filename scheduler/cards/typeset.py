"""Signs that keyboards lack, for the campaign's own words; what stands in quotation marks stays as it is."""

import regex  # type: ignore[import-untyped]

from scheduler.cards import phrases

QUOTED = regex.compile(r"(“[^“”]*”|«[^«»]*»|„[^„“”]*[“”])")
TYPED = regex.compile(r'(?<![\p{L}\d])"([^"]+)"(?![\p{L}\d])')
RANGE = regex.compile(r"(?<![\p{L}\d/.,:_-])(\d{1,4})-(\d{1,4})(?![\p{L}\d/:_-])")
"""Two numbers with one hyphen between; neither a day such as 2027-02-26 nor a document's number."""


def marks(text: str, language: str) -> str:
    """ "a" becomes “a”, «a» or „a“ as the language has it, and 25-26 becomes 25–26 outside quotations."""
    if '"' in text:
        left, right = phrases.of(language).marks
        text = TYPED.sub(lambda found: f"{left}{found[1]}{right}", text)
    pieces = QUOTED.split(text)
    return "".join(piece if QUOTED.fullmatch(piece) else RANGE.sub(r"\1–\2", piece) for piece in pieces)
