/**
 * What a hand can be doing, from press to release. Each act is told where the pointer is (board units) and with which keys,
 * and can be given up at any time. What others are to know goes out in whole 1/64 units.
 */
import { ringAt, snap } from "../model";
import { type ID, limits, type Ref } from "../protocol.gen";
import { around, grown } from "./boxes";
import { toUnits } from "./crowd";
import type { Hand } from "./live";
import type { Scene } from "./scene";
import type { BoardOptions, Box, CameraPlace, Corner, Handlers, Hit, Over, Place } from "./types";

/** What acts need of the view; the rest of it is not theirs. */
export interface Grip {
  readonly camera: Readonly<CameraPlace>;
  readonly width: number;
  readonly height: number;
  readonly scene: Scene;
  readonly selection: ReadonlySet<ID>;
  readonly options: Readonly<BoardOptions>;
  litRing: Ref;
  litCluster: Ref;
  litNote: Ref;
  hovered: Ref;
  boardOf(px: number, py: number): Place;
  hit(px: number, py: number, touch?: boolean): Hit;
  notesIn(box: Box): ID[];
  noteUnder(x: number, y: number, but: ReadonlySet<ID>): Ref;
  clusterUnder(x: number, y: number, but?: ReadonlySet<ID>): Ref;
  hold(places: ReadonlyMap<ID, Place> | undefined, lifted?: boolean): void;
  showHand(hand: Partial<Omit<Hand, "held" | "lifted">>): void;
  panBy(dx: number, dy: number): void;
  zoomBy(factor: number, px?: number, py?: number): void;
  fit(): void;
}

export interface Keys {
  /** Ctrl or Cmd: no snapping */
  ctrl: boolean;
  alt: boolean;
  shift: boolean;
}

export interface Act {
  /** the board goes along when the pointer comes near its edge */
  readonly pansAtEdge: boolean;
  readonly cursor: string;
  move(at: Place, keys: Keys, now: number): void;
  end(at: Place, keys: Keys, now: number): void;
  cancel(): void;
  /** time passes while the pointer rests */
  rest?(now: number): void;
}

const { unit } = limits;
export const toWall = (at: Place): Place => ({ x: Math.round(at.x * unit), y: Math.round(at.y * unit) });
const toWallBox = (b: Box): Box => ({ ...toWall(b), w: Math.round(b.w * unit), h: Math.round(b.h * unit) });
const toWallMap = (places: ReadonlyMap<ID, Place>): Map<ID, Place> =>
  new Map([...places].map(([id, p]) => [id, toWall(p)]));

/** others hear of a drag at most once in this time, ms */
const tellEvery = 50;
/** a note that rests so long over another is meant for it */
const dropAfter = 400;
/** what still counts as resting, CSS px */
const restReach = 8;
/** how near edges and middles come together, CSS px */
const snapReach = 6;
/** with more notes in view than this, nothing snaps: there would be lines everywhere */
const snapMost = 300;

const nothing: Over = { ring: "", cluster: "", note: "" };

