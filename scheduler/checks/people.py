"""People are named and quoted only on a recorded basis, and never after they have withdrawn."""

from collections.abc import Iterator

from scheduler.checks.context import BEGINNING, Case, Context
from scheduler.checks.rules import Example, rule
from scheduler.checks.surfaces import Path, Surface
from scheduler.checks.words import Words, split
from scheduler.model import Finding, Kind, Person, Severity

WITHDRAWN = rule(
    "people.withdrawn",
    Severity.ERROR,
    "A person has withdrawn consent.",
    "Take the person out of the post; posts already published with them are to be retracted.",
    fires=(Example("Khojaly witness.", fields={"people": ("withdrawn",)}),),
    passes=(Example("Khojaly witness.", fields={"people": ("witness",)}),),
)
BASIS = rule(
    "people.no-basis",
    Severity.ERROR,
    "A person is named with no recorded basis for doing so.",
    "Record `basis` in the person's record, or leave the person out.",
    fires=(Example("Khojaly witness.", fields={"people": ("no-basis",)}),),
    passes=(Example("Khojaly witness.", fields={"people": ("witness",)}),),
)
IDENTITY = rule(
    "people.identity",
    Severity.BLOCKED,
    "Nobody has checked that the person is who the record says.",
    "Set `identity: {checked_by, on}`.",
    fires=(Example("Khojaly witness.", fields={"people": ("unchecked",)}),),
    passes=(
        Example("Khojaly witness.", fields={"people": ("direct",)}),
        Example("Khojaly witness.", fields={"people": ("witness",)}),
    ),
)
CONSENT = rule(
    "people.consent",
    Severity.BLOCKED,
    "A person takes part directly or through the family, and no consent is recorded.",
    "Set `consent: {reference, on}`; the paper itself is kept outside the folder.",
    fires=(Example("Khojaly witness.", fields={"people": ("unasked",)}),),
    passes=(Example("Khojaly witness.", fields={"people": ("direct",)}),),
)
CONFIRM = rule(
    "people.confirm",
    Severity.TODO,
    "Somebody's words are used because the campaign published them; the campaign is to confirm it.",
    "Ask the campaign, then record `consent: {reference, on}`.",
    fires=(Example("Azizova speaks.", fields={"quotes": ("azizova",)}),),
    passes=(Example("Khojaly witness.", fields={"people": ("witness",)}),),
)
INFORMED = rule(
    "people.not-told",
    Severity.TODO,
    "A witness has not been told of the post.",
    "Tell the person, or the family, and set `informed_on`.",
    fires=(Example("Khojaly witness.", fields={"kind": Kind.WITNESS, "people": ("witness",)}),),
    passes=(Example("Khojaly witness.", fields={"kind": Kind.WITNESS, "people": ("direct",)}),),
)
NOBODY = rule(
    "people.witness-unnamed",
    Severity.ERROR,
    "A post of kind witness cites no person.",
    "Name the record in `people` or in `card: {template: witness, person: ID}`.",
    fires=(Example("Khojaly witness.", fields={"kind": Kind.WITNESS}),),
    passes=(Example("Khojaly witness.", fields={"kind": Kind.WITNESS, "people": ("direct",)}),),
)

UNCITED = rule(
    "people.uncited",
    Severity.ERROR,
    "A post names somebody of the ledger without citing the record, so that nobody looks at consent.",
    "Add the person's id to `people`.",
    fires=(
        "Jeyran Azizova remembers.",
        "Azizova, Jeyran: a name card.",
        Example("Ceyran Əzizovanın sözləri.", "az"),
        Example("We remember.", fields={"alt": {"en": "Card: Some Witness."}}),
    ),
    passes=(
        Example("Jeyran Azizova remembers.", fields={"people": ("azizova",)}),
        Example("Jeyran Azizova remembers.", fields={"quotes": ("azizova",)}),
        "Some people are witness to it.",
    ),
)
UNRECORDED = rule(
    "people.unrecorded",
    Severity.BLOCKED,
    "Somebody is named as a witness or survivor, and no person of the ledger has that name.",
    "Write and cite a record of the person; or two people, neither of them the author, answer with a reason.",
    fires=("Khojaly witness Foo Barov was there.", Example("Xocalı şahidi Filan Filankəs", "az")),
    passes=(
        Example("Khojaly witness Some Witness.", fields={"people": ("witness",)}),
        "A survivor of Srebrenica came to our exhibition.",
        "Every witness of that night is heard.",
    ),
)

_OWN_WORDS_PUBLISHED = ("published-by-campaign", "own-published-words")
_ASKED = ("direct", "family")


