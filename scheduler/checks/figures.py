"""Numbers of casualties: each from a cited fact, as its record has it, and with who says so."""

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.checks import numbers, quotes, speakers
from scheduler.checks.context import Case, Context
from scheduler.checks.numbers import Number
from scheduler.checks.rules import Example, rule
from scheduler.checks.surfaces import Surface
from scheduler.checks.words import Hit, Reading
from scheduler.model import Card, Fact, Finding, Severity

ANYBODY = "people"
"""The unit that fits every fact: 613 killed may be called 613 people."""

# How many words before and after a number its units may stand.
_WHO_REACH, _WHAT_REACH = (3, 4), (6, 8)
_RANGE = ("-", "–", "—", "to", "or", "до")
_MOURNED_REACH, _TITLE, _LONGEST_UNIT = 6, 4, 6
_LEADS = ("the", "these", "those", "all", "our")
_TELLING = 100
"""Numbers below are too common to be taken for the ledger's wherever they stand."""

_KILLED = {"facts": ("killed",)}
_SAID = "According to Azerbaijan's authorities, "

UNSOURCED = rule(
    "figures.unsourced",
    Severity.ERROR,
    "A number of casualties cites no fact that has it.",
    "Add the fact's id to `facts`, or write the fact with its sources first.",
    fires=(
        "At Khojaly 613 people were killed.",
        "Reportedly, 5,000 were killed.",
        "We remember 613 civilians.",
        "Six hundred and thirteen people were killed.",
        Example("Xocalıda altı yüz on üç nəfər öldürüldü.", "az"),
        "We remember 613 people.",
        Example("Reportedly, 5,000 were killed.", fields={"facts": ("night",)}),
        Example("Xocalıda 613 nəfər öldürüldü.", "az"),
        Example("We remember.", fields={"alt": {"en": "Card: 1 275 taken hostage."}}),
        Example("We remember.", fields={"alt": {"en": "Card: 1\u00a0275 taken hostage."}}),
        "We mourn the 613.",
        "613. So many were killed.",
        Example("We remember.", fields={"card": Card("plain", title={"en": "613 people"})}),
        "10% of those there were killed.",
        # A share is never the figure itself.
        Example(f"{_SAID}63% of the dead were children.", fields={"facts": ("killed", "children")}),
    ),
    passes=(
        Example(f"{_SAID}613 people were killed.", fields=_KILLED),
        Example(f"{_SAID}1,275 people were taken hostage.", fields={"facts": ("hostages",)}),
        Example(f"{_SAID}1275 people were taken hostage.", fields={"facts": ("hostages",)}),
        "Soldiers of the 366th regiment took part, refugees told Memorial.",
        "Two women spoke of how people were killed; we met on it.",
        "Join 120 people in the square. Five ways to help, and 3 addresses to write to.",
        "On 26 February 1992 people were killed as they fled.",
        "In 1992 civilians were killed at Khojaly. At 17:00 we are silent.",
        "On the night of 25-26 February 1992 people were killed.",
        "Resolution 884 and telephone 012 345 67 89 are free.",
        "The town had 6,300 residents; 30 children sang; 8 families cooked for the guests.",
        "10 % of the visitors wrote in the book.",
        Example("Hər iki tərəfdən mülki şəxslər öldürüldü.", "az"),
    ),
)
PERHAPS = rule(
    "figures.perhaps",
    Severity.BLOCKED,
    "A number of people is one the ledger has for casualties; only a person can tell whether it is meant.",
    "If it counts casualties, cite the fact; if not, two people, neither of them the author, answer with a "
    "reason.",
    fires=("For 613 people that night never ended.",),
    passes=(
        Example(f"{_SAID}613 people were killed.", fields=_KILLED),
        "Join 120 people in the square.",
        "63 children sang.",
    ),
)
AGAINST = rule(
    "figures.against-record",
    Severity.ERROR,
    "A number of casualties is not the one that the cited fact has.",
    "Correct the number, or the record if its sources say so.",
    fires=(
        Example(f"{_SAID}631 people were killed.", fields=_KILLED),
        Example(f"{_SAID}83 children were killed.", fields={"facts": ("killed", "children")}),
    ),
    passes=(Example(f"{_SAID}63 children were killed.", fields={"facts": ("killed", "children")}),),
)
OTHER_UNIT = rule(
    "figures.other-unit",
    Severity.ERROR,
    "A number is right, but it counts somebody else than the record says.",
    "Use the record's own word: after 613 that is “people”, not “civilians”.",
    fires=(
        Example(f"{_SAID}613 civilians were killed.", fields=_KILLED),
        Example(f"{_SAID}613 were wounded.", fields=_KILLED),
        Example("Azərbaycan rəsmilərinə görə 613 mülki şəxs öldürüldü.", "az", _KILLED),
    ),
    passes=(Example(f"{_SAID}613 people were killed.", fields=_KILLED),),
)
UNATTRIBUTED = rule(
    "figures.unattributed",
    Severity.BLOCKED,
    "A number below high confidence stands without the name of who says so.",
    "Write “According to …” with the name in the record's `according_to` (“reportedly” is not a name); or "
    "two people, neither of them the author, answer with a reason.",
    fires=(
        Example("613 people were killed at Khojaly.", fields=_KILLED),
        Example("Reportedly, 613 people were killed.", fields=_KILLED),
        Example(
            "613 people were killed. Azerbaijan mourns. The authorities of Armenia deny it.", fields=_KILLED
        ),
    ),
    passes=(
        Example("613 people were killed, Azerbaijani authorities say.", fields=_KILLED),
        Example("Xocalıda 613 nəfər öldürülüb, Azərbaycan rəsmiləri bildirir.", "az", _KILLED),
        Example("The town lost 8 families.", fields={"facts": ("families-certain",)}),
        Example("Human Rights Watch counted more than 200 people killed.", fields=_KILLED),
    ),
)
VAGUE = rule(
    "figures.vague",
    Severity.WARNING,
    "“Hundreds” or “thousands” of casualties without a fact.",
    "Cite the fact that shows it, or say it without a number.",
    fires=("Thousands of people were killed.",),
    passes=(Example("Hundreds of people were killed.", fields=_KILLED),),
)
UNIT = rule(
    "figures.unknown-unit",
    Severity.WARNING,
    "A fact's unit is no id of the casualty lists, so its number cannot be compared with its words.",
    "Use ids of the lists casualty-who and casualty-what in posts/ledger/wording.yaml.",
)


