import { describe, expect, it } from "vitest";
import type { ID } from "../../protocol.gen";
import { en } from "../../words/en";
import { isSingle, type Press } from "./chords";
import { groups } from "./command";
import type { Desk } from "./desk.svelte";
import { commandFor, commands, offered } from "./keys";

const press = (key: string, code: string, held: Partial<Press> = {}): Press => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

const note = "n" as ID;

/** As much of a desk as the table asks about. */
function desk(
  change: { writes?: boolean; leads?: boolean; notes?: ID[]; single?: boolean; board?: boolean } = {},
): Desk {
  const { writes = true, leads = false, notes = [], single = true, board = true } = change;
  const fake = {
    view: board ? {} : undefined,
    canWrite: writes,
    leads,
    subject: notes,
    clusters: [],
    onlyNote: notes.length === 1 ? { id: note } : undefined,
    underKeys: notes[0],
    selection: new Set(notes),
    singleKeys: single,
    focus: { note: notes[0] },
    work: { canUndo: true, canRedo: true },
    session: { wall: { notes: new Map([[note, { id: note, cluster: "" }]]), clusters: new Map() } },
  };
  return fake as unknown as Desk;
}
const found = (p: Press, d: Desk) => commandFor(p, d, false)?.id;

describe("the table of keys", () => {
  it("gives no key two meanings", () => {
    const all = commands.flatMap((c) => c.keys);
    expect(all.filter((key, i) => all.indexOf(key) !== i)).toEqual([]);
  });

  it("names every command, in a group that is shown", () => {
    for (const c of commands) {
      expect(en, c.id).toHaveProperty([c.label]);
      expect(groups).toContain(c.group);
    }
  });

  it("gives every single key that is a command another way: a second key, or the palette", () => {
    const only = commands.filter((c) => c.keys.length > 0 && c.keys.every(isSingle) && c.keyOnly);
    expect(only).toEqual([]);
  });
});

describe("a key", () => {
  it("finds its command", () => {
    expect(found(press("n", "KeyN"), desk())).toBe("note");
    expect(found(press("Z", "KeyZ", { ctrlKey: true, shiftKey: true }), desk())).toBe("redo");
    expect(found(press("g", "KeyG"), desk({ notes: [note, "m" as ID] }))).toBe("cluster");
  });

  it("is nothing when its command cannot be done", () => {
    expect(found(press("g", "KeyG"), desk({ notes: [note] }))).toBeUndefined();
    expect(found(press("m", "KeyM"), desk())).toBeUndefined();
    expect(found(press("n", "KeyN"), desk({ writes: false }))).toBeUndefined();
  });

  it("of one character can be switched off, others cannot", () => {
    const off = desk({ single: false, notes: [note] });
    expect(found(press("n", "KeyN"), off)).toBeUndefined();
    expect(found(press("/", "Slash"), off)).toBeUndefined();
    expect(found(press("k", "KeyK", { ctrlKey: true }), off)).toBe("palette");
    expect(found(press("Delete", "Delete"), off)).toBe("remove");
    expect(found(press("Tab", "Tab"), off)).toBe("next");
  });
});

describe("the palette", () => {
  const ids = (d: Desk) => offered(d).map((c) => c.id);

  it("offers who only looks nothing that changes the board", () => {
    const changing = [
      "note",
      "undo",
      "redo",
      "remove",
      "duplicate",
      "tags",
      "move",
      "cluster",
      "free",
      "connect",
      "front",
    ];
    expect(ids(desk({ writes: false, notes: [note] })).filter((id) => changing.includes(id))).toEqual([]);
  });

  it("offers sharing and set-up to who leads alone", () => {
    expect(ids(desk())).not.toContain("share");
    expect(ids(desk({ leads: true }))).toEqual(expect.arrayContaining(["share", "setup", "arrange"]));
  });

  it("offers nothing of the board where the board is not shown", () => {
    expect(ids(desk({ board: false }))).toEqual(expect.arrayContaining(["list", "outcome", "past"]));
    expect(ids(desk({ board: false }))).not.toContain("note");
  });
});
