import type { ID } from "../protocol.gen";
import { perspectiveOf } from "./face";
import { inReadingOrder } from "./order";
import { ringsOf } from "./ring";
import { type Counts, tally } from "./tally";
import type { Note, Wall } from "./types";

/** The words of an outcome, in the person's language. */
export interface OutcomeWords {
  cluster: string;
  /** a cluster without a title */
  unnamed: string;
  /** notes of no cluster */
  unclustered: string;
  total: string;
  notes: string;
  text: string;
  perspective: string;
  ring: string;
  author: string;
  tags: string;
  /** in place of a perspective or ring that a note does not have */
  none: string;
  question: string;
}

interface Section {
  title: string;
  counts: Counts;
  notes: Readonly<Note>[];
}

/** Clusters in order of creation, then the notes of none, if there are any. */
function sections(wall: Wall, words: OutcomeWords): Section[] {
  const counted = tally(wall);
  const of = (ids: Iterable<ID>) => inReadingOrder([...ids].flatMap((id) => wall.notes.get(id) ?? []));
  const out = counted.clusters.map((counts) => ({
    title: counts.title || words.unnamed,
    counts,
    notes: of(wall.clusters.get(counts.key)?.notes ?? []),
  }));
  const free = [...wall.notes.values()].filter((note) => note.cluster === "" || !wall.clusters.has(note.cluster));
  const rest = { title: words.unclustered, counts: counted.unclustered, notes: inReadingOrder(free) };
  return free.length > 0 ? [...out, rest] : out;
}

/** The outcome as a page of Markdown: the numbers as a table, then every note under its cluster. */
export function outcomeMarkdown(wall: Wall, words: OutcomeWords): string {
  const { title, question } = wall.cover;
  const all = sections(wall, words);
  const perspectives = wall.perspectives;
  const rings = ringsOf(wall);
  const cells = (name: string, counts: Counts) => [
    name,
    `${counts.notes}`,
    ...perspectives.map((p) => `${counts.byPerspective[p.id] ?? 0}`),
    ...rings.map((r) => `${counts.byRing[r.id] ?? 0}`),
  ];
  const head = [words.cluster, words.notes, ...perspectives.map((p) => p.label), ...rings.map((r) => r.label)];
  const row = (list: string[]) => `| ${list.map((cell) => escaped(cell).replace(/\|/g, "\\|")).join(" | ")} |`;
  const lines = [`# ${escaped(title || question)}`, ""];
  if (title !== "" && question !== "") lines.push(`${escaped(words.question)}: ${escaped(question)}`, "");
  lines.push(row(head), `| --- |${" ---: |".repeat(head.length - 1)}`);
  for (const section of all) lines.push(row(cells(section.title, section.counts)));
  lines.push(row(cells(words.total, tally(wall).total)));
  const labels = new Map<string, string>(rings.map((ring) => [ring.id, ring.label]));
  for (const section of all) {
    lines.push("", `## ${escaped(section.title)}`, "");
    for (const note of section.notes) {
      const about = [
        perspectiveOf(wall, note).label,
        labels.get(note.ring) ?? "",
        ...note.tags.map((tag) => `#${tag}`),
      ];
      const aside = about.filter(Boolean).map(escaped).join(", ");
      lines.push(`- ${escaped(note.text)}${aside === "" ? "" : ` (${aside})`}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** A text as one line of Markdown that says just that: no markup, no HTML, no links. */
function escaped(text: string): string {
  return text
    .trim()
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>~]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/^([#+=-])/, "\\$1")
    .replace(/^(\d+)([.)])/, "$1\\$2");
}

/**
 * The notes as a table for spreadsheets: RFC 4180 in UTF-8 with a byte order mark, one row a note. A cell that a
 * spreadsheet would take for a formula begins with an apostrophe.
 */
export function outcomeCSV(wall: Wall, words: OutcomeWords): string {
  const labels = new Map<string, string>(ringsOf(wall).map((ring) => [ring.id, ring.label]));
  const rows = [[words.cluster, words.text, words.perspective, words.ring, words.author, words.tags]];
  for (const section of sections(wall, words)) {
    for (const note of section.notes) {
      const author = note.author === "" ? undefined : wall.participants.get(note.author);
      const perspective = perspectiveOf(wall, note).label || words.none;
      const ring = labels.get(note.ring) ?? words.none;
      rows.push([section.title, note.text, perspective, ring, author?.name ?? "", note.tags.join(", ")]);
    }
  }
  return `\ufeff${rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`;
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
