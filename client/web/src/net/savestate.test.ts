import { describe, expect, test } from "vitest";
import { type Facts, SaveClock } from "./savestate";

const usual: Facts = {
  state: "live",
  role: "contributor",
  deviceOffline: false,
  unsaved: 0,
  waiting: 0,
  memoryOnly: false,
};
const down = { state: "offline" } as const;
const work = (oldest: number, notes = 1): Partial<Facts> => ({ unsaved: notes, waiting: notes, oldest });

/** What is said at moments, ms, when the facts are these. */
function told(...moments: [number, Partial<Facts>][]): string[] {
  const clock = new SaveClock(0);
  return moments.map(([at, facts]) => clock.look({ ...usual, ...facts }, at).say.kind);
}

describe("where one's work is", () => {
  test("saving until saved, slow after 5 s", () => {
    expect(told([0, {}], [10, work(10)], [5009, work(10)], [5010, work(10)], [6000, {}])).toEqual([
      "saved",
      "saving",
      "saving",
      "slow",
      "saved",
    ]);
  });
  test("slow counts from the oldest that waits, not the last done", () => {
    expect(told([0, {}], [6000, work(5000)], [9999, work(5000)], [10_000, work(5000)])).toEqual([
      "saved",
      "saving",
      "saving",
      "slow",
    ]);
  });
  test("a short interruption is not told", () => {
    expect(told([0, {}], [100, down], [3099, down], [3099.5, {}])).toEqual(["saved", "saved", "saved", "saved"]);
  });
  test("offline after 3 s, then reconnected until what waited is saved", () => {
    const moments: [number, Partial<Facts>][] = [
      [0, {}],
      [100, { ...down, ...work(100) }],
      [3100, { ...down, ...work(100, 4) }],
      [9000, work(100, 4)],
      [9100, work(8000, 2)],
      [9200, {}],
    ];
    expect(told(...moments)).toEqual(["saved", "saving", "offline", "reconnected", "reconnected", "saved"]);
  });
  test("what is done after coming back is saved like anything else", () => {
    const moments: [number, Partial<Facts>][] = [
      [0, {}],
      [100, down],
      [4000, { ...down, ...work(4000) }],
      [9000, work(4000)],
      [9500, work(9100)],
    ];
    expect(told(...moments)).toEqual(["saved", "saved", "offline", "reconnected", "saving"]);
  });
  test("work waits while offline without being called slow; slow counts from coming back", () => {
    const moments: [number, Partial<Facts>][] = [
      [0, {}],
      [10, { ...down, ...work(10) }],
      [2000, work(10)],
      [6999, work(10)],
      [7000, work(10)],
    ];
    expect(told(...moments)).toEqual(["saved", "saving", "saving", "saving", "slow"]);
  });
  test("a device that says it has no network is offline at once, unless the connection lives", () => {
    expect(told([0, {}], [1, { ...down, deviceOffline: true }])).toEqual(["saved", "offline"]);
    expect(told([0, {}], [1, { deviceOffline: true }])).toEqual(["saved", "saved"]);
  });
  test("connecting for the first time, and offline when that takes too long", () => {
    expect(told([0, down], [2999, { state: "connecting" }], [3000, down], [3100, {}])).toEqual([
      "connecting",
      "connecting",
      "offline",
      "saved",
    ]);
  });
  test("a viewer watches, but own unsaved work is told", () => {
    expect(told([0, { role: "viewer" }], [1, { role: "viewer", ...work(1) }])).toEqual(["watching", "saving"]);
  });
  test("closed says why", () => {
    const clock = new SaveClock(0);
    const { say } = clock.look({ ...usual, ...work(0, 2), state: "closed", code: "access_lost" }, 1);
    expect(say).toEqual({ kind: "closed", code: "access_lost", waiting: 2, memoryOnly: false });
  });
  test("says when to look again", () => {
    const clock = new SaveClock(0);
    expect(clock.look(usual, 0).again).toBeUndefined();
    expect(clock.look({ ...usual, ...work(10) }, 20).again).toBe(5010);
    expect(clock.look({ ...usual, ...down }, 30).again).toBe(3030);
  });
});
