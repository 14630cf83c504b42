/** Two fingers: the board under them stays under them. Two that only tap show the whole board. */
import type { Place } from "./types";

interface Zoomed {
  panBy(dx: number, dy: number): void;
  zoomBy(factor: number, px?: number, py?: number): void;
}

/** what two fingers may wander (CSS px) and how long they may stay (ms) and still tap */
const tapReach = 12;
const tapTime = 300;

export class Pinch {
  readonly #fingers = new Map<number, Place>();
  readonly #since: number;
  #wandered = 0;

  constructor(first: number, firstAt: Place, second: number, secondAt: Place, now: number) {
    this.#fingers.set(first, firstAt);
    this.#fingers.set(second, secondAt);
    this.#since = now;
  }

  has(pointer: number): boolean {
    return this.#fingers.has(pointer);
  }

  /** no finger is left */
  get over(): boolean {
    return this.#fingers.size === 0;
  }

  move(pointer: number, at: Place, view: Zoomed): void {
    const before = this.#shape();
    const was = this.#fingers.get(pointer);
    if (was) this.#wandered += Math.hypot(at.x - was.x, at.y - was.y);
    this.#fingers.set(pointer, at);
    const after = this.#shape();
    view.panBy(before.x - after.x, before.y - after.y);
    if (this.#fingers.size === 2 && before.spread > 8 && after.spread > 8) {
      view.zoomBy(after.spread / before.spread, after.x, after.y);
    }
  }

  /** A finger goes up; says whether the two only tapped. */
  lift(pointer: number, now: number): boolean {
    this.#fingers.delete(pointer);
    return this.over && this.#wandered <= tapReach && now - this.#since <= tapTime;
  }

  /** The middle of the fingers and how far they are apart. */
  #shape(): Place & { spread: number } {
    const all = [...this.#fingers.values()];
    const x = all.reduce((sum, p) => sum + p.x, 0) / all.length;
    const y = all.reduce((sum, p) => sum + p.y, 0) / all.length;
    const [a, b] = all;
    return { x, y, spread: a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0 };
  }
}
