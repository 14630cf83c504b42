/** Opens a session: finds or makes the tab's outbox, and looks after those that other tabs left. */
import { newID, type Output, type Queued } from "../core";
import type { ID } from "../protocol.gen";
import type { Person } from "./device";
import { channelOf, type OpenHere, openHere, type Said } from "./forget";
import { type Held, holdNew, locksInOrder, tryHold } from "./locks";
import { mine, Orphans, taken } from "./orphans";
import { Post } from "./post";
import { Refusals, type Shelf } from "./refusals";
import { BoardSession } from "./session";
import { openStore, type RefusalRow, type Store, type WriterRow } from "./store";
import { watchPage } from "./wakeups";
import { notesOf } from "./words";

/** Who comes to which board. What they may do there is as it was last time until the board says. */
export type Opening = Pick<Person, "board" | "token" | "participant" | "role">;

interface Own {
  row: WriterRow;
  left: Queued[];
  /** the lock on it; of a new one it may be on its way, if nobody who hears of that can be served before */
  held: Promise<Held | undefined>;
}

/** how long a session waits for its connection before it is shown, ms */
const greetWithin = 150;
/** how long the lock of a page that is shown again may take to say that it is free, ms: loading it anew takes longer */
const backWithin = 3000;

/** names this page, anew for each */
const holder = newID();

export async function openSession(opening: Opening): Promise<BoardSession> {
  const { board, token } = opening;
  const store = await openStore();
  const rows = await store.writers(board);
  const own = await adopt(store, rows, board, token);
  const refused = (await store.refusals(board)).filter((row) => row.token === token);
  const { session, greeted } = new Opened(store, opening, own, rows, refused);
  // Showing a board keeps the processor busy: it has asked for the board first, unless that takes long.
  await Promise.race([greeted, new Promise((done) => setTimeout(done, greetWithin))]);
  return session;
}

/**
 * The tab's outbox: the first free one with something in it, else a free one, so that reloading makes no new writer each
 * time, else a new one.
 */
async function adopt(store: Store, rows: WriterRow[], board: ID, token: string): Promise<Own> {
  const ask = async (row: WriterRow) => ({ row, held: await tryHold(board, row.id) });
  let best: { row: WriterRow; left: Queued[]; held: Held } | undefined;
  for (const { row, held } of await Promise.all(rows.filter((each) => mine(each, token)).map(ask))) {
    if (!held) continue;
    const left = await store.outbox(board, row.id); // not before the lock is held: its tab may have written until then
    const good = left.length > 0 ? !best?.left.length : !best && row.token === token && row.secret !== undefined;
    if (good) {
      best?.held.release();
      best = { row, left, held };
      continue;
    }
    if (left.length === 0) await store.removeWriter(board, row.id);
    held.release();
  }
  if (!best) {
    const id = newID();
    const held = holdNew(board, id);
    if (!locksInOrder) await held; // nobody may hear of it, or find it stored, before it has its lock
    return { row: { board, id, token, holder }, left: [], held };
  }
  const row = taken(best.row, token, holder);
  await store.putWriter(row);
  return { row, left: best.left, held: Promise.resolve(best.held) };
}

