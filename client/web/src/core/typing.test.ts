import { describe, expect, test } from "vitest";
import type { Code } from "../protocol.gen";
import { RefusedError } from "./index";
import { ident, live, noteID, rev0, Table, writerID } from "./testing/table";

const other = ident("other");
const sixty = ident("sixty");

test("M5 one change in flight; what is typed meanwhile goes with the next", () => {
  const b = live();
  b.type("hello", "hello w");
  const first = b.noteText();
  b.type("hello w", "hello wo");
  b.type("hello wo", "hello wor");
  expect(b.sent).toEqual([]);
  b.arrives(rev0, other, ["Oh, ", 5]);
  expect(b.shown).toBe("Oh, hello wor");
  b.arrives(other, first.rev, [9, " w"]);
  expect(b.shown).toBe("Oh, hello wor");
  const second = b.noteText();
  expect(second).toMatchObject({ base: first.rev, runs: [11, "or"] });
  b.own(2, 2);
  b.arrives(first.rev, second.rev, second.runs);
  expect(b.kept).toBe("Oh, hello wor");
  expect(b.core.unsaved()).toBe(0);
  expect(b.core.typing()).toEqual([]);
});

test.each<Code>(["stale", "text_range", "text_surrogate"])("M6 a change refused as %s is made anew", (code) => {
  const b = live();
  b.type("hello", "hello w");
  b.noteText();
  b.type("hello w", "hello world");
  b.own(1, 0, { 1: code });
  expect(b.shown).toBe("hello world");
  expect(b.noteText()).toMatchObject({ base: rev0, runs: [5, " world"] });
});

describe("M8 the whole state comes while a change is on its way", () => {
  test.each<[string, number, string, Code | undefined]>([
    ["the board has it", 1, "Oh, hello w", undefined],
    ["the board refused it", 1, "Oh, hello", "stale"],
    ["the board never had it", 0, "Oh, hello", "void"],
  ])("%s", (_, last, text, code) => {
    const b = live();
    b.type("hello", "hello w");
    b.type("hello w", "hello world");
    b.rewind();
    b.welcome({ id: writerID, last }, 1);
    b.base("g/9", text, sixty);
    expect(b.shown).toBe("hello world"); // what is being typed stays as it is (A3)
    b.sent = [];
    b.own(1, 1, code === undefined ? {} : { 1: code });
    expect(b.shown).toBe("Oh, hello world");
    expect(b.noteText().base).toBe(sixty);
  });
});

test("M8 an ack ends the wait for an edit", () => {
  const b = live();
  b.type("hello", "hello w");
  b.noteText();
  b.type("hello w", "hello wo");
  b.changed("h/9", { deleted: true }, { text: "oh hello w", rev: sixty });
  expect(b.shown).toBe("hello wo");
  b.own(1, 1);
  expect(b.shown).toBe("oh hello wo");
  expect(b.noteText()).toMatchObject({ base: sixty, runs: [10, "o"] });
  b.drop();
  b.start();
  b.welcome({ id: writerID, last: 2 }, 0);
  b.changed("h/12", { text: "oh hello w, w", rev: ident("sixtyone") });
  b.own(2, 2);
  expect(b.shown).toBe("oh hello w, w");
  expect(b.core.unsaved()).toBe(0);
});

test("W4 refused text stays with its author", () => {
  const b = live();
  b.type("hello", "hello world");
  b.changed("h/6", { deleted: true });
  b.own(1, 1, { 1: "gone" });
  expect(b.notices("textRefused")).toEqual([{ kind: "textRefused", note: noteID, text: "hello world", code: "gone" }]);
  expect(b.shown).toBeUndefined();
  expect(() => b.core.type(noteID, "", "x")).toThrow(RefusedError);
});

test("an edit keeps what came between", () => {
  const b = live();
  b.arrives(rev0, other, [5, "!"]);
  b.type("hello", "hello you", "hello! you"); // made by someone who still looked at "hello"
  expect(() => b.core.type(noteID, "hello!", "x".repeat(101))).toThrow(/text_too_long/);
  expect(() => b.core.type(noteID, "hello! you", "a\rb")).toThrow(/text_invalid/);
  expect(b.shown).toBe("hello! you");
});