@dataclass(frozen=True)
class Count:
    """A number that counts casualties: whom it counts (the nearest unit) and what happened to them.

    Not `certain`: it counts people, and is one that the ledger has for casualties; no more can be told.
    """

    number: Number
    shown: str
    who: str | None
    what: frozenset[str]
    certain: bool = True


@dataclass(frozen=True)
class _Support:
    """A cited record that has the number: who says so, and the fact whose unit it must keep to."""

    names: tuple[str, ...]
    certain: bool
    fact: Fact | None = None


def counts(reading: Reading, language: str, figures: frozenset[int]) -> Iterator[Count]:
    """The casualty numbers of a text in a language; `figures` are those of the ledger.

    A number counts casualties beside what happened to people; beside people who are said to be mourned before
    it; beside people where the whole text is no longer than a card's title and the ledger has the number; and
    alone behind "the" ("we mourn the 613"), if the ledger has it.
    """
    units = reading.hits("casualty-who") or reading.hits("casualty-what")
    found = numbers.find(reading.words, language) if units or figures else ()
    for at, number in enumerate(found):
        if not number.counts and not number.share:
            continue
        within = range(found[at - 1].last + 1 if at else 0, _next_number(reading, found, at))
        near_who = _near(reading, "casualty-who", within, number, _WHO_REACH)
        what_reach = _WHO_REACH if number.spelled else _WHAT_REACH
        near_what = _near(reading, "casualty-what", within, number, what_reach)
        listed = number.value in figures and not number.share
        certain = bool(near_what) or (not number.share and _is_mourned(reading, number, near_who, listed))
        if certain or (near_who and listed and number.value >= _TELLING):
            shown = reading.words.text[number.start : number.end] + " %" * number.share
            ids = frozenset(hit.list_id for hit in near_what)
            yield Count(number, shown, near_who[0].list_id if near_who else None, ids, certain)


