"""A post as one channel gets it: its own variant laid over the platform's, laid over the post."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scheduler.model import Card, Channel, LinkText, Localised, Picture, Post, Variant


@dataclass(frozen=True)
class Version:
    """What a post says on one channel, in all its languages. `thread` are texts with their pictures."""

    text: Localised
    hashtags: Mapping[str, tuple[str, ...]] | None
    link: Localised
    alt: Localised
    warning: Localised
    images: tuple[Picture, ...]
    card: Card | None
    thread: tuple[tuple[Localised, tuple[Picture, ...]], ...]
    link_card: LinkText | None


def version(post: Post, channel: Channel) -> Version:
    """The post with the channel's variants in place."""
    made = Version(
        post.text,
        post.hashtags,
        post.link,
        post.alt,
        post.warning,
        post.images,
        post.card,
        tuple((part.text, part.images) for part in post.thread),
        post.link_card,
    )
    for name in (channel.platform, channel.name):
        if name in post.variants:
            made = _overlay(made, post.variants[name])
    return made


def _overlay(version: Version, variant: Variant) -> Version:
    changes: dict[str, object] = {
        name: value
        for name in ("hashtags", "images", "card", "link_card")
        if (value := getattr(variant, name)) is not None
    }
    # A variant that speaks one language leaves the post's other languages as they are.
    for name in ("text", "link", "alt", "warning"):
        if (words := getattr(variant, name)) is not None:
            changes[name] = {**getattr(version, name), **words}
    if variant.thread is not None:
        changes["thread"] = tuple((part.text, part.images) for part in variant.thread)
    return replace(version, **changes)  # type: ignore[arg-type]


def spoken(values: Mapping[str, object], language: str) -> object | None:
    """The value in a language, else the one for every language; None where there is neither."""
    return values.get(language, values.get(""))
