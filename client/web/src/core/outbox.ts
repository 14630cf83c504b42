import type { ClientFrame, ID, Op, Ref, Runs, Submit } from "../protocol.gen";
import { frameOverhead, opSize } from "./ops";
import type { Refused, Ticket } from "./types";

/** A draft's change with the text it was made on, to be made anew where the base is lost. */
export interface Typing {
  note: ID;
  /** that the change makes */
  rev: ID;
  before: string;
  change: Runs;
}

/** An op that has not left the outbox. */
export class Entry {
  n = 0;
  /** what stood here before its author gave it up; undefined: not given up */
  given: Op | undefined = undefined;
  /** was given up once, so that a conflict is with that void */
  voided = false;
  /** was put back since the last welcome: the board had it before the void */
  back = false;
  /** was submitted under this number, on whatever connection */
  out = false;
  /** the op itself, not its void, was submitted since the last welcome, and will be answered */
  asked = false;
  /** what a draft's change did; undefined: not a draft's */
  typing: Typing | undefined = undefined;
  /** what the board said of it since the last welcome */
  refused: Refused | undefined = undefined;
  /** the program has been told what became of it, which is outcome */
  known = false;
  outcome: Refused | undefined = undefined;
  /** the view has what it did */
  inView = false;

  constructor(
    /** 0: a filler, which only keeps its number from meaning something else */
    public ticket: Ticket,
    public op: Op,
    /** of op on the wire, bytes */
    public size: number,
  ) {}

  setOp(op: Op): void {
    this.op = op;
    this.size = opSize(op);
  }

  /**
   * Whether an ack says what became of the op. Of a number that was given up it does not: whether op or void stands there,
   * only the void's own answer tells.
   */
  get decided(): boolean {
    return this.given === undefined || this.refused?.code === "void";
  }

  /** Puts the op back that the board had before it heard of the void: that is what its number means. */
  landed(): void {
    if (this.given === undefined) return;
    this.setOp(this.given);
    this.given = undefined;
    this.back = true;
  }

  /** Makes the entry a filler: its op is done with, its number is not. */
  spend(): void {
    this.ticket = 0;
    this.typing = this.given = this.refused = undefined;
    this.known = true;
    this.setOp(newVoid());
  }
}

export const newVoid = (): Op => ({ kind: "void" });

export function filler(): Entry {
  const op = newVoid();
  const e = new Entry(0, op, opSize(op));
  e.known = true;
  return e;
}

/**
 * One writer's ops from the oldest that the board may still lose. Numbers in it have no holes: the i-th entry has number
 * first + i.
 */
export class Outbox {
  writer: Ref = "";
  secret: string;
  /** the numbers are the board's; before, they wait for the first welcome */
  numbered = false;
  entries: Entry[] = [];
  /** number of the first entry, or the next one to be given */
  first = 1;

  /** numbers that own.acked named since the last welcome, of those submitted since */
  told = 0;
  /** those of them of which it is known what stands there; an op that was given up stops it */
  acked = 0;
  /** numbers that are durable; does not go back, a durable op is not lost */
  saved = 0;
  /** numbers submitted since the last welcome */
  sent = 0;
  /** nothing is submitted before, */
  hold: number | undefined = undefined;
  /** and then from this number on; 0: from the first that is not acked */
  block = 0;

  /** the board takes no new numbers of this writer: */
  pruned = false;
  /** nothing above this one, the last it has, is submitted */
  limit = 0;

  constructor(secret: string) {
    this.secret = secret;
  }

  get next(): number {
    return this.first + this.entries.length;
  }

  at(n: number): Entry | undefined {
    return this.entries[n - this.first];
  }

  push(e: Entry): void {
    e.n = this.next;
    this.entries.push(e);
  }

  /** Puts a void under an op's number. */
  giveUp(e: Entry): void {
    e.given = e.op;
    e.voided = true;
    e.setOp(newVoid());
    this.restart(e.n);
  }

  /** The highest number that needs no submitting now. */
  get settled(): number {
    return Math.max(this.acked, this.first - 1);
  }

  /** Makes everything in the outbox be submitted again from n on. */
  restart(n: number): void {
    this.sent = Math.max(Math.min(this.sent, n - 1), this.settled);
  }

  /** A welcome or a rewind: what was acked may be lost, what was submitted is unknown. */
  forget(): void {
    this.told = this.acked = this.block = 0;
    this.sent = this.first - 1;
    this.hold = undefined;
    for (const e of this.entries) {
      e.refused = undefined;
      e.asked = e.back = false;
    }
  }