def _is_mourned(reading: Reading, number: Number, near_who: list[Hit], listed: bool) -> bool:
    """Whether a number without a word of death is one of the dead by what stands around it."""
    first, last = reading.words.sentence_bounds(number.first)
    # "We remember 613 people", or a word that speaks of the dead by itself: "613 civilians".
    before = max(first, number.first - _MOURNED_REACH)
    mourned = bool(reading.starting("remembrance", before, number.first - 1)) or any(
        reading.starting("remembrance", hit.first, hit.first) for hit in near_who
    )
    if not near_who:
        telling = listed and number.value >= _TELLING and number.last == last
        if number.first == first:  # a sentence of its own: "613. So many were killed."
            return telling and bool(reading.hits("casualty-what"))
        return telling and mourned and reading.words.folded[number.first - 1] in _LEADS
    if number.spelled:
        return listed and mourned
    return mourned or (listed and len(reading.words.folded) <= _TITLE)


def _next_number(reading: Reading, found: tuple[Number, ...], at: int) -> int:
    """Where the words of this number end; both numbers of a range ("15 to 50") share them."""
    text = reading.words.text
    while at + 1 < len(found) and text[found[at].end : found[at + 1].start].strip() in _RANGE:
        at += 1
    return found[at + 1].first if at + 1 < len(found) else len(reading.words.folded)


def _near(reading: Reading, units: str, within: range, number: Number, reach: tuple[int, int]) -> list[Hit]:
    """Units within reach in the sentence and between the numbers beside it; those after it come first."""
    sentence, (back, ahead) = reading.words.sentence, reach
    first = max(within.start, number.first - back - _LONGEST_UNIT)
    hits = reading.starting(units, first, min(within.stop - 1, number.last + ahead))
    near = [hit for hit in hits if sentence[hit.first] == sentence[number.first]]
    after = [hit for hit in near if number.last < hit.first <= number.last + ahead]
    before = [hit for hit in near if number.first - back <= hit.last < number.first]
    return sorted(after, key=lambda hit: (hit.first, -hit.last)) + sorted(before, key=lambda hit: -hit.last)


def findings(case: Case) -> Iterator[Finding]:
    """Every casualty number of every text against the facts and quotes the post cites."""
    figures = case.context.figures
    for surface in case.surfaces:
        reading = case.context.read(surface.text)
        for count in counts(reading, surface.language, figures):
            yield from _judge(case, surface, reading, count)
        yield from _vague(case, surface, reading)


def _judge(case: Case, surface: Surface, reading: Reading, count: Count) -> Iterator[Finding]:
    supports = list(_supports(case, reading, count))
    if not supports and not count.certain:
        words = f'"{count.shown}" is a number that the ledger has for casualties. {PERHAPS.remedy}'
        cause = case.question(PERHAPS, count.shown, surface)
        yield case.finding(PERHAPS, surface, words, cause=cause)
        return
    if not supports:
        yield _unsupported(case, surface, count)
        return
    fitting = [one for one in supports if one.fact is None or _misfit(case, one.fact, count) is None]
    if not fitting:
        wrong = next(one.fact for one in supports if one.fact is not None)
        unit = _misfit(case, wrong, count)
        words = f"\"{count.shown}\" is of {unit} here, but '{wrong.id}' records {wrong.unit}"
        yield case.finding(OTHER_UNIT, surface, words)
        return
    # A card prints the source line of its own records.
    if surface.part == "record" or any(one.certain or _named(case, one, surface) for one in fitting):
        return
    names = " or ".join(dict.fromkeys(name for one in fitting for name in one.names)) or "who says so"
    words = f'"{count.shown}" needs who says so, by name: {names}'
    cause = case.question(UNATTRIBUTED, count.shown, surface)
    yield case.finding(UNATTRIBUTED, surface, words, cause=cause)


def _named(case: Case, support: _Support, surface: Surface) -> bool:
    return any(speakers.named(name, surface.text, case.context.index) for name in support.names)


