"""The campaign's own fonts: folders that are there, missing or empty, and a letter only they have."""

import struct
from importlib import resources

import pytest

from scheduler import cards, config
from scheduler.cards import fonts, shape
from scheduler.cards.shape import Family, Style
from scheduler.errors import CardError
from scheduler.model import Card, Look
from tests.cards.drawing import ROOT, SIZES
from tests.cards.records import TALL, WISHES, ask


def test_a_font_folder_that_is_missing_is_named():
    with pytest.raises(CardError, match=r"cards\.fonts.*“own fonts”"):
        cards.draw(ask(WISHES["quote"], look=Look(fonts=("own fonts",))), TALL, ROOT)


def test_a_folder_without_fonts_is_named(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/readme.txt").write_text("fonts go here")
    with pytest.raises(CardError, match=r"cards\.fonts.*“own” holds no font"):
        cards.draw(ask(WISHES["quote"], look=Look(fonts=("own",))), TALL, tmp_path)


def sfnt(tables):
    """A font file of these tables. Layout: OpenType specification, "Organization of an OpenType Font"."""
    directory, body = struct.pack(">IHHHH", 0x00010000, len(tables), 0, 0, 0), b""
    for tag, content in sorted(tables.items()):
        directory += struct.pack(">4sIII", tag, 0, 12 + 16 * len(tables) + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    return directory + body


def font_with(character, folder):
    """A copy of a shipped font in which one character alone has a glyph."""
    path = resources.files("fontpkg_source_sans_3") / "files" / "SourceSans3[wght].ttf"
    content, tables = path.read_bytes(), {}
    for number in range(struct.unpack_from(">H", content, 4)[0]):
        tag, _, start, length = struct.unpack_from(">4sIII", content, 12 + 16 * number)
        tables[tag] = content[start : start + length]
    # One subtable of format 12 with one group: this character is glyph 36.
    group = struct.pack(">III", ord(character), ord(character), 36)
    subtable = struct.pack(">HHIII", 12, 0, 16 + len(group), 0, 1) + group
    tables[b"cmap"] = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + subtable
    folder.mkdir()
    (folder / "Georgian.TTF").write_bytes(sfnt(tables))


@SIZES
def test_a_letter_the_shipped_fonts_lack_comes_from_the_campaign_s_own(tmp_path, size):
    card = Card("plain", title={"en": "Khojaly, ს"})  # GEORGIAN LETTER SAN
    with pytest.raises(CardError, match=r"U\+10E1, GEORGIAN LETTER SAN.*cards\.fonts"):
        cards.draw(ask(card), size, tmp_path)
    font_with("ს", tmp_path / "own")
    drawn = cards.draw(ask(card, look=Look(fonts=("own",))), size, tmp_path)
    style = Style(Family.SERIF, 400, (str(tmp_path / "own/Georgian.TTF"),))
    *rest, last = shape.shape("Khojaly, ს", "en", style, 90).glyphs
    assert (last.face, last.number) == (str(tmp_path / "own/Georgian.TTF"), 36)
    assert {glyph.face for glyph in rest} == {"fontpkg_source_serif_4:SourceSerif4[opsz,wght].ttf"}
    assert drawn.width == size[0]


@pytest.mark.parametrize(("written", "allowed"), [("", False), ("cards: {system_fonts: true}\n", True)])
def test_the_machine_s_fonts_are_left_alone_unless_config_says_otherwise(tmp_path, written, allowed):
    channel = "  m:\n    platform: mastodon\n    language: en\n    base_url: https://a.example\n"
    text = f"""campaign:
  name: Flood
  anniversary: 1962-02-17
  year: 2027
  timezone: Asia/Baku
  languages: [en]
channels:
{channel}posts: posts
data: data
{written}"""
    read, findings = config.parse(text, tmp_path / "config.yaml")
    assert read is not None, findings
    assert read.look.system_fonts is allowed
    request = ask(WISHES["quote"], look=read.look)
    assert (fonts.SYSTEM in request.fonts) is allowed
