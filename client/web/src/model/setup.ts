import { limits } from "../protocol.gen";
import { noteSize } from "./acts";

/** a board is set up for about so many notes in both rings */
const roomFor = 40;
/** of a ring's area, so much a note takes with the air around it, in note areas */
const room = 2.2;

/** The rings of a new board's target: with room for about 40 notes, half of them in the core. Sizes in 1/64 unit. */
export function firstRings(core: string, further: string): { label: string; size: number }[] {
  // an ellipse of half-width a has the area π·a·0.7a
  const halfWidth = (notes: number) => {
    const units = Math.sqrt((notes * room * noteSize * noteSize) / (0.7 * Math.PI)) / limits.unit;
    return Math.round(units / 22) * 22 * limits.unit;
  };
  return [
    { label: core, size: halfWidth(roomFor / 2) },
    { label: further, size: halfWidth(roomFor) },
  ];
}
