"""A small campaign with a ledger and word lists of its own, against which the rules are tried."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduler import planning
from scheduler.approvals import Answers
from scheduler.checks import check
from scheduler.content import Content
from scheduler.model import (
    Answer,
    ApprovalRules,
    Campaign,
    Channel,
    Consent,
    Fact,
    Identity,
    Ledger,
    Media,
    Office,
    OtherCount,
    Person,
    Position,
    Quote,
    Recognition,
    Source,
    Translation,
    WordList,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CAMPAIGN = Campaign(
    name="Justice for Khojaly",
    anniversary=date(1992, 2, 26),
    year=2027,
    timezone=ZoneInfo("Asia/Baku"),
    languages=("en", "az"),
    hashtags=("JusticeforKhojaly", "KhojalyGenocide", "26february"),
)
SLOTS = (time(10), time(18))
CHANNELS = {
    name: Channel(name, platform, language, ZoneInfo("Asia/Baku"), SLOTS)
    for name, platform, language in (
        ("x-en", "x", "en"),
        ("mastodon-en", "mastodon", "en"),
        ("mastodon-az", "mastodon", "az"),
    )
}
AUTHORITIES = {"en": "Azerbaijan's authorities", "az": "Azərbaycan rəsmiləri"}
READ = {"author": "writer", "approved_by": "reader"}
SEEN = (Source(address="https://report.example/text"),)


def fact(name, figure=None, unit=None, **more):
    return Fact(name, figure=figure, unit=unit, according_to=AUTHORITIES, **{**READ, **more})


FACTS = (
    fact(
        "killed",
        613,
        "killed",
        confidence="disputed",
        label={"en": "people killed"},
        others=(
            OtherCount("Human Rights Watch", wording="more than 200"),
            OtherCount("A parliamentary inquiry", figure=485),
        ),
    ),
    fact("children", 63, "children", part_of="killed", confidence="disputed"),
    fact("hostages", 1275, "hostages", confidence="disputed"),
    fact("families-certain", 8, "families", confidence="high"),
    fact("night", wording={"en": "on the night of 25-26 February 1992"}, confidence="high"),
    fact("population", use={"only": "never beside a number of dead"}),
    fact("spared-none", use=False, note="survivors reached Aghdam"),
    fact("old", review_by=date(2027, 1, 1)),
    fact(
        "parliament-1994",
        wording={"en": "in 1994 Azerbaijan's parliament called it genocide"},
        claims=("recognised/parliament",),
    ),
    fact("nobodys", author=None),
    fact("confession", claims=("confessed",)),
    fact("villages", wording={"en": "15 to 50 people were killed, Helsinki Watch is cited for 8"}),
)
PEOPLE = (
    Person(
        "azizova",
        names={"en": "Jeyran Azizova", "az": "Ceyran Əzizova"},
        basis="published-by-campaign",
        **READ,
    ),
    Person("witness", names={"en": "Some Witness"}, basis="published-by-campaign", **READ),
    Person(
        "direct",
        basis="direct",
        identity=Identity("reader", date(2026, 9, 1)),
        consent=Consent("C-7", date(2026, 9, 2)),
        informed_on=date(2026, 9, 3),
        **READ,
    ),
    Person("unchecked", basis="family", consent=Consent("C-8"), **READ),
    Person("unasked", basis="direct", identity=Identity("reader", date(2026, 9, 1)), **READ),
    Person(
        "withdrawn",
        basis="direct",
        identity=Identity("reader"),
        consent=Consent("C-9", withdrawn_on=date(2026, 10, 1)),
        **READ,
    ),
    Person("no-basis", **READ),
)
QUOTES = (
    Quote(
        "letter",
        words="We are not seeking revenge! We demand justice!",
        institution={"en": "the letter of the Justice for Khojaly campaign"},
        address="https://letter.example/",
        **READ,
    ),
    Quote(
        "azizova",
        words="I wish we could welcome you in Khojaly, and show you our hospitality.",
        person="azizova",
        address="https://justice.example/azizova",
        translations={
            "az": Translation("Sizi Xocalıda qarşılamaq istərdim", by="writer"),
            "ru": Translation("Хотелось бы принять вас в Ходжалы", by="writer", checked_by="reader"),
        },
        **READ,
    ),
    Quote(
        "headline",
        words="Massacre uncovered in Azerbaijan",
        institution={"en": "The Daily Example"},
        address="https://daily.example/1992-03-03",
        date=date(1992, 3, 3),
        **READ,
    ),
    Quote("unsigned", words="Words of nobody known.", **READ),
    Quote(
        "undated",
        words="A town falls silent",
        institution={"en": "The Daily Example"},
        address="https://daily.example/undated",
        **READ,
    ),
)
RECOGNITIONS = (
    Recognition(
        "pakistan",
        body={"en": "Pakistan, Senate"},
        chamber={"en": "Foreign Relations Committee"},
        term_used="genocide",
        text_seen=True,
        **READ,
    ),
    Recognition(
        "bohemia",
        body={"en": "Bohemia, parliament"},
        term_used="crime against humanity",
        text_seen=True,
        **READ,
    ),
    Recognition("unseen", body={"en": "Examplia, Congress"}, **READ),
)
OFFICES = (
    Office("pace", office={"en": "President"}, holder="Some Body", verified_on=date(2026, 11, 1)),
    Office("un", office={"en": "Secretary-General"}),
)
MEDIA = (
    Media(
        "memorial",
        file="memorial.jpg",
        creator="A. Photographer",
        rights="used by permission",
        identifiable=(),
        **READ,
    ),
    Media("ownerless", file="ownerless.jpg", identifiable=(), **READ),
    Media("mild", file="mild.jpg", creator="A", rights="B", graphic="mild", identifiable=(), **READ),
    Media("graphic", file="graphic.jpg", creator="A", rights="B", graphic="graphic", identifiable=(), **READ),
    Media(
        "made-up",
        file="made-up.jpg",
        creator="A",
        rights="B",
        ai=True,
        people_shown=("witness",),
        identifiable=(),
        **READ,
    ),
)
LISTS = {
    "collective-blame": {"en": "all Armenians are|all Azerbaijanis are", "ru": "все армяне"},
    "peoples": {
        "en": "Armenians|Azerbaijanis|Armenian people|Azerbaijani people",
        "az": "ermənilər|azərbaycanlılar",
        "ru": "армяне|азербайджанцы",
    },
    "crimes": {
        "en": "killed|massacred|slaughtered|tortured|committed … crime*",
        "az": "öldürdü*|öldürüldü",
        "ru": "убили",
    },
    "not-the-doer": {"en": "were|was|whom|forces"},
    "not-the-doer-after": {"en": "in|at|on|by"},
    "by": {"en": "by|at the hands of", "az": "tərəfindən"},
    "peoples-mentioned": {"en": "Armenian people|Azerbaijani people"},
    "dehumanising": {"en": "butcher*|savages|vermin", "az": "cəllad*", "ru": "нелюди"},
    "harsh": {"en": "barbaric"},
    "denial": {
        "en": "so-called … genocide|genocide claims",
        "az": "qondarma soyqırım*",
        "ru": "так называемый геноцид",
    },
    "other-genocides": {"en": "Srebrenica|Holocaust"},
    "comparison": {"en": "worse than|another"},
    "harm": {"en": "revenge|never forgive", "az": "qisas*", "ru": "месть|мести", "tr": "intikam*"},
    "negation": {"en": "not|no|nobody|never", "az": "*mırıq|deyil*", "ru": "не|нет", "tr": "değil*"},
    "contrast": {"en": "but"},
    "graphic": {"en": "mutilat*", "az": "başı kəsil*", "ru": "обезглав*"},
    "living-person": {"en": "Livingman"},
    "accusation": {"en": "war criminal*|guilty"},
    "overclaim": {"en": "irrefutabl*", "az": "təkzibedilməz*", "ru": "неопровержим*"},
    "genocide": {"en": "genocide*", "az": "soyqırım*", "ru": "геноцид*"},
    "attribution": {"en": "according to|say|says|wrote", "az": "görə|bildir*", "ru": "сообщает"},
    "first-person": {"en": "we|our|the campaign", "az": "biz"},
    "tone": {"en": "only … days to go"},
    "confession": {"en": "confess*", "az": "etiraf et*", "ru": "признал*"},
    "vague-count": {"en": "hundreds|thousands"},
    "remembrance": {"en": "remember|mourn*|lost|civilian*", "az": "mülki*"},
    "nationalities": {"en": "Armenian|Azerbaijani"},
    "evil-doers": {"en": "murderers|enemies|lies|dogs"},
    "copula": {"en": "are|were"},
    "against-peoples": {"en": "blame"},
    "fate-of-peoples": {"en": "must leave"},
    "contradicted": {"en": "not a single person … held accountable", "az": "heç kəs … məsuliyyətə cəlb"},
    "comparison-before": {"en": "our"},
    "asking": {"en": "has|did"},
    "legal-term": {"en": "genocide*|war crime*|guilty", "az": "soyqırım*"},
    "event": {"en": "Khojaly|massacre", "az": "Xocalı~"},
    "place": {"en": "in|from"},
    "request": {"en": "ask|call on|should"},
    "witness-words": {"en": "witness|survivor", "az": "şahidi"},
    "people-blaming-pages": {"en": "blaming.example/interview"},
    "outdated-pages": {"en": "outdated.example/letter"},
    "speaker": {"en": "Memorial|Report agency", "az": "Memorial~|Report~"},
    "title": {"en": "Convention on the Prevention and Punishment of the Crime of Genocide|Mother's Cry"},
}
BODIES = {
    "court": {"en": "court", "az": "məhkəmə*", "ru": "суд"},
    "united-nations": {"en": "United Nations", "az": "BMT", "ru": "ООН"},
    "parliament": {"en": "parliament*|senate|congress", "az": "parlament*", "ru": "парламент"},
    "committee": {"en": "committee"},
    "states": {"en": "country|countries|Argentina|Pakistan"},
}
ACTS = {
    "recognised": {"en": "recognised|recognized|called … genocide", "az": "tanıdı*|tanıyıb", "ru": "признал"},
    "ruled": {"en": "ruled|determined"},
}
WHO = {
    "people": {"en": "people|victims", "az": "nəfər", "ru": "человек"},
    "civilians": {"en": "civilian*", "az": "mülki", "ru": "мирных жителей"},
    "children": {"en": "children", "az": "uşaq*", "ru": "детей"},
    "families": {"en": "families", "az": "ailə*"},
}
WHAT = {
    "killed": {"en": "killed|dead|died", "az": "öldürül*", "ru": "убит*"},
    "wounded": {"en": "wounded"},
    "hostages": {"en": "hostage*|captive*", "az": "girov*"},
}


def _lists():
    groups = {"third-party": BODIES, "ruling": ACTS, "casualty-who": WHO, "casualty-what": WHAT}
    for rule, words in LISTS.items():
        yield WordList(rule, rule=rule, words=_split(words))
    for rule, lists in groups.items():
        for name, words in lists.items():
            yield WordList(name, rule=rule, words=_split(words))


def _split(words):
    return {language: tuple(entries.split("|")) for language, entries in words.items()}


def by_id(*records):
    return {record.id: record for record in records}


def ledger(**changed):
    kinds = {
        "facts": by_id(*FACTS),
        "people": by_id(*PEOPLE),
        "quotes": by_id(*QUOTES),
        "recognitions": by_id(*RECOGNITIONS),
        "offices": by_id(*OFFICES),
        "media": by_id(*MEDIA),
        "positions": by_id(Position("recognition", wording={"en": "We ask for recognition."}, **READ)),
        "wording": by_id(*_lists()),
    }
    return Ledger(**{**kinds, **changed})


def checked(*posts, now=NOW, root=Path("nowhere"), records=None, channels=CHANNELS, **more):
    """The findings of `check` about the posts, planned as they would be."""
    content = Content(posts, records or ledger(), (), (), frozenset())
    plan = planning.plan(posts, CAMPAIGN, channels, now, {})
    return check(content, CAMPAIGN, channels, plan, root, now, **more)


def answers(question, *people, reason="the words of a court"):
    """What these people answered to a question; nobody is listed as approver, so every name may."""
    given = [Answer(question, "example", "", name, "approver", NOW, reason) for name in people]
    return Answers.of(given, ApprovalRules(), {})


def rules_of(findings):
    return {finding.rule for finding in findings}
