/** Shapes around and between boxes. All lengths are in 1/64 board unit. */
import { limits } from "../protocol.gen";

export interface Point {
  x: number;
  y: number;
}

/** A rectangle by its left top. */
export interface Box extends Point {
  w: number;
  h: number;
}

/** the air between notes and their cluster's line: 12 board units */
export const hullAir = 12 * limits.unit;

/** The box around boxes; undefined for none. */
export function bounds(boxes: Iterable<Box>): Box | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.w);
    bottom = Math.max(bottom, box.y + box.h);
  }
  return left > right ? undefined : { x: left, y: top, w: right - left, h: bottom - top };
}

/**
 * The convex hull around boxes with air on all sides, clockwise on the screen from its left top; empty for no boxes. No
 * point of it lies between two others on one line.
 */
export function hull(boxes: Iterable<Box>, air = hullAir): Point[] {
  const points: Point[] = [];
  for (const { x, y, w, h } of boxes) {
    const [left, top, right, bottom] = [x - air, y - air, x + w + air, y + h + air];
    points.push({ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom });
  }
  points.sort((a, b) => a.x - b.x || a.y - b.y);
  const upper = chain(points);
  const lower = chain(points.reverse());
  return [...upper.slice(0, -1), ...lower.slice(0, -1)];
}

/** The outer points on one side of sorted points, ends included. */
function chain(points: readonly Point[]): Point[] {
  const out: Point[] = [];
  for (const point of points) {
    while (out.length >= 2 && turn(out.at(-2), out.at(-1), point) <= 0) out.pop();
    out.push(point);
  }
  return out;
}

/** Positive if a, b, c go clockwise on the screen, where y goes down. */
function turn(a: Point | undefined, b: Point | undefined, c: Point): number {
  return a && b ? (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) : 0;
}

/** Whether two boxes have more than an edge in common. */
export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** A place on the board nearest to a wished one. */
export function onBoard({ x, y }: Point): Point {
  const keep = (v: number) => Math.min(limits.maxCoord, Math.max(-limits.maxCoord, Math.round(v)));
  return { x: keep(x), y: keep(y) };
}
