"""Azerbaijani and Turkish endings of nouns: a listed word is met again in any case, number or possession.

Endings follow the vowels of the word (kitab-lar, məktəb-lər; qurum-un, söz-ün), so they are written here with
A for a or ə (Turkish e) and I for ı, i, u or ü, as grammars do. Words are compared folded, where ı is i.
"""

import re
from functools import lru_cache

_VOWELS = "aəeioöuü"
_OPEN = {
    "a": "a",
    "o": "a",
    "u": "a",
    "i": "aəe",  # ı and i look alike here, so both kinds follow
    "ə": "əe",
    "e": "əe",
    "ö": "əe",
    "ü": "əe",
}
"""The A that may follow a word whose last vowel this is."""

_CLOSE = {"a": "i", "i": "i", "ə": "i", "e": "i", "o": "u", "u": "u", "ö": "ü", "ü": "ü"}
"""The I that follows it."""

POSSESSION = "(?:s?I|I?m|I?n|I?mIz|I?nIz)?"
"""His or her, my, your (one), our, your (many); -s- stands behind a vowel."""

CASE = "(?:n?I|n?In|[yn]?A|n?dA|n?dAn|n?dAki|y?lA)?"
"""Whom, whose, where to, where, where from, the one there, with; -n- stands behind a possession."""

IS = "(?:dIr(?:lAr)?)?"
_SHORTEST = 4


def inflected(stem: str, word: str) -> bool:
    """Whether the folded word is the folded stem, or the stem with endings that its vowels allow."""
    if word == stem:
        return True
    for beginning in _beginnings(stem):
        if word.startswith(beginning):
            return _endings(_last_vowel(stem)).fullmatch(word, len(beginning)) is not None
    return False


def stems(word: str) -> frozenset[str]:
    """The word, and everything at least four letters long that it may be a form of."""
    return frozenset(
        {word} | {word[:cut] for cut in range(_SHORTEST, len(word)) if inflected(word[:cut], word)}
    )


def is_than(word: str) -> bool:
    """Whether the folded word stands in the case of "from" and "than": Bakıdan, İrəvandan."""
    return word.endswith(("dan", "dən", "den"))


def _beginnings(stem: str) -> tuple[str, ...]:
    """The stem, and as it sounds before a vowel: uşaq, uşağı; nazirlik, nazirliyi."""
    soft = {"q": "ğ", "k": "y"}.get(stem[-1:])
    return (stem, stem[:-1] + soft) if soft else (stem,)


def _last_vowel(stem: str) -> str:
    return next((letter for letter in reversed(stem) if letter in _VOWELS), "i")


@lru_cache(maxsize=16)
def _endings(vowel: str) -> re.Pattern[str]:
    """Every chain of endings behind this vowel. Behind a plural, -lar or -lər decides what follows."""
    plain = _written(POSSESSION + CASE + IS, _OPEN[vowel], _CLOSE[vowel])
    plurals = (f"l{open_}r" + _written(POSSESSION + CASE + IS, open_, "i") for open_ in _OPEN[vowel])
    return re.compile("|".join((f"(?:{plain})", *(f"(?:{one})" for one in plurals))))


def _written(pattern: str, open_: str, close: str) -> str:
    return pattern.replace("A", f"[{open_}]").replace("I", f"[{close}]")
