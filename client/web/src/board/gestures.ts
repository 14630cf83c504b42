/**
 * Hands on the board: mouse, pen and touch become intents. It changes nothing itself but the camera; what a person means is
 * told to handlers. Esc, a second finger or the system taking the pointer away gives up what was begun.
 */
import type { ID } from "../protocol.gen";
import {
  type Act,
  AreaDrag,
  ClusterDrag,
  Connecting,
  type Grip,
  type Keys,
  Marquee,
  NoteDrag,
  Pan,
  Resize,
  RingSize,
  toWall,
} from "./drags";
import { Pinch } from "./pinch";
import type { Handlers, Hit, Place, Tool, WheelMode } from "./types";
import { WheelReader } from "./wheel";

/** what a pointer may wander and still click, CSS px */
const mouseSlop = 4;
const touchSlop = 8;
const longPress = 350;
const doubleClick = 400;
/** near an edge a drag takes the board along: how near, and most CSS px a frame */
const edge = 36;
const edgeSpeed = 14;

interface Press {
  pointer: number;
  touch: boolean;
  button: number;
  hit: Hit;
  /** CSS px of the element */
  at: Place;
  board: Place;
  keys: Keys;
  /** it was in the selection already */
  chosen: boolean;
  /** held so long that it is lifted */
  long: boolean;
}

/** Room that bars take from the edges, CSS px: the board is taken along at their inner edge. */
export interface Edges {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export class Gestures {
  tool: Tool = "select";
  edges: Edges = { top: 0, right: 0, bottom: 0, left: 0 };
  readonly #element: HTMLElement;
  readonly #view: Grip;
  readonly #handlers: Handlers;
  readonly #wheel = new WheelReader();
  readonly #stop = new AbortController();
  #press: Press | undefined;
  #act: Act | undefined;
  #pinch: Pinch | undefined;
  #last: { at: Place; keys: Keys } = { at: { x: 0, y: 0 }, keys: { ctrl: false, alt: false, shift: false } };
  #lastClick: { at: Place; time: number; on: string } | undefined;
  #space = false;
  #longTimer: ReturnType<typeof setTimeout> | undefined;
  #ticking = 0;