def _supports(case: Case, reading: Reading, count: Count) -> Iterator[_Support]:
    value = count.number.value
    if count.number.share:
        for fact in case.facts.values():
            if any(value in numbers.shares(words) for words in fact.wording.values()):
                yield _Support(tuple(fact.according_to.values()), fact.confidence == "high")
        return
    for fact in case.facts.values():
        names, certain = tuple(fact.according_to.values()), fact.confidence == "high"
        if fact.figure == value:
            yield _Support(names, certain, fact)
        elif any(value in numbers.values(words) for words in fact.wording.values()):
            yield _Support(names, certain)
        for other in fact.others:
            if other.figure == value or value in numbers.values(other.wording or ""):
                yield _Support((other.according_to,), False)
    if any(value in numbers.values(quote.words) for quote in case.quotes.values()) and _is_quoted(
        reading, count
    ):
        yield _Support((), True)


def _is_quoted(reading: Reading, count: Count) -> bool:
    """Inside quotation marks; whose words they are is the quotes' rules' affair."""
    return any(one.start <= count.number.start < one.end for one in quotes.quoted(reading.words.text))


def _misfit(case: Case, fact: Fact, count: Count) -> str | None:
    """The unit in the text that the fact does not have, or None."""
    units = set((fact.unit or "").split())
    known = {one.id for one in case.context.ledger.wording.values() if one.rule.startswith("casualty-")}
    if not units & known:
        return None
    if count.who not in (None, ANYBODY) and count.who not in units | _worded(case, fact):
        return count.who
    whole = case.context.ledger.facts.get(fact.part_of or "")
    allowed = units | set((whole.unit or "").split() if whole else ())
    happened = {one.id for one in case.context.ledger.wording.values() if one.rule == "casualty-what"}
    if count.what and allowed & happened and not count.what & allowed:
        return min(count.what)
    return None


def _worded(case: Case, fact: Fact) -> set[str]:
    """Whom the record's own wording speaks of."""
    readings = (case.context.read(words) for words in fact.wording.values())
    return {hit.list_id for reading in readings for hit in reading.hits("casualty-who")}


def _unsupported(case: Case, surface: Surface, count: Count) -> Finding:
    if count.number.share:
        words = f'"{count.shown}" cites no fact whose wording has this share'
        return case.finding(UNSOURCED, surface, words)
    told = {count.who, *count.what} - {None, ANYBODY}
    for fact in case.facts.values():
        units = set((fact.unit or "").split())
        whose = units if count.who in units else units & count.what
        if (
            fact.figure is not None
            and told
            and whose
            and (count.who in (None, ANYBODY) or count.who in units)
        ):
            words = f"\"{count.shown}\" is not what '{fact.id}' records ({fact.figure} {fact.unit})"
            return case.finding(AGAINST, surface, words)
    having = [fact for fact in case.context.ledger.facts.values() if fact.figure == count.number.value]
    known = [fact.id for fact in having if not told or told & set((fact.unit or "").split())]
    cure = f"add facts: [{known[0]}]" if known else "no fact in the ledger has it"
    return case.finding(UNSOURCED, surface, f'"{count.shown}" cites no fact that has it; {cure}')


def _vague(case: Case, surface: Surface, reading: Reading) -> Iterator[Finding]:
    if case.facts:
        return
    units = [*reading.hits("casualty-who"), *reading.hits("casualty-what")]
    for hit in reading.hits("vague-count"):
        near = [
            one for one in units if 0 < one.first - hit.last <= _WHO_REACH[1] and reading.together(hit, one)
        ]
        if near and reading.hits("casualty-what"):
            words = f'"{reading.shown(hit)}" of casualties cites no fact; add the fact that shows it'
            yield case.finding(VAGUE, surface, words)


def in_ledger(context: Context) -> Iterator[Finding]:
    """Facts with a figure whose unit is in no list."""
    known = {one.id for one in context.ledger.wording.values() if one.rule.startswith("casualty-")}
    for fact in context.ledger.facts.values() if known else ():
        strange = sorted(set((fact.unit or "").split()) - known)
        if fact.figure is not None and strange:
            span = context.ledger.span("facts", fact.id, "unit")
            words = f"'{fact.id}': no casualty list has the unit '{strange[0]}'; its words cannot be compared"
            yield UNIT.at(span, words)
