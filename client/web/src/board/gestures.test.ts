import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PastWall } from "../model";
import { id, note, target } from "../model/testing";
import type { Change, ID, Ref } from "../protocol.gen";
import { contains, meet } from "./boxes";
import { toBoard } from "./camera";
import type { Grip } from "./drags";
import { Gestures } from "./gestures";
import { inside } from "./hit";
import { Scene } from "./scene";
import { useMeasure } from "./text";
import type { Box, Handlers, Hit, Place } from "./types";

useMeasure((text, size) => text.length * size * 0.5);
const u = 64;

/** Two notes alone, two in a cluster, a target far off; 100 × 100 units each. */
const at = (name: string, x: number, y: number, cluster: Ref = ""): Change =>
  note(name, { x: x * u, y: y * u, w: 100 * u, h: 100 * u, cluster });
const changes: Change[] = [
  { cluster: { id: id("zorg"), title: "Zorg", order: 1 } },
  at("a", 100, 100),
  at("b", 400, 100),
  at("c", 800, 100, id("zorg")),
  at("d", 1000, 100, id("zorg")),
];

/** A board without a canvas: it does what the view does with places, and writes down the rest. */
class Board implements Grip {
  camera = { x: 0, y: 0, z: 1 };
  width = 1400;
  height = 800;
  selection: ReadonlySet<ID> = new Set();
  options = { edit: true, arrange: false } as Grip["options"];
  litRing: Ref = "";
  litCluster: Ref = "";
  litNote: Ref = "";
  hovered: Ref = "";
  held: ReadonlyMap<ID, Place> | undefined;
  fits = 0;
  zooms: number[] = [];
  shown: Parameters<Grip["showHand"]>[0] = {};
  readonly scene: Scene;

  constructor(more: Change[] = []) {
    this.scene = new Scene(PastWall.at([...changes, ...more]));
  }
  boardOf(px: number, py: number): Place {
    return toBoard(this.camera, px, py);
  }
  hit(px: number, py: number): Hit {
    const p = this.boardOf(px, py);
    const under = this.noteUnder(p.x, p.y, new Set());
    if (under) return { kind: "note", id: under };
    const cluster = this.clusterUnder(p.x, p.y);
    return cluster ? { kind: "hull", id: cluster, edge: p.y < 92 } : { kind: "none" };
  }
  notesIn(box: Box): ID[] {
    return [...this.scene.notes.values()].filter((n) => meet(n.box, box)).map((n) => n.id);
  }
  noteUnder(x: number, y: number, but: ReadonlySet<ID>): Ref {
    return [...this.scene.notes.values()].find((n) => !but.has(n.id) && contains(n.box, x, y))?.id ?? "";
  }
  clusterUnder(x: number, y: number, but?: ReadonlySet<ID>): Ref {
    return [...this.scene.hulls].find(([c, s]) => !but?.has(c) && inside(s.points, { x, y }))?.[0] ?? "";
  }
  hold(places: ReadonlyMap<ID, Place> | undefined): void {
    this.held = places;
  }
  showHand(hand: Parameters<Grip["showHand"]>[0]): void {
    this.shown = { ...this.shown, ...hand };
  }
  panBy(dx: number, dy: number): void {
    this.camera = { ...this.camera, x: this.camera.x + dx, y: this.camera.y + dy };
  }
  zoomBy(factor: number): void {
    this.zooms.push(factor);
  }
  fit(): void {
    this.fits++;
  }
}

class FakeElement {
  style: Record<string, string> = {};
  tagName = "CANVAS";
  readonly #heard = new Map<string, (e: unknown) => void>();
  addEventListener(kind: string, listener: (e: unknown) => void): void {
    this.#heard.set(kind, listener);
  }
  getBoundingClientRect(): { left: number; top: number } {
    return { left: 0, top: 0 };
  }
  send(kind: string, x: number, y: number, more: Record<string, unknown> = {}): void {
    this.#heard.get(kind)?.({
      target: this,
      clientX: x,
      clientY: y,
      pointerId: 1,
      pointerType: "mouse",
      button: 0,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      shiftKey: false,
      preventDefault: () => {},
      ...more,
    });
  }
}

let element: FakeElement;
let board: Board;
let gestures: Gestures;
let told: [string, ...unknown[]][];

/** All handlers: they write down what they are told; selecting selects. */
function start(more: Change[] = []): void {
  element = new FakeElement();
  board = new Board(more);
  told = [];
  const names = [
    "open",
    "create",
    "move",
    "copyDrag",
    "dropOnCluster",
    "dropOutside",
    "dropOnNote",
    "moveCluster",
    "connect",
    "menu",
    "toolDone",
  ];
  const handlers: Record<string, unknown> = {
    select: (ids: ID[], add: boolean) => {
      board.selection = new Set(add ? [...board.selection, ...ids] : ids);
    },
    dragging: (to: unknown) => to && told.push(["dragging"]),
  };
  for (const name of names) handlers[name] = (...given: unknown[]) => told.push([name, ...given]);
  gestures = new Gestures(element as unknown as HTMLElement, board, handlers as Handlers);
}

