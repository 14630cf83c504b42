import { expect, test } from "vitest";
import type { Op } from "../protocol.gen";
import { id } from "./testing";
import { canBeUndone, UndoStack } from "./undo";

const move: Op = { kind: "note.move", note: id("n1"), x: 0, y: 0 };

function stackOf() {
  let tickets = 0;
  const sent: Op[] = [];
  const submit = (op: Op) => {
    sent.push(op);
    return ++tickets;
  };
  const stack = new UndoStack((ticket) => (ticket === 99 ? undefined : { n: ticket }));
  return {
    stack,
    sent,
    submit,
    do: (op: Op = move) => stack.did(submit(op), op),
    undo: () => stack.undo(submit),
    redo: () => stack.redo(submit),
    /** what was submitted since the last call, as kind and number */
    taken: () => sent.splice(0).map((op) => ("n" in op ? `${op.kind} ${op.n}` : op.kind)),
  };
}

test("newest first, there and back, each naming the op that it takes back", () => {
  const s = stackOf();
  s.do();
  s.do();
  s.taken();
  expect([s.undo(), s.undo(), s.undo()]).toEqual([true, true, false]);
  expect(s.taken()).toEqual(["undo 2", "undo 1"]);
  expect([s.redo(), s.redo(), s.redo()]).toEqual([true, true, false]);
  expect(s.taken()).toEqual(["redo 4", "redo 3"]);
  s.undo();
  expect(s.taken()).toEqual(["undo 6"]);
});

test("a new act ends what could be done again", () => {
  const s = stackOf();
  s.do();
  s.undo();
  expect(s.stack.canRedo).toBe(true);
  s.do();
  expect([s.stack.canUndo, s.stack.canRedo]).toEqual([true, false]);
});

test("what the board refused is nothing to take back", () => {
  const s = stackOf();
  s.do();
  s.do();
  s.stack.refused(2);
  s.taken();
  s.undo();
  expect(s.taken()).toEqual(["undo 1"]);
  s.stack.refused(3);
  expect(s.redo()).toBe(false);
});

test("typing in one note is one act of several ops, in another note a second one", () => {
  const s = stackOf();
  for (const [note, ticket] of [
    ["n1", 11],
    ["n1", 12],
    ["n2", 13],
    ["n1", 14],
  ] as const) {
    s.stack.typed(id(note));
    s.stack.sent(id(note), ticket, s.submit);
  }
  s.undo();
  s.undo();
  s.undo();
  expect(s.taken()).toEqual(["undo 14", "undo 13", "undo 12", "undo 11"]);
  s.redo();
  expect(s.taken()).toEqual(["redo 4", "redo 3"]); // the undo of 11, then that of 12
});

test("typing that is sent when it was taken back is taken back as it goes", () => {
  const s = stackOf();
  s.stack.typed(id("n1"));
  expect(s.undo()).toBe(true);
  expect(s.taken()).toEqual([]);
  s.stack.sent(id("n1"), 7, s.submit);
  expect(s.taken()).toEqual(["undo 7"]);
  s.redo();
  expect(s.taken()).toEqual(["redo 1"]);
});

test("an op that the board cannot know by a number is passed over", () => {
  const s = stackOf();
  s.stack.did(99, move);
  expect(s.undo()).toBe(true);
  expect(s.taken()).toEqual([]);
});

test("people and perspectives are not taken back, a batch with a note in it is", () => {
  expect(canBeUndone({ kind: "participant.rename", name: "Noor" })).toBe(false);
  expect(canBeUndone({ kind: "perspective.rename", perspective: id("p"), label: "A" })).toBe(false);
  expect(canBeUndone({ kind: "undo", n: 1 })).toBe(false);
  expect(canBeUndone({ kind: "board.delete" })).toBe(false);
  expect(canBeUndone({ kind: "batch", ops: [{ kind: "participant.colour", colour: 1 }, move] })).toBe(true);
});

test("as many acts as the board can take back", () => {
  const s = stackOf();
  for (let i = 0; i < 150; i++) s.do();
  let count = 0;
  while (s.undo()) count++;
  expect(count).toBe(100);
});
