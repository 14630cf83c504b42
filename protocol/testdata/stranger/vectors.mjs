// Holds the text rules against the shared vectors and prints {"held": {file: count}, "wrong": [name…]}.
//
//	node vectors.mjs board/testdata/vectors

import { readFileSync } from "node:fs";
import { isDeepStrictEqual as same } from "node:util";
import { apply, check, compose, difference, transform } from "./text.mjs";

/** Returns what is wrong with a change, on a text if there is one. */
function refusal({ change, onText }) {
  try {
    check(change);
    if (onText !== undefined) apply(onText, change);
  } catch (error) {
    return error.message;
  }
}

const rules = {
  apply: (v) => apply(v.base, v.change) === v.result && apply(v.result, v.inverse) === v.base,
  compose: (v) => same(compose(v.first, v.second), v.composed) && apply(v.base, v.composed) === v.result,
  transform: (v) => {
    const [earlier, later] = transform(v.earlier, v.later);
    const results = [apply(apply(v.base, v.earlier), later), apply(apply(v.base, v.later), earlier)];
    return same([earlier, later], [v.earlierAfter, v.laterAfter]) && results.every((r) => r === v.result);
  },
  refuse: (v) => refusal(v) === v.error,
  diff: (v) => apply(v.before, difference(v.before, v.after)) === v.after,
};

const [held, wrong] = [{}, []];
for (const [name, holds] of Object.entries(rules)) {
  const all = JSON.parse(readFileSync(`${process.argv[2]}/text-${name}.json`, "utf8"));
  held[name] = all.length;
  wrong.push(...all.filter((v) => !holds(v)).map((v) => `${name}: ${v.name}`));
}
console.log(JSON.stringify({ held, wrong }));
