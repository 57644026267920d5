"""Hashtags that are one and the same tag on every platform, and when two of them are the same."""

import unicodedata
from functools import lru_cache

import regex  # type: ignore[import-untyped]

from scheduler.text import normalise

LONGEST = 50
_APOSTROPHES = "'’ʼ‘`´"
_HYPHENS = "-‐‑‒–—−"
_ALLOWED = regex.compile(r"[\p{L}\p{Nd}_]")


def problem(tag: str) -> str | None:
    """What keeps `tag` (without its #) from being one and the same hashtag everywhere, in words; else None.

    The subset all platforms share: NFC, letters, decimal digits and `_`, no combining marks, at least one
    letter, at most 50 characters. Sources: code of twitter-text, Mastodon, Telegram, Bluesky's detector.
    """
    if not tag:
        return "is empty; write the word without '#'"
    if tag.startswith(("#", "＃")):
        return "begins with '#'; write the word alone, the sign is added"
    if tag != normalise.nfc(tag):
        return "has an accent typed as a separate sign; type the letter anew or copy it from the wording list"
    if (stranger := next((sign for sign in tag if not _ALLOWED.match(sign)), None)) is not None:
        return _about(stranger, tag)
    if not regex.search(r"\p{L}", tag):
        return "has no letter; a tag of digits alone is a link nowhere (26february is fine)"
    if len(tag) > LONGEST:
        return f"has {len(tag)} characters; {LONGEST} is the most that works everywhere"
    return None


def _about(sign: str, tag: str) -> str:
    before = tag.split(sign)[0]
    ends = (
        f"the tag would end at '{before}' on some platforms" if before else "no platform begins a tag with it"
    )
    if sign in _APOSTROPHES:
        return f"has an apostrophe ({sign}); {ends}, so put the ending in the sentence"
    if sign in _HYPHENS:
        return f"has a hyphen ({sign}); {ends}, so join the words or use '_'"
    if sign.isspace():
        return "has a space in it; write the words together or as two hashtags"
    if unicodedata.category(sign).startswith("M"):
        return (
            f"has a combining mark (U+{ord(sign):04X}); {ends}, so use a letter that has its accent built in"
        )
    name = unicodedata.name(sign, "a control character")
    return (
        f"has '{sign}' ({name}); {ends}, so use only letters, digits and '_'"
        if sign.isprintable()
        else (f"has an invisible sign (U+{ord(sign):04X}); {ends}, so type the tag anew")
    )


def same(a: str, b: str) -> bool:
    """Whether two tags differ at most in capitals, read as English (I, i) or as Azerbaijani (I, ı and İ, i).

    Xocalı and Xocali stay two tags: X and Telegram keep them apart.
    """
    return any(one == other for one, other in zip(_folded(a), _folded(b), strict=True))


@lru_cache(maxsize=1024)
def _folded(tag: str) -> tuple[str, str]:
    """The tag in small letters, as English and as Azerbaijani."""
    tag = normalise.nfc(tag)
    return tag.translate(_ENGLISH), tag.translate(_AZERBAIJANI)


def _small_letters() -> dict[int, str]:
    """Each capital's small letter; never of whole words, for the small I depends on the language."""
    pairs = ((chr(code), chr(code).lower()) for code in range(0x2000))
    return {ord(capital): small for capital, small in pairs if len(small) == 1 and small != capital}


_ENGLISH = {**_small_letters(), ord("I"): "i", ord("İ"): "i"}
_AZERBAIJANI = {**_small_letters(), ord("I"): "ı", ord("İ"): "i"}
