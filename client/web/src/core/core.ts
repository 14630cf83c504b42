import {
  type Base,
  type ID,
  type Limits,
  limits,
  type Op,
  type Ping,
  type Ref,
  type Role,
  type Signal,
} from "../protocol.gen";
import { receiveBase } from "./changes";
import { closed } from "./closed";
import { Inner } from "./inner";
import { pingEvery, receive, start } from "./receive";
import { checkSignal } from "./signals";
import { stored } from "./stored";
import type { Cause, CoreOptions, Ending, Output, Pending, Queued, State, Ticket, View } from "./types";
import { mayChange, sendDrafts, shownText, type } from "./typing";

/** After how many milliseconds without a word from the server a connection is of no use. */
const silence = 12_000;

/**
 * A client without clock or network: frames, ops and the time go in, frames and notices come out. It keeps the outbox,
 * the view, the notes being typed, and every rule of the protocol about them.
 *
 * Its user connects and calls start; passes every message on to receive or receiveBase; calls take after every call and at
 * next, stores the outbox and sends the frames in order; and when the connection ends calls closed, which says when to
 * connect again. Times are milliseconds of one clock that never goes back.
 */
export class Core {
  readonly #in: Inner;

  /** Throws when the outbox to continue is not one. */
  constructor(options: CoreOptions) {
    this.#in = new Inner(options);
  }

  /** The copy of the board. It is only to be read, and changes with the next call; after a new base it is another object. */
  get view(): View {
    return this.#in.copy;
  }

  get state(): State {
    return this.#in.state;
  }

  /** Why the state is not live: of offline how the last connection ended, of closed for good. */
  get why(): Ending | undefined {
    return this.#in.why;
  }

  /** "" before the first welcome */
  get board(): Ref {
    return this.#in.board;
  }

  get me(): Ref {
    return this.#in.me;
  }

  get role(): Role {
    return this.#in.role;
  }

  /** Who has a connection. */
  get here(): ReadonlySet<ID> {
    return this.#in.here;
  }

  /** The protocol's before the first welcome. */
  get limits(): Readonly<Limits> {
    return this.#in.limits;
  }

  /** The outbox's writer, once the board made one. */
  get writer(): { id: ID; secret: string } | undefined {
    const { writer, secret } = this.#in.outbox;
    return writer === "" || secret === "" ? undefined : { id: writer, secret };
  }

  /** Puts an op into the outbox. Throws RefusedError for what can never be valid, ClosedError on a closed board. */
  submit(op: Op): Ticket {
    mayChange(this.#in);
    return this.#in.enqueue(op).ticket;
  }

  /** Withdraws an op that has not been acked; what became of it an acked notice says. False: too late. */
  giveUp(ticket: Ticket): boolean {
    const { outbox } = this.#in;
    const e = outbox.entries.find((entry) => entry.ticket === ticket && entry.typing === undefined);
    if (e === undefined || e.known || e.given !== undefined) return false;
    outbox.giveUp(e);
    this.#in.pendingTouched = true;
    return true;
  }

  /**
   * Does to a note's text what its author did to `was`, the text they were looking at, by making it `now`. If others
   * changed it meanwhile, both stay. Returns the text now shown. Throws RefusedError or ClosedError.
   */
  type(note: ID, was: string, now: string, caret?: number): string {
    return type(this.#in, note, was, now, caret);
  }

  /** A note's text as its author sees it here: with what was typed and is not on the board yet. */
  text(note: ID): string | undefined {
    return shownText(this.#in, note);
  }

  /** The notes of which something typed here is not known to be on the board. */
  typing(): ID[] {
    return [...new Set([...this.#in.drafts.keys(), ...this.#in.parked.keys()])];
  }

  /** Own ops, typing excepted, not known to be in the view, in order. */
  pending(): Pending[] {
    const { outbox, last } = this.#in;
    const out: Pending[] = [];
    for (const e of outbox.entries) {
      if (e.ticket === 0 || e.typing !== undefined || e.given !== undefined || e.inView) continue;
      out.push({ ticket: e.ticket, n: e.n, op: e.op, acked: outbox.numbered && e.n <= last });
    }
    return out;
  }

  /**
   * What must survive this page, as it stands: the ops that are not saved, with what was typed and is not submitted as last
   * of them. It is stored before the frames of a take are sent.
   */
  outbox(): Queued[] {
    return stored(this.#in);
  }

  /** How many ops, and notes with typing that is not submitted yet, are not durable. */
  unsaved(): number {
    return this.#in.unsaved();
  }

  /** Sends a signal when the rate allows: of each kind the latest. It is dropped without a connection. */
  signal(signal: Signal): void {
    checkSignal(signal);
    if (this.#in.state === "live") this.#in.signals.put(signal);
  }

  /** A connection was made: what take returns next begins with hello. */
  start(now: number): void {
    start(this.#in, now);
  }

  /** Takes a text message. */
  receive(frame: string, now: number): void {
    receive(this.#in, frame, now);
  }

  /** Takes a part of the whole state: a binary message, unzipped and parsed. */
  receiveBase(part: Base, now: number): void {
    receiveBase(this.#in, part, now);
  }

  /** When take has something to do by the clock alone; undefined: never. */
  next(): number | undefined {
    const c = this.#in;
    if (c.state === "offline" || c.state === "closed" || c.hangup) return undefined;
    let next = c.heard + silence;
    if (c.greeting) return next;
    next = Math.min(next, c.nextPing);
    const { hold, sent, next: free } = c.outbox;
    if (c.loading === undefined && sent < free - 1 && hold !== undefined) next = Math.min(next, hold);
    return c.signals.empty ? next : Math.min(next, c.signals.next);
  }

  /** What is to be done now; it is forgotten here. */
  take(now: number): Output {
    const c = this.#in;
    sendDrafts(c);
    if (c.state === "connecting" || c.state === "live") {
      if (now - c.heard >= silence) c.hang("heard nothing from the server for 12 s");
      if (!c.greeting && !c.hangup) this.#pump(now);
    }
    const out: Output = {
      frames: c.frames,
      notices: c.notices,
      signals: c.got,
      changes: c.folded,
      texts: c.texts,
      pending: c.pendingTouched,
      hangup: c.hangup,
    };
    c.frames = [];
    c.notices = [];
    c.got = [];
    c.folded = [];
    c.texts = new Set();
    c.pendingTouched = false;
    return out;
  }

  /**
   * The connection ended, or could not be made. Returns when to connect again, undefined if never: then `why` says why, and
   * the outbox stays to be read.
   */
  closed(cause: Cause, now: number): number | undefined {
    return closed(this.#in, cause, now);
  }

  /** Makes the frames that are due on a connection that has been welcomed. */
  #pump(now: number): void {
    const c = this.#in;
    if (!c.watch && c.loading === undefined) {
      const { outstanding, frame } = c.limits;
      const window = outstanding > 0 ? Math.min(limits.maxOutstanding, outstanding) : limits.maxOutstanding;
      c.frames.push(...c.outbox.submits(window, frame, now));
    }
    const signals = c.signals.take(c.limits.signals, now);
    if (signals !== undefined) c.frames.push(signals);
    if (now < c.nextPing) return;
    const ping: Ping = { type: "ping" };
    if (c.loading === undefined && c.copy.at !== "") ping.at = c.copy.at;
    c.frames.push(ping);
    c.nextPing = now + pingEvery;
  }
}
