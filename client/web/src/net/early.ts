/**
 * Typing into notes that the board has not made yet: their `note.create` is still on its way, perhaps for as long as there
 * is no network. It is kept here, stored as a change that follows the note, and becomes ordinary typing as soon as the note
 * is there.
 */
import { ClosedError, type Core, newID, type Queued, RefusedError } from "../core";
import type { Code, ID, NoteText, Op } from "../protocol.gen";
import { apply, check, difference, TextError } from "../text";

interface Sheet {
  /** what its note.create, or the change submitted since, made of it */
  made: string;
  rev: ID;
  text: string;
}

/** What was typed into a note and has no place on the board. */
export interface Homeless {
  note: ID;
  text: string;
  code: Code;
}

export class Early {
  private readonly sheets = new Map<ID, Sheet>();

  constructor(private readonly core: Core) {}

  /** Takes an own op that was submitted: notes that it makes can be typed in from now on. */
  did(op: Op): void {
    if (op.kind === "batch") for (const part of op.ops) this.did(part);
    else if (op.kind === "note.create") {
      this.sheets.set(op.note, { made: op.text ?? "", rev: op.rev, text: op.text ?? "" });
    } else if (op.kind === "note.text") this.follow(op);
  }

  /** A change that follows the note on its way, as an earlier page left it. */
  private follow({ note, base, rev, runs }: NoteText): void {
    const sheet = this.sheets.get(note);
    if (sheet?.rev !== base) return;
    try {
      const text = apply(sheet.made, runs);
      this.sheets.set(note, { made: text, rev, text });
    } catch (err) {
      if (!(err instanceof TextError)) throw err; // the board will refuse it
    }
  }

  has(note: ID): boolean {
    return this.sheets.has(note) && !this.core.view.notes.has(note);
  }

  /** A note's text with what was typed, until the core has that. */
  text(note: ID): string | undefined {
    const sheet = this.sheets.get(note);
    return sheet && (sheet.made !== sheet.text || !this.core.view.notes.has(note)) ? sheet.text : undefined;
  }

  /** Notes with typing that is not submitted. */
  get typing(): ID[] {
    return [...this.sheets].filter(([, { made, text }]) => made !== text).map(([note]) => note);
  }

  /** Throws RefusedError for what the core would refuse too. */
  type(note: ID, text: string): void {
    const sheet = this.sheets.get(note);
    if (!sheet) throw new RefusedError("missing");
    if (text.length > this.core.limits.noteText) throw new RefusedError("text_too_long");
    try {
      check(text);
    } catch (err) {
      if (err instanceof TextError) throw new RefusedError("text_invalid", err.message);
      throw err;
    }
    sheet.text = text;
  }

  /** The typing as it would be submitted, numbered from n; 0: without numbers. */
  unsent(n: number): Queued[] {
    return this.typing.map((note, i) => ({ n: n && n + i, op: this.change(note) }));
  }

  /** Submits a note's typing before an own op that takes the note away: it must come back with its text. */
  beforeDoing(op: Op, submit: (op: NoteText) => void): void {
    if (op.kind === "batch") {
      for (const part of op.ops) this.beforeDoing(part, submit);
      return;
    }
    if (op.kind !== "note.delete") return;
    const sheet = this.sheets.get(op.note);
    if (!sheet || sheet.made === sheet.text) return;
    const change = this.change(op.note);
    submit(change);
    sheet.made = sheet.text;
    sheet.rev = change.rev;
  }

  /**
   * Makes ordinary typing of what was typed into notes that are on the board now. Returns what the board will not have:
   * text that it refuses, and that of notes which others took away before they were seen here.
   */
  handOver(): Homeless[] {
    const { core } = this;
    const homeless: Homeless[] = [];
    for (const [note, { made, text }] of [...this.sheets]) {
      const here = core.view.notes.has(note);
      if (!here && !this.settled) continue;
      try {
        if (here && made !== text) core.type(note, made, text);
        else if (made !== text) homeless.push({ note, text, code: "gone" });
      } catch (err) {
        if (err instanceof ClosedError) return homeless; // it stays here, and on the device
        if (!(err instanceof RefusedError)) throw err;
        homeless.push({ note, text, code: err.code });
      }
      this.sheets.delete(note);
    }
    return homeless;
  }

  /** Whether what is not on the board now will not come by itself: nothing of one's own is on its way. */
  private get settled(): boolean {
    return this.core.state === "live" && this.core.pending().length === 0;
  }

  /** The board did not make a note, or has taken it away. Returns the text that has no place now. */
  lost(note: ID): string | undefined {
    const sheet = this.sheets.get(note);
    this.sheets.delete(note);
    return sheet?.text;
  }

  private change(note: ID): NoteText {
    const { made, rev, text } = this.sheets.get(note) ?? { made: "", rev: newID(), text: "" };
    return { kind: "note.text", note, base: rev, rev: newID(), runs: difference(made, text) };
  }
}
