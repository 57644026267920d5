"""People are named and quoted only on a recorded basis, and never after they have withdrawn."""

from collections.abc import Iterator

from scheduler.checks.context import Case
from scheduler.checks.rules import Example, rule
from scheduler.checks.surfaces import Path
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

_OWN_WORDS_PUBLISHED = ("published-by-campaign", "own-published-words")
_ASKED = ("direct", "family")


def findings(case: Case) -> Iterator[Finding]:
    """Each person the post names or quotes."""
    if case.is_witness and not case.cited("people"):
        yield case.at(NOBODY, ("kind",), "a witness post names no person; add people: [ID]")
    for person in case.people.values():
        yield from _person(case, _path(case, person), person)


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
        yield case.at(WITHDRAWN, path, words, cause=f"withdrawn:{person.id}")
        return
    if person.basis == "none":
        yield case.at(BASIS, path, f"'{person.id}' has no basis for being named", cause=f"basis:{person.id}")
        return
    if person.basis not in _OWN_WORDS_PUBLISHED and not (person.identity and person.identity.checked_by):
        words = f"nobody has checked that '{person.id}' is who the record says; set identity"
        yield case.at(IDENTITY, path, words, cause=f"identity:{person.id}")
    if person.basis in _ASKED and not (consent and consent.reference):
        words = f"'{person.id}' has no consent recorded; set consent: {{reference, on}}"
        yield case.at(CONSENT, path, words, cause=f"consent:{person.id}")
    yield from _still_to_do(case, path, person)


def _still_to_do(case: Case, path: Path, person: Person) -> Iterator[Finding]:
    speaks = any(quote.person == person.id for quote in case.quotes.values())
    confirmed = person.consent is not None and person.consent.on is not None
    if speaks and person.basis == "published-by-campaign" and not confirmed:
        words = f"the words of '{person.id}' were published by the campaign; let it confirm their use"
        yield case.at(CONFIRM, path, words, cause=f"confirm:{person.id}")
    if case.is_witness and person.living is not False and person.informed_on is None:
        words = f"'{person.id}' has not been told of this post; set informed_on"
        yield case.at(INFORMED, path, words, cause=f"informed:{person.id}")
