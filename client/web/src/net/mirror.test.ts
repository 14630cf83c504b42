import { describe, expect, test } from "vitest";
import type { Queued } from "../core";
import type { ID } from "../protocol.gen";
import { asStored, differences, Mirror } from "./mirror";
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
