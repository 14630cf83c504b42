/**
 * The board by itself, on a wall without a server, to be measured and to be looked at: ?wall=many&notes=5000 or
 * ?wall=session, &theme=dark, &look=past.
 */
import { BoardView, Gestures } from "../src/board";
import { Acts } from "../src/model";
import { BenchSession, manyNotes, person, seedSession } from "../src/model/testing";
import type { Presence } from "../src/model/types";
import { type ID, limits } from "../src/protocol.gen";

const { unit } = limits;
const params = new URLSearchParams(location.search);
document.documentElement.dataset.theme = params.get("theme") ?? "light";

/** Others' hands, moved by the bench. */
class Hands implements Presence {
  readonly here = new Set<ID>();
  readonly cursors = new Map<ID, { x: number; y: number; at: number }>();
  readonly typing = new Map<ID, Set<ID>>();
  readonly drags = new Map<ID, { x: number; y: number; by: ID }>();
  readonly selections = new Map<ID, Set<ID>>();
  #listener: () => void = () => {};

  subscribe(listener: () => void): () => void {
    this.#listener = listener;
    return () => {};
  }

  tell(): void {
    this.#listener();
  }
}

const many = params.get("wall") !== "session";
const changes = many ? manyNotes(Number(params.get("notes") ?? 5000)) : seedSession();
const others = many
  ? []
  : [person("Noor"), person("Lotte", "contributor", "", 2), person("Ilse", "facilitator", "", 3)];
const session = new BenchSession([...changes, ...others]);
const acts = new Acts(session);
const hands = new Hands();
const canvas = document.querySelector("canvas") as HTMLCanvasElement;
const began = performance.now();
const view = new BoardView(canvas, session.wall, hands, {
  words: {
    unnamed: "Cluster zonder naam",
    readAll: "Lees alles",
    typing: "schrijft…",
    inRing: (label, innermost) => (innermost ? "In de kern" : label),
    joins: "hoort hier straks bij",
    crowd: (n) => `${n} mensen hier`,
  },
  look: params.get("look") === "past" ? "past" : "live",
  edit: true,
  arrange: params.has("arrange"),
  ...(params.has("forced") && { forcedColours: true }),
});
const gestures = new Gestures(canvas, view, {
  select: (ids, add) => {
    if (!add) view.select(ids);
    else
      view.select(
        [...view.selection].filter((id) => !ids.includes(id)).concat(ids.filter((id) => !view.selection.has(id))),
      );
  },
  move: (to) => acts.moveNotes(to),
  resize: (note, box) => acts.resize(note, box),
  moveCluster: (cluster, dx, dy) => acts.moveCluster(cluster, dx, dy),
  dropOnCluster: (ids, cluster) => acts.assign(cluster, ids),
  dropOutside: (ids) => acts.free(ids),
  dropOnNote: (ids, onto) => acts.cluster([...ids, onto]),
  connect: (from, to) => acts.connect(from, to),
});
view.fit(undefined, false);

export const stage = { view, gestures, session, acts, hands, unit, setUp: performance.now() - began };
export type Stage = typeof stage;
Object.assign(globalThis, { stage });
