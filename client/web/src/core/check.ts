/** The rules of what may be said, whatever the board's state: the server's own, so that nothing gets a number in vain. */
import { type Code, type ID, limits, type Ring } from "../protocol.gen";
import { check, TextError } from "../text";
import { RefusedError } from "./types";

export function need(ok: boolean, code: Code, detail = ""): void {
  if (!ok) throw new RefusedError(code, detail);
}

const within = (v: number, least: number, most: number): boolean => v >= least && v <= most;

export function place(x: number, y: number): void {
  const { maxCoord } = limits;
  need(within(x, -maxCoord, maxCoord) && within(y, -maxCoord, maxCoord), "out_of_range", `x and y within ±${maxCoord}`);
}

export function size(w: number, h: number): void {
  const { minSize, maxSize } = limits;
  need(within(w, minSize, maxSize) && within(h, minSize, maxSize), "out_of_range", `sizes of ${minSize} to ${maxSize}`);
}

/** Text of several lines. */
export function text(s: string, most: number): void {
  try {
    check(s);
  } catch (e) {
    if (e instanceof TextError) throw new RefusedError("text_invalid");
    throw e;
  }
  need(s.length <= most, "text_too_long", `${s.length} characters, at most ${most}`);
}

export function line(s: string, most: number): void {
  need(!/[\n\t\u2028\u2029]/.test(s), "text_invalid", "one line");
  text(s, most);
}

const directionMark = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/;
// The list stands here because Unicode's own grows: the same names are refused by whichever build.
const blank = /^[ \u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]*$/;

/** One line that others read as a label: direction marks would let it rewrite the text around it. */
export function name(s: string): void {
  need(within(s.length, 1, limits.maxName), "name_invalid", `${s.length} characters`);
  need(!directionMark.test(s), "name_invalid", "a direction mark");
  need(!blank.test(s), "name_invalid", "nothing that can be seen");
  try {
    line(s, limits.maxName);
  } catch (e) {
    if (e instanceof RefusedError) throw new RefusedError("name_invalid", "a control character");
    throw e;
  }
}

export function colour(c: number, least = 1): void {
  need(within(c, least, limits.colours), "bad_colour");
}

export function pattern(p: number, least = 1): void {
  need(within(p, least, limits.patterns), "bad_pattern");
}

export function tags(list: readonly string[]): void {
  need(list.length <= limits.maxTags, "list_too_long", `${list.length} tags`);
  list.forEach(name);
  need(new Set(list).size === list.length, "duplicate", "a tag");
}

export function ids(list: readonly ID[]): void {
  need(list.length <= limits.maxList, "list_too_long", `${list.length} elements`);
  need(new Set(list).size === list.length, "duplicate", "an id");
}

export function someIDs(list: readonly ID[]): void {
  need(list.length > 0, "empty");
  ids(list);
}

export function rings(list: readonly Ring[]): void {
  need(within(list.length, 1, limits.maxRings), "list_too_long", `${list.length} rings`);
  let before = 0;
  for (const ring of list) {
    name(ring.label);
    need(within(ring.size, limits.minRing, limits.maxSize), "out_of_range", "a ring's size");
    need(ring.size > before, "out_of_range", "rings come smallest first");
    before = ring.size;
  }
  need(new Set(list.map((ring) => ring.id)).size === list.length, "duplicate", "a ring's id");
}

/** The form of a BCP 47 tag, not its meaning; "" means none. */
export function language(s: string): void {
  need(s.length <= limits.maxLanguage && /^([a-z0-9]{1,8}(-[a-z0-9]{1,8})*)?$/i.test(s), "bad_language");
}

export function number(n: number): void {
  need(within(n, 1, Number.MAX_SAFE_INTEGER), "out_of_range", "a number of an op");
}