test("the outbox has what is being typed", () => {
  const b = live();
  b.type("hello", "hello w");
  const first = b.noteText();
  b.type("hello w", "hello wo");
  const left = b.core.outbox();
  expect(left.map((q) => q.n)).toEqual([1, 2]);
  expect(left[1]?.op).toMatchObject({ kind: "note.text", base: first.rev });
  const again = new Table({ writerSecret: "secret", outbox: left });
  again.start();
  again.welcome({ id: writerID, last: 1 }, 1);
  again.base("h/6", "hello w");
  expect(again.shown).toBe("hello wo");
  expect(again.core.unsaved()).toBe(2); // the change and the note that is typed in
  expect(again.numbers()).toEqual(["1 note.text"]);
  again.own(1, 1);
  expect(again.shown).toBe("hello wo");
  expect(again.noteText()).toMatchObject({ base: rev0, runs: [7, "o"] });
});

// The board has merged the change in flight with another's typing: what was typed behind it does not fit its revision.
test("what is being typed survives its page beside what others type", () => {
  const b = live();
  b.type("hello", "hello w");
  b.type("hello w", "hello wo");
  const again = new Table({ writerSecret: "secret", outbox: structuredClone(b.core.outbox()) });
  again.start();
  again.welcome({ id: writerID, last: 1 }, 1);
  again.base("h/7", "oh hello w", sixty);
  again.sent = [];
  again.own(1, 1);
  expect(again.shown).toBe("oh hello wo");
  expect(again.noteText()).toMatchObject({ base: sixty, runs: [10, "o"] });
});

test("parked typing survives its page", () => {
  const b = live();
  b.type("hello", "hello w");
  b.type("hello w", "hello wo");
  b.rewind();
  b.welcome({ id: writerID, last: 0 }, 1);
  b.base("g/5", "oh hello", sixty);
  expect(b.numbers()).toEqual(["1 note.text", "1 void"]);
  const again = new Table({ writerSecret: "secret", outbox: structuredClone(b.core.outbox()) });
  again.start();
  again.welcome({ id: writerID, last: 1 }, 1);
  again.base("g/6", "oh hello", sixty);
  expect(again.numbers()).toEqual(["1 void"]);
  again.own(1, 1, { 1: "void" });
  expect(again.shown).toBe("oh hello wo");
  expect(again.noteText()).toMatchObject({ base: sixty, runs: [8, " wo"] });
});

test("what was refused and made anew is not made twice by the next page", () => {
  const b = live();
  b.type("hello", "hello w");
  b.own(1, 0, { 1: "stale" });
  b.sent = [];
  const again = new Table({ writerSecret: "secret", outbox: structuredClone(b.core.outbox()) });
  again.start();
  again.welcome({ id: writerID, last: 2 }, 1);
  again.base("h/6", "hello w", sixty);
  expect(again.numbers()).toEqual(["1 void", "2 note.text"]);
  again.own(2, 2, { 1: "conflict" });
  expect(again.shown).toBe("hello w");
  expect(again.core.unsaved()).toBe(0);
});

// A change that a rewind parked had landed by an earlier copy, and what the person typed behind it has since split its
// words: the text does not tell whether it stands, so the board is asked.
describe("W6, M8 parked typing that stands is not doubled", () => {
  test.each<[string, Code | undefined, string]>([
    ["it was done", undefined, "hello w-o"],
    ["it was refused", "stale", "hello w-owo"],
  ])("%s", (_, code, wanted) => {
    const b = live();
    b.type("hello", "hellowo");
    b.rewind();
    b.welcome({ id: writerID, last: 0 }, 1);
    b.sent = [];
    b.base("g/5", "hello");
    expect(b.numbers()).toEqual(["1 void"]);
    b.rewind();
    b.welcome({ id: writerID, last: 1 }, 1); // the copy of before, or the void
    b.base("k/6", "hello w-o", sixty);
    b.sent = [];
    b.own(1, 1, { 1: "conflict" });
    expect(b.bye).toBe(true);
    expect(b.sent).toEqual([]);
    b.drop();
    b.start();
    b.sent = [];
    b.welcome({ id: writerID, last: 1 }, 0);
    expect(b.numbers()).toEqual(["1 note.text"]);
    b.own(1, 1, code === undefined ? {} : { 1: code });
    expect(b.shown).toBe(wanted);
  });
});

// What a rewind finds in flight is unknown also when the board has its number: beside an older change of the same note
// that has to be made anew it waits for its own outcome, and is not forgotten.
test("M6, M8 parking keeps the change in flight", () => {
  const b = live();
  b.type("hello", "hello a");
  const first = b.noteText();
  b.rewind();
  b.welcome({ id: writerID, last: 0 }, 1);
  b.base("g/5", "hello");
  b.arrives(rev0, first.rev, first.runs); // a copy of before the rewind
  b.type("hello a", "hello ab");
  b.rewind();
  b.sent = [];
  b.welcome({ id: writerID, last: 2 }, 1);
  b.base("k/5", "hello");
  expect(b.shown).toBe("hello ab");
  expect(b.core.typing()).toEqual([noteID]);
  expect(b.numbers()).toEqual(["1 void", "2 note.text"]);
  b.own(2, 2, { 1: "void", 2: "stale" });
  expect(b.shown).toBe("hello ab");
  expect(b.numbers()).toEqual(["3 note.text"]);
});

