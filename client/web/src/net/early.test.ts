import { describe, expect, test } from "vitest";
import { ident, newNote, Table, writerID } from "../core/testing/table";
import { Early } from "./early";

const note = ident("new");
const rev = ident("rev");
const other = ident("other");

/** A board on which a note is being made, and the typing into it. */
function making(): { table: Table; early: Early } {
  const table = new Table();
  table.start();
  table.welcome({ id: writerID, last: 0, secret: "s".repeat(22) }, 1);
  table.base("h/5", "x");
  const early = new Early(table.core);
  const op = newNote(note, rev, "");
  table.submit(op);
  early.did(op);
  return { table, early };
}

const arrive = (table: Table) =>
  table.get({ type: "changes", seq: 6, at: "h/6", time: 0, changes: [{ note: { id: note, text: "", rev } }] });

describe("typing into a note that is on its way", () => {
  test("is checked as any typing", () => {
    const { early } = making();
    expect(() => early.type(note, "kop\u000bregel")).toThrow(/^text_invalid/);
    expect(() => early.type(note, "a".repeat(101))).toThrow(/^text_too_long/); // the server's limit
    expect(() => early.type(other, "a")).toThrow(/^missing/);
    expect(early.typing).toEqual([]);
  });

  test("goes on as ordinary typing when the note is there", () => {
    const { table, early } = making();
    early.type(note, "drie zinnen");
    arrive(table);
    expect(early.text(note)).toBe("drie zinnen");
    expect(early.handOver()).toEqual([]);
    expect(early.text(note)).toBeUndefined();
    expect(table.core.text(note)).toBe("drie zinnen");
  });

  test("that the server turns out not to take is given back", () => {
    const { table, early } = making();
    early.type(note, "a".repeat(90));
    table.core.closed({}, table.now);
    table.start();
    table.welcome({ id: writerID, last: 0 }, 1, 80);
    table.base("h/5", "x");
    arrive(table);
    expect(early.handOver()).toEqual([{ note, text: "a".repeat(90), code: "text_too_long" }]);
    expect(early.typing).toEqual([]);
  });

  test("stays when the board is closed in the meantime", () => {
    const { table, early } = making();
    early.type(note, "drie zinnen");
    arrive(table);
    table.core.closed({ code: "access_lost" }, table.now);
    expect(early.handOver()).toEqual([]);
    expect(early.text(note)).toBe("drie zinnen");
    expect(early.unsent(0)).toHaveLength(1);
  });

  test("is given back when another took the note away before it was seen here", () => {
    const { table, early } = making();
    early.type(note, "drie zinnen");
    table.core.closed({}, table.now);
    table.start();
    table.welcome({ id: writerID, last: 1 }, 1);
    table.base("h/9", "x");
    expect(early.handOver()).toEqual([]); // what became of its op is not known yet
    table.get({ type: "own", refused: [{ n: 1, code: "repeat" }], acked: 1, saved: 1 });
    expect(table.core.outbox()).toEqual([]);
    expect(early.unsent(0).map(({ op }) => op)).toMatchObject([{ kind: "note.text", note, runs: ["drie zinnen"] }]);
    expect(early.handOver()).toEqual([{ note, text: "drie zinnen", code: "gone" }]);
    expect(early.unsent(0)).toEqual([]);
  });
});
