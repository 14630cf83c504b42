import { beforeEach, describe, expect, test } from "vitest";
import { TreeFocus, type Turn } from "./focus";
import { id, TestWall } from "./testing";

let wall: TestWall;
let focus: TreeFocus;
let turns: Turn[];

/** two rows: a b (cluster zorg), then c d, in no cluster */
beforeEach(() => {
  wall = new TestWall();
  wall.note("a");
  wall.note("b", { x: 200 });
  wall.note("c", { y: 200 });
  wall.note("d", { x: 200, y: 200 });
  wall.cluster("zorg", ["a", "b"]);
  focus = new TreeFocus(wall);
  turns = [];
  focus.subscribe((turn) => turns.push(turn));
});

describe("in reading order", () => {
  test("with nothing focused the keyboard may leave at once", () => {
    expect(focus.next()).toBe(false);
    expect(focus.previous()).toBe(false);
    expect(focus.focused).toBeUndefined();
  });

  test("goes through all and leaves at both ends", () => {
    expect(focus.first()).toBe(true);
    const visited = [focus.note];
    while (focus.next()) visited.push(focus.note);
    expect(visited).toEqual(["a", "b", "c", "d"]);
    expect(focus.note).toBe("d");
    focus.first();
    expect(focus.previous()).toBe(false);
  });

  test("out to the cluster's title and on into it", () => {
    focus.focus(id("b"));
    expect(focus.out()).toBe(true);
    expect(focus.focused).toEqual({ kind: "cluster", id: "zorg" });
    expect(focus.note).toBeUndefined();
    expect(focus.next()).toBe(true);
    expect(focus.note).toBe("a");
    focus.focus(id("c"));
    expect(focus.out()).toBe(false);
  });
});

test("by direction; from nothing to the first", () => {
  expect(focus.spatial("down")).toBe(true);
  expect(focus.note).toBe("a");
  focus.spatial("down");
  expect(focus.note).toBe("c");
  focus.spatial("right");
  expect(focus.note).toBe("d");
  expect(focus.spatial("right")).toBe(false);
  expect(focus.note).toBe("d");
});

describe("when the board changes", () => {
  test("what holds the keyboard keeps it", () => {
    focus.focus(id("b"));
    wall.note("z", { y: -500 });
    wall.touch({ notes: ["z"] });
    expect(focus.note).toBe("b");
    expect(turns).toEqual(["to", "stayed"]);
    expect(focus.next() && focus.note).toBe("z");
  });

  test("a note that goes hands it to what comes in its place", () => {
    focus.focus(id("c"));
    wall.notes.delete(id("c"));
    wall.touch({ notes: ["c"] });
    expect(focus.note).toBe("d");
    wall.notes.delete(id("d"));
    wall.touch({ notes: ["d"] });
    expect(focus.note).toBe("b");
    expect(turns).toEqual(["to", "fell", "fell"]);
  });

  test("the last one that goes gives it back to the board", () => {
    focus.focus(id("a"));
    wall.notes.clear();
    wall.clusters.clear();
    wall.touch({ all: true });
    expect(focus.focused).toBeUndefined();
  });

  test("a cluster that goes hands it to the board's first note", () => {
    focus.focus(id("zorg"));
    wall.clusters.clear();
    wall.touch({ clusters: ["zorg"] });
    expect(focus.focused?.kind).toBe("note");
  });
});

test("around the focused note, never past either end", () => {
  expect(focus.around(3)).toEqual(["a", "b", "c"]);
  focus.focus(id("d"));
  expect(focus.around(3)).toEqual(["b", "c", "d"]);
  expect(focus.around(30)).toEqual(["a", "b", "c", "d"]);
});

test("once it is over it hears nothing more", () => {
  focus.focus(id("a"));
  focus.destroy();
  wall.notes.delete(id("a"));
  wall.touch({ notes: ["a"] });
  expect(turns).toEqual(["to"]);
});
