"""Pictures from files: what is mended, what is refused, what is left alone."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from scheduler.cards import photos
from scheduler.errors import CardError
from scheduler.model import Limits

ANY = Limits(measures=())


def saved(folder, name, image, **options):
    path = folder / name
    image.save(path, **options)
    return path


def opened(drawn):
    return Image.open(io.BytesIO(drawn.data))


def halves(mode="RGB", left="red", right="blue"):
    image = Image.new(mode, (200, 100), right)
    image.paste(left, (0, 0, 100, 100))
    return image


def header_only_png(path, width, height):
    """A PNG whose header claims a size that its data do not hold."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    return path


def test_a_picture_lying_on_its_side_is_turned_and_loses_its_metadata(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation 6: to be turned a quarter clockwise; the left half comes to the top
    exif[0x010E] = "taken at a private address"
    drawn = photos.load(saved(tmp_path, "phone.jpg", halves(), exif=exif, quality=95), tmp_path)
    assert (drawn.width, drawn.height) == (100, 200)
    red, _, blue = opened(drawn).getpixel((50, 20))
    assert red > 200 > blue
    assert b"private address" not in drawn.data
    assert not opened(drawn).getexif()


@pytest.mark.parametrize("name", ["plain.jpg", "plain.png"])
def test_a_plain_picture_is_left_byte_for_byte(tmp_path, name):
    path = saved(tmp_path, name, halves())
    drawn = photos.load(path, tmp_path)
    assert drawn.data == path.read_bytes()
    assert drawn.media_type == {"plain.jpg": "image/jpeg", "plain.png": "image/png"}[name]


def test_a_comment_in_a_jpeg_is_taken_out(tmp_path):
    drawn = photos.load(saved(tmp_path, "c.jpg", halves(), comment=b"by somebody"), tmp_path)
    assert b"by somebody" not in drawn.data


def test_text_in_a_png_is_taken_out(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Author", "somebody")
    drawn = photos.load(saved(tmp_path, "t.png", halves(), pnginfo=notes), tmp_path)
    assert b"somebody" not in drawn.data


def test_a_colour_profile_is_applied_and_taken_out(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    drawn = photos.load(saved(tmp_path, "p.jpg", halves(), icc_profile=profile, quality=95), tmp_path)
    assert "icc_profile" not in opened(drawn).info
    assert opened(drawn).getpixel((20, 50))[0] > 245


def test_a_broken_colour_profile_does_not_stop_a_picture(tmp_path):
    drawn = photos.load(saved(tmp_path, "p.jpg", halves(), icc_profile=b"no profile"), tmp_path)
    assert "icc_profile" not in opened(drawn).info


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("cmyk.jpg", Image.new("CMYK", (60, 60), (0, 255, 255, 0)), (255, 0, 0)),
        (
            "palette.png",
            Image.new("RGB", (60, 60), (0, 128, 255)).convert("P", palette=Image.Palette.ADAPTIVE),
            (0, 128, 255),
        ),
        ("clear.png", Image.new("RGBA", (60, 60), (0, 0, 0, 0)), (255, 255, 255)),
        ("grey.png", Image.new("L", (60, 60), 77), (77, 77, 77)),
        ("grey16.png", Image.new("I;16", (60, 60), 32896), (128, 128, 128)),  # 32896 / 257 = 128
        ("one.png", Image.new("1", (60, 60), 1), (255, 255, 255)),
        ("w.webp", Image.new("RGB", (60, 60), (10, 20, 30)), (10, 20, 30)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_kind_of_pixel_becomes_plain_rgb(tmp_path, name, image, expected):
    found = opened(photos.load(saved(tmp_path, name, image), tmp_path)).convert("RGB").getpixel((30, 30))
    assert all(abs(a - b) <= 6 for a, b in zip(found, expected, strict=True))


def truncated(folder):
    path = saved(folder, "cut.jpg", Image.effect_noise((400, 400), 80).convert("RGB"))
    path.write_bytes(path.read_bytes()[:9000])
    return path


def animated(folder):
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    return saved(folder, "a.gif", frames[0], save_all=True, append_images=frames[1:])


def text(folder):
    path = folder / "words.jpg"
    path.write_text("not a picture")
    return path


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (truncated, r"cut\.jpg is damaged or cut short"),
        (animated, r"a\.gif is animated"),
        (text, r"words\.jpg is not a picture"),
        (lambda folder: folder / "none.jpg", r"no picture none\.jpg"),
        (lambda folder: folder, "is not a file"),
        (lambda folder: header_only_png(folder / "b.png", 20000, 20000), r"b\.png has too many pixels"),
        (
            lambda folder: header_only_png(folder / "b.png", 10001, 10000),
            r"b\.png has too many pixels \(10001 × 10000",
        ),
        (lambda folder: header_only_png(folder / "e.png", 100, 100), r"e\.png is damaged"),
        (lambda folder: folder / ".." / "outside.jpg", "outside|no picture"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(tmp_path, make, expected):
    with pytest.raises(CardError, match=expected):
        photos.load(make(tmp_path), tmp_path)


def test_a_link_that_leaves_the_folder_is_refused(tmp_path):
    inside = tmp_path / "campaign"
    inside.mkdir()
    saved(tmp_path, "secret.jpg", halves())
    (inside / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(CardError, match="outside the campaign's folder"):
        photos.load(inside / "link.jpg", inside)


def fitted(tmp_path, image, limits, **options):
    return photos.fit(photos.load(saved(tmp_path, "x.png", image, **options), tmp_path).data, limits, "x.png")


def test_a_picture_within_the_limits_is_not_touched(tmp_path):
    path = saved(tmp_path, "x.png", halves())
    assert photos.fit(path.read_bytes(), ANY).data == path.read_bytes()


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        (Limits(measures=(), image_side=100), (100, 50)),
        (Limits(measures=(), image_pixels=5000), (100, 50)),  # 100 × 50 = 5000, in the picture's own 2:1
        (Limits(measures=(), image_types=("image/jpeg",)), (200, 100)),
    ],
)
def test_a_picture_is_made_to_fit_in_its_own_shape(tmp_path, limits, size):
    drawn = fitted(tmp_path, halves(), limits)
    assert (drawn.width, drawn.height) == size == opened(drawn).size
    assert drawn.media_type == "image/jpeg"


def test_bytes_are_brought_under_the_limit(tmp_path):
    noise = Image.effect_noise((800, 800), 90).convert("RGB")
    drawn = fitted(tmp_path, noise, Limits(measures=(), image_bytes=100_000))
    assert len(drawn.data) <= 100_000
    assert drawn.width == drawn.height


def test_a_byte_limit_nothing_can_meet_is_said(tmp_path):
    noise = Image.effect_noise((800, 800), 90).convert("RGB")
    with pytest.raises(CardError, match=r"x\.png: cannot be brought under 900 bytes"):
        fitted(tmp_path, noise, Limits(measures=(), image_bytes=900))


def test_a_shape_the_channel_does_not_take_is_never_cropped(tmp_path):
    with pytest.raises(CardError, match=r"x\.png is 200 × 100 pixels.*crop it by hand"):
        fitted(tmp_path, halves(), Limits(measures=(), aspect=(0.8, 1.91)))


def test_the_shape_at_the_very_edge_is_taken(tmp_path):
    # 4:5 is Instagram's tallest shape: 1080 × 1350 is 0.8 exactly.
    drawn = fitted(tmp_path, Image.new("RGB", (1080, 1350)), Limits(measures=(), aspect=(0.8, 1.91)))
    assert (drawn.width, drawn.height) == (1080, 1350)


def test_the_shipped_pictures_are_in_the_credits():
    folder = Path(__file__).parents[2] / "assets/images"
    credits = (folder / "CREDITS.md").read_text()
    assert all(f"| {path.name} |" in credits for path in folder.glob("*.jpg"))
