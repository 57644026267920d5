"""Signs that keyboards lack, for the campaign's own words; what stands in quotation marks stays as it is."""

import regex  # type: ignore[import-untyped]

from scheduler.cards import phrases

QUOTED = regex.compile(r"(“[^“”]*”|«[^«»]*»|„[^„“”]*[“”])")
TYPED = regex.compile(r'(?<![\p{L}\d])"([^"]+)"(?![\p{L}\d])')
RANGE = regex.compile(r"(?<![\p{L}\d/.,:_-])(\d{1,4})-(\d{1,4})(?![\p{L}\d/:_-])")
"""Two numbers with one hyphen between; neither a day such as 2027-02-26 nor a document's number."""
ORDINALS = regex.compile(r"(?<![\p{L}\d/.,:_-])(\d{1,2}\.)-(\d{1,2}\.)(?= \p{L})")
"""Two days as German numbers them: 13.-14. März."""

FRENCH = (
    (regex.compile(r"(?<=[\p{L}\d»”)…])[ \u00a0\u202f]?([;!?]+)(?=[\s»”)…]|$)"), "\u202f{}"),
    (regex.compile(r"(?<=[\p{L}\d»”)…])[ \u00a0\u202f]?(:)(?=\s|$)"), "\u00a0{}"),
    (regex.compile(r"(«)[ \u00a0\u202f]?"), "{}\u202f"),
    (regex.compile(r"[ \u00a0\u202f]?(»)"), "\u202f{}"),
)
"""French sets narrow spaces before ; ! ? and inside « », a full one before the colon."""


def marks(text: str, language: str) -> str:
    """ "a" becomes “a”, «a» or „a“ as the language has it, and 25-26 becomes 25–26 outside quotations."""
    if '"' in text:
        left, right = phrases.of(language).marks
        text = TYPED.sub(lambda found: f"{left}{found[1]}{right}", text)
    pieces = QUOTED.split(text)
    text = "".join(piece if QUOTED.fullmatch(piece) else _ranges(piece) for piece in pieces)
    return _french(text) if language.split("-")[0] == "fr" else text


def _ranges(text: str) -> str:
    for pattern in (RANGE, ORDINALS):
        text = pattern.sub(r"\1–\2", text)
    return text


def _french(text: str) -> str:
    """French spaces, but none inside the marks of another language."""
    for pattern, spaced in FRENCH:
        foreign = [found.span() for found in QUOTED.finditer(text) if found[0][0] != "«"]
        text = pattern.sub(
            lambda found, spaced=spaced, foreign=foreign: (
                found[0]
                if any(start < found.start() < end for start, end in foreign)
                else spaced.format(found[1])
            ),
            text,
        )
    return text
