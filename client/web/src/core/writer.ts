/** The life of the writer: the outbox held against what the board has of it. */
import type { WriterInfo } from "../protocol.gen";
import { outOfOrder } from "./changes";
import type { Inner } from "./inner";
import { type Entry, filler } from "./outbox";
import { settle } from "./own";
import { doubtLeft, isParked, park, parkStep } from "./parked";

/** How many numbers the board may have of a writer beyond those in the outbox of an earlier page. */
const maxUnknown = 1 << 20;

const needsWriter = "the outbox needs a new writer";

/** Reports false when the connection cannot go on. anew says that the whole state follows. */
export function welcomeWriter(c: Inner, w: WriterInfo, anew: boolean): boolean {
  const o = c.outbox;
  if (w.secret !== undefined && w.secret !== "") {
    if (o.secret !== "") loseWriter(c, false); // asked to continue one and was given another
    if (o.numbered) dropped(c, o.adopt(w.id, w.secret), anew);
    else o.number(w.last + 1);
    o.secret = w.secret;
    c.notify({ kind: "writerMade", id: w.id, secret: w.secret });
  } else if (!o.numbered) o.number(w.last + 1);
  else if (w.last + 1 < o.first) {
    loseWriter(c, true);
    c.hang(needsWriter);
    return false;
  }
  o.writer = w.id;
  c.last = w.last;
  c.pendingTouched = true;
  if (o.next <= w.last) doubtLeft(c);
  if (o.entries.length === 0) o.first = Math.max(o.first, w.last + 1);
  if (w.last >= o.next + maxUnknown) {
    c.hang(outOfOrder);
    return false;
  }
  while (o.next <= w.last) o.push(filler()); // numbers that an earlier page used and this outbox does not know of
  o.limit = w.last;
  o.forget();
  park(c, anew);
  return !leaveWriter(c);
}

/** Takes the ops that a new writer does not submit. */
function dropped(c: Inner, ops: readonly Entry[], anew: boolean): void {
  for (const e of ops) {
    if (e.typing === undefined) {
      e.n = 0; // the new writer has no number for it
      const refused = { code: "void" } as const;
      settle(c, e, refused);
      c.notify({ kind: "saved", ticket: e.ticket, writer: c.outbox.writer, n: 0, refused });
    } else if (isParked(c, e) || (e.outcome === undefined && anew)) {
      // The board had it, or may have had it; it may have it still, if it was not restored.
      parkStep(c, e, undefined, !c.restored);
    }
  }
}

/** The next hello asks for a new writer, which gets the whole outbox. */
function loseWriter(c: Inner, restored: boolean): void {
  c.outbox.secret = "";
  c.anew = true;
  c.restored = restored;
  c.notify({ kind: "writerLost", restored, unsaved: c.unsaved() });
}

/**
 * A writer that was welcomed is only out of use: the ops that it has are the board's, so they stay with it until they are
 * saved, and not before then do the others move. Moved with them, what has landed would be done twice. Which those are the
 * next welcome says, and nothing known here does: an op that was given up keeps acks back, and the end of the connection
 * may have overtaken the acks of the last.
 */
export function writerUnknown(c: Inner, welcomed: boolean): void {
  if (!welcomed) {
    loseWriter(c, false);
    return;
  }
  c.outbox.pruned = true;
  c.anew = true;
}

/** Goes for a new writer when nothing is left that the one out of use has. Reports whether it does. */
export function leaveWriter(c: Inner): boolean {
  if (!c.outbox.pruned || c.outbox.first <= c.last) return false;
  loseWriter(c, false);
  c.hang(needsWriter);
  return true;
}
