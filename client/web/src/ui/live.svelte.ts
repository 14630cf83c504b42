/**
 * Bridges from what changes by itself to components: whatever reads through a live one renders anew when it changed.
 * `const wall = live(session.wall)` and then `wall.current.notes.size` in markup or $derived.
 */
import { createSubscriber } from "svelte/reactivity";

interface Subscribable {
  subscribe(listener: () => void): () => void;
}

export interface Live<T> {
  /** the thing itself, watched by who reads this */
  readonly current: T;
}

/**
 * Follows a wall, a presence or a session. Changes that come within one frame are told once: a busy board changes more
 * often than a page can be drawn.
 */
export function live<T extends Subscribable>(source: T): Live<T> {
  const follow = createSubscriber((update) => {
    let asked = 0;
    const stop = source.subscribe(() => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        update();
      });
    });
    return () => {
      cancelAnimationFrame(asked);
      stop();
    };
  });
  return {
    get current(): T {
      follow();
      return source;
    },
  };
}
