import type { Runs } from "../protocol.gen";

/**
 * Returns where a caret stands after somebody else's change. What is inserted exactly at the caret stands behind it: the
 * caret stays where its person sees it.
 */
export function mapCaret(position: number, runs: Runs): number {
  let from = 0; // in the text before
  let to = 0; // in the text after
  for (const run of runs) {
    if (typeof run === "string") {
      if (from >= position) break;
      to += run.length;
      continue;
    }
    const n = Math.abs(run);
    if (from + n >= position) return run > 0 ? to + position - from : to;
    from += n;
    if (run > 0) to += n;
  }
  return to;
}
