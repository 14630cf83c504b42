/**
 * Any sequence of own ops, others' ops and answers: the wall is at every moment what one made from scratch would be, tells
 * exactly what became another, and is the copy when all is answered. The board here does ops by the same rules, which
 * the stories hold against the real one.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Change, ID, Op, Ref } from "../protocol.gen";
import { fold } from "./fold";
import { LiveWall } from "./live";
import { Objects } from "./objects";
import { centre, ringAmong } from "./ring";
import { predict } from "./rules";
import { same } from "./shelf";
import { Bench, id, note, person, target } from "./testing";
import { type Scene, Turn, type Waiting } from "./turn";
import type { Touched, Wall } from "./types";

class Board {
  readonly objects = new Objects();
  #seq = 0;

  constructor(changes: readonly Change[]) {
    for (const change of changes) fold(this.objects, change);
    this.objects.settle(false);
  }

  apply(op: Op, me: Ref): Change[] {
    this.#seq++;
    const { objects } = this;
    const waiting: Waiting = {
      ticket: this.#seq - 2 ** 40, // what it makes lies by its number
      n: 0,
      op,
      at: 1000,
      acked: false,
      landed: false,
      place: 0,
      target: false,
      reads: new Set(),
      writes: new Set(),
      steps: new Map(),
    };
    const scene: Scene = {
      objects,
      me,
      writer: undefined,
      graves: new Map(),
      bury: () => {},
      textOf: () => undefined,
      record: () => undefined,
    };
    predict(new Turn(scene, waiting), op);
    for (const note of waiting.target ? [...objects.notes.now.values()] : []) {
      const { x, y } = centre(note);
      const ring = ringAmong(objects.targets, x, y);
      if (ring !== note.ring) objects.putNote(note.id, { ...note, ring });
    }
    const { notes, clusters, areas, connectors } = objects.settle(false);
    const gone = (of: ID) => ({ id: of, deleted: true as const });
    return [
      ...[...areas].map((k): Change => ({ area: objects.areas.now.get(k) ?? gone(k) }) as Change),
      ...[...clusters].map((k): Change => {
        const { notes: _, ...cluster } = objects.clusters.now.get(k) ?? { ...gone(k), notes: [] };
        return { cluster };
      }),
      ...[...notes].map((k): Change => {
        const { unsaved: _, ...note } = objects.notes.now.get(k) ?? { ...gone(k), unsaved: false };
        return { note: { ...note, tags: [...("tags" in note ? note.tags : [])] } };
      }),
      ...[...connectors].map((k): Change => ({ connector: objects.connectors.now.get(k) ?? gone(k) })),
    ];
  }
}

const some = (kind: string, count: number) => fc.integer({ min: 1, max: count }).map((k) => id(`${kind}${k}`));
const noteID = some("n", 9);
const clusterID = some("c", 4);
const place = fc.integer({ min: -60000, max: 60000 });
const size = fc.constantFrom(1024, 6400, 7001);
const simple: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    kind: fc.constant("note.create" as const),
    note: noteID,
    x: place,
    y: place,
    w: size,
    h: size,
    rev: noteID,
  }),
  fc.record({ kind: fc.constant("note.move" as const), note: noteID, x: place, y: place }),
  fc.record({ kind: fc.constant("note.resize" as const), note: noteID, x: place, y: place, w: size, h: size }),
  fc.record({ kind: fc.constant("note.recolour" as const), note: noteID, colour: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constantFrom("note.front" as const, "note.back" as const), note: noteID }),
  fc.record({ kind: fc.constant("note.delete" as const), note: noteID }),
  fc.record({ kind: fc.constant("cluster.create" as const), cluster: clusterID, notes: fc.uniqueArray(noteID) }),
  fc.record({ kind: fc.constant("cluster.assign" as const), cluster: clusterID, notes: fc.uniqueArray(noteID) }),
  fc.record({ kind: fc.constant("cluster.unassign" as const), notes: fc.uniqueArray(noteID) }),
  fc.record({ kind: fc.constant("cluster.move" as const), cluster: clusterID, dx: place, dy: place }),
  fc.record({ kind: fc.constant("cluster.delete" as const), cluster: clusterID }),
  fc
    .record({ kind: fc.constant("cluster.merge" as const), cluster: clusterID, from: clusterID })
    .filter((op) => op.cluster !== op.from),
  fc.record({ kind: fc.constant("area.move" as const), area: fc.constant(id("target")), x: place, y: place }),
  fc.record({ kind: fc.constant("area.delete" as const), area: fc.constant(id("target")) }),
  fc.record({ kind: fc.constant("connector.create" as const), connector: some("k", 3), from: noteID, to: clusterID }),
  fc.record({ kind: fc.constant("connector.delete" as const), connector: some("k", 3) }),
);
const anOp = fc.oneof(
  { weight: 5, arbitrary: simple },
  { weight: 1, arbitrary: fc.array(simple, { minLength: 1, maxLength: 4 }).map((ops): Op => ({ kind: "batch", ops })) },
);
const happening = fc.oneof(
  { weight: 4, arbitrary: anOp.map((op) => ({ do: "own" as const, op })) },
  { weight: 3, arbitrary: anOp.map((op) => ({ do: "other" as const, op })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => ({ do: "answer" as const, count })) },
  { weight: 1, arbitrary: fc.constant({ do: "base" as const }) },
);

/** Gives what an op makes an id of its own: an id is never used twice. */
function withFreshIDs(op: Op, made: { n: number; c: number; k: number }): Op {
  switch (op.kind) {
    case "batch":
      return { kind: "batch", ops: op.ops.map((part) => withFreshIDs(part, made)) };
    case "note.create":
      return { ...op, note: id(`n${++made.n}`) };
    case "cluster.create":
      return { ...op, cluster: id(`c${++made.c}`) };
    case "connector.create":
      return { ...op, connector: id(`k${++made.k}`) };
    default:
      return op;
  }
}

