import { type Box, bounds } from "./geometry";

/** A line that says why a box lies where it does: vertical for x, from and to along it. */
interface SnapLine {
  axis: "x" | "y";
  at: number;
  from: number;
  to: number;
}

/** How far to move a box so that it lies in line with others, and the lines. */
export interface Snap {
  dx: number;
  dy: number;
  lines: SnapLine[];
}

/** A box along one axis. */
interface Span {
  start: number;
  size: number;
  box: Box;
}

/**
 * Where a moved box comes to lie against others: their edges and centres, or the same space between two as they have, each
 * axis by itself, the nearest within `within` (6 px on the screen, given in 1/64 unit).
 */
export function snap(moving: Box, others: Iterable<Box>, within: number): Snap {
  const all = [...others];
  const dx = shift(moving, all, "x", within);
  const dy = shift(moving, all, "y", within);
  const moved = { ...moving, x: moving.x + (dx ?? 0), y: moving.y + (dy ?? 0) };
  const lines: SnapLine[] = [];
  if (dx !== undefined) lines.push(...linesOf(moved, all, "x"));
  if (dy !== undefined) lines.push(...linesOf(moved, all, "y"));
  return { dx: dx ?? 0, dy: dy ?? 0, lines };
}

function span(box: Box, axis: "x" | "y"): Span {
  return axis === "x" ? { start: box.x, size: box.w, box } : { start: box.y, size: box.h, box };
}

/** Left, middle and right, or top, middle and bottom. */
function marks({ start, size }: Span): [number, number, number] {
  return [start, start + Math.floor(size / 2), start + size];
}

function shift(moving: Box, others: readonly Box[], axis: "x" | "y", within: number): number | undefined {
  const own = span(moving, axis);
  let best: number | undefined;
  const offer = (by: number) => {
    if (Math.abs(by) <= within && (best === undefined || Math.abs(by) < Math.abs(best))) best = by;
  };
  for (const other of others) {
    for (const mark of marks(span(other, axis))) for (const ownMark of marks(own)) offer(mark - ownMark);
  }
  for (const start of spaced(own, others, axis)) offer(start - own.start);
  return best;
}

/** Where the box would have the same space to a neighbour as the next two in its row have, or lie midway between two. */
function spaced(own: Span, others: readonly Box[], axis: "x" | "y"): number[] {
  const across = axis === "x" ? "y" : "x";
  const row = others.filter((other) => meets(span(other, across), span(own.box, across))).map((box) => span(box, axis));
  row.sort((a, b) => a.start - b.start);
  const out: number[] = [];
  for (const [i, left] of row.entries()) {
    const right = row[i + 1];
    if (!right) break;
    const space = right.start - left.start - left.size;
    if (space < 0) continue;
    out.push(right.start + right.size + space, left.start - space - own.size);
    if (space >= own.size) out.push(left.start + left.size + Math.floor((space - own.size) / 2));
  }
  return out;
}

function meets(a: Span, b: Span): boolean {
  return a.start < b.start + b.size && b.start < a.start + a.size;
}

function linesOf(moved: Box, others: readonly Box[], axis: "x" | "y"): SnapLine[] {
  const lines: SnapLine[] = [];
  for (const at of marks(span(moved, axis))) {
    const inLine = others.filter((other) => marks(span(other, axis)).includes(at));
    const around = inLine.length > 0 ? bounds([moved, ...inLine]) : undefined;
    if (!around) continue;
    const along = span(around, axis === "x" ? "y" : "x");
    lines.push({ axis, at, from: along.start, to: along.start + along.size });
  }
  return lines;
}
