import type { ID, Op } from "../protocol.gen";
import { isRelative, makes } from "./rules";
import { same } from "./shelf";
import type { Key, Step, Waiting } from "./turn";
import type { Note } from "./types";

interface Pending {
  ticket: number;
  n: number;
  op: Op;
  acked: boolean;
}

/** own ops of which it is remembered what they did, as many as can be undone */
const maxRecords = 100;

/** The own ops that wait for the board, and which objects each has to do with. */
export class Outbox {
  #waiting: Waiting[] = [];
  readonly #byKey = new Map<Key, Set<Waiting>>();
  /** by number; also of ops that are done */
  readonly #records = new Map<number, Waiting>();

  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  /**
   * Takes the ops that wait now. `stale` is what those had to do with that wait no more, or are others. `fresh` are new
   * ones behind all others, which can be done on what there is; `between` stand before older ones, and `gone` wait
   * no more.
   */
  take(
    pending: readonly Pending[],
    now: () => number,
  ): { stale: Set<Key>; between: Waiting[]; fresh: Waiting[]; gone: Waiting[] } {
    const stale = new Set<Key>();
    const known = new Map(this.#waiting.map((waiting) => [waiting.ticket, waiting]));
    const next: Waiting[] = [];
    const between: Waiting[] = [];
    let fresh: Waiting[] = [];
    let place = -1;
    for (const { ticket, n, op, acked } of pending) {
      const old = known.get(ticket);
      known.delete(ticket);
      if (!old) {
        const waiting = begun(ticket, n, op, acked, now());
        fresh.push(waiting);
        next.push(waiting);
        continue;
      }
      between.push(...fresh);
      const otherOrder = fresh.length > 0 || old.place < place;
      if (otherOrder || old.op !== op || old.acked !== acked) forget(stale, old);
      fresh = [];
      place = old.place;
      old.op = op;
      old.acked = acked;
      this.#renumber(old, n);
      next.push(old);
    }
    for (const waiting of known.values()) {
      forget(stale, waiting);
      this.#unlink(waiting);
    }
    for (const [i, waiting] of next.entries()) waiting.place = i;
    this.#waiting = next;
    return { stale, between, fresh, gone: [...known.values()] };
  }

  #renumber(waiting: Waiting, n: number): void {
    if (waiting.n === n) return;
    if (this.#records.get(waiting.n) === waiting) this.#records.delete(waiting.n);
    waiting.n = n;
    this.#records.set(n, waiting);
  }

  /** What own ops have to do with. */
  keys(): Iterable<Key> {
    return this.#byKey.keys();
  }

  /** Whether own ops have to do with an object. */
  concerns(key: Key): boolean {
    return this.#byKey.has(key);
  }

  /** Whether own ops that the board has not answered change an object. */
  claims(key: Key): boolean {
    return [...(this.#byKey.get(key) ?? [])].some((waiting) => waiting.writes.has(key) && !waiting.acked);
  }

  /** What is known of an own op by its number. */
  record(n: number): Waiting | undefined {
    return this.#records.get(n);
  }

  /** Adds to the keys what ops that have to do with them have to do with, and so on; returns these ops and `more` in order. */
  closure(keys: Set<Key>, more: Iterable<Waiting>): Waiting[] {
    const ops = new Set(more);
    for (const key of keys) {
      for (const waiting of this.#byKey.get(key) ?? []) {
        if (ops.has(waiting)) continue;
        ops.add(waiting);
        for (const other of waiting.reads) keys.add(other); // a set that grows while it is walked is walked to its end
        for (const other of waiting.writes) keys.add(other);
      }
    }
    return [...ops].sort((a, b) => a.place - b.place);
  }

  /**
   * Does an op by `how`, for the first time or anew. What it does again to no effect is on the board already: then it
   * stays remembered what it did.
   */
  doing(waiting: Waiting, how: () => void): void {
    this.#unlink(waiting);
    const before = waiting.steps;
    waiting.target = false;
    waiting.reads = new Set();
    waiting.writes = new Set();
    waiting.steps = new Map();
    how();
    for (const [key, step] of before) {
      const again = waiting.steps.get(key);
      waiting.steps.set(key, again ? remembered(step, again) : step);
    }
    this.#link(waiting);
    this.#remember(waiting);
  }

  #link(waiting: Waiting): void {
    for (const keys of [waiting.reads, waiting.writes]) {
      for (const key of keys) {
        const set = this.#byKey.get(key);
        if (set) set.add(waiting);
        else this.#byKey.set(key, new Set([waiting]));
      }
    }
  }

  #remember(waiting: Waiting): void {
    if (waiting.n === 0) return;
    this.#records.delete(waiting.n);
    this.#records.set(waiting.n, waiting);
    if (this.#records.size <= maxRecords + this.#waiting.length) return;
    const oldest = this.#records.keys().next();
    if (!oldest.done) this.#records.delete(oldest.value);
  }

  /** An object has come from the board: the op that made it is done there. */
  made(id: ID): void {
    for (const waiting of this.#byKey.get(id) ?? []) if (makes(waiting.op).includes(id)) waiting.landed = true;
  }

  /**
   * A note has come to a place. If all that an op moved lies where it put it, and it is one that is not the same done
   * twice, then it is done on the board, and those of the kind before it.
   */
  moved(id: ID, placeOf: (note: ID) => { x: number; y: number } | undefined): void {
    const ops = [...(this.#byKey.get(id) ?? [])].filter((w) => isRelative(w.op)).sort((a, b) => a.place - b.place);
    const last = ops.findLastIndex((waiting) => {
      const ways = [...waiting.steps.values()].flatMap((step) => (step.kind === "note" ? wayOf(step) : []));
      return ways.length > 0 && ways.every((note) => samePlace(placeOf(note.id), note));
    });
    for (const waiting of ops.slice(0, last + 1)) waiting.landed = true;
  }

  #unlink(waiting: Waiting): void {
    for (const keys of [waiting.reads, waiting.writes]) {
      for (const key of keys) {
        const set = this.#byKey.get(key);
        set?.delete(waiting);
        if (set?.size === 0) this.#byKey.delete(key);
      }
    }
  }
}

/** Where a note came to lie by an op, if that moved it. */
function wayOf({ before, after }: { before: Note | undefined; after: Note | undefined }): Note[] {
  return before && after && !samePlace(before, after) ? [after] : [];
}

function samePlace(a: { x: number; y: number } | undefined, b: { x: number; y: number }): boolean {
  return a !== undefined && a.x === b.x && a.y === b.y;
}

/** What an op did, when it was done once more: on a copy that has it, it does nothing, or only comes to lie anew. */
function remembered(first: Step, again: Step): Step {
  if (same(again.before, again.after)) return first;
  if (first.kind === "note" && again.kind === "note") return { ...again, before: layBefore(first, again) };
  if (first.kind === "area" && again.kind === "area") return { ...again, before: layBefore(first, again) };
  return again;
}

function layBefore<T extends { front: number }>(
  first: { before: T | undefined },
  again: { before: T | undefined; after: T | undefined },
): T | undefined {
  if (!first.before || !again.before || !again.after) return again.before;
  const onlyLies = same({ ...again.before, front: 0 }, { ...again.after, front: 0 });
  return onlyLies ? { ...again.before, front: first.before.front } : again.before;
}

function forget(stale: Set<Key>, waiting: Waiting): void {
  for (const key of waiting.reads) stale.add(key);
  for (const key of waiting.writes) stale.add(key);
}

function begun(ticket: number, n: number, op: Op, acked: boolean, at: number): Waiting {
  return {
    ticket,
    n,
    op,
    at,
    acked,
    landed: false,
    place: 0,
    target: false,
    reads: new Set(),
    writes: new Set(),
    steps: new Map(),
  };
}
