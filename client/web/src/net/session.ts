/** The session of one person on one board: the wall, and the only way to change it. */
import type { Core, Output, Ticket } from "../core";
import { LiveWall } from "../model";
import type { Refusal, SaveState, Session, Unsubscribe } from "../model/types";
import type { Bytes, Change, Code, ID, NoteText, Op, Role, Signal } from "../protocol.gen";
import { plain } from "../text";
import { OwnActs } from "./acts";
import { Ages } from "./ages";
import { now } from "./driver";
import { Early } from "./early";
import type { Orphans } from "./orphans";
import type { Post } from "./post";
import { LivePresence } from "./presence";
import type { Refusals } from "./refusals";
import { SaveClock } from "./savestate";
import { pictures } from "./soon";
import { joined, wordsLeft } from "./words";

/** Whose session it is, where, and what of it this device keeps. */
export interface SessionOptions {
  board: ID;
  token: string;
  /** who one is there and what one may do, until the board says it */
  me: ID;
  role: Role;
  memoryOnly: boolean;
  refusals: Refusals;
}

export class BoardSession implements Session {
  readonly board: ID;
  readonly token: Bytes;
  readonly wall = new LiveWall();
  readonly presence: LivePresence;
  save: SaveState = { kind: "connecting", waiting: 0, memoryOnly: false };
  recovered = 0;

  readonly early: Early;
  private readonly core: Core;
  private readonly acts: OwnActs;
  private readonly kept: Refusals;
  private readonly clock = new SaveClock(now());
  private readonly ages = new Ages();
  private readonly listeners = new Set<() => void>();
  private readonly soon = pictures();
  private orphans: Orphans | undefined;

