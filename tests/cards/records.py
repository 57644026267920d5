"""Ledger and campaign for the card tests: the sample campaign's own names, words and figures."""

from datetime import date
from zoneinfo import ZoneInfo

from scheduler import cards
from scheduler.model import (
    Campaign,
    Card,
    Fact,
    Ledger,
    Office,
    OtherCount,
    Person,
    Position,
    Quote,
    Recognition,
    Source,
    Translation,
)

TALL, WIDE = (1080, 1350), (1600, 900)

CAMPAIGN = Campaign(
    "Justice for Khojaly",
    date(1992, 2, 26),
    2027,
    ZoneInfo("Asia/Baku"),
    ("en", "az"),
    ("JusticeforKhojaly", "KhojalyGenocide", "26february"),
)

PAGE = Source(document="Source document 000", title="We Demand Justice for Khojaly!", independent=False)
SITE = Source(
    address="https://www.justiceforkhojaly.org/content/used-hostage", title="Testimony on the campaign's site"
)
WITNESSES = (
    ("mustafayeva", "Mustafayeva Shakiba", "Mustafayeva Şəkibə"),
    ("aliyeva", "Aliyeva Varziyar", "Əliyeva Vərziyər"),
    ("jabbarov", "Jabbarov Zahid", "Cabbarov Zahid"),
)
HOSPITALITY = "I wish we could welcome you in Khojaly, and show you our hospitality."
IMPUNITY = (
    "We cannot and should not remain silent; we should act now to prove that no one is above the law "
    "and in no way should a culture of impunity prevail."
)
AUTHORITIES = {"en": "Azerbaijan's authorities", "ru": "власти Азербайджана"}
FIGURES = (
    ("killed", 613, "people killed", None),
    ("children", 63, "children", "killed"),
    ("women", 106, "women", "killed"),
    ("elderly", 70, "elderly", "killed"),
    ("families", 8, "families completely annihilated", None),
    ("both", 25, "children lost both parents", None),
    ("one", 130, "children lost one parent", None),
    ("wounded", 487, "wounded", None),
    ("hostages", 1275, "taken hostage", None),
    ("missing", 150, "still missing", None),
)


def witness(name, en, az):
    return Person(
        id=name,
        names={"en": en, "az": az},
        role={"en": "Khojaly witness", "az": "Xocalı şahidi"},
        basis="published-by-campaign",
        sources=(PAGE,),
    )


def fact(name, figure, label, whole):
    others = (OtherCount("Human Rights Watch", 161),) if name == "killed" else ()
    return Fact(
        id=name,
        figure=figure,
        label={"en": label},
        part_of=whole,
        according_to=AUTHORITIES,
        others=others,
        sources=(PAGE,),
    )


PEOPLE = {name: witness(name, en, az) for name, en, az in WITNESSES} | {
    "azizova": Person(id="azizova", names={"en": "Jeyran Azizova"}, role={"en": "survivor"}, sources=(SITE,)),
    "leyla": Person(
        id="leyla",
        names={"en": "Leyla Aliyeva"},
        role={"en": "Initiator of the Justice for Khojaly Campaign"},
    ),
}
QUOTES = {
    "hospitality": Quote(id="hospitality", words=HOSPITALITY, person="azizova", sources=(SITE,)),
    "impunity": Quote(id="impunity", words=IMPUNITY, person="leyla", date=date(2017, 2, 13), sources=(PAGE,)),
    "sourceless": Quote(id="sourceless", words=HOSPITALITY, person="azizova"),
    "speakerless": Quote(id="speakerless", words=HOSPITALITY, sources=(SITE,)),
    "translated": Quote(
        id="translated",
        words=HOSPITALITY,
        person="azizova",
        sources=(SITE,),
        translations={
            "az": Translation(
                "Kaş sizi Xocalıda qarşılaya biləydik.", by="a translator", checked_by="a reader"
            ),
            "tr": Translation("Keşke sizi Hocalı’da ağırlayabilseydik.", by="a translator"),
        },
    ),
}
LEDGER = Ledger(
    facts={row[0]: fact(*row) for row in FIGURES},
    people=PEOPLE,
    quotes=QUOTES,
    recognitions={
        "pakistan": Recognition(
            id="pakistan",
            body={"en": "Pakistan"},
            chamber={"en": "Senate Foreign Relations Committee"},
            form={"en": "Resolution"},
            date=date(2012, 2, 1),
            term_used="genocide",
            text_address="https://www.senate.example/text",
        )
    },
    offices={"un": Office(id="un", office={"en": "Secretary-General of the United Nations"})},
    positions={
        "recognition": Position(
            id="recognition", wording={"en": "We ask parliaments to recognise it."}, whose="The campaign"
        )
    },
)

WISHES = {
    "witness": Card("witness", person="mustafayeva"),
    "quote": Card("quote", quote="hospitality"),
    "long quote": Card("quote", quote="impunity"),
    "figures": Card("figures", facts=("killed", "children", "women", "elderly")),
    "all figures": Card("figures", facts=tuple(row[0] for row in FIGURES)),
    "remember": Card(
        "figures",
        facts=tuple(row[0] for row in FIGURES),
        title={"en": "We remember Khojaly"},
        date={"en": "25-26 February 1992"},
    ),
    "one figure": Card("figures", facts=("missing",)),
    "on this day": Card(
        "on-this-day",
        date={"en": "17 February 1992"},
        title={"en": "Garadaghly"},
        text={"en": "Counts of the dead differ between sources."},
        facts=("killed",),
    ),
    "recognition": Card("recognition", recognition="pakistan"),
    "position": Card("position", position="recognition"),
    "document": Card("document", quote="impunity"),
    "letter": Card("letter", position="recognition", office="un"),
    "commemoration": Card(
        "commemoration", title={"en": "We remember Khojaly"}, text={"en": "{years} years."}
    ),
    "announcement": Card("announcement", date={"en": "26 February"}, title={"en": "A minute of silence"}),
    "plain": Card("plain", title={"en": "Khojaly, {date}"}, text={"en": "{years} years."}),
}


def ask(card, language="en", **changes):
    """A request for a card of these records; `changes` replace the usual arguments."""
    arguments = {
        "ledger": LEDGER,
        "language": language,
        "campaign": CAMPAIGN,
        "hashtags": CAMPAIGN.hashtags,
        "cleared": True,
        **changes,
    }
    return cards.request(card, **arguments)
