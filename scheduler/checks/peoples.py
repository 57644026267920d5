"""Where a text lays a crime at the door of a whole people, or turns against one; each with its words."""

from collections.abc import Iterator

from scheduler.checks.words import Hit, Reading

_SUBJECT_REACH, _AGENT_REACH, _CHARGE_REACH, _NEGATION_REACH = 8, 6, 4, 4


def blamed(reading: Reading) -> Iterator[str]:
    """A people called guilty or evil, before a crime in the active voice, or after it as who did it."""
    yield from _called_evil(reading)
    crimes, charges = reading.hits("crimes"), reading.hits("accusation")
    for people in reading.hits("peoples") if crimes or charges else ():
        for charge in charges:
            if _follows(reading, people, charge) and not denied(reading, charge):
                yield reading.words.shown(people.first, charge.last)
        for crime in crimes:
            if reading.together(people, crime) and (
                _subject(reading, people, crime) or _agent(reading, people, crime)
            ):
                first, last = min(people.first, crime.first), max(people.last, crime.last)
                yield reading.words.shown(first, last)
                break


def attacked(reading: Reading) -> Iterator[str]:
    """A people wished ill: "blame the …", "… must leave"."""
    for people in reading.hits("peoples"):
        for wish in reading.hits("against-peoples"):
            near = reading.together(people, wish) and 0 < people.first - wish.last <= 2
            if near and not denied(reading, wish):
                yield reading.words.shown(wish.first, people.last)
        for fate in reading.hits("fate-of-peoples"):
            if _follows(reading, people, fate) and not denied(reading, fate):
                yield reading.words.shown(people.first, fate.last)


def debased(reading: Reading, harsh: Hit) -> str | None:
    """The harsh word together with the people right behind it ("barbaric …"), or None."""
    for people in reading.hits("peoples"):
        if harsh.last < people.first <= harsh.last + 2 and reading.together(harsh, people):
            return reading.words.shown(harsh.first, people.last)
    return None


def denied(reading: Reading, hit: Hit) -> bool:
    """Whether a "not" stands near, outside the words themselves, with no "but" between it and them."""
    # No listed negation is longer than the reach.
    for no in reading.starting("negation", hit.first - 2 * _NEGATION_REACH, hit.last + 1 + _NEGATION_REACH):
        if hit.first <= no.first and no.last <= hit.last:
            continue
        first, last = min(no.last, hit.last) + 1, max(no.first, hit.first) - 1
        near = last - first + 1 <= _NEGATION_REACH and reading.together(no, hit)
        if near and not reading.between("contrast", first, last):
            return True
    return False


def _called_evil(reading: Reading) -> Iterator[str]:
    """ "… murderers" right behind a nationality's name, or what a people is said to be."""
    for evil in reading.hits("evil-doers"):
        for named in (*reading.hits("nationalities"), *reading.hits("peoples")):
            said = evil.first == named.last + 1
            if named.rule == "peoples" and _follows(reading, named, evil):
                said = said or reading.between("copula", named.last + 1, evil.first - 1)
            if said and reading.together(named, evil) and not denied(reading, evil):
                yield reading.words.shown(named.first, evil.last)


def _follows(reading: Reading, people: Hit, other: Hit) -> bool:
    return reading.together(people, other) and 0 < other.first - people.last <= _CHARGE_REACH


def _subject(reading: Reading, people: Hit, crime: Hit) -> bool:
    if not people.last < crime.first <= people.last + 1 + _SUBJECT_REACH:
        return False
    if reading.between("by", people.last + 1, people.last + 1):
        return True
    victim = reading.between("not-the-doer", people.last + 1, crime.first - 1)
    after = any(hit.first == crime.last + 1 for hit in reading.hits("not-the-doer-after"))
    return not victim and not (after and crime.first == people.last + 1)


def _agent(reading: Reading, people: Hit, crime: Hit) -> bool:
    near = crime.last < people.first <= crime.last + 1 + _AGENT_REACH
    return near and any(
        crime.last < hit.first and people.first - 3 <= hit.last < people.first for hit in reading.hits("by")
    )
