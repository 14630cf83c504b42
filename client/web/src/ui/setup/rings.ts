/** Sizes of a target's rings: half the width of an ellipse, in 1/64 board unit. */
import { limits, type Ring } from "../../protocol.gen";

/** how much one press makes a ring larger or smaller */
const step = 1.1;
/** the least room between two rings' lines, board units */
const room = 88;

/** The rings with one of them a step larger or smaller; the others make room, so that they never touch or change places. */
export function resized(rings: readonly Ring[], index: number, direction: 1 | -1): Ring[] {
  const gap = room * limits.unit;
  const sizes = rings.map((r) => r.size);
  const at = (i: number) => sizes[i] ?? 0;
  const bounded = (i: number, size: number) =>
    Math.round(Math.min(Math.max(size, limits.minRing + i * gap), limits.maxSize - (sizes.length - 1 - i) * gap));
  sizes[index] = bounded(index, at(index) * step ** direction);
  for (let i = index + 1; i < sizes.length; i++) sizes[i] = bounded(i, Math.max(at(i), at(i - 1) + gap));
  for (let i = index - 1; i >= 0; i--) sizes[i] = bounded(i, Math.min(at(i), at(i + 1) - gap));
  return rings.map((r, i) => ({ ...r, size: at(i) }));
}

/** The rings and one more around them. */
export function moreRings(rings: readonly Ring[], label: string): { id?: Ring["id"]; label: string; size: number }[] {
  const outer = rings.at(-1)?.size ?? 0;
  const size = Math.max(outer * 1.5, outer + 320 * limits.unit);
  return [...rings, { label, size: Math.round(Math.min(size, limits.maxSize)) }];
}
