import { afterEach, describe, expect, test } from "vitest";
import { newID } from "../core";
import type { ID } from "../protocol.gen";
import { forget, openHere, unsentOf } from "./forget";
import { ownLinks } from "./links";
import { MemoryStore } from "./store";

const person = (board: ID) =>
  ({
    board,
    token: "t",
    participant: newID(),
    name: "Noor",
    role: "contributor",
    title: "",
    question: "",
    opened: 1,
  }) as const;

/** A store with a person, an unsent title and refused words on each board. */
async function filled(...boards: ID[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const board of boards) {
    await store.putPerson(person(board));
    const writer = { board, id: "w", token: "t", holder: "h" };
    const op = { kind: "board.title", title: `title of ${board}` } as const;
    await store.write({ writer, put: [{ board, writer: "w", at: 1, n: 1, op }], gone: [], strict: false });
    await store.putRefusal({ board, id: newID(), token: "t", op, code: "gone", text: `words of ${board}` });
    ownLinks.put(board, "l" as ID, "https://board");
  }
  return store;
}

const a = newID();
const b = newID();

describe("what is forgotten", () => {
  afterEach(() => openHere.clear());

  test("of one board leaves the other's", async () => {
    const store = await filled(a, b);
    await forget(a, store);
    expect(await unsentOf(a, store)).toBe("");
    expect(await store.boards()).toEqual([b]);
    expect(ownLinks.of(a)).toEqual({});
    expect(await unsentOf(b, store)).toBe(`title of ${b}\n\nwords of ${b}`);
    expect(ownLinks.of(b)).toEqual({ l: "https://board" });
  });

  test("of all boards leaves nothing", async () => {
    const store = await filled(a, b);
    expect(await unsentOf(undefined, store)).toContain(`words of ${a}`);
    await forget(undefined, store);
    expect(await store.boards()).toEqual([]);
    expect(await unsentOf(undefined, store)).toBe("");
    expect(ownLinks.of(b)).toEqual({});
  });

  test("is not before sessions in this page wrote their last", async () => {
    const store = await filled(a);
    openHere.add({
      board: a,
      holder: "h",
      words: () => "typed just now",
      end: async () => {
        await store.putRefusal({ board: a, id: newID(), token: "t", op: { kind: "void" }, code: "gone", text: "late" });
      },
    });
    expect(await unsentOf(a, store)).toBe(`typed just now\n\nwords of ${a}`);
    await forget(a, store);
    expect(await store.boards()).toEqual([]);
  });
});
