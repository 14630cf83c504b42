/**
 * The board on a canvas. It looks at a wall and a presence, draws when something became another, and sleeps otherwise.
 * What moves is drawn live, the rest is copied from tiles.
 */
import type { Presence, Touched, Unsubscribe, Wall } from "../model/types";
import type { ID, Ref } from "../protocol.gen";
import { contains, grown } from "./boxes";
import { watchDevice } from "./device";
import { type HitWorld, hitTest, inside, notesNear } from "./hit";
import { Hot } from "./hot";
import { type Hand, LiveLayer, type LiveState } from "./live";
import { Looking } from "./looking";
import type { Pen } from "./paint/areas";
import { Cursors } from "./paint/cursors";
import { Labels } from "./paint/labels";
import { NotePainter } from "./paint/notes";
import { type Context, veil } from "./paint/surface";
import { WallPainter } from "./paint/wall";
import { reach, Scene } from "./scene";
import { typesetter } from "./text";
import { readTheme, type Theme } from "./theme";
import { bakeBudget, halfOctave, movingBudget, Tiles } from "./tiles";
import { Told } from "./told";
import type { BoardOptions, Box, Hit, Place } from "./types";

/** What one may wait for: the camera moved, the selection is another, a frame was drawn, the pointer is on another thing. */
export type BoardSignal = "camera" | "selection" | "drawn" | "hover";

const tileBytes = 90 << 20;
const clock = (): number => performance.now();
const idle: Hand = { held: new Set(), lifted: false, guides: [] };

export class BoardView extends Looking {
  #canvas: HTMLCanvasElement;
  #context: Context;
  #presence: Presence | undefined;
  #options: BoardOptions;
  #scene: Scene;
  #theme!: Theme;
  #painter!: WallPainter;
  #live!: LiveLayer;
  #tiles!: Tiles;
  #hot: Hot;
  #width = 1;
  #height = 1;
  #px = 1;
  #selection: ReadonlySet<ID> = new Set();
  #marks = { editing: "" as Ref, naming: "" as Ref, focused: "" as Ref, hovered: "" as Ref, followed: "" as Ref };
  #lit = { ring: "" as Ref, cluster: "" as Ref, note: "" as Ref };
  #hand: Hand = idle;
  /** where one looked from in the last frame */
  #drawnAt: unknown;
  /** the wall was seen whole once */
  #shown = false;
  /** ms that the last frame took but for its tiles */
  #rest = 0;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stops: Unsubscribe[] = [];
  #wallStops: Unsubscribe[] = [];
  readonly #told = new Told<BoardSignal>();

  constructor(canvas: HTMLCanvasElement, wall: Wall, presence: Presence | undefined, options: BoardOptions) {
    super();
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("no 2d canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.#presence = presence;
    this.#options = options;
    this.#scene = new Scene(wall);
    this.#hot = this.#heatOf(this.#scene);
    this.#dress();
    this.#follow(wall, presence);
    this.#stops.push(
      watchDevice(canvas, {
        resized: () => this.#measure(),
        asked: () => {
          this.#dress();
          this.#measure();
        },
        fonts: () => this.#retype(),
      }),
    );
    this.#measure();
  }

  // ---- what is looked at

  get width(): number {
    return this.#width;
  }
  get height(): number {
    return this.#height;
  }
  get scene(): Scene {
    return this.#scene;
  }
  get options(): Readonly<BoardOptions> {
    return this.#options;
  }

  setWall(wall: Wall, presence: Presence | undefined): void {
    this.#presence = presence;
    this.#scene = new Scene(wall);
    this.#hand = idle;
    this.#hot = this.#heatOf(this.#scene);
    this.#dress();
    this.#follow(wall, presence);
  }

  setOptions(options: Partial<BoardOptions>): void {
    this.#options = { ...this.#options, ...options };
    if (options.words || options.look || options.dpr || "forcedColours" in options) this.#dress();
    else this.wake();
  }

  /** Reads the colours again; call it when the theme became another. */
  setTheme(): void {
    this.#dress();
  }

  #heatOf(scene: Scene): Hot {
    return new Hot(scene, { tiles: () => this.#tiles, hand: () => this.#hand });
  }

  #follow(wall: Wall, presence: Presence | undefined): void {
    for (const stop of this.#wallStops) stop();
    this.#wallStops = [wall.subscribe((touched) => this.#touched(touched))];
    if (presence) this.#wallStops.push(presence.subscribe(() => this.#theirs()));
    this.#theirs();
  }

  /** Letters are of other widths now. */
  #retype(): void {
    typesetter().forget();
    this.#scene.relayout(performance.now());
    this.#live.forget();
    this.#tiles.invalidate();
    this.wake();
  }

