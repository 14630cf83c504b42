/**
 * What the page reads. The live board and the past are both a {@link Wall}, so the canvas, the list and the outcome show
 * either; all of them change through {@link Session} only.
 */
import type { Cover, Participant, Perspective } from "../core/types";
import type { Bytes, Code, ID, Op, Ref, Ring, Role, Signal } from "../protocol.gen";

export type { Cover, Participant, Perspective };

/** Places and sizes of everything are in 1/64 of a board unit. */
export interface Note {
  readonly id: ID;
  x: number;
  y: number;
  w: number;
  h: number;
  text: string;
  rev: ID;
  /** 1..8 */
  colour: number;
  tags: readonly string[];
  perspective: Ref;
  author: Ref;
  cluster: Ref;
  /** of a target; by the note's centre */
  ring: Ref;
  /** higher lies above */
  front: number;
  created: number;
  /** own changes of it are not acked yet */
  unsaved: boolean;
}

export interface Cluster {
  readonly id: ID;
  title: string;
  /** the how-manieth cluster ever made */
  order: number;
  created: number;
  /** its notes, in reading order */
  notes: readonly ID[];
}

export interface Area {
  readonly id: ID;
  form: "frame" | "target";
  title: string;
  /** a frame's left and top, a target's centre */
  x: number;
  y: number;
  /** a frame's */
  w: number;
  h: number;
  /** a target's, smallest first; `size` is half the width of an ellipse 10:7 */
  rings: readonly Ring[];
  front: number;
}

export interface Connector {
  readonly id: ID;
  from: ID;
  to: ID;
  label: string;
}

/** A link as those who may make links see it; the secret is nobody's to see again. */
export interface Invitation {
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

/** What became another since the last call of a listener. An id stands there too when its object is gone. */
export interface Touched {
  /** everything may be another: a new copy */
  all: boolean;
  cover: boolean;
  perspectives: boolean;
  participants: ReadonlySet<ID>;
  notes: ReadonlySet<ID>;
  clusters: ReadonlySet<ID>;
  areas: ReadonlySet<ID>;
  connectors: ReadonlySet<ID>;
  links: boolean;
}

export type Unsubscribe = () => void;

/** A board to look at. Objects are replaced or changed in place between two calls of a listener: keep ids, not objects. */
export interface Wall {
  readonly cover: Readonly<Cover>;
  /** whose eyes these are; "" in the past */
  readonly me: Ref;
  readonly role: Role;
  readonly participants: ReadonlyMap<ID, Readonly<Participant>>;
  /** in the order they are shown */
  readonly perspectives: readonly Readonly<Perspective>[];
  readonly notes: ReadonlyMap<ID, Readonly<Note>>;
  readonly clusters: ReadonlyMap<ID, Readonly<Cluster>>;
  readonly areas: ReadonlyMap<ID, Readonly<Area>>;
  readonly connectors: ReadonlyMap<ID, Readonly<Connector>>;
  readonly links: ReadonlyMap<ID, Readonly<Invitation>>;
  subscribe(listener: (touched: Touched) => void): Unsubscribe;
}

/** Who else is here and what their hands do. Never kept; places in 1/64 unit. */
export interface Presence {
  readonly here: ReadonlySet<ID>;
  /** others' pointers; `at` is performance.now() of the last move */
  readonly cursors: ReadonlyMap<ID, { x: number; y: number; at: number }>;
  /** who is typing in a note, besides oneself */
  readonly typing: ReadonlyMap<ID, ReadonlySet<ID>>;
  /** notes in others' hands, where they are held */
  readonly drags: ReadonlyMap<ID, { x: number; y: number; by: ID }>;
  /** by whom a note is selected */
  readonly selections: ReadonlyMap<ID, ReadonlySet<ID>>;
  subscribe(listener: () => void): Unsubscribe;
}

/** Where one's work is, for the one line that says so. */
export interface SaveState {
  kind:
    | "saved"
    | "saving"
    /** not durable for more than 5 s, though connected */
    | "slow"
    /** no connection for more than 3 s, or the device says so */
    | "offline"
    /** connected again with work that waits */
    | "reconnected"
    /** connecting for the first time */
    | "connecting"
    /** one only looks */
    | "watching"
    /** no way back: `code` says why */
    | "closed";
  /** notes with work that is not durable */
  waiting: number;
  code?: Code;
  /** the device cannot keep what is not sent: this tab must stay open */
  memoryOnly: boolean;
}

/** What the board did not do, with the words that would be lost otherwise. */
export interface Refusal {
  readonly ticket: Ticket;
  readonly op: Op;
  readonly code: Code;
  /** what the person had written, if anything */
  readonly text: string;
}

/** Names an op on its way. */
export type Ticket = number;

/** One person on one board, from joining to leaving: the wall, and the only way to change it. */
export interface Session {
  readonly board: ID;
  readonly wall: Wall;
  readonly presence: Presence;
  readonly save: SaveState;
  /** newest last; the page takes them away when they have been seen */
  readonly refusals: readonly Refusal[];
  dismiss(ticket: Ticket): void;
  /** Adds to the refusals what was written in a note and cannot go into it. */
  keep(note: ID, text: string, code: Code): void;
  /** Shows the op at once and keeps it until it is durable. Throws a Code for an op that can never be valid. */
  do(op: Op): Ticket;
  /**
   * Types into a note: it looked like `was` and is to look like `now`. What others type meanwhile stays. The wall's text
   * of the note is what one sees, one's own typing included. `caret` is where the caret stands in `now`: of equal letters
   * in a row it says which one was typed.
   */
  type(note: ID, was: string, now: string, caret?: number): void;
  /** Takes back the newest own act that has not been taken back, or does it again. */
  undo(): void;
  redo(): void;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Tells the others, when the rate allows; of a kind the latest wins. */
  signal(s: Signal): void;
  /** Called when save, refusals, canUndo or canRedo became another. */
  subscribe(listener: () => void): Unsubscribe;
  /** Everything typed here that is not durable, as plain text, to copy or save. */
  unsavedText(): string;
  /** The participant's token, for REST. */
  readonly token: Bytes;
  close(): void;
}
