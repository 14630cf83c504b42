import { expect, test } from "vitest";
import type { Change, ID, Op } from "../protocol.gen";
import { LiveWall } from "./live";
import { Bench, id, note, person, target } from "./testing";
import type { Touched } from "./types";

function wallOf(changes: readonly Change[], me = "me") {
  const bench = new Bench();
  bench.me = id(me);
  bench.fold([person(me), ...changes]);
  const wall = new LiveWall(() => 1000);
  wall.update(bench, "all");
  const told: Touched[] = [];
  wall.subscribe((touched) => told.push(touched));
  return {
    bench,
    wall,
    told,
    do(op: Op) {
      bench.submit(op);
      wall.update(bench, []);
    },
    /** The board tells changes, and with them that the first `acked` ops are done. */
    hear(changes: readonly Change[], acked = 0) {
      bench.fold(changes);
      bench.ack(acked);
      wall.update(bench, changes);
    },
    note: (name: string) => wall.notes.get(id(name)),
  };
}

const move = (name: string, x: number, y: number): Op => ({ kind: "note.move", note: id(name), x, y });

test("an own act shows at once, waits, and does not flicker when the board tells it", () => {
  const w = wallOf([note("n1"), note("n2")]);
  w.do(move("n1", 640, 0));
  expect(w.note("n1")).toMatchObject({ x: 640, unsaved: true });
  expect(w.told.map((t) => [...t.notes])).toEqual([["n1"]]);
  w.hear([{ note: { id: id("n1"), x: 640 } }]);
  expect(w.told).toHaveLength(1); // nothing looks another
  w.hear([], 1);
  expect(w.note("n1")).toMatchObject({ x: 640, unsaved: false });
  expect(w.told).toHaveLength(2);
  expect(w.note("n2")).toBeDefined();
});

test("what others do to other fields shows beside what waits, and to the same field comes before it", () => {
  const w = wallOf([note("n1")]);
  w.do(move("n1", 640, 0));
  w.hear([{ note: { id: id("n1"), x: 64, y: 64, colour: 5 } }]);
  expect(w.note("n1")).toMatchObject({ x: 640, y: 0, colour: 5 });
});

test("what the board refuses is taken back", () => {
  const w = wallOf([note("n1")]);
  w.do(move("n1", 640, 0));
  w.hear([], 1);
  expect(w.note("n1")).toMatchObject({ x: 0, unsaved: false });
});

test("a note that waits can be typed in, moved, clustered and deleted", () => {
  const w = wallOf([]);
  w.do({ kind: "note.create", note: id("n1"), x: 0, y: 0, w: 6400, h: 6400, rev: id("r") });
  w.bench.typed.set(id("n1"), "Hallo");
  w.wall.update(w.bench, [], [id("n1")]);
  w.do(move("n1", 64, 64));
  w.do({ kind: "cluster.create", cluster: id("c1"), notes: [id("n1")] });
  expect(w.note("n1")).toMatchObject({
    text: "Hallo",
    x: 64,
    cluster: "c1",
    author: "me",
    created: 1000,
    unsaved: true,
  });
  expect(w.wall.clusters.get(id("c1"))?.notes).toEqual(["n1"]);
  w.do({ kind: "note.delete", note: id("n1") });
  expect(w.note("n1")).toBeUndefined();
  expect(w.wall.clusters.get(id("c1"))?.notes).toEqual([]);
  w.do({ kind: "note.restore", note: id("n1") });
  expect(w.note("n1")).toMatchObject({ text: "Hallo", cluster: "c1" });
});

test("typing shows and waits until it is on the board", () => {
  const w = wallOf([note("n1", { text: "een" })]);
  w.bench.typed.set(id("n1"), "een twee");
  w.wall.update(w.bench, [], [id("n1")]);
  expect(w.note("n1")).toMatchObject({ text: "een twee", unsaved: true });
  w.bench.typed.clear();
  w.hear([{ note: { id: id("n1"), edit: { base: id("rev-n1"), rev: id("r2"), runs: [3, " twee"] } } }]);
  expect(w.note("n1")).toMatchObject({ text: "een twee", unsaved: false, rev: "r2" });
});

test("a moved cluster does not jump twice between what the board tells and its answer", () => {
  const cluster: Change = { cluster: { id: id("c1"), title: "", order: 1, created: 1 } };
  const w = wallOf([cluster, note("n1", { cluster: id("c1") }), note("n2", { cluster: id("c1"), x: 10000 })]);
  const step: Op = { kind: "cluster.move", cluster: id("c1"), dx: 64, dy: 0 };
  w.do(step);
  w.do(step);
  w.do(step);
  expect([w.note("n1")?.x, w.note("n2")?.x]).toEqual([192, 10192]);
  const at = (x: number): Change[] => [{ note: { id: id("n1"), x } }, { note: { id: id("n2"), x: 10000 + x } }];
  w.told.length = 0;
  w.hear(at(128)); // two of them in one frame
  expect([w.note("n1")?.x, w.note("n2")?.x]).toEqual([192, 10192]);
  w.hear([], 2);
  w.hear(at(192));
  w.hear([], 1);
  expect([w.note("n1")?.x, w.note("n2")?.x]).toEqual([192, 10192]);
  expect(w.note("n1")?.unsaved).toBe(false);
  expect(w.told).toHaveLength(1); // only that they wait no more
});

