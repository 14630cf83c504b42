/**
 * Which hand turns the wheel. No browser says whether a wheel event comes from a mouse or from a trackpad, so a verdict is
 * made of what the events look like, kept while they follow each other, and remembered.
 */
import type { WheelMode } from "./types";

/** What is read of a WheelEvent. */
export interface WheelLike {
  deltaX: number;
  deltaY: number;
  /** 0 pixels, 1 lines, 2 pages */
  deltaMode: number;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  /** older, and still the best sign of a notched wheel: a multiple of 120 */
  wheelDeltaY?: number;
}

export type WheelAct = { pan: { dx: number; dy: number } } | { zoom: number };

/** events further apart (ms) are another gesture */
const gestureGap = 150;
const pixelsPerLine = 40;

type Kind = "mouse" | "trackpad";

export class WheelReader {
  mode: WheelMode = "auto";
  #kind: Kind | undefined;
  #last = -Infinity;

  /** What the event asks for; `now` in ms. */
  read(e: WheelLike, now: number): WheelAct {
    if (now - this.#last > gestureGap || this.#kind === undefined) this.#kind = kindOf(e) ?? this.#kind;
    this.#last = now;
    const unit = e.deltaMode === 1 ? pixelsPerLine : e.deltaMode === 2 ? 400 : 1;
    const dx = e.deltaX * unit;
    const dy = e.deltaY * unit;
    // A pinch on a trackpad arrives as ctrl with small steps, a notched wheel with ctrl in large ones: both end within 10.
    if (e.ctrlKey || e.metaKey || (this.mode === "zoom" && this.#kind === "mouse" && !e.shiftKey)) {
      return { zoom: Math.exp(-Math.max(-10, Math.min(10, dy)) * (this.#kind === "mouse" ? 0.018 : 0.01)) };
    }
    if (e.shiftKey && dx === 0) return { pan: { dx: dy, dy: 0 } };
    return { pan: { dx, dy } };
  }
}

function kindOf(e: WheelLike): Kind | undefined {
  if (e.deltaMode !== 0) return "mouse";
  const notched =
    e.wheelDeltaY !== undefined && e.wheelDeltaY !== 0 && e.wheelDeltaY % 120 === 0 && e.wheelDeltaY !== -3 * e.deltaY;
  if (notched) return "mouse";
  if (e.deltaX !== 0 || Math.abs(e.deltaY) < 40) return "trackpad";
  return undefined;
}
