"""Words in quotation marks are somebody's: they must stand, unaltered, in a quote record the post cites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scheduler.checks import speakers
from scheduler.checks.context import Case, Context
from scheduler.checks.rules import Example, rule
from scheduler.checks.surfaces import Surface
from scheduler.checks.words import NAMES, Reading, split, visible
from scheduler.model import Finding, Kind, Quote, Severity

UNRECORDED = rule(
    "quotes.unrecorded",
    Severity.ERROR,
    "Words in quotation marks have no quote record.",
    "Write a quote record with the exact words, speaker, address and date, or take the marks away.",
    fires=(
        "A commander spoke of it as a way to “break stereotypes”.",
        "Un témoin : « Nous n'oublierons jamais ».",
        Example("Bir şahid dedi: „Heç vaxt unutmayacağıq“.", "az"),
        'He said "it never happened".',
        Example("We remember.", fields={"alt": {"en": "Card with the words “We saw everything”."}}),
        # A word that somebody said, though an agency and a group have it for a name.
        "The officer's “Report” was short.",
        "All she said was “Memorial”.",
        Example("Şahid dedi: “Memorial”.", "az"),
        Example("Onun “memorial” sözü qaldı.", "az"),
    ),
    passes=(
        Example("“We are not seeking revenge! We demand justice!”", fields={"quotes": ("letter",)}),
        "So says the “Convention on the Prevention and Punishment of the Crime of Genocide”.",
        "The memorial “Mother’s Cry” stands in Baku.",
        "The “Justice for Khojaly” campaign began in 2008.",
        Example("“Memorial” yazır ki, şəhər mühasirədə idi.", "az"),
        Example(
            "The Daily Example, 3 March 1992: “Massacre uncovered in Azerbaijan”.",
            fields={"quotes": ("headline",)},
        ),
    ),
)
ALTERED = rule(
    "quotes.altered",
    Severity.ERROR,
    "Words in quotation marks are close to a quote record, but not the same.",
    "Copy the words from the record; nobody's words are changed, shortened inside or corrected.",
    fires=(
        Example("“We are not seeking revenge. We demand justice!”", fields={"quotes": ("letter",)}),
        Example("“I wish we could welcome all of you in Khojaly”", fields={"quotes": ("azizova",)}),
    ),
    passes=(
        Example(
            "“I wish we could welcome you in Khojaly,” says Jeyran Azizova.", fields={"quotes": ("azizova",)}
        ),
    ),
)
UNCITED = rule(
    "quotes.uncited",
    Severity.ERROR,
    "Words in quotation marks are those of a quote record that the post does not cite.",
    "Add the quote's id to the post's `quotes`.",
    fires=("“We demand justice!” says the letter.",),
    passes=(Example("“We demand justice!” says the letter.", fields={"quotes": ("letter",)}),),
)
TRANSLATION = rule(
    "quotes.translation-unchecked",
    Severity.BLOCKED,
    "A quotation is shown in a translation that nobody has checked.",
    "Let someone who reads both languages check it and set the translation's `checked_by`.",
    fires=(Example("Azizova: “Sizi Xocalıda qarşılamaq istərdim”", fields={"quotes": ("azizova",)}),),
    passes=(Example("Azizova: “Хотелось бы принять вас в Ходжалы”", fields={"quotes": ("azizova",)}),),
)
UNCLOSED = rule(
    "quotes.unclosed",
    Severity.WARNING,
    "A quotation mark opens and never closes; everything after it is read as quoted.",
    "Close the quotation mark.",
    fires=("He said “it was cold.",),
    passes=(Example("“We demand justice!”", fields={"quotes": ("letter",)}),),
)
SPEAKER = rule(
    "quotes.speaker-unnamed",
    Severity.WARNING,
    "A text quotes somebody without naming the speaker.",
    "Name whose words they are, beside the words.",
    fires=(Example("“I wish we could welcome you in Khojaly”", fields={"quotes": ("azizova",)}),),
    passes=(Example("Azizova: “I wish we could welcome you in Khojaly”", fields={"quotes": ("azizova",)}),),
)
NOBODY = rule(
    "quotes.nobody",
    Severity.ERROR,
    "A quote record says neither which person nor which institution said it.",
    "Set `person` to a person's id, or `institution` to its name.",
    fires=(Example("Words.", fields={"quotes": ("unsigned",)}),),
    passes=(Example("Words.", fields={"quotes": ("letter",)}),),
)
UNSOURCED = rule(
    "quotes.unsourced",
    Severity.BLOCKED,
    "A quote record gives no address and no source where its words can be read.",
    "Add `address`, or a source, and the date.",
    fires=(Example("Words.", fields={"quotes": ("unsigned",)}),),
    passes=(Example("Words.", fields={"quotes": ("letter",)}),),
)
UNDATED = rule(
    "quotes.undated",
    Severity.TODO,
    "A quote record of an institution, such as a newspaper's headline, gives an address but no date.",
    "Set `date` to the day on which the words were published.",
    fires=(Example("Words.", fields={"quotes": ("undated",)}),),
    # A newspaper's headline with its date, and the campaign's own letter.
    passes=tuple(Example("Words.", fields={"quotes": (one,)}) for one in ("headline", "letter")),
)
NONE_CITED = rule(
    "quotes.none-cited",
    Severity.ERROR,
    "A post of kind quote cites no quote record.",
    "Name the record in `quotes` or in `card: {template: quote, quote: ID}`.",
    fires=(Example("A message.", fields={"kind": Kind.QUOTE}),),
    passes=(Example("A message.", fields={"kind": Kind.QUOTE, "quotes": ("letter",)}),),
)

PIECES = rule(
    "quotes.pieces",
    Severity.WARNING,
    "Somebody's words are shown in pieces, or only a word or two of them.",
    "Read the whole record, and see that the pieces say what the speaker said.",
    fires=(
        Example("“We are not seeking” revenge, but “We demand”, we say.", fields={"quotes": ("letter",)}),
        Example("We “demand” it.", fields={"quotes": ("letter",)}),
    ),
    passes=(Example("“We demand justice!”", fields={"quotes": ("letter",)}),),
)

# An opening mark, and the marks that may close it (German and Polish „…“ and „…”, Swedish ”…”, typewriters'
# '…' and `…', old mail's <<…>>). Marks that are also apostrophes open only before a word.
_CLOSERS = {
    "“": "”",
    "„": "“|”",
    "‟": "”",
    "«": "»",
    "»": "«",
    "‹": "›",
    '"': '"',
    "＂": "＂",
    "”": "”",
    "‘": "’",
    "‚": "‘|’",
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
    "〝": "〞|〟",
    "❝": "❞",
    "❛": "❜",
    "<<": ">>",
    "``": "''|``|´´",
    "''": "''",
    "`": "`|'|´",
    "´": "´",
    "'": "'",
    "’": "’",
}
_MARKS = "".join(_CLOSERS)
_NO_NAMES_IN_MARKS = ("en",)
"""Azerbaijani and Russian put the names of agencies and organisations in marks; English does not."""

_TITLES = "title"
_APOSTROPHE_LIKE = ("'", "’", "´", "”")
_OPENING = re.compile(
    "|".join(
        rf"(?<!\w){re.escape(mark)}(?=[^\W\d_])(?!\w{re.escape(mark)})"
        if mark in ("'", "’", "´")
        else re.escape(mark)
        for mark in sorted(_CLOSERS, key=len, reverse=True)
    )
)
_CLOSING = {mark: re.compile(rf"(?:{closers})") for mark, closers in _CLOSERS.items()}
_PARAGRAPH = re.compile(r"\n\s*\n")
_APOSTROPHES = str.maketrans("’‘ʼ", "'''")
_CLOSE_ENOUGH = 0.6
_FEWEST = 3
"""Fewer words than these hardly say what the speaker said."""


@dataclass(frozen=True)
class Quoted:
    """A quotation in a text: offsets of the words between the marks."""

    start: int
    end: int
    closed: bool


def quoted(text: str) -> Iterator[Quoted]:
    """Every quotation in a text, outermost marks only; one that never closes runs to the paragraph's end."""
    position = 0
    lost: set[str] = set()  # marks that nothing closes any more
    while (opening := _OPENING.search(text, position)) is not None:
        start = opening.end()
        closing = None if opening[0] in lost else _closing(text, start, opening[0])
        if closing is None and opening[0] in _APOSTROPHE_LIKE:
            lost.add(opening[0])
            position = start
        elif closing is None:
            paragraph = _PARAGRAPH.search(text, start)
            position = paragraph.start() if paragraph else len(text)
            yield Quoted(start, position, False)
        else:
            yield Quoted(start, closing.start(), True)
            position = closing.end()


