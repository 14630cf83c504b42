import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../protocol.gen";
import { type Box, bounds, hull, onBoard, overlap, type Point } from "./geometry";
import { PastWall } from "./past";
import { byID, ringAt, ringOfTarget } from "./ring";
import { snap } from "./snap";
import { id } from "./testing";
import type { Area } from "./types";

function within(corners: readonly Point[], x: number, y: number): boolean {
  return corners.every((b, i) => {
    const a = corners.at(i - 1) ?? b;
    return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x) >= 0;
  });
}

const aBox = fc.record({
  x: fc.integer({ min: -9999, max: 9999 }),
  y: fc.integer({ min: -9999, max: 9999 }),
  w: fc.integer({ min: 1, max: 3000 }),
  h: fc.integer({ min: 1, max: 3000 }),
});

test("a hull of one box is that box with air, clockwise from its left top", () => {
  expect(hull([{ x: 0, y: 0, w: 10, h: 10 }], 2)).toEqual([
    { x: -2, y: -2 },
    { x: 12, y: -2 },
    { x: 12, y: 12 },
    { x: -2, y: 12 },
  ]);
  expect(hull([])).toEqual([]);
});

test("a hull holds every box with its air, and turns one way only", () => {
  fc.assert(
    fc.property(fc.array(aBox, { minLength: 1, maxLength: 12 }), (boxes) => {
      const corners = hull(boxes, 5);
      for (const { x, y, w, h } of boxes) {
        for (const [px, py] of [
          [x - 5, y - 5],
          [x + w + 5, y - 5],
          [x - 5, y + h + 5],
          [x + w + 5, y + h + 5],
        ]) {
          expect(within(corners, px ?? 0, py ?? 0)).toBe(true);
        }
      }
      const turns = corners.map((b, i) => {
        const [a, c] = [corners.at(i - 1) ?? b, corners[(i + 1) % corners.length] ?? b];
        return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
      });
      expect(turns.every((t) => t > 0)).toBe(true);
      const around = bounds(boxes);
      expect(within(corners, (around?.x ?? 0) - 6, around?.y ?? 0)).toBe(false);
    }),
    { numRuns: 100 },
  );
});

test("boxes that share an edge do not overlap; places stay on the board", () => {
  expect(overlap({ x: 0, y: 0, w: 10, h: 10 }, { x: 10, y: 0, w: 10, h: 10 })).toBe(false);
  expect(overlap({ x: 0, y: 0, w: 10, h: 10 }, { x: 9, y: 9, w: 10, h: 10 })).toBe(true);
  expect(onBoard({ x: 1e9, y: -1.4 })).toEqual({ x: limits.maxCoord, y: -1 });
});

const most = limits.maxSize;
const target = (x: number, y: number, ...sizes: number[]): Area => ({
  id: id("t"),
  form: "target",
  title: "",
  x,
  y,
  w: 0,
  h: 0,
  rings: sizes.map((size) => ({ id: id(`r${size}`), label: "", size })),
  front: 1,
});

test.each([
  // the edges that the board's own story of rings names
  [0, 0, 1024],
  [1024, 0, 1024],
  [1025, 0, 2048],
  [2048, 0, 2048],
  [2049, 0, undefined],
  [0, 716, 1024],
  [0, 717, 2048],
  [0, -1433, 2048],
  [0, 1434, undefined],
  [1940, 1340, undefined],
  [-1024, 0, 1024],
])("the ring of a target at %i, %i", (x, y, size) => {
  expect(ringOfTarget(target(0, 0, 1024, 2048), x, y)?.size).toBe(size);
});

test("the ring rule is exact, as whole numbers of any length would have it", () => {
  const near = (v: number) => fc.integer({ min: Math.max(-v, -limits.maxCoord), max: v });
  fc.assert(
    fc.property(fc.integer({ min: 1024, max: most }), near(most), near(most), (size, dx, dy) => {
      // on the ellipse's line, give or take one
      const onLine = Math.round(0.7 * Math.sqrt(Math.max(0, size * size - dx * dx)));
      for (const y of [dy, onLine - 1, onLine, onLine + 1]) {
        const exact = 49n * BigInt(dx) ** 2n + 100n * BigInt(y) ** 2n <= 49n * BigInt(size) ** 2n;
        expect(ringOfTarget(target(0, 0, size), dx, y) !== undefined).toBe(exact);
      }
    }),
  );
});

test("of several targets the front one has it, of two that lie alike the one with the higher id", () => {
  const area = (name: string, front: number) => ({ ...target(0, 0, 2048), id: id(name), front });
  const wall = (...areas: Area[]) =>
    PastWall.at(areas.map((a) => ({ area: { ...a, rings: [{ id: id(`of-${a.id}`), label: "", size: 2048 }] } })));
  expect(ringAt(wall(area("a", 1), area("b", 2)), 0, 0)).toBe("of-b");
  expect(ringAt(wall(area("a", 1), area("b", -2)), 0, 0)).toBe("of-a");
  expect(ringAt(wall(area("0", 1), area("a", 1)), 0, 0)).toBe("of-0"); // "a" stands before "0" in base64url
  expect(byID(id("Zz"), id("aa"))).toBeLessThan(0);
});

test("a box snaps to edges, centres and spaces, each axis by itself", () => {
  const box = (x: number, y: number): Box => ({ x, y, w: 100, h: 100 });
  expect(snap(box(4, 503), [box(0, 0)], 6)).toMatchObject({ dx: -4, dy: 0 });
  expect(snap(box(20, 500), [box(0, 0)], 6)).toEqual({ dx: 0, dy: 0, lines: [] });
  const [line] = snap(box(3, 500), [box(0, 0)], 6).lines;
  expect(line).toEqual({ axis: "x", at: 0, from: 0, to: 600 });
  // behind two that lie 40 apart, and between two that are 200 apart
  expect(snap(box(283, 7), [box(0, 0), box(140, 0)], 6).dx).toBe(-3);
  expect(snap(box(147, 20), [box(0, 0), box(300, 0)], 6).dx).toBe(3);
  // the centre of a smaller one
  expect(snap({ x: 27, y: 900, w: 50, h: 50 }, [box(0, 0)], 6).dx).toBe(-2);
});
