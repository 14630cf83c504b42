import type { ID } from "../protocol.gen";
import { perspectiveOf } from "./face";
import { clusterOrder, readingOrder } from "./order";
import type { Wall } from "./types";

export interface Found {
  kind: "note" | "cluster" | "area" | "participant";
  id: ID;
  /** what it says */
  text: string;
}

/** A text as it is searched: small letters, without accents. */
function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/ø/g, "o")
    .replace(/ł/g, "l");
}

/**
 * Everything that has all words of the query: notes by text, tags, author and perspective; clusters and areas by title and
 * ring; people by name. What begins with the query comes first, then what has a word that does, then the rest as it is
 * read. Nothing for a query without a word.
 */
export function search(wall: Wall, query: string, limit = 50): Found[] {
  const wanted = plain(query).split(/\s+/).filter(Boolean);
  const whole = wanted.join(" ");
  if (whole === "") return [];
  const found: { found: Found; rank: number }[] = [];
  for (const { more, ...item } of candidates(wall)) {
    const said = plain(item.text);
    const all = `${said} ${plain(more)}`;
    if (!wanted.every((word) => all.includes(word))) continue;
    const rank = said.startsWith(whole) ? 0 : ` ${said.replace(/\s+/g, " ")}`.includes(` ${whole}`) ? 1 : 2;
    found.push({ found: item, rank });
  }
  return found
    .sort((a, b) => a.rank - b.rank) // stable: else as it is read
    .slice(0, limit)
    .map((hit) => hit.found);
}

function* candidates(wall: Wall): Generator<Found & { more: string }> {
  for (const id of clusterOrder(wall)) {
    const cluster = wall.clusters.get(id);
    if (cluster) yield { kind: "cluster", id, text: cluster.title, more: "" };
  }
  for (const id of readingOrder(wall)) {
    const note = wall.notes.get(id);
    if (!note) continue;
    const author = note.author === "" ? "" : (wall.participants.get(note.author)?.name ?? "");
    const more = [...note.tags, author, perspectiveOf(wall, note).label].join(" ");
    yield { kind: "note", id, text: note.text, more };
  }
  for (const area of wall.areas.values()) {
    yield { kind: "area", id: area.id, text: area.title, more: area.rings.map((ring) => ring.label).join(" ") };
  }
  for (const person of wall.participants.values()) {
    if (!person.left) yield { kind: "participant", id: person.id, text: person.name, more: "" };
  }
}
