import { describe, expect, test } from "vitest";
import { type Code, limits, type Op } from "../protocol.gen";
import { RefusedError } from "./index";
import { ident, live, meID, newNote, noteID, rev0 } from "./testing/table";

describe("what can never be is refused before it has a number", () => {
  const id = ident("x");
  const area: Op = { kind: "area.create", area: id, form: "target", x: 0, y: 0, rings: [] };
  test.each<[unknown, Code]>([
    [null, "empty"],
    [{ kind: "note.fold", note: id }, "unknown_kind"],
    [{ kind: "toString" }, "unknown_kind"],
    [{ kind: "link.use", link: id, participant: meID }, "server_kind"],
    [{ kind: "batch", ops: [null] }, "empty"],
    [{ kind: "batch", ops: [] }, "empty"],
    [{ kind: "batch", ops: [{ kind: "undo", n: 1 }] }, "kind_alone"],
    [{ kind: "batch", ops: [{ kind: "note.move", note: id, x: 0.5, y: 0 }] }, "malformed"],
    [{ kind: "batch", ops: Array.from({ length: 257 }, () => ({ kind: "note.front", note: id })) }, "list_too_long"],
    [{ kind: "note.move", note: id, x: limits.maxCoord + 1, y: 0 }, "out_of_range"],
    [{ kind: "note.move", note: id, x: Number.NaN, y: 0 }, "malformed"],
    [{ kind: "note.move", note: id, x: 1 }, "malformed"],
    [{ kind: "note.move", note: id, x: 1, y: 1, z: 1 }, "malformed"],
    [{ kind: "note.move", note: "x", x: 1, y: 1 }, "malformed"],
    [{ kind: "note.move", note: "A".repeat(22), x: 1, y: 1 }, "malformed"],
    [{ kind: "note.move", note: `${"x".repeat(21)}B`, x: 1, y: 1 }, "malformed"],
    [{ kind: "note.recolour", note: id, colour: 0 }, "bad_colour"],
    [{ kind: "batch", ops: [{ kind: "note.recolour", note: id, colour: 256 }] }, "bad_colour"],
    [{ kind: "note.resize", note: id, x: 0, y: 0, w: 1, h: limits.minSize }, "out_of_range"],
    [{ kind: "note.tag", note: id, tags: ["a", "a"] }, "duplicate"],
    [{ kind: "note.tag", note: id, tags: ["a\u202eb"] }, "name_invalid"],
    [{ kind: "note.tag", note: id, tags: ["\u200b "] }, "name_invalid"],
    [{ kind: "note.tag", note: id, tags: ["a\tb"] }, "name_invalid"],
    [{ kind: "note.text", note: id, base: rev0, rev: rev0, runs: [1] }, "same_revision"],
    [{ kind: "note.text", note: id, base: rev0, rev: id, runs: [1, 1] }, "malformed"],
    [newNote(id, rev0, "x".repeat(limits.maxNoteText + 1)), "text_too_long"],
    [newNote(id, rev0, "a\rb"), "text_invalid"],
    [newNote(id, rev0, "a\ud83d"), "text_invalid"],
    [{ kind: "board.title", title: "a\nb" }, "text_invalid"],
    [{ kind: "board.language", language: "nl_NL" }, "bad_language"],
    [{ kind: "board.background", background: "Dots" }, "bad_background"],
    [{ kind: "perspective.recolour", perspective: id, colour: 1, pattern: 9 }, "bad_pattern"],
    [{ kind: "cluster.assign", cluster: id, notes: [] }, "empty"],
    [{ kind: "cluster.assign", cluster: id, notes: [id, id] }, "duplicate"],
    [{ kind: "cluster.merge", cluster: id, from: id }, "same_object"],
    [{ kind: "cluster.move", cluster: id, dx: 2 * limits.maxCoord + 1, dy: 0 }, "out_of_range"],
    [area, "list_too_long"],
    [{ ...area, form: "circle" }, "bad_form"],
    [{ kind: "area.rings", area: id, rings: [{ id, label: "a", size: 1 }] }, "out_of_range"],
    [{ kind: "connector.create", connector: id, from: id, to: id }, "same_object"],
    [{ kind: "undo", n: 0 }, "out_of_range"],
  ])("%j", (op, code) => {
    const b = live();
    let refused: Code | undefined;
    try {
      b.core.submit(op as Op);
    } catch (e) {
      if (!(e instanceof RefusedError)) throw e;
      refused = e.code;
    }
    expect(refused).toBe(code);
    expect(b.core.unsaved()).toBe(0);
  });
});

test("W5 an op is kept as it was submitted, what is absent left out", () => {
  const b = live();
  const tags = ["a"];
  const op = { ...newNote(noteID, rev0, ""), colour: 0, tags, cluster: "" } as Op;
  b.submit(op);
  tags[0] = "changed by its owner";
  const kept = newNote(noteID, rev0, "");
  if (kept.kind === "note.create") delete kept.text;
  expect(b.core.outbox()[0]?.op).toEqual({ ...kept, tags: ["a"] });
});
