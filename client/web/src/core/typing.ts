import type { Code, ID, NoteText } from "../protocol.gen";
import { TextError } from "../text";
import { Draft } from "./draft";
import type { Inner } from "./inner";
import type { Entry } from "./outbox";
import { parkDrafts, parkStep, settleParked, unpark } from "./parked";
import { ClosedError, type Ending, type Note, RefusedError } from "./types";

/** A note's text as its author sees it here. */
export function shownText(c: Inner, note: ID): string | undefined {
  return c.drafts.get(note)?.shown ?? c.parked.get(note)?.shown ?? c.copy.notes.get(note)?.text;
}

/** Throws for who cannot change anything. */
export function mayChange(c: Inner): void {
  const closed: Ending = { close: 0, message: "closed" };
  if (c.state === "closed") throw new ClosedError(c.why ?? closed);
  if (c.watch) throw new RefusedError("forbidden", "this connection only watches");
}

/**
 * Does to a note's text what its author did to before. One change a note is submitted at a time; what is typed meanwhile goes
 * with the next. The caret, where it stands in after, says which of equal letters was typed.
 */
export function type(c: Inner, id: ID, before: string, after: string, caret?: number): string {
  mayChange(c);
  const note = c.copy.notes.get(id);
  const editing = c.parked.get(id) ?? c.drafts.get(id) ?? (note && new Draft(note.text));
  if (editing === undefined) throw new RefusedError("missing", "no such note on the board");
  if (after.length > c.limits.noteText) {
    throw new RefusedError("text_too_long", `${after.length} characters, at most ${c.limits.noteText}`);
  }
  try {
    editing.edit(before, after, caret);
  } catch (e) {
    if (e instanceof TextError) throw new RefusedError("text_invalid", e.message);
    throw e;
  }
  if (editing instanceof Draft) c.drafts.set(id, editing);
  tidy(c, id);
  return editing.shown;
}

/** Forgets a draft of which the board has all. */
export function tidy(c: Inner, id: ID): void {
  c.texts.add(id);
  if (c.drafts.get(id)?.idle) c.drafts.delete(id);
}

/** Ends a draft whose text did not get onto the board. */
export function refuseText(c: Inner, id: ID, d: Draft, code: Code): void {
  c.drafts.delete(id);
  c.texts.add(id);
  c.notify({ kind: "textRefused", note: id, text: d.shown, code });
}

/** Puts what was typed into the outbox, for every note that has nothing on its way. */
export function sendDrafts(c: Inner): void {
  if (c.loading !== undefined || c.rewinding || c.state === "closed") return;
  for (const [id, d] of [...c.drafts]) {
    const note = c.copy.notes.get(id);
    if (d.op !== undefined || note === undefined || note.rev === "" || !d.hasTyped) continue;
    try {
      const runs = d.outgoing();
      const rev = c.newID();
      const op: NoteText = { kind: "note.text", note: id, base: note.rev, rev, runs };
      const e = c.enqueue(op);
      d.send(e, rev, runs);
      e.typing = { note: id, rev, before: d.base, change: runs };
    } catch (e) {
      if (!(e instanceof RefusedError || e instanceof TextError)) throw e;
      refuseText(c, id, d, e instanceof RefusedError ? e.code : "text_invalid");
    }
  }
}

/**
 * Takes a draft's change that leaves the outbox. Not before its void is saved is it certain that no copy of it still lands.
 */
export function typingSaved(c: Inner, e: Entry): void {
  if (e.outcome?.code === "void") settleParked(c, e);
}

/** Takes what became of a draft's change. before says that it was refused before: then it was made anew. */
export function settleTyping(c: Inner, e: Entry, before: boolean): void {
  const code = e.outcome?.code;
  if (e.typing === undefined || code === "void" || settleParked(c, e)) return;
  const id = e.typing.note;
  const d = c.drafts.get(id);
  const note = c.copy.notes.get(id);
  if (d === undefined || d.op !== e) {
    // Its edit has come, on a history that was lost if the base was.
    if (baseLost(code) && !before) {
      parkStep(c, e, undefined, false);
      parkDrafts(c);
      unpark(c, id);
    }
    return;
  }
  try {
    // taken: it is there by an earlier number
    if (e.outcome === undefined || code === "taken") draftDone(c, id, d, note);
    else if (baseLost(code) && note !== undefined) d.fail(note.text);
    else refuseText(c, id, d, code ?? "malformed");
  } catch (error) {
    c.lost(error);
  }
  tidy(c, id);
}

/**
 * Whether a change was refused because of the text it was made on: the board does not know its revision, or lost it in a
 * rewind and made it again as another text, which the change does not fit. It is made anew.
 */
export function baseLost(code: Code | undefined): boolean {
  return code === "stale" || code === "text_range" || code === "text_surrogate";
}

/**
 * The board has done a change. Acks come behind the changes of what they ack, so its edit was in a text that came as a whole.
 */
function draftDone(c: Inner, id: ID, d: Draft, note: Note | undefined): void {
  if (note !== undefined) {
    d.land(note.text);
    return;
  }
  d.op = undefined;
  if (d.hasTyped) refuseText(c, id, d, "gone");
}
