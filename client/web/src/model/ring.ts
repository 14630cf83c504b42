import type { ID, Ref, Ring } from "../protocol.gen";
import type { Area, Wall } from "./types";

/** Areas as they lie, the front one first; of two that lie alike the one with the higher id. */
export function frontFirst<T extends Readonly<Area>>(areas: Iterable<T>): T[] {
  return [...areas].sort((a, b) => b.front - a.front || byID(b.id, a.id));
}

/** Ids in the order of their bytes, as the server has them; base64url's letters stand in another order than ASCII's. */
export function byID(a: ID, b: ID): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function rank(code: number): number {
  if (code >= 97) return code - 97 + 26; // a..z
  if (code === 95) return 63; // _
  if (code >= 65) return code - 65; // A..Z
  return code === 45 ? 62 : code - 48 + 52; // - and 0..9
}

/**
 * The smallest ring of a target that a point lies in, its edge included. A ring of half-width a is the ellipse of
 * half-height 7a/10 around the centre: 49dx² + 100dy² ≤ 49a². In the box that is looked at first dx is at most 2^22 and dy
 * 7/10 of that, so the sums stay below 2^51 and doubles are exact.
 */
export function ringOfTarget(target: Readonly<Area>, x: number, y: number): Readonly<Ring> | undefined {
  const dx = Math.abs(x - target.x);
  const dy = Math.abs(y - target.y);
  const outer = target.rings.at(-1)?.size ?? 0;
  if (dx > outer || dy > Math.floor((7 * outer) / 10)) return undefined;
  const distance = 49 * dx * dx + 100 * dy * dy;
  return target.rings.find((ring) => distance <= 49 * ring.size * ring.size);
}

/** The ring a point lies in, of targets that come front one first; "" for none. */
export function ringAmong(targets: Iterable<Readonly<Area>>, x: number, y: number): Ref {
  for (const target of targets) {
    const ring = ringOfTarget(target, x, y);
    if (ring) return ring.id;
  }
  return "";
}

/** The ring a point lies in, "" for none: the front target whose rings reach it has it. */
export function ringAt(wall: Pick<Wall, "areas">, x: number, y: number): Ref {
  return ringAmong(
    areasFrontFirst(wall).filter((area) => area.form === "target"),
    x,
    y,
  );
}

/** A board's areas, the front one first. */
export function areasFrontFirst(wall: Pick<Wall, "areas">): Readonly<Area>[] {
  return frontFirst(wall.areas.values());
}

/** The point that decides which ring a box lies in: its centre, rounded down. */
export function centre(box: { x: number; y: number; w: number; h: number }): { x: number; y: number } {
  return { x: box.x + Math.floor(box.w / 2), y: box.y + Math.floor(box.h / 2) };
}

/** The rings of all targets, of the front target first, the smallest ring first. */
export function ringsOf(wall: Pick<Wall, "areas">): { id: ID; label: string; area: ID }[] {
  return areasFrontFirst(wall).flatMap((area) =>
    area.rings.map((ring) => ({ id: ring.id, label: ring.label, area: area.id })),
  );
}
