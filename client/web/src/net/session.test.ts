import { expect, test, vi } from "vitest";
import { boardID, ident, newNote } from "../core/testing/table";
import { limits, type Role, type ServerFrame } from "../protocol.gen";
import { Orphans } from "./orphans";
import { Post } from "./post";
import { Refusals } from "./refusals";
import { BoardSession } from "./session";
import { MemoryStore } from "./store";

const me = ident("noor");
const note = ident("note");
const row = { board: boardID, id: "w", token: "t", holder: "page" };

/** The session of one who comes back, before the board has answered. */
function back(role: Role): { session: BoardSession; answer(role: Role): void; tell(frame: ServerFrame): void } {
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("requestAnimationFrame", () => 0);
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
  const store = new MemoryStore();
  const quiet = { told: () => undefined, changed: () => undefined };
  const post = new Post({ store, row, left: [], told: (out) => session.told(out), notKept: () => undefined });
  const refusals = new Refusals({ put: () => undefined, remove: () => undefined }, []);
  const session = new BoardSession(
    post,
    { board: boardID, token: "t", me, role, memoryOnly: false, refusals },
    { close: () => undefined, discard: async () => undefined },
  );
  session.begin(new Orphans({ store, board: boardID, token: "t", holder: "page", ...quiet }));
  const told = { frame: limits.maxFrame, ops: 0, burst: 0, signals: 40, outstanding: 0, objects: 0, noteText: 100 };
  const tell = (frame: ServerFrame) => {
    post.core.receive(JSON.stringify(frame), 0);
    session.told(post.core.take(0));
  };
  const answer = (now: Role) => {
    const writer = { id: ident("writer"), secret: "s".repeat(22), last: 0 };
    post.core.start(0);
    tell({ type: "welcome", version: 1, board: boardID, me, role: now, time: 0, writer, limits: told, base: 1 });
    post.core.receiveBase({ part: 1, of: 1, seq: 5, at: "h/5", changes: [] }, 0);
    session.told(post.core.take(0));
  };
  return { session, answer, tell };
}

test("who comes back writes at once, and it is theirs", () => {
  const { session, answer } = back("contributor");
  expect(session.wall.role).toBe("contributor");
  session.do(newNote(note, ident("rev"), ""));
  session.type(note, "", "Niet weten mag");
  expect(session.wall.notes.get(note)).toMatchObject({ author: me, text: "Niet weten mag" });
  answer("contributor");
  expect(session.wall.notes.get(note)?.text).toBe("Niet weten mag");
});

test("who may do less than last time keeps the words that the board refuses", async () => {
  const { session, answer, tell } = back("contributor");
  session.do(newNote(note, ident("rev"), ""));
  session.type(note, "", "Niet weten mag");
  answer("viewer");
  tell({ type: "own", acked: 1, refused: [{ n: 1, code: "forbidden" }] });
  expect(session.refusals.map(({ text, code }) => [text, code])).toEqual([["Niet weten mag", "forbidden"]]);
  await vi.waitFor(() => expect(session.wall.role).toBe("viewer")); // with the next picture
  expect(session.wall.notes.size).toBe(0);
});
