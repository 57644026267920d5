"""One channel's finished message against what its platform accepts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from scheduler.checks import labels
from scheduler.checks.rules import Rule, rule
from scheduler.content.version import version
from scheduler.model import Channel, Finding, Image, Limits, Message, MessagePart, Post, Severity
from scheduler.text import entities, normalise
from scheduler.text.fit import Fitted

TOO_LONG = rule(
    "messages.too-long",
    Severity.ERROR,
    "The words do not fit the platform's limit even without hashtags.",
    "Shorten the text, or write a variant for the channel.",
)
DROPPED = rule(
    "messages.hashtags-dropped",
    Severity.HINT,
    "Hashtags were left out so that the words fit.",
    "Shorten the text if the hashtags matter.",
)
EMPTY = rule(
    "messages.empty",
    Severity.ERROR,
    "A message has neither words nor images.",
    "Write a text in the channel's language.",
)
TOO_MANY_IMAGES = rule(
    "messages.too-many-images",
    Severity.ERROR,
    "More images than the platform takes in one post.",
    "Leave some out, or write a variant for the channel.",
)
TOO_FEW_IMAGES = rule(
    "messages.too-few-images",
    Severity.ERROR,
    "The platform takes no post without an image.",
    "Give the post a card or an image, or leave the channel out.",
)
UNFIT = rule(
    "messages.image-unfit",
    Severity.ERROR,
    "An image is of a type, size or shape the platform refuses.",
    "Make the image smaller or of another shape.",
)
ALT_TOO_LONG = rule(
    "messages.alt-too-long",
    Severity.ERROR,
    "An alt text is longer than the platform keeps.",
    "Shorten the alt text.",
)
NO_ALT = rule(
    "messages.no-alt",
    Severity.ERROR,
    "An image goes out without alt text.",
    "Describe the image in `alt`.",
)
NO_THREADS = rule(
    "messages.no-threads",
    Severity.ERROR,
    "A thread is longer than the platform allows, or it has no threads.",
    "Leave the channel out, or write a variant with `thread: []`; on X try one with `threads: true`.",
)
REPLY_UNTRIED = rule(
    "messages.reply-untried",
    Severity.WARNING,
    "A correction goes out as a reply where nobody is sure that the platform lets a program reply.",
    "Be ready to post it by hand there, and record it with `settle`; on X try a thread with `threads: true`.",
)

LINK_PRICE = rule(
    "messages.link-price",
    Severity.WARNING,
    "A platform asks much more for a post with a link in it.",
    "Leave the link out there, say it in another post, or pay for it knowingly.",
)
TOO_MANY_LINKS = rule(
    "messages.too-many-links",
    Severity.ERROR,
    "A text has more different links than the platform takes in one post.",
    "Leave some out, or write a variant for the channel.",
)
DEAD_LINK = rule(
    "messages.link-dead",
    Severity.HINT,
    "A link goes out on a platform whose texts have no links to touch.",
    "Leave it out there (a variant), or say in words where to find it.",
)
CROPPED = rule(
    "messages.image-cropped",
    Severity.WARNING,
    "Pictures of different shapes go into one carousel, which is cropped to the first one's shape.",
    "Put pictures of one shape together, so that nothing of a card is cut off.",
)
OPEN_TO_REPLIES = rule(
    "messages.replies-open",
    Severity.WARNING,
    "A post says who may reply, on a platform where nobody can be kept from it.",
    "Somebody has to watch the answers there; or leave the channel out.",
)


@dataclass(frozen=True)
class _About:
    """One post on one channel, to which findings are pinned."""

    post: Post
    channel: Channel

    def __call__(self, which: Rule, path: str, words: str) -> Finding:
        own = self.channel.name if self.channel.name in self.post.variants else self.channel.platform
        span = self.post.spans.get(f"variants.{own}.{path}") or self.post.span(path)
        message = f"{self.channel.name}: {words}"
        return which.at(span, message, post=self.post.id, channel=self.channel.name)


def message_findings(
    post: Post, channel: Channel, message: Message, fitted: Fitted, limits: Limits
) -> tuple[Finding, ...]:
    """What keeps this message from being accepted on this channel, with what was left out to make it fit."""
    about = _About(post, channel)
    return (
        *_length(about, message, fitted, limits),
        *_thread(about, message, limits),
        *(
            finding
            for number, part in enumerate(message.parts)
            for finding in _images(about, "images" if not number else "thread", part, limits)
        ),
        *_too_few(about, message, limits),
        *_link_price(about, message, limits),
        *_links(about, message, limits),
        *_replies(about, message, limits),
        *labels.findings(about, version(post, channel), message, limits),
    )


def _length(about: _About, message: Message, fitted: Fitted, limits: Limits) -> Iterator[Finding]:
    if fitted.over > 0:
        words = f"{fitted.over} {fitted.unit} too long ({fitted.length} of {fitted.limit}, without hashtags)"
        yield about(TOO_LONG, "text", f"{words}; shorten the text or give the channel a variant")
    elif fitted.dropped:
        tags = " ".join(f"#{tag}" for tag in fitted.dropped)
        yield about(DROPPED, "text", f"no room for {tags}")
    for number, part in enumerate(message.parts):
        if not part.text.strip() and not part.images:
            yield about(EMPTY, "thread" if number else "text", "there is nothing to publish")
    for number, part in enumerate(message.parts[1:], 2):
        for measure in limits.text_measures(len(part.images)):
            if (length := measure.count(part.text)) > measure.limit:
                words = f"part {number} is {length - measure.limit} {measure.unit} too long"
                yield about(TOO_LONG, f"thread.{number - 2}.text", f"{words} ({length} of {measure.limit})")


def _thread(about: _About, message: Message, limits: Limits) -> Iterator[Finding]:
    parts = len(message.parts)
    if message.corrects and limits.parts is None and limits.parts_if:
        words = (
            "it goes out as a reply to the post it corrects, and nobody is sure that the platform lets this "
            "app reply: refused, it is posted by hand and recorded with `settle … --published ADDRESS`"
        )
        yield about(REPLY_UNTRIED, "corrects", words)
    if parts > 1 and limits.parts is None and limits.parts_if:
        words = (
            "threads are off here, for nobody is sure that the platform lets a program answer its own posts; "
            f"try one, and if it goes out keep `{limits.parts_if}` under the channel in config.yaml; else "
            "leave the channel out or set thread: []"
        )
        yield about(NO_THREADS, "thread", words)
    elif parts > 1 and limits.parts is None:
        yield about(
            NO_THREADS, "thread", "the platform has no threads; leave the channel out or set thread: []"
        )
    elif limits.parts is not None and parts > limits.parts:
        yield about(NO_THREADS, "thread", f"{parts} parts; the platform takes {limits.parts}")


def _images(about: _About, path: str, part: MessagePart, limits: Limits) -> Iterator[Finding]:
    if len(part.images) > limits.images:
        yield about(TOO_MANY_IMAGES, path, f"{len(part.images)} images; the platform takes {limits.images}")
    shapes = {round(image.width / image.height, 2) for image in part.images}
    if limits.crops_to_first and len(shapes) > 1:
        yield about(CROPPED, path, "its pictures differ in shape, and are cropped to the first one's")
    for image in part.images:
        if normalise.is_blank(image.alt):
            yield about(NO_ALT, path, "an image has no alt text; describe it in alt")
        elif limits.alt is not None and len(image.alt) > limits.alt:
            words = f"an alt text has {len(image.alt)} characters; the platform keeps {limits.alt}"
            yield about(ALT_TOO_LONG, "alt", words)
        if (problem := _unfit(image, limits)) is not None:
            yield about(UNFIT, path, problem)


def _unfit(image: Image, limits: Limits) -> str | None:
    """Why the platform would refuse the image's bytes, or None."""
    if image.media_type not in limits.image_types:
        return f"an image is {image.media_type}; the platform takes {', '.join(limits.image_types)}"
    if image.size > limits.image_bytes:
        return f"an image has {image.size:,} bytes; the platform takes {limits.image_bytes:,}"
    if limits.image_pixels is not None and image.width * image.height > limits.image_pixels:
        return (
            f"an image has {image.width * image.height:,} pixels; the platform takes {limits.image_pixels:,}"
        )
    if limits.image_side is not None and max(image.width, image.height) > limits.image_side:
        side = max(image.width, image.height)
        return f"an image is {side} pixels long; the platform takes {limits.image_side}"
    if limits.aspect is not None and not limits.aspect[0] <= image.width / image.height <= limits.aspect[1]:
        low, high = limits.aspect
        return f"an image is {image.width}×{image.height}; its width must be {low} to {high} times its height"
    return None


