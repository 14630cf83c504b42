import { expect, test } from "vitest";
import type { Change } from "../protocol.gen";
import { clusterOrder, nearestNote, readingOrder } from "./order";
import { PastWall } from "./past";
import { id, note } from "./testing";

const cluster = (name: string, order: number): Change => ({ cluster: { id: id(name), title: name, order } });

test("clusters from the top left, rows although notes lie unevenly, free notes last", () => {
  const wall = PastWall.at([
    cluster("low", 1),
    cluster("high", 2),
    cluster("empty", 3),
    note("h2", { x: 9000, y: 0, cluster: id("high") }),
    note("h1", { x: 0, y: 700, cluster: id("high") }), // lower, yet of the same row
    note("h3", { x: 0, y: 9000, cluster: id("high") }),
    note("l1", { x: 0, y: 50000, cluster: id("low") }),
    note("f2", { x: 9000, y: -90000 }),
    note("f1", { x: 0, y: -90000 }),
  ]);
  expect(clusterOrder(wall)).toEqual(["high", "low", "empty"]);
  expect(readingOrder(wall)).toEqual(["h1", "h2", "h3", "l1", "f1", "f2"]);
  expect(wall.clusters.get(id("high"))?.notes).toEqual(["h1", "h2", "h3"]);
});

test("the nearest note a way, along a row rather than aside", () => {
  const wall = PastWall.at([
    note("a", { x: 0, y: 0 }),
    note("right", { x: 20000, y: 500 }),
    note("aside", { x: 9000, y: 7000 }),
    note("below", { x: 100, y: 30000 }),
  ]);
  const to = (way: "left" | "right" | "up" | "down") => nearestNote(wall, id("a"), way);
  expect([to("right"), to("down"), to("left"), to("up")]).toEqual(["right", "below", undefined, undefined]);
  expect(nearestNote(wall, id("nowhere"), "up")).toBeUndefined();
});
