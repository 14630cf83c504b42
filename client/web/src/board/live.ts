/** All that is drawn anew in each frame above the tiles: what moves, labels, marks, others' pointers. */
import type { Cluster, Presence } from "../model/types";
import { type ID, limits, type Ref } from "../protocol.gen";
import { around, contains, grown, meet } from "./boxes";
import { crowdsOf, nextPointerChange, type Pointer, pointersToShow } from "./crowd";
import { curveBetween } from "./curve";
import type { Motion } from "./motion";
import { type Pen, ringLabelPlaces } from "./paint/areas";
import { lineHull } from "./paint/clusters";
import { drawConnector } from "./paint/connectors";
import type { Cursors } from "./paint/cursors";
import { type Chip, chipsOf, type Labels } from "./paint/labels";
import * as marks from "./paint/marks";
import type { NotePainter } from "./paint/notes";
import { byFront, type HullShape, type PlacedNote, type Scene } from "./scene";
import type { Theme } from "./theme";
import { arranges, type BoardOptions, type Box, type Place } from "./types";

/** with more notes than this in others' hands, they are drawn flat */
const liftedMost = 12;
const tilt = -2;
/** below this zoom, as where a phone shows a whole board, labels are larger than notes: they take less room and make way */
const farZoom = 0.25;

/** What one's own hand shows; places in board units. */
export interface Hand {
  held: ReadonlySet<ID>;
  lifted: boolean;
  marquee?: Box | undefined;
  guides: readonly { from: Place; to: Place }[];
  rubber?: { from: ID; to: Place } | undefined;
  /** a frame or target on its way */
  ghost?: { box: Box; round: boolean } | undefined;
  sized?: { note: ID; box: Box } | undefined;
}

/** What the layer is asked to show. */
export interface LiveState {
  readonly scene: Scene;
  readonly motion: Motion;
  readonly presence: Presence | undefined;
  readonly options: BoardOptions;
  readonly theme: Theme;
  readonly hand: Hand;
  readonly selection: ReadonlySet<ID>;
  readonly handled: ID | undefined;
  editing: Ref;
  naming: Ref;
  focused: Ref;
  hovered: Ref;
  followed: Ref;
  litRing: Ref;
  litCluster: Ref;
  litNote: Ref;
  /** clusters whose line is drawn here */
  readonly hotHulls: Iterable<ID>;
  hullNow(cluster: ID): HullShape | undefined;
  reducedMotion: boolean;
}

interface Glide extends Place {
  fromX: number;
  fromY: number;
  toX: number;
  toY: number;
  start: number;
}

export class LiveLayer {
  /** where labels were drawn last, CSS px */
  readonly titles = new Map<ID, Box>();
  readonly ringLabels = new Map<ID, { box: Box; area: ID }>();
  readonly areaTitles = new Map<ID, Box>();
  readonly #notes: NotePainter;
  readonly #labels: Labels;
  readonly #cursors: Cursors;
  readonly #chips = new Map<ID, Chip[]>();
  readonly #pointers = new Map<ID, Glide>();
  /** where titles are drawn in this frame, CSS px */
  #taken: Box[] = [];
  #next = Infinity;
  #gliding = false;

  constructor(notes: NotePainter, labels: Labels, cursors: Cursors) {
    this.#notes = notes;
    this.#labels = labels;
    this.#cursors = cursors;
  }

  /** when something changes by itself (performance.now()) */
  get next(): number {
    return this.#next;
  }

  /** pointers are on their way: another frame is wanted */
  get gliding(): boolean {
    return this.#gliding;
  }

  /** A cluster has other notes; without a cluster: all may. */
  forgetChips(cluster?: ID): void {
    if (cluster) this.#chips.delete(cluster);
    else this.#chips.clear();
  }

  forget(): void {
    this.#labels.forget();
    this.#cursors.forget();
    this.#chips.clear();
  }

