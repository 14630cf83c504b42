/** How a note looks: paper, strip, text and marks. Everything here is in device pixels unless it says board units. */
import { Lru } from "../lru";
import type { PlacedNote } from "../scene";
import { fontFamily, lineHeight, noteFont, noteTextBox, stripPart, typesetter } from "../text";
import type { Shadow, Theme } from "../theme";
import type { Box } from "../types";
import { type Context, fillPattern, icon, Patterns, roundRect, type Surface, surface } from "./surface";

/** below this zoom text is three bars, below the other it is gone */
export const barsBelow = 0.3;
export const plainBelow = 0.12;

const ascent = 0.984; // of the font size, from the top of a line to its baseline
const spriteBytes = 24 << 20;
/** paper larger than this is drawn directly instead of kept */
const spriteMost = 512;

export class NotePainter {
  readonly patterns: Patterns;
  readonly #theme: Theme;
  readonly #dpr: number;
  readonly #readAll: string;
  readonly #papers = new Lru<string, Surface>(spriteBytes);

  constructor(theme: Theme, dpr: number, readAll: string) {
    this.#theme = theme;
    this.#dpr = dpr;
    this.#readAll = readAll;
    this.patterns = new Patterns(theme);
  }

  /** Draws a note with its left top at x, y; `s` is device pixels per board unit. The transform must be the identity. */
  draw(c: Context, note: PlacedNote, x: number, y: number, s: number): void {
    const w = Math.max(1, Math.round(note.box.w * s));
    const h = Math.max(1, Math.round(note.box.h * s));
    this.#paper(c, note, x, y, w, h, s, false);
    if (s / this.#dpr >= barsBelow) this.#text(c, note, x, y, s);
    if (note.late) this.#unsaved(c, note, x, y, w, h, s);
  }

  /** Draws a note in the hand: tilted, with a deep shadow. */
  drawLifted(c: Context, note: PlacedNote, x: number, y: number, s: number, tilt: number): void {
    const w = Math.max(1, Math.round(note.box.w * s));
    const h = Math.max(1, Math.round(note.box.h * s));
    c.save();
    c.translate(x + w / 2, y + h / 2);
    c.rotate((tilt * Math.PI) / 180);
    c.translate(-w / 2, -h / 2);
    this.#paper(c, note, 0, 0, w, h, s, true);
    if (s / this.#dpr >= barsBelow) {
      c.scale(s, s);
      this.#lines(c, note);
    }
    c.restore();
  }

  #paper(c: Context, note: PlacedNote, x: number, y: number, w: number, h: number, s: number, lifted: boolean): void {
    const shadows = lifted ? this.#theme.liftShadow : this.#theme.noteShadow;
    if (w > spriteMost || h > spriteMost) {
      this.#body(c, note, x, y, w, h, s, shadows);
      return;
    }
    const bars = note.text !== "";
    const key = `${note.face.colour} ${note.face.pattern} ${w} ${h} ${s} ${bars} ${lifted}`;
    const pad = Math.ceil((lifted ? 46 : 14) * Math.max(s, this.#dpr * 0.3));
    let paper = this.#papers.get(key);
    if (!paper) {
      paper = surface(w + 2 * pad, h + 2 * pad);
      this.#body(paper.context, note, pad, pad, w, h, s, shadows);
      this.#papers.set(key, paper, paper.canvas.width * paper.canvas.height * 4);
    }
    c.drawImage(paper.canvas, x - pad, y - pad);
  }

  #body(
    c: Context,
    note: PlacedNote,
    x: number,
    y: number,
    w: number,
    h: number,
    s: number,
    shadows: readonly Shadow[],
  ): void {
    const t = this.#theme;
    const px = this.#dpr;
    const zoom = s / px;
    const radius = Math.min(3 * s, w / 6);
    c.save();
    // A shadow shrinks with its note, but not to nothing: it lifts even a small one off the wall.
    const depth = Math.max(s, px * 0.4);
    for (const shadow of shadows) {
      c.shadowColor = shadow.colour;
      c.shadowBlur = shadow.blur * depth;
      c.shadowOffsetX = shadow.x * depth;
      c.shadowOffsetY = shadow.y * depth;
      c.fillStyle = t.paper(note.face.colour);
      roundRect(c, x, y, w, h, radius);
      c.fill();
    }
    c.shadowColor = "transparent";
    roundRect(c, x, y, w, h, radius);
    c.fillStyle = t.paper(note.face.colour);
    c.fill();
    c.clip();
    const small = zoom < barsBelow;
    const strip = Math.round(small ? Math.max(6 * px, h * 0.25) : Math.max(4 * px, h * stripPart));
    c.fillStyle = t.strip(note.face.colour);
    c.fillRect(x, y + h - strip, w, strip);
    const scale = (small ? 0.5 : Math.max(0.5, zoom)) * px;
    const pattern = this.patterns.get(c, note.face.colour, note.face.pattern, scale);
    fillPattern(c, pattern, x, y + h - strip, w, strip);
    if (small && zoom >= plainBelow && note.text !== "") {
      c.fillStyle = t.noteText;
      c.globalAlpha = 0.62;
      const thick = Math.max(px, Math.round(h * 0.065));
      for (let i = 0; i < 3; i++) {
        c.fillRect(Math.round(x + w * 0.13), Math.round(y + h * (0.15 + i * 0.17)), Math.round(w * 0.64), thick);
      }
      c.globalAlpha = 1;
    }
    c.restore();
    if (t.noteEdge) this.#edge(c, note, x, y, w, h, radius);
  }

  /** A hairline in the past; where the system forces its colours, a border that says where the note ends. */
  #edge(c: Context, note: PlacedNote, x: number, y: number, w: number, h: number, radius: number): void {
    const t = this.#theme;
    const line = (t.forced ? 2 : 1) * this.#dpr;
    c.lineWidth = line;
    c.strokeStyle = t.forced ? t.noteEdge : t.ink(note.face.colour);
    c.globalAlpha = t.forced ? 1 : 0.55;
    roundRect(c, x + line / 2, y + line / 2, w - line, h - line, radius);
    c.stroke();
    c.globalAlpha = 1;
  }

