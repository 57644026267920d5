"""Pictures from files: opened safely, turned upright, brought to sRGB, made to fit a channel."""

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from scheduler.errors import CardError
from scheduler.model import Limits, Media

MOST_PIXELS = 100_000_000
"""A picture of more is refused before it is decoded (10,000 × 10,000 takes 300 MB of memory)."""

MOST_BYTES = 60_000_000
QUALITIES = (92, 88, 84, 78, 72)
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}


@dataclass(frozen=True)
class Drawn:
    """Final bytes of a picture or card; width and height in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


def permit(media: Media) -> None:
    """Raises CardError for a picture that its media record keeps off every card, saying why."""
    if media.use is False:
        raise CardError(f"{media.name} is marked “use: no” in the ledger ({media.note or 'no reason given'})")
    if media.identifiable:
        raise CardError(
            f"{media.name} shows {', '.join(media.identifiable)} who can be known again: choose another image"
        )
    if media.ai and media.people_shown:
        raise CardError(
            f"{media.name} was made by a machine and shows people: choose a photograph, or a picture of none"
        )
    if media.graphic == "graphic" and not isinstance(media.use, Mapping):
        raise CardError(
            f"{media.name} is marked graphic: choose another image, or write into its media record for which "
            "use alone it is allowed (use: {only: …}); two people must then answer for it"
        )


def load(path: Path, root: Path) -> Drawn:
    """A post's own picture: upright, sRGB, free of metadata. Bytes that already are stay as they are.

    `path` must lie below `root` after links are followed. Raises CardError naming the file.
    """
    name, content = path.name, read(path, root)
    with _opened(name, content) as image:
        image.load()  # the header of a truncated file reads well
        if _is_clean(image):
            return Drawn(content, TYPES[image.format or ""], *image.size)
        picture = upright(image)
    return Drawn(jpeg(picture), "image/jpeg", *picture.size)


def fit(picture: bytes, limits: Limits, name: str = "the picture") -> Drawn:
    """Make a loaded picture smaller until a channel takes it; never cropped, untouched where it fits.

    Raises CardError where its shape is outside the channel's range or it stays over the byte limit.
    """
    with _opened(name, picture) as image:
        image.load()
        _check_shape(name, image.size, limits)
        size = _fitting(image.size, limits)
        media_type = TYPES.get(image.format or "", "")
        if size == image.size and len(picture) <= limits.image_bytes and media_type in limits.image_types:
            return Drawn(picture, media_type, *size)
        pixels = upright(image)
    for share in (1.0, 0.8, 0.64, 0.5):
        smaller = (max(1, round(size[0] * share)), max(1, round(size[1] * share)))
        resized = (
            pixels
            if smaller == pixels.size
            else pixels.resize(smaller, Image.Resampling.LANCZOS, reducing_gap=3)
        )
        for quality in QUALITIES:
            if len(data := jpeg(resized, quality)) <= limits.image_bytes:
                return Drawn(data, "image/jpeg", *resized.size)
    raise CardError(
        f"{name}: cannot be brought under {limits.image_bytes:,} bytes; use a simpler or smaller picture"
    )


def read(path: Path, root: Path) -> bytes:
    """The file's bytes, if it lies below `root` and is of a bearable size."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root.resolve()):
            raise CardError(f"{path.name} lies outside the campaign's folder: copy it into assets/images")
        if not real.is_file():
            raise CardError(f"{path.name} is not a file: name a picture in assets/images")
        if real.stat().st_size > MOST_BYTES:
            raise CardError(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB: save it smaller")
        return real.read_bytes()
    except FileNotFoundError as error:
        raise CardError(f"there is no picture {path.name} in {path.parent.name}: check its name") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise CardError(f"the picture {path.name} cannot be read: {type(error).__name__}") from error


def decode(name: str, content: bytes, target: tuple[int, int] | None = None) -> Image.Image:
    """Upright RGB pixels; with `target` a large JPEG is decoded no larger than it needs to cover that."""
    with _opened(name, content) as image:
        if target:
            image.draft("RGB", target)
        return upright(image)


def cutout(name: str, content: bytes) -> Image.Image:
    """A mark with its transparency (RGBA)."""
    with _opened(name, content) as image:
        return image.convert("RGBA")


def upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says, transparency on white, colours in sRGB."""
    # Turning copies every pixel, so it is left where there is nothing to turn.
    image = ImageOps.exif_transpose(image) if image.getexif().get(0x0112, 1) != 1 else image
    profile = image.info.get("icc_profile")
    if image.mode == "I" or image.mode.startswith("I;16"):
        image = _eight_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image).convert("RGB")
    return _srgb(image.convert("RGB") if image.mode in ("P", "1") else image, profile)


def jpeg(image: Image.Image, quality: int = 92) -> bytes:
    """sRGB without metadata, no colour subsampling: coloured letters keep their edges."""
    target = io.BytesIO()
    # Pillow would carry a comment over from the file the pixels came from.
    image.save(target, "JPEG", quality=quality, subsampling=0, comment=b"")
    return target.getvalue()


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit greys divided down to 8: Pillow's own conversion cuts everything above 255 to white."""
    scaled = image.convert("I").point(lambda value: value * (1 / 257))
    return scaled.convert("L")


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken or mismatched profile: its numbers are taken as sRGB, as browsers do
    image.load()
    return image if image.mode == "RGB" else image.convert("RGB")


def _is_clean(image: Image.Image) -> bool:
    """Nothing to turn, convert or strip: an RGB JPEG or PNG that carries no metadata."""
    extra = {"exif", "icc_profile", "comment", "photoshop", "mpoffset", "xmp", "transparency", "adobe", "dpi"}
    carried = set(image.info) & (extra - {"dpi", "adobe"}) or getattr(image, "text", None)
    applied = getattr(image, "applist", [])
    plain = all(marker in ("APP0", "APP14") for marker, _ in applied)
    return image.format in TYPES and image.mode == "RGB" and plain and not carried


@contextmanager
def _opened(name: str, content: bytes) -> Iterator[Image.Image]:
    """An image wholly decoded, or a CardError that says what is wrong with the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _refuse(name, image)
                yield image
        except UnidentifiedImageError as error:
            raise CardError(
                f"{name} is not a picture the program can read (JPEG, PNG, WebP, TIFF)"
            ) from error
        except Image.DecompressionBombError as error:
            raise CardError(_too_large(name)) from error
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError) as error:
            raise CardError(
                f"{name} is damaged or cut short: open it in an image program and save it anew"
            ) from error


def _refuse(name: str, image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise CardError(_too_large(name, image.size))
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise CardError(f"{name} is animated or holds several pictures: save the one that is meant")
    if image.mode == "F":
        raise CardError(f"{name} holds measurements, not colours: save it with 8 or 16 bits a channel")


def _too_large(name: str, size: tuple[int, int] | None = None) -> str:
    shown = f" ({size[0]} × {size[1]} pixels)" if size else ""
    return f"{name} has too many pixels{shown}: save it with at most 10,000 on a side"


def _check_shape(name: str, size: tuple[int, int], limits: Limits) -> None:
    if limits.aspect is None:
        return
    shape, (narrowest, widest) = size[0] / size[1], limits.aspect
    if not narrowest * 0.999 <= shape <= widest * 1.001:
        raise CardError(
            f"{name} is {size[0]} × {size[1]} pixels; this channel takes pictures between "
            f"{narrowest:.2g} and {widest:.3g} times as wide as high: crop it by hand, so that you decide "
            "what is seen"
        )


def _fitting(size: tuple[int, int], limits: Limits) -> tuple[int, int]:
    share = 1.0
    if limits.image_side:
        share = min(share, limits.image_side / max(size))
    if limits.image_pixels:
        share = min(share, (limits.image_pixels / (size[0] * size[1])) ** 0.5)
    return size if share == 1.0 else (max(1, int(size[0] * share)), max(1, int(size[1] * share)))
