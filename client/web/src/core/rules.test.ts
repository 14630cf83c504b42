import { describe, expect, test } from "vitest";
import { type Code, limits } from "../protocol.gen";
import { ClosedError, Core, RefusedError } from "./index";
import { gapRetry } from "./own";
import { ident, live, meID, newNote, noteID, rev0, Table, title, writerID } from "./testing/table";

test("W3 an op stays in the outbox until it is saved and acked", () => {
  const b = live();
  b.submit(title("a"));
  b.submit(title("b"));
  expect(b.numbers()).toEqual(["1 cluster.rename", "2 cluster.rename"]);
  b.own(0, 2);
  expect(b.core.outbox()).toHaveLength(2);
  b.own(1, 0);
  expect(b.core.outbox().map((q) => q.n)).toEqual([2]);
  b.rewind();
  b.own(2, 0);
  expect(b.core.outbox()).toHaveLength(1); // an ack from before the rewind does not count
  b.welcome({ id: writerID, last: 2 }, 1);
  b.base("g/5", "hello");
  expect(b.numbers()).toEqual(["2 cluster.rename"]);
  b.own(2, 0);
  expect(b.core.unsaved()).toBe(0);
});

test("W8, W9 what is not acked is sent again after welcome", () => {
  const b = live();
  for (let i = 0; i < 3; i++) b.submit(title("a"));
  b.own(1, 1, { 1: "missing" });
  b.sent = [];
  expect(b.drop()).toBe(250);
  b.start();
  expect(b.hello()).toMatchObject({ writer: "secret", at: "h/5" });
  b.welcome({ id: writerID, last: 2 }, 0);
  expect(b.numbers()).toEqual(["2 cluster.rename", "3 cluster.rename"]);
  expect(b.notices("acked").map((n) => n.refused?.code)).toEqual(["missing"]);
});

test("W3, W9 acks of what was not submitted again say nothing", () => {
  const b = live();
  b.submit(title("a"));
  b.submit(title("b"));
  b.drop();
  b.start();
  b.welcome({ id: writerID, last: 2 }, 1);
  b.sent = [];
  b.own(2, 2);
  expect(b.notices("acked")).toEqual([]);
  expect(b.numbers()).toEqual([]); // nothing before the end of the base
  b.base("h/7", "hello");
  expect(b.numbers()).toEqual(["1 cluster.rename", "2 cluster.rename"]);
  b.own(1, 1);
  b.own(2, 2, { 2: "gone" });
  expect(b.notices("acked").map((n) => n.refused?.code)).toEqual([undefined, "gone"]);
});

test("W2 a window of 64", () => {
  const b = live();
  for (let i = 0; i < limits.maxOutstanding + 5; i++) b.submit(title("a"));
  expect(b.numbers()).toHaveLength(limits.maxOutstanding);
  b.own(3, 0);
  expect(b.numbers()).toHaveLength(3);
});

test("F1 frames stay small", () => {
  const b = live();
  for (let i = 0; i < 20; i++) b.submit(newNote(ident(`n${i}`), rev0, "é".repeat(9000)));
  for (const f of b.sent) {
    expect(new TextEncoder().encode(JSON.stringify(f)).length).toBeLessThanOrEqual(limits.maxFrame);
  }
  expect(b.numbers()).toHaveLength(20);
});

test("W7 not now: the same numbers, later", () => {
  const b = live();
  for (let i = 0; i < 3; i++) b.submit(title("a"));
  b.sent = [];
  b.get({ type: "notnow", n: 2, code: "busy", message: "", retry: 300 });
  b.own(1, 1);
  b.own(0, 0, { 3: "gap" });
  b.submit(title("d"));
  b.pass(299);
  expect(b.numbers()).toEqual([]);
  expect(b.core.next()).toBe(b.now + 1);
  b.pass(1);
  expect(b.numbers()).toEqual(["2 cluster.rename", "3 cluster.rename", "4 cluster.rename"]);
});

