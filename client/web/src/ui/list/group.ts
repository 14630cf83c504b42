/**
 * The list's groups: the same objects as the board's, in reading order, every note in exactly one group.
 */
import type { Area, Note, Wall } from "../../model/types";
import type { ID } from "../../protocol.gen";

/** How the list is cut up. */
export type By = "cluster" | "ring" | "mine";

/** What a heading stands for. */
export type Kind =
  /** own notes that lie in no cluster */
  | "own"
  | "cluster"
  /** notes in no cluster */
  | "loose"
  | "ring"
  | "frame"
  /** on no ring and in no frame */
  | "elsewhere"
  /** all one's own */
  | "mine";

export interface Group {
  /** the same for the same group as long as the board lives */
  readonly key: string;
  readonly kind: Kind;
  /** of a cluster, ring or frame */
  readonly id: ID | "";
  /** what people called it; "" if they did not, or if the list has to name it */
  readonly title: string;
  /** a ring's target, when the board has more than one */
  readonly of: string;
  readonly notes: readonly ID[];
}

interface Place {
  readonly key: string;
  readonly kind: Kind;
  readonly id: ID | "";
  readonly title: string;
  readonly of: string;
}

/** Cuts the board up. `order` is the board's reading order; a note it does not name is left out. */
export function groups(wall: Wall, order: readonly ID[], by: By): Group[] {
  if (by === "mine") {
    const notes = order.filter((id) => isMine(wall, wall.notes.get(id)));
    return [{ key: "mine", kind: "mine", id: "", title: "", of: "", notes }];
  }
  const found = new Map<string, { place: Place; notes: ID[] }>();
  const at = (place: Place) => {
    let group = found.get(place.key);
    if (!group) {
      group = { place, notes: [] };
      found.set(place.key, group);
    }
    return group;
  };
  const placeOf = by === "cluster" ? clusterPlaces(wall) : ringPlaces(wall);
  for (const id of order) {
    const note = wall.notes.get(id);
    if (note) at(placeOf(note)).notes.push(id);
  }
  if (by === "ring") return ringsFirst(wall, found);
  for (const cluster of wall.clusters.values()) if (cluster.notes.length === 0) at(clusterPlace(wall, cluster.id));
  return [...found.values()].map(filled).sort((a, b) => weight(a.kind) - weight(b.kind));
}

/** Own notes come first, what lies in no cluster last; the rest keeps the order in which it was met. */
function weight(kind: Kind): number {
  return kind === "own" ? 0 : kind === "loose" ? 2 : 1;
}

function filled({ place, notes }: { place: Place; notes: ID[] }): Group {
  return { ...place, notes };
}

function clusterPlaces(wall: Wall): (note: Note) => Place {
  return (note) => {
    if (note.cluster && wall.clusters.has(note.cluster)) return clusterPlace(wall, note.cluster);
    const own = isMine(wall, note);
    return { key: own ? "own" : "loose", kind: own ? "own" : "loose", id: "", title: "", of: "" };
  };
}

function clusterPlace(wall: Wall, id: ID): Place {
  return { key: `cluster:${id}`, kind: "cluster", id, title: wall.clusters.get(id)?.title ?? "", of: "" };
}

const elsewhere: Place = { key: "elsewhere", kind: "elsewhere", id: "", title: "", of: "" };

/** A note stands under its ring; failing that under the foremost frame that holds its centre. */
function ringPlaces(wall: Wall): (note: Note) => Place {
  const rings = new Map(ringPlacesInOrder(wall).map((place) => [place.id, place]));
  const frames = [...wall.areas.values()].filter((area) => area.form === "frame").sort((a, b) => b.front - a.front);
  return (note) => {
    const ring = note.ring && rings.get(note.ring);
    if (ring) return ring;
    const frame = frames.find((area) => holds(area, note));
    return frame ? framePlace(frame) : elsewhere;
  };
}

function framePlace(area: Area): Place {
  return { key: `frame:${area.id}`, kind: "frame", id: area.id, title: area.title, of: "" };
}

function ringPlacesInOrder(wall: Wall): Place[] {
  const targets = byPosition(wall, "target");
  return targets.flatMap((area) =>
    area.rings.map((ring): Place => {
      const of = targets.length > 1 ? area.title : "";
      return { key: `ring:${ring.id}`, kind: "ring", id: ring.id, title: ring.label, of };
    }),
  );
}

/** Every ring and frame has its heading, also an empty one: that is a place to move notes to. */
function ringsFirst(wall: Wall, found: ReadonlyMap<string, { place: Place; notes: ID[] }>): Group[] {
  const places = [...ringPlacesInOrder(wall), ...byPosition(wall, "frame").map(framePlace)];
  const all = places.map((place): Group => ({ ...place, notes: found.get(place.key)?.notes ?? [] }));
  const rest = found.get(elsewhere.key);
  return rest ? [...all, filled(rest)] : all;
}

function byPosition(wall: Wall, form: Area["form"]): Area[] {
  return [...wall.areas.values()].filter((area) => area.form === form).sort((a, b) => a.y - b.y || a.x - b.x);
}

function holds(frame: Area, note: Note): boolean {
  const x = note.x + note.w / 2;
  const y = note.y + note.h / 2;
  return x >= frame.x && x <= frame.x + frame.w && y >= frame.y && y <= frame.y + frame.h;
}

/** Whether one wrote it oneself. In the past nobody is "me". */
export function isMine(wall: Wall, note: Note | undefined): boolean {
  return note !== undefined && wall.me !== "" && note.author === wall.me;
}

/** A ring's label; "" for none or one that is gone. */
export function ringLabel(wall: Wall, ring: Note["ring"]): string {
  if (!ring) return "";
  for (const area of wall.areas.values()) {
    for (const each of area.rings) if (each.id === ring) return each.label;
  }
  return "";
}

/** How many notes each perspective has among these, in the board's order of perspectives, without the zeros. */
export function chips(wall: Wall, notes: readonly ID[]): { perspective: ID; count: number }[] {
  const counts = new Map<string, number>();
  for (const id of notes) {
    const perspective = wall.notes.get(id)?.perspective;
    if (perspective) counts.set(perspective, (counts.get(perspective) ?? 0) + 1);
  }
  return wall.perspectives.flatMap(({ id }) => {
    const count = counts.get(id);
    return count ? [{ perspective: id, count }] : [];
  });
}
