import { type ID, limits, type NoteCreate, type Op, type Ref } from "../protocol.gen";
import { bringBack, deleteArrows, deleteNote } from "./lives";
import { rearrange } from "./rulesOfAreas";
import { setUp } from "./rulesOfBoard";
import { takeBack } from "./takeBack";
import type { Turn } from "./turn";
import type { Note } from "./types";

/**
 * Does an op as the server will: the same rules, with what is not known here left out (roles, limits, who changed what
 * when). What the server would refuse does nothing.
 */
export function predict(turn: Turn, op: Op): void {
  switch (op.kind) {
    case "batch":
      for (const part of op.ops) predict(turn, part);
      return;
    case "undo":
    case "redo":
      takeBack(turn, op);
      return;
    case "note.create":
      create(turn, op);
      return;
    case "note.text":
      if (turn.note(op.note)) turn.claim(op.note);
      return;
    case "note.move":
      change(turn, op.note, { x: op.x, y: op.y });
      return;
    case "note.resize":
      change(turn, op.note, { x: op.x, y: op.y, w: op.w, h: op.h });
      return;
    case "note.recolour":
      if (turn.perspectives.length === 0) change(turn, op.note, { colour: op.colour });
      return;
    case "note.tag":
      change(turn, op.note, { tags: op.tags });
      return;
    case "note.front":
      change(turn, op.note, { front: turn.stamp });
      return;
    case "note.back":
      change(turn, op.note, { front: -turn.stamp });
      return;
    case "note.delete":
      deleteNote(turn, op.note);
      return;
    case "note.restore":
      restoreNote(turn, op.note);
      return;
    case "cluster.create":
      if (turn.cluster(op.cluster)) return;
      turn.putCluster(op.cluster, {
        id: op.cluster,
        title: op.title ?? "",
        order: turn.stamp,
        created: turn.waiting.at,
        notes: [],
      });
      gather(turn, op.notes ?? [], op.cluster);
      return;
    case "cluster.rename": {
      const cluster = turn.cluster(op.cluster);
      if (cluster) turn.putCluster(op.cluster, { ...cluster, title: op.title });
      return;
    }
    case "cluster.move":
      moveCluster(turn, op.cluster, op.dx, op.dy);
      return;
    case "cluster.assign":
      if (turn.cluster(op.cluster)) gather(turn, op.notes, op.cluster);
      return;
    case "cluster.unassign":
      gather(turn, op.notes, "");
      return;
    case "cluster.merge":
      if (turn.cluster(op.cluster) && turn.cluster(op.from)) emptyCluster(turn, op.from, op.cluster);
      return;
    case "cluster.delete":
      if (turn.cluster(op.cluster)) emptyCluster(turn, op.cluster, "");
      return;
    default:
      rearrange(turn, op);
      setUp(turn, op);
  }
}

/** Whether doing an op twice is not the same as doing it once. */
export function isRelative(op: Op): boolean {
  return op.kind === "cluster.move" || (op.kind === "batch" && op.ops.some(isRelative));
}

/** The ids of what an op makes. */
export function makes(op: Op): ID[] {
  switch (op.kind) {
    case "batch":
      return op.ops.flatMap(makes);
    case "note.create":
      return [op.note];
    case "cluster.create":
      return [op.cluster];
    case "area.create":
      return [op.area];
    case "connector.create":
      return [op.connector];
    case "perspective.add":
      return [op.perspective];
    default:
      return [];
  }
}

function create(turn: Turn, op: NoteCreate): void {
  if (turn.note(op.note)) return;
  const by = turn.author();
  const perspective = by?.perspective ?? "";
  turn.putNote(op.note, {
    id: op.note,
    x: op.x,
    y: op.y,
    w: op.w,
    h: op.h,
    text: turn.scene.textOf(op.note) ?? op.text ?? "",
    rev: op.rev,
    colour: perspective === "" ? op.colour || by?.colour || 1 : 0,
    tags: op.tags ?? [],
    perspective,
    author: turn.scene.me,
    cluster: op.cluster && turn.cluster(op.cluster) ? op.cluster : "",
    ring: "",
    front: turn.stamp,
    created: turn.waiting.at,
    unsaved: true,
  });
}

function change(turn: Turn, id: ID, to: Partial<Note>): void {
  const note = turn.note(id);
  if (note) turn.putNote(id, { ...note, ...to });
}

function restoreNote(turn: Turn, id: ID): void {
  const grave = turn.scene.graves.get(id);
  if (turn.note(id) || !grave) return;
  bringBack(turn, grave.note);
  for (const arrow of grave.arrows) {
    if (!turn.connector(arrow.id) && turn.endLives(arrow.from) && turn.endLives(arrow.to)) {
      turn.putConnector(arrow.id, arrow);
    }
  }
}

function gather(turn: Turn, notes: readonly ID[], cluster: Ref): void {
  for (const id of notes) change(turn, id, { cluster });
}

function moveCluster(turn: Turn, id: ID, dx: number, dy: number): void {
  if (!turn.cluster(id)) return;
  const notes = turn.members(id);
  const inRange = (v: number) => Math.abs(v) <= limits.maxCoord;
  if (!notes.every((note) => inRange(note.x + dx) && inRange(note.y + dy))) return; // all or none
  for (const note of notes) turn.putNote(note.id, { ...note, x: note.x + dx, y: note.y + dy });
}

/** Moves a cluster's notes on and deletes it, with the connectors at it. */
function emptyCluster(turn: Turn, id: ID, into: Ref): void {
  for (const note of turn.members(id)) turn.putNote(note.id, { ...note, cluster: into });
  deleteArrows(turn, id);
  turn.putCluster(id, undefined);
}