test("W7 not now, of a repeat that has left the outbox since", () => {
  const b = live();
  b.submit(title("a"));
  b.submit(title("b"));
  b.sent = [];
  b.own(1, 1);
  b.get({ type: "notnow", n: 1, code: "rate_limited", message: "", retry: 100 });
  b.pass(100);
  expect(b.numbers()).toEqual(["1 void", "2 cluster.rename"]);
  b.own(2, 2, { 1: "conflict" });
  expect(b.core.unsaved()).toBe(0);
});

test("W5 a gap: from the number that is missing", () => {
  const b = live();
  b.submit(title("a"));
  b.submit(title("b"));
  b.sent = [];
  b.own(0, 0, { 2: "gap" });
  expect(b.numbers()).toEqual([]);
  b.pass(gapRetry);
  expect(b.numbers()).toEqual(["1 cluster.rename", "2 cluster.rename"]);
});

test("W5 a conflict: the op gets a new number", () => {
  const b = live();
  const ticket = b.submit(title("a"));
  b.submit(title("b"));
  b.sent = [];
  b.own(2, 2, { 1: "conflict" });
  expect(b.numbers()).toEqual(["3 cluster.rename"]);
  b.own(3, 3);
  const last = b.notices("acked").at(-1);
  expect(last).toMatchObject({ ticket, n: 3 });
  expect(last?.refused).toBeUndefined();
});

describe("W6 giving up", () => {
  test.each<[string, [number, Record<number, Code>][], Code | undefined]>([
    ["the void comes first", [[1, { 1: "void" }]], "void"],
    [
      "the op came first",
      [
        [1, {}],
        [1, { 1: "conflict" }],
      ],
      undefined,
    ],
    [
      "the op came first, and its ack is not told again",
      [
        [1, {}],
        [0, { 1: "conflict" }],
      ],
      undefined,
    ],
    [
      "the op came first and was refused",
      [
        [1, { 1: "gone" }],
        [1, { 1: "conflict" }],
      ],
      "gone",
    ],
  ])("%s", (_, answers, code) => {
    const b = live();
    const ticket = b.submit(title("a"));
    b.sent = [];
    b.giveUp(ticket);
    expect(b.numbers()).toEqual(["1 void"]);
    expect(b.core.pending()).toEqual([]);
    for (const [acked, refused] of answers) b.own(acked, 0, refused);
    expect(b.notices("acked").map((n) => [n.refused?.code, n.op.kind])).toEqual([[code, "cluster.rename"]]);
    expect(b.core.giveUp(ticket)).toBe(false);
  });

  // Acks of what came behind ops that are given up too late do not say what became of them: one more connection asks.
  test("too late, on an earlier connection, of many", () => {
    const b = live();
    const tickets = [b.submit(title("a")), b.submit(title("b")), b.submit(title("c"))];
    b.drop();
    for (const ticket of tickets) b.giveUp(ticket);
    b.start();
    b.welcome({ id: writerID, last: 3 }, 0);
    b.own(3, 3, { 1: "conflict", 2: "conflict", 3: "conflict" });
    expect(b.bye).toBe(true);
    expect(b.notices("acked")).toEqual([]);
    b.drop();
    b.sent = [];
    b.start();
    b.welcome({ id: writerID, last: 3 }, 0);
    expect(b.numbers()).toEqual(["1 cluster.rename", "2 cluster.rename", "3 cluster.rename"]);
    b.own(3, 3, { 2: "gone" });
    expect(b.notices("saved").map((n) => n.refused?.code)).toEqual([undefined, "gone", undefined]);
    expect(b.bye).toBe(false);
  });

  // The board said that the op stands, lost it, and took a void that was on its way: the op is asked for, and has a conflict.
  test("a void that came first after all", () => {
    const b = live();
    const ticket = b.submit(title("a"));
    b.giveUp(ticket);
    b.drop();
    b.start();
    b.welcome({ id: writerID, last: 1 }, 0);
    b.own(1, 0, { 1: "conflict" });
    expect(b.bye).toBe(true);
    b.drop();
    b.start();
    b.sent = [];
    b.welcome({ id: writerID, last: 1 }, 1);
    b.base("g/5", "hello");
    expect(b.numbers()).toEqual(["1 cluster.rename"]);
    b.own(1, 1, { 1: "conflict" });
    expect(b.notices("acked").map((n) => n.refused?.code)).toEqual(["void"]);
    expect(b.core.unsaved()).toBe(0);
  });
});

