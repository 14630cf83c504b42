/**
 * The wall as the canvas needs it: places in board units, heights as the text makes them, the shape of each cluster, and
 * where to look for what. It keeps its own copy, so that it still knows where a thing was when the wall says it moved.
 */
import { type Face, hull, perspectiveOf } from "../model";
import { byID } from "../model/ring";
import type { Area, Touched, Wall } from "../model/types";
import { type ID, limits, type Ref } from "../protocol.gen";
import { around, grown, same } from "./boxes";
import { Grid } from "./grid";
import { typesetter } from "./text";
import type { Box, Place } from "./types";

const unit = limits.unit;
/** board units between a cluster's notes and its line */
export const hullAir = 12;
/** what a note's shadow or a line's width may reach outside its box, board units */
export const reach = 16;

/** own work that is not kept after this long (ms) is marked on its note */
const lateAfter = 3000;

export interface PlacedNote {
  readonly id: ID;
  /** where the wall says it lies, with its drawn height */
  box: Box;
  /** its height without growing */
  plainHeight: number;
  front: number;
  face: Face;
  text: string;
  clipped: boolean;
  cluster: Ref;
  /** performance.now() since when own work on it is not kept; 0: all is */
  unsavedSince: number;
  /** that is long ago: the note says so */
  late: boolean;
}

export interface HullShape {
  /** corners, clockwise */
  points: Place[];
  box: Box;
  /** where the title stands: the left of the topmost note, and how far right it may go */
  titleX: number;
  titleEnd: number;
}

/** What became another place or another look, in board units. */
export interface SceneChange {
  all: boolean;
  dirty: Box[];
  /** notes that lie elsewhere, and where they were */
  moved: Map<ID, Place>;
  gone: ID[];
  /** clusters with other notes or another place */
  clusters: Set<ID>;
}

export class Scene {
  readonly notes = new Map<ID, PlacedNote>();
  readonly grid = new Grid<ID>();
  /** notes with own work that is not kept yet */
  readonly unsaved = new Set<ID>();
  /** clusters at rest, as they are in the tiles */
  readonly hulls = new Map<ID, HullShape>();
  readonly connectorsOf = new Map<ID, Set<ID>>();
  readonly #ends = new Map<ID, { from: ID; to: ID }>();
  readonly #areas = new Map<ID, Box>();
  #order: Readonly<Area>[] = [];

  constructor(readonly wall: Wall) {
    this.#readAll(0);
  }

  /** Takes what the wall says was touched; `now` is performance.now(). */
  update(touched: Touched, now: number): SceneChange {
    const change: SceneChange = { all: false, dirty: [], moved: new Map(), gone: [], clusters: new Set() };
    if (touched.all || touched.perspectives || touched.cover) {
      this.#readAll(now);
      change.all = true;
      return change;
    }
    for (const id of touched.notes) this.#note(id, now, change);
    for (const id of touched.clusters) change.clusters.add(id);
    for (const id of touched.connectors) this.#connector(id, change);
    for (const id of touched.areas) this.#area(id, change);
    return change;
  }

  /** Lays all texts out again: the font is another. */
  relayout(now: number): void {
    this.#readAll(now);
  }

