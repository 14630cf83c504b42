import { expect, test } from "vitest";
import expected from "../../../../../server/demo/testdata/expected-outcome.json";
import type { NoteCreate, Op } from "../../protocol.gen";
import { places, ringOf, sampleOps } from "./sample";

const flat = (ops: Op[]): Op[] => ops.flatMap((op) => (op.kind === "batch" ? flat(op.ops) : [op]));
const ops = flat(sampleOps());
const notes = ops.filter((op): op is NoteCreate => op.kind === "note.create");
const unit = 64;
const centre = (n: NoteCreate) => [(n.x + n.w / 2) / unit, (n.y + n.h / 2) / unit] as const;

test("no note lies on another", () => {
  const all = places.flat();
  for (const [i, a] of all.entries()) {
    for (const b of all.slice(i + 1)) {
      expect(Math.abs(a[0] - b[0]) >= 176 || Math.abs(a[1] - b[1]) >= 176, `${a} and ${b}`).toBe(true);
    }
  }
});

test("the board comes out as the session did", () => {
  expect(notes).toHaveLength(expected.total.notes);
  expect(notes.filter((n) => ringOf(centre(n)) === 0)).toHaveLength(expected.total.byRing.kern);
  expect(notes.filter((n) => ringOf(centre(n)) === 1)).toHaveLength(expected.total.byRing["op-afstand"]);
  const clusters = ops.filter((op) => op.kind === "cluster.create");
  expect(clusters.map((c) => [c.title, c.notes?.length])).toEqual(expected.clusters.map((c) => [c.title, c.notes]));
  const byGroup: number[] = [];
  for (const op of ops) {
    if (op.kind === "participant.perspective") byGroup.push(0);
    if (op.kind === "note.create") byGroup[byGroup.length - 1] = (byGroup.at(-1) ?? 0) + 1;
  }
  expect(byGroup).toEqual([...Object.values(expected.total.byPerspective), 0]);
});
