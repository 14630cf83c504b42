import { expect, test } from "vitest";
import { newID } from "../core";
import { mine, Orphans, taken } from "./orphans";
import { MemoryStore, type WriterRow } from "./store";

const board = newID();
const row: WriterRow = { board, id: "w", token: "t", secret: "s", holder: "h" };

test.each<{ what: string; row: WriterRow; is: boolean }>([
  { what: "one's own", row, is: true },
  {
    what: "one's own that was closed, since one may have been let in again",
    row: { ...row, closed: "access_lost" },
    is: true,
  },
  { what: "one's own that the server cannot read", row: { ...row, closed: "malformed" }, is: false },
  { what: "another's", row: { ...row, token: "u" }, is: false },
  { what: "that of whom the board lost", row: { ...row, token: "u", closed: "token_unknown" }, is: true },
])("of what other tabs left, $what: $is", ({ row, is }) => expect(mine(row, "t")).toBe(is));

test("what is taken over is open again, and another person's secret is not used", () => {
  expect(taken({ ...row, closed: "access_lost" }, "t", "page")).toEqual({ ...row, holder: "page" });
  const { secret: _, ...rest } = row;
  expect(taken({ ...row, token: "u", closed: "token_unknown" }, "t", "page")).toEqual({ ...rest, holder: "page" });
});

test("stopping ends though nothing was sent", async () => {
  const store = new MemoryStore();
  const orphans = new Orphans({ store, board, token: "t", holder: "page", told: () => {}, changed: () => {} });
  orphans.watch("w");
  await orphans.stop();
  expect(orphans.waiting.unsaved).toBe(0);
});
