/** One outbox with its connection and its copy on this device: what is in it is stored before it is sent. */
import { Core, type Output, type Queued } from "../core";
import { Driver } from "./driver";
import { Mirror } from "./mirror";
import type { Store, WriterRow } from "./store";

export interface PostOptions {
  store: Store;
  row: WriterRow;
  /** what of it is stored already */
  left: readonly Queued[];
  /** what the core tells, each time it was asked */
  told(out: Output): void;
  /** the device does not keep it any more */
  notKept(): void;
  /** what else must survive, numbered from n; 0: without numbers */
  more?(n: number): Queued[];
}

/** Typing is stored this often, ms, */
const keepEvery = 250;
/** and sent this often: letters that come together make one change. */
const sendEvery = 80;

export class Post {
  readonly core: Core;
  readonly driver: Driver;
  private readonly mirror: Mirror;
  private secret: string | undefined;
  private dirty = false;
  private kept = { length: 0, first: 0 };
  private keeping: ReturnType<typeof setTimeout> | undefined;
  private sending: ReturnType<typeof setTimeout> | undefined;

  /** Throws when what is left is not an outbox. */
  constructor(private readonly options: PostOptions) {
    const { row, left, store } = options;
    this.secret = row.secret;
    this.core = new Core({
      token: row.token,
      outbox: left,
      ...(row.secret !== undefined && { writerSecret: row.secret }),
    });
    this.mirror = new Mirror(store, row, left, options.notKept);
    this.driver = new Driver({
      core: this.core,
      board: row.board,
      token: row.token,
      took: (out) => this.took(out),
    });
  }

  /** An op was submitted: it is stored, and sent, when this turn is over. */
  touched(): void {
    this.dirty = true;
    this.driver.wake();
  }

  /** Something was typed: it is stored and sent soon. */
  typed(): void {
    this.keeping ??= setTimeout(() => void this.keepNow(), keepEvery);
    this.sending ??= setTimeout(() => {
      this.sending = undefined;
      this.driver.wake();
    }, sendEvery);
  }

  /** All that is not durable on the server. */
  outbox(): Queued[] {
    const outbox = this.core.outbox();
    const last = outbox.at(-1);
    if (!this.options.more) return outbox;
    return [...outbox, ...this.options.more(last?.n ? last.n + 1 : 0)];
  }

  /** Stores all of it; resolves when that is done. */
  keepNow(outbox = this.outbox()): Promise<void> {
    clearTimeout(this.keeping);
    this.keeping = undefined;
    this.dirty = false;
    this.kept = { length: outbox.length, first: outbox[0]?.n ?? 0 };
    this.secret = this.core.writer?.secret ?? this.secret;
    // While connected the server has it on its disk sooner than this device would; what is lost here by a power cut in
    // between was a number that the server has, and the core bears that.
    return this.mirror.keep(outbox, this.secret, this.core.state !== "live");
  }

  /** Hangs up and stores what is left. */
  async stop(): Promise<void> {
    clearTimeout(this.sending);
    this.sending = undefined;
    this.driver.stop();
    await this.keepNow();
  }

  /** The server takes nothing of it any more: it stays on this device, marked so. */
  close(code: WriterRow["closed"]): Promise<void> {
    return this.mirror.close(code);
  }

  /** Stores nothing while the outbox may be another tab's. */
  pause(on: boolean): void {
    this.mirror.paused = on;
    if (!on) void this.keepNow();
  }

  /** Another tab has it as it is stored: what it does not have is stored under a new name, and nothing from there on. */
  leave(id: string): Promise<void> {
    return this.mirror.leave(this.outbox(), id);
  }

  /** The device was told to forget it: it lasts as long as the page. */
  keepNoMore(): void {
    this.mirror.fail();
  }

  /** Takes it off this device. */
  async remove(): Promise<void> {
    clearTimeout(this.keeping);
    await this.mirror.remove();
  }

  private took(out: Output): Promise<void> | undefined {
    this.options.told(out);
    const submits = out.frames.some((frame) => frame.type === "submit");
    const outbox = this.outbox();
    const other = outbox.length !== this.kept.length || (outbox[0]?.n ?? 0) !== this.kept.first;
    const secret = this.core.writer?.secret ?? this.secret;
    if (!submits && !other && !this.dirty && secret === this.secret) return undefined;
    const stored = this.keepNow(outbox);
    return submits ? stored : undefined;
  }
}
