/**
 * What keeps its size on the screen at every zoom: cluster titles with their counts, ring labels, frame titles. They are
 * the map, so each is drawn once and copied. Sizes are in CSS pixels unless it says otherwise.
 */
import { type Face, perspectiveOf } from "../../model";
import type { Cluster, Wall } from "../../model/types";
import { Lru } from "../lru";
import { fontFamily, Typesetter } from "../text";
import type { Theme } from "../theme";
import type { Box } from "../types";
import { type Context, fillPattern, type Patterns, roundRect, type Surface, surface } from "./surface";

const titleSize = 14;
const titleLine = 17;
const swatch = 14;
const chipRow = 17;
/** between the counts and the hull */
const under = 8;
const pillHeight = 23;
/** the edge around letters over notes */
const halo = 2;

export interface Chip {
  face: Face;
  count: number;
}

/** One chip per perspective in its order; notes without one by their colour behind them. */
export function chipsOf(wall: Wall, cluster: Readonly<Cluster>, zeroes: boolean): Chip[] {
  const chips = new Map<string, Chip>();
  for (const p of wall.perspectives) {
    const face: Face = { colour: p.colour, pattern: p.pattern, label: p.label, perspective: p.id };
    chips.set(p.id, { face, count: 0 });
  }
  for (const id of cluster.notes) {
    const note = wall.notes.get(id);
    if (!note) continue;
    const face = perspectiveOf(wall, note);
    const key = face.perspective || `${face.colour} ${face.pattern}`;
    const chip = chips.get(key);
    if (chip) chip.count++;
    else chips.set(key, { face, count: 1 });
  }
  return [...chips.values()].filter((chip) => zeroes || chip.count > 0);
}

export class Labels {
  readonly #theme: Theme;
  readonly #px: number;
  readonly #patterns: Patterns;
  readonly #kept = new Lru<string, Surface>(12 << 20);
  /** titles as they were broken into lines, by width */
  readonly #broken = new Map<string, string[]>();
  readonly #pen: Context;
  readonly #setter: Typesetter;

