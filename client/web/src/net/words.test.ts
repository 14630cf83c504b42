import { describe, expect, test } from "vitest";
import type { Queued } from "../core";
import type { ID, Op } from "../protocol.gen";
import { Ages } from "./ages";
import { Refusals } from "./refusals";
import { wordsLeft, wordsOf } from "./words";

const [one, two, rev] = ["note-1", "note-2", "rev"] as ID[] as [ID, ID, ID];
const create = (note: ID, text: string): Op => ({ kind: "note.create", note, x: 0, y: 0, w: 1, h: 1, rev, text });
const type = (note: ID, ...runs: (string | number)[]): Op => ({ kind: "note.text", note, base: rev, rev, runs });
const outbox = (...ops: Op[]): Queued[] => ops.map((op, i) => ({ n: i + 1, op }));

describe("words left in an outbox", () => {
  test("each note once, as it became", () => {
    const left = outbox(create(one, "zorg"), type(one, 4, " thuis"), create(two, "school"));
    expect(wordsLeft(left, () => undefined)).toBe("zorg thuis\n\nschool");
  });
  test("as it is shown where it is", () => {
    expect(wordsLeft(outbox(type(one, 4, " thuis")), () => "zorg thuis van Bram")).toBe("zorg thuis van Bram");
  });
  test("of a text that is not known what was typed, or with it where it was stored", () => {
    expect(wordsLeft(outbox(type(one, 4, " thuis")), () => undefined)).toBe(" thuis");
    const typing = { before: "zorg", at: 0, state: "typed" } as const;
    expect(wordsLeft([{ n: 1, op: type(one, 4, " thuis"), typing }], () => undefined)).toBe("zorg thuis");
  });
  test("titles and batches too; what has no words leaves no gap", () => {
    const rename: Op = { kind: "cluster.rename", cluster: one, title: "Dichtbij" };
    const batch: Op = { kind: "batch", ops: [{ kind: "note.move", note: one, x: 0, y: 0 }, create(two, "b")] };
    expect(wordsLeft(outbox(rename, batch), () => undefined)).toBe("Dichtbij\n\nb");
    expect(wordsOf(batch)).toBe("b");
  });
});

describe("refusals", () => {
  const acked = (op: Op, refused: object) => [{ kind: "acked", ticket: 5, writer: "", n: 1, op, refused }] as const;

  test("keep the words, and those typed since into a note that was not made", () => {
    const refusals = new Refusals({ put: () => {}, remove: () => {} }, []);
    refusals.told(acked(create(one, ""), { code: "board_full" }), () => "later getypt");
    expect(refusals.list).toMatchObject([{ ticket: 5, code: "board_full", text: "later getypt" }]);
    refusals.dismiss(5);
    expect(refusals.list).toEqual([]);
  });
  test("of a batch name the parts with words", () => {
    const refusals = new Refusals({ put: () => {}, remove: () => {} }, []);
    const op: Op = {
      kind: "batch",
      ops: [{ kind: "note.move", note: one, x: 0, y: 0 }, create(one, "a"), create(two, "b")],
    };
    refusals.told(acked(op, { parts: ["gone", "board_full", ""] }), () => undefined);
    expect(refusals.list).toMatchObject([{ code: "board_full", text: "a" }]);
  });
  test.each(["unchanged", "repeat", "void"])("say nothing of %s", (code) => {
    const refusals = new Refusals({ put: () => {}, remove: () => {} }, []);
    expect(refusals.told(acked(create(one, "a"), { code }), () => undefined)).toBe(false);
    expect(refusals.list).toEqual([]);
  });
});

test("ages: the oldest op that waits, and the notes it is all about", () => {
  const ages = new Ages();
  const [a, b] = outbox(create(one, "a"), { kind: "cluster.rename", cluster: two, title: "c" });
  expect(ages.take([a!], 100)).toEqual({ oldest: 100, notes: new Set([one]) });
  expect(ages.take([a!, b!], 200)).toEqual({ oldest: 100, notes: new Set([one]) });
  expect(ages.take([b!], 300)).toEqual({ oldest: 200, notes: new Set() });
  expect(ages.take([], 400).oldest).toBeUndefined();
});
