/** How long each op of an outbox has waited. */
import type { Queued } from "../core";
import type { ID } from "../protocol.gen";
import { notesOf } from "./words";

export class Ages {
  private since = new Map<number, number>();

  /** Takes the outbox as it is now. Returns when its oldest op came, ms, and the notes that it is about. */
  take(outbox: readonly Queued[], now: number): { oldest: number | undefined; notes: ReadonlySet<ID> } {
    const since = new Map<number, number>();
    const notes = new Set<ID>();
    let oldest: number | undefined;
    for (const [i, { n, op }] of outbox.entries()) {
      const at = n > 0 ? n : -i;
      const came = this.since.get(at) ?? now;
      since.set(at, came);
      notesOf(op, notes);
      if (op.kind !== "void") oldest = Math.min(oldest ?? came, came);
    }
    this.since = since;
    return { oldest, notes };
  }
}
