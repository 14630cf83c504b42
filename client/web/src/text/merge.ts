import type { Runs } from "../protocol.gen";
import { Builder, baseLength, cuts, resultLength, TextError } from "./change";

/** Hands out the runs of a change in pieces. */
class Reader {
  kind: "keep" | "delete" | "insert" | "end" = "end";
  /** units left of the run under way */
  n = 0;
  /** what is left of an insert */
  s = "";
  readonly #runs: Runs;
  #at = 0;

  constructor(runs: Runs) {
    this.#runs = runs;
    this.next();
  }

  next(): void {
    const run = this.#runs[this.#at++];
    this.s = "";
    if (run === undefined) {
      this.kind = "end";
      this.n = 0;
    } else if (typeof run === "string") {
      this.kind = "insert";
      this.n = run.length;
      this.s = run;
    } else {
      this.kind = run > 0 ? "keep" : "delete";
      this.n = Math.abs(run);
    }
  }

  /** Removes the first n units from the run under way and returns them when it is an insert. */
  take(n: number): string {
    const taken = this.s.slice(0, n);
    if (this.kind === "insert") {
      if (cuts(this.s, n)) throw new TextError("surrogate");
      this.s = this.s.slice(n);
    }
    this.n -= n;
    if (this.n === 0) this.next();
    return taken;
  }
}

/**
 * Returns the one change that does what a and then b do. Throws `length` when b was not made for a's result, `surrogate`
 * when a run of b ends inside a pair that a inserts. It has at most as many runs as both together.
 */
export function compose(a: Runs, b: Runs): Runs {
  if (resultLength(a) !== baseLength(b)) throw new TextError("length");
  const out = new Builder();
  const x = new Reader(a);
  const y = new Reader(b);
  for (;;) {
    if (x.kind === "delete") {
      out.delete(x.n);
      x.next();
      continue;
    }
    if (y.kind === "insert") {
      out.insert(y.s);
      y.next();
      continue;
    }
    if (x.kind === "end") return out.runs(); // then b is at its end too: a's result is as long as b's base
    const n = Math.min(x.n, y.n);
    const from = x.kind;
    const to = y.kind;
    const s = x.take(n);
    y.take(n);
    if (from === "insert" && to === "keep") out.insert(s);
    else if (from === "keep" && to === "keep") out.keep(n);
    else if (from === "keep" && to === "delete") out.delete(n);
  }
}

/**
 * Rewrites later, made on the same text as earlier, so that it applies to earlier's result and still does what its author
 * meant. Where both insert at one place, the earlier stands left. It may have more runs than before: a delete goes around
 * what earlier inserted inside it. Throws `length` when the two were not made on texts of one length.
 */
export function transform(later: Runs, earlier: Runs): Runs {
  if (baseLength(earlier) !== baseLength(later)) throw new TextError("length");
  return over(later, earlier, true);
}

/** Rewrites both: earlier then the second, or later then the first, give one text. */
export function transformPair(earlier: Runs, later: Runs): [earlierAfter: Runs, laterAfter: Runs] {
  const laterAfter = transform(later, earlier);
  return [over(earlier, later, false), laterAfter];
}

/** Rewrites change so that it applies after other. Where both insert at one place, other stands left if otherLeft. */
function over(change: Runs, other: Runs, otherLeft: boolean): Runs {
  const out = new Builder();
  const x = new Reader(change);
  const y = new Reader(other);
  for (;;) {
    if (y.kind === "insert" && (otherLeft || x.kind !== "insert")) {
      out.keep(y.n);
      y.next();
      continue;
    }
    if (x.kind === "insert") {
      out.insert(x.s);
      x.next();
      continue;
    }
    if (x.kind === "end") return out.runs(); // then other is at its end too: both have one base length
    const n = Math.min(x.n, y.n);
    const mine = x.kind;
    const theirs = y.kind;
    x.take(n);
    y.take(n);
    if (theirs === "delete") continue; // already gone
    if (mine === "keep") out.keep(n);
    else out.delete(n);
  }
}
