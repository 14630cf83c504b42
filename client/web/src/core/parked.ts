import type { ID, Runs } from "../protocol.gen";
import { apply, TextError } from "../text";
import { Draft } from "./draft";
import type { Inner } from "./inner";
import type { Entry } from "./outbox";
import { baseLost, refuseText, shownText, tidy } from "./typing";

/** One change and the text it was made on. */
export interface Step {
  /** its outcome is not known yet; undefined: the board does not have it */
  op: Entry | undefined;
  /** the board may have it: only its text says */
  maybe: boolean;
  before: string;
  change: Runs;
  /** an earlier page left it, not submitted as far as it had stored */
  left?: true;
}

/**
 * What was typed into a note on a history that the board may have lost. A revision that is lost and made again may be another
 * text, so a change on it must not be submitted as it stands: each that the board does not have is given up under its
 * number, and when it is known which of them had landed all the same, the others are made anew, in order, on what the
 * note is now.
 */
export class Parked {
  shown: string;
  steps: Step[] = [];

  constructor(shown: string) {
    this.shown = shown;
  }

  /** Does to what is shown what the person did to before. */
  edit(before: string, after: string, caret?: number): void {
    const d = new Draft(this.shown);
    d.edit(before, after, caret);
    this.steps.push({ op: undefined, maybe: false, before: this.shown, change: d.typed });
    this.shown = d.shown;
  }

  get known(): boolean {
    return this.steps.every((s) => s.op === undefined);
  }

  of(e: Entry): Step | undefined {
    return this.steps.find((s) => s.op === e);
  }

  drop(step: Step): void {
    this.steps = this.steps.filter((s) => s !== step);
  }
}

/**
 * Looks through the outbox for typing that the board does not have, after a welcome. anew says that the whole state follows:
 * what the typing was made on may be lost.
 */
export function park(c: Inner, anew: boolean): void {
  for (const e of c.outbox.entries) {
    if (e.typing === undefined) continue;
    if (e.given !== undefined) {
      if (anew && !isParked(c, e)) parkStep(c, e, e, false); // it had landed, on a history that may be lost
    } else if (e.n <= c.last) {
      // The answer to its repeat tells.
    } else if (e.known && e.outcome !== undefined) {
      e.spend(); // it was refused, and made anew then
    } else if (anew || isParked(c, e)) {
      c.outbox.giveUp(e);
      parkStep(c, e, e, false);
    }
  }
  parkDrafts(c);
}

/** Parks what is being typed into notes of which something is parked: it comes behind that. */
export function parkDrafts(c: Inner): void {
  for (const [id, p] of c.parked) {
    const d = c.drafts.get(id);
    if (d === undefined) continue;
    c.drafts.delete(id);
    const e = d.op;
    if (e?.typing !== undefined && c.outbox.at(e.n) === e && p.of(e) === undefined) {
      parkStep(c, e, e, false); // the board has its number: what became of it is still to come
    }
    if (!d.hasTyped) continue;
    try {
      p.steps.push({ op: undefined, maybe: false, before: apply(d.base, d.sent), change: d.typed });
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
    }
  }
}

/**
 * The board has numbers that an earlier page used and did not store: what it left as typed may have been submitted under
 * them.
 */
export function doubtLeft(c: Inner): void {
  for (const { steps } of c.parked.values()) for (const step of steps) step.maybe ||= step.left ?? false;
}

/** Parks a draft's change, or parks it anew: op is what its outcome comes with, undefined if none will come. */
export function parkStep(c: Inner, e: Entry, op: Entry | undefined, maybe: boolean): void {
  if (e.typing === undefined) return;
  const { note, before, change } = e.typing;
  let p = c.parked.get(note);
  if (p === undefined) {
    p = new Parked(shownText(c, note) ?? "");
    c.parked.set(note, p);
  }
  const step = p.of(e);
  if (step === undefined) p.steps.push({ op, maybe, before, change });
  else {
    step.op = op;
    step.maybe = maybe;
  }
}

export function isParked(c: Inner, e: Entry): boolean {
  return e.typing !== undefined && c.parked.get(e.typing.note)?.of(e) !== undefined;
}

/** Takes what became of a parked change; false if it is none. */
export function settleParked(c: Inner, e: Entry): boolean {
  if (e.typing === undefined) return false;
  const { note, before, change } = e.typing;
  const p = c.parked.get(note);
  const step = p?.of(e);
  if (p === undefined || step === undefined) return false;
  const code = e.outcome?.code;
  if (e.outcome === undefined || code === "taken")
    p.drop(step); // it had landed
  else if (code === "void" || baseLost(code)) step.op = undefined;
  else {
    p.drop(step);
    c.notify({ kind: "textRefused", note, text: apply(before, change), code: code ?? "malformed" });
  }
  unpark(c, note);
  return true;
}

/** Takes an edit that came: if it is that of a parked change, the board has it. */
export function parkedLanded(c: Inner, id: ID, rev: ID): void {
  const p = c.parked.get(id);
  if (p === undefined) return;
  p.steps = p.steps.filter((s) => s.op?.typing?.rev !== rev);
  unpark(c, id);
}

/** Makes a note's parked typing a draft on what the note is now, if all is known that it takes. */
export function unpark(c: Inner, id: ID): void {
  const p = c.parked.get(id);
  if (p === undefined || c.loading !== undefined || c.rewinding || !p.known) return;
  c.parked.delete(id);
  c.texts.add(id);
  const note = c.copy.notes.get(id);
  if (note === undefined) {
    if (p.steps.length > 0) c.notify({ kind: "textRefused", note: id, text: p.shown, code: "gone" });
    return;
  }
  const d = new Draft(note.text);
  c.drafts.set(id, d);
  for (const step of p.steps) {
    // Where the board may have the step, the words it inserted tell: a text that has all of them has it.
    if (step.maybe && stands(step.change, d.shown)) continue;
    try {
      d.redo(step.before, step.change);
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      refuseText(c, id, d, "text_invalid");
      return;
    }
  }
  tidy(c, id);
}

function stands(change: Runs, now: string): boolean {
  return change.every((run) => typeof run === "number" || now.includes(run));
}

export function unparkAll(c: Inner): void {
  for (const id of [...c.parked.keys()]) unpark(c, id);
}
