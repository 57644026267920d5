"""The length of a text exactly as each platform counts it; every function takes a text and gives a number."""

import re
from collections.abc import Iterator

import regex  # type: ignore[import-untyped]

from scheduler.text import entities, escape, normalise

LINK_LENGTH = 23
"""What X and Mastodon count for a link, however long it is."""

# X: twitter-text configuration v3. All that is not in these ranges weighs 2.
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")

# An emoji sequence as Unicode defines it (UTS #51, ED-17), from character properties and not from a list, so
# that a sequence newer than any table (🐦‍🔥 of 2023) is one emoji too. ©, ®, ™ are emoji only with U+FE0F; a
# modifier belongs to bases that take one, as in X's own expression.
_ONE_EMOJI = (
    r"(?:\p{RI=Yes}{2}"
    r"|\p{Emoji_Modifier_Base}\p{Emoji_Modifier=Yes}"
    r"|\p{Extended_Pictographic}(?:\uFE0F|[\U000E0020-\U000E007E]+\U000E007F)?)"
)
_EMOJI_SEQUENCE = regex.compile(rf"[0-9#*]\uFE0F?\u20E3|{_ONE_EMOJI}(?:\u200D{_ONE_EMOJI})*")
_GRAPHEME = regex.compile(r"\X")
_FLAGS_AT_ONCE = 100  # an even number: two letters make one flag
_FLAGS = regex.compile(rf"\p{{RI=Yes}}{{{_FLAGS_AT_ONCE + 1},}}")
_PICTURE = regex.compile(r"[\p{Extended_Pictographic}\p{RI=Yes}\u20E3]")

# Letters and signs that always stand for themselves: no marks, joiners, emoji or \r among them.
_NOT_PLAIN = re.compile(
    "[^\n\x20-\x7e\xa0-\xa8\xaa-\xac\xaf-\u02ff\u0400-\u0482\u048a-\u04ff\u2010-\u2027\u2030-\u203b\u20ac\u2116]"
)

# Mastodon's own expression for a mention: user name, then the server that it leaves out of the count.
_MASTODON_MENTION = regex.compile(
    r"(?<![=/\w])@(?P<user>[A-Za-z0-9_]+(?:[A-Za-z0-9_.-]+[A-Za-z0-9_]+)?)(?:@\w+(?:[\w.-]+\w+)?)?(?![@＠]|://)"
)


def x(text: str) -> int:
    """X's weighted length; the limit is 280. Most scripts weigh 1, others and emoji 2, a link 23. NFC first.

    Source: twitter-text configuration v3 and docs.x.com, "Counting characters".
    """
    text = normalise.nfc(text.replace("\r\n", "\n"))
    spans = entities.links(text)
    return LINK_LENGTH * len(spans) + sum(_weight(piece) for piece in _between(text, spans))


def mastodon(text: str) -> int:
    """Graphemes after a link with http(s):// became 23 and `@user@server` became `@user`.

    The spoiler counts too, each grapheme 1: who has one adds it. Source: StatusLengthValidator (Mastodon 4).
    """
    return graphemes(_mastodon_text(text))


def graphemes(text: str) -> int:
    """Characters as a person sees them (UAX #29): a letter with its accents is 1, a family emoji is 1."""
    if not _NOT_PLAIN.search(text):
        return len(text)
    return sum(1 for _ in _seen(text))


def utf8(text: str) -> int:
    """Bytes in UTF-8 (Bluesky's second limit)."""
    return len(text.encode(errors="surrogatepass"))


def utf16(text: str) -> int:
    """UTF-16 units, as Telegram, Facebook and Instagram count: most emoji are 2 or more."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def threads(text: str) -> int:
    """Graphemes, but an emoji counts its UTF-8 bytes: 👍 is 4. Source: Threads API, "Limitations"."""
    if not _PICTURE.search(text):
        return graphemes(text)
    return sum(utf8(seen) if _PICTURE.search(seen) else 1 for seen in _seen(text))


def linkedin(text: str) -> int:
    """Characters after LinkedIn's escaping, which is what its limit of 3,000 applies to."""
    return len(escape.linkedin(text))


def linkedin_plain(text: str) -> int:
    """As `linkedin`, where hashtags are written without its template."""
    return len(escape.linkedin(text, escape.PLAIN))


def _seen(text: str) -> Iterator[str]:
    """The text's graphemes. A page of flags is cut between pairs: \\X looks back to where the flags begin."""
    reached = 0
    for flags in _FLAGS.finditer(text):
        for cut in range(flags.start() + _FLAGS_AT_ONCE, flags.end(), _FLAGS_AT_ONCE):
            yield from _GRAPHEME.findall(text[reached:cut])
            reached = cut
    yield from _GRAPHEME.findall(text[reached:])


def _weight(piece: str) -> int:
    """Weight of text without links: 1 for each character, 1 more for each heavy one, an emoji sequence 2."""
    heavy = len(_HEAVY.findall(piece))
    if not heavy:
        return len(piece)
    saved = sum(_plain_weight(emoji) - 2 for emoji in _EMOJI_SEQUENCE.findall(piece) if len(emoji) > 1)
    return len(piece) + heavy - saved


def _plain_weight(text: str) -> int:
    return len(text) + len(_HEAVY.findall(text))


def _between(text: str, spans: tuple[tuple[int, int], ...]) -> Iterator[str]:
    reached = 0
    for start, end in spans:
        yield text[reached:start]
        reached = end
    yield text[reached:]


def _mastodon_text(text: str) -> str:
    if "@" not in text and "://" not in text:
        return text
    replaced = [(start, end, "x" * LINK_LENGTH) for start, end in entities.links(text, bare=False)]
    replaced += [(*match.span(), "@" + match["user"]) for match in _MASTODON_MENTION.finditer(text)]
    pieces, reached = [], 0
    for start, end, shown in sorted(replaced):
        if start >= reached:
            pieces += [text[reached:start], shown]
            reached = end
    return "".join([*pieces, text[reached:]])
