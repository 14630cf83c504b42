/**
 * What of a Core outlives its page. Typing is stored with the text it was made on: after the page is loaded anew it is parked
 * until it is known which of it the board has, and the rest is made anew on what the notes are then. As bare ops the
 * changes that follow one in flight would be lost, since the board may have merged that with others' typing.
 */
import type { ID, NoteText, Op } from "../protocol.gen";
import { limits } from "../protocol.gen";
import { apply, difference, maxRuns } from "../text";
import type { Inner } from "./inner";
import { prepare } from "./ops";
import { Entry, filler, newVoid } from "./outbox";
import { isParked, Parked, type Step } from "./parked";
import type { Queued } from "./types";

/** The ops that are not saved, and behind them what was typed and is not submitted. */
export function stored(c: Inner): Queued[] {
  const { outbox } = c;
  const out = outbox.entries.map((e) => storedEntry(c, e));
  const typed = (note: ID, base: ID, { before, change, maybe }: Omit<Step, "op">, at: number): void => {
    // As much typing as no op may hold is stored as one replacement: what cannot be read back would be lost.
    const runs = change.length > maxRuns ? difference(before, apply(before, change)) : change;
    const op: NoteText = { kind: "note.text", note, base, rev: c.newID(), runs };
    const n = outbox.first + out.length;
    out.push({ n, op, typing: { before, at, state: maybe ? "maybe" : "typed" } });
  };
  for (const [note, p] of c.parked) {
    p.steps.forEach((step, at) => {
      if (step.op === undefined) typed(note, c.newID(), step, at);
    });
  }
  for (const [note, d] of c.drafts) {
    if (!d.hasTyped) continue;
    const base = (d.op === undefined ? c.copy.notes.get(note)?.rev : d.rev) || c.newID();
    typed(note, base, { before: apply(d.base, d.sent), change: d.typed, maybe: false }, 1); // behind what is on its way
  }
  // An earlier page used numbers that are not known yet.
  return outbox.secret !== "" && !outbox.numbered ? out.map((q) => ({ ...q, n: 0 })) : out;
}

function storedEntry(c: Inner, e: Entry): Queued {
  const { n, op, typing, voided } = e;
  const change = e.given ?? op;
  if (typing === undefined || change.kind !== "note.text") return { n, op };
  if (e.known && e.outcome !== undefined && !isParked(c, e)) return { n, op: newVoid() }; // it was made anew then
  const at = Math.max(0, c.parked.get(typing.note)?.steps.findIndex((s) => s.op === e) ?? 0);
  const state = e.given === undefined ? "sent" : "given";
  return { n, op: change, typing: { before: typing.before, at, state, ...(voided && { voided }) } };
}

/**
 * Makes the outbox what an earlier page left: numbers without holes, the lowest first, or none at all. Throws when it is
 * none.
 */
export function restore(c: Inner, left: readonly Queued[]): void {
  const { outbox } = c;
  const steps = new Map<ID, { at: number; step: Step }[]>();
  let before = 0;
  for (const [i, q] of left.entries()) {
    if (i === 0 && q.n > 0) {
      outbox.first = q.n;
      outbox.numbered = true;
    } else if (outbox.numbered ? q.n !== before + 1 : q.n !== 0) {
      throw new Error(`the outbox has number ${q.n} behind number ${before}`);
    }
    before = q.n;
    const { op, size } = prepare(q.op, limits.maxFrame);
    if (q.typing === undefined || op.kind !== "note.text") {
      outbox.push(op.kind === "void" ? filler() : new Entry(c.ticket(), op, size));
      continue;
    }
    const { at, state } = q.typing;
    const step: Step = { op: undefined, maybe: state === "maybe", before: q.typing.before, change: op.runs };
    if (state === "typed") step.left = true;
    if (state === "sent" || state === "given") step.op = restoreTyping(c, op, size, q.typing);
    const list = steps.get(op.note) ?? [];
    steps.set(op.note, list);
    list.push({ at, step });
  }
  for (const [note, list] of steps) c.parked.set(note, restoreParked(list));
}

function restoreTyping(c: Inner, op: NoteText, size: number, typing: NonNullable<Queued["typing"]>): Entry {
  const e = new Entry(c.ticket(), op, size);
  e.typing = { note: op.note, rev: op.rev, before: typing.before, change: op.runs };
  e.voided = typing.voided ?? false;
  c.outbox.push(e);
  if (typing.state === "given") {
    e.given = op satisfies Op;
    e.setOp(newVoid());
  }
  return e;
}

function restoreParked(list: { at: number; step: Step }[]): Parked {
  const ordered = list.sort((a, b) => a.at - b.at).map(({ step }) => step);
  const last = ordered.at(-1);
  const parked = new Parked(last === undefined ? "" : apply(last.before, last.change));
  parked.steps = ordered;
  return parked;
}
