/** Rectangles, in whatever unit they are given. */
import type { Box } from "./types";

export const meet = (a: Box, b: Box): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

export const contains = (a: Box, x: number, y: number): boolean =>
  x >= a.x && y >= a.y && x <= a.x + a.w && y <= a.y + a.h;

export const grown = (a: Box, by: number): Box => ({ x: a.x - by, y: a.y - by, w: a.w + 2 * by, h: a.h + 2 * by });

export const same = (a: Box, b: Box): boolean => a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;

/** The smallest box around all of them; undefined without any. */
export function around(boxes: Iterable<Box>): Box | undefined {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (const b of boxes) {
    left = Math.min(left, b.x);
    top = Math.min(top, b.y);
    right = Math.max(right, b.x + b.w);
    bottom = Math.max(bottom, b.y + b.h);
  }
  return left === Infinity ? undefined : { x: left, y: top, w: right - left, h: bottom - top };
}
