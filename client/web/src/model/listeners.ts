import type { Unsubscribe } from "./types";

/** Those who want to be told. A listener may unsubscribe, itself or another, while it is being told. */
export class Listeners<T> {
  readonly #all = new Set<(told: T) => void>();

  add(listener: (told: T) => void): Unsubscribe {
    const own = (told: T) => listener(told); // twice the same function is two subscriptions
    this.#all.add(own);
    return () => {
      this.#all.delete(own);
    };
  }

  tell(told: T): void {
    for (const listener of [...this.#all]) if (this.#all.has(listener)) listener(told);
  }
}