test("typing into a parked note comes behind what is parked", () => {
  const b = live();
  b.type("hello", "hello a");
  b.rewind();
  b.welcome({ id: writerID, last: 0 }, 1);
  b.type("hello a", "hello ab");
  b.base("g/5", "oh hello", sixty);
  b.type("hello ab", "hello abc");
  expect(b.shown).toBe("hello abc");
  b.sent = [];
  b.own(1, 1, { 1: "void" });
  expect(b.shown).toBe("oh hello abc");
  expect(b.noteText()).toMatchObject({ base: sixty, runs: [8, " abc"] });
});

// A copy of its op that was on its way through a rewind may have met a board without its base, and the connection that would
// have told of the rewind is gone. The answer to the repeat says so.
test("W9, M6 an edit that came and is lost is made anew", () => {
  const b = live();
  b.type("hello", "hello w");
  const first = b.noteText();
  b.arrives(rev0, first.rev, first.runs);
  b.drop();
  b.start();
  b.welcome({ id: writerID, last: 1 }, 1);
  b.base("g/6", "hello", sixty);
  b.type("hello", "oh hello");
  b.sent = [];
  b.own(1, 0, { 1: "stale" });
  b.own(1, 0, { 1: "stale" });
  b.own(2, 2, { 2: "stale" });
  expect(b.shown).toBe("oh hello w");
  expect(b.noteText().runs).toEqual(["oh ", 5, " w"]);
});

test("take names the notes whose shown text became another without a change of theirs", () => {
  const b = live();
  b.type("hello", "hello w");
  b.core.receive('{"type":"own","acked":1,"refused":[{"n":1,"code":"text_too_long"}]}', b.now);
  expect([...b.take().texts]).toEqual([noteID]);
  expect(b.shown).toBe("hello");
});

test("of equal letters the one at the caret is typed, so that what others do beside it stays where it belongs", () => {
  for (const [caret, runs] of [
    [3, [2, "l", 3]],
    [4, [3, "l", 2]],
    [5, [4, "l", 1]],
  ] as const) {
    const b = live();
    b.type("hello", "helllo", "helllo", caret);
    expect(b.noteText().runs).toEqual(runs);
  }
});

test("more typing than an op may hold survives its page all the same", () => {
  const long = "ab".repeat(200);
  const b = new Table();
  b.start();
  b.welcome({ id: writerID, secret: "secret", last: 0 }, 1, 1000);
  b.base("h/5", long);
  let shown = long;
  b.type(shown, `${shown}!`); // on its way, so that the rest gathers
  shown += "!";
  for (let i = 0; i < 200; i++) {
    const at = 3 * i + 1;
    const next = `${shown.slice(0, at)}-${shown.slice(at)}`;
    b.type(shown, next, next, at + 1);
    shown = next;
  }
  const left = structuredClone(b.core.outbox());
  const again = new Table({ writerSecret: "secret", outbox: left });
  again.start();
  again.welcome({ id: writerID, last: 1 }, 1, 1000);
  again.base("h/6", `${long}!`);
  expect(again.shown).toBe(shown);
});

/** A page that left a line typed offline at number 1, and what it stored of that. */
function typedOffline() {
  const b = new Table({ writerSecret: "secret" });
  b.start();
  b.welcome({ id: writerID, last: 0 }, 1);
  b.base("h/5", "Start.");
  b.core.closed({}, b.now);
  b.core.type(noteID, "Start.", "Start. Een zin.");
  return structuredClone(b.core.outbox());
}

test.each([
  { what: "was sent, though that was not stored", last: 1, text: "Start. Een zin." },
  { what: "was not sent", last: 0, text: "Start." },
  { what: "was not sent, though another op was", last: 1, text: "Start." },
])("typing that an earlier page left and that $what is on the board once", ({ last, text }) => {
  const b = new Table({ writerSecret: "secret", outbox: typedOffline() });
  b.start();
  b.welcome({ id: writerID, last }, 1);
  b.base("h/6", text);
  expect(b.shown).toBe("Start. Een zin.");
});
