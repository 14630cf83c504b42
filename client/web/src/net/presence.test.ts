import { describe, expect, test } from "vitest";
import type { ID, Signal } from "../protocol.gen";
import { LivePresence } from "./presence";

const [me, bram, note] = ["me", "bram", "note"] as ID[] as [ID, ID, ID];

function setup() {
  const time = { now: 0 };
  let calls = 0;
  let asked: (() => void)[] = [];
  const presence = new LivePresence(
    (run) => asked.push(run),
    () => time.now,
  );
  presence.subscribe(() => calls++);
  const picture = () => {
    for (const run of asked.splice(0)) run();
    asked = [];
    return calls;
  };
  return { time, presence, picture, take: (...signals: Signal[]) => presence.take(signals, me) };
}

describe("presence", () => {
  test("is told once a picture, of others only", () => {
    const { presence, picture, take } = setup();
    take({ kind: "cursor", from: bram, x: 1, y: 2 }, { kind: "cursor", from: me, x: 3, y: 4 });
    take({ kind: "typing", from: bram, objects: [note] });
    expect(picture()).toBe(1);
    expect([...presence.cursors]).toEqual([[bram, { x: 1, y: 2, at: 0 }]]);
    expect(presence.typing).toEqual(new Map([[note, new Set([bram])]]));
  });
  test("typing ends by itself after 4 s", () => {
    const { presence, picture, take, time } = setup();
    take({ kind: "typing", from: bram, objects: [note] });
    expect(presence.expire()).toBe(4000);
    time.now = 4000;
    expect(presence.expire()).toBeUndefined();
    picture();
    expect(presence.typing.size).toBe(0);
  });
  test("an empty sign ends it, and who is gone leaves nothing", () => {
    const { presence, picture, take } = setup();
    const drag = { kind: "drag", from: bram, places: [{ id: note, x: 5, y: 6 }] } as const;
    take({ ...drag, places: [...drag.places] }, { kind: "selection", from: bram, objects: [note] });
    picture();
    expect(presence.drags).toEqual(new Map([[note, { x: 5, y: 6, by: bram }]]));
    take({ kind: "drag", from: bram });
    picture();
    expect(presence.drags.size).toBe(0);
    expect(presence.selections.size).toBe(1);
    presence.present(new Set([me]));
    picture();
    expect(presence.selections.size).toBe(0);
    expect(presence.here).toEqual(new Set([me]));
  });
});
