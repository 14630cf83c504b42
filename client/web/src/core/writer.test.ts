import { describe, expect, test } from "vitest";
import { ident, live, Table, title, unknownWriter, writerID } from "./testing/table";

/** Says hello, which must ask for a new writer, and welcomes that. */
function newWriter(b: Table, base = 0): void {
  b.sent = [];
  b.start();
  expect(b.hello().writer).toBeUndefined();
  b.welcome({ id: ident("second"), secret: "new", last: 0 }, base);
}

/** Ends the connection since the writer takes no new numbers, and is welcomed by it again. */
function outOfUse(b: Table, last: number): void {
  b.get(unknownWriter);
  expect(b.drop()).toBe(0);
  b.sent = [];
  b.start();
  expect(b.hello().writer).toBe("secret");
  b.welcome({ id: writerID, last }, 0);
}

test("W10 a board that lost numbers gets the outbox from a new writer", () => {
  const b = new Table({
    writerSecret: "old",
    outbox: [
      { n: 7, op: title("a") },
      { n: 8, op: title("b") },
      { n: 9, op: { kind: "undo", n: 8 } },
      { n: 10, op: { kind: "undo", n: 3 } },
    ],
  });
  b.start();
  b.welcome({ id: writerID, last: 5 }, 1);
  expect(b.notices("writerLost")).toEqual([{ kind: "writerLost", restored: true, unsaved: 4 }]);
  expect(b.bye).toBe(true);
  expect(b.drop()).toBe(0);
  newWriter(b, 1);
  b.base("g/5", "hello");
  expect(b.numbers()).toEqual(["1 cluster.rename", "2 cluster.rename", "3 undo", "4 undo"]);
  // An undo names the new number of what moved, and the old writer for what did not. That one was never welcomed here.
  expect(b.core.outbox().map((q) => q.op)).toEqual([
    title("a"),
    title("b"),
    { kind: "undo", n: 2 },
    { kind: "undo", n: 3 },
  ]);
  expect(b.core.writer).toEqual({ id: ident("second"), secret: "new" });
});

test("W10 an undo of what stayed behind names its writer", () => {
  const b = live();
  b.submit(title("a"));
  b.own(1, 1);
  b.submit({ kind: "undo", n: 1 });
  b.submit({ kind: "redo", n: 2 });
  b.drop();
  b.start();
  b.welcome({ id: writerID, last: 0 }, 1);
  b.drop();
  newWriter(b, 1);
  expect(b.core.outbox().map((q) => q.op)).toEqual([
    { kind: "undo", writer: writerID, n: 1 },
    { kind: "redo", n: 1 },
  ]);
});

test("W11 a hello that is answered with writer_unknown: the whole outbox moves", () => {
  const b = live();
  b.submit(title("a"));
  b.drop();
  b.start();
  b.get(unknownWriter);
  expect(b.core.closed({ close: 4007 }, b.now)).toBeDefined();
  newWriter(b);
  expect(b.numbers()).toEqual(["1 cluster.rename"]);
  expect(b.notices("writerLost")).toHaveLength(1);
  expect(b.notices("writerMade").map((n) => n.secret)).toEqual(["secret", "new"]);
});

// Moved with the others, what the old writer has would be done twice.
test("W11 a writer out of use keeps what the board has of it until that is saved", () => {
  const b = live();
  const landed = b.submit(title("a"));
  b.own(1, 0);
  b.submit(title("b"));
  outOfUse(b, 1);
  expect(b.numbers()).toEqual(["1 cluster.rename"]);
  b.own(1, 0);
  expect(b.bye).toBe(false);
  b.own(0, 1);
  expect(b.notices("saved")).toEqual([{ kind: "saved", ticket: landed, writer: writerID, n: 1 }]);
  expect(b.bye).toBe(true);
  b.drop();
  newWriter(b);
  expect(b.numbers()).toEqual(["1 cluster.rename"]);
  expect(b.core.outbox()).toEqual([{ n: 1, op: title("b") }]);
  b.own(1, 1);
  expect(b.core.unsaved()).toBe(0);
  expect(b.notices("writerLost")).toHaveLength(1);
});

describe("W6, W11 what a writer out of use has, only its welcome says", () => {
  test.each([
    ["acked behind an op that was given up", 2],
    ["not told", 0],
  ])("%s", (_, acked) => {
    const b = live();
    const first = b.submit(title("a"));
    b.submit(title("b"));
    b.giveUp(first);
    b.submit(title("c"));
    if (acked > 0) b.own(acked, acked);
    outOfUse(b, 2);
    expect(b.numbers()).toEqual(["1 void", "2 cluster.rename"]);
    b.own(2, 2, { 1: "void" });
    expect(b.bye).toBe(true);
    b.drop();
    newWriter(b);
    expect(b.core.outbox()).toEqual([{ n: 1, op: title("c") }]);
  });
});

test("W6, W11 an op that was given up does not go with a new writer", () => {
  const b = live();
  const ticket = b.submit(title("a"));
  b.giveUp(ticket);
  outOfUse(b, 0);
  b.drop();
  newWriter(b);
  expect(b.notices("acked")).toMatchObject([{ ticket, refused: { code: "void" } }]);
  expect(b.notices("saved")).toMatchObject([{ ticket, n: 0, refused: { code: "void" } }]);
  expect(b.core.unsaved()).toBe(0);
});

test("W9 numbers that an earlier page used and did not store are filled", () => {
  const b = new Table({ writerSecret: "old", outbox: [{ n: 3, op: title("a") }] });
  b.start();
  b.welcome({ id: writerID, last: 5 }, 0);
  expect(b.numbers()).toEqual(["3 cluster.rename", "4 void", "5 void"]);
  b.own(5, 5, { 4: "conflict", 5: "conflict" });
  expect(b.core.unsaved()).toBe(0);
  b.submit(title("b"));
  expect(b.numbers()).toEqual(["6 cluster.rename"]);
});
