import type { ID, Runs, TextEdit } from "../protocol.gen";
import { apply, compose, difference, identity, isIdentity, maxRuns, threeWay, transform, transformPair } from "../text";
import type { Entry } from "./outbox";

/**
 * The editing state of one note: what the board has, then the change on its way, then what was typed since, make what the
 * person sees: shown = base · sent · typed.
 *
 * When the note's text is replaced as a whole while a change is on its way, nobody knows yet whether that text has the
 * change. The draft is then adrift: base and sent stay as they were, arriving edits go to the board's text alone, and as
 * soon as the change's outcome is known what is shown is placed anew by a three-way difference.
 *
 * What throws here throws a TextError: the draft was not made for what came.
 */
export class Draft {
  /** the board's text; when adrift, the one before it was replaced */
  base: string;
  /** on base; an identity if none is on its way */
  sent: Runs;
  /** on base · sent */
  typed: Runs;
  shown: string;

  /** the change on its way */
  op: Entry | undefined = undefined;
  rev: ID | undefined = undefined;
  adrift = false;

  constructor(base: string) {
    this.base = base;
    this.sent = identity(base.length);
    this.typed = this.sent;
    this.shown = base;
  }

  /** Whether the person sees what the board has. */
  get idle(): boolean {
    return this.op === undefined && !this.hasTyped;
  }

  /** Whether something was typed that is not on its way. */
  get hasTyped(): boolean {
    return !isIdentity(this.typed);
  }

  /** Does to shown what the person did to before, the text they were looking at. The caret stands in after. */
  edit(before: string, after: string, caret?: number): void {
    this.redo(before, difference(before, after, caret));
  }

  /** Does to shown what a change does to before. */
  redo(before: string, change: Runs): void {
    const done = before === this.shown ? change : carry(before, change, this.shown);
    const typed = compose(this.typed, done);
    this.shown = apply(this.shown, done);
    this.typed = typed;
  }

  /** What was typed, small enough to be sent. Nothing is on its way. */
  outgoing(): Runs {
    return this.typed.length > maxRuns ? difference(this.base, this.shown) : this.typed;
  }

  /** Puts what was typed on its way. */
  send(op: Entry, rev: ID, change: Runs): void {
    this.op = op;
    this.rev = rev;
    this.sent = change;
    this.adrift = false;
    this.typed = identity(this.shown.length);
  }

  /** Takes an edit that made the board's text now. */
  arrive(e: TextEdit, now: string): void {
    if (this.op !== undefined && e.rev === this.rev) {
      this.land(now);
      return;
    }
    if (this.adrift) return;
    const [over, sent] = transformPair(e.runs, this.sent);
    this.base = now;
    this.sent = sent;
    this.#place(over);
  }

  /** Takes a text of the board that came as a whole. */
  replace(now: string): void {
    if (this.op === undefined) this.#retype(this.base, this.typed, now);
    else this.adrift = true;
  }

  /** Takes the arrival of the change on its way: now has it. */
  land(now: string): void {
    const expected = apply(this.base, this.sent);
    this.op = undefined;
    if (this.adrift) {
      this.#retype(expected, this.typed, now);
      return;
    }
    this.base = now;
    this.sent = identity(now.length);
    if (expected !== now) this.#place(difference(expected, now));
  }

  /** Takes back the change on its way: the board did not do it. It is part of what was typed again. */
  fail(now: string): void {
    const typed = compose(this.sent, this.typed);
    this.op = undefined;
    if (this.adrift) {
      this.#retype(this.base, typed, now);
      return;
    }
    this.sent = identity(this.base.length);
    this.typed = typed;
  }

  /** Moves what was typed over a change that came before it. */
  #place(earlier: Runs): void {
    const [over, typed] = transformPair(earlier, this.typed);
    this.shown = apply(this.shown, over);
    this.typed = typed;
  }

  /** Does to now what was typed on from. */
  #retype(from: string, typed: Runs, now: string): void {
    const carried = carry(from, typed, now);
    this.shown = apply(now, carried);
    this.base = now;
    this.sent = identity(now.length);
    this.typed = carried;
    this.adrift = false;
  }
}

/**
 * Takes a change of one text to another whose history in between is not known: what was done in between is guessed word by
 * word, but the change is the one that was made.
 */
function carry(from: string, change: Runs, now: string): Runs {
  return transform(change, threeWay(from, now, from));
}