  constructor(theme: Theme, px: number, patterns: Patterns) {
    this.#theme = theme;
    this.#px = px;
    this.#patterns = patterns;
    this.#pen = surface(1, 1).context;
    this.#setter = new Typesetter((text, size) => {
      this.#pen.font = `640 ${size}px ${fontFamily}`;
      this.#pen.letterSpacing = "-0.1px";
      return this.#pen.measureText(text).width;
    });
  }

  forget(): void {
    this.#kept.clear();
    this.#broken.clear();
    this.#setter.forget();
  }

  /** The title in lines not wider than this, the last with "…" if there is more than so many. */
  #titleLines(title: string, width: number, most: number): string[] {
    const text = title.replace(/\s+/g, " ").trim();
    const all = this.#setter.wrap(text, width, titleSize, 60, true) ?? [text.slice(0, 80)];
    if (all.length <= most) return all;
    let last = all.slice(most - 1).join(" ");
    while (last !== "" && this.#setter.width(`${last}…`, titleSize) > width) last = last.slice(0, -1).trimEnd();
    return [...all.slice(0, most - 1), `${last}…`];
  }

  /**
   * A cluster's title whose bottom is a little above y and whose left is x (device pixels): where its words and all of it
   * come to stand (CSS px), and how to draw it.
   */
  title(
    title: { text: string; named: boolean; shown: boolean; lines: number },
    chips: readonly Chip[],
    width: number,
    x: number,
    y: number,
  ): { words: Box; whole: Box; draw: (c: Context) => void } {
    const px = this.#px;
    const lines = title.shown ? this.#linesOf(title.text, width, title.lines) : [];
    const chipsWidth = chips.reduce((sum, chip) => sum + this.#chipWidth(chip), 0);
    const w = Math.ceil(
      Math.max(1, chipsWidth, ...lines.map((line) => this.#setter.width(line, titleSize))) + 2 * halo + 2,
    );
    const h = lines.length * titleLine + (chips.length > 0 ? chipRow + 3 : 0);
    const left = Math.round(x - halo * px);
    const top = Math.round(y - (under + h) * px);
    const whole = { x: left / px, y: top / px, w, h };
    const words = { ...whole, h: Math.max(titleLine, lines.length * titleLine) };
    const draw = (c: Context): void => {
      const counts = chips.map((chip) => `${chip.face.colour}.${chip.face.pattern}.${chip.count}`).join(" ");
      const key = `title ${title.named} ${lines.join("\n")} ${counts}`;
      let kept = this.#kept.get(key);
      if (!kept) {
        kept = surface(w * px, Math.max(1, h * px));
        this.#titleOn(kept.context, lines, title.named, chips);
        this.#keep(key, kept);
      }
      c.drawImage(kept.canvas, left, top);
    };
    return { words, whole, draw };
  }

  #linesOf(text: string, width: number, most: number): string[] {
    const key = `${width} ${most} ${text}`;
    let lines = this.#broken.get(key);
    if (!lines) {
      lines = this.#titleLines(text, width, most);
      if (this.#broken.size > 2000) this.#broken.clear();
      this.#broken.set(key, lines);
    }
    return lines;
  }

  /** Digits are all of one width, so a count needs no measuring. */
  #chipWidth(chip: Chip): number {
    return swatch + 5 + String(chip.count).length * 8 + 9;
  }

  #titleOn(c: Context, lines: readonly string[], named: boolean, chips: readonly Chip[]): void {
    const px = this.#px;
    c.scale(px, px);
    c.font = `640 ${titleSize}px ${fontFamily}`;
    c.letterSpacing = "-0.1px";
    // A title may lie over notes of others: an edge in the colour of the wall keeps it readable.
    c.strokeStyle = this.#theme.canvas;
    c.lineWidth = 3;
    c.lineJoin = "round";
    c.fillStyle = named ? this.#theme.text : this.#theme.text2;
    lines.forEach((line, i) => {
      c.strokeText(line, halo, i * titleLine + 13);
      c.fillText(line, halo, i * titleLine + 13);
    });
    c.letterSpacing = "0px";
    c.font = `600 12.5px ${fontFamily}`;
    let x = halo;
    const y = lines.length * titleLine + 3;
    for (const chip of chips) {
      this.swatch(c, chip.face, x, y + 1, swatch, px);
      c.fillStyle = this.#theme.text2;
      c.strokeText(String(chip.count), x + swatch + 5, y + 12.5);
      c.fillText(String(chip.count), x + swatch + 5, y + 12.5);
      x += this.#chipWidth(chip);
    }
  }

  /** A rounded square of colour and pattern; `x`, `y`, `size` in the context's units, of which one is `scale` pixels. */
  swatch(c: Context, face: Face, x: number, y: number, size: number, scale: number): void {
    c.save();
    roundRect(c, x, y, size, size, 4);
    c.clip();
    c.fillStyle = this.#theme.paper(face.colour);
    c.fillRect(x, y, size, size);
    const pattern = this.#patterns.get(c, face.colour, face.pattern, scale * 0.6);
    c.translate(x, y);
    c.scale(1 / scale, 1 / scale);
    fillPattern(c, pattern, 0, 0, size * scale, size * scale);
    c.restore();
    if (!this.#theme.forced) return;
    c.strokeStyle = this.#theme.text;
    c.lineWidth = 1;
    roundRect(c, x + 0.5, y + 0.5, size - 1, size - 1, 4);
    c.stroke();
  }

  /** A label on a line, its centre at x, y (device pixels). Returns its place in CSS pixels. */
  pill(c: Context, text: string, lit: boolean, x: number, y: number): Box {
    const box = this.pillBox(text, lit, x, y);
    c.drawImage(this.#pillOf(text, lit).canvas, box.x * this.#px, box.y * this.#px);
    return box;
  }

  /** Where a label with its centre at x, y (device pixels) comes to stand, CSS pixels. */
  pillBox(text: string, lit: boolean, x: number, y: number): Box {
    const px = this.#px;
    const { width, height } = this.#pillOf(text, lit).canvas;
    return { x: Math.round(x - width / 2) / px, y: Math.round(y - height / 2) / px, w: width / px, h: height / px };
  }

  #pillOf(text: string, lit: boolean): Surface {
    const px = this.#px;
    const key = `pill ${lit} ${text}`;
    let kept = this.#kept.get(key);
    if (!kept) {
      const font = `600 ${lit ? 14 : 12.5}px ${fontFamily}`;
      this.#pen.letterSpacing = "0px";
      this.#pen.font = font;
      const w = this.#pen.measureText(text).width + (lit ? 30 : 24);
      const h = lit ? 28 : pillHeight;
      kept = surface((w + 2) * px, (h + 2) * px);
      const pen = kept.context;
      pen.scale(px, px);
      roundRect(pen, 1, 1, w, h, h / 2);
      pen.fillStyle = lit ? this.#theme.accent : this.#theme.surface;
      pen.fill();
      if (!lit) {
        pen.lineWidth = 1;
        pen.strokeStyle = this.#theme.ringLine;
        pen.stroke();
      }
      pen.font = font;
      pen.fillStyle = lit ? this.#theme.onAccent : this.#theme.text2;
      pen.textBaseline = "middle";
      pen.textAlign = "center";
      pen.fillText(text, 1 + w / 2, 1 + h / 2 + 0.5);
      this.#keep(key, kept);
    }
    return kept;
  }

  /** A frame's title, its bottom left at x, y (device pixels). */
  frameTitle(c: Context, text: string, x: number, y: number): Box {
    const title = this.title({ text, named: true, shown: true, lines: 2 }, [], 320, x, y);
    title.draw(c);
    return title.words;
  }

  #keep(key: string, made: Surface): void {
    this.#kept.set(key, made, made.canvas.width * made.canvas.height * 4);
  }
}
