import type { Ref } from "../protocol.gen";
import type { Note, Wall } from "./types";

/** How a note, or who speaks by it, is told apart. */
export interface Face {
  /** 1..8 */
  colour: number;
  /** 1..8 */
  pattern: number;
  /** of the perspective, "" without one */
  label: string;
  perspective: Ref;
}

/** Colour and pattern of a note: its perspective's; without one its own colour, and the pattern of the same number. */
export function perspectiveOf(wall: Pick<Wall, "perspectives">, note: Pick<Note, "perspective" | "colour">): Face {
  const found = note.perspective === "" ? undefined : wall.perspectives.find((p) => p.id === note.perspective);
  if (found) return { colour: found.colour, pattern: found.pattern, label: found.label, perspective: found.id };
  const colour = note.colour || 1;
  return { colour, pattern: colour, label: "", perspective: "" };
}
