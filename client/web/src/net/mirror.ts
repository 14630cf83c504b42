/** Keeps one writer's outbox on this device as the core has it, by differences. */
import type { Queued } from "../core";
import type { Op } from "../protocol.gen";
import { apply, baseLength, difference, isIdentity } from "../text";
import type { OutboxChange, Store, WriterRow } from "./store";

/** What of an outbox is stored, by number or place. */
export type Stored = Map<number, Queued>;

/** Where an op is stored: under its number, or its place while numbers are not known. */
function placeOf(queued: Queued, index: number): number {
  return queued.n > 0 ? queued.n : index + 1;
}

export function asStored(outbox: readonly Queued[]): Stored {
  return new Map(outbox.map((queued, i) => [placeOf(queued, i), queued]));
}

function same(a: Queued, b: Queued): boolean {
  return a.op === b.op && !a.typing && !b.typing ? a.n === b.n : JSON.stringify(a) === JSON.stringify(b);
}

/** What takes the stored outbox to the wanted one. */
export function differences(stored: Stored, wanted: Stored): { put: [number, Queued][]; gone: number[] } {
  const put = [...wanted].filter(([at, queued]) => {
    const before = stored.get(at);
    return !before || !same(before, queued);
  });
  return { put, gone: [...stored.keys()].filter((at) => !wanted.has(at)) };
}

/** What of an outbox another page does not have that took it as it is stored; without numbers, for another writer. */
export function since(stored: Stored, outbox: readonly Queued[]): Queued[] {
  const had = [...stored.values()];
  return outbox.flatMap((queued): Queued[] => {
    const { op, typing } = queued;
    const before = madeOn(queued);
    if (op.kind !== "note.text" || before === undefined) {
      return had.some((other) => nameless(other.op) === nameless(op)) ? [] : [{ n: 0, op }];
    }
    const known = had.find((other) => "note" in other.op && other.op.note === op.note && madeOn(other) === before);
    if (known?.op.kind !== "note.text") return [{ n: 0, op, ...(typing && { typing: { ...typing, state: "typed" } }) }];
    const from = apply(before, known.op.runs);
    const runs = difference(from, apply(before, op.runs));
    if (isIdentity(runs)) return [];
    return [{ n: 0, op: { ...op, runs }, typing: { before: from, at: typing?.at ?? 0, state: "typed" } }];
  });
}

/** The text that typing was made on, if that is known. */
function madeOn({ op, typing }: Queued): string | undefined {
  if (op.kind !== "note.text") return undefined;
  return typing?.before ?? (baseLength(op.runs) === 0 ? "" : undefined);
}

/** What an op says; the revision that typing makes has another name each time that it is stored. */
function nameless(op: Op): string {
  return JSON.stringify({ ...op, rev: "" });
}

interface Wish {
  outbox: readonly Queued[];
  secret: string | undefined;
  strict: boolean;
}

/**
 * The stored outbox of one writer. One write goes on at a time; of the wishes that come meanwhile only the newest is
 * written, since it has all of the others.
 */
export class Mirror {
  private stored: Stored;
  private wish: Wish | undefined;
  private writing: Promise<void> | undefined;
  private ended = false;
  /** Nothing is written as long as this is set. */
  paused = false;

  /** `failed` is told once when the device does not keep it any more: then nothing is written from there on. */
  constructor(
    private readonly store: Store,
    private row: WriterRow,
    stored: readonly Queued[],
    private readonly failed: () => void,
  ) {
    this.stored = asStored(stored);
  }

  /** Resolves when this, or what came after it, is stored; at once where nothing is. Never fails. */
  keep(outbox: readonly Queued[], secret: string | undefined, strict: boolean): Promise<void> {
    if (this.ended || this.paused) return Promise.resolve();
    this.wish = { outbox, secret, strict: strict || (this.wish?.strict ?? false) };
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
    return this.writing;
  }

  /** The writer's work is not wanted under its token any more: says so on the row, for who comes next. */
  async close(code: WriterRow["closed"]): Promise<void> {
    await this.writing;
    if (this.ended || !code) return;
    this.row = { ...this.row, closed: code };
    await this.store.putWriter(this.row).catch(this.fail);
  }

  /** Ends, since another page has what is stored; what it does not have is stored as writer `id`. */
  async leave(outbox: readonly Queued[], id: string): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.writing;
    const left = since(this.stored, outbox);
    if (left.length === 0) return;
    const { secret: _, ...rest } = this.row;
    const put = [...asStored(left)].map(([at, queued]) => ({ ...queued, board: rest.board, writer: id, at }));
    await this.store.write({ writer: { ...rest, id }, put, gone: [], strict: true });
  }

  /** Takes the writer away, with all it has. */
  async remove(): Promise<void> {
    this.ended = true;
    await this.writing;
    await this.store.removeWriter(this.row.board, this.row.id).catch(() => this.failed());
  }

  private async write(): Promise<void> {
    for (let wish = this.wish; wish && !this.ended && !this.paused; wish = this.wish) {
      this.wish = undefined;
      const wanted = asStored(wish.outbox);
      const change = this.change(wish, wanted);
      if (!change) continue;
      try {
        await this.store.write(change).catch(() => this.writeAnew(wish, wanted));
      } catch {
        if (!this.paused && !this.ended) this.fail();
        return;
      }
      this.row = change.writer;
      this.stored = wanted;
    }
  }

  /** Once more with the database opened anew: browsers close it under a page that they put to sleep, or clear it. */
  private async writeAnew(wish: Wish, wanted: Stored): Promise<void> {
    await this.store.reopen();
    this.stored = asStored(await this.store.outbox(this.row.board, this.row.id));
    const change = this.change(wish, wanted);
    if (this.paused || this.ended) throw new Error("it may be another page's by now");
    if (change) await this.store.write(change);
  }

  private change(wish: Wish, wanted: Stored): OutboxChange | undefined {
    const { put, gone } = differences(this.stored, wanted);
    if (put.length === 0 && gone.length === 0 && wish.secret === this.row.secret) return undefined;
    const { secret: _, ...rest } = this.row;
    const writer: WriterRow = wish.secret === undefined ? rest : { ...rest, secret: wish.secret };
    const { board, id } = writer;
    return {
      writer,
      put: put.map(([at, queued]) => ({ ...queued, board, writer: id, at })),
      gone,
      strict: wish.strict,
    };
  }

  /** Writes nothing from here on, and says so. */
  readonly fail = (): void => {
    this.ended = true;
    this.failed();
  };
}
