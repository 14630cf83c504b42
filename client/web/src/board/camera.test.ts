import { describe, expect, it } from "vitest";
import { between, ease, fitBox, maxZoom, minZoom, panInto, toBoard, toScreen, zoomAt } from "./camera";

const camera = { x: 100, y: -50, z: 0.5 };

describe("camera", () => {
  it("goes from board to screen and back", () => {
    expect(toScreen(camera, 140, 10)).toEqual({ x: 20, y: 30 });
    expect(toBoard(camera, 20, 30)).toEqual({ x: 140, y: 10 });
  });

  it("keeps what is under the pointer while zooming, also at the limits", () => {
    for (const factor of [0.001, 0.5, 1.1, 1000]) {
      const before = toBoard(camera, 300, 200);
      const zoomed = zoomAt(camera, factor, 300, 200);
      expect(toBoard(zoomed, 300, 200).x).toBeCloseTo(before.x);
      expect(toBoard(zoomed, 300, 200).y).toBeCloseTo(before.y);
      expect(zoomed.z).toBeGreaterThanOrEqual(minZoom);
      expect(zoomed.z).toBeLessThanOrEqual(maxZoom);
    }
  });

  it("shows a box whole, clear of bars", () => {
    const inset = { top: 72, right: 20, bottom: 90, left: 30 };
    const box = { x: -500, y: 200, w: 3000, h: 1200 };
    const to = fitBox(box, 1440, 900, inset, 1);
    const a = toScreen(to, box.x, box.y);
    const b = toScreen(to, box.x + box.w, box.y + box.h);
    expect(a.x).toBeGreaterThanOrEqual(29.999);
    expect(a.y).toBeGreaterThanOrEqual(71.999);
    expect(b.x).toBeLessThanOrEqual(1420.001);
    expect(b.y).toBeLessThanOrEqual(810.001);
    expect(fitBox({ x: 0, y: 0, w: 10, h: 10 }, 1440, 900, inset, 1).z).toBe(1);
  });

  it("pans no further than it must", () => {
    const inset = { top: 10, right: 10, bottom: 10, left: 10 };
    const at = { x: 0, y: 0, z: 1 };
    expect(panInto(at, { x: 50, y: 50, w: 20, h: 20 }, 200, 200, inset)).toEqual(at);
    expect(panInto(at, { x: 185, y: -40, w: 20, h: 20 }, 200, 200, inset)).toEqual({ x: 15, y: -50, z: 1 });
  });

  it("flies so that every point of the board goes straight over the screen", () => {
    const from = { x: 0, y: 0, z: 0.2 };
    const to = { x: 700, y: 300, z: 2 };
    expect(between(from, to, 0)).toEqual(from);
    expect(between(from, to, 1)).toEqual(to);
    const point = { x: 900, y: 500 };
    const start = toScreen(from, point.x, point.y);
    const end = toScreen(to, point.x, point.y);
    for (const t of [0.2, 0.5, 0.8]) {
      const at = toScreen(between(from, to, t), point.x, point.y);
      const across = (at.x - start.x) * (end.y - start.y) - (at.y - start.y) * (end.x - start.x);
      expect(across).toBeCloseTo(0, 4);
    }
  });

  it("eases from standing to standing", () => {
    expect(ease(0)).toBe(0);
    expect(ease(1)).toBe(1);
    const steps = Array.from({ length: 21 }, (_, i) => ease(i / 20));
    expect(steps.toSorted((a, b) => a - b)).toEqual(steps);
    expect(ease(0.5)).toBeGreaterThan(0.8);
  });
});