/** One open session and what surrounds it: the page's life and other tabs. */
class Opened implements OpenHere {
  readonly board: ID;
  readonly holder = holder;
  readonly session: BoardSession;
  private readonly post: Post;
  private readonly orphans: Orphans;
  private channel: BroadcastChannel | undefined;
  private readonly unwatch: () => void;
  private held: Promise<Held | undefined> = Promise.resolve(undefined);
  /** what is written outlives the page */
  private keeps: boolean;
  private announced = false;
  private ended: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    { board, token, participant, role }: Opening,
    private readonly own: Own,
    rows: readonly WriterRow[],
    refused: readonly RefusalRow[],
  ) {
    const { row, left } = own;
    this.board = board;
    this.keeps = !store.memoryOnly;
    this.post = new Post({
      store,
      row,
      left,
      told: (out) => this.told(out),
      notKept: () => this.session.notKept(),
      more: (n) => this.session.early.unsent(n),
    });
    this.session = new BoardSession(
      this.post,
      {
        board,
        token,
        me: participant,
        role,
        memoryOnly: store.memoryOnly,
        refusals: new Refusals(this.shelf(), refused),
      },
      { close: () => void this.end(), discard: () => this.discard() },
    );
    for (const { op } of left) this.session.early.did(op);
    this.session.recovered = notesIn(left);
    this.orphans = new Orphans({
      store,
      board,
      token,
      holder,
      told: (out) => this.session.toldOfOrphan(out),
      changed: () => this.session.look(),
    });
    this.session.begin(this.orphans);
    for (const other of rows) if (other.id !== row.id && mine(other, token)) this.orphans.watch(other.id);
    this.channel = channelOf(board);
    if (this.channel) this.channel.onmessage = ({ data }: MessageEvent<Said>) => this.hear(data);
    openHere.add(this);
    this.hold(own.held);
    this.unwatch = watchPage({
      look: () => this.post.driver.probe(),
      keep: () => void this.post.keepNow(),
      leave: () => void this.leave(),
      comeBack: () => void this.comeBack(),
      network: (online) => this.session.setNetwork(online),
    });
    this.post.driver.start();
  }

  get greeted(): Promise<void> {
    return this.post.driver.greeted;
  }

  /** Before the outbox is written without them. */
  private shelf(): Shelf {
    const { store, own } = this;
    const { board, token } = own.row;
    const notKept = () => this.session.notKept();
    return {
      put: (id, { op, code, text }) => store.putRefusal({ board, id, token, op, code, text }).catch(notKept),
      remove: (id) => {
        this.channel?.postMessage({ seen: id } satisfies Said);
        store.removeRefusal(board, id).catch(notKept);
      },
    };
  }

  words(): string {
    return this.session.unsavedText();
  }

  private hear(said: Said): void {
    if ("writer" in said) this.orphans.watch(said.writer);
    else if ("seen" in said) this.session.seen(said.seen);
    else this.keepNoMore();
  }

  private keepNoMore(): void {
    this.keeps = false;
    this.post.keepNoMore();
  }

  /** An outbox is on this device only as long as its lock is held: without, another tab would take it for left behind. */
  private hold(asked: Promise<Held | undefined>): void {
    this.held = asked;
    void asked.then((held) => {
      if (!held) this.keepNoMore();
      else
        void held.lost?.then(() => {
          if (this.held === asked) void this.lostHold();
        });
    });
  }

  private release(): void {
    void this.held.then((held) => held?.release());
    this.held = Promise.resolve(undefined);
  }

  private told(out: Output): void {
    this.session.told(out);
    if (!this.announced && out.notices.some(({ kind }) => kind === "writerMade" || kind === "state")) {
      // Other tabs wait for this outbox from now on, to send what it may leave behind.
      this.announced = true;
      this.channel?.postMessage({ writer: this.own.row.id } satisfies Said);
    }
    if (this.post.core.state === "closed") void this.lost();
  }

  /** The server takes nothing more: what is left stays on this device until the person has it. */
  private async lost(): Promise<void> {
    const code = this.post.core.why?.code;
    if (this.ended || !code) return;
    await this.post.keepNow();
    if (this.post.outbox().length > 0) await this.post.close(code);
    if (code !== "token_unknown") return;
    const { board, token } = this.own.row;
    for (const row of await this.store.writers(board)) {
      if (row.token === token && !row.closed) await this.store.putWriter({ ...row, closed: code });
    }
  }

  end(): Promise<void> {
    this.ended ??= this.close();
    return this.ended;
  }

  private async close(): Promise<void> {
    this.unwatch();
    this.channel?.close();
    this.channel = undefined;
    await Promise.all([this.orphans.stop(), this.post.stop()]);
    this.release();
    openHere.delete(this);
  }

  private async discard(): Promise<void> {
    const { board, token } = this.own.row;
    await this.post.remove();
    for (const row of await this.store.writers(board)) {
      if (row.token === token && row.closed) await this.store.removeWriter(board, row.id);
    }
    for (const { ticket } of this.session.refusals) this.session.dismiss(ticket);
  }

  /** A page with an open socket or a lock is not kept by the browser for "back". */
  private async leave(): Promise<void> {
    await this.post.stop();
    if (this.keeps) this.release();
  }

  /**
   * Back again as it was. If another tab has had the outbox meanwhile, this page begins anew: its work is on the board, or
   * will be. What that tab does not have is stored under another name, up to here: what is typed in the moment that it
   * takes to leave the page is lost.
   */
  private async comeBack(): Promise<void> {
    if (this.keeps) {
      const held = await tryHold(this.board, this.own.row.id, backWithin);
      const row = (await this.store.writers(this.board)).find(({ id }) => id === this.own.row.id);
      const untouched = row ? row.holder === holder : this.post.outbox().length === 0;
      if (!held || !untouched) {
        await this.post.leave(newID()).catch(() => undefined);
        location.reload();
        return;
      }
      this.hold(Promise.resolve(held));
      this.post.pause(false);
    }
    this.post.driver.start();
  }

  /** The browser's storage failed, or was cleared, and the lock went with it: another tab may have the outbox by now. */
  private async lostHold(): Promise<void> {
    const { store, board, own, post } = this;
    post.pause(true); // whoever has the outbox by now deletes what is written into it
    post.driver.stop();
    const rows = await store
      .reopen()
      .then(() => store.writers(board))
      .catch(() => []);
    const stands = rows.some(({ id }) => id === own.row.id) || (rows.length > 0 && post.outbox().length === 0);
    // Nobody has it, or did all of it under the same numbers, of which the server makes nothing twice.
    if (!stands) this.keepNoMore();
    await this.comeBack();
  }
}

/** Notes that an outbox is about; without any, its acts. */
function notesIn(left: readonly Queued[]): number {
  const notes = new Set<ID>();
  const acts = left.filter(({ op }) => op.kind !== "void");
  for (const { op } of acts) notesOf(op, notes);
  return notes.size || acts.length;
}
