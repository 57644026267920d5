"""The ledger a new campaign begins with: each file explained by an example, and word lists that fit any."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import scheduler
from scheduler import content
from scheduler.content import source
from scheduler.model import RECORDS, WordList

HOME = Path(scheduler.__file__).parents[1]
"""Where the program lies, with the sample campaign and its documentation beside it."""

_OF_THIS_CAMPAIGN = frozenset(
    {
        "collective-blame",
        "peoples",
        "nationalities",
        "peoples-mentioned",
        "denial",
        "contradicted",
        "outdated-pages",
        "people-blaming-pages",
        "living-person",
        "other-genocides",
        "comparison-before",
        "title",
    }
)
"""Rules whose words name the peoples, persons and disputes of one campaign: each writes its own."""

_OF_ALL = frozenset({"court", "united-nations", "council-of-europe"})
"""Lists of names that mean the same to every campaign; elsewhere a name is the sample's own."""


def files(languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each kind of record, and the text of its file without the line for editors."""
    for kind in RECORDS:
        about, example = LEDGER[kind]
        head = "\n".join(f"# {line}" for line in textwrap.wrap(about, 108))
        shown = textwrap.indent(example, "# ")
        text = f"{head}\n#\n# An example; take the # away to use it:\n#\n{shown}"
        yield kind, text + (_word_lists(languages) if kind == "wording" else "")


def _word_lists(languages: Sequence[str]) -> str:
    """The sample's lists that fit any campaign, in the languages of this one."""
    lists = [one for one in _shipped_lists(HOME) if one.rule not in _OF_THIS_CAMPAIGN]
    made = [_word_list(one, words) for one in lists if (words := _general(one, languages))]
    return "\n" + "\n".join(made) if made else ""


@lru_cache(maxsize=2)
def _shipped_lists(home: Path) -> Sequence[WordList]:
    folder = home / "posts"
    if not (folder / content.LEDGER).is_dir():
        return ()
    return tuple(content.read(folder, ("en",), home).ledger.wording.values())


def _general(words: WordList, languages: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """A list's words by language, without names: none of the lists is in German, where all nouns have
    capitals.
    """
    primary = {one.partition("-")[0] for one in languages}
    made = {
        tag: [entry for entry in entries if words.id in _OF_ALL or not _names(entry)]
        for tag, entries in words.words.items()
        if tag in primary
    }
    return {tag: entries for tag, entries in made.items() if entries}


def _names(entry: str) -> bool:
    return any(letter.isupper() for letter in entry)


def _word_list(words: WordList, entries: Mapping[str, Sequence[str]]) -> str:
    lines = [f"- id: {words.id}", "  author: editor", f"  rule: {words.rule}", "  words:"]
    for language, listed in entries.items():
        start = f"    {language}: ["
        row = ", ".join(source.quote(entry) for entry in listed)
        lines += _wrapped(f"{start}{row}]", " " * len(start))
    return "\n".join(lines) + "\n"


def _wrapped(line: str, indent: str) -> list[str]:
    """A long list in several lines, broken only behind a comma."""
    made, rest = [], line
    while len(rest) > 110 and (cut := _comma(rest)) > 0:
        made.append(rest[: cut + 1])
        rest = indent + rest[cut + 2 :]
    return [*made, rest]


def _comma(line: str) -> int:
    """The last comma between two entries that fits into a line, -1 where there is none."""
    entries = [found.end() for found in re.finditer(r'(?:"(?:\\.|[^"\\])*"|[^",\[\]])+(?=, )', line)]
    fitting = [end for end in entries if end < 110]
    return fitting[-1] if fitting else -1


LEDGER: Mapping[str, tuple[str, str]] = {
    "facts": (
        "Figures and statements about the event. A number of killed, wounded or missing people goes out "
        "only with a fact that has it, and with who says so.",
        """\
- id: lost
  author: editor
  approved_by: first-reader            # a colleague who has opened the source; never the author
  figure: 12
  unit: killed
  wording: {en: "twelve people died"}
  according_to: {en: the town's register}
  confidence: high                     # or medium, low, disputed
  sources: [{title: "Register of the town, page 4", independent: yes, seen_on: 2026-01-31}]
  review_by: 2027-01-31
""",
    ),
    "positions": (
        "What the campaign itself holds or asks, said in the first person.",
        """\
- id: memorial
  author: editor
  approved_by: first-reader
  wording: {en: "We ask the town for a place where the names can be read."}
  whose: the campaign
  basis: decision of the committee, 31 January 2026
""",
    ),
    "people": (
        "People the campaign names, and on what ground. Consent papers are kept outside this folder: here "
        "stand their reference number and dates, nothing else.",
        """\
- id: a-name
  author: editor
  approved_by: first-reader
  names: {en: First Last}
  role: {en: survivor}
  identity: {checked_by: first-reader, on: 2026-01-31}
  basis: direct                        # published-by-campaign, own-published-words, direct, family, none
  consent: {reference: "2026/14", on: 2026-01-30}
  informed_on: 2026-01-31
  living: yes
""",
    ),
    "quotes": (
        "Exact words, letter by letter, with who said them and where. Nothing else may stand between "
        "quotation marks.",
        """\
- id: of-a-name
  author: editor
  approved_by: first-reader
  words: "The words exactly as they were said."
  language: en
  person: a-name                       # an id of people.yaml; or institution: {en: The Town Council}
  address: https://example.org/interview
  date: 2020-05-04
""",
    ),
    "media": (
        "Pictures in assets/images: whose they are, and who is in them.",
        """\
- id: harbour
  author: editor
  approved_by: first-reader
  file: assets/images/harbour.jpg
  creator: First Last
  rights: with permission of 31 January 2026
  people_shown: []
  identifiable: []                     # children, dead, wounded, captives: none of them is ever shown
  graphic: none                        # mild, graphic
  ai: no
""",
    ),
    "recognitions": (
        "Documents by which a parliament, a court or a government said something, with the very term it "
        "used. That somebody ruled or recognised goes out only with its record.",
        """\
- id: town-2012
  author: editor
  approved_by: first-reader
  body: {en: The Town Council}
  form: {en: resolution}
  date: 2012-02-01
  term_used: flood
  text_address: https://example.org/resolution
  text_seen: yes                       # somebody has read the document itself
""",
    ),
    "offices": (
        "Whom letters go to: the office first, its holder only when somebody has verified who that is.",
        """\
- id: mayor
  author: editor
  office: {en: The Mayor}
  holder: null
  verified_on: null
""",
    ),
    "wording": (
        "Word lists by rule and language. They ask, they never decide: where one fires, two people "
        "answer. The rules are in docs/checks.md. Lists that name peoples, persons or disputes are a "
        "campaign's own: write yours, with somebody whose first language it is. A language without lists "
        "is shown as not checked.",
        """\
- id: peoples
  author: editor
  rule: peoples
  words: {en: [the Northerners, the Southerners]}
""",
    ),
}
"""For each kind of record: what it is for, and an example."""