  #text(c: Context, note: PlacedNote, x: number, y: number, s: number): void {
    if (note.text === "") return;
    c.setTransform(s, 0, 0, s, x, y);
    this.#lines(c, note);
    c.setTransform(1, 0, 0, 1, 0, 0);
  }

  /** In board units, from the note's left top. */
  #lines(c: Context, note: PlacedNote): void {
    const fitted = typesetter().fit(note.text, note.box.w, note.plainHeight);
    const at = noteTextBox(note.box.w, fitted.height);
    c.font = noteFont(fitted.size);
    c.fillStyle = this.#theme.noteText;
    c.textBaseline = "alphabetic";
    const step = fitted.size * lineHeight;
    fitted.lines.forEach((line, i) => {
      const left = fitted.lines.length - i;
      if (fitted.clipped && left <= 2) c.globalAlpha = left === 1 ? 0.3 : 0.65;
      c.fillText(line, at.x, at.y + i * step + ascent * fitted.size);
    });
    c.globalAlpha = 1;
    if (!fitted.clipped) return;
    const all = readAllBox(note);
    c.font = `620 13px ${fontFamily}`;
    c.fillText(this.#readAll, all.x - note.box.x, all.y - note.box.y + 13);
  }

  /** Says of a note that it is not kept yet. */
  #unsaved(c: Context, note: PlacedNote, x: number, y: number, w: number, h: number, s: number): void {
    const px = this.#dpr;
    const inset = Math.max(2 * px, 4 * s);
    c.strokeStyle = this.#theme.noteText;
    c.lineWidth = px;
    c.setLineDash([3 * px, 2 * px]);
    c.strokeRect(
      Math.round(x + inset) + px / 2,
      Math.round(y + inset) + px / 2,
      Math.round(w - 2 * inset) - px,
      Math.round(h - 2 * inset) - px,
    );
    c.setLineDash([]);
    if (s / px < barsBelow) return;
    const size = Math.max(11 * px, 16 * s);
    const strip = note.box.h * stripPart * s;
    const left = x + w - inset - size - 5 * s;
    const top = y + h - strip - size - 7 * s;
    c.fillStyle = this.#theme.paper(note.face.colour);
    c.beginPath();
    c.arc(left + size / 2, top + size / 2, size * 0.75, 0, 7);
    c.fill();
    icon(c, "refresh", left, top, size, this.#theme.noteText);
  }
}

/** Where a clipped note says that there is more, in board units. */
export function readAllBox(note: PlacedNote): Box {
  const at = noteTextBox(note.box.w, note.box.h);
  return { x: note.box.x + at.x, y: note.box.y + at.y + at.h - 18, w: at.w, h: 18 };
}
