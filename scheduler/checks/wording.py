"""Word lists may ask, never decide: a hit that stops a post does so until two named people have answered."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import chain

from scheduler.checks import comparing, peoples, quotes
from scheduler.checks.context import Case, Context
from scheduler.checks.rules import Example, Rule, rule
from scheduler.checks.surfaces import Surface
from scheduler.checks.words import Hit, Reading
from scheduler.model import Finding, Kind, Severity

_ANSWER = "Reword it; or two people, neither of them the author, answer with a reason."

BLAME = rule(
    "wording.collective-blame",
    Severity.BLOCKED,
    "A whole people stands as the doer of a crime.",
    f"Name who did it: armed forces, a unit, the perpetrators. {_ANSWER}",
    fires=(
        "The Armenians killed people at Khojaly.",
        "Azerbaijanis massacred their neighbours in Sumgait.",
        "They were slaughtered at the hands of the Armenians.",
        "They were tortured by Azerbaijanis.",
        "The Armenian people committed this crime.",
        Example("Ermənilər Xocalıda dinc sakinləri öldürdü.", "az"),
        Example("Dinc sakinlər ermənilər tərəfindən öldürüldü.", "az"),
        Example("Армяне убили мирных жителей.", "ru"),
        "All Armenians are guilty.",
        "Azerbaijanis are war criminals.",
        "Azerbaijani murderers came.",
        "We remember. #ArmenianMurderers",
        Example("We remember.", fields={"hashtags": {"": ("AzerbaijanisKilledThem",)}}),
        "Armenians are our enemies.",
    ),
    passes=(
        "Karabakh Armenian forces killed civilians, Human Rights Watch wrote.",
        "Armenian civilians were killed in Sumgait, Azerbaijani civilians in Khojaly.",
        "Azerbaijanis were killed as they fled.",
        "Azerbaijanis killed in Khojaly are remembered.",
        "Every civilian killed in the conflict, Azerbaijani or Armenian, had a name and a family.",
        "To the Armenian people: we want peace and justice.",
        "Armenians are not guilty as a people, and Azerbaijanis are not our enemies.",
        "An Armenian village lies there, and Armenians keep dogs.",
        Example("Ermənilər və azərbaycanlılar burada birlikdə yaşayırdı.", "az"),
    ),
)
DEHUMANISING = rule(
    "wording.dehumanising",
    Severity.BLOCKED,
    "A word that makes people less than people.",
    f"Say what was done and by whom. {_ANSWER}",
    fires=(
        "The butchers came at night.",
        "Barbaric Armenians came at night.",
        "Azerbaijani savages came at night.",
        Example("Cəlladlar gecə gəldi.", "az"),
    ),
    passes=("The soldiers came at night.", "Barbaric acts were committed that night."),
)
DENIAL = rule(
    "wording.denial",
    Severity.BLOCKED,
    "Words that deny or mock a people's memory of its dead.",
    f"Leave other people's memory alone. {_ANSWER}",
    fires=(
        "It is not a fiction like some genocide claims.",
        "The so-called Armenian genocide is another matter.",
        "The so-called Khojaly genocide never happened.",
        "Khojaly was worse than Srebrenica.",
        "Khojaly is our Holocaust.",
        Example("Qondarma soyqırımı iddiaları.", "az"),
    ),
    passes=("A survivor of Srebrenica came to our exhibition.", "We call it a genocide."),
)
CONTRADICTED = rule(
    "wording.contradicted",
    Severity.BLOCKED,
    "A sentence that the ledger's records contradict.",
    f"Look at the records that the list names, and say what they show. {_ANSWER}",
    fires=(
        "Not a single person has been held accountable.",
        Example("Heç kəs məsuliyyətə cəlb edilməyib.", "az"),
    ),
    passes=("Some have been convicted; others have not been tried.",),
)
HARM = rule(
    "wording.harm",
    Severity.BLOCKED,
    "A call for revenge or harm.",
    f"Ask for justice, not for harm. {_ANSWER}",
    fires=(
        "We will have revenge!",
        Example("Qisas alacağıq!", "az"),
        "Not peace but revenge is our answer.",
        "Blame the Armenians.",
        "Azerbaijanis must leave.",
        "We will never forgive.",
    ),
    passes=(
        "We are not seeking revenge!",
        "We do not blame the Armenians.",
        "Visitors must leave their bags at the door.",
        Example("Biz qisas axtarmırıq!", "az"),
        Example("Мы не ищем мести!", "ru"),
        Example("İntikam peşinde değiliz!", "tr"),
    ),
)
GRAPHIC = rule(
    "wording.graphic",
    Severity.BLOCKED,
    "A graphic detail of violence.",
    f"Leave the detail out; the dead and their families are owed it. {_ANSWER}",
    fires=("Bodies were mutilated.",),
    passes=("People were killed as they fled.",),
)
ACCUSED = rule(
    "wording.living-person-accused",
    Severity.BLOCKED,
    "A living person is accused.",
    f"Quote a court's words with their record, or leave the name out. {_ANSWER}",
    fires=("Example Livingman is a war criminal.",),
    passes=("Example Livingman gave an interview in 2000.",),
)
PEOPLES = rule(
    "wording.people-mentioned",
    Severity.WARNING,
    "A whole people is mentioned.",
    "See that nothing is laid at the door of a people.",
    fires=("To the Armenian people: we want peace and justice.",),
    passes=("To the government of Armenia: we want peace and justice.",),
)
HARSH = rule(
    "wording.harsh",
    Severity.WARNING,
    "A harsh word for an act.",
    "Say plainly what happened; it is stronger.",
    fires=("Barbaric acts were committed.",),
    passes=("Crimes were committed.",),
)
OVERCLAIM = rule(
    "wording.overclaim",
    Severity.WARNING,
    "A claim of proof.",
    "Say what shows it, and let readers judge.",
    fires=("The facts are irrefutable.",),
    passes=("The facts are documented by Memorial.",),
)
OTHERS = rule(
    "wording.other-genocide",
    Severity.WARNING,
    "Another people's genocide is mentioned.",
    "See that nothing is compared or ranked.",
    fires=("A survivor of Srebrenica came to our exhibition.",),
    passes=("A survivor of Khojaly came to our exhibition.",),
)
NARRATED = rule(
    "wording.genocide-in-narration",
    Severity.WARNING,
    "“Genocide” in the narrator's own voice of a figures, document or on-this-day post.",
    "Say who calls it so, or say in the first person that the campaign does.",
    fires=(Example("The genocide began at night.", fields={"kind": Kind.FIGURES}),),
    passes=(
        Example("We regard it as genocide.", fields={"kind": Kind.FIGURES}),
        Example("The parliament called it genocide, agencies say.", fields={"kind": Kind.ON_THIS_DAY}),
        Example("#KhojalyGenocide", fields={"kind": Kind.FIGURES}),
        "The genocide began at night.",
    ),
)
TONE = rule(
    "wording.tone",
    Severity.WARNING,
    "A tone that does not suit a commemoration.",
    "Say it quietly.",
    fires=("Only 5 days to go!",),
    passes=("Five days remain until the anniversary.",),
)
LOUD = rule(
    "wording.loud",
    Severity.HINT,
    "Exclamation marks outside quotations, words in capitals, or emoji.",
    "Say it quietly.",
    fires=("We remember!", "WE REMEMBER KHOJALY.", "We remember 🕯"),
    passes=(Example("“We demand justice!” OIC, NATO.", fields={"quotes": ("letter",)}), "We remember."),
)
NOT_CHECKED = rule(
    "wording.not-checked",
    Severity.WARNING,
    "Posts use a language for which word lists are missing, so their wording is not checked.",
    "Add words of that language to posts/ledger/wording.yaml; let a native reader write them.",
    fires=(Example("Wir erinnern.", "de"),),
    passes=("We remember.",),
)

UNKNOWN_LIST = rule(
    "wording.unknown-list",
    Severity.ERROR,
    "A word list serves a rule that does not exist, so its words are looked for nowhere.",
    "Correct the list's `rule`.",
)

CHECKED = (
    "collective-blame",
    "peoples",
    "crimes",
    "dehumanising",
    "denial",
    "harm",
    "graphic",
    "overclaim",
    "genocide",
    "attribution",
    "third-party",
    "ruling",
    "confession",
    "casualty-who",
    "casualty-what",
)
"""Lists that a language must have before its texts count as checked."""

_NARRATED_KINDS = (Kind.FIGURES, Kind.DOCUMENT, Kind.ON_THIS_DAY)
_PLAIN: tuple[tuple[str, Rule], ...] = (
    ("collective-blame", BLAME),
    ("dehumanising", DEHUMANISING),
    ("denial", DENIAL),
    ("contradicted", CONTRADICTED),
    ("graphic", GRAPHIC),
    ("peoples-mentioned", PEOPLES),
    ("overclaim", OVERCLAIM),
    ("tone", TONE),
)
_LOUD = re.compile("[!❗‼\U0001f000-\U0010ffff]")
_CAPITALS = re.compile(r"[A-ZƏĞŞÇÖÜİА-Я]{4}")

Found = tuple[Rule, str]


def findings(case: Case) -> Iterator[Finding]:
    """Every list on every text; the same words in one text are said once."""
    for surface in case.surfaces:
        reading = case.context.read(surface.text)
        for which, words in dict.fromkeys(_found(case, surface, reading)):
            cause = ""
            if which.severity is Severity.BLOCKED:
                cause = case.question(which, words, surface)
            yield case.finding(which, surface, f'"{words}": {which.summary} {which.remedy}', cause=cause)


def _found(case: Case, surface: Surface, reading: Reading) -> Iterator[Found]:
    for name, which in _PLAIN:
        yield from ((which, reading.shown(hit)) for hit in reading.hits(name))
    yield from ((BLAME, words) for words in peoples.blamed(reading))
    yield from ((HARM, words) for words in peoples.attacked(reading))
    for hit in reading.hits("harsh"):
        debased = peoples.debased(reading, hit)
        yield (DEHUMANISING, debased) if debased else (HARSH, reading.shown(hit))
    harm = (hit for hit in reading.hits("harm") if not peoples.denied(reading, hit))
    yield from ((HARM, reading.shown(hit)) for hit in harm)
    for words, measured in comparing.others(reading):
        yield (DENIAL if measured else OTHERS), words
    yield from ((ACCUSED, words) for words in _accused(reading))
    if case.post.kind in _NARRATED_KINDS:
        yield from ((NARRATED, reading.shown(hit)) for hit in _narrated(reading))
    yield from ((LOUD, words) for words in _loud(surface))


def _accused(reading: Reading) -> Iterator[str]:
    for person in reading.hits("living-person"):
        for word in reading.hits("accusation"):
            if reading.together(person, word):
                yield f"{reading.shown(person)} … {reading.shown(word)}"


def _narrated(reading: Reading) -> Iterator[Hit]:
    hits = reading.hits("genocide")
    if not hits:
        return
    inside = list(quotes.quoted(reading.words.text))
    voices = [*reading.hits("attribution"), *reading.hits("first-person")]
    for hit in hits:
        start = reading.words.starts[hit.first]
        if any(one.start <= start < one.end for one in inside):
            continue
        if not any(reading.together(hit, voice) for voice in voices):
            yield hit


def _loud(surface: Surface) -> Iterator[str]:
    if surface.part == "record":
        return
    text = surface.text
    signs = list(_LOUD.finditer(text))
    inside = list(quotes.quoted(text)) if signs else []
    for sign in signs:
        if sign[0] != "!" or not any(one.start <= sign.start() < one.end for one in inside):
            yield sign[0]
    if not text.isupper() and not _CAPITALS.search(text):
        return
    capitals = [word for word in text.split() if len(word) > 3 and word.isalpha() and word.isupper()]
    if len(capitals) > 1 or (capitals and len(text.split()) < 6):
        yield " ".join(capitals)


LISTS = frozenset(
    {
        "accusation",
        "against-peoples",
        "asking",
        "attribution",
        "by",
        "casualty-what",
        "casualty-who",
        "collective-blame",
        "comparison",
        "comparison-before",
        "comparison-behind",
        "comparison-degree",
        "confession",
        "contradicted",
        "contrast",
        "copula",
        "crimes",
        "dehumanising",
        "denial",
        "event",
        "evil-doers",
        "fate-of-peoples",
        "first-person",
        "genocide",
        "graphic",
        "harm",
        "harsh",
        "legal-term",
        "living-person",
        "nationalities",
        "negation",
        "not-the-doer",
        "not-the-doer-after",
        "other-genocides",
        "outdated-pages",
        "overclaim",
        "people-blaming-pages",
        "peoples",
        "peoples-mentioned",
        "place",
        "remembrance",
        "request",
        "ruling",
        "speaker",
        "third-party",
        "title",
        "tone",
        "vague-count",
        "witness-words",
    }
)
"""Every `rule` that a list of posts/ledger/wording.yaml may serve."""


def in_ledger(context: Context) -> Iterator[Finding]:
    """Lists that no check reads, most likely for a slip in their `rule`."""
    for words in context.ledger.wording.values():
        if words.rule not in LISTS:
            guess = get_close_matches(words.rule, LISTS, n=1)
            hint = f"did you mean '{guess[0]}'?" if guess else f"there are: {', '.join(sorted(LISTS))}"
            span = context.ledger.span("wording", words.id, "rule")
            yield UNKNOWN_LIST.at(span, f"'{words.id}': no check reads lists of rule '{words.rule}'; {hint}")


def not_checked(context: Context, cases: Iterable[Case]) -> Iterator[Finding]:
    """One finding for each language whose lists are missing, so that it never looks clean."""
    every = chain.from_iterable(case.surfaces for case in cases)
    used = dict.fromkeys(one.language for one in every if one.language)
    for language in used:
        missing = [name for name in CHECKED if language not in context.index.languages.get(name, ())]
        if missing:
            shown = (
                "no word lists at all"
                if len(missing) == len(CHECKED)
                else f"no words for {', '.join(missing)}"
            )
            words = f"language '{language}' is not checked: {shown} in posts/ledger/wording.yaml"
            yield NOT_CHECKED.at(
                None, words, file="posts/ledger/wording.yaml", cause=f"not-checked:{language}"
            )
