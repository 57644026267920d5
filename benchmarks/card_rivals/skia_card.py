"""Cards by Skia: a line of JSON in for each card, one out with its milliseconds."""

import json
import sys
import time
from pathlib import Path

import skia


def colour(value: str) -> int:
    return skia.ColorSetRGB(*(int(value[at : at + 2], 16) for at in (1, 3, 5)))


def backdrop(scene: dict) -> skia.Image:
    """The photograph covering the card and the scrim over it, kept for all cards."""
    wide, high = scene["width"], scene["height"]
    surface = skia.Surface(wide, high)
    canvas = surface.getCanvas()
    photo = skia.Image.open(scene["background"])
    share = max(wide / photo.width(), high / photo.height())
    kept_wide, kept_high = wide / share, high / share
    left, top = (photo.width() - kept_wide) / 2, (photo.height() - kept_high) / 2
    canvas.drawImageRect(
        photo,
        skia.Rect.MakeXYWH(left, top, kept_wide, kept_high),
        skia.Rect.MakeWH(wide, high),
        skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear),
    )
    stops = [skia.ColorSetARGB(round(255 * alpha), *scene["ground"]) for _, alpha in scene["stops"]]
    places = [place for place, _ in scene["stops"]]
    shader = skia.GradientShader.MakeLinear([(0, 0), (0, high)], stops, places)
    canvas.drawPaint(skia.Paint(Shader=shader))
    return surface.makeImageSnapshot()


def main() -> None:
    scene = json.loads(sys.argv[1])
    kept = backdrop(scene)
    faces = {font["name"]: skia.Typeface.MakeFromFile(font["file"]) for font in scene["fonts"]}
    for line in sys.stdin:
        asked = json.loads(line)
        start = time.perf_counter()
        surface = skia.Surface(scene["width"], scene["height"])
        canvas = surface.getCanvas()
        canvas.drawImage(kept, 0, 0)
        for bar in asked["bars"]:
            rect = skia.Rect.MakeXYWH(bar["left"], bar["top"], bar["width"], bar["height"])
            canvas.drawRect(rect, skia.Paint(Color=colour(bar["colour"])))
        for piece in asked["pieces"]:
            font = skia.Font(faces[piece["font"]], piece["size"])
            font.setSubpixel(True)
            font.setHinting(skia.FontHinting.kNone)
            blob = skia.TextBlob(piece["text"], font)
            paint = skia.Paint(Color=colour(piece["colour"]), AntiAlias=True)
            canvas.drawTextBlob(blob, piece["x"], piece["baseline"], paint)
        data = surface.makeImageSnapshot().encodeToData(skia.EncodedImageFormat.kJPEG, scene["quality"])
        took = 1000 * (time.perf_counter() - start)
        if asked.get("keep"):
            Path(asked["keep"]).write_bytes(bytes(data))
        print(json.dumps({"ms": took, "bytes": data.size()}), flush=True)


main()
