import { describe, expect, test } from "vitest";
import type { Queued } from "../core";
import type { ID, Runs } from "../protocol.gen";
import { asStored, differences, Mirror, since } from "./mirror";
import { MemoryStore, type OutboxChange, type WriterRow } from "./store";

const board = "b" as ID;
const row: WriterRow = { board, id: "w", token: "t", holder: "h" };
const queued = (n: number, title: string): Queued => ({ n, op: { kind: "board.title", title } });

describe("differences of an outbox", () => {
  test.each([
    { what: "nothing", from: [queued(1, "a")], to: [queued(1, "a")], put: [], gone: [] },
    { what: "a new op", from: [queued(1, "a")], to: [queued(1, "a"), queued(2, "b")], put: [2], gone: [] },
    { what: "a saved op", from: [queued(1, "a"), queued(2, "b")], to: [queued(2, "b")], put: [], gone: [1] },
    { what: "other content", from: [queued(1, "a")], to: [queued(1, "b")], put: [1], gone: [] },
    {
      what: "new numbers",
      from: [queued(7, "a"), queued(8, "b")],
      to: [queued(1, "a"), queued(2, "b")],
      put: [1, 2],
      gone: [7, 8],
    },
    {
      what: "numbers that become known",
      from: [queued(0, "a"), queued(0, "b")],
      to: [queued(1, "a"), queued(2, "b")],
      put: [1, 2],
      gone: [],
    },
  ])("$what", ({ from, to, put, gone }) => {
    const change = differences(asStored(from), asStored(to));
    expect(change.put.map(([at]) => at)).toEqual(put);
    expect(change.gone).toEqual(gone);
  });
});

const note = "n" as ID;
let revisions = 0;
/** Typing, as a core tells it: its revision is another each time. */
const typing = (before: string, runs: Runs, state: "typed" | "sent" = "typed"): Queued => {
  const rev = `r${revisions++}` as ID;
  return { n: 3, op: { kind: "note.text", note, base: note, rev, runs }, typing: { before, at: 1, state } };
};
/** The same of a note that is not on the board yet. */
const early = (runs: Runs): Queued => {
  const { n, op } = typing("", runs);
  return { n, op };
};

describe("what came since an outbox was stored", () => {
  test.each<{ what: string; stored: Queued[]; now: Queued[]; came: (string | [string | undefined, Runs])[] }>([
    { what: "nothing", stored: [queued(1, "a")], now: [queued(1, "a")], came: [] },
    { what: "an op", stored: [queued(1, "a")], now: [queued(1, "a"), queued(2, "b")], came: ["b"] },
    { what: "numbers", stored: [queued(0, "a")], now: [queued(4, "a")], came: [] },
    { what: "a revision's name", stored: [typing("wo", [2, "ord"])], now: [typing("wo", [2, "ord"])], came: [] },
    { what: "that it was to be sent", stored: [typing("", ["a"])], now: [typing("", ["a"], "sent")], came: [] },
    {
      what: "letters",
      stored: [typing("wo", [2, "o"])],
      now: [typing("wo", [2, "ord"])],
      came: [["woo", [3, "rd"]]],
    },
    {
      what: "letters behind those on their way",
      stored: [typing("", ["w"], "sent"), typing("w", [1, "o"])],
      now: [typing("", ["w"], "sent"), typing("w", [1, "ord"])],
      came: [["wo", [2, "rd"]]],
    },
    {
      what: "that letters went",
      stored: [typing("", ["woord"])],
      now: [typing("", ["wo"])],
      came: [["woord", [2, -3]]],
    },
    { what: "typing", stored: [queued(1, "a")], now: [queued(1, "a"), typing("a", [1, "b"])], came: [["a", [1, "b"]]] },
    { what: "typing into a new note", stored: [], now: [early(["w"])], came: [[undefined, ["w"]]] },
    { what: "letters of a new note", stored: [early(["w"])], now: [early(["wo"])], came: [["w", [1, "o"]]] },
  ])("$what", ({ stored, now, came }) => {
    const left = since(new Map(stored.entries()), now);
    expect(left.map(({ n }) => n)).toEqual(came.map(() => 0));
    const said = left.map(({ op, typing }) => {
      if (op.kind === "board.title") return op.title;
      return op.kind === "note.text" ? [typing?.before, op.runs] : op.kind;
    });
    expect(said).toEqual(came);
  });
});

/** A store that is as slow as the test wants. */
class SlowStore extends MemoryStore {
  readonly written: OutboxChange[] = [];
  private goOn: (() => void)[] = [];
  broken = false;

  override async write(change: OutboxChange): Promise<void> {
    this.written.push(change);
    await new Promise<void>((done) => this.goOn.push(done));
    if (this.broken) throw new Error("the disk is full");
    await super.write(change);
  }

  /** Lets the write that goes on end, and what follows from it begin. */
  async step(): Promise<void> {
    this.goOn.shift()?.();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }
}

