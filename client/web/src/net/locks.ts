/**
 * Who has a writer on this device. A tab holds its writer's lock as long as it lives, so a free lock with a non-empty
 * outbox is that of a tab that died. The browser lets go of locks when a tab ends, also by a crash.
 */
import type { ID } from "../protocol.gen";

export interface Held {
  release(): void;
}

/** Whether tabs can tell; without (old browsers, pages by http) nobody takes over what another tab may have. */
export const canLock = typeof navigator !== "undefined" && "locks" in navigator;

function lockName(board: ID, writer: string): string {
  return `denkwand ${board} ${writer}`;
}

function hold(name: string, options: LockOptions): Promise<Held | undefined> {
  return new Promise((resolve, reject) => {
    const asked = navigator.locks.request(name, options, (lock) => {
      if (!lock) {
        resolve(undefined);
        return undefined;
      }
      return new Promise<void>((release) => resolve({ release }));
    });
    asked.catch(reject);
  });
}

/** The lock, or undefined when somebody has it. */
export async function tryHold(board: ID, writer: string): Promise<Held | undefined> {
  if (!canLock) return undefined;
  return hold(lockName(board, writer), { ifAvailable: true });
}

/** The lock as soon as nobody has it; undefined when the signal ended the waiting. */
export async function holdWhenFree(board: ID, writer: string, signal: AbortSignal): Promise<Held | undefined> {
  if (!canLock) return undefined;
  try {
    return await hold(lockName(board, writer), { signal });
  } catch {
    return undefined;
  }
}
