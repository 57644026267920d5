"""Pictures as cameras, scanners and print shops save them; the pixels expected are worked out by hand."""

import io
import struct
import zlib

import pytest
from PIL import Image

from scheduler import cards
from scheduler.cards import photos
from scheduler.errors import CardError
from scheduler.model import Card, Ledger, Media
from tests.cards.records import ask


def saved(image, form, **options):
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def shown(content, at=(4, 4), target=None):
    image = photos.decode("x", content, target)
    assert image.mode == "RGB"
    return image.getpixel(at)


def near(expected):
    return pytest.approx(expected, abs=2)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png16(kind, pixel, side=8):
    """A PNG of 16 bits a channel. Source: PNG specification; kinds 0, 2, 4, 6: L, RGB, LA, RGBA."""
    rows = b"".join(b"\0" + struct.pack(f">{len(pixel)}H", *pixel) * side for _ in range(side))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 16, kind, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b"")


def tiff16(pixel, side=8):
    """An uncompressed TIFF of 16 bits a channel. Source: TIFF 6.0, baseline RGB images."""
    data = struct.pack("<3H", *pixel) * side * side
    bits = 8 + 2 + 12 * 9 + 4
    fields = [
        (256, 3, 1, side), (257, 3, 1, side), (258, 3, 3, bits), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, bits + 6), (277, 3, 1, 3), (278, 3, 1, side), (279, 4, 1, len(data)),
    ]  # fmt: skip
    directory = struct.pack("<H", len(fields)) + b"".join(struct.pack("<HHII", *field) for field in fields)
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I3H", 0, 16, 16, 16) + data


def palette(**options):
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    return saved(image, "PNG", **options)


# 32896 is 128 of 255 at 16 bits: 128 · 257. Half-clear black on white is 255 · (1 − 128/255) = 127.
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png16(0, (32896,)), (128, 128, 128)),
        (png16(2, (65535, 32896, 0)), (255, 128, 0)),
        (png16(4, (0, 32896)), (127, 127, 127)),
        (png16(6, (65535, 0, 0, 32896)), (255, 127, 127)),
        (tiff16((65535, 32896, 0)), (255, 128, 0)),
        (saved(Image.new("I;16", (8, 8), 32896), "TIFF"), (128, 128, 128)),
        # Ink: no cyan, all magenta and yellow is red; the same with half the light taken away is dark red.
        (saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100), (255, 0, 0)),
        (saved(Image.new("CMYK", (8, 8), (0, 255, 255, 127)), "TIFF"), (128, 0, 0)),
        (palette(), (200, 100, 50)),
        (palette(transparency=1), (255, 255, 255)),
        (saved(Image.new("LA", (8, 8), (0, 128)), "PNG"), (127, 127, 127)),
        (saved(Image.new("RGBA", (8, 8), (255, 0, 0, 128)), "WEBP", lossless=True), (255, 127, 127)),
        (
            saved(Image.new("RGB", (8, 8), (200, 100, 50)), "JPEG", progressive=True, quality=97),
            (200, 100, 50),
        ),
        (saved(Image.new("1", (8, 8), 1), "PNG"), (255, 255, 255)),
    ],
    ids=[
        *("16-bit grey", "16-bit RGB", "16-bit grey with alpha", "16-bit RGBA", "16-bit RGB TIFF"),
        *("16-bit grey TIFF", "CMYK JPEG", "CMYK TIFF", "palette", "clear palette", "grey with alpha"),
        *("half-clear WebP", "progressive", "one bit"),
    ],
)
def test_every_kind_of_pixel_comes_out_as_what_it_means(content, expected):
    assert shown(content) == near(expected)


def test_a_great_cmyk_photograph_is_decoded_at_the_size_needed_with_its_colours():
    content = saved(Image.new("CMYK", (1600, 1600), (0, 255, 255, 0)), "JPEG", quality=95)
    assert shown(content, target=(200, 200)) == near((255, 0, 0))


CORNERS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}


# Exif 2.3, Orientation: which side of the picture the first stored row and the first stored column are.
@pytest.mark.parametrize(
    ("orientation", "top_left", "top_right", "bottom_left", "bottom_right"),
    [
        (1, "red", "green", "blue", "white"),
        (2, "green", "red", "white", "blue"),
        (3, "white", "blue", "green", "red"),
        (4, "blue", "white", "red", "green"),
        (5, "red", "blue", "green", "white"),
        (6, "blue", "red", "white", "green"),
        (7, "white", "green", "blue", "red"),
        (8, "green", "white", "red", "blue"),
    ],
)
def test_a_photograph_stands_as_its_camera_was_held(
    orientation, top_left, top_right, bottom_left, bottom_right
):
    image = Image.new("RGB", (32, 16), "red")
    image.paste((0, 255, 0), (16, 0, 32, 8))
    image.paste((0, 0, 255), (0, 8, 16, 16))
    image.paste((255, 255, 255), (16, 8, 32, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = photos.decode("x", saved(image, "PNG", exif=exif))
    wide, high = turned.size
    assert (wide, high) == ((32, 16) if orientation < 5 else (16, 32))
    seen = [turned.getpixel((x, y)) for y in (2, high - 3) for x in (2, wide - 3)]
    assert seen == [CORNERS[name] for name in (top_left, top_right, bottom_left, bottom_right)]


def fixed(*values):
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def profile(space, tags, kind=b"mntr", connection=b"XYZ "):
    """An ICC profile of these tags. Source: ICC.1:2010, 7.2 (header) and 7.3 (tag table)."""
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 2) + b"t\0" + bytes(79), **tags}
    tags |= {b"cprt": b"text\0\0\0\0none\0", b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249)}
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, kind, space, connection)
    head += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