def _links(about: _About, message: Message, limits: Limits) -> Iterator[Finding]:
    for number, part in enumerate(message.parts):
        text, path = part.text, "thread" if number else "text"
        links = {text[one.start : one.end] for one in entities.find(text) if one.kind == "link"}
        if limits.max_links is not None and len(links) > limits.max_links:
            words = f"{len(links)} different links; the platform takes {limits.max_links}"
            yield about(TOO_MANY_LINKS, path, words)
        if links and not limits.live_links:
            yield about(DEAD_LINK, "link" if message.link else path, "its links cannot be touched there")


def _replies(about: _About, message: Message, limits: Limits) -> Iterator[Finding]:
    is_correction = message.corrects is not None
    if message.replies == "everyone" or limits.answering(message.replies, is_correction=is_correction):
        return
    if message.replies in limits.replies:
        words = (
            f"`replies: {message.replies}` changes nothing: who may answer is said by the post it corrects"
        )
    else:
        words = f"`replies: {message.replies}` changes nothing there: everybody may reply"
    yield about(OPEN_TO_REPLIES, "replies", words)


def _too_few(about: _About, message: Message, limits: Limits) -> Iterator[Finding]:
    """A message whose images are not drawn yet has none: then the post's own card and images tell."""
    if message.corrects and limits.comment_images is not None:
        return  # it is a comment
    coming = len(message.parts[0].images) or bool(about.post.card) + len(about.post.images)
    if coming < limits.min_images:
        yield about(TOO_FEW_IMAGES, "images", "the platform takes no post without an image; give it a card")


def _link_price(about: _About, message: Message, limits: Limits) -> Iterator[Finding]:
    """What the links of a post cost, by the platform's own prices: one finding for all its parts."""
    if limits.cost is None:
        return
    price, without = Decimal(0), Decimal(0)
    for part in message.parts:
        price += limits.cost(part.text, len(part.images))
        without += limits.cost(_without_links(part.text), len(part.images))
    if price > without:
        words = f"costs US${price:.3f} with its link, US${without:.3f} without it"
        finding = about(LINK_PRICE, "text", words)
        yield replace(finding, cause=f"{LINK_PRICE.id}: {about.channel.name}")


def _without_links(text: str) -> str:
    for entity in reversed(entities.find(text)):
        if entity.kind == "link":
            text = text[: entity.start] + text[entity.end :]
    return text
