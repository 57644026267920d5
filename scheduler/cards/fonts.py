"""Which font a letter comes from: chains by script, the campaign's own folders, what brings a missing one."""

import importlib.util
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path

import regex  # type: ignore[import-untyped]

from scheduler.errors import CardError

SYSTEM = "fonts of this machine"
"""Stands among a request's font folders where config.yaml allows what is installed on the machine."""


class Family(StrEnum):
    SERIF = "serif"
    SANS = "sans"


@dataclass(frozen=True)
class Font:
    """A font that a package brings. `scale` makes its letters look as large as their Latin neighbours."""

    name: str
    package: str
    file: str
    scale: float = 1.0
    least: int = 0
    """The weight from which on this file serves, where a family is no variable font."""

    @property
    def key(self) -> str:
        return f"{self.package}:{self.file.rpartition('/')[2]}"


SERIF = Font("Source Serif 4", "fontpkg_source_serif_4", "files/SourceSerif4[opsz,wght].ttf")
SANS = Font("Source Sans 3", "fontpkg_source_sans_3", "files/SourceSans3[wght].ttf")
WIDER = Font("Noto Serif", "fontpkg_noto_serif", "files/NotoSerif[wdth,wght].ttf")
NASKH = Font("Amiri", "fontpkg_amiri", "files/Amiri-Regular.ttf", 1.12)
NASKH_BOLD = Font("Amiri Bold", "fontpkg_amiri", "files/Amiri-Bold.ttf", 1.12, 600)
ARABIC = Font("Noto Sans Arabic", "fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf")
FRANK = Font("Frank Ruhl Libre", "fontpkg_frank_ruhl_libre", "files/FrankRuhlLibre[wght].ttf", 1.06)
HEEBO = Font("Heebo", "fontpkg_heebo", "files/Heebo[wght].ttf")
CJK = Font("Noto Sans CJK", "noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf", 0.94)
"""The one font that serves Chinese, Japanese and Korean; it comes with the extra `cjk`."""

SHIPPED = {font.key: font for font in (SERIF, SANS, WIDER, NASKH, NASKH_BOLD, ARABIC, FRANK, HEEBO, CJK)}
CHAINS: dict[Family, tuple[Font, ...]] = {
    Family.SERIF: (SERIF, WIDER, NASKH_BOLD, NASKH, FRANK, CJK),
    Family.SANS: (SANS, WIDER, ARABIC, HEEBO, CJK),
}
"""Fonts by family, first choice first."""

EAST = ("Hani", "Hira", "Kana", "Hang", "Bopo")
FIRST: dict[str, tuple[Font, ...]] = {
    "Arab": (NASKH_BOLD, NASKH, ARABIC),
    "Hebr": (FRANK, HEEBO),
    **{script: (CJK,) for script in EAST},
}
"""Fonts that go before the others of their family where a run is in their script, so that its figures and
quotation marks are of the same hand."""

_NAMED = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Grek": "Greek",
    "Arab": "Arabic",
    "Hebr": "Hebrew",
    "Hani": "Han",
    "Hira": "Hiragana",
    "Kana": "Katakana",
    "Hang": "Hangul",
    "Bopo": "Bopomofo",
    "Geor": "Georgian",
    "Armn": "Armenian",
    "Deva": "Devanagari",
    "Thai": "Thai",
    "Ethi": "Ethiopic",
}
_PACKAGE = "fonts-noto-core"
"""Has Noto Serif for each script of NEEDS_A_FONT; no Python package has them all."""

NEEDS_A_FONT = frozenset({"Geor", "Armn", "Deva", "Thai", "Ethi"})
_SCRIPTS = tuple((tag, regex.compile(rf"\p{{Script={name}}}")) for tag, name in _NAMED.items())
_SHARED = regex.compile(r"[\p{Script=Common}\p{Script=Inherited}]")
_OF_LANGUAGE = {
    **dict.fromkeys(("ar", "azb", "ckb", "fa", "ps", "sd", "ug", "ur"), "Arab"),
    **dict.fromkeys(("he", "yi"), "Hebr"),
    **dict.fromkeys(("be", "bg", "kk", "ky", "mk", "ru", "uk"), "Cyrl"),
    "el": "Grek",
    "zh": "Hani",
    "ja": "Kana",
    "ko": "Hang",
}


