/** What the palette, the search and "Verplaats naar…" offer, from what the board has. */
import { perspectiveOf, ringsOf, search } from "../../model";
import type { Note, Wall } from "../../model/types";
import type { ID } from "../../protocol.gen";
import { t } from "../lang.svelte";
import type { Desk } from "./desk.svelte";
import { keyOf, offered } from "./keys";
import type { Choice } from "./Picker.svelte";
import { everyone } from "./people";
import { ranked } from "./rank";

const most = 60;

/** A note in one line. */
function lineOf(note: Pick<Note, "text">): string {
  return note.text.trim().split("\n", 1)[0]?.slice(0, 140) || t("wall.emptyNote");
}

export function clusterTitle(wall: Wall, id: ID): string {
  return wall.clusters.get(id)?.title || t("wall.unnamed");
}

function noteChoice(desk: Desk, id: ID, run: () => void, group?: string): Choice[] {
  const { wall } = desk.session;
  const note = wall.notes.get(id);
  if (!note) return [];
  const { colour, pattern, label } = perspectiveOf(wall, note);
  return [
    {
      id,
      label: lineOf(note),
      swatch: { colour, pattern },
      run,
      ...(label && { detail: label }),
      ...(group && { group }),
    },
  ];
}

function lookAt(desk: Desk, id: ID): void {
  desk.hold([id]);
  desk.view?.zoomToSelection();
}

/** Every command that can be given now, notes, clusters and people. */
export function palette(desk: Desk, query: string): Choice[] {
  const { wall } = desk.session;
  const commands = offered(desk).map((c): Choice => {
    const keys = keyOf(c.id);
    return {
      id: `command-${c.id}`,
      label: t(c.label as "wall.key.note"),
      group: t("wall.palette.commands"),
      run: () => void c.run(desk),
      ...(c.icon && { icon: c.icon }),
      ...(keys && { keys }),
    };
  });
  const found = ranked(query, commands, (c) => c.label, query.trim() ? 8 : most);
  if (query.trim() === "") return found;
  const clusters = [...wall.clusters.values()].map(
    (c): Choice => ({
      id: c.id,
      label: c.title || t("wall.unnamed"),
      detail: t("wall.notes", { n: c.notes.length }),
      icon: "boxes",
      group: t("wall.palette.clusters"),
      run: () => lookAt(desk, c.id),
    }),
  );
  const people = everyone(wall, desk.session.presence.here).map(
    (p): Choice => ({
      id: p.id,
      label: p.name,
      icon: "user",
      group: t("wall.palette.people"),
      run: () => lookFor(desk, p.id),
    }),
  );
  const notes = search(wall, query, 8).flatMap((f) =>
    noteChoice(desk, f.id, () => lookAt(desk, f.id), t("wall.palette.notes")),
  );
  return [
    ...found,
    ...ranked(query, clusters, (c) => c.label, 5),
    ...notes,
    ...ranked(query, people, (p) => p.label, 5),
  ];
}

/** To where a person's pointer is, or else to the people. */
function lookFor(desk: Desk, person: ID): void {
  const at = desk.session.presence.cursors.get(person);
  const { view } = desk;
  if (!at || !view) {
    desk.panel = "people";
    return;
  }
  const { z } = view.camera;
  view.moveTo({ x: at.x / 64 - view.width / 2 / z, y: at.y / 64 - view.height / 2 / z, z }, true);
}

/** Notes with these words. */
export function found(desk: Desk, query: string): Choice[] {
  if (query.trim() === "") return [];
  return search(desk.session.wall, query, most).flatMap((f) => noteChoice(desk, f.id, () => lookAt(desk, f.id)));
}

/** Where notes can go without being dragged: rings, clusters, and beside another note. */
export function places(desk: Desk, notes: readonly ID[], query: string, beside: () => void): Choice[] {
  const { wall } = desk.session;
  const only = notes.length === 1 && notes[0] ? wall.notes.get(notes[0]) : undefined;
  const rings = ringsOf(wall).map(
    (r): Choice => ({
      id: r.id,
      label: r.label,
      icon: "target",
      group: t("wall.move.rings"),
      checked: only?.ring === r.id,
      run: () => {
        desk.acts.place(notes, { ring: r.id });
        desk.show(notes);
      },
    }),
  );
  const clusters = [...wall.clusters.values()].map(
    (c): Choice => ({
      id: c.id,
      label: c.title || t("wall.unnamed"),
      detail: t("wall.notes", { n: c.notes.length }),
      icon: "boxes",
      group: t("wall.move.clusters"),
      checked: only?.cluster === c.id,
      run: () => {
        desk.acts.place(notes, { cluster: c.id });
        desk.show(notes);
      },
    }),
  );
  const free: Choice[] = notes.some((id) => wall.notes.get(id)?.cluster)
    ? [
        {
          id: "free",
          label: t("wall.key.free"),
          icon: "ungroup",
          keys: "Shift+G",
          group: t("wall.move.clusters"),
          run: () => desk.acts.free(notes),
        },
      ]
    : [];
  const next: Choice = {
    id: "beside",
    label: t("wall.move.beside"),
    icon: "sticky-note",
    group: t("wall.move.other"),
    run: beside,
  };
  return ranked(query, [...rings, ...clusters, ...free, next], (c) => c.label, most);
}

/** The notes that others can be put beside. */
export function besides(desk: Desk, notes: readonly ID[], query: string): Choice[] {
  const { wall } = desk.session;
  const moving = new Set(notes);
  const ids = query.trim() ? search(wall, query, most).map((f) => f.id) : desk.focus.order.slice(0, most);
  return ids
    .filter((id) => !moving.has(id))
    .flatMap((id) =>
      noteChoice(desk, id, () => {
        desk.acts.place(notes, { beside: id });
        desk.show(notes);
      }),
    );
}

/** The clusters that one can be put together with. */
export function mergers(desk: Desk, from: ID, query: string): Choice[] {
  const { wall } = desk.session;
  const others = [...wall.clusters.values()].filter((c) => c.id !== from);
  const choices = others.map(
    (c): Choice => ({
      id: c.id,
      label: c.title || t("wall.unnamed"),
      detail: t("wall.notes", { n: c.notes.length }),
      icon: "boxes",
      run: () => {
        desk.acts.merge(c.id, from);
        desk.hold([c.id]);
      },
    }),
  );
  return ranked(query, choices, (c) => c.label, most);
}
