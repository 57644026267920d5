"""Draws the shipped backgrounds: mist over ridges, dawn haze, one light in the dark, trees in winter fog.

Run `python assets/images/make.py` to draw them anew. Each is a field of brightness built from seeded noise
and toned with a few colours: no photograph, no model, nobody's likeness.
"""

import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageMath

SIDE = 2000
Field = Image.Image
"""Mode "F", brightness 0..255 with fractions, so that a long gradient does not band."""
Stops = Sequence[tuple[float, tuple[int, int, int]]]


def calc(formula: Callable[[dict[str, Any]], Any], **fields: Field) -> Field:
    return ImageMath.lambda_eval(formula, **fields)


def falloff(brightness: Callable[[float], float]) -> Field:
    """A vertical gradient: `brightness` of the height, 0 at the top and 1 at the bottom."""
    column = Image.new("F", (1, SIDE))
    column.putdata([brightness(y / SIDE) for y in range(SIDE)])
    return column.resize((SIDE, SIDE), Image.Resampling.NEAREST)


def clouds(seed: int, across: int, down: int, octaves: int = 4) -> Field:
    """Smooth noise, about -1..1: each octave twice as fine and half as strong."""
    random, total = Random(seed), Image.new("F", (SIDE, SIDE))
    for octave in range(octaves):
        size = (across * 2**octave, down * 2**octave)
        grid = Image.frombytes("L", size, random.randbytes(size[0] * size[1])).convert("F")
        layer = grid.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        share = 0.5 ** (octave + 1)
        total = calc(lambda a, s=share: a["t"] + (a["n"] / 127.5 - 1) * s, t=total, n=layer)
    return total


