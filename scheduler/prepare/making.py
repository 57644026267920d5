"""Makes one complete delivery at a time: text, cards, pictures and what they rest on."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from scheduler import cards, checks
from scheduler.config import Config
from scheduler.content import Content
from scheduler.content.version import Version, spoken
from scheduler.content.version import version as version_of
from scheduler.errors import CardError
from scheduler.model import (
    Channel,
    Delivery,
    Finding,
    Graphic,
    Image,
    LinkCard,
    Localised,
    Message,
    MessagePart,
    Picture,
    Post,
    Severity,
    at,
)
from scheduler.planning import Place
from scheduler.prepare.memory import Made, Memory, Records, Shown
from scheduler.text import fit, placeholders

Progress = Callable[[int, int], None]
Files = cards.Files


def _described(words: str, images: Iterable[Image], channel: Channel) -> str:
    """With the pictures' descriptions under it, where the channel's platform has no field and asks for it."""
    if channel.options.get("alt") != "append":
        return words
    return fit.described(words, (image.alt for image in images))


def _display(channel: Channel, warning: str | None, parts: Sequence[MessagePart]) -> Iterator[str]:
    """What the channel's own settings change in how readers see these parts; nothing where all is as usual.

    The names are part of what an approval signs, so they never change.
    """
    options = channel.options
    if options.get("spoiler") and warning and any(part.images for part in parts):
        yield "spoiler"
    if options.get("preview") is False and not all(part.images for part in parts):
        yield "no preview"
    if options.get("topic") is False and "#" in parts[0].text:
        yield "no topic"
    if options.get("hashtags") == "plain" and any("#" in part.text for part in parts):
        yield "plain hashtags"


def _has_pictures(version: Version) -> bool:
    """Whether files beside the post, or a card, have a part in its message."""
    own = version.card or version.images or version.link_card
    return bool(own) or any(pictures for _, pictures in version.thread)


class Maker:
    """Makes one complete delivery at a time; what goes wrong becomes a finding and stops it alone."""

    def __init__(
        self,
        config: Config,
        written: Content,
        stops: Mapping[checks.About, tuple[str, ...]],
        draw: bool,
        redraw: Collection[str],
        memory: Memory,
    ) -> None:
        self.config, self.ledger, self.draw, self.redraw = config, written.ledger, draw, redraw
        self.posts = {post.id: post for post in written.posts}
        self.stops = stops
        self.files = Files()
        self.findings: list[Finding] = []
        self.shown: dict[str, Shown] = {}
        self.kept = cards.Kept(config.data / "cards", config.root)
        self._limits = {name: config.limits(name) for name in config.channels}
        self.reliance = checks.Reliance(written.ledger)
        self._requests: dict[tuple[str, str], cards.Request] = {}
        self._drawn: dict[str, Image] = {}
        self._memory = memory
        # All that a message without pictures is made of, besides its post and the ledger.
        self._settings = (config.campaign, dict(config.channels), self._limits)
        self._before = memory.recall(written.ledger, self._settings)
        self._made: dict[tuple[int, str], Made] = {}

    def draw_missing(self, places: Iterable[Place], progress: Progress | None) -> None:
        """Many missing cards are drawn at once, before the messages ask for them one by one."""
        if not self.draw:
            return
        wanted = []
        for place in places:
            post, channel = self.posts[place.post], self.config.channels[place.channel]
            with suppress(CardError):  # said when the message asks for its card
                if (one := self.wanted(post, channel, version_of(post, channel))) is not None:
                    wanted.append(one)
        self.kept.fill(wanted, progress)

    def remember(self) -> None:
        """What was made, for the next time."""
        self._memory.keep(self.ledger, self._settings, self._made)

    def made(self, post: Post, channel: Channel, key: str) -> tuple[Message, Records]:
        """The message, and what its words rest on; as it was made before, where that cannot be another."""
        about = (id(post), channel.name)
        known = self._before.get(about)
        if known is not None and known.post is post and known.message.key == key:
            self.findings += known.findings
            self.shown[key] = known.shown
        else:
            start = len(self.findings)
            message = self.message(post, channel, key)
            records = self.reliance.of(post, channel)
            if _has_pictures(version_of(post, channel)):
                return message, records
            known = Made(post, message, self.shown[key], tuple(self.findings[start:]), records)
        self._made[about] = known
        return known.message, known.records

    def delivery(self, post: Post, place: Place) -> Delivery:
        channel = self.config.channels[place.channel]
        message, records = self.made(post, channel, place.key)
        return Delivery(
            key=place.key,
            post=post.id,
            channel=channel.name,
            kind=post.kind.value,
            due=place.due,
            expires=place.expires,
            day=place.day,
            message=message,
            slot=place.slot,
            correction=post.is_correction or post.corrects is not None,
            author=post.author,
            original_language=self.original_language(post),
            records=records,
        )

    def unapproved(self, post: str) -> tuple[str, ...]:
        """The gate asks for approved records at any time, not only when a post comes near."""
        if not self.config.approvals.needed("ledger"):
            return ()
        records = checks.unapproved(self.posts[post], self.ledger, self.config.approvers)
        return (f"records that nobody but their author approved: {', '.join(records)}",) if records else ()

    def original_language(self, post: Post) -> str | None:
        """The language of the words quoted; None where nobody's words are used."""
        named = ((post.card.quote,) if post.card and post.card.quote else ()) + post.quotes
        quotes = (self.ledger.quotes[name] for name in named if name in self.ledger.quotes)
        return next((quote.language for quote in quotes), None)

    def message(self, post: Post, channel: Channel, key: str) -> Message:
        version, language, limits = version_of(post, channel), channel.language, self._limits[channel.name]
        warning = self._words(version.warning, language)
        link = spoken(version.link, language)
        is_comment = post.corrects is not None and limits.comment_images is not None
        images = self.images(post, channel, version)[: limits.comment_images if is_comment else None]
        fitted = fit.fit(
            _described(self._words(version.text, language) or "", images, channel),
            hashtags=self.hashtags(version, language),
            link=str(link) if link else None,
            warning_line=fit.warning_line(warning, language)
            if warning and limits.warning == "line"
            else None,
            warning_field=warning if limits.warning == "field" else None,
            limits=limits,
            images=len(images),
        )
        parts = (MessagePart(fitted.text, images), *self.thread(post, version, channel))
        message = Message(
            key=key,
            language=language,
            parts=parts,
            warning=warning,
            link=str(link) if link else None,
            visibility=str(channel.options.get("visibility") or "public"),
            replies=post.replies.value,
            corrects=post.corrects,
            link_card=self.link_card(post, channel, version) if link and not is_comment else None,
            display=tuple(_display(channel, warning, parts)),
        )
        self.findings += checks.message_findings(post, channel, message, fitted, limits)
        cost = limits.cost(fitted.text, len(images)) if limits.cost else None
        self.shown[key] = Shown(fitted.length, fitted.limit, fitted.unit, fitted.dropped, cost)
        return message

    def _words(self, words: Localised, language: str) -> str | None:
        text = spoken(words, language)
        return placeholders.fill(str(text), language, self.config.campaign) if text else None

    def hashtags(self, version: Version, language: str) -> tuple[str, ...]:
        if version.hashtags is None:
            return self.config.campaign.hashtags
        own = version.hashtags.get(language, version.hashtags.get(""))
        return own if own is not None else self.config.campaign.hashtags

    def thread(self, post: Post, version: Version, channel: Channel) -> Iterator[MessagePart]:
        for text, pictures in version.thread:
            words = self._words(text, channel.language)
            if words:
                images = tuple(self.pictures(post, channel, pictures))
                yield MessagePart(_described(words, images, channel), images)

    def images(self, post: Post, channel: Channel, version: Version) -> tuple[Image, ...]:
        if not self.draw:
            return ()
        card = self.card(post, channel, version)
        return ((card,) if card else ()) + tuple(self.pictures(post, channel, version.images))

    def pictures(self, post: Post, channel: Channel, pictures: tuple[Picture, ...]) -> Iterator[Image]:
        for number, picture in enumerate(pictures):
            image = self.picture(post, channel, picture.file, f"images.{number}.file")
            if image is not None:
                yield replace(image, alt=str(spoken(picture.alt, channel.language) or ""))

    def picture(self, post: Post, channel: Channel, file: str, path: str) -> Image | None:
        """A file as the channel takes it, not described yet; None where it cannot be used, which is said."""
        try:
            drawn = cards.photos.load(self.config.root / "assets/images" / file, self.config.root)
            drawn = cards.photos.fit(drawn.data, self._limits[channel.name], file)
        except CardError as error:
            self._error(post, channel, path, "images.unusable", str(error))
            return None
        name = self.files.add(drawn.data)
        image = Image(name, "", drawn.media_type, drawn.width, drawn.height, len(drawn.data))
        return self.labelled(image, channel, file)

    def labelled(self, image: Image, channel: Channel, *files: str | None) -> Image:
        """With what the ledger says of the files it is made of; of how graphic they are, the gravest."""
        named = [file for file in files if file]
        found = {checks.graphic(self.ledger, file) for file in named}
        level: Graphic = next((one for one in ("graphic", "mild") if one in found), "none")
        told = self._limits[channel.name].labels_ai
        ai = told and any(checks.made_with_ai(self.ledger, file) for file in named)
        return replace(image, graphic=level, ai=ai)

    def link_card(self, post: Post, channel: Channel, version: Version) -> LinkCard | None:
        """What stands under the link, where the platform takes that from us and the post has no pictures."""
        written, language = version.link_card, channel.language
        given = self._limits[channel.name].link_card == "given"
        if written is None or not given or version.card or version.images:
            return None
        if not (title := self._words(written.title, language)):
            return None
        image = None
        if written.image and self.draw:
            image = self.picture(post, channel, written.image, "link_card.image")
        return LinkCard(title, self._words(written.description, language) or "", image)

    def card(self, post: Post, channel: Channel, version: Version) -> Image | None:
        try:
            if (wanted := self.wanted(post, channel, version)) is None:
                return None
            image = self.drawn(wanted)
            alt = self._words(version.alt, channel.language) or cards.alt_text(wanted.request)
        except CardError as error:
            self._error(post, channel, "card", "cards.cannot-draw", str(error))
            return None
        files = (version.card.background, version.card.portrait) if version.card else ()
        return self.labelled(replace(image, alt=alt), channel, *files)

    def wanted(self, post: Post, channel: Channel, version: Version) -> cards.Wanted | None:
        """The card a message shows, None where it has none. Raises CardError for what its records lack."""
        if version.card is None:
            return None
        about = (post.id, channel.name)
        if about not in self._requests:
            self._requests[about] = cards.request(
                version.card,
                ledger=self.ledger,
                language=channel.language,
                campaign=self.config.campaign,
                hashtags=self.hashtags(version, channel.language),
                look=self.config.look,
                root=self.config.root,
                cleared=(post.id, None) not in self.stops,
            )
        size = self._limits[channel.name].card_size
        return cards.Wanted(self._requests[about], size, again=post.id in self.redraw)

    def drawn(self, wanted: cards.Wanted) -> Image:
        """The card from its folder, or drawn once and kept: an existing card never changes by itself."""
        name = wanted.name
        if name not in self._drawn:
            path = self.kept.path(wanted)
            data = path.read_bytes()
            self._drawn[name] = Image(self.files.add(data, path), "", "image/jpeg", *wanted.size, len(data))
        return self._drawn[name]

    def _error(self, post: Post, channel: Channel, path: str, rule: str, message: str) -> None:
        span = post.span(*path.split("."))
        self.findings.append(at(span, Severity.ERROR, rule, message, post=post.id, channel=channel.name))
