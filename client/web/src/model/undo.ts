import type { ID, Op } from "../protocol.gen";
import type { Ticket } from "./types";

/** The number of an op; without a writer one of the writer that submits. */
export interface Named {
  n: number;
  writer?: ID;
}

/** One thing a person did: an op, or typing in a note, which is as many ops as it took to send. */
interface Act {
  /** oldest first */
  tickets: Ticket[];
  /** typed in; undefined for any other act */
  note: ID | undefined;
}

/** A board takes back that many ops of a person. */
const most = 100;

/**
 * One's own acts, and what was taken back of them. The board does the work: an undo names an op, and restores what nobody
 * has changed since.
 */
export class UndoStack {
  #done: Act[] = [];
  #undone: Act[] = [];
  readonly #nameOf: (ticket: Ticket) => Named | undefined;

  /** `nameOf` says which number an op has; undefined: none that the board could know. */
  constructor(nameOf: (ticket: Ticket) => Named | undefined) {
    this.#nameOf = nameOf;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** An own op was submitted. What cannot be undone leaves everything as it is. */
  did(ticket: Ticket, op: Op): void {
    if (canBeUndone(op)) this.#push({ tickets: [ticket], note: undefined });
  }

  /** A person types in a note. What they typed there since any other act is taken back together. */
  typed(note: ID): void {
    const last = this.#done.at(-1);
    if (last?.note === note && this.#undone.length === 0) return;
    this.#push({ tickets: [], note });
  }

  /** What was typed in a note was submitted. If that typing was taken back meanwhile, so is this, by `submit`. */
  sent(note: ID, ticket: Ticket, submit: (op: Op) => Ticket): void {
    const act = this.#done.findLast((done) => done.note === note);
    if (act) {
      act.tickets.push(ticket);
      return;
    }
    const taken = this.#undone.findLast((undone) => undone.note === note);
    const undo = taken && this.#takeBack("undo", [ticket], submit);
    if (taken && undo) taken.tickets.push(...undo);
  }

  /** The board did nothing of it: there is nothing to take back. */
  refused(ticket: Ticket): void {
    for (const list of [this.#done, this.#undone]) {
      for (const [i, act] of list.entries()) {
        if (!act.tickets.includes(ticket)) continue;
        act.tickets = act.tickets.filter((other) => other !== ticket);
        if (act.tickets.length === 0) list.splice(i, 1);
        return;
      }
    }
  }

  /** Takes back the newest act. Returns whether there was one. */
  undo(submit: (op: Op) => Ticket): boolean {
    return this.#turn("undo", this.#done, this.#undone, submit);
  }

  /** Does again what was taken back last. */
  redo(submit: (op: Op) => Ticket): boolean {
    return this.#turn("redo", this.#undone, this.#done, submit);
  }

  #turn(kind: "undo" | "redo", from: Act[], to: Act[], submit: (op: Op) => Ticket): boolean {
    const act = from.pop();
    if (!act) return false;
    to.push({ tickets: this.#takeBack(kind, act.tickets, submit), note: act.note });
    return true;
  }

  /** Names ops newest first, and returns the tickets of what does it, oldest first. */
  #takeBack(kind: "undo" | "redo", tickets: readonly Ticket[], submit: (op: Op) => Ticket): Ticket[] {
    return tickets.toReversed().flatMap((ticket) => {
      const name = this.#nameOf(ticket);
      return name ? submit({ kind, ...name }) : [];
    });
  }

  #push(act: Act): void {
    this.#done.push(act);
    if (this.#done.length > most) this.#done.shift();
    this.#undone = [];
  }
}

/** Whether the board keeps what an op replaced: it does of what people write and lay, not of people and perspectives. */
export function canBeUndone(op: Op): boolean {
  if (op.kind === "batch") return op.ops.some(canBeUndone);
  if (op.kind === "board.delete" || op.kind === "board.create") return false;
  return /^(board|note|cluster|area|connector)\./.test(op.kind);
}
