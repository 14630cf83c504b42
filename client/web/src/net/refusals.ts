/** What the board did not do, kept until the person has seen it, with the words that would be lost. */
import { type Notice, newID, type Ticket } from "../core";
import type { Refusal } from "../model/types";
import type { Code, ID, Op } from "../protocol.gen";
import { joined, wordsOf } from "./words";

/** Of these nothing is lost and nothing is to be told: it was done before, or was wanted so. */
const quiet: ReadonlySet<Code | "" | undefined> = new Set<Code | "" | undefined>([
  "unchanged",
  "repeat",
  "void",
  "",
  undefined,
]);

/** Where words that the board did not take are kept beyond this page. */
export interface Shelf {
  put(id: ID, refusal: Refusal): void;
  /** The person has seen it, and need not see it elsewhere. */
  remove(id: ID): void;
}

export class Refusals {
  list: readonly Refusal[] = [];
  private readonly ids = new Map<Ticket, ID>();
  /** for words that have no ticket of the core */
  private tickets = -1;

  constructor(
    private readonly shelf: Shelf,
    left: readonly { id: ID; op: Op; code: Code; text: string }[],
  ) {
    for (const { id, op, code, text } of left) {
      const ticket = this.tickets--;
      this.ids.set(ticket, id);
      this.list = [...this.list, { ticket, op, code, text }];
    }
  }

  /** The words in it, as plain text. */
  get words(): string {
    return joined(this.list.map(({ text }) => text));
  }

  /** What an earlier page was told already is told once, in its place: nobody has seen it by that. */
  private add(ticket: Ticket, op: Op, code: Code, text: string): void {
    const known = this.list.find((other) => other.ticket === ticket || same(other, op, text));
    const refusal = { ticket, op, code, text: text || (known?.text ?? "") };
    const id = (known && this.ids.get(known.ticket)) ?? newID();
    if (known) this.ids.delete(known.ticket);
    this.list = [...this.list.filter((other) => other !== known), refusal];
    if (refusal.text === "") return;
    this.ids.set(ticket, id);
    this.shelf.put(id, refusal);
  }

  /** Text that was typed into a note and has no place on the board. */
  homeless(note: ID, text: string, code: Code): void {
    this.add(this.tickets--, { kind: "note.text", note, base: note, rev: note, runs: [text] }, code, text);
  }

  dismiss(ticket: Ticket): void {
    this.list = this.list.filter((known) => known.ticket !== ticket);
    const id = this.ids.get(ticket);
    if (id === undefined) return;
    this.ids.delete(ticket);
    this.shelf.remove(id);
  }

  /** Another tab of the person's says that they have seen it. Says whether the list became another. */
  seen(id: ID): boolean {
    const known = [...this.ids].find(([, other]) => other === id);
    if (!known) return false;
    this.ids.delete(known[0]);
    this.list = this.list.filter(({ ticket }) => ticket !== known[0]);
    return true;
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

function same(known: Refusal, op: Op, text: string): boolean {
  return text !== "" && known.text === text && JSON.stringify(known.op) === JSON.stringify(op);
}

/** The parts of an op that did nothing, and why. */
function failed(op: Op, { code, parts }: { code?: Code; parts?: readonly (Code | "")[] }): { op: Op; code: Code }[] {
  if (op.kind !== "batch" || !parts) return code && !quiet.has(code) ? [{ op, code }] : [];
  return op.ops.flatMap((part, i) => {
    const why = parts[i];
    return why && !quiet.has(why) ? [{ op: part, code: why }] : [];
  });
}
