/** What a Core is made of, is told and tells. Times are milliseconds of one clock that never goes back. */
import type { Change, ClientFrame, Code, ID, Op, Ref, Ring, Role, Signal } from "../protocol.gen";

/** Names an op from submit on. It stays when the op gets another number. */
export type Ticket = number;

/** An op in the outbox and the number it has, or will be given; 0: not known before the next welcome. */
export interface Queued {
  n: number;
  op: Op;
  /** of what was typed: what it takes to make it anew. Stored with the op. */
  typing?: {
    /** the text that the change was made on */
    before: string;
    /** its place among those of its note */
    at: number;
    /** submitted, given up since, or not submitted; maybe: not any more, but the board may have it */
    state: "sent" | "given" | "typed" | "maybe";
    /** a void was submitted under its number */
    voided?: boolean;
  };
}

/** What a Core begins with. */
export interface CoreOptions {
  token: string;
  /** resume secret of the outbox to continue; absent: the board makes a new one */
  writerSecret?: string;
  /** what an earlier page left in that outbox */
  outbox?: readonly Queued[];
  /** only watch: no writer, no ops */
  watch?: boolean;
  /** where revision ids come from; absent: the browser's cryptographic source */
  newID?: () => ID;
  /** in [0, 1), for how long to wait before coming back; absent: Math.random */
  random?: () => number;
}

/** offline: it is tried again; connecting: does not have the board yet; closed: for good. */
export type State = "offline" | "connecting" | "live" | "closed";

/** Why an op did nothing, or for a batch not all, though it has its number. */
export interface Refused {
  /** absent for a batch */
  code?: Code;
  /** of a batch: a code, or "", per part */
  parts?: readonly (Code | "")[];
}

/** How a connection ended, or why there is none. */
export interface Ending {
  code?: Code;
  /** WebSocket close code, 0: there was none */
  close: number;
  /** a sentence for people if there is a code, else for programmers */
  message: string;
}

/** What the transport knows of how a connection ended. What the bye frame said goes before it. */
export interface Cause {
  /** WebSocket close code */
  close?: number;
  /** what a refused request said */
  code?: Code;
  message?: string;
  /** in how many milliseconds the server wants this client back at the earliest */
  retry?: number;
}

/** Something the program may want to tell its person, or must act on. */
export type Notice =
  /** The connection became something else; why, while not all is well. */
  | { kind: "state"; state: State; why?: Ending }
  /**
   * The board has the op in its order; `refused`: it did nothing, or not all. It comes again when the board went back to
   * an earlier moment and says something else now. Typing has none of these. `n` 0: it was given up, and the writer
   * that the outbox has now has no number for it.
   */
  | { kind: "acked"; ticket: Ticket; writer: Ref; n: number; op: Op; refused?: Refused }
  /** The op is durable and has left the outbox. */
  | { kind: "saved"; ticket: Ticket; writer: Ref; n: number; refused?: Refused }
  /** What was typed into a note did not get onto the board; `text` is all of it as the person saw it. */
  | { kind: "textRefused"; note: ID; text: string; code: Code }
  /** The board gave this outbox a writer. The secret belongs beside the stored outbox, before anything is sent. */
  | { kind: "writerMade"; id: ID; secret: string }
  /**
   * The board does not know this outbox's numbers any more: it was restored from a backup (`restored`), or the person had
   * too many outboxes. The `unsaved` ops are submitted again as a new writer.
   */
  | { kind: "writerLost"; restored: boolean; unsaved: number }
  /** The board went back to an earlier moment; what was not saved is submitted again. */
  | { kind: "rewound"; code: Code; message: string }
  /** The server takes no ops for `retry` milliseconds. Nothing is lost. */
  | { kind: "notnow"; code: Code; message: string; retry: number }
  /** This person's role became another. */
  | { kind: "role"; role: Role };

/** What a Core wants done, and what became another, since the last take. */
export interface Output {
  /** to send, in order, each as one JSON text; the outbox is stored first */
  frames: ClientFrame[];
  notices: Notice[];
  /** received */
  signals: Signal[];
  /** what was folded into the view, in order; "all": the view is a new one */
  changes: readonly Change[] | "all";
  /** notes of which {@link Core.text} may be another without a change of theirs */
  texts: ReadonlySet<ID>;
  /** {@link Core.pending} may be another */
  pending: boolean;
  /** close the connection, behind the frames, and call closed */
  hangup: boolean;
}

/** An own op that is not known to be in the view. */
export interface Pending {
  ticket: Ticket;
  /** its number; before the first welcome only a place in the order */
  n: number;
  op: Op;
  /** the board has it, so the view may have it already: what is not the same when done twice must not be predicted */
  acked: boolean;
}

/** Refuses what can never be valid, before it gets a number. */
export class RefusedError extends Error {
  constructor(
    readonly code: Code,
    detail = "",
  ) {
    super(detail === "" ? code : `${code}: ${detail}`);
    this.name = "RefusedError";
  }
}

/** Is thrown for ops on a board that is closed for good. */
export class ClosedError extends Error {
  constructor(readonly why: Ending) {
    super(why.message);
    this.name = "ClosedError";
  }
}

/** What a board says about itself. */
export interface Cover {
  title: string;
  question: string;
  /** BCP 47 */
  language: string;
  background: string;
  /** unix milliseconds */
  created: number;
  deleted: boolean;
}

export interface Participant {
  readonly id: ID;
  name: string;
  /** 1..8 */
  colour: number;
  perspective: Ref;
  role: Role;
  left: boolean;
}

export interface Perspective {
  readonly id: ID;
  label: string;
  /** 1..8 */
  colour: number;
  /** 1..8 */
  pattern: number;
}

/** Places and sizes are in 1/64 of a board unit. */
export interface Note {
  readonly id: ID;
  x: number;
  y: number;
  w: number;
  h: number;
  /** as the board has it, without what is being typed here */
  text: string;
  rev: Ref;
  colour: number;
  tags: readonly string[];
  perspective: Ref;
  author: Ref;
  cluster: Ref;
  ring: Ref;
  front: number;
  created: number;
}

export interface Cluster {
  readonly id: ID;
  title: string;
  order: number;
  created: number;
}

export interface Area {
  readonly id: ID;
  form: string;
  title: string;
  x: number;
  y: number;
  w: number;
  h: number;
  rings: readonly Ring[];
  front: number;
}

export interface Connector {
  readonly id: ID;
  from: Ref;
  to: Ref;
  label: string;
}

export interface Link {
  readonly id: ID;
  role: Role;
  label: string;
  expires: number;
  uses: number;
  used: number;
  password: boolean;
  revoked: boolean;
  created: number;
}

/** A copy of the board: what one's role may see, and only what the server told; nothing in it is predicted. */
export interface View {
  /** number of the last entry the view knows of */
  readonly seq: number;
  /** its position, to resume from; "" if it has none */
  readonly at: string;
  readonly cover: Readonly<Cover>;
  readonly participants: ReadonlyMap<ID, Readonly<Participant>>;
  /** in the order they are shown */
  readonly perspectives: readonly Readonly<Perspective>[];
  readonly notes: ReadonlyMap<ID, Readonly<Note>>;
  readonly clusters: ReadonlyMap<ID, Readonly<Cluster>>;
  readonly areas: ReadonlyMap<ID, Readonly<Area>>;
  readonly connectors: ReadonlyMap<ID, Readonly<Connector>>;
  readonly links: ReadonlyMap<ID, Readonly<Link>>;
}
