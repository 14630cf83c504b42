import { expect, test } from "vitest";
import { type Change, limits, type Op } from "../protocol.gen";
import { Acts, noteSize } from "./acts";
import { overlap } from "./geometry";
import { freePlace, grid } from "./place";
import { firstRings } from "./setup";
import { BenchSession, id, manyNotes, note, person, target } from "./testing";

function actsOn(...changes: Change[]) {
  const session = new BenchSession(changes);
  return { session, acts: new Acts(session), ops: session.ops, wall: session.wall };
}

const cluster = (name: string, title = ""): Change => ({ cluster: { id: id(name), title, order: 1 } });
const perspective: Change = { perspective: { id: id("p1"), label: "A", colour: 3, pattern: 3, after: "" } };

test("a new note has one's colour, on a board with perspectives none of its own", () => {
  const plain = actsOn(person("me", "contributor", "", 5));
  plain.acts.newNote({ x: 10.4, y: 0, text: "Hoi" });
  expect(plain.ops).toMatchObject([{ kind: "note.create", x: 10, w: noteSize, text: "Hoi", colour: 5 }]);
  const grouped = actsOn(perspective, person("me", "contributor", id("p1"), 5));
  const made = grouped.acts.newNote({ x: 0, y: 0 });
  expect(grouped.ops[0]).not.toHaveProperty("colour");
  expect(grouped.wall.notes.get(made)).toMatchObject({ perspective: "p1", colour: 0 });
});

test("what is done to several notes is one batch, to one note one op, to none nothing", () => {
  const { acts, ops } = actsOn(note("n1"), note("n2"));
  acts.recolour([id("n1"), id("n2"), id("n1"), id("nowhere")], 7);
  acts.remove([id("n1")]);
  acts.remove([id("n1")]);
  acts.moveNotes(new Map([[id("n2"), { x: 0, y: 0 }]])); // lies there already
  expect(ops.map((op) => (op.kind === "batch" ? op.ops.length : op.kind))).toEqual([2, "note.delete"]);
});

test("batches hold 256 parts and fit a frame", () => {
  const { acts, ops, wall } = actsOn(...manyNotes(600));
  acts.remove([...wall.notes.keys()]);
  expect(ops.map((op) => (op.kind === "batch" ? op.ops.length : 1))).toEqual([256, 256, 88]);
  const long = actsOn(...Array.from({ length: 12 }, (_, i) => note(`n${i}`, { text: "é".repeat(9000) })));
  long.acts.duplicate([...long.wall.notes.keys()]);
  const sizes = long.ops.map((op) => new TextEncoder().encode(JSON.stringify(op)).length);
  expect(Math.max(...sizes)).toBeLessThan(limits.maxFrame - 100);
  expect(long.wall.notes.size).toBe(24);
});

test("notes dropped on another lie beside it in its cluster, or in a new one with it: one act", () => {
  const { acts, ops, wall } = actsOn(note("n1"), note("n2"), note("n3"));
  const first = acts.gather(id("n1"), [id("n2"), id("n1")]);
  expect(first?.made).toBe(true);
  expect(ops.map((op) => op.kind)).toEqual(["batch"]);
  expect(wall.clusters.get(first?.cluster ?? id("none"))?.notes).toHaveLength(2);
  const second = acts.gather(id("n2"), [id("n3")]);
  expect(second).toEqual({ cluster: first?.cluster, made: false });
  expect(ops).toHaveLength(2);
  const [a, b, c] = ["n1", "n2", "n3"].flatMap((name) => wall.notes.get(id(name)) ?? []);
  expect(a && b && c && (overlap(a, b) || overlap(b, c) || overlap(a, c))).toBe(false);
  expect(acts.gather(id("n2"), [id("n2")])).toBeUndefined();
});

test("a cluster is made of notes of other clusters; what nobody named goes when it is empty", () => {
  const { acts, wall } = actsOn(
    cluster("named", "Blijft"),
    cluster("bare"),
    note("n1", { cluster: id("named") }),
    note("n2", { cluster: id("bare") }),
    note("n3"),
  );
  const made = acts.cluster([id("n1"), id("n2"), id("n3")], "Nieuw");
  expect([...wall.clusters.keys()].sort()).toEqual([made, "named"].sort());
  expect(wall.clusters.get(made)).toMatchObject({ title: "Nieuw", notes: expect.arrayContaining(["n1", "n2", "n3"]) });
  acts.free([id("n3")]);
  expect(wall.notes.get(id("n3"))?.cluster).toBe("");
  acts.dissolve(made);
  expect(wall.notes.get(id("n1"))?.cluster).toBe("");
});

test("merging keeps a title, whichever of the two has one", () => {
  const { acts, wall } = actsOn(cluster("a"), cluster("b", "Titel"), note("n1", { cluster: id("b") }));
  acts.merge(id("a"), id("b"));
  expect(wall.clusters.get(id("a"))).toMatchObject({ title: "Titel", notes: ["n1"] });
  expect(wall.clusters.has(id("b"))).toBe(false);
});

test("copies lie 24 units on, with the text one sees, in the same cluster", () => {
  const { acts, session, wall } = actsOn(cluster("c"), note("n1", { cluster: id("c"), tags: ["a"], colour: 6 }));
  session.type(id("n1"), "", "net getypt");
  const [copy] = acts.duplicate([id("n1")]);
  expect(wall.notes.get(copy ?? id(""))).toMatchObject({
    x: 24 * 64,
    y: 24 * 64,
    text: "net getypt",
    cluster: "c",
    tags: ["a"],
    colour: 6,
  });
});

