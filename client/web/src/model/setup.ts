import { limits } from "../protocol.gen";
import { Acts, noteSize } from "./acts";
import type { Session } from "./types";

/** a board is set up for about so many notes in both rings */
const roomFor = 40;
/** of a ring's area, so much a note takes with the air around it, in note areas */
const room = 2.2;

/**
 * Gives a new board its target of two rings around the origin, with room for about 40 notes, half of them in the core.
 * Only for its owner, and only on a board without any area. Returns whether it did.
 */
export function setUpBoard(session: Session, words: { core: string; further: string; title?: string }): boolean {
  if (session.wall.role !== "owner" || session.wall.areas.size > 0) return false;
  // an ellipse of half-width a has the area π·a·0.7a
  const halfWidth = (notes: number) => {
    const units = Math.sqrt((notes * room * noteSize * noteSize) / (0.7 * Math.PI)) / limits.unit;
    return Math.round(units / 22) * 22 * limits.unit;
  };
  new Acts(session).target(
    { x: 0, y: 0 },
    [
      { label: words.core, size: halfWidth(roomFor / 2) },
      { label: words.further, size: halfWidth(roomFor) },
    ],
    words.title,
  );
  return true;
}
