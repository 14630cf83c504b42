import type { Base, ID, Limits, Op, Ref, Role, Signal } from "../protocol.gen";
import type { Cause, CoreOptions, Ending, Output, Pending, Queued, State, Ticket, View } from "./types";

/**
 * A client without clock or network: frames, ops and the time go in, frames and notices come out. It keeps the outbox,
 * the view, the notes being typed, and every rule of the protocol about them.
 *
 * Its user connects and calls start; passes every message on to receive or receiveBase; calls take after every call and at
 * next, stores the outbox and sends the frames in order; and when the connection ends calls closed, which says when to
 * connect again.
 */
export declare class Core {
  /** Throws when the outbox to continue is not one. */
  constructor(options: CoreOptions);

  /** The copy of the board. It is only to be read, and changes with the next call; after a new base it is another object. */
  get view(): View;
  get state(): State;
  /** Why the state is not live: of offline how the last connection ended, of closed for good. */
  get why(): Ending | undefined;
  /** "" before the first welcome */
  get board(): Ref;
  get me(): Ref;
  get role(): Role;
  /** who has a connection */
  get here(): ReadonlySet<ID>;
  /** the protocol's before the first welcome */
  get limits(): Readonly<Limits>;
  /** the outbox's writer, once the board made one */
  get writer(): { id: ID; secret: string } | undefined;

  /** Puts an op into the outbox. Throws RefusedError for what can never be valid, ClosedError on a closed board. */
  submit(op: Op): Ticket;
  /** Withdraws an op that has not been acked; what became of it an acked notice says. False: too late. */
  giveUp(ticket: Ticket): boolean;
  /**
   * Does to a note's text what its author did to `was`, the text they were looking at, by making it `now`. If others
   * changed it meanwhile, both stay. Returns the text now shown. Throws RefusedError or ClosedError.
   */
  type(note: ID, was: string, now: string): string;
  /** A note's text as its author sees it here: with what was typed and is not on the board yet. */
  text(note: ID): string | undefined;
  /** The notes of which something typed here is not on the board yet. */
  typing(): ID[];
  /** Own ops, typing excepted, not known to be in the view, in order. */
  pending(): Pending[];
  /** What must survive this page: the ops that are not saved, with what was typed and is not submitted as last of them. */
  outbox(): Queued[];
  /** How many ops, and notes with typing that is not submitted yet, are not durable. */
  unsaved(): number;
  /** Sends a signal when the rate allows: of each kind the latest. It is dropped without a connection. */
  signal(signal: Signal): void;

  /** A connection was made: what take returns next begins with hello. */
  start(now: number): void;
  /** Takes a text message. */
  receive(frame: string, now: number): void;
  /** Takes a part of the whole state: a binary message, unzipped and parsed. */
  receiveBase(part: Base, now: number): void;
  /** When take has something to do by the clock alone; undefined: never. */
  next(): number | undefined;
  /** What is to be done now; it is forgotten here. */
  take(now: number): Output;
  /**
   * The connection ended, or could not be made. Returns when to connect again, undefined if never: then `why` says why, and
   * the outbox stays to be read.
   */
  closed(cause: Cause, now: number): number | undefined;
}
