import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meet } from "./boxes";
import { Grid } from "./grid";
import { Lru } from "./lru";

const box = fc.record({
  x: fc.integer({ min: -5000, max: 5000 }),
  y: fc.integer({ min: -5000, max: 5000 }),
  w: fc.integer({ min: 1, max: 9000 }),
  h: fc.integer({ min: 1, max: 3000 }),
});

describe("grid", () => {
  it("finds what touches a box and nothing else, whatever was moved or taken away", () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 12 }), box: fc.option(box) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), box, (steps, query) => {
        const grid = new Grid<number>();
        const truth = new Map<number, { x: number; y: number; w: number; h: number }>();
        for (const { key, box: at } of steps) {
          if (at) {
            grid.set(key, at);
            truth.set(key, at);
          } else {
            grid.delete(key);
            truth.delete(key);
          }
        }
        const expected = [...truth].filter(([, b]) => meet(b, query)).map(([key]) => key);
        expect(grid.in(query).toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
        for (const key of truth.keys()) expect(grid.some(query, (k) => k === key)).toBe(expected.includes(key));
        expect(grid.size).toBe(truth.size);
      }),
    );
  });
});

describe("lru", () => {
  it("forgets what was not used longest when it grows too heavy", () => {
    const cache = new Lru<string, number>(10);
    cache.set("a", 1, 4);
    cache.set("b", 2, 4);
    cache.get("a");
    cache.set("c", 3, 4);
    expect([cache.peek("a"), cache.peek("b"), cache.peek("c")]).toEqual([1, undefined, 3]);
    cache.set("c", 4, 20);
    expect([...cache.values()]).toEqual([4]);
    cache.delete("c");
    expect(cache.weight).toBe(0);
  });
});
