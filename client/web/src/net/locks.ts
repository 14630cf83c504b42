/**
 * Who has a writer on this device. A tab holds its writer's lock as long as it lives, so a free lock with a non-empty
 * outbox is that of a tab that died. The browser lets go of locks when a tab ends, also by a crash.
 */
import type { ID } from "../protocol.gen";
import { holdDatabase } from "./databaseLock";

export interface Held {
  release(): void;
  /** The browser took it away, and another tab may have it: it failed, or was told to forget. Web Locks are never lost. */
  readonly lost?: Promise<void>;
}

const hold = typeof navigator !== "undefined" && "locks" in navigator ? holdWebLock : holdDatabase;

function lockName(board: ID, writer: string): string {
  return `denkwand ${board} ${writer}`;
}

function holdWebLock(name: string, options: LockOptions): Promise<Held | undefined> {
  return new Promise((resolve) => {
    const asked = navigator.locks.request(name, options, (lock) => {
      if (!lock) {
        resolve(undefined);
        return undefined;
      }
      return new Promise<void>((release) => resolve({ release }));
    });
    asked.catch(() => resolve(undefined));
  });
}

/** The lock, or undefined when somebody has it. */
export function tryHold(board: ID, writer: string): Promise<Held | undefined> {
  return hold(lockName(board, writer), { ifAvailable: true });
}

/** The lock as soon as nobody has it; undefined when the signal ended the waiting, and where there are no locks. */
export function holdWhenFree(board: ID, writer: string, signal?: AbortSignal): Promise<Held | undefined> {
  return hold(lockName(board, writer), signal ? { signal } : {});
}
