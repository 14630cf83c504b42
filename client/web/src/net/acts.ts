/**
 * One's own acts by the names they have on the board, to take them back: an act is known by its ticket from the start, and
 * by writer and number once the board has it.
 */
import type { Core, Notice, Ticket } from "../core";
import { UndoStack } from "../model";
import type { ClientFrame, ID, Op } from "../protocol.gen";

interface Name {
  n: number;
  writer?: ID;
}

/** More than can be undone. */
const remembered = 1000;

export class OwnActs {
  private readonly names = new Map<Ticket, { n: number; writer: ID }>();
  private readonly revs = new Set<ID>();
  /** for typing, which has no tickets of the core */
  private tickets = -1;
  private readonly stack = new UndoStack((ticket) => this.nameOf(ticket));

  constructor(
    private readonly core: Core,
    private readonly submit: (op: Op) => Ticket,
  ) {}

  get canUndo(): boolean {
    return this.stack.canUndo;
  }
  get canRedo(): boolean {
    return this.stack.canRedo;
  }

  undo(): void {
    this.stack.undo(this.submit);
  }
  redo(): void {
    this.stack.redo(this.submit);
  }

  did(ticket: Ticket, op: Op): void {
    this.stack.did(ticket, op);
  }
  typed(note: ID): void {
    this.stack.typed(note);
  }

  /** Typing that was submitted as an op of its own, beside the core's. */
  sent(note: ID, rev: ID, ticket: Ticket): void {
    this.revs.add(rev);
    this.stack.sent(note, ticket, this.submit);
  }

  /** Takes what the core tells. */
  told(notices: readonly Notice[]): void {
    for (const notice of notices) {
      if (notice.kind !== "acked") continue;
      const { ticket, writer, n, refused } = notice;
      if (writer !== "" && n > 0) this.name(ticket, { n, writer });
      if (refused?.code && refused.code !== "repeat") this.stack.refused(ticket);
    }
  }

  /** Takes what is sent: the core's typing among it becomes acts that can be taken back. */
  sending(frames: readonly ClientFrame[]): void {
    const writer = this.core.writer?.id;
    for (const frame of frames) {
      if (frame.type !== "submit" || !writer) continue;
      for (const [i, op] of frame.ops.entries()) {
        if (op.kind !== "note.text" || this.revs.has(op.rev)) continue;
        const ticket = this.tickets--;
        this.name(ticket, { n: frame.n + i, writer });
        this.sent(op.note, op.rev, ticket);
      }
    }
  }

  private name(ticket: Ticket, name: { n: number; writer: ID }): void {
    this.names.set(ticket, name);
    for (const old of this.names.keys()) {
      if (this.names.size <= remembered) break;
      this.names.delete(old);
    }
  }

  private nameOf(ticket: Ticket): Name | undefined {
    const known = this.names.get(ticket);
    if (known) return known.writer === this.core.writer?.id ? { n: known.n } : known;
    const waiting = this.core.pending().find((pending) => pending.ticket === ticket);
    return waiting && waiting.n > 0 ? { n: waiting.n } : undefined;
  }
}
