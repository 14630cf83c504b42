/** The line of a connector: from edge to edge of two notes, a little bent, so that two ways between notes do not cover. */
import type { Box, Place } from "./types";

export interface Curve {
  from: Place;
  bend: Place;
  to: Place;
}

const centre = (b: Box): Place => ({ x: b.x + b.w / 2, y: b.y + b.h / 2 });

/** Where a line from a box's centre towards a place leaves the box, `gap` outside it. */
function edge(b: Box, towards: Place, gap: number): Place {
  const c = centre(b);
  const dx = towards.x - c.x;
  const dy = towards.y - c.y;
  if (dx === 0 && dy === 0) return c;
  const t = Math.min(
    dx === 0 ? Infinity : (b.w / 2 + gap) / Math.abs(dx),
    dy === 0 ? Infinity : (b.h / 2 + gap) / Math.abs(dy),
  );
  return { x: c.x + dx * Math.min(1, t), y: c.y + dy * Math.min(1, t) };
}

export function curveBetween(a: Box, b: Box): Curve {
  const from = centre(a);
  const to = centre(b);
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const far = Math.hypot(dx, dy) || 1;
  const out = Math.min(48, far * 0.12);
  const bend = { x: (from.x + to.x) / 2 - (dy / far) * out, y: (from.y + to.y) / 2 + (dx / far) * out };
  return { from: edge(a, bend, 3), bend, to: edge(b, bend, 5) };
}

export function onCurve(curve: Curve, t: number): Place {
  const u = 1 - t;
  return {
    x: u * u * curve.from.x + 2 * u * t * curve.bend.x + t * t * curve.to.x,
    y: u * u * curve.from.y + 2 * u * t * curve.bend.y + t * t * curve.to.y,
  };
}

/** How far a place is from the line. */
export function distanceTo(curve: Curve, at: Place): number {
  let least = Infinity;
  let before = curve.from;
  for (let i = 1; i <= 16; i++) {
    const here = onCurve(curve, i / 16);
    const dx = here.x - before.x;
    const dy = here.y - before.y;
    const length = dx * dx + dy * dy || 1;
    const t = Math.max(0, Math.min(1, ((at.x - before.x) * dx + (at.y - before.y) * dy) / length));
    least = Math.min(least, Math.hypot(before.x + dx * t - at.x, before.y + dy * t - at.y));
    before = here;
  }
  return least;
}