# sRGB's primaries as profiles hold them, adapted to D50. Source: ICC, sRGB v2 profile.
RED, GREEN, BLUE = (0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)
LINEAR = b"curv\0\0\0\0" + struct.pack(">I", 0)


def matrix(red, green, blue):
    named = {b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue}
    tags = {name: b"XYZ \0\0\0\0" + fixed(*values) for name, values in named.items()}
    return profile(b"RGB ", {**tags, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), LINEAR)})


def test_a_profile_whose_red_and_green_change_places_is_obeyed():
    content = saved(Image.new("RGB", (8, 8), (255, 0, 0)), "PNG", icc_profile=matrix(GREEN, RED, BLUE))
    assert shown(content) == near((0, 255, 0))


def test_a_profile_that_counts_light_is_brought_to_srgb():
    # Half the light is 1.055 · 0.502^(1/2.4) − 0.055 = 0.737 of sRGB's scale: 188.
    content = saved(Image.new("RGB", (8, 8), (128, 128, 128)), "PNG", icc_profile=matrix(RED, GREEN, BLUE))
    assert shown(content) == near((188, 188, 188))


def test_a_print_shop_s_profile_decides_what_its_inks_look_like():
    """A profile by which pure cyan is a middle grey: L* 50, in sRGB 119. Source: ICC.1:2010, lut8Type."""
    grey, white, black = (128, 128, 128), (255, 128, 128), (0, 128, 128)
    corners = [white, *[black] * 7, grey, *[black] * 7]  # the first ink, cyan, varies slowest
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += ramp * 4 + b"".join(bytes(corner) for corner in corners) + ramp * 3
    inks = profile(b"CMYK", {b"A2B0": table}, b"prtr", b"Lab ")
    content = saved(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "TIFF", icc_profile=inks)
    assert shown(content) == near((119, 119, 119))


def frames(form):
    pictures = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    return saved(pictures[0], form, save_all=True, append_images=pictures[1:])


def cut(form, **options):
    content = saved(Image.effect_noise((300, 300), 80).convert("RGB"), form, **options)
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (frames("PNG"), "sky.img is animated"),
        (frames("WEBP"), "sky.img is animated"),
        (frames("TIFF"), "sky.img is animated or holds several"),
        (cut("PNG"), "sky.img is damaged or cut short"),
        (cut("JPEG", progressive=True), "sky.img is damaged or cut short"),
        (cut("WEBP"), "sky.img is damaged or cut short|sky.img is not a picture"),
        (saved(Image.new("F", (8, 8), 0.5), "TIFF"), "sky.img holds measurements"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "sky.img is not a picture"),
    ],
    ids=["animated PNG", "animated WebP", "pages", "cut PNG", "cut JPEG", "cut WebP", "floats", "drawing"],
)
def test_what_no_card_can_show_is_refused_by_name_as_a_background(tmp_path, content, expected):
    folder = tmp_path / "assets/images"
    folder.mkdir(parents=True)
    (folder / "sky.img").write_bytes(content)
    with pytest.raises(CardError, match=expected):
        cards.draw(ask(Card("plain", title={"en": "Khojaly"}, background="sky.img")), (1080, 1350), tmp_path)


WITNESS = ("somebody",)


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        (Media("m", file="p.jpg", ai=True, people_shown=WITNESS), "made by a machine and shows people"),
        (Media("m", file="p.jpg", graphic="graphic"), "marked graphic.*two people must then answer"),
        (Media("m", file="p.jpg", use=False, note="family said no"), "use: no.*family said no"),
    ],
)
def test_a_picture_that_its_record_keeps_off_cards_is_never_drawn(media, expected):
    with pytest.raises(CardError, match=expected):
        ask(Card("plain", title={"en": "Khojaly"}, background="p.jpg"), ledger=Ledger(media={"m": media}))


@pytest.mark.parametrize(
    "media",
    [
        Media("m", file="p.jpg", ai=True),
        Media("m", file="p.jpg", people_shown=WITNESS),
        Media("m", file="p.jpg", graphic="graphic", use={"only": "the exhibition's page"}),
    ],
    ids=["drawn by a machine, nobody shown", "a photograph of people", "graphic, allowed for one use"],
)
def test_what_its_record_allows_is_drawn(media):
    request = ask(
        Card("plain", title={"en": "Khojaly"}, background="p.jpg"), ledger=Ledger(media={"m": media})
    )
    assert request.background == "p.jpg"
