import { expect, test } from "vitest";
import type { CameraPlace } from "../../board";
import type { Presence } from "../../model/types";
import { type ID, limits } from "../../protocol.gen";
import { alongWith } from "./follow";

const noor = "noor" as ID;
const note = "note" as ID;

/** A view of 1000 × 500 on a note at 4000, 0; a person who is here; and how often following ended. */
function along() {
  const told: (() => void)[] = [];
  const hear = (_: unknown, listener: () => void) => {
    told.push(listener);
    return () => void told.splice(told.indexOf(listener), 1);
  };
  const cursors = new Map<ID, { x: number; y: number; at: number }>();
  const presence = {
    here: new Set([noor, "ilse" as ID]),
    cursors,
    typing: new Map<ID, Set<ID>>(),
    selections: new Map<ID, Set<ID>>(),
    drags: new Map(),
    subscribe: (listener: () => void) => hear("", listener),
  } satisfies Presence;
  const view = {
    aim: { x: -500, y: -250, z: 1 } as CameraPlace,
    width: 1000,
    height: 500,
    moveTo(to: CameraPlace) {
      view.aim = { ...to };
      for (const tell of told) tell();
    },
    on: hear,
    boxOf: (id: ID) => (id === note ? { x: 4000, y: 0, w: 100, h: 100 } : undefined),
    boardOf: (x: number, y: number) => ({ x, y }),
  };
  let ended = 0;
  const stop = alongWith(noor, view, presence, () => ended++);
  const point = (x: number, y: number) => {
    cursors.set(noor, { x: x * limits.unit, y: y * limits.unit, at: 0 });
    told[0]?.();
  };
  return { view, presence, told, point, stop, ended: () => ended };
}

test("the view comes along when they leave its middle, and not before", () => {
  const { view, point, ended } = along();
  point(240, -120);
  expect(view.aim).toEqual({ x: -500, y: -250, z: 1 });
  point(300, 0);
  expect(view.aim).toEqual({ x: -200, y: -250, z: 1 });
  expect(ended()).toBe(0);
});

test("what they write in counts before their pointer, what they selected after it", () => {
  const { view, presence, told, point } = along();
  presence.selections.set(note, new Set([noor]));
  told[0]?.();
  expect(view.aim.x).toBe(3550);
  point(-2000, 0);
  expect(view.aim.x).toBe(-2500);
  presence.typing.set(note, new Set([noor]));
  told[0]?.();
  expect(view.aim.x).toBe(3550);
});

test("ends when one looks elsewhere oneself, and when they leave", () => {
  const { view, presence, told, point, stop, ended } = along();
  point(300, 0);
  view.moveTo({ ...view.aim, z: 0.5 });
  expect(ended()).toBe(1);
  const there = [...presence.here];
  presence.here.clear();
  told[0]?.();
  expect(ended(), "a moment without a connection").toBe(1);
  for (const id of there) if (id !== noor) presence.here.add(id);
  told[0]?.();
  expect(ended()).toBe(2);
  stop();
  expect(told).toEqual([]);
});