UNLISTED = "Zzzz"


@lru_cache(maxsize=8_000)
def script(character: str) -> str:
    """A character's script as ISO 15924 has it: "" for what scripts share, UNLISTED for one not listed."""
    if _SHARED.match(character):
        return ""
    return next((tag for tag, pattern in _SCRIPTS if pattern.match(character)), UNLISTED)


@lru_cache(maxsize=256)
def script_of(language: str) -> str:
    """The script a language is written in, for runs of nothing but figures and marks."""
    parts = language.split("-")
    written = next((part for part in parts[1:] if len(part) == 4), "")
    return written or _OF_LANGUAGE.get(parts[0], "Latn")


@lru_cache(maxsize=256)
def chain(family: Family, weight: int, own: tuple[str, ...], script: str) -> tuple[str, ...]:
    """Where letters of a script are looked for: its own fonts of the family, the others, the campaign's."""
    usual = CHAINS[family]
    first = tuple(font for font in FIRST.get(script, ()) if font in usual)
    found = (font for font in (*first, *usual) if font.least <= weight and installed(font))
    return (*dict.fromkeys(font.key for font in found), *own)


@lru_cache(maxsize=32)
def installed(font: Font) -> bool:
    return font is not CJK or importlib.util.find_spec(font.package) is not None


def path(key: str) -> str:
    """Where a font's file lies. Raises ModuleNotFoundError for one whose package is not installed."""
    font = SHIPPED.get(key)
    return str(resources.files(font.package) / font.file) if font else key


def unreadable(key: str) -> CardError:
    cure = "install the requirements anew" if key in SHIPPED else "check cards.fonts in config.yaml"
    return CardError(f"the font {name(key)} cannot be read: {cure}")


def scale(key: str) -> float:
    return SHIPPED[key].scale if key in SHIPPED else 1.0


def name(key: str) -> str:
    return SHIPPED[key].name if key in SHIPPED else Path(key).name


def cure(character: str, category: str) -> str:
    """What a person can do about a letter that no font has."""
    written = script(character)
    if category == "So":
        return "leave emoji and pictures out of cards"
    if written in EAST and not installed(CJK):
        return (
            "install the fonts for Chinese, Japanese and Korean: "
            "pip install noto-cjk-sans-jp-regular (the extra “cjk”)"
        )
    if written in NEEDS_A_FONT:
        return (
            f"install a font that has it, such as Noto Serif {_NAMED[written]} (on Debian and Ubuntu: "
            f"apt install {_PACKAGE}), and set cards.system_fonts: yes in config.yaml; or put its file "
            "into a folder named under cards.fonts"
        )
    return "write it otherwise, or name a folder with a font that has it under cards.fonts in config.yaml"


def files(folders: Sequence[str], root: Path) -> tuple[str, ...]:
    """The font files of the campaign's own folders, by name: a folder gives the same order everywhere."""
    found: list[str] = []
    for folder in folders:
        if folder == SYSTEM:
            found += _of_system()
            continue
        place = (root / folder).resolve()
        if not place.is_relative_to(root.resolve()) or not place.is_dir():
            raise CardError(f"cards.fonts: there is no folder “{folder}” beside config.yaml")
        own = _fonts(place.iterdir())
        if not own:
            raise CardError(
                f"cards.fonts: the folder “{folder}” holds no font: put .ttf or .otf files into it"
            )
        found += own
    return tuple(found)


def _fonts(paths: Iterable[Path]) -> list[str]:
    return sorted(str(path) for path in paths if path.suffix.lower() in {".ttf", ".otf"})


@lru_cache(maxsize=1)
def _of_system() -> tuple[str, ...]:
    """Font files where this system keeps them."""
    return tuple(font for folder in system_folders() if folder.is_dir() for font in _fonts(folder.rglob("*")))


def of_system(key: str) -> bool:
    """Whether a font came with the machine: one of those that cannot be read is passed over."""
    return any(Path(key).is_relative_to(folder) for folder in system_folders())


def system_folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",)
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"
    return Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts"
