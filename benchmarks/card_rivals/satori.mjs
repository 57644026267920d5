// Cards by satori and resvg: a line of JSON in for each card, a line of JSON out with its milliseconds.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import satori from "satori";
import { Resvg } from "@resvg/resvg-js";

const scene = JSON.parse(process.argv[2]);
const fonts = scene.fonts.map((font) => ({ ...font, data: readFileSync(font.file) }));
const picture = "data:image/jpeg;base64," + readFileSync(scene.background).toString("base64");
const whole = { position: "absolute", left: 0, top: 0, width: scene.width, height: scene.height };

const box = (style, children) => ({ type: "div", props: { style: { display: "flex", ...style }, children } });
const card = ({ pieces, bars }) =>
  box({ width: scene.width, height: scene.height, position: "relative" }, [
    { type: "img", props: { src: picture, width: scene.width, height: scene.height, style: { ...whole, objectFit: "cover" } } },
    box({ ...whole, backgroundImage: scene.scrim }, ""),
    ...bars.map((bar) =>
      box({ position: "absolute", left: bar.left, top: bar.top, width: bar.width, height: bar.height, backgroundColor: bar.colour }, "")
    ),
    ...pieces.map((piece) =>
      box(
        {
          position: "absolute",
          left: piece.x,
          top: piece.top,
          fontFamily: piece.font,
          fontSize: piece.size,
          lineHeight: 1,
          color: piece.colour,
          whiteSpace: "pre",
        },
        piece.text
      )
    ),
  ]);

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const start = process.hrtime.bigint();
  const svg = await satori(card(asked), { width: scene.width, height: scene.height, fonts });
  const drawn = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
  const data = asked.pixels ? drawn.pixels : drawn.asPng();
  const took = Number(process.hrtime.bigint() - start) / 1e6;
  if (asked.keep) writeFileSync(asked.keep, data);
  process.stdout.write(JSON.stringify({ ms: took, bytes: data.length }) + "\n");
}
