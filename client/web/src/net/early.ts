/**
 * Typing into notes that the board has not made yet: their `note.create` is still on its way, perhaps for as long as there
 * is no network. It is kept here, stored as a change that follows the note, and becomes ordinary typing as soon as the note
 * is there.
 */
import { type Core, newID, type Queued, RefusedError } from "../core";
import { type ID, limits, type NoteText, type Op } from "../protocol.gen";
import { apply, difference, TextError } from "../text";

interface Sheet {
  /** what its note.create, or the change submitted since, made of it */
  made: string;
  rev: ID;
  text: string;
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

  text(note: ID): string | undefined {
    return this.core.view.notes.has(note) ? undefined : this.sheets.get(note)?.text;
  }

  /** Notes with typing that is not submitted. */
  get typing(): ID[] {
    return [...this.sheets].filter(([, { made, text }]) => made !== text).map(([note]) => note);
  }

  type(note: ID, text: string): void {
    const sheet = this.sheets.get(note);
    if (!sheet) throw new RefusedError("missing");
    if (text.length > limits.maxNoteText) throw new RefusedError("text_too_long");
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

  /** Makes ordinary typing of what was typed into notes that are on the board now. */
  handOver(): void {
    for (const [note, { made, text }] of [...this.sheets]) {
      if (!this.core.view.notes.has(note)) continue;
      this.sheets.delete(note);
      if (made !== text) this.core.type(note, made, text);
    }
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