  /** Draws on a canvas of `width` × `height` device pixels. */
  draw(pen: Pen, state: LiveState, width: number, height: number, now: number): void {
    this.#next = Infinity;
    const view: Box = { x: pen.ox / pen.s, y: pen.oy / pen.s, w: width / pen.s, h: height / pen.s };
    this.#lines(pen, state, view);
    this.#moving(pen, state, view);
    this.#names(pen, state, view);
    this.#marks(pen, state, view);
    this.#hand(pen, state);
    this.#drawPointers(pen, state, view, now);
  }

  #lines(pen: Pen, state: LiveState, view: Box): void {
    const { theme } = state;
    const line = (id: ID, as: "edge" | "lit" | "focus"): void => {
      const shape = state.hullNow(id);
      if (shape && meet(grown(shape.box, 16), view)) lineHull(pen, theme, shape, as);
    };
    for (const id of state.hotHulls) line(id, "edge");
    for (const id of state.selection) if (state.scene.hulls.has(id)) line(id, "lit");
    if (state.naming) line(state.naming, "lit");
    if (state.litCluster) line(state.litCluster, "lit");
    if (state.focused && state.scene.hulls.has(state.focused)) line(state.focused, "focus");
    const drawn = new Set<ID>();
    const connector = (id: ID, chosen: boolean): void => {
      const ends = drawn.has(id) ? undefined : state.scene.endsOf(id);
      drawn.add(id);
      if (!ends) return;
      const label = state.scene.wall.connectors.get(id)?.label ?? "";
      const from = this.#seenBox(state, ends.from);
      drawConnector(pen, theme, curveBetween(from, this.#seenBox(state, ends.to)), label, chosen);
    };
    for (const id of state.selection) if (state.scene.endsOf(id)) connector(id, true);
    for (const note of state.motion.ids()) {
      for (const id of state.scene.connectorsOf.get(note) ?? []) connector(id, false);
    }
  }

  #seenBox(state: LiveState, note: PlacedNote): Box {
    if (state.hand.sized?.note === note.id) return state.hand.sized.box;
    const at = state.motion.at(note.id);
    return at ? { x: at.x, y: at.y, w: note.box.w, h: note.box.h } : note.box;
  }

