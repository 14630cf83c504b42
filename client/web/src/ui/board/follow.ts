/** Looking along with another: where they are busy stays near the middle of what one sees. */
import type { BoardView } from "../../board";
import type { Presence } from "../../model/types";
import { type ID, limits } from "../../protocol.gen";

type Seen = Pick<BoardView, "aim" | "width" | "height" | "moveTo" | "on" | "boxOf" | "boardOf">;

/** how much of the view, around its middle, they have to themselves before it comes along */
const room = 0.5;

/** Where a person is busy, in board units: what they write in, else their pointer, else what they selected. */
function whereabouts(person: ID, view: Seen, { typing, cursors, selections }: Presence) {
  const at = (marked: ReadonlyMap<ID, ReadonlySet<ID>>) => {
    for (const [id, people] of marked) {
      const box = people.has(person) ? view.boxOf(id) : undefined;
      if (box) return view.boardOf(box.x + box.w / 2, box.y + box.h / 2);
    }
    return undefined;
  };
  const cursor = cursors.get(person);
  return at(typing) ?? (cursor ? { x: cursor.x / limits.unit, y: cursor.y / limits.unit } : at(selections));
}

/** Follows until that is called which it returns; `ended` hears that one looks elsewhere oneself, or that they left. */
export function alongWith(person: ID, view: Seen, presence: Presence, ended: () => void): () => void {
  let { aim } = view;
  const come = () => {
    // Without a connection nobody is here; that is not their leaving.
    if (presence.here.size > 0 && !presence.here.has(person)) return ended();
    const at = whereabouts(person, view, presence);
    if (!at) return;
    const { z } = aim;
    const middle = { x: at.x - view.width / 2 / z, y: at.y - view.height / 2 / z };
    const off = Math.max(Math.abs(middle.x - aim.x) / view.width, Math.abs(middle.y - aim.y) / view.height);
    if (off * z <= room / 2) return;
    aim = { ...middle, z };
    view.moveTo(aim, true);
  };
  const moved = () => {
    const { x, y, z } = view.aim;
    if (x !== aim.x || y !== aim.y || z !== aim.z) ended();
  };
  const stops = [presence.subscribe(come), view.on("camera", moved)];
  come();
  return () => {
    for (const stop of stops) stop();
  };
}
