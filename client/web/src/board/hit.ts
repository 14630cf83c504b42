/** What lies under a point. Places are in board units unless they say CSS pixels. */
import { type ID, limits } from "../protocol.gen";
import { contains, grown } from "./boxes";
import { curveBetween, distanceTo } from "./curve";
import { readAllBox } from "./paint/notes";
import { byFront, type HullShape, type PlacedNote, type Scene } from "./scene";
import type { Box, Corner, Hit, Place } from "./types";

/** no target is smaller than this on the screen, CSS px */
const leastTarget = 24;
const leastTouch = 40;
/** to each side of a line that counts as on it, CSS px */
const lineReach = 6;

export interface HitWorld {
  readonly scene: Scene;
  /** CSS px per unit */
  readonly zoom: number;
  /** where a note is seen; undefined: where the scene says */
  seenAt(note: ID): Place | undefined;
  /** notes that are not where the grid says */
  readonly live: Iterable<ID>;
  shapeOf(cluster: ID): HullShape | undefined;
  /** the note with handles, if any */
  readonly handled: ID | undefined;
  /** drawn titles and ring labels, CSS px */
  readonly titles: ReadonlyMap<ID, Box>;
  readonly ringLabels: ReadonlyMap<ID, { box: Box; area: ID }>;
  readonly areaTitles: ReadonlyMap<ID, Box>;
  /** frames and targets may be grabbed */
  readonly arrange: boolean;
}

const corners: readonly Corner[] = ["nw", "ne", "se", "sw"];

export function hitTest(world: HitWorld, at: Place, screen: Place, touch: boolean): Hit {
  const least = (touch ? leastTouch : leastTarget) / world.zoom;
  return (
    handleAt(world, at, least) ??
    titleAt(world, screen) ??
    noteHit(world, at, least) ??
    connectorAt(world, at, touch) ??
    hullAt(world, at) ??
    (world.arrange ? areaAt(world, at, screen) : undefined) ?? { kind: "none" }
  );
}

function handleAt(world: HitWorld, at: Place, least: number): Hit | undefined {
  const note = world.handled ? seenNote(world, world.handled) : undefined;
  if (!note) return undefined;
  const b = grown(note.box, 4 / world.zoom);
  const places = [
    { x: b.x, y: b.y },
    { x: b.x + b.w, y: b.y },
    { x: b.x + b.w, y: b.y + b.h },
    { x: b.x, y: b.y + b.h },
  ];
  // On a note that is small on the screen, handles must leave room to grab the note itself.
  const reach = Math.min(least / 2, Math.max(5 / world.zoom, Math.min(b.w, b.h) / 4));
  for (const [i, place] of places.entries()) {
    const corner = corners[i];
    if (corner && Math.abs(at.x - place.x) <= reach && Math.abs(at.y - place.y) <= reach) {
      return { kind: "handle", id: note.id, corner };
    }
  }
  return undefined;
}

function titleAt(world: HitWorld, screen: Place): Hit | undefined {
  for (const [id, box] of world.titles) if (contains(grown(box, 3), screen.x, screen.y)) return { kind: "title", id };
  return undefined;
}

function seenNote(world: HitWorld, id: ID): PlacedNote | undefined {
  const note = world.scene.notes.get(id);
  const place = note && world.seenAt(id);
  return note && place ? { ...note, box: { ...note.box, x: place.x, y: place.y } } : note;
}

/** Notes near a place as they are seen, the topmost first: what moves lies above what rests. */
export function notesNear(world: HitWorld, at: Place, reach: number): PlacedNote[] {
  const live = new Set(world.live);
  const moving: PlacedNote[] = [];
  const resting: PlacedNote[] = [];
  for (const id of live) {
    const note = seenNote(world, id);
    if (note && contains(grown(note.box, reach), at.x, at.y)) moving.push(note);
  }
  for (const id of world.scene.grid.in({ x: at.x - reach, y: at.y - reach, w: 2 * reach, h: 2 * reach })) {
    const note = live.has(id) ? undefined : world.scene.notes.get(id);
    if (note) resting.push(note);
  }
  const topFirst = (a: PlacedNote, b: PlacedNote): number => byFront(b, a);
  return [...moving.sort(topFirst), ...resting.sort(topFirst)];
}

