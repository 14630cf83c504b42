import type { Base, Change, Changes, ID, NoteChange } from "../protocol.gen";
import type { Draft } from "./draft";
import type { Inner } from "./inner";
import { parkedLanded, unparkAll } from "./parked";
import { refuseText, tidy } from "./typing";
import type { Copy } from "./view";

export const outOfOrder = "the server sent a message out of order";

/** Takes a binary message: a part of the whole state. */
export function receiveBase(c: Inner, b: Base, now: number): void {
  if (c.hangup || (c.state !== "connecting" && c.state !== "live")) return;
  c.heard = now;
  const l = c.loading;
  if (l === undefined || b.part !== l.got + 1 || b.of !== l.of) {
    if (!c.rewinding) c.hang(outOfOrder);
    return;
  }
  l.got++;
  try {
    for (const change of b.changes) l.copy.fold(change);
  } catch (error) {
    c.hang(String(error));
    return;
  }
  if (l.got < l.of) return;
  l.copy.seq = b.seq;
  l.copy.at = b.at ?? "";
  c.loading = undefined;
  swap(c, l.copy);
  c.setState("live");
}

/** Takes what became of the board. */
export function changes(c: Inner, f: Changes): void {
  if (c.loading !== undefined) {
    c.hang(outOfOrder);
    return;
  }
  const moment = c.moment.length === 0 ? f.changes : c.moment.concat(f.changes);
  if (f.at === undefined || f.at === "") {
    c.moment = moment; // more of the same moment follows: half of it is no state that the board ever had
    return;
  }
  c.moment = [];
  try {
    for (const change of moment) fold(c, change);
  } catch (error) {
    c.lost(error);
    return;
  }
  c.copy.seq = f.seq;
  c.copy.at = f.at;
}

function fold(c: Inner, change: Change): void {
  c.copy.fold(change);
  if (c.folded !== "all") c.folded.push(change);
  if (!("note" in change)) return;
  const note = change.note;
  const draft = c.drafts.get(note.id); // before one is made of what was parked: that begins with the note as it is now
  const rev = note.rev ?? note.edit?.rev;
  if (rev !== undefined) parkedLanded(c, note.id, rev);
  if (draft !== undefined) changeDraft(c, draft, note);
}

function changeDraft(c: Inner, d: Draft, change: NoteChange): void {
  const { id, rev } = change;
  const text = c.copy.notes.get(id)?.text ?? "";
  try {
    if (change.deleted) deleted(c, id, d);
    else if (change.edit !== undefined) d.arrive(change.edit, text);
    else if (rev !== undefined && d.op !== undefined && rev === d.rev) d.land(text);
    else if (rev !== undefined || change.text !== undefined) d.replace(text);
  } finally {
    tidy(c, id);
  }
}

/** A note is gone while it is being typed in. If a change is on its way, its outcome ends the draft. */
function deleted(c: Inner, id: ID, d: Draft): void {
  if (d.op === undefined) refuseText(c, id, d, "gone");
  else d.adrift = true;
}

/** Makes a whole state the copy. */
function swap(c: Inner, fresh: Copy): void {
  const old = c.copy;
  c.copy = fresh;
  c.folded = "all";
  c.pendingTouched = true;
  for (const e of c.outbox.entries) e.inView = false;
  for (const [id, d] of [...c.drafts]) {
    const note = fresh.notes.get(id);
    const was = old.notes.get(id);
    try {
      if (note === undefined) deleted(c, id, d);
      else if (was?.rev === note.rev && !d.adrift) {
        // The text is the same one.
      } else if (d.op !== undefined && note.rev === d.rev) d.land(note.text);
      else d.replace(note.text);
      tidy(c, id);
    } catch {
      refuseText(c, id, d, "stale");
    }
  }
  unparkAll(c);
}
