"""A body beside a word of law about the event: verdicts and recognitions told with verbs that no list has."""

from collections.abc import Iterator

from scheduler.checks import claims, places
from scheduler.checks.context import Case
from scheduler.checks.rules import Example, rule
from scheduler.checks.words import Hit, Reading
from scheduler.model import Finding, Severity

_BEFORE_BODY = 2
"""How far before a body "no" may stand: no court, no international court."""

VERDICT = rule(
    "claims.verdict",
    Severity.BLOCKED,
    "A body and a word of law about the event stand in one sentence, and no cited record shows what it said.",
    "Cite the recognition, or a fact with the claim; say what the campaign itself holds or asks; "
    "or two people, neither of them the author, answer with a reason.",
    fires=(
        "For the court it was plain that the massacre was genocide.",
        "For the United Nations the massacre amounts to a war crime.",
        "The parliaments of many countries passed texts on the Khojaly genocide.",
        "The court pronounced the state guilty of the massacre.",
        # The campaign is glad, but it is the court that is said to have spoken.
        "We are glad that the court pronounced the massacre a genocide.",
        Example("BMT üçün Xocalı soyqırımı sübutdur.", "az"),
        Example("Pakistan's Senate stands by the word genocide for Khojaly."),
    ),
    passes=(
        "We hold that the massacre was genocide; a court should decide.",
        "No court has ever said that Khojaly was genocide.",
        "We ask the United Nations to call Khojaly genocide.",
        "Has a court said that Khojaly was genocide?",
        "The United Nations remembers the victims of every genocide.",
        "A court sits in Khojaly.",
        # Where somebody comes from or lives says nothing about the country's word.
        "Guests from Pakistan saw the exhibition about the Khojaly genocide.",
        "People in twenty countries remember the Khojaly genocide.",
        "To the United Nations we say: Khojaly was genocide.",
        Example(
            "A committee of Pakistan's Senate used the word genocide for Khojaly.",
            fields={"recognitions": ("pakistan",)},
        ),
        Example(
            "Azerbaijan's parliament wrote of genocide in Khojaly.", fields={"facts": ("parliament-1994",)}
        ),
    ),
)


def findings(case: Case) -> Iterator[Finding]:
    """One question for each sentence in which somebody else seems to give the event its legal name."""
    for surface in case.surfaces:
        reading = case.context.read(surface.text)
        for body, term in _meetings(reading):
            if claims.judged(reading, body) or _excused(reading, body, term):
                continue
            if claims.shown_by(case, reading, term, _bodies_beside(reading, body)):
                continue
            first, last = min(body.first, term.first), max(body.last, term.last)
            words = reading.words.shown(first, last)
            message = f'"{words}": {VERDICT.summary} {VERDICT.remedy}'
            yield case.finding(VERDICT, surface, message, cause=case.question(VERDICT, words, surface))


def _meetings(reading: Reading) -> Iterator[tuple[Hit, Hit]]:
    """The first body and the first word of law of each sentence that speaks of the event."""
    terms, bodies = reading.hits("legal-term"), _speaking(reading)
    if not terms or not bodies:
        return
    seen: set[int] = set()
    for term in terms:
        sentence = reading.words.sentence[term.first]
        body = next((one for one in bodies if reading.together(one, term)), None)
        if sentence in seen or body is None or _in_title(reading, term):
            continue
        if any(reading.together(event, term) for event in reading.hits("event")):
            seen.add(sentence)
            yield body, term


def _speaking(reading: Reading) -> list[Hit]:
    """The bodies, without countries that are only a place."""
    return [one for one in reading.hits("third-party") if not places.only(reading, one)]


def _in_title(reading: Reading, term: Hit) -> bool:
    """The Genocide Convention and a memorial's name say nothing about the event."""
    return any(one.first <= term.first and term.last <= one.last for one in reading.hits("title"))


def _bodies_beside(reading: Reading, body: Hit) -> list[Hit]:
    return [one for one in _speaking(reading) if reading.together(one, body)]


def _excused(reading: Reading, body: Hit, term: Hit) -> bool:
    """Something is asked of the body, denied, or said by the campaign itself."""
    first, last = reading.words.sentence_bounds(body.first)
    if reading.between("request", first, last) or claims.asked(reading, body):
        return True
    start, end = max(first, min(body.first, term.first) - _BEFORE_BODY), max(body.last, term.last)
    return _denied(reading, start, end) or _own_voice(reading, body, term, first)


def _denied(reading: Reading, first: int, last: int) -> bool:
    """A "not" that is no part of another phrase ("no doubt") and not taken back ("no country but this")."""
    if reading.between("contrast", first, last):
        return False
    phrases = reading.hits("overclaim")
    return any(
        not any(one.first <= hit.first and hit.last <= one.last for one in phrases)
        for hit in reading.starting("negation", first, last)
    )


def _own_voice(reading: Reading, body: Hit, term: Hit, first: int) -> bool:
    """ "We hold …": of the campaign and the bodies, the campaign stands nearest before the word of law."""
    voices = [hit.last for hit in reading.starting("first-person", first, term.first)]
    bodies = [one.last for one in _bodies_beside(reading, body) if one.last < term.first]
    return bool(voices) and max(voices) > max(bodies, default=-1)
