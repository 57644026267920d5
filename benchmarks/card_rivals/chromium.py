"""Cards by headless Chromium, its page reused: JSON in for each card, its milliseconds out."""

import json
import sys
import time
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import sync_playwright


def page_of(scene: dict) -> str:
    faces = "".join(
        f'@font-face{{font-family:"{font["name"]}";'
        f"src:url(data:font/ttf;base64,{b64encode(Path(font['file']).read_bytes()).decode()})}}"
        for font in scene["fonts"]
    )
    picture = b64encode(Path(scene["background"]).read_bytes()).decode()
    size = f"width:{scene['width']}px;height:{scene['height']}px"
    return (
        f"<!doctype html><style>{faces}*{{margin:0}}body,img,u{{{size}}}img{{object-fit:cover}}"
        "img,u,i,p{position:absolute;left:0;top:0}p{white-space:pre;line-height:1}"
        f"u{{background:{scene['scrim']}}}</style>"
        f'<img src="data:image/jpeg;base64,{picture}"><u></u><main></main>'
    )


SET = """({pieces, bars}) => {
  const place = document.querySelector("main");
  place.replaceChildren(...pieces.map(piece => {
    const line = document.createElement("p");
    line.textContent = piece.text;
    Object.assign(line.style, {left: piece.x + "px", top: piece.top + "px", color: piece.colour,
                               font: `${piece.size}px/1 "${piece.font}"`});
    return line;
  }), ...bars.map(bar => {
    const rule = document.createElement("i");
    for (const side of ["left", "top", "width", "height"]) rule.style[side] = bar[side] + "px";
    rule.style.background = bar.colour;
    return rule;
  }));
}"""


def main() -> None:
    scene = json.loads(sys.argv[1])
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=scene["chromium"], args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": scene["width"], "height": scene["height"]})
        page.set_content(page_of(scene))
        page.evaluate("document.fonts.ready")
        for line in sys.stdin:
            asked = json.loads(line)
            start = time.perf_counter()
            page.evaluate(SET, asked)
            data = page.screenshot(type="jpeg", quality=scene["quality"])
            took = 1000 * (time.perf_counter() - start)
            if asked.get("keep"):
                Path(asked["keep"]).write_bytes(data)
            print(json.dumps({"ms": took, "bytes": len(data)}), flush=True)
        browser.close()


main()
