import { describe, expect, test } from "vitest";
import type { Runs } from "../protocol.gen";
import { apply, compose, difference, invert, parse, resultLength, TextError, threeWay, transformPair } from "./index";

interface Vector {
  name: string;
  base: string;
  result: string;
  mine: string;
  theirs: string;
  before: string;
  after: string;
  change: unknown;
  inverse: Runs;
  first: Runs;
  second: Runs;
  composed: Runs;
  earlier: Runs;
  later: Runs;
  earlierAfter: Runs;
  laterAfter: Runs;
  caret: number;
  error: string;
  onText?: string;
}

const files = import.meta.glob<string>("../../../../protocol/board/testdata/vectors/text-*.json", {
  eager: true,
  query: "?raw",
  import: "default",
});

/** Runs a test for every vector of a file that the server's tests read too. */
function each(file: string, check: (v: Vector) => void): void {
  const found = Object.entries(files).find(([path]) => path.endsWith(`text-${file}.json`));
  if (found === undefined) throw new Error(`no vectors of ${file}`);
  const all: Vector[] = JSON.parse(found[1]);
  describe(file, () => {
    test.each(all)("$name", check);
  });
}

each("apply", (v) => {
  const c = parse(v.change);
  expect(apply(v.base, c)).toBe(v.result);
  expect(resultLength(c)).toBe(v.result.length);
  expect(invert(v.base, c)).toEqual(v.inverse);
});

each("compose", (v) => {
  expect(apply(apply(v.base, v.first), v.second)).toBe(v.result);
  expect(compose(v.first, v.second)).toEqual(v.composed);
  expect(apply(v.base, v.composed)).toBe(v.result);
});

each("transform", (v) => {
  const [earlierAfter, laterAfter] = transformPair(v.earlier, v.later);
  expect(earlierAfter).toEqual(v.earlierAfter);
  expect(laterAfter).toEqual(v.laterAfter);
  expect(apply(apply(v.base, v.earlier), laterAfter)).toBe(v.result);
  expect(apply(apply(v.base, v.later), earlierAfter)).toBe(v.result);
});

each("diff", (v) => {
  const c = difference(v.before, v.after, v.caret < 0 ? undefined : v.caret);
  expect(c).toEqual(v.change);
  expect(apply(v.before, c)).toBe(v.after);
});

each("threeway", (v) => {
  const c = threeWay(v.base, v.mine, v.theirs);
  expect(c).toEqual(v.change);
  expect(apply(v.theirs, c)).toBe(v.result);
});

each("refuse", (v) => {
  let fault = "";
  try {
    const c = parse(v.change);
    if (v.onText !== undefined) apply(v.onText, c);
  } catch (e) {
    if (!(e instanceof TextError)) throw e;
    fault = e.fault;
  }
  expect(fault).toBe(v.error);
});
