/** A cache that forgets what was not used longest, by weight (bytes). */
export class Lru<K, V> {
  readonly #items = new Map<K, { value: V; weight: number }>();
  readonly #most: number;
  #weight = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get weight(): number {
    return this.#weight;
  }

  get(key: K): V | undefined {
    const item = this.#items.get(key);
    if (!item) return undefined;
    this.#items.delete(key);
    this.#items.set(key, item);
    return item.value;
  }

  /** Looks without using. */
  peek(key: K): V | undefined {
    return this.#items.get(key)?.value;
  }

  set(key: K, value: V, weight: number): void {
    this.delete(key);
    this.#items.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#items.keys()) {
      if (this.#weight <= this.#most || oldest === key) break;
      this.delete(oldest);
    }
  }

  delete(key: K): void {
    const item = this.#items.get(key);
    if (!item) return;
    this.#weight -= item.weight;
    this.#items.delete(key);
  }

  clear(): void {
    this.#items.clear();
    this.#weight = 0;
  }

  *values(): IterableIterator<V> {
    for (const item of this.#items.values()) yield item.value;
  }
}
