import { describe, expect, test } from "vitest";
import { changesOf, ident, live, noteID, type Table, writerID } from "./testing/table";

// Two pieces of one moment: the second only fits behind the first.
const [six, seven] = [ident("six"), ident("seven")];
const first = changesOf(7, "", { text: "a", rev: six });
const rest = changesOf(7, "h/7", { edit: { base: six, rev: seven, runs: ["b", 1] } });

test("C5 a moment in several frames is folded as one", () => {
  const b = live();
  b.get(first);
  expect(b.kept).toBe("hello");
  b.pass(5000);
  expect(b.sent).toEqual([{ type: "ping", at: "h/5" }]);
  b.get(rest);
  expect(b.kept).toBe("ba");
  expect(b.core.view).toMatchObject({ seq: 7, at: "h/7" });
  expect(b.bye).toBe(false);
});

describe("C5 half a moment is dropped with its connection", () => {
  test.each<[string, (b: Table) => void]>([
    [
      "the connection ends",
      (b) => {
        b.drop();
        b.sent = [];
        b.start();
        expect(b.hello().at).toBe("h/5");
        b.welcome({ id: writerID, last: 0 }, 0);
      },
    ],
    [
      "it rewinds",
      (b) => {
        b.rewind();
        b.welcome({ id: writerID, last: 0 }, 1);
        b.base("h/6", "hello");
      },
    ],
  ])("%s", (_, end) => {
    const b = live();
    b.get(first);
    end(b);
    b.get(first, rest); // the moment comes again
    expect(b.kept).toBe("ba");
    expect(b.bye).toBe(false);
  });
});

test("A2 a rewind before the first welcome", () => {
  const b = live();
  b.submit({ kind: "note.front", note: noteID });
  b.drop();
  b.pass(60_000);
  b.start();
  b.sent = [];
  b.rewind();
  b.welcome({ id: writerID, last: 0 }, 1);
  b.base("n/3", "before");
  expect(b.kept).toBe("before");
  expect(b.core.view.at).toBe("n/3");
  expect(b.notices("rewound")).toHaveLength(1);
  expect(b.bye).toBe(false);
  expect(b.sent.map((f) => f.type)).toEqual(["submit"]);
});

test("an edit on another revision than the copy's: the whole state is taken anew", () => {
  const b = live();
  b.arrives(seven, six, ["x", 5]);
  expect(b.bye).toBe(true);
  b.drop();
  b.start();
  expect(b.hello().at).toBeUndefined();
});
