/** Turns a view back into the changes that make it of an empty one: the other direction of fold. */
import type { Change, ID } from "../protocol.gen";
import type { View } from "./types";

/**
 * The changes that make this view of an empty one: board, perspectives in their order, participants, areas, clusters,
 * notes, connectors and links by id; members that are zero left out. Two views are of the same state exactly when these are
 * equal; position and number are not in it.
 */
export function viewChanges(view: View): Change[] {
  const out: Change[] = [];
  const board = said(view.cover);
  if (Object.keys(board).length > 0) out.push({ board });
  view.perspectives.forEach((p, i) => {
    out.push({ perspective: said({ ...p, after: view.perspectives[i - 1]?.id ?? "" }) } as Change);
  });
  each(view.participants, (participant) => out.push({ participant } as Change));
  each(view.areas, (area) => out.push({ area } as Change));
  each(view.clusters, (cluster) => out.push({ cluster } as Change));
  each(view.notes, (note) => out.push({ note } as Change));
  each(view.connectors, (connector) => out.push({ connector } as Change));
  each(view.links, (link) => out.push({ link } as Change));
  return out;
}

function each<T extends object>(objects: ReadonlyMap<ID, T>, take: (members: Partial<T>) => void): void {
  for (const id of [...objects.keys()].sort()) {
    const object = objects.get(id);
    if (object !== undefined) take(said(object));
  }
}

function said<T extends object>(object: T): Partial<T> {
  const members = Object.entries(object).filter(
    ([, v]) => v !== "" && v !== 0 && v !== false && v !== "none" && !(Array.isArray(v) && v.length === 0),
  );
  return Object.fromEntries(members) as Partial<T>;
}
