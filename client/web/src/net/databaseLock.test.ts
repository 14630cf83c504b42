import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { holdDatabase } from "./databaseLock";
import type { Held } from "./locks";

/** As much of IndexedDB as a lock needs, with the queue that a browser has for each name. A tab closes all it had open. */
class Browser {
  readonly made = new Set<string>();
  private readonly open = new Map<string, Set<Connection>>();
  private readonly queues = new Map<string, Promise<void>>();
  private changed: (() => void)[] = [];

  tab(): Tab {
    return new Tab(this);
  }

  ask(name: string, turn: () => Promise<void>): void {
    const before = this.queues.get(name) ?? Promise.resolve();
    this.queues.set(name, before.then(later).then(turn));
  }

  openOn(name: string): Set<Connection> {
    const on = this.open.get(name) ?? new Set();
    this.open.set(name, on);
    return on;
  }

  async unused(name: string): Promise<void> {
    while (this.openOn(name).size > 0) await new Promise<void>((done) => this.changed.push(done));
  }

  close(connection: Connection): void {
    this.openOn(connection.name).delete(connection);
    for (const told of this.changed.splice(0)) told();
  }
}

class Connection {
  onclose: (() => void) | null = null;
  constructor(
    readonly name: string,
    private readonly browser: Browser,
  ) {}
  close(): void {
    this.browser.close(this);
  }
}

interface Asked {
  result?: Connection;
  onsuccess?: () => void;
  onblocked?: (() => void) | null;
  onupgradeneeded?: () => void;
}

class Tab {
  private readonly has: Connection[] = [];
  private dead = false;
  constructor(private readonly browser: Browser) {}

  deleteDatabase(name: string): Asked {
    const asked: Asked = {};
    this.browser.ask(name, async () => {
      if (this.dead) return;
      if (this.browser.openOn(name).size > 0) asked.onblocked?.();
      await this.browser.unused(name);
      this.browser.made.delete(name);
      asked.onsuccess?.();
    });
    return asked;
  }

  open(name: string): Asked {
    const asked: Asked = {};
    this.browser.ask(name, async () => {
      if (this.dead) return;
      asked.result = new Connection(name, this.browser);
      this.has.push(asked.result);
      this.browser.openOn(name).add(asked.result);
      if (!this.browser.made.has(name)) {
        this.browser.made.add(name);
        asked.onupgradeneeded?.();
      }
      asked.onsuccess?.();
    });
    return asked;
  }

  /** It ended, however it did. */
  end(): void {
    this.dead = true;
    for (const connection of this.has) connection.close();
  }

  /** The browser closes its connections by itself. */
  lose(): void {
    for (const connection of this.has) {
      connection.close();
      connection.onclose?.();
    }
  }

  get factory(): IDBFactory {
    return this as unknown as IDBFactory;
  }
  tryHold(patience = 300): Promise<Held | undefined> {
    return holdDatabase("w", { ifAvailable: true, patience }, this.factory);
  }
  holdNew(): Promise<Held | undefined> {
    return holdDatabase("w", { patience: 1000 }, this.factory);
  }
  holdWhenFree(signal?: AbortSignal): Promise<Held | undefined> {
    return holdDatabase("w", signal ? { signal } : {}, this.factory);
  }
}

const later = () => new Promise<void>((done) => setImmediate(done));
const settled = async () => {
  for (let i = 0; i < 50; i++) await later();
};

/** Follows what is asked without waiting for it. */
function follow(asked: Promise<Held | undefined>): { held: Held | undefined; told: boolean } {
  const now: { held: Held | undefined; told: boolean } = { held: undefined, told: false };
  void asked.then((held) => Object.assign(now, { held, told: true }));
  return now;
}