  /** Takes the entries off that are saved and acked since the last rewind, and returns them. */
  leave(): Entry[] {
    const gone = Math.min(this.acked, this.saved);
    if (gone < this.first) return [];
    const left = this.entries.splice(0, gone - this.first + 1);
    this.first = gone + 1;
    return left;
  }

  /** Gives the board's numbers to an outbox that waited for them. */
  number(first: number): void {
    this.first = first;
    this.numbered = true;
    this.entries.forEach((e, i) => {
      e.n = first + i;
    });
  }

  /**
   * Makes the whole outbox that of a new writer, whose numbers begin at 1. Ops that name a number of the old writer as this
   * writer's are made to name what they meant. Returns what needs no number now: ops that were given up, and typing
   * whose outcome is known, since a change's base may be gone with the old numbers.
   */
  adopt(writer: ID, secret: string): Entry[] {
    const was = this.writer;
    const moved = new Map<number, number>();
    const kept: Entry[] = [];
    const dropped: Entry[] = [];
    for (const e of this.entries) {
      if (e.ticket === 0) continue;
      if (e.given !== undefined || (e.typing !== undefined && e.known)) dropped.push(e);
      else {
        kept.push(e);
        moved.set(e.n, kept.length);
      }
    }
    this.writer = writer;
    this.secret = secret;
    this.entries = kept;
    this.saved = 0;
    this.pruned = false;
    this.number(1);
    for (const e of kept) {
      e.setOp(
        retarget(e.op, (named, n) => {
          if (named !== "" && named !== was) return [named, n];
          const to = moved.get(n);
          return to === undefined ? [was, n] : ["", to];
        }),
      );
      e.out = e.voided = false;
    }
    return dropped;
  }

  /**
   * Gives an op whose number turned out to be used for something else a new number. Its old number is filled, so that it is
   * not missing when the board loses it.
   */
  moveToEnd(e: Entry): void {
    const old = filler();
    old.n = e.n;
    this.entries[e.n - this.first] = old;
    this.push(e);
    e.out = e.voided = false;
    e.refused = undefined;
    for (const other of this.entries) {
      if (!other.out) {
        other.setOp(retarget(other.op, (named, n) => [named, named === "" && n === old.n ? e.n : n]));
      }
    }
  }

  /** Returns the frames that may be sent now, with at most so many ops unacked and so many bytes a frame. */
  submits(window: number, bytes: number, now: number): ClientFrame[] {
    if (this.hold !== undefined && now < this.hold) return [];
    this.hold = undefined;
    this.sent = Math.max(this.sent, this.settled);
    let last = Math.min(this.next - 1, this.settled + window);
    if (this.pruned) last = Math.min(last, this.limit);
    if (this.sent >= last) return [];
    const frames = this.#unblock();
    while (this.sent < last) {
      const submit: Submit = { type: "submit", n: this.sent + 1, ops: [] };
      let size = frameOverhead;
      while (this.sent < last) {
        const e = this.at(this.sent + 1);
        if (e === undefined) break;
        size += e.size + 1;
        if (size > bytes && submit.ops.length > 0) break;
        submit.ops.push(e.op);
        e.out = true;
        e.asked ||= e.given === undefined;
        this.sent++;
      }
      frames.push(submit);
    }
    return frames;
  }

  /**
   * Goes back to the number that the server did not take. If an earlier copy of that op has made it leave the outbox since, a
   * void under its number says that this client knows: it is a repeat, and nothing else comes of it.
   */
  #unblock(): ClientFrame[] {
    const block = this.block;
    this.block = 0;
    if (block === 0) return [];
    if (block < this.first) return [{ type: "submit", n: block, ops: [newVoid()] }];
    this.sent = Math.min(this.sent, block - 1);
    return [];
  }

  /** Stops submitting. */
  notNow(n: number, until: number): void {
    this.restart(n);
    this.wait(until);
    for (const e of this.entries.slice(Math.max(0, n - this.first))) e.asked = false;
    if (this.block === 0 || n < this.block) this.block = n;
  }

  wait(until: number): void {
    if (this.hold === undefined || until > this.hold) this.hold = until;
  }
}

/** Returns an undo or redo of what name says for what it names; any other op as it is. */
function retarget(op: Op, name: (writer: Ref, n: number) => [Ref, number]): Op {
  if (op.kind !== "undo" && op.kind !== "redo") return op;
  const [writer, n] = name(op.writer ?? "", op.n);
  return writer === "" ? { kind: op.kind, n } : { kind: op.kind, writer, n };
}
