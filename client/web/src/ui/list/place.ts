/** Where a note goes that is written where no board is seen. */
import { freePlace } from "../../model";
import type { Note, Wall } from "../../model/types";
import { type ID, limits } from "../../protocol.gen";

/** A note's usual side, 1/64 unit. */
export const noteSide = 176 * limits.unit;
const gap = 12 * limits.unit;

/**
 * Beside the last note of the cluster it is for; else beside one's own newest that lies on no ring, else under the target.
 * Whoever writes has not said yet how near to the core it is.
 */
export function placeForNew(wall: Wall, cluster?: ID): { x: number; y: number } {
  const at = freePlace(wall, wished(wall, cluster), noteSide, noteSide);
  return { x: Math.round(at.x), y: Math.round(at.y) };
}

function wished(wall: Wall, cluster: ID | undefined): { x: number; y: number } {
  const last = cluster && wall.clusters.get(cluster)?.notes.at(-1);
  const beside = (last && wall.notes.get(last)) || newest(wall);
  if (beside) return { x: beside.x + beside.w + gap, y: beside.y };
  const target = [...wall.areas.values()].find((area) => area.form === "target");
  const size = target?.rings.at(-1)?.size ?? 0;
  return target ? { x: target.x - size, y: target.y + Math.round(size * 0.7) + gap } : { x: 0, y: 0 };
}

function newest(wall: Wall): Note | undefined {
  let found: Note | undefined;
  for (const note of wall.notes.values()) {
    if (note.author !== wall.me || note.ring !== "") continue;
    if (!found || note.created > found.created) found = note;
  }
  return found;
}
