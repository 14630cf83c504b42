/** What lies where: a uniform grid of 512 units, in which a move costs two set operations. */
import { meet } from "./boxes";
import type { Box } from "./types";

const cell = 512;
/** things over more cells than this are looked at in every query instead */
const wideCells = 64;

interface Span {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const spanOf = (b: Box): Span => ({
  left: Math.floor(b.x / cell),
  top: Math.floor(b.y / cell),
  right: Math.floor((b.x + b.w) / cell),
  bottom: Math.floor((b.y + b.h) / cell),
});

function* cellsOf(span: Span): Iterable<number> {
  for (let x = span.left; x <= span.right; x++) {
    for (let y = span.top; y <= span.bottom; y++) yield (x + 0x8000) * 0x10000 + y + 0x8000;
  }
}

const sizeOf = (s: Span): number => (s.right - s.left + 1) * (s.bottom - s.top + 1);

export class Grid<K> {
  readonly #boxes = new Map<K, Box>();
  readonly #cells = new Map<number, Set<K>>();
  readonly #wide = new Set<K>();

  get size(): number {
    return this.#boxes.size;
  }

  boxOf(key: K): Box | undefined {
    return this.#boxes.get(key);
  }

  set(key: K, box: Box): void {
    this.delete(key);
    this.#boxes.set(key, box);
    const span = spanOf(box);
    if (sizeOf(span) > wideCells) {
      this.#wide.add(key);
      return;
    }
    for (const at of cellsOf(span)) {
      const set = this.#cells.get(at);
      if (set) set.add(key);
      else this.#cells.set(at, new Set([key]));
    }
  }

  delete(key: K): void {
    const box = this.#boxes.get(key);
    if (!box) return;
    this.#boxes.delete(key);
    if (this.#wide.delete(key)) return;
    for (const at of cellsOf(spanOf(box))) {
      const set = this.#cells.get(at);
      set?.delete(key);
      if (set?.size === 0) this.#cells.delete(at);
    }
  }

  clear(): void {
    this.#boxes.clear();
    this.#cells.clear();
    this.#wide.clear();
  }

  /** Everything that touches the box, in no order. */
  in(box: Box): K[] {
    return [...new Set(this.#touching(box))];
  }

  /** Whether something that touches the box passes a test; it may be asked about the same thing twice. */
  some(box: Box, test: (key: K) => boolean): boolean {
    for (const key of this.#touching(box)) if (test(key)) return true;
    return false;
  }

  /** What touches the box, once for each cell of it that it lies in. */
  *#touching(box: Box): Iterable<K> {
    const span = spanOf(box);
    // A box over more cells than there are things is quicker to answer by looking at the things.
    const all = sizeOf(span) > this.#cells.size + wideCells;
    for (const key of all ? this.#boxes.keys() : this.#wide) if (this.#touches(key, box)) yield key;
    if (all) return;
    for (const at of cellsOf(span)) {
      for (const key of this.#cells.get(at) ?? []) if (this.#touches(key, box)) yield key;
    }
  }

  #touches(key: K, box: Box): boolean {
    return meet(this.#boxes.get(key) as Box, box);
  }
}
