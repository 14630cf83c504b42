/** A cluster's hull: filled in the tiles, its line live while its notes move. */
import type { HullShape } from "../scene";
import type { Theme } from "../theme";
import type { Pen } from "./areas";

/** radius of a hull's corners, board units */
const corner = 20;

function path(pen: Pen, shape: HullShape): boolean {
  const { c, s } = pen;
  const n = shape.points.length;
  if (n < 3) return false;
  const at = (i: number): { x: number; y: number } => {
    const p = shape.points[(i + n) % n] ?? { x: 0, y: 0 };
    return { x: p.x * s - pen.ox, y: p.y * s - pen.oy };
  };
  const first = at(0);
  const last = at(-1);
  c.beginPath();
  c.moveTo((first.x + last.x) / 2, (first.y + last.y) / 2);
  for (let i = 0; i < n; i++) {
    const here = at(i);
    const next = at(i + 1);
    const before = at(i - 1);
    const room = Math.min(
      Math.hypot(here.x - before.x, here.y - before.y),
      Math.hypot(next.x - here.x, next.y - here.y),
    );
    c.arcTo(here.x, here.y, next.x, next.y, Math.min(corner * s, room / 2.2));
  }
  c.closePath();
  return true;
}

export function fillHull(pen: Pen, theme: Theme, shape: HullShape, lit: boolean): void {
  if (!path(pen, shape)) return;
  pen.c.fillStyle = lit ? theme.accentSoft : theme.hull;
  pen.c.fill();
}

/** "edge" is the line at rest, "lit" that of a drop target, "focus" where the keyboard is. */
export function lineHull(pen: Pen, theme: Theme, shape: HullShape, as: "edge" | "lit" | "focus"): void {
  if (!path(pen, shape)) return;
  pen.c.lineJoin = "round";
  pen.c.lineWidth = (as === "edge" ? 1.5 : as === "lit" ? 2.5 : 3) * pen.px;
  pen.c.strokeStyle = as === "edge" ? theme.hullLine : as === "lit" ? theme.accent : theme.focus;
  pen.c.stroke();
}