  #pixels(pen: Pen, box: Box): Box {
    return {
      x: Math.round(box.x * pen.s) - pen.ox,
      y: Math.round(box.y * pen.s) - pen.oy,
      w: Math.round(box.w * pen.s),
      h: Math.round(box.h * pen.s),
    };
  }

  #moving(pen: Pen, state: LiveState, view: Box): void {
    const { scene, motion, hand } = state;
    const drags = state.presence?.drags;
    const flat = state.reducedMotion || (drags?.size ?? 0) > liftedMost;
    const resting: PlacedNote[] = [];
    const lifted: PlacedNote[] = [];
    for (const id of motion.ids()) {
      const note = id === state.editing ? undefined : scene.notes.get(id);
      if (!note || !meet(grown(this.#seenBox(state, note), 40), view)) continue;
      const up = hand.held.has(id) ? hand.lifted : drags?.has(id) === true && !flat;
      (up ? lifted : resting).push(note);
    }
    for (const note of resting.sort(byFront)) {
      const box = this.#seenBox(state, note);
      const shown = box === note.box || hand.sized?.note !== note.id ? note : { ...note, box, plainHeight: box.h };
      const at = this.#pixels(pen, box);
      this.#notes.draw(pen.c, shown, at.x, at.y, pen.s);
    }
    for (const note of lifted.sort(byFront)) {
      const at = this.#pixels(pen, this.#seenBox(state, note));
      this.#notes.drawLifted(pen.c, note, at.x, at.y, pen.s, state.reducedMotion || lifted.length > 1 ? 0 : tilt);
    }
  }

  #names(pen: Pen, state: LiveState, view: Box): void {
    const { scene } = state;
    this.titles.clear();
    this.ringLabels.clear();
    this.areaTitles.clear();
    for (const area of scene.areas()) this.#areaNames(pen, state, area.id);
    const room = 120 / (pen.s / pen.px);
    const wide: Box = { x: view.x - 2 * room, y: view.y, w: view.w + 3 * room, h: view.h + room };
    const near: { cluster: Readonly<Cluster>; shape: HullShape; first: boolean }[] = [];
    for (const id of scene.hulls.keys()) {
      const shape = state.hullNow(id);
      const cluster = shape && scene.wall.clusters.get(id);
      if (!shape || !cluster || !meet(shape.box, wide)) continue;
      const named = state.presence?.typing.has(id) === true;
      const first = named || id === state.focused || state.selection.has(id) || id === state.naming;
      near.push({ cluster, shape, first });
    }
    // Far away titles would lie over each other and none could be read: the larger clusters keep theirs.
    near.sort((a, b) => Number(b.first) - Number(a.first) || b.cluster.notes.length - a.cluster.notes.length);
    this.#taken = [];
    for (const { cluster, shape, first } of near) this.#title(pen, state, cluster, shape, first);
  }

  #title(pen: Pen, state: LiveState, cluster: Readonly<Cluster>, shape: HullShape, always: boolean): void {
    const { px, s } = pen;
    const focused = cluster.id === state.focused;
    const known = focused ? undefined : this.#chips.get(cluster.id);
    const chips = known ?? chipsOf(state.scene.wall, cluster, focused);
    if (!known && !focused) this.#chips.set(cluster.id, chips);
    const named = cluster.title.trim() !== "";
    const far = s / px < farZoom && !always;
    const room = Math.round(Math.max(far ? 90 : 130, Math.min(340, ((shape.titleEnd - shape.titleX) * s) / px)));
    const title = {
      text: named ? cluster.title : state.options.words.unnamed,
      named,
      shown: cluster.id !== state.naming,
      lines: far ? 1 : 2,
    };
    const at = this.#labels.title(
      title,
      far ? [] : chips,
      focused ? 340 : room,
      shape.titleX * s - pen.ox,
      shape.box.y * s - pen.oy,
    );
    if (!always && this.#taken.some((other) => meet(other, at.whole))) return;
    if (far && this.#overNotes(pen, state.scene, at.whole, cluster.id)) return;
    this.#taken.push(at.whole);
    at.draw(pen.c);
    this.titles.set(cluster.id, at.words);
    if (cluster.id !== state.litCluster) return;
    const middle = (shape.box.x + shape.box.w / 2) * s - pen.ox;
    this.#labels.pill(pen.c, state.options.words.joins, true, middle, (shape.box.y + shape.box.h) * s - pen.oy);
  }

  /** Whether a label (CSS px) lies over notes that are not of this cluster. */
  #overNotes(pen: Pen, scene: Scene, { x, y, w, h }: Box, cluster: Ref): boolean {
    const z = pen.s / pen.px;
    const box = { x: x / z + pen.ox / pen.s, y: y / z + pen.oy / pen.s, w: w / z, h: h / z };
    return scene.grid.some(box, (id) => cluster === "" || scene.notes.get(id)?.cluster !== cluster);
  }

  #areaNames(pen: Pen, state: LiveState, id: ID): void {
    const { scene } = state;
    const area = scene.wall.areas.get(id);
    const box = scene.areaBox(id);
    if (!area || !box) return;
    if (area.form === "frame") {
      if (area.title === "") return;
      const at = this.#labels.frameTitle(pen.c, area.title, box.x * pen.s - pen.ox, box.y * pen.s - pen.oy);
      this.areaTitles.set(id, at);
      return;
    }
    area.rings.forEach((ring, i) => {
      const lit = ring.id === state.litRing;
      const text = lit ? state.options.words.inRing(ring.label, i === 0) : ring.label;
      if (text === "") return;
      const places = ringLabelPlaces(area, i).map(({ x, y }) => ({ x: x * pen.s - pen.ox, y: y * pen.s - pen.oy }));
      const far = !lit && pen.s / pen.px < farZoom;
      const clear = (p: Place): boolean => !this.#overNotes(pen, scene, this.#labels.pillBox(text, lit, p.x, p.y), "");
      const at = (far ? places.find(clear) : undefined) ?? places[0];
      if (!at) return;
      const place = this.#labels.pill(pen.c, text, lit, at.x, at.y);
      this.ringLabels.set(ring.id, { box: place, area: id });
    });
  }

  #marks(pen: Pen, state: LiveState, view: Box): void {
    const { scene, theme, selection } = state;
    const { c, px } = pen;
    const pixelsOf = (id: ID): Box | undefined => {
      const note = id === state.editing ? undefined : scene.notes.get(id);
      const box = note && this.#seenBox(state, note);
      return box && meet(grown(box, 40), view) ? this.#pixels(pen, box) : undefined;
    };
    this.#others(pen, state, pixelsOf);
    const hovered = state.hovered && !selection.has(state.hovered) ? pixelsOf(state.hovered) : undefined;
    if (hovered) marks.drawHover(c, theme, hovered, px);
    const notes = [...selection].filter((id) => scene.notes.has(id));
    const lifted = state.hand.lifted && state.hand.held.size > 0;
    if (notes.length === 1 && notes[0] && !(lifted && !state.reducedMotion)) {
      const box = pixelsOf(notes[0]);
      if (box) marks.drawChosen(c, theme, box, px);
      if (box && state.handled === notes[0]) marks.drawHandles(c, theme, box, px);
    } else if (notes.length > 1) {
      this.#many(pen, state, notes, pixelsOf);
    }
    if (state.litNote) {
      const box = pixelsOf(state.litNote);
      if (box) marks.drawDropOn(c, theme, box, px);
    }
    const focused = state.focused ? pixelsOf(state.focused) : undefined;
    if (focused) marks.drawFocus(c, theme, focused, px);
  }

  #many(pen: Pen, state: LiveState, notes: readonly ID[], pixelsOf: (id: ID) => Box | undefined): void {
    const boxes: Box[] = [];
    for (const id of notes) {
      const note = state.scene.notes.get(id);
      if (note) boxes.push(this.#pixels(pen, this.#seenBox(state, note)));
      const seen = pixelsOf(id);
      if (seen) marks.drawOneOfMany(pen.c, state.theme, seen, pen.px);
    }
    const all = around(boxes);
    if (all) marks.drawManyBox(pen.c, state.theme, all, notes.length, pen.px);
  }

  /** Who else has chosen a note, writes in it, or names a cluster. */
  #others(pen: Pen, state: LiveState, pixelsOf: (id: ID) => Box | undefined): void {
    const { presence, scene, theme } = state;
    if (!presence) return;
    const mark = (id: ID, people: ReadonlySet<ID>, names: boolean): void => {
      const [someone] = people;
      const who = someone && scene.wall.participants.get(someone);
      if (!who) return;
      const { colour } = faceOf(state, who.id);
      const name = firstName(who.name) + (people.size > 1 ? ` +${people.size - 1}` : "");
      const box = pixelsOf(id);
      const title = names ? this.titles.get(id) : undefined;
      if (box) marks.drawOther(pen.c, theme, box, colour, names ? name : "", pen.px);
      else if (title) marks.drawNamer(pen.c, theme, title, colour, name, pen.px);
    };
    for (const [id, people] of presence.selections) if (!presence.typing.has(id)) mark(id, people, false);
    for (const [id, people] of presence.typing) mark(id, people, true);
  }

  #hand(pen: Pen, state: LiveState): void {
    const { hand, theme } = state;
    const { c, px } = pen;
    const at = (p: Place): Place => ({ x: p.x * pen.s - pen.ox, y: p.y * pen.s - pen.oy });
    for (const guide of hand.guides) marks.drawLine(c, theme, at(guide.from), at(guide.to), px);
    if (hand.marquee) marks.drawMarquee(c, theme, this.#pixels(pen, hand.marquee), px);
    if (hand.ghost) marks.drawGhost(c, theme, this.#pixels(pen, hand.ghost.box), hand.ghost.round, px);
    const from = hand.rubber && state.scene.notes.get(hand.rubber.from);
    if (from && hand.rubber) {
      const tip = { x: hand.rubber.to.x, y: hand.rubber.to.y, w: 0, h: 0 };
      drawConnector(pen, theme, curveBetween(from.box, tip), "", true);
    }
  }

  #drawPointers(pen: Pen, state: LiveState, view: Box, now: number): void {
    const { presence, scene, options, followed } = state;
    this.#gliding = false;
    if (!presence || options.look === "past") return;
    const pointers: Pointer[] = [];
    for (const [id, p] of presence.cursors) {
      if (presence.here.size > 0 && !presence.here.has(id)) continue;
      pointers.push({ id, x: p.x / limits.unit, y: p.y / limits.unit, at: p.at });
    }
    for (const id of this.#pointers.keys()) if (!presence.cursors.has(id)) this.#pointers.delete(id);
    const centre = { x: view.x + view.w / 2, y: view.y + view.h / 2 };
    const people = presence.here.size;
    const how = options.cursors ?? "auto";
    const shown = pointersToShow(pointers, scene.wall, people, how, followed, centre, now);
    const crowds = how === "auto" ? crowdsOf(pointers, scene.hulls, people, pen.s / pen.px, now) : [];
    this.#next = Math.min(this.#next, nextPointerChange(crowds.length > 0 ? pointers : shown, now));
    for (const crowd of crowds) {
      if (!meet({ x: crowd.x, y: crowd.y, w: 1, h: 1 }, grown(view, 120))) continue;
      const said = options.words.crowd(crowd.count);
      this.#cursors.drawCrowd(pen.c, said, crowd.x * pen.s - pen.ox, crowd.y * pen.s - pen.oy);
    }
    const typing = new Set<ID>();
    for (const set of presence.typing.values()) for (const id of set) typing.add(id);
    for (const p of shown) {
      const who = scene.wall.participants.get(p.id);
      const at = this.#glide(p.id, p.x, p.y, p.at, now, state.reducedMotion);
      if (!who) continue;
      if (p.id === followed && !contains(view, at.x, at.y)) {
        this.#atEdge(pen, firstName(who.name), at, view);
        continue;
      }
      if (!meet({ x: at.x, y: at.y, w: 1, h: 1 }, grown(view, 60))) continue;
      const tag = {
        name: firstName(who.name),
        face: faceOf(state, p.id),
        typing: typing.has(p.id) ? options.words.typing : "",
        facilitator: arranges(who.role),
        small: p.small && !typing.has(p.id),
      };
      this.#cursors.draw(pen.c, tag, at.x * pen.s - pen.ox, at.y * pen.s - pen.oy);
    }
  }

  /** On the border of what is seen, there where the pointer is beyond it. */
  #atEdge(pen: Pen, name: string, to: Place, view: Box): void {
    const { w, h } = this.#labels.pillBox(name, true, 0, 0);
    const along = (at: number, from: number, size: number, own: number): number => {
      const clear = (own / 2 + 12) * pen.px;
      return Math.min(Math.max((at - from) * pen.s, clear), size * pen.s - clear);
    };
    this.#labels.pill(pen.c, name, true, along(to.x, view.x, view.w, w), along(to.y, view.y, view.h, h));
  }

  /** Where a pointer is drawn on its way to where it is. */
  #glide(id: ID, x: number, y: number, moved: number, now: number, jump: boolean): Place {
    const p = this.#pointers.get(id) ?? { x, y, fromX: x, fromY: y, toX: x, toY: y, start: moved };
    this.#pointers.set(id, p);
    if (p.toX !== x || p.toY !== y) {
      Object.assign(p, { fromX: p.x, fromY: p.y, toX: x, toY: y, start: now });
    }
    const t = jump ? 1 : Math.min(1, (now - p.start) / 100);
    p.x = p.fromX + (p.toX - p.fromX) * t;
    p.y = p.fromY + (p.toY - p.fromY) * t;
    if (t < 1 && (p.x !== x || p.y !== y)) this.#gliding = true;
    return p;
  }
}

const firstName = (name: string): string => name.trim().split(/\s+/)[0] ?? name;

/** A person's colour and pattern: their perspective's, or their own. */
export function faceOf(state: Pick<LiveState, "scene">, id: ID): { colour: number; pattern: number } & Chip["face"] {
  const { wall } = state.scene;
  const who = wall.participants.get(id);
  const p = who && wall.perspectives.find((one) => one.id === who.perspective);
  if (p) return { colour: p.colour, pattern: p.pattern, label: p.label, perspective: p.id };
  const colour = who?.colour ?? 1;
  return { colour, pattern: colour, label: "", perspective: "" };
}
