// Holds the text rules against the shared vectors and prints what they computed wrong.

import { readFileSync } from "node:fs";
import { apply, check, compose, difference, transform } from "./text.mjs";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const rules = {
  apply: (v) => [apply(v.base, v.change) === v.result, apply(v.result, v.inverse) === v.base],
  compose: (v) => [same(compose(v.first, v.second), v.composed), apply(v.base, v.composed) === v.result],
  transform: (v) => {
    const [earlier, later] = transform(v.earlier, v.later);
    return [same(earlier, v.earlierAfter), same(later, v.laterAfter), apply(apply(v.base, v.earlier), later) === v.result, apply(apply(v.base, v.later), earlier) === v.result];
  },
  refuse: (v) => {
    try {
      check(v.change);
      if ("onText" in v) apply(v.onText, v.change);
    } catch (error) {
      return [error.message === v.error];
    }
    return [false];
  },
};

/** Prints {"held": {file: count}, "wrong": [name…]} for a directory of vectors. */
export function vectors(dir) {
  const [held, wrong] = [{}, []];
  for (const [name, rule] of Object.entries(rules)) {
    const all = JSON.parse(readFileSync(`${dir}/text-${name}.json`, "utf8"));
    held[name] = all.length;
    for (const v of all) if (!rule(v).every(Boolean)) wrong.push(`${name}: ${v.name}`);
  }
  for (const v of JSON.parse(readFileSync(`${dir}/text-diff.json`, "utf8")))
    if (apply(v.before, difference(v.before, v.after)) !== v.after) wrong.push(`difference: ${v.name}`);
  console.log(JSON.stringify({ held, wrong }));
}
