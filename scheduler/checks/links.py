"""Addresses that lead nowhere yet, mentions, placeholders, and hashtags that do not work everywhere."""

import re
from collections.abc import Iterator, Mapping

from scheduler.checks import surfaces
from scheduler.checks.context import Case
from scheduler.checks.rules import Example, Rule, rule
from scheduler.model import Finding, Localised, Post, Severity
from scheduler.text import entities, hashtags, placeholders

BLAMING = rule(
    "links.people-blaming-page",
    Severity.BLOCKED,
    "A link leads to a page that blames a whole people somewhere in its text.",
    "Link to another page; or two people, neither of them the author, answer with a reason.",
    fires=(
        "Read it: https://www.blaming.example/interview",
        Example("Read it.", fields={"link": {"": "http://blaming.example/interview/"}}),
    ),
    passes=("Read it: https://blaming.example/interviews",),
)
OUTDATED = rule(
    "links.outdated-page",
    Severity.BLOCKED,
    "A link leads to a page that the ledger lists as outdated.",
    "Link to what a reader can use today; or two people, neither of them the author, answer with a reason.",
    fires=(
        "Write to them: https://www.outdated.example/letter",
        Example("Write to them.", fields={"link": {"": "https://outdated.example/letter/"}}),
    ),
    passes=("Write to them: https://outdated.example/letters",),
)
PLACEHOLDER_LINK = rule(
    "links.placeholder",
    Severity.TODO,
    "A link leads to an address that is only a placeholder (example.org and the like).",
    "Put the real address in before the post is due.",
    fires=(
        "Read it: https://example.org/ledger",
        Example("Read it.", fields={"link": {"": "https://www.example.com/a"}}),
    ),
    passes=("Read it: https://justiceforkhojaly.org/", "An example.organisation of this."),
)
UNSAFE = rule(
    "links.not-https",
    Severity.HINT,
    "A link is http, not https.",
    "Use https where the site has it.",
    fires=("Read it: http://karabakh.org/page",),
    passes=("Read it: https://karabakh.org/page",),
)
MENTION = rule(
    "links.mention",
    Severity.WARNING,
    "A text mentions another account; automated posts must not call on people who did not ask for it.",
    "Take the @ away, or make sure that the account agreed.",
    fires=("Thank you @somebody", "Thank you @somebody@mastodon.example"),
    passes=("Write to press@justiceforkhojaly.org.",),
)
UNFILLED = rule(
    "texts.placeholder",
    Severity.ERROR,
    "A word in braces is no placeholder, or cannot be written in this language.",
    "Use {years}, {ordinal} or {date}, or write the words themselves.",
    fires=("It is {yeras} years.", "It is { years } years.", Example("{ordinal} Jahrestag", "xx")),
    passes=("It is {years} years, on {date}.",),
)
HASHTAG = rule(
    "hashtags.unusable",
    Severity.ERROR,
    "A hashtag would break or differ on some platforms.",
    "Use letters, digits and _ only, with at least one letter.",
    fires=(Example("We remember.", fields={"hashtags": {"": ("Khojaly-35",)}}),),
    passes=(Example("We remember.", fields={"hashtags": {"": ("26february",)}}),),
)
TAGS = rule(
    "hashtags.not-the-campaigns",
    Severity.WARNING,
    "A hashtag is not among the campaign's, or there are more than three.",
    "Keep to the campaign's hashtags; riding on others' is taken for spam.",
    fires=(
        Example("We remember.", fields={"hashtags": {"": ("trending",)}}),
        "We remember. #trending",
        Example("We remember.", fields={"hashtags": {"": ("JusticeforKhojaly",) * 4}}),
    ),
    passes=(Example("We remember.", fields={"hashtags": {"": ("justiceforkhojaly",)}}),),
)

MOST_TAGS = 3
_BRACES = re.compile(r"\{[^{}\n]{1,40}\}")
_CAUSES = {PLACEHOLDER_LINK.id: "addresses that are only placeholders"}
_ADDRESS = re.compile(r"(?i:https?)://[^\s<>\"“”]+|\bwww\.[^\s<>\"“”]+")
_MARKS = ".,;:!?)"
_BEFORE_HOST = re.compile(r"^(?i:https?://)?(?i:www\.)?")
_HOST = re.compile(r"^(?i:https?://)?(?:[^/@\s]*@)?([^/:?#\s]+)")
_RESERVED = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|todo)\.?$", re.IGNORECASE
)
_MENTION = re.compile(r"(?<![\w.+/@-])@\w[\w.-]*(?:@[\w.-]+)?")