/** the place a note was moved to first */
const movedTo = (name: string): Place | undefined => (acts()[0]?.[1] as Map<ID, Place> | undefined)?.get(id(name));
const names = (): string[] => told.map(([name]) => name);
const acts = (): [string, ...unknown[]][] => told.filter(([name]) => name !== "dragging");

function click(x: number, y: number, more = {}): void {
  element.send("pointerdown", x, y, more);
  element.send("pointerup", x, y, more);
}

/** Presses, moves in steps, and lets go. */
function drag(from: Place, to: Place, more = {}): void {
  element.send("pointerdown", from.x, from.y, more);
  for (const t of [0.1, 0.5, 1]) {
    element.send("pointermove", from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t, more);
  }
  element.send("pointerup", to.x, to.y, more);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.stubGlobal("requestAnimationFrame", (run: (now: number) => void) => setTimeout(() => run(performance.now()), 16));
  vi.stubGlobal("cancelAnimationFrame", (frame: number) => clearTimeout(frame));
  start();
});
afterEach(() => {
  gestures.destroy();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("mouse", () => {
  it("chooses by a click, opens by another, adds with shift", () => {
    click(150, 150);
    expect([...board.selection]).toEqual(["a"]);
    expect(told).toEqual([]);
    click(450, 150, { shiftKey: true });
    expect([...board.selection]).toEqual(["a", "b"]);
    click(450, 150);
    expect([...board.selection]).toEqual(["b"]);
    vi.advanceTimersByTime(1000);
    click(450, 150);
    expect(told).toEqual([["open", "b"]]);
  });

  it("makes a note where one clicks twice on nothing, and lets go of the selection", () => {
    board.selection = new Set([id("a")]);
    click(600, 500);
    expect(board.selection.size).toBe(0);
    click(600, 500);
    expect(told).toEqual([["create", 600 * u, 500 * u]]);
    vi.advanceTimersByTime(1000);
    click(600, 500);
    expect(told).toHaveLength(1);
  });

  it("chooses by a marquee what it touches", () => {
    drag({ x: 50, y: 50 }, { x: 420, y: 180 });
    expect([...board.selection]).toEqual(["a", "b"]);
    expect(board.shown.marquee).toBeUndefined();
  });

  it("moves all that is chosen, and tells others meanwhile", () => {
    board.selection = new Set([id("a"), id("b")]);
    drag({ x: 150, y: 150 }, { x: 150, y: 550 }, { ctrlKey: true });
    const [name, to] = acts()[0] ?? [];
    expect(name).toBe("move");
    expect(to).toEqual(
      new Map([
        ["a", { x: 100 * u, y: 500 * u }],
        ["b", { x: 400 * u, y: 500 * u }],
      ]),
    );
    expect(names()).toContain("dragging");
    expect(board.held).toBeUndefined();
  });

  it("tells others of a drag at most 20 times a second, and of its last place", () => {
    element.send("pointerdown", 150, 150);
    for (let i = 0; i < 100; i++) {
      element.send("pointermove", 160 + i, 300);
      vi.advanceTimersByTime(10);
    }
    expect(names().length).toBeLessThanOrEqual(22);
    expect(names().length).toBeGreaterThan(15);
  });

  it("snaps to others unless Ctrl is held", () => {
    drag({ x: 150, y: 150 }, { x: 453, y: 404 });
    expect(movedTo("a")?.x).toBe(400 * u);
    start();
    drag({ x: 150, y: 150 }, { x: 453, y: 404 }, { ctrlKey: true });
    expect(movedTo("a")?.x).toBe(403 * u);
  });

  it("copies with Alt", () => {
    drag({ x: 150, y: 150 }, { x: 150, y: 500 }, { altKey: true });
    expect(acts().map(([name]) => name)).toEqual(["copyDrag"]);
  });

  it("drops into a hull and out of it", () => {
    drag({ x: 150, y: 150 }, { x: 950, y: 150 }, { ctrlKey: true });
    expect(acts()[1]).toEqual(["dropOnCluster", ["a"], "zorg"]);
    start();
    drag({ x: 850, y: 150 }, { x: 850, y: 600 }, { ctrlKey: true });
    expect(acts()[1]).toEqual(["dropOutside", ["c"]]);
    start();
    board.selection = new Set([id("c"), id("d")]);
    drag({ x: 850, y: 150 }, { x: 850, y: 600 }, { ctrlKey: true });
    expect(acts().map(([name]) => name)).toEqual(["move"]);
  });

  it("lights the ring under the note's centre", () => {
    start([target]);
    element.send("pointerdown", 150, 150);
    element.send("pointermove", 150, 240, { ctrlKey: true });
    expect(board.litRing).toBe("core");
    element.send("pointermove", 560, 300, { ctrlKey: true });
    expect(board.litRing).toBe("far");
    gestures.cancel();
    expect(board.litRing).toBe("");
  });

  it("means a note that rests over another for 400 ms for it", () => {
    element.send("pointerdown", 150, 150);
    element.send("pointermove", 300, 150);
    element.send("pointermove", 450, 150);
    vi.advanceTimersByTime(300);
    expect(board.litNote).toBe("");
    vi.advanceTimersByTime(200);
    expect(board.litNote).toBe("b");
    element.send("pointerup", 450, 150);
    expect(acts()[0]?.slice(0, 3)).toEqual(["dropOnNote", ["a"], "b"]);
  });

  it("moves a cluster by its line", () => {
    drag({ x: 950, y: 90 }, { x: 950, y: 290 });
    expect(acts()).toEqual([["moveCluster", "zorg", 0, 200 * u]]);
  });

  it("pans with the middle button and with the hand", () => {
    drag({ x: 150, y: 150 }, { x: 250, y: 200 }, { button: 1 });
    expect(board.camera).toEqual({ x: -100, y: -50, z: 1 });
    gestures.tool = "hand";
    drag({ x: 150, y: 150 }, { x: 50, y: 100 });
    expect(board.camera).toEqual({ x: 0, y: 0, z: 1 });
    expect(told).toEqual([]);
  });

  it("takes the board along at its edge", () => {
    element.send("pointerdown", 150, 150);
    element.send("pointermove", 1395, 400, { ctrlKey: true });
    vi.advanceTimersByTime(160);
    expect(board.camera.x).toBeGreaterThan(50);
    expect(board.held?.get(id("a"))?.x).toBeCloseTo(100 + 1395 - 150 + board.camera.x);
  });

  it("gives up on Esc and when the system takes the pointer", () => {
    element.send("pointerdown", 150, 150);
    element.send("pointermove", 300, 300);
    expect(gestures.busy).toBe(true);
    expect(gestures.cancel()).toBe(true);
    element.send("pointerup", 300, 300);
    expect(acts()).toEqual([]);
    expect(gestures.cancel()).toBe(false);
    element.send("pointerdown", 150, 150);
    element.send("pointermove", 300, 300);
    element.send("pointercancel", 300, 300);
    expect(board.held).toBeUndefined();
    expect(acts()).toEqual([]);
  });

  it("connects two notes with its tool", () => {
    gestures.tool = "connect";
    drag({ x: 150, y: 150 }, { x: 450, y: 150 });
    expect(acts()).toEqual([["connect", "a", "b"], ["toolDone"]]);
  });

  it("changes nothing for who may only look", () => {
    board.options = { edit: false } as Grip["options"];
    drag({ x: 150, y: 150 }, { x: 250, y: 150 });
    expect(told).toEqual([]);
    expect(board.camera.x).toBe(-100);
  });
});

describe("touch", () => {
  const touch = { pointerType: "touch" };

  it("pans with one finger, also from a note that is not chosen", () => {
    drag({ x: 600, y: 500 }, { x: 500, y: 400 }, touch);
    expect(board.camera).toEqual({ x: 100, y: 100, z: 1 });
    drag({ x: 50, y: 50 }, { x: 150, y: 50 }, touch);
    expect(board.camera).toEqual({ x: 0, y: 100, z: 1 });
    expect(told).toEqual([]);
  });

  it("chooses by a tap and writes by a second", () => {
    click(150, 150, touch);
    expect([...board.selection]).toEqual(["a"]);
    click(150, 150, touch);
    expect(told).toEqual([["open", "a"]]);
  });

  it("lifts a note by a long press, and asks for its menu when it is not moved", () => {
    element.send("pointerdown", 150, 150, touch);
    vi.advanceTimersByTime(360);
    expect(gestures.busy).toBe(true);
    element.send("pointermove", 150, 400, touch);
    element.send("pointerup", 150, 400, touch);
    expect(acts().map(([name]) => name)).toEqual(["move"]);
    start();
    element.send("pointerdown", 150, 150, touch);
    vi.advanceTimersByTime(360);
    element.send("pointerup", 150, 150, touch);
    expect(acts().map(([name]) => name)).toEqual(["menu"]);
  });

  it("drags a chosen note at once", () => {
    board.selection = new Set([id("a")]);
    drag({ x: 150, y: 150 }, { x: 150, y: 500 }, touch);
    expect(acts().map(([name]) => name)).toEqual(["move"]);
  });

  it("pinches with two fingers, gives up a drag for it, and shows all when two only tap", () => {
    board.selection = new Set([id("a")]);
    element.send("pointerdown", 150, 150, touch);
    element.send("pointermove", 150, 300, touch);
    element.send("pointerdown", 350, 300, { ...touch, pointerId: 2 });
    expect(board.held).toBeUndefined();
    element.send("pointermove", 550, 300, { ...touch, pointerId: 2 });
    expect(board.zooms).toEqual([2]);
    element.send("pointerup", 550, 300, { ...touch, pointerId: 2 });
    element.send("pointerup", 150, 300, touch);
    expect([acts(), board.fits]).toEqual([[], 0]);
    element.send("pointerdown", 600, 500, touch);
    element.send("pointerdown", 700, 500, { ...touch, pointerId: 2 });
    element.send("pointerup", 700, 500, { ...touch, pointerId: 2 });
    element.send("pointerup", 600, 500, touch);
    expect(board.fits).toBe(1);
  });
});