test("notes come before others as they lie among themselves", () => {
  const { acts, ops } = actsOn(note("top", { front: 9 }), note("low", { front: 2 }), target);
  acts.front([id("top"), id("target"), id("low")]);
  const parts = ops[0]?.kind === "batch" ? ops[0].ops : [];
  expect(parts).toEqual([
    { kind: "area.front", area: "target" },
    { kind: "note.front", note: "low" },
    { kind: "note.front", note: "top" },
  ]);
});

test("notes placed in a ring lie in it, free of one another and of what is there", () => {
  const outside = Array.from({ length: 12 }, (_, i) => note(`n${i}`, { x: 70000 + i * 900, y: -70000 }));
  const { acts, ops, wall } = actsOn(target, note("there", { x: -3500, y: -3500, ring: id("core") }), ...outside);
  const placed = outside.map((_, i) => id(`n${i}`));
  acts.place(placed.slice(0, 6), { ring: id("core") });
  acts.place(placed.slice(6), { ring: id("far") });
  expect(ops.map((op) => op.kind)).toEqual(["batch", "batch"]);
  expect(placed.map((name) => wall.notes.get(name)?.ring)).toEqual([...Array(6).fill("core"), ...Array(6).fill("far")]);
  const all = [...wall.notes.values()];
  for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) expect(overlap(a, b)).toBe(false);
  acts.place(placed, { ring: id("nowhere") });
  expect(ops).toHaveLength(2);
});

test("a full ring takes notes all the same", () => {
  const tiny: Change = {
    area: { id: id("t"), form: "target", x: 0, y: 0, rings: [{ id: id("r"), label: "r", size: 1024 }], front: 1 },
  };
  const { acts, wall } = actsOn(tiny, note("n1", { x: 90000 }), note("n2", { x: 99999 }));
  acts.place([id("n1"), id("n2")], { ring: id("r") });
  expect([wall.notes.get(id("n1"))?.ring, wall.notes.get(id("n2"))?.ring]).toEqual(["r", "r"]);
});

test("placed in a cluster or beside a note, a note lies near it", () => {
  const { acts, wall } = actsOn(cluster("c"), note("in", { cluster: id("c") }), note("n1", { x: 90000, y: 90000 }));
  acts.place([id("n1")], { cluster: id("c") });
  const moved = wall.notes.get(id("n1"));
  expect(moved?.cluster).toBe("c");
  expect(Math.hypot(moved?.x ?? 1e9, moved?.y ?? 1e9)).toBeLessThan(20000);
  acts.moveNotes(new Map([[id("n1"), { x: 90000, y: 0 }]]));
  acts.place([id("n1"), id("in")], { beside: id("in") });
  expect(wall.notes.get(id("n1"))?.x).toBeLessThan(20000);
  expect(wall.notes.get(id("in"))?.x).toBe(0);
});

test("a free place is on the grid, and clear of notes and titles", () => {
  const { wall } = actsOn(...manyNotes(60));
  const size = 112 * 64;
  const place = freePlace(wall, { x: 3000, y: 3000 }, size, size);
  expect([Math.abs(place.x % grid), Math.abs(place.y % grid)]).toEqual([0, 0]);
  for (const other of wall.notes.values()) expect(overlap({ ...place, w: size, h: size }, other)).toBe(false);
  expect(freePlace(actsOn().wall, { x: 3000, y: 0 }, size, size)).toEqual({ x: 2 * grid, y: 0 });
});

test("objects of all kinds go together, and a connector with what it ends at", () => {
  const { acts, ops, wall } = actsOn(cluster("c"), target, note("n1"), note("n2"));
  const arrow = acts.connect(id("n1"), id("c"));
  const other = acts.connect(id("n2"), id("target"));
  acts.removeObjects([arrow, id("n1"), id("c"), other, id("nowhere")]);
  expect(ops.at(-1)).toEqual({
    kind: "batch",
    ops: [
      { kind: "note.delete", note: id("n1") },
      { kind: "cluster.delete", cluster: id("c") },
      { kind: "connector.delete", connector: other },
    ],
  } satisfies Op);
  expect([wall.connectors.size, wall.clusters.size, wall.notes.size]).toEqual([0, 0, 1]);
});

test("a new board's target has room for what it is for", () => {
  const session = new BenchSession([], "me", "owner");
  const acts = new Acts(session);
  acts.target({ x: 0, y: 0 }, firstRings("Kern", "Meer op afstand"));
  const [area] = session.wall.areas.values();
  expect(area?.rings.map((ring) => ring.label)).toEqual(["Kern", "Meer op afstand"]);
  const [core, far] = area?.rings ?? [];
  const notes = Array.from({ length: 40 }, () => acts.newNote({ x: 10 ** 6, y: 0 }));
  if (core && far) {
    acts.place(notes.slice(0, 15), { ring: core.id });
    acts.place(notes.slice(15, 30), { ring: far.id });
  }
  const placed = notes.slice(0, 30).flatMap((name) => session.wall.notes.get(name) ?? []);
  for (const [i, a] of placed.entries()) for (const b of placed.slice(i + 1)) expect(overlap(a, b)).toBe(false);
});
