import {
  type Bye,
  type Change,
  type ClientFrame,
  type ID,
  type Limits,
  limits,
  type Op,
  type Ref,
  type Role,
  type Signal,
} from "../protocol.gen";
import type { Draft } from "./draft";
import { newID } from "./id";
import { prepare } from "./ops";
import { Entry, Outbox } from "./outbox";
import type { Parked } from "./parked";
import { SignalQueue } from "./signals";
import { restore } from "./stored";
import type { CoreOptions, Ending, Notice, State, Ticket } from "./types";
import { Copy } from "./view";

/** A base that is not complete. */
export interface Loading {
  copy: Copy;
  of: number;
  got: number;
}

/** What a Core holds. The files beside this one say what becomes of it, one subject each. */
export class Inner {
  readonly token: string;
  readonly watch: boolean;
  readonly newID: () => ID;
  readonly random: () => number;

  // The person.
  board: Ref = "";
  me: Ref = "";
  role: Role = "none";
  limits: Limits = {
    frame: limits.maxFrame,
    ops: 0,
    burst: 0,
    signals: 40,
    outstanding: limits.maxOutstanding,
    objects: limits.maxObjects,
    noteText: limits.maxNoteText,
  };
  readonly here = new Set<ID>();

  // The outbox and what is being typed.
  readonly outbox: Outbox;
  readonly drafts = new Map<ID, Draft>();
  readonly parked = new Map<ID, Parked>();
  #tickets = 0;

  // The copy.
  copy = new Copy();
  loading: Loading | undefined = undefined;
  /** of changes frames without a position: the rest of the moment follows */
  moment: Change[] = [];

  // The connection.
  state: State = "offline";
  /** why the state is not live */
  why: Ending | undefined = undefined;
  /** a welcome is due */
  greeting = false;
  rewinding = false;
  /** this connection was rewound, so that what was submitted before may still be answered */
  rewound = false;
  /** the highest number the board had of the writer, by the last welcome */
  last = 0;
  heard = 0;
  nextPing = 0;
  /** the connection is of no use any more, because of hangReason */
  hangup = false;
  hangReason = "";
  /** come back at once */
  anew = false;
  /** why the last writer was lost */
  restored = false;
  tries = 0;
  /** when another connection took the writer last */
  replaced: number | undefined = undefined;
  bye: Bye | undefined = undefined;

  // What waits for take.
  frames: ClientFrame[] = [];
  notices: Notice[] = [];
  got: Signal[] = [];
  folded: Change[] | "all" = [];
  texts = new Set<ID>();
  pendingTouched = false;
  signals = new SignalQueue();

  constructor(options: CoreOptions) {
    this.token = options.token;
    this.watch = options.watch ?? false;
    this.newID = options.newID ?? newID;
    this.random = options.random ?? Math.random;
    this.outbox = new Outbox(options.writerSecret ?? "");
    restore(this, options.outbox ?? []);
  }

  ticket(): Ticket {
    return ++this.#tickets;
  }

  /** Puts an op into the outbox. Throws RefusedError. */
  enqueue(op: Op): Entry {
    const { op: kept, size } = prepare(op, this.limits.frame);
    const e = new Entry(this.ticket(), kept, size);
    this.outbox.push(e);
    this.pendingTouched = true;
    return e;
  }

  notify(n: Notice): void {
    this.notices.push(n);
  }

  setState(state: State, why?: Ending): void {
    if (this.state === state && why === undefined && this.why === undefined) return;
    this.state = state;
    this.why = why;
    this.notify(why === undefined ? { kind: "state", state } : { kind: "state", state, why });
  }

  setRole(role: Role): void {
    if (this.role === role) return;
    this.role = role;
    this.notify({ kind: "role", role });
  }

  /** Ends the connection, for a reason that programmers read; "": the server said why. */
  hang(reason: string): void {
    if (this.hangup) return;
    this.hangup = true;
    this.hangReason = reason;
  }

  /** A copy that is not what the server thinks it is: the whole state is taken anew. */
  lost(error: unknown): void {
    this.copy.at = "";
    this.hang(error instanceof Error ? error.message : String(error));
  }

  /** How many ops, and notes with typing that is not submitted yet, are not durable. */
  unsaved(): number {
    let n = this.parked.size;
    for (const e of this.outbox.entries) {
      if (e.ticket !== 0) n++;
    }
    for (const d of this.drafts.values()) {
      if (d.hasTyped) n++;
    }
    return n;
  }
}
