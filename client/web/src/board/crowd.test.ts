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

  it("become numbers per region above 150 people", () => {
    expect(crowdsOf(pointers(40), new Map(), 40, now)).toEqual([]);
    const crowds = crowdsOf(pointers(200), new Map(), 200, now);
    expect(crowds.reduce((sum, c) => sum + c.count, 0)).toBe(200);
    expect(crowds.length).toBeLessThan(25);
  });
});