  constructor(element: HTMLElement, view: Grip, handlers: Handlers) {
    this.#element = element;
    this.#view = view;
    this.#handlers = handlers;
    element.style.touchAction = "none";
    const signal = this.#stop.signal;
    const on = <K extends keyof HTMLElementEventMap>(kind: K, act: (e: HTMLElementEventMap[K]) => void): void =>
      element.addEventListener(kind, act as EventListener, { signal });
    on("pointerdown", (e) => this.#down(e));
    on("pointermove", (e) => this.#move(e));
    on("pointerup", (e) => this.#up(e));
    on("pointercancel", (e) => this.#lost(e));
    on("pointerleave", (e) => this.#leave(e));
    on("contextmenu", (e) => {
      if (this.#ours(e)) e.preventDefault();
    });
    element.addEventListener("wheel", (e) => this.#turn(e), { signal, passive: false });
    // Safari zooms the page by a pinch on a trackpad unless it is told not to.
    for (const kind of ["gesturestart", "gesturechange"]) {
      element.addEventListener(kind, (e) => e.preventDefault(), { signal, passive: false });
    }
    globalThis.addEventListener?.("keydown", (e) => this.#key(e, true), { signal });
    globalThis.addEventListener?.("keyup", (e) => this.#key(e, false), { signal });
    globalThis.addEventListener?.("blur", () => this.#setSpace(false), { signal });
  }

  get wheel(): WheelMode {
    return this.#wheel.mode;
  }
  set wheel(mode: WheelMode) {
    this.#wheel.mode = mode;
  }

  /** a drag, marquee, pan or pinch is going on */
  get busy(): boolean {
    return this.#act !== undefined || this.#pinch !== undefined;
  }

  /** Gives up what the hand is doing; says whether there was anything. */
  cancel(): boolean {
    const busy = this.busy;
    this.#act?.cancel();
    this.#end();
    return busy;
  }

  destroy(): void {
    this.cancel();
    this.#stop.abort();
  }

  // ---- pointers

  /** Events of what lies over the canvas (an editor, a button) are not the board's. */
  #ours(e: Event): boolean {
    return e.target === this.#element || (e.target as Element | null)?.tagName === "CANVAS";
  }

  #place(e: { clientX: number; clientY: number }): Place {
    const box = this.#element.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  }

  #down(e: PointerEvent): void {
    if (!this.#ours(e)) return;
    const at = this.#place(e);
    const touch = e.pointerType === "touch";
    this.#element.setPointerCapture?.(e.pointerId);
    if (touch && this.#press?.touch && e.pointerId !== this.#press.pointer) {
      this.#secondFinger(e.pointerId, at);
      return;
    }
    if (this.#pinch || this.#act || this.#press) return;
    const keys = keysOf(e);
    const hit = this.#view.hit(at.x, at.y, touch);
    const chosen = "id" in hit && this.#view.selection.has(hit.id);
    const board = this.#view.boardOf(at.x, at.y);
    this.#press = { pointer: e.pointerId, touch, button: e.button, hit, at, board, keys, chosen, long: false };
    this.#last = { at, keys };
    this.#view.hovered = "";
    if (e.button === 1) e.preventDefault();
    if (e.button === 0 && !touch && this.#tool() === "select") this.#choose(this.#press);
    if (touch && hit.kind !== "none") this.#longTimer = setTimeout(() => this.#lift(), longPress);
  }

  #tool(): Tool {
    return this.#space ? "hand" : this.tool;
  }

  /** A press on a note that is not chosen chooses it at once, so that a drag takes the right ones. */
  #choose(press: Press): void {
    if ((press.hit.kind !== "note" && press.hit.kind !== "readAll") || press.chosen || press.keys.shift) return;
    this.#handlers.select?.([press.hit.id], false);
  }

  #move(e: PointerEvent): void {
    const at = this.#place(e);
    if (this.#pinch?.has(e.pointerId)) {
      this.#pinch.move(e.pointerId, at, this.#view);
      return;
    }
    const keys = keysOf(e);
    if (e.pointerType !== "touch" || this.#act) {
      this.#handlers.pointer?.(toWall(this.#view.boardOf(at.x, at.y)));
    }
    const press = this.#press;
    if (!press || e.pointerId !== press.pointer) {
      if (e.pointerType === "mouse" && this.#ours(e)) this.#hover(at);
      return;
    }
    this.#last = { at, keys };
    if (this.#act) {
      this.#step(performance.now());
      return;
    }
    if (Math.hypot(at.x - press.at.x, at.y - press.at.y) <= (press.touch ? touchSlop : mouseSlop)) return;
    clearTimeout(this.#longTimer);
    this.#begin(this.#actFor(press));
  }

  #begin(act: Act | undefined): void {
    if (!act) return;
    this.#act = act;
    this.#element.style.cursor = act.cursor;
    this.#step(performance.now());
    this.#tick();
  }

  #step(now: number): void {
    const { at, keys } = this.#last;
    this.#act?.move(this.#view.boardOf(at.x, at.y), keys, now);
  }

  /** What a drag that begins here does. */
  #actFor(press: Press): Act | undefined {
    const { hit, board, touch } = press;
    const view = this.#view;
    const handlers = this.#handlers;
    if (press.button === 1 || press.button === 2 || this.#tool() === "hand") return new Pan(view, board);
    if (this.tool === "connect") {
      return hit.kind === "note" || hit.kind === "readAll"
        ? new Connecting(view, handlers, hit.id)
        : new Pan(view, board);
    }
    const held = touch && !press.chosen && !press.long;
    switch (hit.kind) {
      case "handle":
        return new Resize(view, handlers, hit.id, hit.corner, board);
      case "note":
      case "readAll":
        if (held || !view.options.edit) return new Pan(view, board);
        return new NoteDrag(view, handlers, this.#taken(hit.id), hit.id, board);
      case "title":
        if (held) return new Pan(view, board);
        return view.options.edit ? new ClusterDrag(view, handlers, hit.id, board) : undefined;
      case "hull":
        if (hit.edge && view.options.edit && !held) return new ClusterDrag(view, handlers, hit.id, board);
        break;
      case "area":
        if (!held) return new AreaDrag(view, handlers, hit.id, board);
        break;
      case "ring":
        if (!held) return new RingSize(view, handlers, hit.area, hit.ring, board);
        break;
      default:
    }
    return touch ? new Pan(view, board) : new Marquee(view, handlers, board, press.keys.shift);
  }

  /** Dragging one of the chosen takes all of them along. */
  #taken(grabbed: ID): ID[] {
    const { selection, scene } = this.#view;
    return selection.has(grabbed) ? [...selection].filter((id) => scene.notes.has(id)) : [grabbed];
  }

  #lift(): void {
    const press = this.#press;
    if (!press || this.#act) return;
    press.long = true;
    const { hit } = press;
    if ((hit.kind !== "note" && hit.kind !== "readAll") || !this.#view.options.edit || this.tool !== "select") return;
    if (!press.chosen) this.#handlers.select?.([hit.id], false);
    globalThis.navigator?.vibrate?.(10);
    this.#begin(this.#actFor(press));
  }

  #up(e: PointerEvent): void {
    const at = this.#place(e);
    if (this.#pinch?.has(e.pointerId)) {
      if (this.#pinch.lift(e.pointerId, performance.now())) this.#view.fit();
      if (this.#pinch.over) this.#end();
      return;
    }
    const press = this.#press;
    if (!press || e.pointerId !== press.pointer) return;
    const act = this.#act;
    const moved = Math.hypot(at.x - press.at.x, at.y - press.at.y) > (press.touch ? touchSlop : mouseSlop);
    this.#last = { at, keys: keysOf(e) };
    this.#end();
    if (act && (moved || !press.long)) {
      act.end(this.#view.boardOf(at.x, at.y), keysOf(e), performance.now());
    } else {
      act?.cancel();
      if (press.long || press.button === 2) this.#handlers.menu?.(press.hit, press.at);
      else if (press.button === 0) this.#click(press);
    }
    if (e.pointerType === "mouse") this.#hover(at);
  }

  #lost(e: PointerEvent): void {
    if (this.#pinch?.has(e.pointerId) || e.pointerId === this.#press?.pointer) this.cancel();
  }

  #leave(e: PointerEvent): void {
    if (this.#act || e.pointerType === "touch") return;
    this.#view.hovered = "";
    this.#handlers.pointer?.(undefined);
  }

  #end(): void {
    clearTimeout(this.#longTimer);
    cancelAnimationFrame(this.#ticking);
    this.#press = undefined;
    this.#act = undefined;
    this.#pinch = undefined;
    this.#element.style.cursor = this.#cursorFor(undefined);
  }

  /** A second finger makes of whatever was begun a pinch. */
  #secondFinger(pointer: number, at: Place): void {
    const press = this.#press;
    if (!press || this.#pinch) return;
    clearTimeout(this.#longTimer);
    this.#act?.cancel();
    this.#act = undefined;
    this.#pinch = new Pinch(press.pointer, this.#last.at, pointer, at, performance.now());
  }

  // ---- clicks

  #click(press: Press): void {
    const { hit, at, board } = press;
    if (this.#tool() === "hand") return;
    if (this.tool === "note") {
      const to = toWall(board);
      this.#handlers.create?.(to.x, to.y);
      this.#handlers.toolDone?.();
      return;
    }
    const on = "id" in hit ? hit.id : hit.kind === "ring" ? hit.ring : "";
    const now = performance.now();
    const last = this.#lastClick;
    const again =
      last !== undefined &&
      now - last.time < doubleClick &&
      Math.hypot(at.x - last.at.x, at.y - last.at.y) < 8 &&
      last.on === on;
    this.#lastClick = again || press.keys.shift ? undefined : { at, time: now, on };
    switch (hit.kind) {
      case "readAll":
        this.#handlers.readAll?.(hit.id);
        return;
      case "note":
        this.#clickOne(press, hit.id, again, () => this.#handlers.open?.(hit.id));
        return;
      case "title":
        this.#clickOne(press, hit.id, again, () => this.#handlers.rename?.(hit.id));
        return;
      case "connector":
        this.#clickOne(press, hit.id, again, () => this.#handlers.label?.(hit.id));
        return;
      case "area":
        this.#clickOne(press, hit.id, again, () => this.#handlers.renameArea?.(hit.id));
        return;
      case "ring":
        this.#clickOne(press, hit.area, again, () => this.#handlers.renameArea?.(hit.area));
        return;
      case "handle":
        return;
      case "hull":
        if (hit.edge) {
          this.#clickOne(press, hit.id, again, () => this.#handlers.rename?.(hit.id));
          return;
        }
        break;
      default:
    }
    if (again) {
      const to = toWall(board);
      this.#handlers.create?.(to.x, to.y);
    } else if (!press.keys.shift) this.#handlers.select?.([], false);
  }

  /** Shift adds or takes away; a click on the one that was chosen already, and alone, opens it. */
  #clickOne(press: Press, id: ID, again: boolean, open: () => void): void {
    if (press.keys.shift) this.#handlers.select?.([id], true);
    else if (again || (press.chosen && this.#view.selection.size === 1)) open();
    else this.#handlers.select?.([id], false);
  }

  #hover(at: Place): void {
    const hit = this.#view.hit(at.x, at.y);
    this.#view.hovered = hit.kind === "note" || hit.kind === "readAll" ? hit.id : "";
    this.#element.style.cursor = this.#cursorFor(hit);
  }

  #cursorFor(hit: Hit | undefined): string {
    const tool = this.#tool();
    if (tool === "hand") return "grab";
    if (tool === "connect" || tool === "note") return "crosshair";
    if (hit?.kind === "handle") return hit.corner === "nw" || hit.corner === "se" ? "nwse-resize" : "nesw-resize";
    if (hit?.kind === "readAll" || hit?.kind === "title") return "pointer";
    return "default";
  }

  // ---- wheel, keys, time

  #turn(e: WheelEvent): void {
    if ((e.target as Element | null)?.closest?.("[data-scrolls]")) return;
    e.preventDefault();
    const at = this.#place(e);
    const legacy = (e as WheelEvent & { wheelDeltaY?: number }).wheelDeltaY;
    const { deltaX, deltaY, deltaMode, ctrlKey, metaKey, shiftKey } = e;
    const like = { deltaX, deltaY, deltaMode, ctrlKey, metaKey, shiftKey };
    const act = this.#wheel.read(legacy === undefined ? like : { ...like, wheelDeltaY: legacy }, e.timeStamp);
    if ("zoom" in act) this.#view.zoomBy(act.zoom, at.x, at.y);
    else this.#view.panBy(act.pan.dx, act.pan.dy);
    if (this.#act) this.#step(performance.now());
  }

  #key(e: KeyboardEvent, down: boolean): void {
    const target = e.target as Element | null;
    if (e.code === "Space" && (!down || !target?.closest?.("input, textarea, select, button, [contenteditable]"))) {
      this.#setSpace(down);
    }
    if (!this.#act || (e.key !== "Control" && e.key !== "Meta" && e.key !== "Alt" && e.key !== "Shift")) return;
    this.#last = { at: this.#last.at, keys: keysOf(e) };
    this.#step(performance.now());
  }

  #setSpace(down: boolean): void {
    if (down === this.#space) return;
    this.#space = down;
    if (!this.#act) this.#element.style.cursor = this.#cursorFor(undefined);
  }

  /** While a drag goes on: time for what waits, and the board goes along at its edges. */
  #tick(): void {
    this.#ticking = requestAnimationFrame((now) => {
      const act = this.#act;
      if (!act) return;
      const d = act.pansAtEdge ? this.#atEdge() : { x: 0, y: 0 };
      if (d.x !== 0 || d.y !== 0) {
        this.#view.panBy(d.x, d.y);
        this.#step(now);
      }
      act.rest?.(now);
      this.#tick();
    });
  }

  #atEdge(): Place {
    const { x, y } = this.#last.at;
    const { width, height } = this.#view;
    const push = (at: number, low: number, high: number): number => {
      const out = at < low + edge ? at - low - edge : at > high - edge ? at - high + edge : 0;
      return Math.max(-1, Math.min(1, out / edge)) * edgeSpeed;
    };
    const { top, right, bottom, left } = this.edges;
    return { x: push(x, left, width - right), y: push(y, top, height - bottom) };
  }
}

const keysOf = (e: { ctrlKey: boolean; metaKey: boolean; altKey: boolean; shiftKey: boolean }): Keys => ({
  ctrl: e.ctrlKey || e.metaKey,
  alt: e.altKey,
  shift: e.shiftKey,
});