/** most of what ops name is there from the start */
const populated: Change[] = [
  person("me"),
  person("ben"),
  target,
  { cluster: { id: id("c1"), title: "een", order: 1, created: 1 } },
  { cluster: { id: id("c2"), title: "", order: 2, created: 1 } },
  note("n1", { cluster: id("c1"), ring: id("core"), tags: [] }),
  note("n2", { cluster: id("c1"), x: -9000, ring: id("core"), tags: [] }),
  note("n3", { cluster: id("c2"), x: 9000, ring: id("core"), tags: [] }),
  note("n4", { y: -9000, ring: id("core"), tags: [] }),
  note("n5", { y: 9000, ring: id("core"), tags: [] }),
  { connector: { id: id("k1"), from: id("n1"), to: id("c1"), label: "" } },
];

const kinds = ["notes", "clusters", "areas", "connectors"] as const;

function everything(wall: Wall) {
  return Object.fromEntries(kinds.map((kind) => [kind, new Map<ID, unknown>(wall[kind])])) as Record<
    (typeof kinds)[number],
    Map<ID, unknown>
  >;
}

/** Much faster than to expect, which is for saying what differs. */
function sameMaps(a: Map<ID, unknown>, b: Map<ID, unknown>): boolean {
  return a.size === b.size && [...a].every(([k, object]) => same(object, b.get(k)));
}

test("prediction", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30, size: "max" }), (happenings) => {
      const start = populated;
      const board = new Board(start);
      const bench = new Bench();
      bench.me = id("me");
      bench.fold(start);
      const wall = new LiveWall(() => 1000);
      wall.update(bench, "all");
      let told: Touched | undefined;
      wall.subscribe((touched) => {
        told = touched;
      });
      const update = (changes: readonly Change[] | "all") => {
        const before = everything(wall);
        told = undefined;
        if (changes !== "all") bench.fold(changes);
        wall.update(bench, changes);
        const scratch = new LiveWall(() => 1000);
        scratch.update(bench, "all");
        const now = everything(wall);
        for (const kind of kinds) {
          const wanted = everything(scratch)[kind];
          if (!sameMaps(now[kind], wanted)) expect(now[kind], kind).toEqual(wanted);
          if (changes === "all") continue;
          const ids = new Set([...before[kind].keys(), ...now[kind].keys()]);
          const others = [...ids].filter((k) => !same(before[kind].get(k), now[kind].get(k)));
          const touched = [...(told?.[kind] ?? [])];
          if (!same(touched.sort(), others.sort())) expect(touched, `touched ${kind}`).toEqual(others);
        }
      };
      const answer = (count: number) => {
        const answered = bench.waiting.slice(0, count);
        bench.ack(answered.length);
        update(answered.flatMap(({ op }) => board.apply(op, "me" as ID)));
      };
      const made = { n: 5, c: 2, k: 1 };
      for (const what of [...happenings, { do: "answer" as const, count: 100 }]) {
        if (what.do === "own") {
          bench.submit(withFreshIDs(what.op, made));
          update([]);
        } else if (what.do === "other") update(board.apply(withFreshIDs(what.op, made), id("ben")));
        else if (what.do === "answer") answer(what.count);
        else update("all");
      }
      const { objects } = board;
      const notes = new Map([...objects.notes.now].map(([k, note]) => [k, { ...note, unsaved: false }]));
      expect(new Map(wall.notes)).toEqual(notes);
      expect(new Map(wall.clusters)).toEqual(objects.clusters.now);
      expect(new Map(wall.areas)).toEqual(objects.areas.now);
      expect(new Map(wall.connectors)).toEqual(objects.connectors.now);
    }),
    { numRuns: 500 },
  );
}, 20_000);
