import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ID } from "../../protocol.gen";
import { id } from "../tree/testing";
import type { Group } from "./group";
import { settle, waiting } from "./held";

/** "zorg: a b" */
function parse(...lines: string[]): Group[] {
  return lines.map((line) => {
    const [key = "", notes = ""] = line.split(": ");
    return { key, kind: "cluster", id: "", title: key, of: "", notes: notes.split(" ").filter(Boolean).map(id) };
  });
}
const lines = (list: readonly Group[]) => list.map((group) => `${group.key}: ${group.notes.join(" ")}`);
const own = (...names: string[]) => new Set(names.map(id));

test("what waits is counted: new, in another group, gone", () => {
  const shown = parse("x: a b c", "y: d");
  expect(waiting(shown, parse("x: c b e f", "y: d a"))).toEqual({ fresh: 2, moved: 1, gone: 0 });
  expect(waiting(shown, parse("x: b c", "y: d"))).toEqual({ fresh: 0, moved: 0, gone: 1 });
  expect(waiting(shown, parse("y: d", "x: c b a"))).toEqual({ fresh: 0, moved: 0, gone: 0 });
});

describe("settle", () => {
  test("others' work changes nothing but names", () => {
    const now = parse("y: d a", "x: e b", "z: f");
    expect(lines(settle(parse("x: a b", "y: d"), now, own()))).toEqual(["x: a b", "y: d"]);
    const renamed = now.map((group) => ({ ...group, title: `${group.key} anders` }));
    expect(settle(parse("x: a b"), renamed, own())[0]?.title).toBe("x anders");
  });

  test.each([
    ["a new note after its neighbour", ["x: a b", "y: d"], ["x: a n b", "y: d"], "n", ["x: a n b", "y: d"]],
    ["a note moved", ["x: a b", "y: d"], ["x: b", "y: a d"], "a", ["x: b", "y: a d"]],
    ["beside others' new ones, which wait", ["x: a b"], ["x: a q n b"], "n", ["x: a n b"]],
    ["a new group at its place", ["x: a b", "y: d"], ["x: b", "z: a", "y: d"], "a", ["x: b", "z: a", "y: d"]],
    ["a group one emptied goes with its board", ["x: a", "y: d"], ["y: d a"], "a", ["y: d a"]],
    ["a group that is empty on the board stays", ["x: a", "y: d"], ["x: ", "y: a d"], "a", ["x: ", "y: a d"]],
    ["several, in their order", ["x: a b c"], ["x: c b a"], "a b c", ["x: c b a"]],
    ["one's own that is gone goes", ["x: a b"], ["x: b"], "a", ["x: b"]],
  ])("%s", (_, shown, now, mine, want) => {
    expect(lines(settle(parse(...shown), parse(...now), own(...mine.split(" "))))).toEqual(want);
  });

  test("a group of one's own comes without a note of one's own", () => {
    const got = settle(parse("x: a"), parse("x: a", "z: "), own(), new Set(["z"]));
    expect(lines(got)).toEqual(["x: a", "z: "]);
  });

  test("whatever others do, what one did not touch keeps its place, and all one's own is where it belongs", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const list = fc
      .tuple(fc.shuffledSubarray(names), fc.array(fc.constantFrom("x", "y", "z"), { minLength: 8, maxLength: 8 }))
      .map(([notes, keys]) => {
        const found = new Map<string, string[]>();
        notes.forEach((note, i) => {
          const key = keys[i] ?? "x";
          found.set(key, [...(found.get(key) ?? []), note]);
        });
        return parse(...[...found].map(([key, inside]) => `${key}: ${inside.join(" ")}`));
      });
    fc.assert(
      fc.property(list, list, fc.subarray(names), (shown, now, mine) => {
        const touched = own(...mine);
        const result = settle(shown, now, touched);
        const rest = (groups: readonly Group[]) =>
          groups.map((group) => group.notes.filter((note) => !touched.has(note)).join(" ")).filter(Boolean);
        expect(rest(result)).toEqual(rest(shown));
        const where = (groups: readonly Group[], note: ID) => groups.find((group) => group.notes.includes(note))?.key;
        for (const note of touched) expect(where(result, note)).toBe(where(now, note));
        const all = result.flatMap((group) => group.notes);
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});