test("a note that somebody deletes right behind its making does not come back before the answer", () => {
  const w = wallOf([]);
  w.do({ kind: "note.create", note: id("n1"), x: 0, y: 0, w: 6400, h: 6400, rev: id("r") });
  w.hear([note("n1"), { note: { id: id("n1"), deleted: true } }]);
  expect(w.note("n1")).toBeUndefined();
});

test("undo of what waits takes it away, and it stays away while the two are answered one by one", () => {
  const w = wallOf([note("n1")]);
  w.do(move("n1", 640, 0));
  w.do({ kind: "undo", n: 1 });
  expect(w.note("n1")?.x).toBe(0);
  w.hear([{ note: { id: id("n1"), x: 640 } }]);
  w.hear([], 1);
  expect(w.note("n1")?.x).toBe(0);
  w.hear([{ note: { id: id("n1"), x: 0 } }], 1);
  expect(w.note("n1")).toMatchObject({ x: 0, unsaved: false });
  w.do({ kind: "redo", n: 2 });
  expect(w.note("n1")?.x).toBe(640);
});

test("undo of what is done shows without a connection, save where others changed it since", () => {
  const w = wallOf([note("n1"), note("n2")]);
  w.do({ kind: "batch", ops: [move("n1", 640, 0), move("n2", 640, 0)] });
  w.hear([{ note: { id: id("n1"), x: 640 } }, { note: { id: id("n2"), x: 640 } }], 1);
  w.hear([{ note: { id: id("n2"), x: 6400 } }]);
  w.do({ kind: "undo", n: 1 });
  expect([w.note("n1")?.x, w.note("n2")?.x]).toEqual([0, 6400]);
});

test("a target that moves takes the rings along, before and after the board says so", () => {
  const w = wallOf([target, note("n1", { ring: id("core") }), note("n2", { x: 10 ** 7 })]);
  w.do({ kind: "area.move", area: id("target"), x: 10 ** 7, y: 0 });
  expect([w.note("n1")?.ring, w.note("n2")?.ring]).toEqual(["", "core"]);
  expect(w.note("n1")?.unsaved).toBe(false);
  w.hear([
    { area: { id: id("target"), x: 10 ** 7, y: 0 } },
    { note: { id: id("n1"), ring: "" } },
    { note: { id: id("n2"), ring: id("core") } },
  ]);
  expect(w.told).toHaveLength(1);
  w.hear([], 1);
  expect([w.note("n1")?.ring, w.note("n2")?.ring]).toEqual(["", "core"]);
});

test("a refused move of a target gives the rings back", () => {
  const w = wallOf([target, note("n1", { ring: id("core") })]);
  w.do({ kind: "area.move", area: id("target"), x: 10 ** 7, y: 0 });
  expect(w.note("n1")?.ring).toBe("");
  w.hear([], 1);
  expect(w.note("n1")?.ring).toBe("core");
});

test("ops that change their order or come between others are done in order", () => {
  const w = wallOf([note("n1")]);
  w.do(move("n1", 64, 0));
  w.do(move("n1", 128, 0));
  w.bench.waiting.reverse(); // the first had to be numbered anew
  w.wall.update(w.bench, []);
  expect(w.note("n1")?.x).toBe(64);
  w.bench.waiting.unshift({ ticket: 9, n: 9, op: { kind: "note.recolour", note: id("n1"), colour: 7 }, acked: false });
  w.wall.update(w.bench, []);
  expect(w.note("n1")).toMatchObject({ x: 64, colour: 7 });
});

test("an op that the board has may be done again on the copy, but a cluster is not moved again", () => {
  const cluster: Change = { cluster: { id: id("c1"), title: "", order: 1, created: 1 } };
  const w = wallOf([cluster, note("n1", { cluster: id("c1") })]);
  const acked = { n: 1, acked: true };
  w.bench.waiting = [
    { ...acked, ticket: 1, op: { kind: "cluster.move", cluster: id("c1"), dx: 64, dy: 0 } },
    { ...acked, ticket: 2, n: 2, op: { kind: "note.recolour", note: id("n1"), colour: 4 } },
  ];
  w.wall.update(w.bench, "all");
  expect(w.note("n1")).toMatchObject({ x: 0, colour: 4, unsaved: false });
});

test("a new copy tells that everything may be another", () => {
  const w = wallOf([note("n1")]);
  w.do(move("n1", 640, 0));
  w.wall.update(w.bench, "all");
  expect(w.told.at(-1)?.all).toBe(true);
  expect(w.note("n1")?.x).toBe(640);
});

test("an update costs what changed, not what there is or waits", () => {
  const many = Array.from({ length: 2000 }, (_, i) => note(`n${i}`));
  const w = wallOf(many);
  for (let i = 0; i < 300; i++) w.bench.submit(move(`n${i}`, 64, 64));
  w.wall.update(w.bench, []);
  const untouched = new Map(w.wall.notes);
  w.hear([{ note: { id: id("n7"), colour: 3 } }]);
  const others = [...w.wall.notes].filter(([name, now]) => untouched.get(name) !== now).map(([name]) => name);
  expect(others).toEqual(["n7"] satisfies string[] as ID[]);
  expect([...(w.told.at(-1)?.notes ?? [])]).toEqual(["n7"]);
});