function noteHit(world: HitWorld, at: Place, least: number): Hit | undefined {
  const near = notesNear(world, at, least / 2);
  const under = near.find((n) => contains(n.box, at.x, at.y));
  if (under) {
    const all = under.clipped ? readAllBox(under) : undefined;
    return { kind: all && contains(all, at.x, at.y) ? "readAll" : "note", id: under.id };
  }
  let best: { id: ID; far: number } | undefined;
  for (const n of near) {
    const dx = Math.abs(at.x - n.box.x - n.box.w / 2);
    const dy = Math.abs(at.y - n.box.y - n.box.h / 2);
    if (dx > Math.max(n.box.w, least) / 2 || dy > Math.max(n.box.h, least) / 2) continue;
    if (!best || dx + dy < best.far) best = { id: n.id, far: dx + dy };
  }
  return best && { kind: "note", id: best.id };
}

function connectorAt(world: HitWorld, at: Place, touch: boolean): Hit | undefined {
  const reach = (touch ? 2.5 : 1) * (lineReach / world.zoom);
  for (const id of world.scene.connectors) {
    const box = world.scene.connectorBox(id);
    const ends = box && contains(box, at.x, at.y) ? world.scene.endsOf(id) : undefined;
    if (ends && distanceTo(curveBetween(ends.from.box, ends.to.box), at) <= reach) return { kind: "connector", id };
  }
  return undefined;
}

function hullAt(world: HitWorld, at: Place): Hit | undefined {
  const reach = lineReach / world.zoom;
  let within: Hit | undefined;
  for (const id of world.scene.hulls.keys()) {
    const shape = world.shapeOf(id);
    if (!shape || !contains(grown(shape.box, reach), at.x, at.y)) continue;
    if (edgeDistance(shape.points, at) <= reach) return { kind: "hull", id, edge: true };
    if (inside(shape.points, at)) within ??= { kind: "hull", id, edge: false };
  }
  return within;
}

/** Whether a place is within a convex shape with its corners in order. */
export function inside(points: readonly Place[], at: Place): boolean {
  let turn = 0;
  for (let i = 0; i < points.length; i++) {
    const a = points[i];
    const b = points[(i + 1) % points.length];
    if (!a || !b) continue;
    const side = Math.sign((b.x - a.x) * (at.y - a.y) - (b.y - a.y) * (at.x - a.x));
    if (side !== 0 && turn !== 0 && side !== turn) return false;
    if (side !== 0) turn = side;
  }
  return turn !== 0;
}

function edgeDistance(points: readonly Place[], at: Place): number {
  let least = Infinity;
  for (let i = 0; i < points.length; i++) {
    const a = points[i];
    const b = points[(i + 1) % points.length];
    if (!a || !b) continue;
    const dx = b.x - a.x;
    const dy = b.y - a.y;
    const t = Math.max(0, Math.min(1, ((at.x - a.x) * dx + (at.y - a.y) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(a.x + dx * t - at.x, a.y + dy * t - at.y));
  }
  return least;
}

function areaAt(world: HitWorld, at: Place, screen: Place): Hit | undefined {
  for (const [ring, label] of world.ringLabels) {
    if (contains(label.box, screen.x, screen.y)) return { kind: "ring", area: label.area, ring };
  }
  for (const [id, box] of world.areaTitles)
    if (contains(grown(box, 3), screen.x, screen.y)) return { kind: "area", id };
  const reach = lineReach / world.zoom;
  for (const area of [...world.scene.areas()].reverse()) {
    if (area.form === "frame") {
      const box = world.scene.areaBox(area.id);
      if (!box || !contains(grown(box, reach), at.x, at.y)) continue;
      if (!contains(grown(box, -reach), at.x, at.y)) return { kind: "area", id: area.id };
      continue;
    }
    for (const [i, ring] of area.rings.entries()) {
      const half = ring.size / limits.unit;
      const dx = at.x - area.x / limits.unit;
      const dy = (at.y - area.y / limits.unit) / 0.7;
      if (Math.abs(Math.hypot(dx, dy) - half) > reach) continue;
      return i === 0 ? { kind: "area", id: area.id } : { kind: "ring", area: area.id, ring: ring.id };
    }
  }
  return undefined;
}
