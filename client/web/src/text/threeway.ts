import type { Runs } from "../protocol.gen";
import { check } from "./apply";
import { maxRuns } from "./change";
import { type Hunk, replace, replacement } from "./difference";
import { transform } from "./merge";

/**
 * Returns the change of theirs that does again what was done between base and mine. It serves when the revisions between
 * base and theirs are no longer known. An edit that is in theirs already is not done twice; everything else that mine
 * inserted is in the result. It has at most maxRuns runs. Throws `unicode` or `control` when mine or theirs may not
 * stand in a text.
 */
export function threeWay(base: string, mine: string, theirs: string): Runs {
  check(mine);
  check(theirs);
  const runs = merge(base, wordHunks(base, mine), wordHunks(base, theirs));
  return runs.length <= maxRuns ? runs : merge(base, [replacement(base, mine)], [replacement(base, theirs)]);
}

/** Transforms mine over theirs, leaving out what both did alike. */
function merge(base: string, mine: readonly Hunk[], theirs: readonly Hunk[]): Runs {
  const both = new Set(theirs.map(spell));
  const own = mine.filter((h) => !both.has(spell(h)));
  return transform(replace(base, own), replace(base, theirs));
}

const spell = (h: Hunk): string => `${h.from} ${h.to} ${h.s}`;

/**
 * Bounds the search for edits: beyond so many words deleted and inserted, time and memory grow with the square and the two
 * texts have little left in common.
 */
const maxEdits = 500;

/**
 * Returns what turns before into after, compared by words: a word is a space, tab or line feed, or all characters between
 * two of them. Within a hunk equal ends are trimmed by characters.
 */
function wordHunks(before: string, after: string): Hunk[] {
  const a = words(before);
  const b = words(after);
  const edits = shortestEdit(a, b);
  if (edits === undefined) return [replacement(before, after)];
  const hunks: Hunk[] = [];
  let i = 0; // words of before passed, and of after
  let j = 0;
  let from = 0; // units of before passed, and of after
  let at = 0;
  for (const e of edits) {
    const same = size(a, i, e.from);
    j += e.from - i;
    from += same;
    at += same;
    const to = from + size(a, e.from, e.to);
    const end = at + size(b, j, j + e.inserted);
    const h = replacement(before.slice(from, to), after.slice(at, end));
    hunks.push({ from: from + h.from, to: from + h.to, s: h.s });
    i = e.to;
    j += e.inserted;
    from = to;
    at = end;
  }
  return hunks;
}

function words(s: string): string[] {
  return s.match(/[ \t\n]|[^ \t\n]+/g) ?? [];
}

function size(list: readonly string[], from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i++) n += list[i]?.length ?? 0;
  return n;
}

/** The elements from..to of one list are replaced by so many elements of the other. */
interface Edit {
  from: number;
  to: number;
  inserted: number;
}

/**
 * Returns the fewest deletes and inserts that turn a into b, by Myers' greedy search ("An O(ND) Difference Algorithm",
 * 1986), joined where they touch; undefined if they would be more than maxEdits.
 */
function shortestEdit(a: readonly string[], b: readonly string[]): Edit[] | undefined {
  // far[d][k+d] is how far the furthest path with d edits comes in a on diagonal k (place in a minus place in b).
  const far: Int32Array[] = [];
  for (let d = 0; d <= maxEdits; d++) {
    const row = new Int32Array(2 * d + 1);
    const before = far[d - 1];
    far.push(row);
    for (let k = -d; k <= d; k += 2) {
      let x = before === undefined ? 0 : step(before, d, k).x;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      row[k + d] = x;
      if (x >= a.length && x - k >= b.length) return trace(far, d, k);
    }
  }
  return undefined;
}

/** Where the d-th edit on diagonal k leads in a, given the paths with d-1 edits, and whether it is an insert. */
function step(before: Int32Array, d: number, k: number): { x: number; insert: boolean } {
  const up = before[k + d] ?? 0; // of diagonal k+1
  const left = before[k + d - 2] ?? 0; // of diagonal k-1
  return k === -d || (k !== d && left < up) ? { x: up, insert: true } : { x: left + 1, insert: false };
}

/** Walks the path that ends with d edits on diagonal k back to the start. */
function trace(far: readonly Int32Array[], d: number, k: number): Edit[] {
  const edits: Edit[] = []; // last first
  let diagonal = k;
  for (let left = d; left > 0; left--) {
    const before = far[left - 1];
    if (before === undefined) break;
    const { x, insert } = step(before, left, diagonal);
    const e: Edit = insert ? { from: x, to: x, inserted: 1 } : { from: x - 1, to: x, inserted: 0 };
    diagonal += insert ? 1 : -1;
    const last = edits.at(-1);
    if (last !== undefined && last.from === e.to) {
      last.from = e.from;
      last.inserted += e.inserted;
    } else edits.push(e);
  }
  return edits.reverse();
}
