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

  stop(): void {
    this.off.abort();
    for (const post of this.posts) void post.stop();
  }

  private async drain(writer: string, held: Held): Promise<void> {
    const { store, board, token, holder } = this.options;
    this.watched.delete(writer);
    const row = (await store.writers(board)).find(({ id }) => id === writer);
    const left = row ? await store.outbox(board, writer) : [];
    if (this.off.signal.aborted || !row || row.token !== token || row.closed) return held.release();
    if (left.length === 0) await store.removeWriter(board, writer);
    else await this.send({ ...row, holder }, left);
    held.release();
  }

  /** Resolves when all of it is on the server, or the server wants nothing of it. */
  private async send(row: WriterRow, left: Awaited<ReturnType<Store["outbox"]>>): Promise<void> {
    const { store, told, changed } = this.options;
    await store.putWriter(row);
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
      this.off.signal.addEventListener("abort", () => done());
      this.posts.add(post);
      post.driver.start();
    });
  }
}
