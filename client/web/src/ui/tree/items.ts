/** The few objects that stand in the board tree, as a screen reader is told of them. */
import { perspectiveOf } from "../../model";
import type { Note, Wall } from "../../model/types";
import { type ID, limits } from "../../protocol.gen";
import { t } from "../../words";
import { chips } from "../list/group";
import { noteName } from "../list/name";
import type { TreeFocus } from "./focus";

/** Places and sizes in board units. */
export interface TreeItem {
  readonly id: ID;
  readonly kind: "note" | "cluster";
  readonly name: string;
  readonly level: 1 | 2;
  /** of how many beside it, and the how-manieth it is, from 1 */
  readonly of: number;
  readonly nth: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** What the board is called: who sees it and how much is on it. Before it has answered nobody knows what is on it. */
export function boardName(wall: Wall, writes: boolean): string {
  const n = wall.notes.size;
  if (wall.cover.created === 0 && n === 0) return t("join.opening");
  return writes ? t("tree.label", { n }) : t("tree.labelWatch", { n });
}

/** Notes around the one that has the keyboard, about `size` of them, each cluster's title before its first. */
export function treeItems(wall: Wall, focus: TreeFocus, size: number): TreeItem[] {
  const items: TreeItem[] = [];
  const told = new Set<string>();
  const clusters = clustersInOrder(wall, focus.order);
  let loose: Map<ID, number> | undefined;
  for (const id of focus.around(size)) {
    const note = wall.notes.get(id);
    if (!note) continue;
    const cluster = note.cluster && wall.clusters.get(note.cluster);
    if (cluster) {
      if (!told.has(cluster.id)) {
        told.add(cluster.id);
        items.push(clusterItem(wall, cluster, clusters));
      }
      items.push(noteItem(wall, note, 2, cluster.notes.length, cluster.notes.indexOf(id) + 1));
    } else {
      loose ??= looseNotes(wall, focus.order);
      items.push(noteItem(wall, note, 1, clusters.length + loose.size, clusters.length + (loose.get(id) ?? 0)));
    }
  }
  return items;
}

function clustersInOrder(wall: Wall, order: readonly ID[]): ID[] {
  const found = new Set<ID>();
  for (const id of order) {
    const cluster = wall.notes.get(id)?.cluster;
    if (cluster && wall.clusters.has(cluster)) found.add(cluster);
  }
  return [...found];
}

/** Notes in no cluster, each with its place among them from 1. */
function looseNotes(wall: Wall, order: readonly ID[]): Map<ID, number> {
  const found = new Map<ID, number>();
  for (const id of order) {
    const cluster = wall.notes.get(id)?.cluster;
    if (!cluster || !wall.clusters.has(cluster)) found.set(id, found.size + 1);
  }
  return found;
}

function noteItem(wall: Wall, note: Readonly<Note>, level: 1 | 2, of: number, nth: number): TreeItem {
  const { unit } = limits;
  const place = { x: note.x / unit, y: note.y / unit, w: note.w / unit, h: note.h / unit };
  return { id: note.id, kind: "note", name: noteName(wall, note), level, of, nth, ...place };
}

function clusterItem(
  wall: Wall,
  cluster: { id: ID; title: string; notes: readonly ID[] },
  clusters: readonly ID[],
): TreeItem {
  const counts = chips(wall, cluster.notes).map(({ perspective, count }) =>
    t("list.chip", { label: perspectiveOf(wall, { perspective, colour: 1 }).label, n: count }),
  );
  const title = t("tree.cluster", { title: cluster.title || t("list.unnamed") });
  const name = [title, t("tree.notes", { n: cluster.notes.length }), ...counts].join(", ");
  const nth = clusters.indexOf(cluster.id) + 1;
  return { id: cluster.id, kind: "cluster", name, level: 1, of: clusters.length, nth, ...around(wall, cluster.notes) };
}

function around(wall: Wall, notes: readonly ID[]): { x: number; y: number; w: number; h: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const id of notes) {
    const note = wall.notes.get(id);
    if (!note) continue;
    left = Math.min(left, note.x);
    top = Math.min(top, note.y);
    right = Math.max(right, note.x + note.w);
    bottom = Math.max(bottom, note.y + note.h);
  }
  if (left > right) return { x: 0, y: 0, w: 0, h: 0 };
  const { unit } = limits;
  return { x: left / unit, y: top / unit, w: (right - left) / unit, h: (bottom - top) / unit };
}
