/**
 * What moves. A note that moves leaves the tiles and is drawn live on top until it has lain still for a while; where it is
 * drawn glides after where it is. Places are in board units, times in ms of performance.now().
 */
import type { ID } from "../protocol.gen";
import type { Place } from "./types";

/** a note is live for this long after its last move */
export const restAfter = 800;
/** others' movements are spread over this */
export const glideTime = 100;

interface Moving {
  from: Place;
  to: Place;
  start: number;
  at: Place;
  /** live until then; Infinity while it is held */
  until: number;
  /** back in the tiles, but drawn live until they are baked */
  settling: boolean;
}

export interface MotionStep {
  /** places changed */
  gliding: boolean;
  /** have lain still long enough: they go back to the tiles */
  settled: ID[];
}

export class Motion {
  readonly #moving = new Map<ID, Moving>();
  /** 0 with reduced motion */
  glide = glideTime;

  get size(): number {
    return this.#moving.size;
  }

  ids(): IterableIterator<ID> {
    return this.#moving.keys();
  }

  /** Whether a note is drawn live. */
  live(id: ID): boolean {
    return this.#moving.has(id);
  }

  /** Whether a note is left out of the tiles. */
  hot(id: ID): boolean {
    const m = this.#moving.get(id);
    return m !== undefined && !m.settling;
  }

  /** Where a live note is drawn; undefined for one at rest. */
  at(id: ID): Place | undefined {
    return this.#moving.get(id)?.at;
  }

  /**
   * A note goes from where it is seen (or `from`, if it rested) to another place, and rests there after a while unless it
   * is `held`. Says whether it left the tiles now.
   */
  move(id: ID, from: Place, to: Place, now: number, held = false): boolean {
    const until = held ? Infinity : now + restAfter;
    const old = this.#moving.get(id);
    const seen = old?.at ?? from;
    const there = seen.x === to.x && seen.y === to.y;
    if (old && old.to.x === to.x && old.to.y === to.y) {
      if (held === (old.until === Infinity)) return false;
      const left = held && old.settling;
      Object.assign(old, { until, settling: old.settling && !held });
      return left;
    }
    const start = there || this.glide === 0 ? now - glideTime : now;
    const begin = there || this.glide === 0 ? to : seen;
    this.#moving.set(id, {
      from: { ...begin },
      to: { ...to },
      start,
      at: { ...begin },
      until,
      settling: false,
    });
    return !old || old.settling;
  }

  /** A note in one's own hand is where the hand is, at once. Says whether it left the tiles now. */
  hold(id: ID, at: Place): boolean {
    const old = this.#moving.get(id);
    this.#moving.set(id, { from: at, to: at, start: 0, at: { ...at }, until: Infinity, settling: false });
    return !old || old.settling;
  }

  /** Let go, or gone from the wall. */
  drop(id: ID): void {
    this.#moving.delete(id);
  }

  /** Its tiles are baked: it needs no live picture any more. */
  baked(id: ID): void {
    if (this.#moving.get(id)?.settling) this.#moving.delete(id);
  }

  *settling(): IterableIterator<ID> {
    for (const [id, m] of this.#moving) if (m.settling) yield id;
  }

  step(now: number): MotionStep {
    const step: MotionStep = { gliding: false, settled: [] };
    for (const [id, m] of this.#moving) {
      if (m.at.x !== m.to.x || m.at.y !== m.to.y) {
        const t = this.glide === 0 ? 1 : Math.min(1, (now - m.start) / this.glide);
        m.at = t >= 1 ? { ...m.to } : { x: m.from.x + (m.to.x - m.from.x) * t, y: m.from.y + (m.to.y - m.from.y) * t };
        step.gliding = true;
      }
      if (!m.settling && now >= m.until) {
        m.settling = true;
        step.settled.push(id);
      }
    }
    return step;
  }

  /** When the next note comes to rest; Infinity if none will by itself. */
  nextRest(): number {
    let next = Infinity;
    for (const m of this.#moving.values()) if (!m.settling) next = Math.min(next, m.until);
    return next;
  }
}
