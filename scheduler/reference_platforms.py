"""The page of all platforms, from their own files: what each accepts, needs and can prove."""

from zoneinfo import ZoneInfo

from scheduler import platforms
from scheduler.model import Channel, Limits
from scheduler.platforms import Kind
from scheduler.platforms.base import Edits, Measures, Recovery

LIMIT_COLUMNS = (
    "platform",
    "text",
    "with images",
    "images",
    "alt text",
    "bytes an image",
    "warning",
    "language",
    "threads",
    "card",
    "card under a link",
    "graphic pictures",
    "`replies`",
)
UNUSED = (
    "Where posts can be corrected in place, and where numbers can be asked for, is told for later: no "
    "command does either yet. A mistake is corrected by a post with `corrects`."
)
PROOF_COLUMNS = ("platform", "if an answer is lost", "correct in place", "numbers", "credentials in .env")

PROOFS = {
    Recovery.RESEND_SAFE: "sent again: it cannot double",
    Recovery.PROBE: "looked for: found or not there, both are certain",
    Recovery.PRESENCE_ONLY: "looked for: found is certain, else you look",
    Recovery.BLIND: "you look: nothing can be read there",
}
LINK_CARDS = {
    "given": "yours (`link_card`)",
    "fetched": "made from the page",
    "none": "none",
}
MEANINGS = {
    "visibility": "`public`; `unlisted`: public, but in no timeline of the server; `private`: for followers",
    "chat": "`@name` of a public channel, or the chat's number; needed to go live",
    "alt": "`append` writes the pictures' descriptions under the text, for want of a field",
    "silent": "No sound for readers",
    "preview": "A card for the first link",
    "spoiler": "Pictures of posts with a warning are covered until touched, as graphic ones always are",
    "author": "`urn:li:person:…` or `urn:li:organization:…`; needed to go live",
    "version": "Of the platform's interface; write a newer one when this one ends",
    "token_until": "The last day of the access token, 60 days after it was made",
    "page": "The page's number; needed to go live",
    "user": "The account's number; needed to go live",
    "login": "Where the token comes from: Instagram's own log-in, or a Facebook page's",
    "public_media": "Where pictures can be fetched; unless said here, config's own `public_media`",
    "folder": "A folder that a web server shows, or that is copied to one",
    "url": "Its address, https, without redirects",
    "threads": "Threads go out; try one first, since X does not say whether every app may answer itself",
    "hashtags": "Written by LinkedIn's template, or `plain` where a first post shows that it does not arrive",
    "full_length": "Texts of 500 characters; 450 until you have seen one with letters such as ə arrive whole",
    "topic": "Name the first hashtag as the post's topic",
}
"""What an option of a channel means, by its name."""

COUNTING = (
    "Text is counted as each platform counts it: X weighs most letters 1, Chinese, Japanese, Korean and "
    "emoji 2 and every link 23; Mastodon counts every link 23; Threads counts an emoji as its bytes; "
    "LinkedIn counts after writing brackets and other signs so that they arrive. Hashtags that do not fit "
    "are left out from the end; your words never are."
)

TRIED = """
## What was tried, and on what

Bluesky on its own server software, with real pictures, threads, labels, link cards, and processes that were
killed. Mastodon's API on a server of ours; the same tests run on a real one for who names it
(`MASTODON_TEST_URL`, `MASTODON_TEST_TOKEN`), which was not done. The others on servers of ours, which refuse
requests that the published descriptions do not allow. Not tried on real accounts, so look at your first
post there:

- **X**: replies to one's own posts by an app of the lowest tier, so threads are off until you write
  `threads: true`; whether a bare domain is billed as a link (it is counted as one); the warnings on graphic
  pictures; how soon a post stands in the account's list, so not finding it proves nothing.
- **LinkedIn**: how hashtags with letters such as ə arrive, so their form can be changed (`hashtags: plain`);
  link cards; how long words count as a duplicate; corrections of more than 1,250 characters, which some say
  is the most that a comment holds (LinkedIn names no limit).
- **Threads**: whether letters such as ə count once, so a tenth of the 500 characters is left free until you
  write `full_length: true`; covered pictures in a carousel; what Threads answers when the post to be answered
  is gone.
- **Instagram**: how emoji count near the limit (each as two or more); more than five hashtags, so five it is;
  whether a container published twice is one post, so none is published a second time; deleting a post.
- **Facebook**: how long a staged picture is kept; whether a picture that was shown before is refused.
- **Telegram**: albums of ten at their largest; a group that becomes another while a post goes out.
"""
"""Said by hand: no code knows what nobody has tried."""


def page(note: str) -> str:
    """Two tables over all platforms; `note` says who writes the page."""
    kinds = sorted(platforms.kinds().items())
    parts = [
        f"# Platforms\n\n{note}Each name leads to its page: how to set it up, for a person who has never "
        f"done it, and what it cannot do.\n\n## What each accepts\n\n{COUNTING}\n",
        table(LIMIT_COLUMNS, [_limits(name, kind.limits) for name, kind in kinds]),
        "\n## What each can prove and do\n",
        table(PROOF_COLUMNS, [_proof(name, kind) for name, kind in kinds]),
        "\n`…` is the channel's name in capitals, with `_` for `-`. LinkedIn shows a page's posts, but not a "
        "person's. What else can be said of a channel stands in [config](reference/config.md).\n",
        f"{UNUSED}\n",
        TRIED,
    ]
    return "\n".join(parts)


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _link(name: str) -> str:
    return f"[{name}](platforms/{name}.md)"


def _limits(name: str, limits: Limits) -> tuple[str, ...]:
    return (
        _link(name),
        _measures(limits, 0),
        _measures(limits, 1) if limits.measures_with_images else "the same",
        f"{limits.min_images} to {limits.images}",
        f"{limits.alt:,}" if limits.alt is not None else "no field",
        f"{limits.image_bytes:,}",
        "own field" if limits.warning == "field" else "first line",
        "yes" if limits.language else "no",
        f"up to {limits.parts}" if limits.parts else f"with `{limits.parts_if}`" if limits.parts_if else "no",
        "×".join(str(side) for side in limits.card_size),
        LINK_CARDS[limits.link_card],
        "labelled or covered" if limits.labels_graphic else "as they are; `check` warns",
        ", ".join(limits.replies) or "everyone; `check` warns",
    )


def _measures(limits: Limits, images: int) -> str:
    return ", ".join(f"{one.limit:,} {one.unit}" for one in limits.text_measures(images))


def _proof(name: str, kind: Kind) -> tuple[str, ...]:
    unconnected = platforms.connect(_channel(name), {}, _no_files)
    return (
        _link(name),
        PROOFS[unconnected.recovery],
        "yes" if isinstance(unconnected, Edits) else "no",
        "yes" if isinstance(unconnected, Measures) else "no",
        ", ".join(f"`…_{secret}`" for secret in kind.secrets),
    )


def _channel(name: str) -> Channel:
    return Channel("example", name, "en", ZoneInfo("UTC"))


def _no_files(sha256: str) -> bytes:
    raise LookupError(sha256)