describe("a mirrored outbox", () => {
  test("is stored with the secret, in order", async () => {
    const store = new MemoryStore();
    const mirror = new Mirror(store, row, [], () => expect.fail("it is kept"));
    await mirror.keep([queued(1, "a"), queued(2, "b")], "secret", false);
    expect(await store.outbox(board, "w")).toEqual([queued(1, "a"), queued(2, "b")]);
    expect(await store.writers(board)).toEqual([{ ...row, secret: "secret" }]);
    await mirror.keep([queued(2, "b")], "secret", false);
    expect(await store.outbox(board, "w")).toEqual([queued(2, "b")]);
  });

  test("of what comes while one write goes on, only the newest is written", async () => {
    const store = new SlowStore();
    const mirror = new Mirror(store, row, [], () => expect.fail("it is kept"));
    const first = mirror.keep([queued(1, "a")], undefined, false);
    void mirror.keep([queued(1, "a"), queued(2, "b")], undefined, true);
    const last = mirror.keep([queued(1, "a"), queued(2, "b"), queued(3, "c")], undefined, false);
    await store.step();
    await store.step();
    await Promise.all([first, last]);
    expect(store.written.map(({ put }) => put.map(({ at }) => at))).toEqual([[1], [2, 3]]);
    expect(store.written.map(({ strict }) => strict)).toEqual([false, true]);
    expect(await store.outbox(board, "w")).toHaveLength(3);
  });

  test("that is the same is not written", async () => {
    const store = new SlowStore();
    const mirror = new Mirror(store, row, [queued(1, "a")], () => expect.fail("it is kept"));
    await mirror.keep([queued(1, "a")], undefined, true);
    expect(store.written).toEqual([]);
  });

  test("that cannot be kept says so once, and does not hold up sending", async () => {
    const store = new SlowStore();
    store.broken = true;
    let told = 0;
    const mirror = new Mirror(store, row, [], () => told++);
    const kept = mirror.keep([queued(1, "a")], undefined, false);
    await store.step();
    await store.step();
    await kept;
    await mirror.keep([queued(1, "a"), queued(2, "b")], undefined, false);
    expect(told).toBe(1);
    expect(store.written).toHaveLength(2);
  });

  test("whose database was closed or cleared under it is written whole, to the one opened anew", async () => {
    const store = new SlowStore();
    const mirror = new Mirror(store, row, [queued(1, "a")], () => expect.fail("it is kept"));
    store.broken = true;
    store.reopen = async () => {
      store.broken = false;
    };
    const kept = mirror.keep([queued(1, "a"), queued(2, "b")], "secret", false);
    await store.step();
    await store.step();
    await kept;
    expect(await store.outbox(board, "w")).toEqual([queued(1, "a"), queued(2, "b")]);
    expect(await store.writers(board)).toEqual([{ ...row, secret: "secret" }]);
  });

  test("that may be another page's is not written until it is known whose it is", async () => {
    const store = new SlowStore();
    let reopened = 0;
    store.reopen = async () => void reopened++;
    const mirror = new Mirror(store, row, [], () => expect.fail("it is kept"));
    const under = mirror.keep([queued(1, "a")], undefined, false);
    void mirror.keep([queued(1, "a"), queued(2, "b")], undefined, false);
    mirror.paused = true;
    store.broken = true;
    await store.step();
    await under;
    await mirror.keep([queued(1, "a"), queued(2, "b"), queued(3, "c")], undefined, false);
    expect([reopened, store.written.length]).toEqual([1, 1]);
    store.broken = mirror.paused = false;
    const kept = mirror.keep([queued(1, "a"), queued(2, "b")], undefined, false);
    await store.step();
    await kept;
    expect(await store.outbox(board, "w")).toEqual([queued(1, "a"), queued(2, "b")]);
  });

  test("that another page has is left to it, and what came since is another writer's", async () => {
    const store = new MemoryStore();
    const mirror = new Mirror(store, row, [], () => expect.fail("it is kept"));
    await mirror.keep([queued(1, "a")], "secret", false);
    await mirror.leave([queued(1, "a"), queued(2, "b"), typing("", ["c"])], "new");
    await mirror.keep([queued(4, "d")], "secret", false);
    expect(await store.outbox(board, "w")).toEqual([queued(1, "a")]);
    expect((await store.outbox(board, "new")).map(({ n, op }) => [n, op.kind])).toEqual([
      [0, "board.title"],
      [0, "note.text"],
    ]);
    expect(await store.writers(board)).toEqual([
      { ...row, secret: "secret" },
      { ...row, id: "new" },
    ]);
  });

  test("that another page has whole leaves no other writer", async () => {
    const store = new MemoryStore();
    const mirror = new Mirror(store, row, [queued(1, "a")], () => expect.fail("it is kept"));
    await mirror.leave([queued(1, "a")], "new");
    expect(await store.writers(board)).toEqual([]);
  });

  test("that is removed leaves nothing", async () => {
    const store = new MemoryStore();
    const mirror = new Mirror(store, row, [], () => expect.fail("it is kept"));
    await mirror.keep([queued(1, "a")], "secret", false);
    await mirror.remove();
    await mirror.keep([queued(2, "b")], "secret", false);
    expect(await store.writers(board)).toEqual([]);
    expect(await store.outbox(board, "w")).toEqual([]);
  });
});
