/**
 * The resting board as tiles. A tile is a picture of a square of the board at one scale; moving the camera copies tiles,
 * it draws nothing. While one zooms, tiles of the nearest half octave are stretched; at rest the exact scale is baked.
 */
import { meet } from "./boxes";
import { Lru } from "./lru";
import { type Context, type Surface, surface } from "./paint/surface";
import type { Box } from "./types";

/** ms that a frame may take while something moves */
const frameTime = 7;

/**
 * most ms of a frame that baking takes, but for one part more: while something moves (what the rest of the frame leaves), while nothing does and only the picture is awaited, and for
 * the first picture, before which there is nothing to be smooth
 */
export const bakeBudget = { moving: 4, still: 12, first: 80 };

/** A tile that is being painted, on a surface of its own: what is seen of it is whole. */
interface Work {
  readonly key: string;
  readonly scale: number;
  readonly tx: number;
  readonly ty: number;
  readonly surface: Surface;
  readonly parts: Iterator<void>;
  /** what it shows became another meanwhile: it is newer than what is seen, and has to be painted once more */
  stale: boolean;
}

interface Tile extends Surface {
  /** device pixels per board unit */
  readonly scale: number;
  readonly tx: number;
  readonly ty: number;
  /** it shows something older; it is drawn until it is baked anew */
  dirty: boolean;
}

/** What the canvas shows of the board: device pixels per unit, and the device pixel of the board at the left top. */
export interface View {
  scale: number;
  ox: number;
  oy: number;
  width: number;
  height: number;
}

/**
 * Draws a square of the board: the left top is device pixel (x, y) of the board at this scale. What takes long stops after
 * each part of it; the picture is whole at the end.
 */
export type Painter = (c: Context, scale: number, x: number, y: number, size: number) => Iterator<void>;
export type Sketcher = (c: Context, scale: number, x: number, y: number, size: number) => void;

export interface TileFrame {
  /** something in view is not what it should be yet */
  pending: boolean;
  /** of something in view there is no picture yet, only the plain one */
  missing: boolean;
  /** ms that baking took */
  baked: number;
}

/** How long to bake in a frame while something moves, if the rest of it takes so many ms. */
export const movingBudget = (rest: number): number => Math.min(bakeBudget.moving, Math.max(0.5, frameTime - rest));

const keyOf = (level: number, tx: number, ty: number): string => `${level} ${tx} ${ty}`;

/** The scale of tiles for a zoom under way. */
export const halfOctave = (scale: number): number => 2 ** (Math.round(Math.log2(scale) * 2) / 2);

export class Tiles {
  readonly size: number;
  readonly #tiles: Lru<string, Tile>;
  readonly #paint: Painter;
  readonly #placeholder: Sketcher;
  #work: Work | undefined;
  /** where nothing is painted now */
  #spare: Surface | undefined;
  #last: View & { level: number } = { scale: 1, ox: 0, oy: 0, width: 0, height: 0, level: 1 };

  constructor(size: number, bytes: number, paint: Painter, placeholder: Sketcher) {
    this.size = size;
    this.#tiles = new Lru(bytes);
    this.#paint = paint;
    this.#placeholder = placeholder;
  }

