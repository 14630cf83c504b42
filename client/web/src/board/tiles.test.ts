import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bakeBudget, Tiles } from "./tiles";

/** Remembers nothing: what is baked is told by the painter. */
const context = new Proxy({} as CanvasRenderingContext2D, { get: () => () => undefined, set: () => true });
const view = { scale: 1, ox: 0, oy: 0, width: 1000, height: 600 };

/** Tiles of 256 px, each of which takes `cost` ms to bake. */
function tilesOf(cost: number) {
  let now = 0;
  const baked: string[] = [];
  const blank: string[] = [];
  const tiles = new Tiles(
    256,
    100 << 20,
    (_c, _s, x, y) => {
      now += cost;
      baked.push(`${x / 256} ${y / 256}`);
    },
    (_c, _s, x, y) => blank.push(`${x / 256} ${y / 256}`),
  );
  return { baked, blank, draw: (budget: number) => tiles.draw(context, view, 1, () => now, budget) };
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
    const tiles = tilesOf(100);
    tiles.draw(bakeBudget.still);
    expect(tiles.baked).toHaveLength(1);
    expect(tiles.blank).toHaveLength(11);
    expect(tiles.blank).not.toContain(tiles.baked[0]);
  });
});
