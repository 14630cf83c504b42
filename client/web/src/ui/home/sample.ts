/**
 * A board to try things on: a real work session of four knowledge centres, in Dutch. One person writes all of it, and
 * speaks for each centre in turn, so that every note has the perspective it had.
 */
import { newID, type Session } from "../../model";
import { limits, type Op } from "../../protocol.gen";
import session from "./session.json";

export const sampleCover = { title: session.title, question: session.question, language: session.language };

/** Half the width of the target's rings, core first, in board units. */
export const ringSizes = [810, 1260] as const;
const noteSize = 176;

/** Where the notes of each cluster lie, then those of none: centres in board units around the target's. */
export const places: readonly (readonly (readonly [x: number, y: number])[])[] = [
  [
    [-820, -327],
    [-632, -327],
    [-444, -327],
    [-1008, -139],
    [-820, -139],
    [-632, -139],
    [-444, -139],
  ],
  [
    [460, -327],
    [648, -327],
    [836, -327],
    [1024, -327],
    [460, -139],
    [648, -139],
    [836, -139],
    [1024, -139],
  ],
  [
    [-487, 252],
    [-299, 252],
    [-675, 440],
    [-487, 440],
    [-299, 440],
    [-675, 628],
    [-487, 628],
  ],
  [
    [308, 252],
    [496, 252],
    [308, 440],
    [684, 440],
    [308, 628],
    [496, 628],
    [684, 628],
  ],
  [
    [-279, -604],
    [-91, -604],
    [97, -604],
    [285, -604],
    [-188, -358],
    [0, -358],
    [188, -358],
    [-188, -170],
    [0, -170],
    [188, -170],
  ],
  [
    [-927, 188],
    [880, 170],
    [-62, 668],
  ],
];

/** Which ring a centre lies in: 0 is the core. Targets are ellipses 10:7. */
export function ringOf([x, y]: readonly [number, number]): number {
  const radius = Math.hypot(x, y / 0.7);
  return ringSizes.findIndex((size) => radius <= size);
}

/** What one person does to make the board, in order. */
export function sampleOps(): Op[] {
  const groups = session.perspectives.map((label) => ({ id: newID(), label }));
  const free = places.map((slots) => [...slots]);
  const notes = session.notes.map((note) => {
    const slots = free[note.cluster ?? session.clusters.length] ?? [];
    const at = slots.findIndex((slot) => ringOf(slot) === (note.core ? 0 : 1));
    const [x, y] = slots.splice(at, 1)[0] ?? [0, 0];
    return { ...note, id: newID(), x, y };
  });
  const scale = (n: number) => n * limits.unit;
  const setUp: Op[] = groups.map(({ id, label }) => ({ kind: "perspective.add", perspective: id, label }));
  setUp.push({
    kind: "area.create",
    area: newID(),
    form: "target",
    x: 0,
    y: 0,
    rings: session.rings.map((label, i) => ({ id: newID(), label, size: scale(ringSizes[i] ?? 0) })),
  });
  const ops: Op[] = [{ kind: "batch", ops: setUp }];
  for (const [i, group] of groups.entries()) {
    const written: Op[] = notes
      .filter((note) => note.perspective === i)
      .map((note) => ({
        kind: "note.create",
        note: note.id,
        x: scale(note.x - noteSize / 2),
        y: scale(note.y - noteSize / 2),
        w: scale(noteSize),
        h: scale(noteSize),
        text: note.text,
        rev: newID(),
      }));
    ops.push({ kind: "participant.perspective", perspective: group.id }, { kind: "batch", ops: written });
  }
  ops.push({ kind: "participant.perspective" });
  ops.push({
    kind: "batch",
    ops: session.clusters.map((title, i) => ({
      kind: "cluster.create",
      cluster: newID(),
      title,
      notes: notes.filter((note) => note.cluster === i).map((note) => note.id),
    })),
  });
  return ops;
}

/** Does all of it and waits until it is durable. */
export function playSample(on: Session): Promise<void> {
  for (const op of sampleOps()) on.do(op);
  return new Promise((done, fail) => {
    const stop = on.subscribe(look);
    function look(): void {
      if (on.save.kind === "closed") fail(Object.assign(new Error("closed"), { code: on.save.code ?? "internal" }));
      else if (on.save.kind !== "saved") return;
      else done();
      stop();
    }
    look();
  });
}
