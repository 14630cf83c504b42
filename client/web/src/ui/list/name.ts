/** What a note is called where it cannot be seen: "text, perspective, ring, cluster, van jou". */
import { perspectiveOf } from "../../model";
import type { Note, Wall } from "../../model/types";
import { t } from "../../words";
import { isMine, ringLabel } from "./group";

/** As much of a note's text as names it in a sentence. */
export function shortText(text: string, most = 60): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return t("list.blank");
  return line.length <= most ? line : `${line.slice(0, most - 1).trimEnd()}…`;
}

export function noteName(wall: Wall, note: Readonly<Note>): string {
  const cluster = note.cluster && wall.clusters.get(note.cluster);
  const parts = [
    note.text.trim() || t("list.blank"),
    perspectiveOf(wall, note).label,
    ringLabel(wall, note.ring),
    cluster ? t("tree.inCluster", { title: cluster.title || t("list.unnamed") }) : "",
    isMine(wall, note) ? t("tree.byYou") : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** What an object that a line goes to is called. */
export function objectName(wall: Wall, id: Note["id"]): string {
  const note = wall.notes.get(id);
  if (note) return shortText(note.text);
  const cluster = wall.clusters.get(id);
  if (cluster) return cluster.title || t("list.unnamed");
  return wall.areas.get(id)?.title || t("list.unnamedFrame");
}