def ridge(seed: int, base: float, height: float, roughness: float = 0.5) -> list[float]:
    """A skyline: pixel heights for every second column, by midpoint displacement around `base`."""
    random, swing = Random(seed), 1.0
    points = [random.uniform(-1, 1), random.uniform(-1, 1)]
    while len(points) < SIDE // 2:
        middles = [(a + b) / 2 + random.uniform(-swing, swing) for a, b in pairwise(points)]
        points = [point for pair in zip(points, [*middles, 0], strict=False) for point in pair][:-1]
        swing *= roughness
    step = (len(points) - 1) / (SIDE // 2)
    return [SIDE * (base - height * points[int(i * step)]) for i in range(SIDE // 2 + 1)]


def below(skyline: Sequence[float], soft: float = 0.7) -> Field:
    """Coverage 0..1 of all that lies under a skyline; `soft` is its blur in pixels."""
    mask = Image.new("L", (SIDE * 2, SIDE * 2))
    outline = [(i * 4, y * 2) for i, y in enumerate(skyline)]
    ImageDraw.Draw(mask).polygon([(0, SIDE * 2), *outline, (SIDE * 2, SIDE * 2)], fill=255)
    small = mask.resize((SIDE, SIDE), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(soft))
    return calc(lambda a: a["m"] / 255.0, m=small.convert("F"))


def over(under: Field, layer: Field, coverage: Field) -> Field:
    return calc(lambda a: a["u"] + (a["l"] - a["u"]) * a["c"], u=under, l=layer, c=coverage)


def tone(field: Field, stops: Stops, grain: float = 2.0, seed: int = 5) -> Image.Image:
    """Brightness to colour along `stops`, after a breath of grain that keeps eight bits from banding."""
    random = Random(seed)
    speckle = Image.frombytes("L", (SIDE, SIDE), random.randbytes(SIDE * SIDE)).convert("F")
    noisy = calc(lambda a: a["f"] + (a["s"] / 127.5 - 1) * grain, f=field, s=speckle).convert("L")
    bands = [noisy.point([round(between(value, stops, band)) for value in range(256)]) for band in range(3)]
    return Image.merge("RGB", bands)


def between(value: float, stops: Stops, band: int) -> float:
    for (low, a), (high, b) in pairwise(stops):
        if value <= high:
            return a[band] + (b[band] - a[band]) * (value - low) / (high - low)
    return stops[-1][1][band]


def glow(x: float, y: float, radius: float, power: float) -> Field:
    """1 at the centre (shares of the side), 0 at `radius` (pixels), falling with `power`."""
    disc = ImageChops.invert(Image.radial_gradient("L")).convert("F")
    disc = disc.resize((round(radius * 2),) * 2, Image.Resampling.BICUBIC)
    # radial_gradient reaches 0 only in the corners: what is left at the rim is taken off.
    disc = calc(lambda a: (a["max"](a["d"] - 75.0, 0.0) / 180.0) ** power, d=disc)
    sheet = Image.new("F", (SIDE, SIDE))
    sheet.paste(disc, (round(x * SIDE - radius), round(y * SIDE - radius)))
    return sheet


def ridges() -> Image.Image:
    drift = clouds(11, 2, 5)
    field = calc(
        lambda a: a["g"] + a["n"] * 16,
        g=falloff(lambda t: 118 + 52 * math.exp(-(((t - 0.44) / 0.2) ** 2))),
        n=drift,
    )
    for number in range(6):
        nearness = number / 5
        base, dark = 0.47 + 0.105 * number, 128 - 104 * nearness**0.8
        mist = falloff(
            lambda t, b=base, d=dark, n=nearness: d + (44 - 34 * n) * min(1, max(0, (t - b + 0.02) / 0.13))
        )
        mist = calc(lambda a, n=nearness: a["m"] + a["n"] * (9 - 6 * n), m=mist, n=clouds(30 + number, 3, 7))
        field = over(
            field, mist, below(ridge(70 + number, base, 0.030 + 0.010 * number, 0.53), 2.6 - 1.9 * nearness)
        )
    return tone(
        field, [(0, (11, 13, 16)), (60, (42, 48, 55)), (150, (131, 140, 149)), (255, (214, 219, 222))]
    )


def dawn() -> Image.Image:
    field = falloff(lambda t: 46 + 148 * math.exp(-(((t - 0.66) / 0.30) ** 2)))
    field = calc(lambda a: a["f"] + a["n"] * 13 + a["m"] * 9, f=field, n=clouds(3, 1, 9), m=clouds(4, 2, 22))
    for number, (base, dark) in enumerate(((0.655, 128), (0.715, 84), (0.80, 40))):
        haze = falloff(lambda t, b=base, d=dark, n=number: d + (34 - 9 * n) * min(1, max(0, (t - b) / 0.09)))
        field = over(
            field, haze, below(ridge(211 + number, base, 0.014 + 0.006 * number, 0.48), 2.4 - 0.8 * number)
        )
    stops = [
        (0, (14, 15, 19)),
        (70, (56, 58, 66)),
        (130, (124, 116, 116)),
        (190, (196, 172, 152)),
        (255, (232, 216, 198)),
    ]
    return tone(field, stops)


def light() -> Image.Image:
    field = falloff(lambda t: 12 + 34 * math.exp(-(((t - 0.60) / 0.26) ** 2)))
    field = calc(lambda a: a["f"] + a["n"] * 5, f=field, n=clouds(8, 2, 6))
    for number, (base, dark) in enumerate(((0.585, 27), (0.645, 17))):
        ground = falloff(lambda t, b=base, d=dark: d - 9 * min(1, max(0, (t - b) / 0.3)))
        field = over(field, ground, below(ridge(91 + number, base, 0.022, 0.50), 1.6))
    night = tone(
        field, [(0, (8, 9, 12)), (30, (27, 30, 36)), (90, (92, 98, 108)), (255, (200, 204, 210))], grain=1.6
    )
    x, y = 0.66, 0.628
    warm = calc(
        lambda a: a["a"] * 34 + a["b"] * 70 + a["c"] * 255,
        a=glow(x, y, 560, 2.2), b=glow(x, y, 110, 2.4), c=glow(x, y, 11, 0.7),
    )  # fmt: skip
    stops = [(0, (0, 0, 0)), (40, (40, 27, 15)), (120, (150, 104, 58)), (255, (255, 226, 170))]
    return ImageChops.screen(night, tone(warm, stops, grain=1.2, seed=6))


def branch(
    draw: ImageDraw.ImageDraw, random: Random, x: float, y: float, angle: float, length: float, width: float
) -> None:
    """One limb and all that grows from it, in pixels of a double-size mask; `angle` 0 is straight up."""
    if width < 1.1 or length < 12:
        return
    steps = 7
    for step in range(steps):
        nx, ny = x + math.sin(angle) * length / steps, y - math.cos(angle) * length / steps
        draw.line((x, y, nx, ny), fill=255, width=max(1, round(width)))
        x, y, angle, width = nx, ny, angle + random.uniform(-0.09, 0.09), width * 0.955
        if step > 1 and random.random() < 0.62:
            side = random.choice((-1, 1)) * random.uniform(0.45, 0.95)
            branch(
                draw,
                random,
                x,
                y,
                angle + side,
                length * random.uniform(0.34, 0.6),
                width * random.uniform(0.34, 0.56),
            )
    branch(draw, random, x, y, angle + random.uniform(-0.2, 0.2), length * 0.62, width * 0.8)


def trees(seed: int, count: int, foot: float, length: float, width: float, soft: float) -> Field:
    random, mask = Random(seed), Image.new("L", (SIDE * 2, SIDE * 2))
    draw = ImageDraw.Draw(mask)
    for number in range(count):
        x = (number + random.uniform(0.1, 0.9)) / count * SIDE * 2
        tall = length * random.uniform(0.7, 1.15) * SIDE
        branch(
            draw,
            random,
            x,
            (foot + random.uniform(0, 0.02)) * SIDE * 2,
            random.uniform(-0.05, 0.05),
            tall,
            width * random.uniform(0.7, 1.2),
        )
    small = mask.resize((SIDE, SIDE), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(soft))
    return calc(lambda a: a["m"] / 255.0, m=small.convert("F"))


def snow() -> Image.Image:
    fog = calc(lambda a: a["g"] + a["n"] * 10, g=falloff(lambda t: 138 + 34 * t), n=clouds(17, 2, 4))
    field = fog
    for number, (count, foot, length, width, soft) in enumerate(
        ((26, 0.66, 0.40, 15, 3.4), (15, 0.70, 0.55, 25, 1.9), (8, 0.76, 0.78, 40, 0.9))
    ):
        ground = falloff(lambda t, f=foot: 150 + 26 * min(1, max(0, (t - f + 0.03) / 0.2)))
        dark = falloff(lambda t, n=number, f=foot: 122 - 38 * n + 34 * max(0, 1 - abs(t - f) / 0.16))
        field = over(field, dark, trees(300 + number, count, foot, length, width, soft))
        field = over(field, ground, below(ridge(40 + number, foot, 0.008, 0.45), 13 - 2 * number))
    return tone(
        field, [(0, (12, 14, 17)), (90, (62, 68, 75)), (160, (140, 148, 156)), (255, (226, 229, 231))]
    )


def make(folder: Path) -> None:
    for picture in (ridges, dawn, light, snow):
        picture().save(folder / f"{picture.__name__}.jpg", quality=84, subsampling=0, optimize=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
