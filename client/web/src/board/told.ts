/** Who wants to be told of what. */
import type { Unsubscribe } from "../model/types";

export class Told<Signal extends string> {
  readonly #listeners = new Map<Signal, Set<() => void>>();

  on(signal: Signal, listener: () => void): Unsubscribe {
    const set = this.#listeners.get(signal) ?? new Set();
    this.#listeners.set(signal, set.add(listener));
    return () => set.delete(listener);
  }

  tell(signal: Signal): void {
    for (const listener of this.#listeners.get(signal) ?? []) listener();
  }

  clear(): void {
    this.#listeners.clear();
  }
}