def findings(case: Case) -> Iterator[Finding]:
    """Each person the post names or quotes."""
    if case.is_witness and not case.cited("people"):
        yield case.at(NOBODY, ("kind",), "a witness post names no person; add people: [ID]")
    for person in case.people.values():
        yield from _person(case, _path(case, person), person)
    for surface in case.surfaces:
        words = case.context.read(surface.text).words
        for person in _named(case.context, words) if surface.part != "record" else ():
            if not any(_same_name(person, cited) for cited in case.people.values()):
                message = f"'{person.id}' is named here; add people: [{person.id}]"
                yield case.finding(UNCITED, surface, message)
        yield from _witnesses(case, surface)


def _named(context: Context, words: Words) -> list[Person]:
    """The people of the ledger that a text names."""
    beginnings = {word[:BEGINNING] for word in words.folded}
    near = (person for person, needed in context.beginnings_of_names if needed & beginnings)
    return [person for person in near if _is_named(person, words)]


def _is_named(person: Person, words: Words) -> bool:
    """Whether all words of one of the person's names stand side by side, in any order, the last inflected."""
    return any(_stands(frozenset(split(name).folded), words) for name in person.names.values())


def _stands(name: frozenset[str], words: Words) -> bool:
    if len(name) < 2 or not name <= {part for word in words.folded for part in _stems(word, name)}:
        return False
    windows = zip(*(words.folded[at:] for at in range(len(name))), strict=False)
    return any({part for word in window for part in _stems(word, name)} == name for window in windows)


def _stems(word: str, name: frozenset[str]) -> list[str]:
    """The name's words that this word is, or begins with (Əzizova, Əzizovanın)."""
    return [part for part in name if word == part or (len(part) > 3 and word.startswith(part))]


def _same_name(one: Person, other: Person) -> bool:
    """Two records may be one person's; who cites the one has been asked about the name."""
    names = {frozenset(split(name).folded) for name in one.names.values()}
    return one.id == other.id or any(frozenset(split(name).folded) in names for name in other.names.values())


def _witnesses(case: Case, surface: Surface) -> Iterator[Finding]:
    """Two words written like a name behind "witness" or "survivor", which are no known person's name."""
    reading = case.context.read(surface.text)
    words = reading.words
    for hit in reading.hits("witness-words"):
        first, last = hit.last + 1, hit.last + 2
        if last >= len(words.folded) or words.text[words.ends[hit.last] : words.starts[first]].strip(" :"):
            continue
        if words.sentence[last] == words.sentence[hit.first] and len(words.names((first, last), 2)) == 2:
            shown = words.shown(first, last)
            if not any(_is_named(person, split(shown)) for person in case.context.ledger.people.values()):
                message = f"“{shown}” is named as a witness; {UNRECORDED.remedy}"
                yield case.finding(
                    UNRECORDED, surface, message, cause=case.question(UNRECORDED, shown, surface)
                )


def _path(case: Case, person: Person) -> Path:
    """Where the post names the person, or quotes them."""
    for citation in case.citations:
        if citation.kind == "people" and citation.id == person.id:
            return citation.path
        quote = case.quotes.get(citation.id) if citation.kind == "quotes" else None
        if quote is not None and quote.person == person.id:
            return citation.path
    return ()


def _person(case: Case, path: Path, person: Person) -> Iterator[Finding]:
    consent = person.consent
    if consent and consent.withdrawn_on:
        words = f"'{person.id}' withdrew on {consent.withdrawn_on}; take the person out"
        yield case.at(WITHDRAWN, path, words, cause=f"people who have withdrawn: {person.id}")
        return
    if person.basis == "none":
        yield case.at(
            BASIS,
            path,
            f"'{person.id}' has no basis for being named",
            cause=f"people without a basis for being named: {person.id}",
        )
        return
    if person.basis not in _OWN_WORDS_PUBLISHED and not (person.identity and person.identity.checked_by):
        words = (
            f"nobody has checked that '{person.id}' is who the record says; set identity: {{checked_by, on}}"
        )
        yield case.at(IDENTITY, path, words, cause=f"people whose identity is to be checked: {person.id}")
    if person.basis in _ASKED and not (consent and consent.reference):
        words = f"'{person.id}' has no consent recorded; ask first, then set consent: {{reference, on}}"
        yield case.at(CONSENT, path, words, cause=f"people whose consent is to be recorded: {person.id}")
    yield from _still_to_do(case, path, person)


def _still_to_do(case: Case, path: Path, person: Person) -> Iterator[Finding]:
    speaks = any(quote.person == person.id for quote in case.quotes.values())
    confirmed = person.consent is not None and person.consent.on is not None
    if speaks and person.basis == "published-by-campaign" and not confirmed:
        words = (
            f"the words of '{person.id}' were published by the campaign; let it confirm their use, "
            "then set consent: {reference, on}"
        )
        yield case.at(CONFIRM, path, words, cause="words whose use the campaign is to confirm")
    if case.is_witness and person.living is not False and person.informed_on is None:
        words = f"'{person.id}' has not been told of this post; tell them or the family, then set informed_on"
        yield case.at(INFORMED, path, words, cause="witnesses to be told of the post that names them")
