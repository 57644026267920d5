"""Others ruled, recognised or confessed only where a record shows it; the campaign may say what it holds."""

from collections.abc import Iterable, Iterator

from scheduler.checks import places
from scheduler.checks.context import Case
from scheduler.checks.rules import Example, rule
from scheduler.checks.surfaces import Surface
from scheduler.checks.words import Hit, Reading
from scheduler.model import Fact, Finding, Recognition, Severity

_REACH = 12
"""How many words may stand between a body and what it is said to have done."""

_TERM_REACH, _NAME_REACH, _ASKED_REACH = 6, 4, 3
_COMMITTEE = "committee"
"""The list of bodies whose word is told as a committee's."""

UNRECORDED = rule(
    "claims.unrecorded",
    Severity.ERROR,
    "A third party is said to have ruled or recognised something, and no record shows it.",
    "Cite the recognition, or a fact whose `claims` has it; or say what the campaign itself holds.",
    fires=(
        "The European Court recognised it as genocide.",
        "It was recognized as genocide by the United Nations.",
        Example("Məhkəmə bunu soyqırımı kimi tanıdı.", "az"),
        Example("The Court recognised it.", fields={"facts": ("killed", "parliament-1994")}),
        Example("Bohemia's parliament recognised it as genocide.", fields={"recognitions": ("bohemia",)}),
        Example(
            "A committee of Argentina's Senate called Khojaly a genocide.",
            fields={"recognitions": ("pakistan",)},
        ),
        # What a committee said is not what the whole house, or the country, said.
        Example("Pakistan's Senate called Khojaly a genocide.", fields={"recognitions": ("pakistan",)}),
        # One parliament's decision is no other's.
        Example("The French parliament recognised it as genocide.", fields={"facts": ("parliament-1994",)}),
        "Did you know that the European Court recognised it?",
        "No country but this one: the United Nations recognised it.",
        "Guests from Argentina recognised it as genocide.",
    ),
    passes=(
        "We, the campaign, regard it as genocide under the 1948 Convention and ask for recognition.",
        "We call on the Government of Armenia to apologise.",
        "We ask the United Nations to recognise it.",
        "The Court has not recognised it.",
        "No court has recognised it.",
        "Has your parliament recognised it? Ask.",
        # Where somebody comes from says nothing about the country's word.
        "Guests from Argentina recognised their street.",
        Example("Bohemia's parliament recognised it as a crime.", fields={"recognitions": ("bohemia",)}),
        Example(
            "A committee of Pakistan's Senate called Khojaly a genocide.",
            fields={"recognitions": ("pakistan",)},
        ),
        Example(
            "Azerbaijan's parliament recognised it as genocide in 1994.",
            fields={"facts": ("parliament-1994",)},
        ),
    ),
)
CONFESSION = rule(
    "claims.confession",
    Severity.ERROR,
    "Somebody is said to have confessed or admitted, and no record shows it.",
    "Quote the exact words with their record, or take the sentence out.",
    fires=("The former president confessed to the killing.", Example("O, etiraf etdi.", "az")),
    passes=(Example("He confessed in court.", fields={"facts": ("confession",)}), "Nobody has confessed."),
)
UNSEEN = rule(
    "claims.text-not-seen",
    Severity.BLOCKED,
    "A recognition is cited whose text nobody has seen.",
    "Read the document itself, then set `text_seen: yes` and `text_address`.",
    fires=(Example("A text.", fields={"recognitions": ("unseen",)}),),
    passes=(Example("A text.", fields={"recognitions": ("pakistan",)}),),
)


def findings(case: Case) -> Iterator[Finding]:
    """What the post says others did, and the recognitions it cites."""
    for citation in case.citations:
        record = case.cited("recognitions").get(citation.id) if citation.kind == "recognitions" else None
        if record is not None and not record.text_seen:
            words = f"nobody has seen the text of '{record.id}'; read it and set text_seen: yes"
            yield case.at(UNSEEN, citation.path, words, cause=f"unseen:{record.id}")
    for surface in case.surfaces:
        reading = case.context.read(surface.text)
        yield from _rulings(case, surface, reading)
        yield from _confessions(case, surface, reading)


def _rulings(case: Case, surface: Surface, reading: Reading) -> Iterator[Finding]:
    bodies = reading.hits("third-party")
    if not bodies:
        return
    for act in reading.hits("ruling"):
        doers = [body for body in bodies if _did(reading, body, act)]
        if doers and not shown_by(case, reading, act, doers):
            first, last = min(doers[0].first, act.first), max(doers[0].last, act.last)
            words = (
                f'"{reading.words.shown(first, last)}": no cited record shows this; cite a recognition, '
                f"or a fact with the claim {act.list_id}/{doers[0].list_id}"
            )
            yield case.finding(UNRECORDED, surface, words)


def judged(reading: Reading, body: Hit) -> bool:
    """Whether a listed act of some body stands in this one's sentence: `claims.unrecorded` judges that."""
    beside = [one for one in reading.hits("third-party") if reading.together(one, body)]
    return any(_did(reading, one, act) for act in reading.hits("ruling") for one in beside)