export class NoteDrag implements Act {
  readonly pansAtEdge = true;
  readonly cursor = "grabbing";
  readonly #from = new Map<ID, Place>();
  readonly #ids: ReadonlySet<ID>;
  readonly #whole = new Set<ID>();
  #places: ReadonlyMap<ID, Place> = new Map();
  #over: Over = nothing;
  #rest: { note: ID; at: Place; since: number } | undefined;
  #told = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly grip: Grip,
    readonly handlers: Handlers,
    ids: Iterable<ID>,
    /** the note under the pointer: its centre says the ring */
    readonly grabbed: ID,
    readonly start: Place,
  ) {
    for (const id of ids) {
      const note = grip.scene.notes.get(id);
      if (note) this.#from.set(id, { x: note.box.x, y: note.box.y });
    }
    this.#ids = new Set(this.#from.keys());
    for (const [id, cluster] of grip.scene.wall.clusters) {
      if (cluster.notes.length > 0 && cluster.notes.every((n) => this.#ids.has(n))) this.#whole.add(id);
    }
    this.#places = new Map(this.#from);
    grip.hovered = "";
    grip.hold(this.#places);
  }

  move(at: Place, keys: Keys, now: number): void {
    const d = this.#snapped({ x: at.x - this.start.x, y: at.y - this.start.y }, keys);
    this.#places = new Map([...this.#from].map(([id, p]) => [id, { x: p.x + d.x, y: p.y + d.y }]));
    this.grip.hold(this.#places);
    this.#look(at, now);
    this.#tell(now);
  }

  rest(now: number): void {
    const rest = this.#rest;
    if (!rest || this.#over.note || now - rest.since < dropAfter) return;
    this.#over = { ring: "", cluster: "", note: rest.note };
    this.#light();
  }

  #snapped(d: Place, keys: Keys): Place {
    const { scene, camera, width, height } = this.grip;
    const boxes: Box[] = [];
    for (const [id, p] of this.#from) {
      const note = scene.notes.get(id);
      if (note) boxes.push({ ...note.box, x: p.x + d.x, y: p.y + d.y });
    }
    const moving = around(boxes);
    const view = { x: camera.x, y: camera.y, w: width / camera.z, h: height / camera.z };
    const near = moving && !keys.ctrl ? this.grip.notesIn(view) : [];
    if (!moving || near.length === 0 || near.length > snapMost) {
      this.grip.showHand({ guides: [] });
      return d;
    }
    const others = near.flatMap((id) => (this.#ids.has(id) ? [] : (scene.notes.get(id)?.box ?? []))).map(toWallBox);
    const found = snap(toWallBox(moving), others, (snapReach / camera.z) * unit);
    this.grip.showHand({
      guides: found.lines.map((l) => {
        const [from, to] =
          l.axis === "x"
            ? [
                { x: l.at, y: l.from },
                { x: l.at, y: l.to },
              ]
            : [
                { x: l.from, y: l.at },
                { x: l.to, y: l.at },
              ];
        return { from: toUnits(from), to: toUnits(to) };
      }),
    });
    return { x: d.x + found.dx / unit, y: d.y + found.dy / unit };
  }

  /** What they would fall on. */
  #look(at: Place, now: number): void {
    const { scene, camera } = this.grip;
    const under = this.grip.noteUnder(at.x, at.y, this.#ids);
    const still = this.#rest && Math.hypot(at.x - this.#rest.at.x, at.y - this.#rest.at.y) * camera.z <= restReach;
    if (!under || this.#together(under)) this.#rest = undefined;
    else if (this.#rest?.note !== under || (!still && !this.#over.note)) this.#rest = { note: under, at, since: now };
    const note = this.#over.note !== "" && this.#over.note === under ? under : "";
    const grabbed = scene.notes.get(this.grabbed);
    const place = this.#places.get(this.grabbed);
    const centre = grabbed && place ? toWall({ x: place.x + grabbed.box.w / 2, y: place.y + grabbed.box.h / 2 }) : at;
    this.#over = {
      note,
      cluster: note ? "" : this.grip.clusterUnder(at.x, at.y, this.#whole),
      ring: note ? "" : ringAt(scene.wall, centre.x, centre.y),
    };
    this.#light();
  }

  /** A note that is in one cluster with all that is held is no target: they are together already. */
  #together(under: ID): boolean {
    const cluster = this.grip.scene.notes.get(under)?.cluster ?? "";
    return cluster !== "" && [...this.#ids].every((id) => this.grip.scene.notes.get(id)?.cluster === cluster);
  }

  #light(): void {
    const { cluster, ring, note } = this.#over;
    const joins = cluster !== "" && [...this.#ids].some((id) => this.grip.scene.notes.get(id)?.cluster !== cluster);
    this.grip.litCluster = joins ? cluster : "";
    this.grip.litRing = joins ? "" : ring;
    this.grip.litNote = note;
  }

  #tell(now: number): void {
    if (now - this.#told >= tellEvery) {
      this.#told = now;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.handlers.dragging?.(toWallMap(this.#places), this.#over);
    } else {
      this.#timer ??= setTimeout(() => this.#tell(this.#told + tellEvery), tellEvery);
    }
  }

  end(at: Place, keys: Keys, now: number): void {
    this.move(at, keys, now);
    const { handlers } = this;
    const over = this.#over;
    const to = toWallMap(this.#places);
    const ids = [...this.#ids];
    const clusterOf = (id: ID): string => this.grip.scene.notes.get(id)?.cluster ?? "";
    const joining = ids.filter((id) => clusterOf(id) !== over.cluster);
    const leaving = ids.filter((id) => clusterOf(id) !== "" && !this.#whole.has(clusterOf(id) as ID));
    this.#letGo();
    if (over.note && handlers.dropOnNote) {
      handlers.dropOnNote(ids, over.note, to);
    } else if (keys.alt && handlers.copyDrag) {
      handlers.copyDrag(to);
    } else {
      handlers.move?.(to);
      if (over.cluster && joining.length > 0) handlers.dropOnCluster?.(joining, over.cluster);
      if (!over.cluster && leaving.length > 0) handlers.dropOutside?.(leaving);
    }
    this.grip.hold(undefined);
  }

  cancel(): void {
    this.#letGo();
    this.grip.hold(undefined);
  }

  #letGo(): void {
    clearTimeout(this.#timer);
    this.grip.litCluster = "";
    this.grip.litRing = "";
    this.grip.litNote = "";
    this.grip.showHand({ guides: [] });
    this.handlers.dragging?.(undefined, nothing);
  }
}

export class ClusterDrag implements Act {
  readonly pansAtEdge = true;
  readonly cursor = "grabbing";
  readonly #from = new Map<ID, Place>();
  #d: Place = { x: 0, y: 0 };
  #told = -Infinity;

  constructor(
    readonly grip: Grip,
    readonly handlers: Handlers,
    readonly cluster: ID,
    readonly start: Place,
  ) {
    for (const id of grip.scene.wall.clusters.get(cluster)?.notes ?? []) {
      const note = grip.scene.notes.get(id);
      if (note) this.#from.set(id, { x: note.box.x, y: note.box.y });
    }
  }

  move(at: Place, _keys: Keys, now: number): void {
    this.#d = { x: at.x - this.start.x, y: at.y - this.start.y };
    const places = new Map([...this.#from].map(([id, p]) => [id, { x: p.x + this.#d.x, y: p.y + this.#d.y }]));
    this.grip.hold(places, false);
    if (now - this.#told < tellEvery) return;
    this.#told = now;
    this.handlers.dragging?.(toWallMap(places), nothing);
  }

  end(at: Place, keys: Keys, now: number): void {
    this.move(at, keys, now);
    const d = toWall(this.#d);
    this.handlers.dragging?.(undefined, nothing);
    if (d.x !== 0 || d.y !== 0) this.handlers.moveCluster?.(this.cluster, d.x, d.y);
    this.grip.hold(undefined);
  }

  cancel(): void {
    this.handlers.dragging?.(undefined, nothing);
    this.grip.hold(undefined);
  }
}

export class Marquee implements Act {
  readonly pansAtEdge = true;
  readonly cursor = "default";
  readonly #base: readonly ID[];
  #chosen = "";

  constructor(
    readonly grip: Grip,
    readonly handlers: Handlers,
    readonly start: Place,
    keep: boolean,
  ) {
    this.#base = keep ? [...grip.selection] : [];
  }

  move(at: Place): void {
    const box = {
      x: Math.min(at.x, this.start.x),
      y: Math.min(at.y, this.start.y),
      w: Math.abs(at.x - this.start.x),
      h: Math.abs(at.y - this.start.y),
    };
    this.grip.showHand({ marquee: box });
    const ids = [...new Set([...this.#base, ...this.grip.notesIn(box)])];
    const chosen = ids.join();
    if (chosen !== this.#chosen) this.handlers.select?.(ids, false);
    this.#chosen = chosen;
  }

  end(): void {
    this.grip.showHand({ marquee: undefined });
  }

  cancel(): void {
    this.grip.showHand({ marquee: undefined });
    this.handlers.select?.(this.#base, false);
  }
}

export class Pan implements Act {
  readonly pansAtEdge = false;
  readonly cursor = "grabbing";

  constructor(
    readonly grip: Grip,
    readonly start: Place,
  ) {}

  /** What was under the pointer stays there: `at` is a place on the board, which moves with the camera. */
  move(at: Place): void {
    this.grip.panBy((this.start.x - at.x) * this.grip.camera.z, (this.start.y - at.y) * this.grip.camera.z);
  }

  end(): void {}

  cancel(): void {}
}

/** smallest note one can make by hand, board units */
const leastWidth = 72;
const leastHeight = 56;

export class Resize implements Act {
  readonly pansAtEdge = true;
  readonly cursor: string;
  readonly #from: Box;
  #box: Box;

  constructor(
    readonly grip: Grip,
    readonly handlers: Handlers,
    readonly note: ID,
    readonly corner: Corner,
    readonly start: Place,
  ) {
    const placed = grip.scene.notes.get(note);
    this.#from = placed ? { ...placed.box, h: placed.plainHeight } : { x: 0, y: 0, w: 0, h: 0 };
    this.#box = this.#from;
    this.cursor = corner === "nw" || corner === "se" ? "nwse-resize" : "nesw-resize";
  }

  move(at: Place, keys: Keys): void {
    const dx = at.x - this.start.x;
    const dy = at.y - this.start.y;
    const west = this.corner === "nw" || this.corner === "sw";
    const north = this.corner === "nw" || this.corner === "ne";
    let w = Math.max(leastWidth, this.#from.w + (west ? -dx : dx));
    let h = Math.max(leastHeight, this.#from.h + (north ? -dy : dy));
    if (keys.shift) {
      const k = Math.max(w / this.#from.w, h / this.#from.h);
      w = this.#from.w * k;
      h = this.#from.h * k;
    }
    this.#box = {
      x: west ? this.#from.x + this.#from.w - w : this.#from.x,
      y: north ? this.#from.y + this.#from.h - h : this.#from.y,
      w,
      h,
    };
    this.grip.hold(new Map([[this.note, { x: this.#box.x, y: this.#box.y }]]), false);
    this.grip.showHand({ sized: { note: this.note, box: this.#box } });
  }

  end(at: Place, keys: Keys): void {
    this.move(at, keys);
    this.handlers.resize?.(this.note, toWallBox(this.#box));
    this.cancel();
  }

  cancel(): void {
    this.grip.showHand({ sized: undefined });
    this.grip.hold(undefined);
  }
}

export class Connecting implements Act {
  readonly pansAtEdge = true;
  readonly cursor = "crosshair";

  constructor(
    readonly grip: Grip,
    readonly handlers: Handlers,
    readonly from: ID,
  ) {}

  move(at: Place): void {
    this.grip.litNote = this.grip.noteUnder(at.x, at.y, new Set([this.from]));
    this.grip.showHand({ rubber: { from: this.from, to: at } });
  }

  end(at: Place): void {
    this.move(at);
    const to = this.grip.litNote;
    this.cancel();
    if (to) this.handlers.connect?.(this.from, to);
    this.handlers.toolDone?.();
  }

  cancel(): void {
    this.grip.litNote = "";
    this.grip.showHand({ rubber: undefined });
  }
}

/** A frame or target moved by its edge or title. */
export class AreaDrag implements Act {
  readonly pansAtEdge = true;
  readonly cursor = "grabbing";
  #box: Box;

  constructor(
    readonly grip: Grip,
    readonly handlers: Handlers,
    readonly area: ID,
    readonly start: Place,
  ) {
    this.#box = grip.scene.areaBox(area) ?? { x: 0, y: 0, w: 0, h: 0 };
  }

  move(at: Place): void {
    const from = this.grip.scene.areaBox(this.area);
    const area = this.grip.scene.wall.areas.get(this.area);
    if (!from || !area) return;
    this.#box = { ...from, x: from.x + at.x - this.start.x, y: from.y + at.y - this.start.y };
    this.grip.showHand({ ghost: { box: this.#box, round: area.form === "target" } });
  }

  end(at: Place): void {
    this.move(at);
    this.cancel();
    const area = this.grip.scene.wall.areas.get(this.area);
    if (!area) return;
    const round = area.form === "target";
    const to = { x: this.#box.x + (round ? this.#box.w / 2 : 0), y: this.#box.y + (round ? this.#box.h / 2 : 0) };
    this.handlers.moveArea?.(this.area, toWall(to));
  }

  cancel(): void {
    this.grip.showHand({ ghost: undefined });
  }
}

/** A ring made larger or smaller by its line or label. */
export class RingSize implements Act {
  readonly pansAtEdge = false;
  readonly cursor = "ns-resize";
  #half = 0;

  constructor(
    readonly grip: Grip,
    readonly handlers: Handlers,
    readonly area: ID,
    readonly ring: ID,
    readonly start: Place,
  ) {}

  move(at: Place): void {
    const area = this.grip.scene.wall.areas.get(this.area);
    const size = area?.rings.find((r) => r.id === this.ring)?.size;
    if (!area || size === undefined) return;
    const far = (p: Place): number => Math.hypot(p.x - area.x / unit, (p.y - area.y / unit) / 0.7);
    this.#half = Math.max(16, size / unit + far(at) - far(this.start));
    const box = grown({ x: area.x / unit, y: area.y / unit, w: 0, h: 0 }, this.#half);
    this.grip.showHand({ ghost: { box: { ...box, y: box.y + box.h * 0.15, h: box.h * 0.7 }, round: true } });
  }

  end(at: Place): void {
    this.move(at);
    this.cancel();
    if (this.#half > 0) this.handlers.resizeRing?.(this.area, this.ring, Math.round(this.#half * unit));
  }

  cancel(): void {
    this.grip.showHand({ ghost: undefined });
  }
}