  #measure(): void {
    const px = this.#options.dpr ?? (globalThis.devicePixelRatio || 1);
    const box = this.#canvas.getBoundingClientRect();
    const w = Math.max(1, Math.round(box.width * px));
    const h = Math.max(1, Math.round(box.height * px));
    if (px !== this.#px) {
      this.#px = px;
      this.#dress();
    }
    if (this.#canvas.width !== w) this.#canvas.width = w;
    if (this.#canvas.height !== h) this.#canvas.height = h;
    this.#width = w / px;
    this.#height = h / px;
    this.#told.tell("camera");
    this.#draw(performance.now());
  }

  /** Makes all painters anew: theme, words, density or wall are others. */
  #dress(): void {
    const px = this.#options.dpr ?? (globalThis.devicePixelRatio || 1);
    this.#px = px;
    const forced = this.#options.forcedColours ?? matchMedia("(forced-colors: active)").matches;
    this.#theme = readTheme(this.#canvas, this.#options.look === "past", forced);
    const notes = new NotePainter(this.#theme, px, this.#options.words.readAll);
    const labels = new Labels(this.#theme, px, notes.patterns);
    this.#live = new LiveLayer(notes, labels, new Cursors(this.#theme, px, notes.patterns));
    const view = this;
    this.#painter = new WallPainter(this.#scene, this.#theme, notes, px, {
      note: (id) => view.#hot.motion.hot(id) || id === view.#marks.editing,
      hull: (id) => view.#hot.hull(id),
      connector: (id) => view.#hot.connector(id),
      get litRing() {
        return view.#lit.ring;
      },
      get litCluster() {
        return view.#lit.cluster;
      },
    });
    const size = px >= 2 ? 512 : 256;
    const bytes = Math.max(tileBytes, this.#width * this.#height * px * px * 4 * 3);
    this.#tiles = new Tiles(
      size,
      bytes,
      (c, s, x, y, n) => this.#painter.tile(c, s, x, y, n),
      (c, s, x, y, n) => this.#painter.placeholder(c, s, x, y, n),
    );
    this.#hot.motion.glide = this.still ? 0 : 100;
    this.wake();
  }