def findings(case: Case) -> Iterator[Finding]:
    """Links of the texts and of `link`, mentions, placeholders, hashtags."""
    for surface in case.surfaces:
        if surface.part in ("record", "hashtag"):
            continue
        text = surface.text
        for address in _ADDRESS.findall(text) if "://" in text or "www." in text else ():
            for which, words in _problems(address):
                yield case.finding(which, surface, words, cause=_CAUSES.get(which.id, ""))
            for which in _listed(case, address):
                cause = case.question(which, address, surface)
                yield case.finding(which, surface, _asks(which, address), cause=cause)
        for mention in _MENTION.findall(text) if "@" in text else ():
            yield case.finding(MENTION, surface, f'"{mention}" mentions an account; has it agreed?')
        if "{" in text:
            yield from _unfilled(case, surface)
        for tag in entities.hashtags_in(text):
            if not any(hashtags.same(tag, known) for known in case.context.campaign.hashtags):
                yield case.finding(TAGS, surface, _strange(case, tag))
    for path, links in of_post(case.post):
        for language, address in links.items():
            place = (*path, language) if language else path
            for which, words in _problems(address):
                yield case.at(which, place, words, cause=_CAUSES.get(which.id, ""))
            for which in _listed(case, address):
                cause = case.question(which, address, address)
                yield case.at(which, place, _asks(which, address), cause=cause)
    for path, tags in _tags(case):
        yield from _hashtags(case, path, tags)


def in_text(text: str) -> list[str]:
    """The addresses that stand in a text, without the mark that ends its sentence."""
    if "://" not in text and "www." not in text:
        return []
    found = [address.rstrip(_MARKS) for address in _ADDRESS.findall(text)]
    return [one if "://" in one else f"https://{one}" for one in found]


def of_post(post: Post) -> Iterator[tuple[surfaces.Path, Localised]]:
    """The links that stand beside a post's texts."""
    yield ("link",), post.link
    for name, variant in post.variants.items():
        yield ("variants", name, "link"), variant.link or {}


def is_real(address: str) -> bool:
    """Whether it leads out into the world, and is no placeholder."""
    host = _HOST.match(address)
    return host is not None and not _RESERVED.search(host[1])


def _listed(case: Case, address: str) -> Iterator[Rule]:
    """The rules whose lists of pages have the address; http or https, www or not, is one page."""
    page = _page(address)
    if page in case.context.blaming_pages:
        yield BLAMING
    if page in case.context.outdated_pages:
        yield OUTDATED


def _asks(which: Rule, address: str) -> str:
    return f"{address}: {which.summary} {which.remedy}"


def _page(address: str) -> str:
    return _BEFORE_HOST.sub("", address).rstrip("/" + _MARKS)


def _problems(address: str) -> Iterator[tuple[Rule, str]]:
    host = _HOST.match(address)
    if host and _RESERVED.search(host[1]):
        yield PLACEHOLDER_LINK, f"{address} is a placeholder; put the real address in"
    elif address.startswith("http://"):
        yield UNSAFE, f"{address} is http; use https where the site has it"


def _unfilled(case: Case, surface: surfaces.Surface) -> Iterator[Finding]:
    unknown = placeholders.unknown(surface.text)
    for name in unknown:
        words = f"{{{name}}} is no placeholder; there are {{years}}, {{ordinal}} and {{date}}"
        yield case.finding(UNFILLED, surface, words)
    for written in _BRACES.findall(surface.text):
        if written.strip("{} ") in placeholders.NAMES and written[1:-1] not in placeholders.NAMES:
            words = f"{written} is not filled in; write {{{written.strip('{} ')}}} without spaces"
            yield case.finding(UNFILLED, surface, words)
    left = [name for name in ("{years}", "{ordinal}", "{date}") if name in surface.text]
    if left:
        words = f"{left[0]} cannot be written in language '{surface.language}'; write the words themselves"
        yield case.finding(UNFILLED, surface, words)


def _tags(case: Case) -> Iterator[tuple[surfaces.Path, Mapping[str, tuple[str, ...]]]]:
    yield ("hashtags",), case.post.hashtags or {}
    for name, variant in case.post.variants.items():
        yield ("variants", name, "hashtags"), variant.hashtags or {}


def _strange(case: Case, tag: str) -> str:
    known = ", ".join(case.context.campaign.hashtags)
    return f"hashtag '{tag}' is not one of the campaign's ({known}); leave it out"


def _hashtags(case: Case, path: surfaces.Path, tags: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    campaign = case.context.campaign.hashtags
    for language, listed in tags.items():
        place = (*path, language) if language else path
        for number, tag in enumerate(listed):
            if (problem := hashtags.problem(tag)) is not None:
                yield case.at(HASHTAG, (*place, number), f"hashtag '{tag}' {problem}")
            elif not any(hashtags.same(tag, known) for known in campaign):
                yield case.at(TAGS, (*place, number), _strange(case, tag))
        if len(listed) > MOST_TAGS:
            yield case.at(TAGS, place, f"{len(listed)} hashtags; more than {MOST_TAGS} look like spam")
