import type { ID } from "../protocol.gen";
import type { Note, Wall } from "./types";

/** Counts of notes. One without a perspective, or in no ring, counts in `notes` alone. What is zero is left out. */
export interface Counts {
  notes: number;
  byPerspective: Record<string, number>;
  byRing: Record<string, number>;
  /** perspective, then ring */
  cells: Record<string, Record<string, number>>;
}

/** A workshop's outcome, with the numbers the server counts. */
export interface Tally {
  /** in order of creation, empty ones too */
  clusters: (Counts & { key: ID; title: string })[];
  unclustered: Counts;
  total: Counts;
}

export function tally(wall: Pick<Wall, "notes" | "clusters">): Tally {
  const order = [...wall.clusters.values()].sort((a, b) => a.order - b.order);
  const clusters = order.map(({ id, title }) => ({ key: id, title, ...nothing() }));
  const of = new Map<string, Counts>(clusters.map((counts) => [counts.key, counts]));
  const unclustered = nothing();
  const total = nothing();
  for (const note of wall.notes.values()) {
    count(of.get(note.cluster) ?? unclustered, note);
    count(total, note);
  }
  return { clusters, unclustered, total };
}

function nothing(): Counts {
  return { notes: 0, byPerspective: {}, byRing: {}, cells: {} };
}

function count(counts: Counts, { perspective, ring }: Pick<Note, "perspective" | "ring">): void {
  counts.notes++;
  if (perspective !== "") one(counts.byPerspective, perspective);
  if (ring !== "") one(counts.byRing, ring);
  if (perspective === "" || ring === "") return;
  counts.cells[perspective] ??= {};
  one(counts.cells[perspective], ring);
}

function one(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
