import { describe, expect, test } from "vitest";
import { id, TestWall } from "../tree/testing";
import { type By, chips, groups } from "./group";

function board(): TestWall {
  const wall = new TestWall();
  wall.target("doel", ["kern", "rand"]);
  wall.note("a", { ring: id("rand") });
  wall.note("b", { ring: id("kern"), author: id("me") });
  wall.note("c", { author: id("me"), x: 5000, y: 5000 });
  wall.note("d", { ring: id("kern") });
  wall.note("e", { ring: id("weg") });
  wall.cluster("zorg", ["a", "b"], "Zorg");
  wall.cluster("leeg", []);
  return wall;
}
const shown = (wall: TestWall, by: By) =>
  groups(wall, [...wall.notes.keys()], by).map((group) => `${group.kind} ${group.title}: ${group.notes.join(" ")}`);

describe("groups", () => {
  test("per cluster: one's own in none first, then clusters, empty ones too, then the rest", () => {
    expect(shown(board(), "cluster")).toEqual(["own : c", "cluster Zorg: a b", "cluster leeg: ", "loose : d e"]);
  });

  test("per ring: every ring, innermost first; a ring that is gone is none", () => {
    expect(shown(board(), "ring")).toEqual(["ring kern: b d", "ring rand: a", "elsewhere : c e"]);
  });

  test("per ring: what lies on no ring stands under the foremost frame that holds its centre", () => {
    const wall = board();
    wall.target("kader", [], { form: "frame", x: 4900, y: 4900, w: 300, h: 300 });
    wall.target("achter", [], { form: "frame", x: 4000, y: 4000, w: 3000, h: 3000, front: -1 });
    expect(shown(wall, "ring").slice(2)).toEqual(["frame achter: ", "frame kader: c", "elsewhere : e"]);
  });

  test("per ring: two targets say which they are", () => {
    const wall = board();
    wall.target("tweede", ["hart"], { y: 10 });
    expect(groups(wall, [], "ring").map((group) => group.of)).toEqual(["doel", "doel", "tweede"]);
  });

  test("mine: only mine, and in the past nobody's", () => {
    const wall = board();
    expect(shown(wall, "mine")).toEqual(["mine : b c"]);
    wall.me = "";
    expect(shown(wall, "mine")).toEqual(["mine : "]);
    expect(shown(wall, "cluster")[0]).toBe("cluster Zorg: a b");
  });

  test("every note stands in exactly one group", () => {
    const wall = board();
    for (const by of ["cluster", "ring"] as const) {
      const all = groups(wall, [...wall.notes.keys()], by).flatMap((group) => group.notes);
      expect([...all].sort()).toEqual(["a", "b", "c", "d", "e"]);
    }
  });
});

test("chips count in the board's order of perspectives, without zeros", () => {
  const wall = new TestWall();
  for (const name of ["een", "twee", "drie"])
    wall.perspectives.push({ id: id(name), label: name, colour: 1, pattern: 1 });
  wall.note("a", { perspective: id("drie") });
  wall.note("b", { perspective: id("een") });
  wall.note("c", { perspective: id("drie") });
  wall.note("d");
  expect(chips(wall, [...wall.notes.keys(), id("weg")])).toEqual([
    { perspective: "een", count: 1 },
    { perspective: "drie", count: 2 },
  ]);
});
