/**
 * Who has a writer on this device. A tab holds its writer's lock as long as it lives, so a free lock with a non-empty
 * outbox is that of a tab that died. The browser lets go of locks when a tab ends, also by a crash.
 */
import type { ID } from "../protocol.gen";
import { holdDatabase } from "./databaseLock";

export interface Held {
  release(): void;
  /**
   * The browser took it away, and another tab may have it: it failed, or was told to forget. Web Locks are lost only when
   * somebody steals them, and nobody here steals.
   */
  readonly lost?: Promise<void>;
}

export interface HoldOptions extends LockOptions {
  /** how long a lock of these pages' own may take to say that it is free, ms; without it as long as it takes */
  patience?: number;
}

/** Locks go to who asked first. Others are taken in steps, and who asks meanwhile may get them. */
export const locksInOrder = typeof navigator !== "undefined" && "locks" in navigator;

const hold = locksInOrder ? holdWebLock : holdDatabase;

/** How long it may take, ms. A database that somebody has says so; where another waits for it already, nothing is said. */
const askFor = 300;
const makeFor = 1000;

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

/** The lock, or undefined when somebody has it, or does not say within `patience`, ms. */
export function tryHold(board: ID, writer: string, patience = askFor): Promise<Held | undefined> {
  return hold(lockName(board, writer), { ifAvailable: true, patience });
}

/** The lock on a writer that nobody else knows of; undefined where there are no locks. */
export function holdNew(board: ID, writer: string): Promise<Held | undefined> {
  return hold(lockName(board, writer), { patience: makeFor });
}

/** The lock as soon as nobody has it; undefined when the signal ended the waiting, and where there are no locks. */
export function holdWhenFree(board: ID, writer: string, signal?: AbortSignal): Promise<Held | undefined> {
  return hold(lockName(board, writer), signal ? { signal } : {});
}
