import type { ID, Redo, Undo } from "../protocol.gen";
import { bringBack, deleteArrows, deleteNote } from "./lives";
import { same } from "./shelf";
import type { Key, Step, Turn } from "./turn";

/**
 * Takes back what an own op did here, in the order of the server: first what was deleted comes back, then fields get
 * their old values where nobody has changed them since, then what was made goes. Ops that another tab did are not known
 * here: those show when the board answers.
 */
export function takeBack(turn: Turn, op: Undo | Redo): void {
  const own = op.writer === undefined || op.writer === turn.scene.writer;
  const record = own ? turn.scene.record(op.n) : undefined;
  if (!record) return;
  const steps = [...record.steps].reverse();
  for (const [id] of steps) turn.waiting.reads.add(id);
  for (const kind of ["cluster", "area", "note", "connector"]) {
    for (const [id, step] of steps) if (step.kind === kind && step.before && !step.after) comeBack(turn, id, step);
  }
  for (const [id, step] of steps) if (step.before && step.after) fields(turn, id, step);
  for (const kind of ["connector", "note", "cluster", "area"]) {
    for (const [id, step] of steps) if (step.kind === kind && !step.before && step.after) go(turn, id as ID, kind);
  }
}

function comeBack(turn: Turn, key: Key, step: Step): void {
  const id = key as ID;
  switch (step.kind) {
    case "note":
      if (step.before && !turn.note(id)) bringBack(turn, step.before);
      return;
    case "cluster":
      if (!turn.cluster(id)) turn.putCluster(id, step.before);
      return;
    case "area":
      if (!turn.area(id)) turn.putArea(id, step.before);
      return;
    case "connector":
      if (step.before && !turn.connector(id) && turn.endLives(step.before.from) && turn.endLives(step.before.to)) {
        turn.putConnector(id, step.before);
      }
  }
}

/** Follow from other fields, or have a way of their own. */
const derived = new Set(["ring", "notes", "text", "rev", "unsaved", "order", "created"]);
/** A place is one field to the server, and so is a size. */
const pairs: Record<string, string> = { x: "y", y: "x", w: "h", h: "w" };

function fields(turn: Turn, key: Key, step: Step): void {
  const id = key as ID;
  switch (step.kind) {
    case "note": {
      const now = turn.note(id);
      const to = now && restored(now, step.before, step.after);
      if (!to) return;
      if (to.cluster !== "" && !turn.cluster(to.cluster)) to.cluster = now.cluster;
      turn.putNote(id, to);
      return;
    }
    case "cluster": {
      const now = turn.cluster(id);
      const to = now && restored(now, step.before, step.after);
      if (to) turn.putCluster(id, to);
      return;
    }
    case "area": {
      const now = turn.area(id);
      const to = now && restored(now, step.before, step.after);
      if (to) turn.putArea(id, to);
      return;
    }
    case "connector": {
      const now = turn.connector(id);
      const to = now && restored(now, step.before, step.after);
      if (to) turn.putConnector(id, to);
      return;
    }
    case "cover": {
      const to = restored(turn.objects.cover, step.before, step.after);
      if (to) turn.putCover(to);
    }
  }
}

/** What an object becomes when those fields that still are as the op left them are as before it; undefined: no other. */
function restored<T extends object>(now: Readonly<T>, before?: Readonly<T>, after?: Readonly<T>): T | undefined {
  if (!before || !after) return undefined;
  const to: T = { ...now };
  let any = false;
  const untouched = (field: keyof T) => same(now[field], after[field]);
  for (const field of Object.keys(after) as (keyof T)[]) {
    if (derived.has(field as string) || same(before[field], after[field])) continue;
    const pair = pairs[field as string] as keyof T | undefined;
    if (!untouched(field) || (pair !== undefined && pair in after && !untouched(pair))) continue;
    to[field] = before[field];
    any = true;
  }
  return any ? to : undefined;
}

function go(turn: Turn, id: ID, kind: string): void {
  switch (kind) {
    case "note":
      deleteNote(turn, id);
      return;
    case "connector":
      if (turn.connector(id)) turn.putConnector(id, undefined);
      return;
    case "cluster":
      if (!turn.cluster(id) || turn.members(id).length > 0) return;
      deleteArrows(turn, id);
      turn.putCluster(id, undefined);
      return;
    case "area":
      if (!turn.area(id)) return;
      deleteArrows(turn, id);
      turn.putArea(id, undefined);
      return;
  }
}
