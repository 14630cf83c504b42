import { type ID, limits, type Ref } from "../protocol.gen";
import { type Box, bounds, hullAir, onBoard, overlap, type Point } from "./geometry";
import { areasFrontFirst, centre, ringAmong } from "./ring";
import type { Area, Wall } from "./types";

/** new notes lie on a grid of 22 board units */
export const grid = 22 * limits.unit;
/** air between a placed note and what is there: 8 board units */
const gap = 8 * limits.unit;
/** what a cluster's title and counts take above its notes */
const titleHeight = 56 * limits.unit;
/** how far a free place is looked for, in steps of the grid */
const reach = 120;

/** What must stay visible around a place: notes, and the titles above clusters. Found by a coarse grid. */
class Taken {
  readonly #cells = new Map<string, Box[]>();
  static readonly cell = 512 * limits.unit;

  constructor(wall: Wall, without: ReadonlySet<ID>) {
    for (const note of wall.notes.values()) if (!without.has(note.id)) this.add(note);
    for (const cluster of wall.clusters.values()) {
      const around = bounds(cluster.notes.flatMap((id) => wall.notes.get(id) ?? []));
      if (around) this.add({ x: around.x, y: around.y - hullAir - titleHeight, w: around.w, h: titleHeight });
    }
  }

  add(box: Box): void {
    for (const key of cellsOf(box)) {
      const list = this.#cells.get(key);
      if (list) list.push(box);
      else this.#cells.set(key, [box]);
    }
  }

  free(box: Box): boolean {
    const wide = { x: box.x - gap, y: box.y - gap, w: box.w + 2 * gap, h: box.h + 2 * gap };
    for (const key of cellsOf(wide)) {
      if (this.#cells.get(key)?.some((other) => overlap(wide, other))) return false;
    }
    return true;
  }
}

function* cellsOf({ x, y, w, h }: Box): Generator<string> {
  const at = (v: number) => Math.floor(v / Taken.cell);
  for (let cx = at(x); cx <= at(x + w); cx++) for (let cy = at(y); cy <= at(y + h); cy++) yield `${cx} ${cy}`;
}

/** Places from a middle outwards, nearest first within each round of the grid. */
function* spiral(from: Point, rounds: number): Generator<Point> {
  yield from;
  for (let r = 1; r <= rounds; r++) {
    const round: Point[] = [];
    for (let k = -r; k <= r; k++) round.push({ x: k, y: -r }, { x: k, y: r });
    for (let k = 1 - r; k < r; k++) round.push({ x: -r, y: k }, { x: r, y: k });
    round.sort((a, b) => Math.hypot(a.x, a.y) - Math.hypot(b.x, b.y) || b.x - a.x || b.y - a.y);
    for (const { x, y } of round) yield { x: from.x + x * grid, y: from.y + y * grid };
  }
}

/** Gives several boxes free places, each beside the ones before. */
export class Places {
  readonly #taken: Taken;
  readonly #targets: readonly Readonly<Area>[];

  /** `without` are notes that are about to go elsewhere. */
  constructor(wall: Wall, without: ReadonlySet<ID> = new Set()) {
    this.#taken = new Taken(wall, without);
    this.#targets = areasFrontFirst(wall).filter((area) => area.form === "target");
  }

  /**
   * A free left top near a wished one; in a ring if one is named. If all is full near it, the wished one for no ring, and
   * for a ring a place in it that is not free.
   */
  next(near: Point, w: number, h: number, ring: Ref = ""): Point {
    const start = onBoard({ x: Math.round(near.x / grid) * grid, y: Math.round(near.y / grid) * grid });
    let full: Point | undefined;
    const across = this.#targets.flatMap((target) => target.rings).find((r) => r.id === ring)?.size;
    const rounds = across === undefined ? reach : Math.min(reach, Math.ceil((2 * across) / grid) + 1);
    for (const place of spiral(start, rounds)) {
      const box = { ...place, w, h };
      if (Math.abs(place.x) > limits.maxCoord || Math.abs(place.y) > limits.maxCoord) continue;
      if (ring !== "") {
        const { x, y } = centre(box);
        if (ringAmong(this.#targets, x, y) !== ring) continue;
        full ??= place;
      }
      if (this.#taken.free(box)) return this.#take(box);
    }
    return this.#take({ ...(full ?? (ring === "" ? start : onBoard(near))), w, h });
  }

  #take(box: Box): Point {
    this.#taken.add(box);
    return { x: box.x, y: box.y };
  }
}

/** A free left top near a wished one, on the grid, beside notes and cluster titles. */
export function freePlace(wall: Wall, near: Point, w: number, h: number, without?: ReadonlySet<ID>): Point {
  return new Places(wall, without).next(near, w, h);
}

/**
 * The point of a ring nearest to a given one, from where a free place in it is looked for: between the ring's line and that
 * of the next smaller one, on the way from the target's centre.
 */
export function towardRing(wall: Pick<Wall, "areas">, ring: ID, from: Point): Point | undefined {
  for (const area of areasFrontFirst(wall)) {
    const at = area.rings.findIndex((r) => r.id === ring);
    const outer = area.rings[at]?.size;
    if (outer === undefined) continue;
    const inner = area.rings[at - 1]?.size ?? 0;
    const dx = from.x - area.x;
    const dy = (from.y - area.y) / 0.7; // in a circle's measure
    const far = Math.hypot(dx, dy);
    const air = (outer - inner) * 0.25;
    const wanted = Math.min(outer - air, Math.max(inner === 0 ? 0 : inner + air, far));
    const scale = far === 0 ? 0 : wanted / far;
    // from the very centre any way will do: to the right
    return onBoard({ x: area.x + (far === 0 ? wanted : dx * scale), y: area.y + dy * scale * 0.7 });
  }
  return undefined;
}
