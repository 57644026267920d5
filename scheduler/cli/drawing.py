"""The command about cards: which card each post shows, and the only way a card that was drawn changes."""

from collections.abc import Iterable
from pathlib import Path

import click

from scheduler.cards import contact, request
from scheduler.cli.arguments import AS_JSON, opened
from scheduler.cli.output import now, plural, print_json, progress
from scheduler.errors import CardError, InputError
from scheduler.model import Card, Delivery
from scheduler.prepare import Preparation


@click.command()
@AS_JSON
@click.argument("posts", nargs=-1)
@click.option("--redraw", is_flag=True, help="Draw them anew, with today's palette, mark and fonts.")
@click.option("--yes", is_flag=True, help="Do not ask before drawing anew.")
@click.option(
    "--sheet",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw a contact sheet into this folder: every template, shape and language.",
)
@click.pass_context
def cards(
    ctx: click.Context, as_json: bool, posts: tuple[str, ...], redraw: bool, yes: bool, sheet: Path | None
) -> None:
    """Which card each post shows (of POSTS, or of all). A card is drawn once and kept until --redraw.

    A card that looks different after --redraw takes its post's approvals back.
    """
    campaigning, at = opened(ctx), now()
    with progress("Drawing cards that are not there yet") as bar:
        before = campaigning.prepare(at, progress=bar)
    chosen = frozenset(posts) or frozenset(before.posts)
    if unknown := sorted(chosen - set(before.posts)):
        raise InputError(f"There is no post “{unknown[0]}”. There is: {', '.join(sorted(before.posts))}")
    if sheet is not None:
        click.echo(f"Contact sheet: {contact_sheet(before, sheet)}")
        return
    shown = _pictures(one for one in before.deliveries if one.post in chosen)
    if redraw:
        if not yes:
            click.confirm(f"Draw the cards of {plural(len(chosen), 'post')} anew?", abort=True)
        with progress("Drawing cards anew") as bar:
            after = campaigning.prepare(at, redraw=chosen, progress=bar)
        was, shown = shown, _pictures(one for one in after.deliveries if one.post in chosen)
        changed = [key for key in shown if shown[key] != was.get(key)]
    if as_json:
        print_json([{"key": key, "images": list(images)} for key, images in shown.items()])
        return
    for key, images in shown.items():
        click.echo(f"{key}  {', '.join(image[:16] for image in images) or 'no card or picture'}")
    if redraw:
        names = ", ".join(changed)
        click.echo(f"Changed, so to be approved again: {names}." if changed else "No card looks different.")


def _pictures(deliveries: Iterable[Delivery]) -> dict[str, tuple[str, ...]]:
    """The SHA-256 of every final picture, by key."""
    return {
        one.key: tuple(image.sha256 for part in one.message.parts for image in part.images)
        for one in deliveries
    }


def contact_sheet(made: Preparation, folder: Path) -> Path:
    """Every template in the campaign's languages, with its own records; uncleared ones are marked so."""
    blocked = {one.post for one in made.deliveries if one.blocked}
    posts = sorted(made.content.posts, key=lambda post: post.id in blocked)
    clear = [post.card for post in posts if post.card is not None and post.id not in blocked]
    asked = [post.card for post in posts if post.card is not None]
    examples = contact.examples(asked, made.content.ledger)
    specimens = [
        _specimen(made, name, card, language, card in clear)
        for language in made.config.campaign.languages
        for name, card in examples.items()
    ]
    with progress("Drawing the contact sheet") as bar:
        return contact.make(specimens, folder, made.config.root, bar)


def _specimen(
    made: Preparation, name: str, card: Card | None, language: str, cleared: bool
) -> contact.Specimen:
    if card is None:
        return contact.Specimen(
            name, language, None, "no post asks for one, and the ledger has no record for it"
        )
    try:
        asked = request(
            card,
            ledger=made.content.ledger,
            language=language,
            campaign=made.config.campaign,
            hashtags=made.config.campaign.hashtags,
            look=made.config.look,
            root=made.config.root,
            cleared=cleared,
        )
    except CardError as error:
        return contact.Specimen(name, language, None, str(error))
    return contact.Specimen(name, language, asked)
