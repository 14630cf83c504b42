/**
 * Outboxes that other tabs of this device left behind, or will: as soon as nobody has one, it is sent to the end under its
 * own name, one after the other, beside the tab's own.
 */
import type { Output } from "../core";
import type { ID } from "../protocol.gen";
import { Ages } from "./ages";
import { now } from "./driver";
import { type Held, holdWhenFree } from "./locks";
import { Post } from "./post";
import type { Store, WriterRow } from "./store";

/** A row that may be sent with this token: one's own, or that of a person whom the board lost with a restore. */
export function mine(row: WriterRow, token: string): boolean {
  return row.token === token ? row.closed !== "malformed" : row.closed === "token_unknown";
}

/** The row as a page's. Another person's secret is of no use. */
export function taken({ secret, closed: _, ...row }: WriterRow, token: string, holder: string): WriterRow {
  return { ...row, token, holder, ...(secret !== undefined && row.token === token && { secret }) };
}

export interface OrphansOptions {
  store: Store;
  board: ID;
  token: string;
  /** names this page on the rows that it holds */
  holder: string;
  /** what the board says of what is sent */
  told(out: Output): void;
  /** how much waits became another */
  changed(): void;
}

export class Orphans {
  private readonly watched = new Set<string>();
  private readonly off = new AbortController();
  private turn: Promise<void> = Promise.resolve();
  private readonly posts = new Set<Post>();
  private readonly ages = new Ages();

  constructor(private readonly options: OrphansOptions) {}

  /** Waits until nobody has the outbox, then sends what is in it. */
  watch(writer: string): void {
    if (this.watched.has(writer)) return;
    this.watched.add(writer);
    void holdWhenFree(this.options.board, writer, this.off.signal).then((held) => {
      if (held) this.turn = this.turn.then(() => this.drain(writer, held)).catch(() => held.release());
    });
  }

  /** What waits in those that are being sent. */
  get waiting(): { unsaved: number; oldest: number | undefined; notes: ReadonlySet<ID>; words: Post[] } {
    const posts = [...this.posts];
    const outbox = posts.flatMap((post) => post.outbox().map(({ op }) => ({ n: 0, op })));
    const unsaved = posts.reduce((sum, post) => sum + post.core.unsaved(), 0);
    return { unsaved, ...this.ages.take(outbox, now()), words: posts };
  }

  /** Resolves when nothing is written any more and all of it is free for other tabs. */
  async stop(): Promise<void> {
    this.off.abort();
    await this.turn;
  }

  private async drain(writer: string, held: Held): Promise<void> {
    const { store, board, token, holder } = this.options;
    this.watched.delete(writer);
    const row = (await store.writers(board)).find(({ id }) => id === writer);
    const left = row ? await store.outbox(board, writer) : [];
    if (this.off.signal.aborted || !row || !mine(row, token)) return held.release();
    if (left.length === 0) await store.removeWriter(board, writer);
    else await this.send(taken(row, token, holder), left);
    held.release();
  }

  /** Resolves when all of it is on the server, or the server wants nothing of it. */
  private async send(row: WriterRow, left: Awaited<ReturnType<Store["outbox"]>>): Promise<void> {
    const { store, told, changed } = this.options;
    await store.putWriter(row);
    if (this.off.signal.aborted) return;
    await new Promise<void>((done) => {
      const post: Post = new Post({
        store,
        row,
        left,
        notKept: () => {},
        told: (out) => {
          told(out);
          changed();
          if (post.core.state === "live" && post.core.outbox().length === 0) {
            this.posts.delete(post);
            post.driver.stop();
            void post.remove().then(done);
          } else if (post.core.state === "closed") {
            this.posts.delete(post);
            void post.close(post.core.why?.code).then(done);
          }
        },
      });
      this.off.signal.addEventListener("abort", () => void post.stop().then(done));
      this.posts.add(post);
      post.driver.start();
    });
  }
}
