import type { Own, Refused as RefusedFrame } from "../protocol.gen";
import type { Inner } from "./inner";
import type { Entry } from "./outbox";
import { isParked, parkStep, unpark } from "./parked";
import type { Refused } from "./types";
import { settleTyping, typingSaved } from "./typing";
import { leaveWriter, writerUnknown } from "./writer";

/** Between a gap and going back to the number that is missing, in milliseconds. */
export const gapRetry = 100;

/** Takes what concerns this writer alone. */
export function own(c: Inner, f: Own, now: number): void {
  if (f.role !== undefined) c.setRole(f.role);
  const o = c.outbox;
  for (const r of f.refused ?? []) {
    if (r.code === "writer_unknown") {
      writerUnknown(c, true);
      c.hang("the outbox needs a new writer");
      return;
    }
    refused(c, r, now);
  }
  if (c.hangup) return; // what this frame says besides is told again
  // An ack says nothing of what was not submitted since the welcome: its answer, and that may be a refusal, is still to
  // come. What it said stays said, though the answer that decides comes in a frame without it.
  o.told = Math.max(o.told, Math.min(f.acked ?? 0, o.sent));
  for (let n = Math.max(o.acked + 1, o.first); n <= o.told; n++) {
    const e = o.at(n);
    if (!e?.decided) break;
    o.acked = n;
    settle(c, e, e.refused);
  }
  o.saved = Math.max(o.saved, Math.min(f.saved ?? 0, o.next - 1));
  for (const e of o.leave()) {
    if (e.typing !== undefined) typingSaved(c, e);
    else if (e.ticket !== 0) {
      const { ticket, n, outcome } = e;
      c.notify({ kind: "saved", ticket, writer: o.writer, n, ...(outcome && { refused: outcome }) });
    }
  }
  leaveWriter(c);
}

function refused(c: Inner, r: RefusedFrame, now: number): void {
  const o = c.outbox;
  if (r.code === "gap") {
    o.restart(o.settled + 1);
    o.wait(now + gapRetry);
    return;
  }
  const e = o.at(r.n);
  if (e === undefined) return;
  if (r.code === "conflict" && e.ticket === 0) return; // a filler: its number is used, which is all it is for
  if (r.code === "conflict" && e.voided) {
    if (e.refused?.code !== "void") stands(c, e); // whichever of the op and its void came first stands
  } else if (r.code === "conflict") {
    o.moveToEnd(e);
    c.pendingTouched = true;
  } else if (r.code === "repeat" && !e.known && isParked(c, e)) guess(c, e);
  else {
    // A repeat landed long ago: the board does not keep what became of it then.
    decide(c, e, r.code === "repeat" ? e.outcome : outcomeOf(r));
  }
}

/** Takes the answer that says what stands under a number. */
function decide(c: Inner, e: Entry, refused: Refused | undefined): void {
  e.refused = refused;
  if (e.n <= c.outbox.acked) settle(c, e, refused);
}

function outcomeOf(r: RefusedFrame): Refused {
  const out: Refused = {};
  if (r.code !== undefined) out.code = r.code;
  if (r.parts !== undefined) out.parts = r.parts;
  return out;
}

/**
 * Is for an op that was given up when the board had it already. If the op itself was submitted on this connection, its answer
 * came before that of the void. Else only the answer to a repeat tells what became of it, and on this connection an ack
 * may come before that answer and says nothing: it is asked on another. Typing that is not parked is known to stand.
 */
function stands(c: Inner, e: Entry): void {
  if (e.given === undefined) {
    if (e.typing !== undefined) guess(c, e);
    else if (e.back)
      return; // of another copy of the void
    // Put back on an earlier connection, it is the op that has the conflict: a void that was on its way came first.
    else if (c.rewound) askAnew(c);
    else decide(c, e, { code: "void" });
    return;
  }
  e.landed();
  if (!e.asked && (e.typing === undefined || isParked(c, e))) askAnew(c);
}

function askAnew(c: Inner): void {
  c.anew = true;
  c.hang("what became of an op that was given up too late is asked anew");
}

/** Is for parked typing whose number is used and whose outcome the board does not tell: the text will. */
function guess(c: Inner, e: Entry): void {
  if (e.typing === undefined || !isParked(c, e)) return;
  const { note } = e.typing;
  parkStep(c, e, undefined, true);
  e.spend();
  unpark(c, note);
}

/** Tells what became of an op, unless that is known. */
export function settle(c: Inner, e: Entry, outcome: Refused | undefined): void {
  if (e.ticket === 0) return;
  e.inView = true; // an ack comes behind the changes of what it acks
  c.pendingTouched = true;
  if (e.typing !== undefined) {
    const before = e.known && e.outcome !== undefined;
    e.known = true;
    e.outcome = outcome;
    settleTyping(c, e, before);
    return;
  }
  if (e.known && equal(e.outcome, outcome)) return;
  e.known = true;
  e.outcome = outcome;
  const { ticket, n } = e;
  const writer = c.outbox.writer;
  c.notify({ kind: "acked", ticket, writer, n, op: e.given ?? e.op, ...(outcome && { refused: outcome }) });
}

function equal(a: Refused | undefined, b: Refused | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
