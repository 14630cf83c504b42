/** What hands on the canvas mean: acts on the board, and signals to the others. */
import type { Handlers, Place } from "../../board";
import { type ID, limits, type Op } from "../../protocol.gen";
import type { Desk } from "./desk.svelte";

/** Others see one's pointer at most so often, ms. */
const pointerEvery = 50;
/** What is held still is told again so often, ms: others believe it for ten seconds. */
const heldEvery = 3000;

/** Lets the first call through at once and of the following ones the last, no more often than asked. */
export function throttle<T>(every: number, tell: (value: T) => void): (value: T) => void {
  let waiting: { value: T } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    if (!waiting) return;
    const { value } = waiting;
    waiting = undefined;
    timer = setTimeout(flush, every);
    tell(value);
  };
  return (value) => {
    waiting = { value };
    if (timer === undefined) flush();
  };
}

/**
 * A drop tells first where notes went and then what they fell on. Both are one act, so that one undo takes back the
 * whole drop: what was moved waits for the end of the pointer's event.
 */
class Drop {
  #ops: Op[] = [];

  constructor(private readonly desk: Desk) {}

  add(...ops: Op[]): void {
    if (this.#ops.length === 0) queueMicrotask(() => this.#do());
    this.#ops.push(...ops);
  }

  #do(): void {
    const ops = this.#ops;
    this.#ops = [];
    for (let at = 0; at < ops.length; at += limits.maxList) this.desk.together(ops.slice(at, at + limits.maxList));
  }
}

/** With the arrow in hand a press on a note draws it there, from the one that was selected. */
function connects(desk: Desk, ids: readonly ID[]): boolean {
  const [to] = ids;
  const from = desk.underKeys;
  if (!desk.canWrite || !to || ids.length > 1 || !from || from === to) return false;
  const { notes } = desk.session.wall;
  if (!notes.has(from) || !notes.has(to)) return false;
  const connector = desk.acts.connect(from, to);
  desk.tool = "select";
  desk.select([connector]);
  return true;
}

export function handlers(desk: Desk): Handlers {
  const { session } = desk;
  const drop = new Drop(desk);
  const point = throttle<Place>(pointerEvery, (at) => session.signal({ kind: "cursor", x: at.x, y: at.y }));

  /** What is in the hand, as others see it; undefined when it was let go. */
  let holds: ReturnType<typeof setInterval> | undefined;
  const dragging = (to: ReadonlyMap<ID, Place> | undefined): void => {
    desk.dragging = to !== undefined;
    const places = [...(to ?? [])].slice(0, limits.maxList).map(([id, at]) => ({ id, x: at.x, y: at.y }));
    const tell = () => session.signal({ kind: "drag", places });
    clearInterval(holds);
    holds = to && setInterval(tell, heldEvery);
    tell();
  };

  const looking: Handlers = {
    select(ids, add) {
      if (desk.tool === "connect" && connects(desk, ids)) return;
      desk.stopWriting();
      const next = new Set(add ? desk.selection : []);
      for (const id of ids) {
        if (add && next.has(id)) next.delete(id);
        else next.add(id);
      }
      desk.select(next);
      const [only] = ids;
      if (only && ids.length === 1) desk.focus.focus(only);
      else if (next.size === 0) desk.focus.focus(undefined);
    },
    open: (note) => desk.open(note),
    readAll(note) {
      desk.reading = note;
    },
    pointer(at) {
      desk.pointer = at;
      if (at) point(at);
    },
    toolDone() {
      desk.tool = "select";
    },
  };
  if (!desk.canWrite) return looking;

  return {
    ...looking,
    create: (x, y) => desk.create(x, y),
    dragging,
    move(to) {
      drop.add(...[...to].map(([note, at]): Op => ({ kind: "note.move", note, x: at.x, y: at.y })));
    },
    copyDrag(to) {
      desk.copyTo(to);
    },
    dropOnCluster(ids, cluster) {
      const notes = ids.filter((id) => session.wall.notes.get(id)?.cluster !== cluster);
      if (notes.length > 0) drop.add({ kind: "cluster.assign", cluster, notes });
    },
    dropOutside(ids) {
      desk.aside = desk.beside("outside", ids);
    },
    dropOnNote(ids, onto) {
      const gathered = desk.acts.gather(onto, ids);
      if (gathered?.made) desk.nameNew(gathered.cluster);
    },
    resize: (note, box) => desk.acts.resize(note, box),
    moveCluster: (cluster, dx, dy) => desk.acts.moveCluster(cluster, dx, dy),
    rename: (cluster) => desk.name(cluster),
    connect(from, to) {
      const connector = desk.acts.connect(from, to);
      desk.tool = "select";
      desk.select([connector]);
    },
    label: (connector) => desk.name(connector),
    moveArea: (area, to) => desk.acts.moveArea(area, to),
    resizeArea: (area, box) => desk.acts.resizeFrame(area, box),
    resizeRing: (area, ring, size) => {
      const rings = session.wall.areas.get(area)?.rings;
      if (rings)
        desk.acts.setRings(
          area,
          rings.map((r) => (r.id === ring ? { ...r, size } : r)),
        );
    },
    renameArea: (area) => desk.name(area),
    menu(hit) {
      if ("id" in hit && !desk.selection.has(hit.id)) desk.hold([hit.id]);
    },
  };
}
