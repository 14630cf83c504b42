import type { ID } from "../protocol.gen";
import type { Turn } from "./turn";
import type { Connector, Note } from "./types";

/** Takes a note off the board, and the connectors at it. */
export function deleteNote(turn: Turn, id: ID): void {
  const note = turn.note(id);
  if (!note) return;
  const arrows = deleteArrows(turn, id);
  turn.scene.bury({ note, arrows });
  turn.putNote(id, undefined);
}

/** Brings a note back as it was, into its cluster if that is still there. */
export function bringBack(turn: Turn, note: Note): void {
  const cluster = note.cluster !== "" && turn.cluster(note.cluster) ? note.cluster : "";
  turn.putNote(note.id, { ...note, cluster, text: turn.scene.textOf(note.id) ?? note.text });
}

/** Deletes the connectors at an object that goes, and returns them. */
export function deleteArrows(turn: Turn, object: ID): Connector[] {
  const arrows = turn.arrows(object);
  for (const arrow of arrows) turn.putConnector(arrow.id, undefined);
  return arrows;
}