test("W2, W5 an outbox that was never welcomed has no numbers", () => {
  const before = new Table({ writerSecret: "old" });
  before.submit(title("a"));
  before.submit(title("b"));
  const left = before.core.outbox();
  expect(left.map((q) => q.n)).toEqual([0, 0]);
  const b = new Table({ writerSecret: "old", outbox: left });
  b.start();
  b.welcome({ id: writerID, last: 6 }, 0);
  expect(b.numbers()).toEqual(["7 cluster.rename", "8 cluster.rename"]);
  const some = [
    { n: 0, op: title("a") },
    { n: 1, op: title("b") },
  ];
  expect(() => new Core({ token: "", outbox: some })).toThrow();
  expect(() => new Core({ token: "", outbox: some.toReversed() })).toThrow();
});

test("who only watches submits nothing and has no writer", () => {
  const b = new Table({ watch: true });
  b.start();
  expect(b.hello()).toEqual({ type: "hello", version: 1, token: "token", watch: true });
  expect(() => b.core.submit(title("a"))).toThrow(RefusedError);
  expect(() => b.core.type(noteID, "", "a")).toThrow(RefusedError);
});

describe("C9, C10 coming back", () => {
  test.each([
    [{ close: 4000, retry: 1000 }, 1250],
    [{ close: 4001 }, 250],
    [{ code: "busy", retry: 400 } as const, 500],
    [{ close: 1006 }, 250],
    [{ close: 4510 }, undefined],
    [{ close: 1009 }, undefined],
    [{ code: "token_unknown" } as const, undefined],
  ])("%j", (cause, wait) => {
    const b = live();
    const when = b.core.closed(cause, b.now);
    expect(when).toBe(wait === undefined ? undefined : b.now + wait);
    expect(b.core.state).toBe(wait === undefined ? "closed" : "offline");
    if (wait === undefined) expect(() => b.core.submit(title("a"))).toThrow(ClosedError);
    else expect(b.submit(title("a"))).toBe(1);
  });

  test("the waits grow, and a pong ends that", () => {
    const b = live();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      waits.push(b.drop());
      b.start();
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    b.welcome({ id: writerID, last: 0 }, 0);
    b.get({ type: "pong", time: 0 });
    expect(b.drop()).toBe(250);
  });

  test("what bye says goes before what the transport saw", () => {
    const b = live();
    b.get({ type: "bye", code: "quarantined", close: 4509, message: "Set aside." });
    expect(b.bye).toBe(true);
    expect(b.core.closed({ close: 1006 }, b.now)).toBeUndefined();
    expect(b.core.why).toEqual({ code: "quarantined", close: 4509, message: "Set aside." });
  });

  test("W1 replaced once comes back, twice within a minute does not", () => {
    const b = live();
    expect(b.core.closed({ close: 4003 }, b.now)).toBeDefined();
    b.start();
    b.pass(61_000);
    expect(b.core.closed({ close: 4003 }, b.now)).toBeDefined();
    b.start();
    b.pass(1000);
    expect(b.core.closed({ close: 4003 }, b.now)).toBeUndefined();
    expect(b.core.why?.code).toBe("replaced");
  });
});

test("C7 pings every 5 s, and hangs up after 12 s of silence", () => {
  const b = live();
  for (let pings = 0; pings < 3; pings++) {
    b.pass((b.core.next() ?? b.now) - b.now);
    expect(b.sent).toEqual([{ type: "ping", at: "h/5" }]);
    b.sent = [];
    b.get({ type: "pong", time: 0 });
  }
  expect(b.bye).toBe(false);
  b.pass(11_999);
  expect(b.bye).toBe(false);
  b.pass(1);
  expect(b.bye).toBe(true);
});

