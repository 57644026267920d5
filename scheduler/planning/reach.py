"""Which channels a post goes to, by the names it gives or by its languages."""

from collections.abc import Mapping
from difflib import get_close_matches

from scheduler.model import Channel, Finding, Post, Severity, at


def reach(post: Post, channels: Mapping[str, Channel]) -> tuple[tuple[Channel, ...], tuple[Finding, ...]]:
    """The post's channels, in config's order, and what is wrong with those it names."""
    if post.channels is None:
        reached = tuple(channel for channel in channels.values() if speaks(post, channel))
        findings: tuple[Finding, ...] = ()
    else:
        named = set(post.channels)
        reached = tuple(channels[name] for name in channels if name in named)
        findings = _unknown(post, channels) + _speechless(post, channels)
        reached = tuple(channel for channel in reached if speaks(post, channel))
    if not reached and not findings and not post.draft:
        findings = (_nobody(post, channels),)
    return reached, findings


def speaks(post: Post, channel: Channel) -> bool:
    """Whether the post, or its variant for the channel or platform, has text in the channel's language."""
    variants = (post.variants.get(name) for name in (channel.name, channel.platform))
    texts = (post.text, *(variant.text for variant in variants if variant is not None and variant.text))
    return any(text.get(channel.language, "").strip() for text in texts)


def _unknown(post: Post, channels: Mapping[str, Channel]) -> tuple[Finding, ...]:
    return tuple(
        at(
            post.span("channels", index),
            Severity.ERROR,
            "planning.unknown-channel",
            f'config.yaml has no channel "{name}"; {_nearest(name, channels)}',
            post=post.id,
            cause=f"unknown-channel:{name}",
        )
        for index, name in enumerate(post.channels or ())
        if name not in channels
    )


def _nearest(name: str, channels: Mapping[str, Channel]) -> str:
    if not channels:
        return "it has none at all"
    close = get_close_matches(name, channels, n=1)
    return f"did you mean {close[0]}?" if close else f"it has {', '.join(channels)}"


def _speechless(post: Post, channels: Mapping[str, Channel]) -> tuple[Finding, ...]:
    """Channels named although the post has no words in their language."""
    named = post.channels or ()
    return tuple(
        at(
            post.span("channels", named.index(name)),
            Severity.ERROR,
            "planning.no-language",
            f'{name} is in "{channels[name].language}", and the post has no text in it; '
            f"add text: {{{channels[name].language}: …}} or leave the channel out",
            post=post.id,
            channel=name,
            cause=f"no-language:{post.id}:{channels[name].language}",
        )
        for name in dict.fromkeys(named)
        if name in channels and not post.draft and not speaks(post, channels[name])
    )


def _nobody(post: Post, channels: Mapping[str, Channel]) -> Finding:
    languages = ", ".join(dict.fromkeys(channel.language for channel in channels.values()))
    if not channels:
        words = "it reaches nobody: config.yaml has no channels"
    elif post.channels is not None:
        words = "it reaches nobody: its list of channels is empty; name one, or leave the list out for all"
    else:
        words = f"it reaches nobody: it has no text in a language of the channels ({languages})"
    return at(
        post.span("channels"),
        Severity.WARNING,
        "planning.no-channel",
        words,
        post=post.id,
        cause="no-channel",
    )