  /** what became of the copy and was not shown yet */
  private changes: Change[] | "all" = [];
  private texts = new Set<ID>();
  private showing = false;
  private telling = false;
  private memoryOnly: boolean;
  private deviceOffline = !navigator.onLine;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;
  private presenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly post: Post,
    private readonly opening: SessionOptions,
    private readonly ending: { close(): void; discard(): Promise<void> },
  ) {
    this.board = opening.board;
    this.token = opening.token;
    this.memoryOnly = opening.memoryOnly;
    this.kept = opening.refusals;
    this.core = post.core;
    this.early = new Early(this.core);
    this.acts = new OwnActs(this.core, (op) => this.submit(op));
    this.presence = new LivePresence(this.soon, now);
  }

  get refusals(): readonly Refusal[] {
    return this.kept.list;
  }
  get canUndo(): boolean {
    return this.acts.canUndo;
  }
  get canRedo(): boolean {
    return this.acts.canRedo;
  }

  subscribe(listener: () => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dismiss(ticket: Ticket): void {
    this.kept.dismiss(ticket);
    this.changed();
  }

  /** Another tab of the person's says that they have seen a refusal. */
  seen(id: ID): void {
    if (this.kept.seen(id)) this.changed();
  }

  keep(note: ID, text: string, code: Code): void {
    if (this.kept.told([{ kind: "textRefused", note, text, code }], () => undefined)) this.changed();
  }

  do(op: Op): Ticket {
    this.early.beforeDoing(op, (change) => this.submitTyping(change));
    const ticket = this.submit(op);
    this.acts.did(ticket, op);
    return ticket;
  }

  type(note: ID, was: string, text: string, caret?: number): void {
    const now = plain(text);
    if (this.early.has(note)) this.early.type(note, now);
    else this.core.type(note, plain(was), now, caret === undefined ? caret : plain(text.slice(0, caret)).length);
    this.acts.typed(note);
    this.texts.add(note);
    this.post.typed();
    this.show();
    this.changed();
  }

  undo(): void {
    this.acts.undo();
    this.changed();
  }

  redo(): void {
    this.acts.redo();
    this.changed();
  }

  signal(signal: Signal): void {
    this.core.signal(signal);
    this.post.driver.wake();
  }

  unsavedText(): string {
    const outboxes = [this.post, ...(this.orphans?.waiting.words ?? [])].flatMap((post) => post.outbox());
    const unsent = wordsLeft(outboxes, (note) => this.early.text(note) ?? this.core.text(note));
    return joined([unsent, this.kept.words]);
  }

  close(): void {
    clearTimeout(this.saveTimer);
    clearTimeout(this.presenceTimer);
    this.listeners.clear();
    this.ending.close();
  }

  discard(): Promise<void> {
    return this.ending.discard();
  }

  /** Begins to say where one's work is, with that in others' outboxes that this page sends. */
  begin(orphans: Orphans): void {
    this.orphans = orphans;
    this.show();
    this.look();
  }

  /** The device keeps nothing any more. */
  notKept(): void {
    this.memoryOnly = true;
    this.look();
  }

  /** The device says whether it has a network. */
  setNetwork(online: boolean): void {
    this.deviceOffline = !online;
    this.look();
  }

  /** Takes what the core tells. */
  told(out: Output): void {
    if (out.changes === "all") this.changes = "all";
    else if (this.changes !== "all") this.changes.push(...out.changes);
    for (const note of out.texts) this.texts.add(note);
    this.acts.told(out.notices);
    this.acts.sending(out.frames);
    if (this.kept.told(out.notices, (note) => this.early.lost(note))) this.changed();
    if (out.changes === "all" || out.changes.length > 0 || out.notices.length > 0) this.handOver();
    if (out.notices.some((notice) => notice.kind === "state") && this.core.state === "live") this.deviceOffline = false;
    this.presence.take(out.signals, this.core.me);
    this.presence.present(this.core.here);
    if (out.signals.length > 0) this.watchPresence();
    if (
      out.changes === "all" ||
      out.changes.length > 0 ||
      out.texts.size > 0 ||
      out.pending ||
      out.notices.length > 0
    ) {
      this.showSoon();
    }
    this.look();
  }

  /** Takes what the board says of another tab's outbox. */
  toldOfOrphan(out: Output): void {
    if (this.kept.told(out.notices, () => undefined, true)) this.changed();
  }

  /** Says anew where one's work is. */
  look(): void {
    clearTimeout(this.saveTimer);
    const at = now();
    const outbox = this.post.outbox();
    const own = this.ages.take(outbox, at);
    const other = this.orphans?.waiting;
    const early = this.early.typing;
    const notes = new Set([...own.notes, ...(other?.notes ?? []), ...early]);
    const unsaved = this.core.unsaved() + early.length + (other?.unsaved ?? 0);
    const { say, again } = this.clock.look(
      {
        state: this.core.state,
        code: this.core.why?.code,
        role: this.who.role,
        deviceOffline: this.deviceOffline,
        unsaved,
        waiting: unsaved > 0 ? notes.size : 0,
        oldest: least(own.oldest, other?.oldest),
        memoryOnly: this.memoryOnly,
      },
      at,
    );
    if (again !== undefined) this.saveTimer = setTimeout(() => this.look(), Math.max(20, again - at));
    if (sameState(say, this.save)) return;
    this.save = say;
    this.changed();
  }

  private get who(): { me: ID; role: Role } {
    const { me, role } = this.core;
    return me === "" ? this.opening : { me, role };
  }

  private submit(op: Op): Ticket {
    const ticket = this.core.submit(op);
    this.early.did(op);
    this.post.touched();
    this.show();
    this.changed();
    return ticket;
  }

  private submitTyping(change: NoteText): void {
    this.acts.sent(change.note, change.rev, this.core.submit(change));
  }

  private handOver(): void {
    const before = this.early.typing.length;
    for (const { note, text, code } of this.early.handOver()) {
      this.kept.homeless(note, text, code);
      this.texts.add(note);
    }
    if (this.early.typing.length === before) return;
    this.post.touched();
    this.changed();
  }

  /** Shows what was told with the next picture; own acts at once. */
  private showSoon(): void {
    if (this.showing) return;
    this.showing = true;
    this.soon(() => {
      if (this.showing) this.show();
    });
  }

  private show(): void {
    const { changes, texts, core, early } = this;
    this.showing = false;
    this.changes = [];
    this.texts = new Set();
    this.wall.update(
      {
        view: core.view,
        ...this.who,
        writer: core.writer,
        text: (note) => early.text(note) ?? core.text(note),
        typing: () => [...core.typing(), ...early.typing],
        pending: () => core.pending(),
      },
      changes,
      texts,
    );
  }

  private watchPresence(): void {
    clearTimeout(this.presenceTimer);
    const next = this.presence.expire();
    if (next === undefined) return;
    this.presenceTimer = setTimeout(() => this.watchPresence(), Math.max(50, next - now()));
  }

  /** Tells, once a turn. */
  private changed(): void {
    if (this.telling) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      for (const told of [...this.listeners]) told();
    });
  }
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function sameState(a: SaveState, b: SaveState): boolean {
  return a.kind === b.kind && a.waiting === b.waiting && a.code === b.code && a.memoryOnly === b.memoryOnly;
}
