"""One channel's text put together: warning line, words, link and as many hashtags as fit."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduler.model import Limits, Measure
from scheduler.text import count, entities, hashtags, normalise

# What announces a warning, by language. Spaces as the language sets them: French has one before the colon.
_HEADINGS = {
    "en": "Content note: ",
    "az": "Xəbərdarlıq: ",
    "ru": "Предупреждение: ",
    "tr": "İçerik uyarısı: ",
    "de": "Inhaltshinweis: ",
    "fr": "Avertissement\u00a0: ",
    "es": "Aviso de contenido: ",
}
# For other languages a sign that needs no translation; screen readers say "warning".
_SIGN = "⚠️ "


@dataclass(frozen=True)
class Fitted:
    """The text as it goes out, and how it stands against the measure with least room left.

    `dropped` and `hashtags` are the hashtags (without #) that found no place and those that were added.
    `length` and `limit` are in `unit`; `over` > 0 is by how much the author's words alone are too long.
    """

    text: str
    dropped: tuple[str, ...]
    length: int
    limit: int
    unit: str
    over: int
    hashtags: tuple[str, ...] = ()


def described(body: str, alts: Iterable[str]) -> str:
    """The body with its pictures' descriptions under it, for platforms that have no field for them."""
    return "\n\n".join([body, *(f"[{alt}]" for alt in alts if alt)]).strip()


def fit(
    body: str,
    *,
    hashtags: Sequence[str],
    link: str | None,
    warning_line: str | None,
    limits: Limits,
    images: int,
    warning_field: str | None = None,
) -> Fitted:
    """Put the text together and drop hashtags from the end until it fits; words are never cut.

    Hashtags come without #; one already in the body, or given twice, is not added again. `warning_field` is
    what goes into a platform's own field: not part of the text, but of its length (Mastodon's spoiler).
    """
    words = _words(body, link, warning_line)
    present = entities.hashtags_in(words)
    wanted = _new_tags(hashtags, present)
    room = len(wanted) if limits.max_hashtags is None else max(0, limits.max_hashtags - len(present))
    measures = limits.text_measures(images)
    for kept in range(min(room, len(wanted)), -1, -1):
        text = _with_tags(words, wanted[:kept])
        length, tightest = _tightest(text, measures, warning_field)
        if length <= tightest.limit:
            break
    over = max(0, length - tightest.limit)
    return Fitted(text, wanted[kept:], length, tightest.limit, tightest.unit, over, wanted[:kept])


def warning_line(words: str, language: str) -> str:
    """The first line that warns of what follows, for platforms without a field for it; "" without words.

    "Content note: …" in English; in a language without a heading here the words follow a warning sign.
    """
    words = re.sub(r"[ \t\n]+", " ", normalise.clean(words)).strip()
    heading = _HEADINGS.get(language.split("-")[0], _SIGN)
    return words if not words or words.startswith(heading.rstrip()) else heading + words


def _words(body: str, link: str | None, warning: str | None) -> str:
    """Everything that is never dropped. What the body already has is not added again."""
    body = normalise.clean(body)
    link = normalise.clean(link or "").strip()
    if link and not _contains(body, link):
        body = f"{body} {link}" if body else link
    warning = normalise.clean(warning or "")
    if not warning or body == warning or body.startswith(warning + "\n"):
        return body
    return f"{warning}\n{body}" if body else warning


def _contains(body: str, link: str) -> bool:
    """The link as a whole: `example.org/a` does not stand in `example.org/ab`."""
    if link not in body:
        return False
    return re.search(rf"(?<![\w/.@-]){re.escape(link)}(?![\w/@%&=?#-]|[.,:;!][\w/])", body) is not None


def _new_tags(wanted: Iterable[str], present: Sequence[str]) -> tuple[str, ...]:
    new: list[str] = []
    for tag in map(normalise.nfc, wanted):
        if not any(hashtags.same(tag, other) for other in (*present, *new)):
            new.append(tag)
    return tuple(new)


def _with_tags(words: str, tags: Sequence[str]) -> str:
    line = " ".join(f"#{tag}" for tag in tags)
    return "\n".join(part for part in (words, line) if part)


def _tightest(text: str, measures: Sequence[Measure], warning_field: str | None) -> tuple[int, Measure]:
    """The length by the measure that leaves least room, and that measure."""
    beside = count.graphemes(normalise.clean(warning_field or ""))
    lengths = ((measure.count(text) + beside, measure) for measure in measures)
    return min(lengths, key=lambda each: each[1].limit - each[0])
