/** What the outcome says of a board, reckoned from what lies on it. Places in 1/64 board unit. */
import { type Counts, type Face, perspectiveOf, ringsOf, type Tally, tally, type Wall } from "../../model";
import type { ID } from "../../protocol.gen";

/** One square: a note, by its looks. */
export interface Square {
  note: ID;
  face: Face;
}

export interface Row {
  /** "" is the row of notes outside clusters */
  cluster: ID | "";
  title: string;
  notes: number;
  /** the note of the innermost ring that lies nearest its middle; "" if there is none with text */
  quote: string;
  /** in the order of the rings, the one outside all rings last; only rings that have notes */
  rings: { ring: ID | ""; label: string; squares: Square[] }[];
}

export interface Outcome {
  people: number;
  total: Counts;
  /** largest first */
  rows: Row[];
  loose: Row;
  perspectives: { id: ID | ""; label: string; face: Face; notes: number }[];
  rings: { id: ID | ""; label: string; notes: number }[];
}

/** `words.outside` names the place outside all rings, `words.noGroup` what has no perspective. */
export function outcomeOf(wall: Wall, words: { outside: string; noGroup: string }): Outcome {
  const counted = tally(wall);
  const rings = [
    ...ringsOf(wall).map(({ id, label }): { id: ID | ""; label: string } => ({ id, label })),
    { id: "" as const, label: words.outside },
  ];
  const rows = counted.clusters
    .map((c) => rowOf(wall, rings, c.key, c.title))
    .sort((a, b) => b.notes - a.notes || orderOf(wall, a) - orderOf(wall, b));
  return {
    people: [...wall.participants.values()].filter((p) => !p.left).length,
    total: counted.total,
    rows,
    loose: rowOf(wall, rings, "", ""),
    perspectives: groups(wall, counted, words.noGroup),
    rings: rings
      .map((r) => ({ ...r, notes: counted.total.byRing[r.id] ?? 0 }))
      .filter((r) => r.notes > 0 || r.id !== ""),
  };
}

function orderOf(wall: Wall, row: Row): number {
  return row.cluster === "" ? 0 : (wall.clusters.get(row.cluster)?.order ?? 0);
}

function rowOf(wall: Wall, rings: { id: ID | ""; label: string }[], cluster: ID | "", title: string): Row {
  const notes = [...wall.notes.values()].filter((n) => n.cluster === cluster);
  const order = new Map<string, number>(wall.perspectives.map((p, i) => [p.id, i]));
  const place = (perspective: string) => order.get(perspective) ?? order.size;
  notes.sort((a, b) => place(a.perspective) - place(b.perspective) || a.colour - b.colour || a.created - b.created);
  return {
    cluster,
    title,
    notes: notes.length,
    quote: quoteOf(wall, rings, notes),
    rings: rings
      .map((r) => ({
        ring: r.id,
        label: r.label,
        squares: notes.filter((n) => n.ring === r.id).map((n) => ({ note: n.id, face: perspectiveOf(wall, n) })),
      }))
      .filter((r) => r.squares.length > 0),
  };
}

type Placed = Pick<Parameters<typeof perspectiveOf>[1], "colour"> & {
  x: number;
  y: number;
  w: number;
  h: number;
  text: string;
  ring: string;
};

function quoteOf(wall: Wall, rings: { id: ID | "" }[], notes: readonly Placed[]): string {
  for (const { id } of rings) {
    const target = [...wall.areas.values()].find((a) => a.rings.some((r) => r.id === id));
    const inside = notes.filter((n) => n.ring === id && n.text.trim() !== "");
    if (inside.length === 0) continue;
    const middle = target ?? { x: 0, y: 0 };
    const far = (n: Placed) => Math.hypot(n.x + n.w / 2 - middle.x, n.y + n.h / 2 - middle.y);
    return inside.reduce((best, n) => (far(n) < far(best) ? n : best)).text.trim();
  }
  return "";
}

function groups(wall: Wall, counted: Tally, noGroup: string): Outcome["perspectives"] {
  const all: Outcome["perspectives"] = wall.perspectives.map((p) => ({
    id: p.id,
    label: p.label,
    face: { colour: p.colour, pattern: p.pattern, label: p.label, perspective: p.id },
    notes: counted.total.byPerspective[p.id] ?? 0,
  }));
  const without = counted.total.byPerspective[""] ?? 0;
  if (without > 0 && all.length > 0) {
    all.push({
      id: "",
      label: noGroup,
      face: { colour: 8, pattern: 8, label: noGroup, perspective: "" },
      notes: without,
    });
  }
  return all;
}
