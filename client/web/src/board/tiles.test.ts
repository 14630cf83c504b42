import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bakeBudget, Tiles } from "./tiles";

/** Remembers nothing: what is baked is told by the painter. */
const context = new Proxy({} as CanvasRenderingContext2D, { get: () => () => undefined, set: () => true });
const view = { scale: 1, ox: 0, oy: 0, width: 1000, height: 600 };

/** Tiles of 256 px, each of which has so many parts that take `cost` ms each. */
function tilesOf(cost: number, parts = 1) {
  let now = 0;
  const baked: string[] = [];
  const frames: number[] = [];
  const blank: string[] = [];
  const tiles = new Tiles(
    256,
    100 << 20,
    function* (_c, _s, x, y) {
      for (let i = 0; i < parts; i++) {
        now += cost;
        yield;
      }
      baked.push(`${x / 256} ${y / 256}`);
    },
    (_c, _s, x, y) => blank.push(`${x / 256} ${y / 256}`),
  );
  const draw = (budget: number) => {
    const start = now;
    const frame = tiles.draw(context, view, 1, () => now, budget);
    frames.push(now - start);
    return frame;
  };
  return { baked, blank, frames, tiles, draw };
}

describe("tiles", () => {
  beforeEach(() => {
    vi.stubGlobal("document", { createElement: () => ({ getContext: () => context }) });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("are baked from the middle out, more of them in a frame while nothing moves", () => {
    const moving = tilesOf(2);
    expect(moving.draw(bakeBudget.moving).pending).toBe(true);
    const still = tilesOf(2);
    expect(still.draw(bakeBudget.still).pending).toBe(true);
    expect(still.baked.length).toBeGreaterThan(2 * moving.baked.length);
    expect(still.baked.slice(0, 2).sort()).toEqual(["1 1", "2 1"]);
    expect(still.draw(bakeBudget.still).pending).toBe(false);
    expect(new Set(still.baked).size).toBe(12);
  });

  it("have a plain picture in their place until they are baked", () => {
    const tiles = tilesOf(11);
    tiles.draw(bakeBudget.still);
    tiles.blank.length = 0;
    tiles.draw(bakeBudget.still);
    expect(tiles.blank).toHaveLength(12 - tiles.baked.length);
    expect(tiles.baked.length).toBeGreaterThan(0);
    for (const one of tiles.baked) expect(tiles.blank).not.toContain(one);
  });

  it("that take longer than a frame may are painted over several, and seen when they are whole", () => {
    const tiles = tilesOf(1, 30);
    const aTile = Math.ceil(31 / (bakeBudget.moving + 1));
    for (let i = 0; i < aTile; i++) expect(tiles.draw(bakeBudget.moving).pending).toBe(true);
    expect(tiles.baked).toHaveLength(1);
    expect(Math.max(...tiles.frames)).toBeLessThanOrEqual(bakeBudget.moving + 1);
    for (let i = 0; i < 200; i++) tiles.draw(bakeBudget.moving);
    expect(new Set(tiles.baked).size).toBe(12);
  });

  it("get painted however often what they show becomes another, and then once more", () => {
    const tiles = tilesOf(1, 30);
    for (let i = 0; i < 400; i++) {
      if (i % 5 === 0) tiles.tiles.dirty({ x: 0, y: 0, w: 1000, h: 600 });
      expect(tiles.draw(bakeBudget.moving).pending).toBe(true);
    }
    expect(new Set(tiles.baked).size).toBe(12);
    const before = tiles.baked.length;
    for (let i = 0; i < 400; i++) tiles.draw(bakeBudget.moving);
    expect(tiles.baked.length).toBeGreaterThanOrEqual(before + 12);
    expect(tiles.draw(bakeBudget.moving)).toMatchObject({ pending: false, missing: false });
  });
});