  #readAll(now: number): void {
    const since = new Map<ID, number>();
    for (const [id, n] of this.notes) if (n.unsavedSince) since.set(id, n.unsavedSince);
    this.notes.clear();
    this.grid.clear();
    this.unsaved.clear();
    this.hulls.clear();
    this.connectorsOf.clear();
    this.#ends.clear();
    this.#areas.clear();
    const change: SceneChange = { all: true, dirty: [], moved: new Map(), gone: [], clusters: new Set() };
    for (const id of this.wall.notes.keys()) {
      this.#note(id, now, change);
      const kept = this.notes.get(id);
      if (kept?.unsavedSince) kept.unsavedSince = since.get(id) ?? now;
    }
    for (const id of this.wall.clusters.keys()) this.settleHull(id);
    for (const id of this.wall.connectors.keys()) this.#connector(id, change);
    for (const id of this.wall.areas.keys()) this.#area(id, change);
    this.#order = [];
  }

  #note(id: ID, now: number, change: SceneChange): void {
    const note = this.wall.notes.get(id);
    const old = this.notes.get(id);
    if (!note) {
      if (!old) return;
      this.notes.delete(id);
      this.grid.delete(id);
      this.unsaved.delete(id);
      change.dirty.push(grown(old.box, reach));
      change.gone.push(id);
      if (old.cluster) change.clusters.add(old.cluster);
      return;
    }
    const h = note.h / unit;
    const w = note.w / unit;
    const drawn = typesetter().height(note.text, w, h);
    const placed: PlacedNote = {
      id,
      box: { x: note.x / unit, y: note.y / unit, w, h: drawn },
      plainHeight: h,
      front: note.front,
      face: perspectiveOf(this.wall, note),
      text: note.text,
      clipped: drawn >= 2 * h && typesetter().fit(note.text, w, h).clipped,
      cluster: note.cluster,
      unsavedSince: note.unsaved ? old?.unsavedSince || now : 0,
      late: note.unsaved && old?.late === true,
    };
    this.notes.set(id, placed);
    if (placed.unsavedSince) this.unsaved.add(id);
    else this.unsaved.delete(id);
    if (!old || !same(old.box, placed.box)) {
      this.grid.set(id, placed.box);
      if (placed.cluster) change.clusters.add(placed.cluster);
    }
    if (old && old.cluster !== placed.cluster) {
      if (old.cluster) change.clusters.add(old.cluster);
      if (placed.cluster) change.clusters.add(placed.cluster);
    }
    if (change.all) return;
    if (old && looksSame(old, placed)) return;
    if (old && (old.box.x !== placed.box.x || old.box.y !== placed.box.y)) {
      change.moved.set(id, { x: old.box.x, y: old.box.y });
    }
    if (old) change.dirty.push(grown(old.box, reach));
    change.dirty.push(grown(placed.box, reach));
    for (const line of this.connectorsOf.get(id) ?? []) change.dirty.push(...this.#connectorBoxes(line, old?.box));
  }

  #connector(id: ID, change: SceneChange): void {
    const old = this.#ends.get(id);
    if (old) {
      change.dirty.push(...this.#connectorBoxes(id));
      this.connectorsOf.get(old.from)?.delete(id);
      this.connectorsOf.get(old.to)?.delete(id);
      this.#ends.delete(id);
    }
    const now = this.wall.connectors.get(id);
    if (!now) return;
    this.#ends.set(id, { from: now.from, to: now.to });
    for (const end of [now.from, now.to]) {
      const set = this.connectorsOf.get(end);
      if (set) set.add(id);
      else this.connectorsOf.set(end, new Set([id]));
    }
    change.dirty.push(...this.#connectorBoxes(id));
  }

  /** Around a connector as it lies, and as it lay while one of its ends was in `was`. */
  #connectorBoxes(id: ID, was?: Box): Box[] {
    const now = this.connectorBox(id);
    if (!now) return [];
    const all = was ? around([now, grown(was, 64)]) : now;
    return all ? [all] : [now];
  }

  /** The place a connector may draw in. */
  connectorBox(id: ID): Box | undefined {
    const ends = this.endsOf(id);
    const all = ends && around([ends.from.box, ends.to.box]);
    return all && grown(all, 64);
  }

  endsOf(id: ID): { from: PlacedNote; to: PlacedNote } | undefined {
    const ends = this.#ends.get(id);
    const from = ends && this.notes.get(ends.from);
    const to = ends && this.notes.get(ends.to);
    return from && to ? { from, to } : undefined;
  }

  get connectors(): Iterable<ID> {
    return this.#ends.keys();
  }

  #area(id: ID, change: SceneChange): void {
    const old = this.#areas.get(id);
    if (old) change.dirty.push(grown(old, reach));
    this.#areas.delete(id);
    this.#order = [];
    const area = this.wall.areas.get(id);
    if (!area) return;
    const box = areaBox(area);
    this.#areas.set(id, box);
    change.dirty.push(grown(box, reach));
  }

  /** Areas as they lie, the hindmost first. */
  areas(): readonly Readonly<Area>[] {
    if (this.#order.length === 0 && this.wall.areas.size > 0) {
      this.#order = [...this.wall.areas.values()].sort((a, b) => a.front - b.front || byID(a.id, b.id));
    }
    return this.#order;
  }

  areaBox(id: ID): Box | undefined {
    return this.#areas.get(id);
  }

  /** Makes a cluster's shape at rest what its notes say; returns what must be drawn again. */
  settleHull(cluster: ID): Box[] {
    const old = this.hulls.get(cluster);
    const now = this.shapeOf(cluster, () => undefined);
    if (now) this.hulls.set(cluster, now);
    else this.hulls.delete(cluster);
    const dirty: Box[] = [];
    if (old) dirty.push(grown(old.box, reach));
    if (now) dirty.push(grown(now.box, reach));
    return dirty;
  }

  /** A cluster's shape with its notes where `at` says they are shown (or where the wall says). */
  shapeOf(cluster: ID, at: (note: ID) => Place | undefined): HullShape | undefined {
    const members = this.wall.clusters.get(cluster)?.notes ?? [];
    const boxes: Box[] = [];
    for (const id of members) {
      const note = this.notes.get(id);
      if (!note) continue;
      const place = at(id);
      boxes.push(place ? { x: place.x, y: place.y, w: note.box.w, h: note.box.h } : note.box);
    }
    const box = around(boxes);
    if (!box) return undefined;
    let titleX = Infinity;
    for (const b of boxes) if (b.y < box.y + b.h / 2) titleX = Math.min(titleX, b.x);
    return { points: hull(boxes, hullAir), box: grown(box, hullAir), titleX, titleEnd: box.x + box.w };
  }

  /** Marks notes whose own work has waited long; returns what must be drawn again. */
  turnLate(now: number): Box[] {
    const dirty: Box[] = [];
    for (const id of this.unsaved) {
      const note = this.notes.get(id);
      if (!note || note.late || now < note.unsavedSince + lateAfter) continue;
      note.late = true;
      dirty.push(note.box);
    }
    return dirty;
  }

  /** When the next note turns late. */
  get nextLate(): number {
    let next = Infinity;
    for (const id of this.unsaved) {
      const note = this.notes.get(id);
      if (note && !note.late) next = Math.min(next, note.unsavedSince + lateAfter);
    }
    return next;
  }

  /** Around everything. */
  bounds(): Box | undefined {
    const boxes: Box[] = [...this.#areas.values()];
    for (const n of this.notes.values()) boxes.push(n.box);
    for (const h of this.hulls.values()) boxes.push(h.box);
    return around(boxes);
  }
}

export function areaBox(area: Readonly<Area>): Box {
  if (area.form === "frame") {
    return { x: area.x / unit, y: area.y / unit, w: area.w / unit, h: area.h / unit };
  }
  const half = (area.rings.at(-1)?.size ?? 0) / unit;
  return { x: area.x / unit - half, y: area.y / unit - half * ringFlat, w: 2 * half, h: 2 * half * ringFlat };
}

/** a ring's height to its width */
export const ringFlat = 0.7;

export const byFront = (a: PlacedNote, b: PlacedNote): number => a.front - b.front || byID(a.id, b.id);

const looksSame = (a: PlacedNote, b: PlacedNote): boolean =>
  same(a.box, b.box) &&
  a.text === b.text &&
  a.front === b.front &&
  a.late === b.late &&
  a.face.colour === b.face.colour &&
  a.face.pattern === b.face.pattern;
