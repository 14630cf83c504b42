/**
 * Whose pointers are shown. Up to 60 people all; up to 150 the 24 nearest and latest, with a tag only while they move;
 * above that none but facilitators and whom one follows, and numbers per region instead.
 */
import type { Wall } from "../model/types";
import { type ID, limits, type Ref } from "../protocol.gen";
import { contains } from "./boxes";
import { inside } from "./hit";
import type { HullShape } from "./scene";
import { arranges, type Crowd, type Place } from "./types";

const fewPeople = 60;
const manyPeople = 150;
const nearest = 24;
/** ms without a move until a tag shrinks, and until the pointer goes */
export const idleAfter = 5000;
export const goneAfter = 30000;
/** ms in which a pointer counts as moving */
const movingFor = 1500;
/** side of a region of the crowd where there is no cluster, board units */
const region = 1024;
/** what the number of a crowd takes of the screen, with some air, CSS px */
const chip = { w: 140, h: 36 };

export interface Pointer extends Place {
  id: ID;
  /** performance.now() of its last move */
  at: number;
}

export interface ShownPointer extends Pointer {
  small: boolean;
}

/** Chooses among pointers (board units); `centre` is the middle of what is seen. */
export function pointersToShow(
  pointers: Iterable<Pointer>,
  wall: Pick<Wall, "participants">,
  people: number,
  how: "auto" | "all" | "none",
  follow: Ref,
  centre: Place,
  now: number,
): ShownPointer[] {
  const alive: ShownPointer[] = [];
  for (const p of pointers) {
    const idle = now - p.at;
    if (idle <= goneAfter || p.id === follow) alive.push({ ...p, small: idle > idleAfter });
  }
  const always = (p: Pointer): boolean => {
    const who = wall.participants.get(p.id);
    return p.id === follow || (who !== undefined && arranges(who.role));
  };
  if (how === "none") return alive.filter((p) => p.id === follow);
  if (how === "all" || people <= fewPeople) return alive;
  if (people > manyPeople) return alive.filter(always);
  // A minute without a move counts as far as 600 units.
  const far = (p: Pointer): number => Math.hypot(p.x - centre.x, p.y - centre.y) + (now - p.at) / 100;
  const rest = alive.filter((p) => !always(p)).sort((a, b) => far(a) - far(b));
  const shown = [...alive.filter(always), ...rest.slice(0, nearest)];
  return shown.map((p) => ({ ...p, small: now - p.at > movingFor }));
}

/** When the set above becomes another by itself (performance.now()). */
export function nextPointerChange(pointers: Iterable<Pointer>, now: number): number {
  let next = Infinity;
  for (const p of pointers) {
    for (const after of [movingFor, idleAfter, goneAfter]) if (p.at + after > now) next = Math.min(next, p.at + after);
  }
  return next;
}

/**
 * People by the cluster in whose hull their pointer is, or by region; places in board units. At this zoom none lies on
 * another: those that would are counted in the larger one. Empty while all pointers are shown.
 */
export function crowdsOf(
  pointers: Iterable<Pointer>,
  hulls: ReadonlyMap<ID, HullShape>,
  people: number,
  zoom: number,
  now: number,
): Crowd[] {
  if (people <= manyPeople) return [];
  const groups = new Map<string, { x: number; y: number; count: number; place?: Place | undefined }>();
  for (const p of pointers) {
    if (now - p.at > goneAfter) continue;
    let key = `${Math.floor(p.x / region)} ${Math.floor(p.y / region)}`;
    let place: Place | undefined;
    for (const [id, { box, points }] of hulls) {
      if (!contains(box, p.x, p.y) || !inside(points, p)) continue;
      key = id;
      place = points.reduce((low, at) => (at.x + at.y > low.x + low.y ? at : low));
      break;
    }
    const group = groups.get(key) ?? { x: 0, y: 0, count: 0, place };
    group.x += p.x;
    group.y += p.y;
    group.count++;
    groups.set(key, group);
  }
  const all = [...groups.values()].map(({ x, y, count, place }) => ({
    count,
    ...(place ?? { x: x / count, y: y / count }),
  }));
  const out: Crowd[] = [];
  for (const crowd of all.sort((a, b) => b.count - a.count)) {
    const over = out.find(({ x, y }) => Math.abs(x - crowd.x) * zoom < chip.w && Math.abs(y - crowd.y) * zoom < chip.h);
    if (over) over.count += crowd.count;
    else out.push({ count: crowd.count, x: crowd.x, y: crowd.y });
  }
  return out.filter(({ count }) => count > 1);
}

export const toUnits = (at: Place): Place => ({ x: at.x / limits.unit, y: at.y / limits.unit });
