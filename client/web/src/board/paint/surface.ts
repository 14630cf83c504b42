/** Canvases to draw on once and copy often, and the few shapes every painter needs. */
import { tile as patternSize, patterns } from "../../style/palette";
import type { Theme } from "../theme";

export type Context = CanvasRenderingContext2D;

export interface Surface {
  canvas: HTMLCanvasElement;
  context: Context;
}

/** A canvas of w × h device pixels. */
export function surface(w: number, h: number, opaque = false): Surface {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.ceil(w));
  canvas.height = Math.max(1, Math.ceil(h));
  const context = canvas.getContext("2d", { alpha: !opaque });
  if (!context) throw new Error("no 2d canvas");
  context.textRendering = "geometricPrecision";
  return { canvas, context };
}

export function roundRect(c: Context, x: number, y: number, w: number, h: number, r: number): void {
  c.beginPath();
  c.roundRect(x, y, w, h, Math.min(r, w / 2, h / 2));
}

/** Icons of 24 × 24, drawn with lines. */
export const icons = {
  refresh: [
    "M3 12a9 9 0 0 1 9-9 9.75 9.75 0 0 1 6.74 2.74L21 8",
    "M21 3v5h-5",
    "M21 12a9 9 0 0 1-9 9 9.75 9.75 0 0 1-6.74-2.74L3 16",
    "M8 16H3v5",
  ],
  megaphone: ["m3 11 18-5v12L3 14v-3z", "M11.6 16.8a3 3 0 1 1-5.8-1.6"],
} as const;

/** Draws an icon in a square of this size with its left top at x, y. */
export function icon(c: Context, name: keyof typeof icons, x: number, y: number, size: number, colour: string): void {
  c.save();
  c.translate(x, y);
  c.scale(size / 24, size / 24);
  c.strokeStyle = colour;
  c.lineWidth = 2;
  c.lineCap = "round";
  c.lineJoin = "round";
  for (const path of icons[name]) c.stroke(new Path2D(path));
  c.restore();
}

/** The eight patterns as tiles, in each ink and size that is asked for. */
export class Patterns {
  readonly #made = new Map<string, CanvasPattern>();
  readonly #theme: Theme;

  constructor(theme: Theme) {
    this.#theme = theme;
  }

  /** `scale`: device pixels per px of the pattern; the tile is a whole number of pixels, so that it repeats sharply. */
  get(c: Context, colour: number, pattern: number, scale: number): CanvasPattern | string {
    const size = Math.max(4, Math.round(patternSize * scale));
    const key = `${colour} ${pattern} ${size}`;
    const known = this.#made.get(key);
    if (known) return known;
    const shape = patterns[(pattern - 1) % patterns.length];
    const ink = this.#theme.ink(colour);
    const tile = surface(size, size);
    tile.context.scale(size / patternSize, size / patternSize);
    const path = new Path2D(shape?.path ?? "");
    if (shape?.stroke) {
      tile.context.strokeStyle = ink;
      tile.context.lineWidth = shape.stroke;
      tile.context.stroke(path);
    } else {
      tile.context.fillStyle = ink;
      tile.context.fill(path);
    }
    const made = c.createPattern(tile.canvas, "repeat");
    if (!made) return ink;
    this.#made.set(key, made);
    return made;
  }
}

/** Fills the current path's box with a pattern that begins at x, y. */
export function fillPattern(
  c: Context,
  pattern: CanvasPattern | string,
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  c.save();
  c.translate(x, y);
  c.fillStyle = pattern;
  c.fillRect(0, 0, w, h);
  c.restore();
}

/** Lays a colour over the whole picture, as thick as `part` says (0 to 1). */
export function veil(
  c: Context,
  colour: string,
  part: number,
  { width, height }: { width: number; height: number },
): void {
  c.globalAlpha = part;
  c.fillStyle = colour;
  c.fillRect(0, 0, width, height);
  c.globalAlpha = 1;
}