def _closing(text: str, start: int, opening: str) -> re.Match[str] | None:
    for mark in _CLOSING[opening].finditer(text, start):
        # ’ between letters is an apostrophe, not the end of ‘…’.
        if mark[0] not in ("'", "’", "´") or not text[mark.end() : mark.end() + 1].isalnum():
            return mark
    return None


@lru_cache(maxsize=4096)
def comparable(text: str) -> str:
    """The words as quotations are compared: only line breaks and the shape of apostrophes do not count."""
    return " ".join(visible(text).translate(_APOSTROPHES).split())


def findings(case: Case) -> Iterator[Finding]:
    """Each quotation of each text against the quote records, and the cited records themselves."""
    for surface in case.surfaces:
        if surface.part != "record" and _OPENING.search(surface.text):
            text = visible(surface.text)
            inner = list(quoted(text))
            for one in inner:
                yield from _judge(case, surface, text, one)
            shown = [comparable(text[one.start : one.end]).strip() for one in inner]
            yield from _pieces(case, surface, shown)
    yield from _records(case)


def _judge(case: Case, surface: Surface, text: str, one: Quoted) -> Iterator[Finding]:
    words = comparable(text[one.start : one.end]).strip()
    if not one.closed:
        yield case.finding(
            UNCLOSED, surface, f"a quotation mark opens before “{_short(words)}” and never closes"
        )
    if not words or _is_title(case.context, words):
        return
    if surface.language not in _NO_NAMES_IN_MARKS and _is_name(case.context, text[: one.start], words):
        return
    quotes = case.quotes
    if (quote := next((one for one in quotes.values() if _has(one, words)), None)) is not None:
        yield from _speaker(case, surface, quote)
        return
    if (quote := next((one for one in quotes.values() if _has(one, words, checked=False)), None)) is not None:
        message = f"“{_short(words)}” is a translation of '{quote.id}' that nobody has checked"
        yield case.finding(TRANSLATION, surface, message, cause=f"translation:{quote.id}")
        return
    yield _unsupported(case, surface, words)


