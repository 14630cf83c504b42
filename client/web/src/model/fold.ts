import type { Change, NoteChange, PerspectiveChange } from "../protocol.gen";
import { apply } from "../text";
import type { Objects } from "./objects";
import type { Area, Cluster, Connector, Invitation, Note, Participant, Perspective } from "./types";

/**
 * Folds a change into objects. Throws when the objects are not what the change was made for (a text edit on another
 * revision): then they must be made anew.
 */
export function fold(objects: Objects, change: Change): void {
  if ("note" in change) {
    foldNote(objects, change.note);
    return;
  }
  if ("board" in change) {
    objects.cover = { ...objects.cover, ...change.board };
  } else if ("participant" in change) {
    const { id } = change.participant;
    objects.participants.put(id, { ...(objects.participants.now.get(id) ?? freshParticipant), ...change.participant });
  } else if ("perspective" in change) {
    objects.perspectives = withPerspective(objects.perspectives, change.perspective);
  } else if ("cluster" in change) {
    const { deleted, ...to } = change.cluster;
    objects.putCluster(to.id, deleted ? undefined : { ...(objects.clusters.now.get(to.id) ?? freshCluster), ...to });
  } else if ("area" in change) {
    const { deleted, form, ...to } = change.area;
    const was = objects.areas.now.get(to.id) ?? freshArea;
    const area = { ...was, ...to, form: form === undefined ? was.form : formOf(form) };
    objects.putArea(to.id, deleted ? undefined : area);
  } else if ("connector" in change) {
    const { deleted, ...to } = change.connector;
    const was = objects.connectors.now.get(to.id) ?? freshConnector;
    objects.putConnector(to.id, deleted ? undefined : { ...was, ...to });
  } else if ("link" in change) {
    const { id } = change.link;
    objects.links.put(id, { ...(objects.links.now.get(id) ?? freshLink), ...change.link });
  }
}

export function formOf(form: string): Area["form"] {
  return form === "target" ? "target" : "frame";
}

function foldNote(objects: Objects, change: NoteChange): void {
  const { deleted, edit, ...to } = change;
  if (deleted) {
    objects.putNote(to.id, undefined);
    return;
  }
  const note: Note = { ...(objects.notes.now.get(to.id) ?? freshNote), ...to };
  if (edit) {
    if (edit.base !== note.rev) throw new Error(`note ${to.id}: an edit on ${edit.base}, the copy has ${note.rev}`);
    note.text = apply(note.text, edit.runs);
    note.rev = edit.rev;
  }
  objects.putNote(to.id, note);
}

function withPerspective(
  list: readonly Readonly<Perspective>[],
  { after, ...to }: PerspectiveChange,
): readonly Readonly<Perspective>[] {
  const at = list.findIndex((p) => p.id === to.id);
  const was = list[at];
  const perspective: Perspective = { ...(was ?? { label: "", colour: 0, pattern: 0 }), ...to };
  if (was && after === undefined) return list.with(at, perspective);
  const others = list.filter((p) => p.id !== to.id);
  // of a new one an absent field is zero: it comes first
  return others.toSpliced(others.findIndex((p) => p.id === after) + 1, 0, perspective);
}

type Fresh<T> = Omit<T, "id">;
const freshParticipant: Fresh<Participant> = { name: "", colour: 0, perspective: "", role: "none", left: false };
const freshCluster: Fresh<Cluster> = { title: "", order: 0, created: 0, notes: [] };
const freshConnector: Pick<Connector, "label"> & { from: Connector["from"]; to: Connector["to"] } = {
  from: "" as Connector["from"],
  to: "" as Connector["to"],
  label: "",
};
const freshArea: Fresh<Area> = { form: "frame", title: "", x: 0, y: 0, w: 0, h: 0, rings: [], front: 0 };
const freshLink: Fresh<Invitation> = {
  role: "none",
  label: "",
  expires: 0,
  uses: 0,
  used: 0,
  password: false,
  revoked: false,
  created: 0,
};
const freshNote: Fresh<Note> = {
  x: 0,
  y: 0,
  w: 0,
  h: 0,
  text: "",
  rev: "" as Note["rev"],
  colour: 0,
  tags: [],
  perspective: "",
  author: "",
  cluster: "",
  ring: "",
  front: 0,
  created: 0,
  unsaved: false,
};
