import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SaveState } from "../../model/types";
import { settled } from "./save";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A session whose save changes when one says so, and whether waiting for it is over. */
function waitOn(save: SaveState, most = 4000) {
  const listeners = new Set<() => void>();
  const session = {
    save,
    subscribe(told: () => void) {
      listeners.add(told);
      return () => listeners.delete(told);
    },
  };
  const at = { over: false, listeners };
  void settled(session, most).then(() => {
    at.over = true;
  });
  const become = async (next: SaveState) => {
    session.save = next;
    for (const told of [...listeners]) told();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { at, become };
}
const state = (kind: SaveState["kind"], waiting = 0): SaveState => ({ kind, waiting, memoryOnly: false });

it("waits for what is on its way, and then listens no more", async () => {
  const { at, become } = waitOn(state("saving", 2));
  await become(state("saving", 1));
  expect(at.over).toBe(false);
  await become(state("saved"));
  expect([at.over, at.listeners.size, vi.getTimerCount()]).toEqual([true, 0, 0]);
});

it("waits for nothing where nothing is on its way or nothing can be saved", async () => {
  for (const save of [state("saved"), state("offline"), state("closed", 3)]) {
    const { at, become } = waitOn(save);
    await become(save);
    expect(at.over).toBe(true);
  }
});

it("waits no longer than it was told to", async () => {
  const { at } = waitOn(state("offline", 1), 4000);
  await vi.advanceTimersByTimeAsync(3999);
  expect(at.over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect([at.over, at.listeners.size]).toEqual([true, 0]);
});
