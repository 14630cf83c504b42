import type { Runs } from "../protocol.gen";
import { check } from "./apply";
import { Builder, cuts, isHigh } from "./change";

/** One replacement: what stands at from..to of a text becomes s. */
export interface Hunk {
  from: number;
  to: number;
  s: string;
}

/**
 * Returns the smallest single replacement that turns one text into another. `caret` is where the caret stands in `to`; it
 * decides only between equally small replacements, so that a repeated letter is inserted or deleted where the person
 * did it. Without it the change stands as far right as it can. It has at most four runs. Throws `unicode` or `control` when
 * `to` may not stand in a text.
 */
export function difference(from: string, to: string, caret?: number): Runs {
  check(to);
  return replace(from, [replacement(from, to, caret)]);
}

/** Returns the change that replaces hunks of a text. They stand in order and do not overlap. */
export function replace(text: string, hunks: readonly Hunk[]): Runs {
  const out = new Builder();
  let done = 0;
  for (const h of hunks) {
    out.keep(h.from - done);
    out.delete(h.to - h.from);
    out.insert(h.s);
    done = h.to;
  }
  out.keep(text.length - done);
  return out.runs();
}

/** Returns the smallest hunk that turns before into after. */
export function replacement(before: string, after: string, caret?: number): Hunk {
  let prefix = commonPrefix(before, after);
  let suffix = commonSuffix(before, after);
  const shorter = Math.min(before.length, after.length);
  if (prefix + suffix > shorter) {
    // The shorter text is all prefix and suffix: a pure insert or delete, which may slide. Every place between the two
    // ends is possible, and a place that is a character boundary in one text is one in the other.
    if (caret !== undefined) {
      const inserted = after.length - shorter;
      prefix = Math.max(shorter - suffix, Math.min(prefix, boundary(after, caret) - inserted));
    }
    suffix = shorter - prefix;
  }
  return { from: prefix, to: before.length - suffix, s: after.slice(prefix, after.length - suffix) };
}

/** The place itself, the end when the text is shorter, the start of the character when the place is inside one. */
function boundary(text: string, place: number): number {
  const at = Math.max(0, Math.min(place, text.length));
  return cuts(text, at) ? at - 1 : at;
}

/** How many units a and b share at their start, in whole characters. */
function commonPrefix(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  let i = 0;
  while (i < n && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return i > 0 && isHigh(a.charCodeAt(i - 1)) ? i - 1 : i;
}

/** How many units a and b share at their end, in whole characters. */
function commonSuffix(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  let i = 0;
  while (i < n && a.charCodeAt(a.length - 1 - i) === b.charCodeAt(b.length - 1 - i)) i++;
  return cuts(a, a.length - i) ? i - 1 : i;
}
