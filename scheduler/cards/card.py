"""One card, from what a post asks for to its bytes and its alt text."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scheduler.cards import fonts, paint, photos, phrases, templates
from scheduler.cards.photos import Drawn
from scheduler.cards.request import IMAGES, PALETTE, Desk, Request, Words
from scheduler.cards.sheet import Sheet
from scheduler.errors import CardError
from scheduler.model import Campaign, Card, Ledger, Look

ALT_LENGTH = 1000
LARGEST, SMALLEST = 4096, 320


def request(
    card: Card,
    *,
    ledger: Ledger,
    language: str,
    campaign: Campaign,
    hashtags: Sequence[str],
    look: Look | None = None,
    cleared: bool,
    root: Path | None = None,
) -> Request:
    """Take every word of a card from its records. `cleared=False` marks it as not for publication.

    With `root` (the folder of config.yaml) the background must exist there, and its bytes enter the identity.
    Raises CardError for a missing record, field, translation or source, saying which and what to do.
    """
    template, look = templates.of(card.template), look or Look()
    desk = Desk(card, ledger, language, campaign, look)
    said = template.gather(desk)
    portrait = desk.portrait()
    if not said.source.text:
        raise CardError("a card is not drawn without a source line: give its record a source")
    if credit := desk.credits():
        first = phrases.sentence(said.source.text, language)
        space = " " if phrases.of(language).stop.endswith(" ") else ""
        said = replace(said, source=replace(said.source, text=f"{first}{space}{credit}"))
    tag = f"#{hashtags[0].removeprefix('#')}" if hashtags else ""
    when = phrases.day(campaign.anniversary, language)
    year = campaign.anniversary.year
    said_already = any(_names(year, words) for words in (said.title, said.text))
    dated = template.dates_itself or _names(year, said.date)
    right = campaign.name if dated else "" if said_already else when
    return Request(
        template=card.template,
        template_version=template.version,
        language=language,
        said=said,
        foot=(Words(tag, language), Words(right, language)),
        palette=tuple(sorted({**PALETTE, **look.palette}.items())),
        stamp="" if cleared else phrases.NOT_CLEARED,
        background=card.background,
        background_sha256=_digest(root and card.background and root / IMAGES / card.background, root),
        focal=desk.focal(),
        mark=look.mark,
        mark_sha256=_digest(root and look.mark and root / look.mark, root),
        fonts=(*look.fonts, *((fonts.SYSTEM,) if look.system_fonts else ())),
        portrait=card.portrait,
        portrait_sha256=_digest(root and card.portrait and root / IMAGES / card.portrait, root),
        portrait_focal=portrait.focal if portrait else None,
    )


def alt_text(request: Request) -> str:
    """What a listener hears: the card's own words, who says them, its source; at most 1000 characters."""
    told = phrases.sentences(templates.of(request.template).tell(request), request.language)
    text = f"{request.stamp}. {told}" if request.stamp else told
    if len(text) > ALT_LENGTH:
        raise CardError(
            f"the card's alt text is {len(text)} characters, {len(text) - ALT_LENGTH} too many: "
            "write the post's alt yourself"
        )
    return text


def draw(request: Request, size: tuple[int, int], root: Path) -> Drawn:
    """The card as JPEG bytes, the same for the same request and size. `root` holds assets/images."""
    if not all(SMALLEST <= side <= LARGEST for side in size):
        raise CardError(
            f"a card of {size[0]} × {size[1]} pixels cannot be drawn; sides are {SMALLEST} to {LARGEST}"
        )
    template = templates.of(request.template)
    sheet = Sheet(replace(request, fonts=fonts.files(request.fonts, root)), size)
    template.lay(request, sheet)
    return paint.paint(sheet, template.scrim, root)


def _names(year: int, words: Words | None) -> bool:
    """Whether words name the year, in whatever digits."""
    if words is None:
        return False
    return str(year) in "".join(str(unicodedata.decimal(character, character)) for character in words.text)


def _digest(path: Path | str | None, root: Path | None) -> str:
    """The digest of a file that the card shows, "" where there is none or no folder is given."""
    if not isinstance(path, Path) or root is None:
        return ""
    return hashlib.sha256(photos.read(path, root)).hexdigest()
