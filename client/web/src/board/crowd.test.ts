import { describe, expect, it } from "vitest";
import { PastWall } from "../model";
import { id, person } from "../model/testing";
import { crowdsOf, nextPointerChange, pointersToShow } from "./crowd";

const now = 100000;
const pointers = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ id: id(`p${i}`), x: i * 100, y: 0, at: now - 100 }));
const wall = PastWall.at([person("p70", "facilitator"), person("p0")]);
const show = (n: number, people: number, follow = "") =>
  pointersToShow(pointers(n), wall, people, "auto", follow as ReturnType<typeof id>, { x: 0, y: 0 }, now);

describe("others' pointers", () => {
  it("are all shown up to 60 people, the 24 nearest and facilitators up to 150, and few above", () => {
    expect(show(60, 60)).toHaveLength(60);
    const some = show(100, 100).map((p) => p.id);
    expect(some).toHaveLength(25);
    expect(some).toContain("p70");
    expect(some).toContain("p23");
    expect(show(200, 200, "p5").map((p) => p.id)).toEqual(["p5", "p70"]);
  });

  it("shrink after 5 seconds and go after 30", () => {
    const idle = [4000, 6000, 31000].map((ago, i) => ({ id: id(`p${i}`), x: 0, y: 0, at: now - ago }));
    const shown = pointersToShow(idle, wall, 3, "auto", "", { x: 0, y: 0 }, now);
    expect(shown.map((p) => [p.id, p.small])).toEqual([
      ["p0", false],
      ["p1", true],
    ]);
    expect(nextPointerChange(idle, now)).toBe(now + 1000);
  });

  it("become numbers per region above 150 people, none over another", () => {
    expect(crowdsOf(pointers(40), new Map(), 40, 1, now)).toEqual([]);
    const near = crowdsOf(pointers(200), new Map(), 200, 1, now);
    expect(near.reduce((sum, c) => sum + c.count, 0)).toBe(200);
    expect(near.length).toBeGreaterThan(15);
    const far = crowdsOf(pointers(200), new Map(), 200, 0.05, now); // 1,000 px for 20,000 units
    expect(far.reduce((sum, c) => sum + c.count, 0)).toBe(200);
    const xs = far.map((c) => c.x * 0.05).sort((a, b) => a - b);
    for (const [i, x] of xs.entries()) if (i > 0) expect(x - (xs[i - 1] ?? 0)).toBeGreaterThanOrEqual(140);
  });

  it("are counted at a cluster's corner when they are in its hull, not beside it in its box", () => {
    const points = [
      { x: 0, y: 0 },
      { x: 900, y: 900 },
      { x: 0, y: 900 },
    ];
    const hull = { points, box: { x: 0, y: 0, w: 900, h: 900 }, titleX: 0, titleEnd: 0 };
    const at = (x: number, y: number) => ({ id: id("p"), x, y, at: now });
    const crowds = crowdsOf(
      [at(100, 600), at(200, 700), at(700, 100), at(720, 120)],
      new Map([[id("c"), hull]]),
      200,
      1,
      now,
    );
    expect(crowds).toEqual([
      { count: 2, x: 900, y: 900 },
      { count: 2, x: 710, y: 110 },
    ]);
  });
});
