import type { ID } from "../protocol.gen";
import type { Note, Wall } from "./types";

type Placed = Pick<Note, "id" | "x" | "y" | "w" | "h">;

/**
 * Notes as they are read: rows from the top, each from the left. A row is what begins above the middle of its highest
 * note: by hand nobody puts notes at one height exactly.
 */
export function inReadingOrder<T extends Placed>(notes: Iterable<T>): T[] {
  const byTop = [...notes].sort((a, b) => a.y - b.y || a.x - b.x || compare(a.id, b.id));
  const out: T[] = [];
  let row: T[] = [];
  let middle = 0;
  const endRow = () => out.push(...row.sort((a, b) => a.x - b.x || a.y - b.y || compare(a.id, b.id)));
  for (const note of byTop) {
    if (row.length > 0 && note.y >= middle) {
      endRow();
      row = [];
    }
    if (row.length === 0) middle = note.y + note.h / 2;
    row.push(note);
  }
  endRow();
  return out;
}

function compare(a: ID, b: ID): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The clusters as they are read: by the top left corner of the box around their notes; those without notes last. */
export function clusterOrder(wall: Pick<Wall, "clusters" | "notes">): ID[] {
  const corners: Placed[] = [];
  const empty: { id: ID; order: number }[] = [];
  for (const cluster of wall.clusters.values()) {
    let x = Number.POSITIVE_INFINITY;
    let y = Number.POSITIVE_INFINITY;
    for (const id of cluster.notes) {
      const note = wall.notes.get(id);
      if (!note) continue;
      x = Math.min(x, note.x);
      y = Math.min(y, note.y);
    }
    if (x < Number.POSITIVE_INFINITY) corners.push({ id: cluster.id, x, y, w: 0, h: 0 });
    else empty.push(cluster);
  }
  corners.sort((a, b) => a.y - b.y || a.x - b.x || compare(a.id, b.id));
  empty.sort((a, b) => a.order - b.order || compare(a.id, b.id));
  return [...corners, ...empty].map(({ id }) => id);
}

/** All notes as they are read: cluster by cluster, then those of no cluster. */
export function readingOrder(wall: Pick<Wall, "clusters" | "notes">): ID[] {
  const out: ID[] = [];
  for (const id of clusterOrder(wall)) out.push(...(wall.clusters.get(id)?.notes ?? []));
  const free: Note[] = [];
  for (const note of wall.notes.values()) {
    if (note.cluster === "" || !wall.clusters.has(note.cluster)) free.push(note);
  }
  for (const note of inReadingOrder(free)) out.push(note.id);
  return out;
}

export type Direction = "left" | "right" | "up" | "down";

/**
 * The nearest note that way, by centres: within 45 degrees of the way if there is one, else in the half plane. What lies
 * aside counts twice, so that one goes on along a row.
 */
export function nearestNote(wall: Pick<Wall, "notes">, from: ID, direction: Direction): ID | undefined {
  const start = wall.notes.get(from);
  if (!start) return undefined;
  let best: { id: ID; score: number } | undefined;
  for (const note of wall.notes.values()) {
    if (note.id === from) continue;
    const dx = note.x + note.w / 2 - start.x - start.w / 2;
    const dy = note.y + note.h / 2 - start.y - start.h / 2;
    const along = direction === "right" ? dx : direction === "left" ? -dx : direction === "down" ? dy : -dy;
    const aside = Math.abs(direction === "left" || direction === "right" ? dy : dx);
    if (along <= 0) continue;
    const score = along + 2 * aside + (aside > along ? outsideCone : 0);
    if (!best || score < best.score || (score === best.score && note.id < best.id)) best = { id: note.id, score };
  }
  return best?.id;
}

/** more than any distance on a board */
const outsideCone = 2 ** 30;
