/** What the board did not do, kept until the person has seen it, with the words that would be lost. */
import type { Notice, Ticket } from "../core";
import type { Refusal } from "../model/types";
import type { Code, ID, Op } from "../protocol.gen";
import { wordsOf } from "./words";

/** Of these nothing is lost and nothing is to be told: it was done before, or was wanted so. */
const quiet: ReadonlySet<Code | "" | undefined> = new Set<Code | "" | undefined>([
  "unchanged",
  "repeat",
  "void",
  "",
  undefined,
]);

export class Refusals {
  list: readonly Refusal[] = [];
  /** for words that have no ticket of the core */
  private tickets = -1;

  add(ticket: Ticket, op: Op, code: Code, text: string): void {
    this.list = [...this.list.filter((known) => known.ticket !== ticket), { ticket, op, code, text }];
  }

  /** Text that was typed into a note and has no place on the board. */
  homeless(note: ID, text: string, code: Code): void {
    this.add(this.tickets--, { kind: "note.text", note, base: note, rev: note, runs: [text] }, code, text);
  }

  dismiss(ticket: Ticket): void {
    this.list = this.list.filter((known) => known.ticket !== ticket);
  }

  /**
   * Takes what a core tells; `lost` gives the words that were meant for a note that the board did not make. Says whether
   * the list became another.
   */
  told(notices: readonly Notice[], lost: (note: ID) => string | undefined, foreign = false): boolean {
    const before = this.list;
    for (const notice of notices) {
      if (notice.kind === "textRefused") {
        const { note, text, code } = notice;
        this.homeless(note, text, code);
      } else if (notice.kind === "acked" && notice.refused) {
        const ticket = foreign ? this.tickets-- : notice.ticket;
        const parts = failed(notice.op, notice.refused);
        const texts = parts.map(({ op }) => (op.kind === "note.create" ? lost(op.note) : undefined) ?? wordsOf(op));
        const first = parts.find((_, i) => texts[i] !== "") ?? parts[0];
        if (first) this.add(ticket, notice.op, first.code, texts.filter((text) => text !== "").join("\n\n"));
      }
    }
    return this.list !== before;
  }
}

/** The parts of an op that did nothing, and why. */
function failed(op: Op, { code, parts }: { code?: Code; parts?: readonly (Code | "")[] }): { op: Op; code: Code }[] {
  if (op.kind !== "batch" || !parts) return code && !quiet.has(code) ? [{ op, code }] : [];
  return op.ops.flatMap((part, i) => {
    const why = parts[i];
    return why && !quiet.has(why) ? [{ op: part, code: why }] : [];
  });
}
