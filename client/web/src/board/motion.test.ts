import { describe, expect, it } from "vitest";
import type { ID } from "../protocol.gen";
import { Motion, restAfter } from "./motion";

const a = "a" as ID;
const from = { x: 0, y: 0 };
const to = { x: 100, y: 50 };

describe("motion", () => {
  it("glides to where a note is, leaves the tiles at once and goes back when it has lain still", () => {
    const motion = new Motion();
    expect(motion.move(a, from, to, 1000)).toBe(true);
    expect(motion.step(1050).gliding).toBe(true);
    expect(motion.at(a)).toEqual({ x: 50, y: 25 });
    motion.step(1100);
    expect(motion.at(a)).toEqual(to);
    expect(motion.step(1000 + restAfter - 1).settled).toEqual([]);
    expect(motion.hot(a)).toBe(true);
    expect(motion.step(1000 + restAfter).settled).toEqual([a]);
    expect([motion.hot(a), motion.live(a)]).toEqual([false, true]);
    motion.baked(a);
    expect(motion.live(a)).toBe(false);
  });

  it("goes on from where it is seen when it moves again on the way", () => {
    const motion = new Motion();
    motion.move(a, from, to, 0);
    motion.step(50);
    expect(motion.move(a, to, { x: 200, y: 50 }, 50)).toBe(false);
    motion.step(100);
    expect(motion.at(a)).toEqual({ x: 125, y: 37.5 });
  });

  it("is where the own hand is without gliding, and stays there when the wall agrees", () => {
    const motion = new Motion();
    expect(motion.hold(a, to)).toBe(true);
    motion.step(10);
    expect(motion.at(a)).toEqual(to);
    motion.move(a, from, to, 20);
    expect(motion.step(30).gliding).toBe(false);
    expect(motion.nextRest()).toBe(20 + restAfter);
  });

  it("goes back when the hand let go and the wall did not change", () => {
    const motion = new Motion();
    motion.hold(a, to);
    motion.move(a, from, from, 100);
    motion.step(150);
    expect(motion.at(a)).toEqual({ x: 50, y: 25 });
  });

  it("stays where another hand holds it still, however long, and rests when that lets go", () => {
    const motion = new Motion();
    motion.move(a, from, to, 0, true);
    motion.move(a, from, to, 100, true);
    expect(motion.step(60_000)).toEqual({ gliding: true, settled: [] });
    expect(motion.step(70_000).settled).toEqual([]);
    expect([motion.at(a), motion.hot(a), motion.nextRest()]).toEqual([to, true, Infinity]);
    motion.move(a, to, to, 70_000);
    expect(motion.step(70_000 + restAfter).settled).toEqual([a]);
    expect(motion.move(a, to, to, 71_000, true)).toBe(true);
    expect(motion.hot(a)).toBe(true);
  });

  it("jumps with reduced motion", () => {
    const motion = new Motion();
    motion.glide = 0;
    motion.move(a, from, to, 0);
    motion.step(1);
    expect(motion.at(a)).toEqual(to);
  });
});
