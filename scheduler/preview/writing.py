"""Writes the page: its HTML with style and script inside, and its pictures beside it or inside it."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from scheduler.errors import InputError, StoreError
from scheduler.model import Image
from scheduler.prepare import Preparation
from scheduler.preview import grouping
from scheduler.preview.page import Page, page, select
from scheduler.preview.standing import Standing

_TEMPLATES = Path(__file__).parent / "templates"
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}
_MAILED_WIDTH = 720
_PICTURE = re.compile(r"[0-9a-f]{64}\.[a-z]+")


def write(
    preparation: Preparation,
    folder: Path,
    *,
    now: datetime,
    standing: Mapping[str, Standing],
    single_file: bool = False,
    out: Path | None = None,
    language: str | None = None,
    week: date | None = None,
) -> Path:
    """Write the preview and return its path.

    `folder`/index.html with its pictures in `folder`/images; with `single_file` one file with everything in
    it, its pictures made smaller to be mailed. `out` is another file to write, or a folder that exists.
    `standing` is by delivery key. `language` and `week` (any day of it) leave out all else. Raises InputError
    for a language that no channel speaks, StoreError where the page cannot be written.
    """
    require_language(preparation, language)
    target = _target(folder, out, single_file)
    chosen, only = select(preparation, language, week)
    images = {image.sha256: image for one in chosen for image in one.message.images}
    try:
        addresses = (
            inside(preparation, images) if single_file else _beside(preparation, images, target.parent)
        )
        html = render(page(preparation, chosen, now, standing, addresses, only), single_file)
        replace(target, html.encode())
        if out is None and not single_file:
            _tidy(target.parent / "images", addresses.values())
    except OSError as error:
        raise StoreError(
            f"the preview cannot be written to {target} ({error.strerror or error}); "
            "make the folder writable, free some space, or name another file with --out"
        ) from None
    return target


def render(page: Page, single_file: bool = False) -> str:
    """The page's HTML. It loads nothing but its own pictures: a policy in its head forbids all else."""
    style, script = _text("page.css"), _text("page.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"img-src {'data:' if single_file else chr(39) + 'self' + chr(39) + ' file:'}",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return str(_template("page.html").render(page=page, policy=policy, style=style, script=script))


def filled(template: str, style_file: str, **values: Any) -> str:
    """Another page of ours, without script: it loads nothing, and its pictures are inside it."""
    style = _text(style_file)
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    )
    return str(_template(template).render(policy=policy, style=style, **values))


def require_language(preparation: Preparation, language: str | None) -> None:
    """Raises InputError for a language that no channel speaks."""
    known = sorted({channel.language for channel in preparation.config.channels.values()})
    if language is not None and language not in known:
        raise InputError(f"no channel speaks '{language}'; the channels speak {', '.join(known)}")


def _target(folder: Path, out: Path | None, single_file: bool) -> Path:
    name = "preview.html" if single_file else "index.html"
    if out is None:
        return folder / name
    return out / name if out.is_dir() else out


def inside(
    preparation: Preparation, images: Mapping[str, Image], width: int = _MAILED_WIDTH
) -> dict[str, str]:
    """Pictures as data: addresses, no wider than `width`, for a page that stands alone."""
    return {
        name: _data(image.media_type, _smaller(preparation.files[name], image, width))
        for name, image in images.items()
        if name in preparation.files
    }


def _data(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(data).decode()}"


def _smaller(data: bytes, image: Image, width: int) -> bytes:
    """A photograph or card as wide as the page shows it on a sharp screen; other pictures as they are.

    Sixty cards in full size are 14 MB, 19 as text: more than most mail servers take.
    """
    if image.media_type != "image/jpeg" or image.width <= width:
        return data
    from PIL import Image as Picture

    with Picture.open(BytesIO(data)) as picture:
        picture.draft(None, (width, width * image.height // image.width))
        picture.thumbnail((width, picture.height))
        made = BytesIO()
        picture.save(made, "JPEG", quality=80)
    return made.getvalue()


def _beside(preparation: Preparation, images: Mapping[str, Image], folder: Path) -> dict[str, str]:
    """Pictures as files below images/; one that is there already has the same bytes by its name."""
    addresses = {}
    for name, image in images.items():
        if name in preparation.files:
            addresses[name] = f"images/{name}{_ENDINGS.get(image.media_type, '.jpg')}"
            if not (folder / addresses[name]).exists():
                replace(folder / addresses[name], preparation.files[name])
    return addresses


def _tidy(folder: Path, used: Iterable[str]) -> None:
    """Remove pictures that no post shows any more: what was withdrawn should not lie about."""
    kept = {address.rpartition("/")[2] for address in used}
    for path in folder.glob("*"):
        if _PICTURE.fullmatch(path.name) and path.name not in kept:
            path.unlink()


def replace(path: Path, data: bytes) -> None:
    """Write atomically, so that a reader never opens half a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _ticks(text: str) -> Any:
    """A sentence of ours with `names` in ticks, as code; everything in it is escaped first."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


@cache
def _template(name: str) -> Any:
    """Loaded when a page is made: other commands need no template engine."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["own"] = Markup  # our own style and script, which no post can reach
    environment.filters |= {"ticks": _ticks, "place": grouping.place, "deadline": grouping.deadline}
    return environment.get_template(name)