def _pieces(case: Case, surface: Surface, shown: list[str]) -> Iterator[Finding]:
    """One warning for each record of which several pieces, or less than three words, are shown."""
    for quote in case.quotes.values():
        pieces = [words for words in dict.fromkeys(shown) if words and _has(quote, words)]
        short = [words for words in pieces if len(split(words).folded) < _FEWEST < len(quote.words.split())]
        if len(pieces) > 1 or short:
            told = " and ".join(f"“{_short(words, 30)}”" for words in pieces)
            yield case.finding(PIECES, surface, f"{told} of '{quote.id}': {PIECES.remedy}")


def _unsupported(case: Case, surface: Surface, words: str) -> Finding:
    ledger = case.context.ledger.quotes
    others = (one for one in ledger.values() if one.id not in case.quotes)
    if (quote := next((one for one in others if _has(one, words)), None)) is not None:
        return case.finding(
            UNCITED, surface, f"“{_short(words)}” is quote '{quote.id}'; add quotes: [{quote.id}]"
        )
    if (near := _nearest([*case.quotes.values(), *ledger.values()], words)) is not None:
        quote, strange = near
        differs = f" (not in the record: {', '.join(strange)})" if strange else ""
        message = f"“{_short(words)}” is not exactly what '{quote.id}' records{differs}; copy its words"
        return case.finding(ALTERED, surface, message)
    return case.finding(UNRECORDED, surface, f"“{_short(words)}” stands in no quote record the post cites")