def shown_by(case: Case, reading: Reading, act: Hit, bodies: Iterable[Hit]) -> bool:
    """Whether a cited record shows the act, or the word of law, of one of these bodies."""
    return any(_carried(case, reading, body, act) for body in bodies)


def _did(reading: Reading, body: Hit, act: Hit) -> bool:
    """Whether the body did it: it stands before the act with no "we" or "not" between, or after "by"."""
    if not reading.together(body, act) or asked(reading, body):
        return False
    if places.only(reading, body) and not reading.between("legal-term", act.first, act.last + _TERM_REACH):
        return False
    if body.last < act.first <= body.last + 1 + _REACH:
        return not (
            reading.between("first-person", body.last + 1, act.last)
            or reading.between("negation", body.last + 1, act.last)
            or _no_body(reading, body)
        )
    if act.last < body.first <= act.last + 1 + _REACH:
        return reading.between("by", act.last + 1, body.first - 1)
    return False


def _no_body(reading: Reading, body: Hit) -> bool:
    """ "No court", "no international court": a negation right before the body."""
    return reading.between("negation", body.first - 2, body.first - 1) and not reading.between(
        "contrast", body.first - 3, body.first - 1
    )


def asked(reading: Reading, body: Hit) -> bool:
    """ "Has your parliament …?": a question put to the body, not "did you know that …?"."""
    words = reading.words
    first, last = words.sentence_bounds(body.first)
    question = words.text[words.ends[last] :].lstrip(' ”"').startswith("?")
    return question and body.first - first <= _ASKED_REACH and reading.between("asking", first, first)


def _carried(case: Case, reading: Reading, body: Hit, act: Hit) -> bool:
    facts = (fact for fact in case.facts.values() if _claims(fact, body, act))
    if any(_of_this_body(case, fact, reading, body, act) for fact in facts):
        return True
    return any(
        _names(case, record, reading, body) and _same_term(case, record, reading, act)
        for record in case.cited("recognitions").values()
    )


def _claims(fact: Fact, body: Hit, act: Hit) -> bool:
    """Whether the fact has the claim; a bare word of law is carried by any claim of the body's."""
    if act.rule == "ruling":
        return f"{act.list_id}/{body.list_id}" in fact.claims
    return any(claim.endswith(f"/{body.list_id}") for claim in fact.claims)


def _of_this_body(case: Case, fact: Fact, reading: Reading, body: Hit, act: Hit) -> bool:
    """Whether the body beside the act goes by a name that the fact's wording has ("Milli Majlis", "Baku")."""
    first, last = reading.words.sentence_bounds(body.first)
    near = range(
        max(first, min(body.first, act.first) - _NAME_REACH), min(last, max(body.last, act.last)) + 1
    )
    known: set[str] = set()
    for wording in fact.wording.values():
        words = case.context.read(wording).words
        known |= words.names(range(len(words.folded)))
    return bool(reading.words.names(near) & known)


def _same_term(case: Case, record: Recognition, reading: Reading, act: Hit) -> bool:
    """Whether the record's own term is genocide where the sentence says so."""
    if not reading.between("genocide", act.first, act.last + _TERM_REACH):
        return True
    return bool(case.context.read(record.term_used or "").hits("genocide"))


def _names(case: Case, record: Recognition, reading: Reading, body: Hit) -> bool:
    """Whether the recognition is that body's: of its kind, and its own name stands in the sentence."""
    words, sentence = reading.words, reading.words.sentence[body.first]
    said = {word for word, number in zip(words.folded, words.sentence, strict=True) if number == sentence}
    for described in _described(record):
        record_reading = case.context.read(described)
        bodies = record_reading.hits("third-party")
        generic = {
            at for hit in bodies if hit.list_id != places.STATES for at in range(hit.first, hit.last + 1)
        }
        own = [
            word
            for at, word in enumerate(record_reading.words.folded)
            if at not in generic and len(word) > 3 and not word.isdigit()
        ]
        if not any(hit.list_id == body.list_id for hit in bodies) or (own and not said & set(own)):
            continue
        narrow = {hit.list_id for hit in bodies} & {_COMMITTEE}
        beside = {hit.list_id for hit in reading.hits("third-party") if reading.together(hit, body)}
        if narrow <= beside:
            return True
    return False


def _described(record: Recognition) -> list[str]:
    """The body with chamber and form, once in each language."""
    languages = dict.fromkeys([*record.body, *record.chamber, *record.form])
    fields = (record.body, record.chamber, record.form)
    return [" ".join(field.get(language, "") for field in fields) for language in languages]


def _confessions(case: Case, surface: Surface, reading: Reading) -> Iterator[Finding]:
    for hit in reading.hits("confession"):
        denied = reading.between("negation", max(0, hit.first - 3), hit.last)
        carried = any("confessed" in fact.claims for fact in case.facts.values())
        if not denied and not carried:
            words = (
                f'"{reading.shown(hit)}": no cited record shows a confession; quote the exact words instead'
            )
            yield case.finding(CONFESSION, surface, words)