  /** Everything is to be drawn anew; what there is is shown until then, unless it is `wrong`. */
  invalidate(wrong = false): void {
    this.#drop();
    if (wrong) this.#tiles.clear();
    else for (const t of this.#tiles.values()) t.dirty = true;
  }

  /** A part of the board (units) looks different now. */
  dirty(box: Box): void {
    const work = this.#work;
    if (work && meet(this.#boxOf(work), box)) work.stale = true;
    for (const t of this.#tiles.values()) {
      if (t.dirty) continue;
      if (meet(this.#boxOf(t), box)) t.dirty = true;
    }
  }

  /** Whether all that is seen of a part of the board (units) is baked. */
  clean(box: Box): boolean {
    const { level, scale, ox, oy, width, height } = this.#last;
    const unit = this.size / level;
    const from = { x: Math.max(box.x, ox / scale), y: Math.max(box.y, oy / scale) };
    const to = { x: Math.min(box.x + box.w, (ox + width) / scale), y: Math.min(box.y + box.h, (oy + height) / scale) };
    for (let tx = Math.floor(from.x / unit); tx * unit < to.x; tx++) {
      for (let ty = Math.floor(from.y / unit); ty * unit < to.y; ty++) {
        const tile = this.#tiles.peek(keyOf(level, tx, ty));
        if (!tile || tile.dirty) return false;
      }
    }
    return true;
  }

  /** Draws what is in view with tiles of a level (a scale), baking as many as a time (ms) allows. */
  draw(c: Context, view: View, level: number, clock: () => number, budget: number): TileFrame {
    this.#last = { ...view, level };
    const ratio = view.scale / level;
    const step = this.size * ratio;
    const left = Math.floor(view.ox / step);
    const top = Math.floor(view.oy / step);
    const right = Math.floor((view.ox + view.width - 1) / step);
    const bottom = Math.floor((view.oy + view.height - 1) / step);
    const wanted: { tx: number; ty: number; far: number }[] = [];
    for (let ty = top; ty <= bottom; ty++) {
      for (let tx = left; tx <= right; tx++) {
        const tile = this.#tiles.get(keyOf(level, tx, ty));
        if (tile && !tile.dirty) continue;
        // What is missing comes before what is only old, the middle before the edge.
        const dx = (tx + 0.5) * step - view.ox - view.width / 2;
        const dy = (ty + 0.5) * step - view.oy - view.height / 2;
        wanted.push({ tx, ty, far: dx * dx + dy * dy + (tile ? 1e9 : 0) });
      }
    }
    const start = clock();
    const pending = this.#bake(wanted, level, clock, budget);
    const baked = clock() - start;
    let missing = false;
    for (let ty = top; ty <= bottom; ty++) {
      for (let tx = left; tx <= right; tx++) {
        missing ||= !this.#tiles.peek(keyOf(level, tx, ty));
        this.#blit(c, view, level, ratio, tx, ty);
      }
    }
    return { pending, missing, baked };
  }

  /** Bakes one tile beside what is seen, if there is one to bake. */
  ahead(clock: () => number): boolean {
    const { level, scale, ox, oy, width, height } = this.#last;
    if (level !== scale) return false;
    const left = Math.floor(ox / this.size) - 1;
    const right = Math.floor((ox + width - 1) / this.size) + 1;
    const top = Math.floor(oy / this.size) - 1;
    const bottom = Math.floor((oy + height - 1) / this.size) + 1;
    for (let tx = left; tx <= right; tx++) {
      for (let ty = top; ty <= bottom; ty++) {
        const inside = tx > left && tx < right && ty > top && ty < bottom;
        const tile = inside ? undefined : this.#tiles.peek(keyOf(level, tx, ty));
        if (inside || (tile && !tile.dirty)) continue;
        this.#bake([{ tx, ty, far: 0 }], level, clock, bakeBudget.moving);
        return true;
      }
    }
    return false;
  }

  #bake(
    wanted: { tx: number; ty: number; far: number }[],
    level: number,
    clock: () => number,
    budget: number,
  ): boolean {
    if (wanted.length === 0) return false;
    wanted.sort((a, b) => a.far - b.far);
    const end = clock() + budget;
    const begun = wanted.findIndex(({ tx, ty }) => keyOf(level, tx, ty) === this.#work?.key);
    if (begun > 0) wanted.unshift(...wanted.splice(begun, 1));
    for (const [done, { tx, ty }] of wanted.entries()) {
      if (done > 0 && clock() > end) return true;
      const work = this.#workOn(level, tx, ty);
      while (!work.parts.next().done) if (clock() > end) return true;
      this.#finish(work);
    }
    return false;
  }

  /** The work on a tile: what was begun goes on, other work is given up. */
  #workOn(level: number, tx: number, ty: number): Work {
    const key = keyOf(level, tx, ty);
    if (this.#work?.key === key) return this.#work;
    this.#drop();
    const made = this.#spare ?? surface(this.size, this.size, true);
    this.#spare = undefined;
    const parts = this.#paint(made.context, level, tx * this.size, ty * this.size, this.size);
    this.#work = { key, scale: level, tx, ty, surface: made, parts, stale: false };
    return this.#work;
  }

  /** The old picture of the tile becomes where the next is painted. */
  #finish({ key, scale, tx, ty, surface: made, stale }: Work): void {
    this.#spare = this.#tiles.peek(key);
    this.#tiles.set(key, { ...made, scale, tx, ty, dirty: stale }, this.size * this.size * 4);
    this.#work = undefined;
  }

  #drop(): void {
    if (this.#work) this.#spare = this.#work.surface;
    this.#work = undefined;
  }

  /** The part of the board (units) on a tile. */
  #boxOf({ scale, tx, ty }: Pick<Tile, "scale" | "tx" | "ty">): Box {
    const unit = this.size / scale;
    return { x: tx * unit, y: ty * unit, w: unit, h: unit };
  }

  #blit(c: Context, view: View, level: number, ratio: number, tx: number, ty: number): void {
    const step = this.size * ratio;
    const x = Math.round(tx * step - view.ox);
    const y = Math.round(ty * step - view.oy);
    const w = Math.round((tx + 1) * step - view.ox) - x;
    const h = Math.round((ty + 1) * step - view.oy) - y;
    const tile = this.#tiles.peek(keyOf(level, tx, ty));
    if (tile) {
      if (w === this.size && h === this.size) c.drawImage(tile.canvas, x, y);
      else c.drawImage(tile.canvas, x, y, w, h);
      return;
    }
    if (this.#stretch(c, view, level, { x, y, w, h })) return;
    c.save();
    c.beginPath();
    c.rect(x, y, w, h);
    c.clip();
    c.translate(x, y);
    this.#placeholder(c, view.scale, x + view.ox, y + view.oy, Math.max(w, h));
    c.restore();
  }

  /** Fills a place on the canvas with tiles of another level that cover it. */
  #stretch(c: Context, view: View, level: number, at: Box): boolean {
    const levels = new Set<number>();
    for (const t of this.#tiles.values()) levels.add(t.scale);
    levels.delete(level);
    const nearest = [...levels].sort((a, b) => Math.abs(Math.log(a / level)) - Math.abs(Math.log(b / level)));
    for (const other of nearest.slice(0, 3)) if (this.#stretchFrom(c, view, other, at)) return true;
    return false;
  }

  #stretchFrom(c: Context, view: View, level: number, at: Box): boolean {
    const step = (this.size * view.scale) / level;
    const left = Math.floor((at.x + view.ox) / step);
    const top = Math.floor((at.y + view.oy) / step);
    const right = Math.floor((at.x + at.w - 1 + view.ox) / step);
    const bottom = Math.floor((at.y + at.h - 1 + view.oy) / step);
    if ((right - left + 1) * (bottom - top + 1) > 36) return false;
    const found: Tile[] = [];
    for (let ty = top; ty <= bottom; ty++) {
      for (let tx = left; tx <= right; tx++) {
        const tile = this.#tiles.peek(keyOf(level, tx, ty));
        if (!tile) return false;
        found.push(tile);
      }
    }
    for (const tile of found) {
      const x0 = tile.tx * step - view.ox;
      const y0 = tile.ty * step - view.oy;
      const x = Math.max(at.x, x0);
      const y = Math.max(at.y, y0);
      const w = Math.min(at.x + at.w, x0 + step) - x;
      const h = Math.min(at.y + at.h, y0 + step) - y;
      const k = level / view.scale;
      if (w > 0 && h > 0) c.drawImage(tile.canvas, (x - x0) * k, (y - y0) * k, w * k, h * k, x, y, w, h);
    }
    return true;
  }
}