def _has(quote: Quote, words: str, checked: bool = True) -> bool:
    """Whether the words are a piece of the record, whole words only; a closing comma is the text's own."""
    texts = [quote.words]
    texts += [made.words for made in quote.translations.values() if made.checked_by or not checked]
    forms = {words, words.rstrip(",.;:").rstrip()} - {""}
    return any(_inside(form, comparable(text)) for form in forms for text in texts)


def _inside(piece: str, whole: str) -> bool:
    position = whole.find(piece)
    while position >= 0:
        before, after = whole[position - 1 : position], whole[position + len(piece) :][:1]
        cut = (before.isalnum() and piece[0].isalnum()) or (after.isalnum() and piece[-1].isalnum())
        if not cut:
            return True
        position = whole.find(piece, position + 1)
    return False


def _nearest(quotes: list[Quote], words: str) -> tuple[Quote, list[str]] | None:
    """The record that shares most of the words, with the words it lacks; None when none comes close."""
    own = split(words).folded
    if len(own) < 3:
        return None
    for quote in quotes:
        texts = [quote.words, *(made.words for made in quote.translations.values())]
        for text in texts:
            known = set(split(visible(text)).folded)
            if sum(word in known for word in own) / len(own) >= _CLOSE_ENOUGH:
                return quote, [word for word in dict.fromkeys(own) if word not in known]
    return None


def _is_title(context: Context, words: str) -> bool:
    folded = split(words).folded
    if not folded or folded == split(context.campaign.name).folded:
        return True
    return _wholly(context.read(words), _TITLES)


def _is_name(context: Context, before: str, words: str) -> bool:
    """The name of an agency or organisation. Behind a colon, or with a sentence's end in it, it is speech."""
    if before.rstrip(_MARKS).rstrip().endswith(":") or not words[-1].isalnum():
        return False
    return _wholly(context.read(words), NAMES)


def _wholly(reading: Reading, rule: str) -> bool:
    """Whether one listed phrase is all of the text."""
    last = len(reading.words.folded) - 1
    return any(hit.first == 0 and hit.last == last for hit in reading.hits(rule))


def _speaker(case: Case, surface: Surface, quote: Quote) -> Iterator[Finding]:
    person = case.context.ledger.people.get(quote.person or "")
    names = tuple((person.names if person else quote.institution).values())
    if surface.part in ("warning", "card") or not names:
        return
    if _is_campaign(case, names) and case.context.read(surface.text).hits("first-person"):
        return
    index = case.context.index
    if not any(speakers.named(name, surface.text, index, wholly=person is None) for name in names):
        yield case.finding(SPEAKER, surface, f"quotes '{quote.id}' without naming {names[0]}")


def _is_campaign(case: Case, names: tuple[str, ...]) -> bool:
    """The campaign's own words: "our letter" names the speaker well enough."""
    return any(case.context.campaign.name in name for name in names)


def _records(case: Case) -> Iterator[Finding]:
    if case.post.kind is Kind.QUOTE and not any(one.kind == "quotes" for one in case.citations):
        yield case.at(NONE_CITED, ("kind",), "a quote post cites no quote record; add quotes: [ID]")
    for citation in case.citations:
        quote = case.quotes.get(citation.id) if citation.kind == "quotes" else None
        if quote is None:
            continue
        if not quote.person and not quote.institution:
            yield case.at(NOBODY, citation.path, f"'{quote.id}' does not say whose words they are")
        if not quote.address and not quote.sources:
            yield case.at(
                UNSOURCED, citation.path, f"'{quote.id}' has no address where its words can be read"
            )
        names = tuple(quote.institution.values())
        if names and quote.address and not quote.date and not _is_campaign(case, names):
            yield case.at(UNDATED, citation.path, f"'{quote.id}', {names[0]}: {UNDATED.remedy}")


def _short(words: str, length: int = 60) -> str:
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"