  protected get still(): boolean {
    return this.#options.reducedMotion ?? matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  // ---- what became another

  #touched(touched: Touched): void {
    const now = performance.now();
    const change = this.#scene.update(touched, now);
    if (change.all) {
      this.#hot.reset();
      this.#live.forgetChips();
      this.#tiles.invalidate();
    }
    for (const box of change.dirty) this.#tiles.dirty(box);
    for (const id of change.gone) this.#hot.motion.drop(id);
    for (const [id, from] of change.moved) this.#hot.moved(id, from, now);
    for (const id of touched.notes) {
      const cluster = this.#scene.notes.get(id)?.cluster;
      if (cluster) this.#live.forgetChips(cluster);
    }
    for (const id of change.clusters) {
      this.#live.forgetChips(id);
      this.#hot.reshape(id);
    }
    if (change.gone.some((id) => this.#selection.has(id)) || change.all) this.#prune();
    if (touched.participants.size > 0) this.#live.forget();
    this.wake();
  }

  /** Others' hands moved. */
  #theirs(): void {
    this.#hot.drags(this.#presence, performance.now());
    this.wake();
  }

  /** Notes in one's own hand, with their left tops in board units; undefined: let go. */
  hold(places: ReadonlyMap<ID, Place> | undefined, lifted = true): void {
    const now = performance.now();
    const before = this.#hand.held;
    this.#hand = { ...this.#hand, held: new Set(places?.keys()), lifted };
    for (const [id, at] of places ?? []) this.#hot.hold(id, at);
    for (const id of before) if (!this.#hand.held.has(id)) this.#hot.letGo(id, now);
    this.wake();
  }

  /** What else one's hand shows. */
  showHand(hand: Partial<Omit<Hand, "held" | "lifted">>): void {
    this.#hand = { ...this.#hand, ...hand };
    this.wake();
  }

  // ---- marks

  get selection(): ReadonlySet<ID> {
    return this.#selection;
  }

  select(ids: Iterable<ID>): void {
    this.#selection = new Set(ids);
    this.#told.tell("selection");
    this.wake();
  }

  #prune(): void {
    const { wall } = this.#scene;
    const there = (id: ID): boolean =>
      wall.notes.has(id) || wall.clusters.has(id) || wall.connectors.has(id) || wall.areas.has(id);
    const left = [...this.#selection].filter(there);
    if (left.length !== this.#selection.size) this.select(left);
  }

  /** the note with the editor over it: not drawn */
  set editing(id: Ref) {
    const before = this.#marks.editing;
    this.#marks.editing = id;
    for (const one of [before, id]) {
      const note = one && this.#scene.notes.get(one);
      if (note) this.#tiles.dirty(grown(note.box, reach));
    }
    this.wake();
  }

  /** the cluster whose title has an editor over it: the title is not drawn */
  set naming(id: Ref) {
    this.#marks.naming = id;
    this.wake();
  }

  /** the note or cluster with the keyboard's focus */
  set focused(id: Ref) {
    this.#marks.focused = id;
    this.wake();
  }

  /** the note under the pointer */
  get hovered(): Ref {
    return this.#marks.hovered;
  }
  set hovered(id: Ref) {
    if (id === this.#marks.hovered) return;
    this.#marks.hovered = id;
    this.#told.tell("hover");
    this.wake();
  }

  /** whose pointer is always shown, at the border if need be */
  set followed(id: Ref) {
    this.#marks.followed = id;
    this.wake();
  }

  /** drop targets */
  get litRing(): Ref {
    return this.#lit.ring;
  }
  set litRing(id: Ref) {
    if (id === this.#lit.ring) return;
    for (const area of this.#scene.areas()) {
      const box = area.rings.some((r) => r.id === id || r.id === this.#lit.ring) && this.#scene.areaBox(area.id);
      if (box) this.#tiles.dirty(grown(box, reach));
    }
    this.#lit.ring = id;
    this.wake();
  }
  get litCluster(): Ref {
    return this.#lit.cluster;
  }
  set litCluster(id: Ref) {
    if (id === this.#lit.cluster) return;
    for (const one of [id, this.#lit.cluster]) {
      const shape = one && this.#scene.hulls.get(one);
      if (shape) this.#tiles.dirty(grown(shape.box, reach));
    }
    this.#lit.cluster = id;
    this.wake();
  }
  get litNote(): Ref {
    return this.#lit.note;
  }
  set litNote(id: Ref) {
    this.#lit.note = id;
    this.wake();
  }

  // ---- where things are

  hit(px: number, py: number, touch = false): Hit {
    return hitTest(this.#hitWorld(), this.boardOf(px, py), { x: px, y: py }, touch);
  }

  #hitWorld(): HitWorld {
    return {
      scene: this.#scene,
      zoom: this.camera.z,
      seenAt: (id) => this.#hot.motion.at(id),
      live: this.#hot.motion.ids(),
      shapeOf: (id) => this.#hot.hullNow(id),
      handled: this.#handled,
      titles: this.#live.titles,
      ringLabels: this.#live.ringLabels,
      areaTitles: this.#live.areaTitles,
      arrange: this.#options.arrange ?? false,
    };
  }

  get #handled(): ID | undefined {
    if (!this.#options.edit || this.#selection.size !== 1 || this.camera.z < 0.2) return undefined;
    const [only] = this.#selection;
    return only && only !== this.#marks.editing && this.#scene.notes.has(only) ? only : undefined;
  }

  /** The topmost note at a place (board units) that is not one of these. */
  noteUnder(x: number, y: number, but: ReadonlySet<ID>): Ref {
    return notesNear(this.#hitWorld(), { x, y }, 0).find((n) => !but.has(n.id) && contains(n.box, x, y))?.id ?? "";
  }

  /** The cluster in whose hull a place (board units) lies and that is not one of these. */
  clusterUnder(x: number, y: number, but?: ReadonlySet<ID>): Ref {
    for (const [id, shape] of this.#scene.hulls) if (!but?.has(id) && inside(shape.points, { x, y })) return id;
    return "";
  }

  /** Where a note, cluster or area is drawn, in CSS px of the canvas. */
  boxOf(id: ID): Box | undefined {
    const note = this.#scene.notes.get(id);
    const at = note && this.#hot.motion.at(id);
    const box = note ? { ...note.box, ...at } : (this.#hot.hullNow(id)?.box ?? this.#scene.areaBox(id));
    if (!box) return undefined;
    const { z } = this.camera;
    return { ...this.screenOf(box.x, box.y), w: box.w * z, h: box.h * z };
  }

  /** Where the title of a cluster was drawn, in CSS px. */
  titleBoxOf(cluster: ID): Box | undefined {
    return this.#live.titles.get(cluster);
  }

  /** Notes that touch a box (board units). */
  notesIn(box: Box): ID[] {
    return this.#scene.grid.in(box);
  }

  protected placeOf(id: ID): Box | undefined {
    return this.#scene.notes.get(id)?.box ?? this.#scene.hulls.get(id)?.box ?? this.#scene.areaBox(id);
  }
  protected get selected(): Iterable<ID> {
    return this.#selection;
  }
  protected looked(): void {
    this.#told.tell("camera");
    this.wake();
  }

  bounds(): Box | undefined {
    return this.#scene.bounds();
  }

  // ---- frames

  on(signal: BoardSignal, listener: () => void): Unsubscribe {
    return this.#told.on(signal, listener);
  }

  /** Draws as soon as the screen can show it. */
  wake(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  #draw(now: number): void {
    const start = clock();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    clearTimeout(this.#timer);
    const flying = this.eye.step(now);
    for (const box of this.#scene.turnLate(now)) this.#tiles.dirty(box);
    const gliding = this.#hot.step(now);
    const px = this.#px;
    const s = this.camera.z * px;
    const view = {
      scale: s,
      ox: Math.round(this.camera.x * s),
      oy: Math.round(this.camera.y * s),
      width: this.#canvas.width,
      height: this.#canvas.height,
    };
    const c = this.#context;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.imageSmoothingEnabled = false;
    const zooming = this.eye.zooming(now);
    const moves = flying || zooming || gliding || this.#hand.held.size > 0 || this.#drawnAt !== this.camera;
    this.#drawnAt = this.camera;
    const budget = !this.#shown ? bakeBudget.first : moves ? movingBudget(this.#rest) : bakeBudget.still;
    // Before the wall has come there is nothing to keep a picture of.
    const come = this.#scene.wall.cover.created !== 0 || this.#scene.notes.size > 0;
    if (!come) veil(c, this.#theme.canvas, 1, view);
    const tiles = come ? this.#tiles.draw(c, view, zooming ? halfOctave(s) : s, clock, budget) : undefined;
    const pending = tiles?.pending ?? false;
    if (tiles?.missing === false && !this.#shown) {
      this.#shown = true;
      performance.mark("board shown");
    }
    c.imageSmoothingEnabled = true;
    const waiting = this.#hot.settle();
    const pen: Pen = { c, s, px, ox: view.ox, oy: view.oy };
    this.#live.draw(pen, this.#liveState(), view.width, view.height, now);
    const veiled = this.eye.fade(now); // with reduced motion the camera cuts, and the new picture fades in
    if (veiled > 0) veil(c, this.#theme.canvas, veiled, view);
    this.#told.tell("drawn");
    this.#rest = clock() - start - (tiles?.baked ?? 0);
    const ahead = come && !pending && !zooming && !gliding && this.#hand.held.size === 0 && this.#tiles.ahead(clock);
    if (flying || gliding || pending || veiled > 0 || ahead || this.#live.gliding || waiting) {
      this.wake();
      return;
    }
    let next = Math.min(this.#hot.next(), this.#live.next, this.#scene.nextLate);
    if (zooming) next = Math.min(next, this.eye.restsAt);
    if (next < Infinity) this.#timer = setTimeout(() => this.wake(), Math.max(0, next - performance.now()));
  }

  #liveState(): LiveState {
    return {
      scene: this.#scene,
      motion: this.#hot.motion,
      presence: this.#presence,
      options: this.#options,
      theme: this.#theme,
      hand: this.#hand,
      selection: this.#selection,
      handled: this.#hand.held.size > 0 ? undefined : this.#handled,
      ...this.#marks,
      litRing: this.#lit.ring,
      litCluster: this.#lit.cluster,
      litNote: this.#lit.note,
      hotHulls: this.#hot.hulls,
      hullNow: (id) => this.#hot.hullNow(id),
      reducedMotion: this.still,
    };
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = -1; // no frame is asked for any more
    clearTimeout(this.#timer);
    for (const stop of [...this.#stops, ...this.#wallStops]) stop();
    this.#told.clear();
  }
}