describe("C3 a message out of order ends the connection", () => {
  test.each<[string, (b: Table) => void]>([
    ["changes before welcome", (b) => b.changed("h/6", { x: 1 })],
    [
      "changes within a base",
      (b) => {
        b.welcome({ id: writerID, secret: "secret", last: 0 }, 2);
        b.changed("h/6", { x: 1 });
      },
    ],
    [
      "a part of a base too early",
      (b) => {
        b.welcome({ id: writerID, secret: "secret", last: 0 }, 2);
        b.core.receiveBase({ part: 2, of: 2, seq: 1, changes: [] }, b.now);
        b.take();
      },
    ],
    ["what is not JSON", (b) => b.core.receive("{", b.now)],
    ["what is no frame", (b) => b.core.receive("null", b.now)],
  ])("%s", (_, come) => {
    const b = new Table();
    b.start();
    come(b);
    b.take();
    expect(b.bye).toBe(true);
  });

  test("F3 an unknown frame is passed over", () => {
    const b = live();
    b.core.receive('{"type":"fireworks"}', b.now);
    b.take();
    expect(b.bye).toBe(false);
  });
});

test("C6, C8 the role and who is here", () => {
  const b = live();
  b.get({ type: "own", role: "facilitator" });
  expect(b.notices("role").map((n) => n.role)).toEqual(["contributor", "facilitator"]);
  b.get({ type: "signal", signals: [{ kind: "here", from: meID }] });
  expect([...b.core.here]).toEqual([meID]);
  b.core.receive(JSON.stringify({ type: "signal", signals: [{ kind: "gone", from: meID }] }), b.now);
  expect(b.take().signals).toEqual([{ kind: "gone", from: meID }]);
  expect([...b.core.here]).toEqual([]);
});

test("C8 of each kind of signal the latest, within the rate", () => {
  const b = live();
  b.core.signal({ kind: "cursor", x: 1, y: 1 });
  b.core.signal({ kind: "selection", objects: [noteID] });
  b.core.signal({ kind: "cursor", x: 2, y: 2 });
  b.take();
  expect(b.sent).toEqual([
    {
      type: "signal",
      signals: [
        { kind: "selection", objects: [noteID] },
        { kind: "cursor", x: 2, y: 2 },
      ],
    },
  ]);
  b.sent = [];
  b.core.signal({ kind: "cursor", x: 3, y: 3 });
  b.take();
  expect(b.sent).toEqual([]);
  expect(b.core.next()).toBe(b.now + 50); // two signals at 40 a second
  b.pass(50);
  expect(b.sent).toHaveLength(1);
  expect(() => b.core.signal({ kind: "cursor", x: 0.5, y: 0 })).toThrow(RefusedError);
});

test("pending has what the view may not have", () => {
  const b = live();
  const [first, second] = [b.submit(title("a")), b.submit(title("b"))];
  const pending = () => b.core.pending().map((p) => [p.ticket, p.acked]);
  b.own(1, 0);
  expect(pending()).toEqual([[second, false]]);
  b.drop();
  b.start();
  b.welcome({ id: writerID, last: 2 }, 0);
  expect(pending()).toEqual([[second, true]]);
  b.own(2, 0);
  expect(pending()).toEqual([]);
  b.rewind();
  b.welcome({ id: writerID, last: 1 }, 1);
  b.base("g/5", "hello");
  expect(pending()).toEqual([
    [first, true],
    [second, false],
  ]);
  b.core.receive('{"type":"own","acked":2}', b.now);
  expect(b.take().pending).toBe(true);
  expect(pending()).toEqual([]);
});

test("take hands over what was folded, in order, and says when all is new", () => {
  const b = live();
  expect(b.folded).toEqual(["all"]);
  const note = b.core.view.notes.get(noteID);
  b.changed("h/6", { x: 1 }, { x: 2 });
  b.changed("h/7", { y: 3 });
  expect(b.folded.slice(1)).toEqual([
    [{ note: { id: noteID, x: 1 } }, { note: { id: noteID, x: 2 } }],
    [{ note: { id: noteID, y: 3 } }],
  ]);
  expect(note).toMatchObject({ x: 2, y: 3, text: "hello" });
  expect(b.core.view.notes.get(noteID)).toBe(note); // changed in place, nothing is copied
});
