"""A small campaign, prepared by hand, for pages to be made of."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image as Picture

from scheduler.config import Config
from scheduler.content import Content
from scheduler.model import (
    ApprovalRules,
    Campaign,
    Card,
    Channel,
    DayTime,
    Delivery,
    Fact,
    Image,
    Kind,
    Ledger,
    Message,
    MessagePart,
    OtherCount,
    Person,
    Post,
    Quiet,
    Quote,
    Source,
    Span,
    When,
    key_of,
)
from scheduler.planning import Plan
from scheduler.prepare import Files, Preparation, Shown
from scheduler.preview.page import page
from scheduler.preview.writing import render
from tests.preview.reading import read

BAKU = ZoneInfo("Asia/Baku")  # UTC+4 all year
LONDON = ZoneInfo("Europe/London")  # UTC+0 in winter
NOW = datetime(2027, 2, 1, 8, 0, tzinfo=UTC)
TEXT = "According to the authorities, 613 people were killed. Read more: https://example.org/ledger\n#We_remember"

CAMPAIGN = Campaign(
    name="Justice for Khojaly",
    anniversary=date(1992, 2, 26),
    year=2027,
    timezone=BAKU,
    languages=("en", "az"),
    quiet=(Quiet(DayTime(0, time(16, 55)), DayTime(0, time(17, 5))), Quiet(DayTime(1), DayTime(2))),
)
CHANNELS = {
    "x-en": Channel("x-en", "x", "en", LONDON),
    "mastodon-en": Channel("mastodon-en", "mastodon", "en", LONDON, base_url="https://mastodon.example"),
    "mastodon-az": Channel("mastodon-az", "mastodon", "az", BAKU, base_url="https://mastodon.example"),
}
LEDGER = Ledger(
    facts={
        "killed": Fact(
            id="killed",
            author="writer",
            figure=613,
            unit="killed",
            wording={"en": "613 people killed"},
            according_to={"en": "the authorities"},
            others=(
                OtherCount("Human Rights Watch (1993)", 161, "at least 161"),
                OtherCount("An inquiry", 485),
            ),
            confidence="disputed",
            sources=(
                Source(
                    title="The parliament's page", address="https://example.org/figures", independent=False
                ),
                Source(title="A page of another kind", address="javascript:alert(1)"),
            ),
            note="Write people, not civilians.",
        ),
        "place": Fact(
            id="place", author="writer", approved_by="reader", wording={"en": "a town"}, confidence="high"
        ),
    },
    people={"survivor": Person(id="survivor", names={"en": "Jeyran Azizova"}, role={"en": "survivor"})},
    quotes={
        "hospitality": Quote(
            id="hospitality",
            words="I wish we could welcome you in Khojaly, and show you our hospitality.",
            language="en",
            person="survivor",
        )
    },
    spans={"facts.killed": Span("posts/ledger/facts.yaml", 12, 3)},
)


def jpeg(width=1600, height=900, colour=(40, 50, 60)):
    made = BytesIO()
    Picture.new("RGB", (width, height), colour).save(made, "JPEG")
    return made.getvalue()


def post(post_id="figures", **changes):
    given = {
        "kind": Kind.FIGURES,
        "when": When(days=-4, at=time(10)),
        "text": {"en": TEXT},
        "facts": ("killed",),
        "file": "posts/figures.yaml",
        "spans": {"": Span("posts/figures.yaml", 6, 3)},
    }
    return Post(post_id, **{**given, **changes})


def baku(month, day, hour=10, minute=0):
    """A moment of 2027 by the campaign's clock, in UTC."""
    return datetime(2027, month, day, hour, minute, tzinfo=BAKU).astimezone(UTC)


SAID = ("warning", "replies", "corrects", "display")
"""Fields of the message that a delivery is made with."""


def delivery(post_id="figures", channel="x-en", due=None, texts=(TEXT,), images=(), **changes):
    due = due or baku(2, 22)
    message = Message(
        key_of(2027, post_id, channel),
        CHANNELS[channel].language,
        tuple(MessagePart(text, images if not number else ()) for number, text in enumerate(texts)),
        **{name: changes.pop(name) for name in SAID if name in changes},
    )
    given = {"kind": "figures", "expires": due + timedelta(hours=2)}
    day = due.astimezone(BAKU).date().isoformat()
    return Delivery(message.key, post_id, channel, due=due, day=day, message=message, **{**given, **changes})


def shown(length=120, limit=280, dropped=(), cost=None):
    return Shown(length, limit, "characters", dropped, Decimal(cost) if cost else None)


def picture(files, data=None, alt="A dark card with the number 613.", width=1600, height=900):
    data = data or jpeg(width, height)
    return Image(files.add(data), alt, "image/jpeg", width, height, len(data))


def preparation(
    deliveries=None, posts=None, findings=(), files=None, shows=None, ledger=LEDGER, root=Path("/campaign")
):
    deliveries = (delivery(),) if deliveries is None else tuple(deliveries)
    posts = (
        tuple(posts)
        if posts is not None
        else tuple(post(name) for name in {one.post: 0 for one in deliveries})
    )
    config = Config(
        root / "config.yaml",
        root,
        CAMPAIGN,
        CHANNELS,
        ApprovalRules(),
        {},
        posts=root / "posts",
        data=root / "data",
    )
    return Preparation(
        config,
        Content(posts, ledger),
        Plan((), ()),
        deliveries,
        tuple(findings),
        files or Files(),
        {one.key: (shows or {}).get(one.key, shown()) for one in deliveries},
        NOW,
        {},
    )


def quote_post():
    card = Card("quote", quote="hospitality")
    return post("survivor-words", kind=Kind.QUOTE, card=card, facts=(), file="posts/witnesses.yaml")


def made_page(made, standing=None, addresses=None, only=""):
    """The page of all deliveries, read back as a tree."""
    return read(render(page(made, made.deliveries, NOW, standing or {}, addresses or {}, only)))


def the_delivery(made, **more):
    return made_page(made, **more).one("section.delivery")