describe("a lock that is a database", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout"] }));
  afterEach(() => vi.useRealTimers());

  test("is one tab's, and leaves nothing behind when it is let go", async () => {
    const browser = new Browser();
    const held = await browser.tab().tryHold();
    expect(held).toBeDefined();
    expect(await browser.tab().tryHold()).toBeUndefined();
    held?.release();
    await settled();
    expect(browser.made.size).toBe(0);
    expect(await browser.tab().tryHold()).toBeDefined();
  });

  test.each([2, 3, 5])("that %i tabs ask for at once is one's", async (tabs) => {
    const browser = new Browser();
    const all = await Promise.all(Array.from({ length: tabs }, () => browser.tab().tryHold()));
    expect(all.filter((held) => held)).toHaveLength(1);
  });

  test("goes to who waits when its tab ends, one after the other", async () => {
    const browser = new Browser();
    const [first, second, third] = [browser.tab(), browser.tab(), browser.tab()];
    await first.tryHold();
    const waiting = [follow(second.holdWhenFree()), follow(third.holdWhenFree())];
    await settled();
    expect(waiting.filter(({ told }) => told)).toEqual([]);
    first.end();
    await settled();
    expect(waiting.filter(({ held }) => held)).toHaveLength(1);
    waiting.find(({ held }) => held)?.held?.release();
    await settled();
    expect(waiting.filter(({ held }) => held)).toHaveLength(2);
  });

  test("for which another waits is not free, though nobody says so; and what comes of asking later is let go", async () => {
    const browser = new Browser();
    const [first, second, third] = [browser.tab(), browser.tab(), browser.tab()];
    await first.tryHold();
    const waiting = follow(second.holdWhenFree());
    await settled();
    const asked = follow(third.tryHold());
    const patient = follow(browser.tab().tryHold(3000));
    await settled();
    expect(asked.told).toBe(false);
    vi.advanceTimersByTime(300);
    await settled();
    expect(asked).toEqual({ held: undefined, told: true });
    expect(patient.told).toBe(false);
    first.end();
    await settled();
    expect(patient).toEqual({ held: undefined, told: true }); // who waited before has it, and that is said
    expect(waiting.held).toBeDefined();
    waiting.held?.release();
    await settled();
    expect(await browser.tab().tryHold()).toBeDefined();
  });

  test("is not waited for any more when that was ended, and not taken then", async () => {
    const browser = new Browser();
    const first = await browser.tab().tryHold();
    const off = new AbortController();
    const waiting = follow(browser.tab().holdWhenFree(off.signal));
    await settled();
    off.abort();
    await settled();
    expect(waiting).toEqual({ held: undefined, told: true });
    first?.release();
    await settled();
    expect(await browser.tab().tryHold()).toBeDefined();
    expect(await browser.tab().holdWhenFree(off.signal)).toBeUndefined();
  });

  test("that is new is had, or given up when the browser does not say", async () => {
    const browser = new Browser();
    const held = await browser.tab().holdNew();
    expect(held).toBeDefined();
    const stuck = follow(browser.tab().holdNew());
    vi.advanceTimersByTime(999);
    await settled();
    expect(stuck.told).toBe(false);
    vi.advanceTimersByTime(1);
    await settled();
    expect(stuck).toEqual({ held: undefined, told: true });
    held?.release();
    await settled();
    expect(browser.made.size).toBe(0);
  });

  test("that a crash left is free", async () => {
    const browser = new Browser();
    const crashed = browser.tab();
    await crashed.tryHold();
    crashed.end();
    expect(browser.made.size).toBe(1);
    expect(await browser.tab().tryHold()).toBeDefined();
  });

  test("says when the browser takes it away, and not when it is let go", async () => {
    const browser = new Browser();
    const [tab, other] = [browser.tab(), browser.tab()];
    const lost = vi.fn();
    const held = await tab.tryHold();
    void held?.lost?.then(lost);
    held?.release();
    await settled();
    expect(lost).not.toHaveBeenCalled();
    void (await other.tryHold())?.lost?.then(lost);
    other.lose();
    await settled();
    expect(lost).toHaveBeenCalledOnce();
  });

  test("is nobody's where there are no databases", async () => {
    expect(await holdDatabase("w", {})).toBeUndefined();
    expect(await holdDatabase("w", { ifAvailable: true })).toBeUndefined();
  });
});
