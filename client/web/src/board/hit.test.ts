import { describe, expect, it } from "vitest";
import { PastWall } from "../model";
import { id, note, target } from "../model/testing";
import type { Change, ID } from "../protocol.gen";
import { hitTest, inside } from "./hit";
import { Scene } from "./scene";
import { useMeasure } from "./text";

useMeasure((text, size) => text.length * size * 0.5);

const u = 64;
const at = (name: string, x: number, y: number, more = {}): Change =>
  note(name, { x: x * u, y: y * u, w: 100 * u, h: 100 * u, ...more });

const changes: Change[] = [
  target,
  { cluster: { id: id("zorg"), title: "Zorg", order: 1 } },
  at("low", 0, 0, { front: 1 }),
  at("high", 50, 50, { front: 2 }),
  at("c1", 1000, 0, { cluster: id("zorg") }),
  at("c2", 1300, 0, { cluster: id("zorg") }),
  { connector: { id: id("line"), from: id("low"), to: id("c1"), label: "" } },
];

const scene = new Scene(PastWall.at(changes));
const world = (zoom: number, more = {}) => ({
  scene,
  zoom,
  seenAt: () => undefined,
  live: [] as ID[],
  shapeOf: (cluster: ID) => scene.hulls.get(cluster),
  handled: undefined,
  titles: new Map([[id("zorg"), { x: 500, y: 500, w: 80, h: 17 }]]),
  ringLabels: new Map(),
  areaTitles: new Map(),
  arrange: false,
  ...more,
});
const hit = (x: number, y: number, zoom = 1, more = {}) =>
  hitTest(world(zoom, more), { x, y }, { x: -1, y: -1 }, false);

describe("hit test", () => {
  it("finds the topmost note", () => {
    expect(hit(75, 75)).toEqual({ kind: "note", id: "high" });
    expect(hit(25, 25)).toEqual({ kind: "note", id: "low" });
    expect(hit(-300, 800)).toEqual({ kind: "none" });
  });

  it("takes what moves for the topmost, where it is seen", () => {
    const more = { live: [id("low")], seenAt: (n: ID) => (n === id("low") ? { x: 60, y: 60 } : undefined) };
    expect(hit(75, 75, 1, more)).toEqual({ kind: "note", id: "low" });
    expect(hit(25, 25, 1, more)).toEqual({ kind: "none" });
  });

  it("makes small notes as large as 24 px", () => {
    // At 10 % a note is 10 px; 7 px beside its edge is still within 12 px of its middle.
    expect(hit(-60, 50, 0.1)).toEqual({ kind: "note", id: "low" });
    expect(hit(-60, 50, 1)).toEqual({ kind: "none" });
  });

  it("tells a cluster's line from the space within it", () => {
    expect(hit(1200, 50)).toEqual({ kind: "hull", id: "zorg", edge: false });
    expect(hit(1200, -12)).toEqual({ kind: "hull", id: "zorg", edge: true });
    expect(hit(1200, -30)).toEqual({ kind: "none" });
  });

  it("finds titles on the screen before anything on the board", () => {
    expect(hitTest(world(1), { x: 25, y: 25 }, { x: 520, y: 508 }, false)).toEqual({ kind: "title", id: "zorg" });
  });

  it("finds connectors near their line", () => {
    // It is bent: half way it lies 24 units beside the straight line.
    expect(hit(550, 74)).toEqual({ kind: "connector", id: "line" });
    expect(hit(550, 50)).toEqual({ kind: "none" });
  });

  it("finds handles of the one chosen note before the note", () => {
    expect(hit(152, 152, 1, { handled: id("high") })).toEqual({ kind: "handle", id: "high", corner: "se" });
    expect(hit(100, 100, 1, { handled: id("high") })).toEqual({ kind: "note", id: "high" });
  });

  it("finds rings only for who may arrange them", () => {
    expect(hit(-400, 0)).toEqual({ kind: "none" });
    expect(hit(-400, 0, 1, { arrange: true })).toEqual({ kind: "area", id: "target" });
    expect(hit(-800, 0, 1, { arrange: true })).toEqual({ kind: "ring", area: "target", ring: "far" });
  });
});

describe("inside", () => {
  it("holds for convex shapes of either turn", () => {
    const square = [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 10, y: 10 },
      { x: 0, y: 10 },
    ];
    expect(inside(square, { x: 5, y: 5 })).toBe(true);
    expect(inside(square.toReversed(), { x: 5, y: 5 })).toBe(true);
    expect(inside(square, { x: 11, y: 5 })).toBe(false);
  });
});
