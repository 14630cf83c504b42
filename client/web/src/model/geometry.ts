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

/** Points of each corner of a rounded hull. */
const cornerPoints = 5;

/** A hull to be drawn: every corner is a bend of that radius, in short lines. Smaller where a side is too short. */
export function roundedHull(boxes: Iterable<Box>, air = hullAir, radius = hullAir): Point[] {
  const corners = hull(boxes, air);
  return corners.flatMap((corner, i) => {
    const before = corners.at(i - 1) ?? corner;
    const after = corners[(i + 1) % corners.length] ?? corner;
    const [from, to] = [toward(corner, before, radius), toward(corner, after, radius)];
    return Array.from({ length: cornerPoints }, (_, k) => bend(from, corner, to, k / (cornerPoints - 1)));
  });
}

/** The point at a distance from one point to another, at most half way. */
function toward(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(distance / length, 0.5);
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function bend(from: Point, corner: Point, to: Point, t: number): Point {
  const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
  return { x: a * from.x + b * corner.x + c * to.x, y: a * from.y + b * corner.y + c * to.y };
}

/** Whether a point lies within a hull, its line included. */
export function within(corners: readonly Point[], x: number, y: number): boolean {
  return corners.length > 2 && corners.every((corner, i) => turn(corners.at(i - 1), corner, { x, y }) >= 0);
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
