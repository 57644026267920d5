"""What the golden cards say: a made-up valley and its flood, nobody's name, in every language of cards."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from scheduler.model import (
    Campaign,
    Card,
    Fact,
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
)

LANGUAGES = ("en", "az", "tr", "de", "fr", "es", "pl", "ru", "ar", "fa", "el", "he", "zh", "ja", "ko")
WORDS = {
    language: yaml.safe_load((Path(__file__).parent / "words" / f"{language}.yaml").read_text("utf-8"))
    for language in LANGUAGES
}
"""`words/<language>.yaml`: one file a language, so that whoever reads it can look through the whole of it."""


def by(key):
    """A phrase in every language."""
    return {language: words[key] for language, words in WORDS.items()}


PAGE = Source(title="Campaign page", address="https://campaign.example/page", date=date(2017, 2, 13))
COUNTED = (
    ("killed", 412, None),
    ("children", 57, "killed"),
    ("women", 106, "killed"),
    ("elderly", 93, "killed"),
    ("families", 8, None),
    ("both", 25, None),
    ("one", 130, None),
    ("wounded", 487, None),
    ("shelter", 12640, None),
    ("missing", 1275, None),
)
"""Each count: its phrase, how many, and the one it lies within. Two, three, four and five figures."""

LEDGER = Ledger(
    facts={
        name: Fact(
            id=name,
            figure=figure,
            part_of=whole,
            label=by(name),
            wording=by(name),
            according_to=by("giver"),
            others=(OtherCount("Valley Observer", 398),) if name == "killed" else (),
            sources=(PAGE,),
        )
        for name, figure, whole in COUNTED
    },
    people={
        "nobody": Person(
            id="nobody",
            names=by("name"),
            role=by("role"),
            basis="published-by-campaign",
            sources=(PAGE,),
        )
    },
    quotes={
        "words": Quote(
            id="words",
            words=WORDS["en"]["words"],
            institution=by("institution"),
            date=date(2017, 2, 13),
            sources=(PAGE,),
            translations={
                language: Translation(words["words"], by="a translator", checked_by="a reader")
                for language, words in WORDS.items()
                if language != "en"
            },
        )
    },
    recognitions={
        "body": Recognition(
            id="body",
            body=by("body"),
            chamber=by("chamber"),
            form=by("form"),
            date=date(2012, 2, 1),
            term_used="disaster",
            text_address="https://parliament.example/text",
        )
    },
    positions={
        "recognition": Position(id="recognition", wording=by("ask"), whose="Remember Miravale"),
    },
    offices={"un": Office(id="un", office=by("office"))},
    media={
        "ground": Media(
            id="ground",
            file="assets/images/ridges.jpg",
            creator="A photographer",
            people_shown=("nobody",),
            focal=(0.5, 0.5),
        )
    },
)
CARDS = {
    "witness": Card("witness", person="nobody", background="dawn.jpg"),
    "witness-portrait": Card("witness", person="nobody", portrait="ridges.jpg"),
    "quote": Card("quote", quote="words", background="ridges.jpg"),
    "figures": Card(
        "figures",
        facts=tuple(name for name, *_ in COUNTED),
        title=by("remember"),
        date=by("span"),
    ),
    "dated": Card("dated", facts=("killed",), date=by("day"), title=by("place"), text=by("text")),
    "document": Card("document", quote="words"),
    "recognition": Card("recognition", recognition="body"),
    "letter": Card("letter", position="recognition", office="un", title=by("request")),
    "announcement": Card("announcement", date=by("hour"), title=by("silence"), text=by("wherever")),
    "commemoration": Card("commemoration", title=by("remember"), text=by("years")),
}
CAMPAIGN = Campaign(
    "Remember Miravale",
    date(1952, 3, 14),
    2027,
    ZoneInfo("Europe/London"),
    ("en", "az", "ar"),
    ("RememberMiravale",),
)
