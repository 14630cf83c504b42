import fc from "fast-check";
import { expect, test } from "vitest";
import type { Runs } from "../protocol.gen";
import { Builder } from "./change";
import {
  apply,
  baseLength,
  compose,
  difference,
  identity,
  invert,
  isIdentity,
  mapCaret,
  maxRuns,
  parse,
  threeWay,
  transform,
  transformPair,
} from "./index";

// What breaks text code: astral characters that share a surrogate, joiners, combining marks, right-to-left.
const alphabet = [
  "a",
  "b",
  " ",
  "\n",
  "é",
  "e\u0301",
  "😀",
  "😁",
  "👩\u200d🔬",
  "א",
  "ש",
  "\u200f",
  "中",
  "\u{10ffff}",
];
const letter = fc.constantFrom(...alphabet);
const text = fc.array(letter, { maxLength: 12 }).map((letters) => letters.join(""));

/** A change of base; every run ends at a character boundary. */
function change(base: string): fc.Arbitrary<Runs> {
  const characters = [...base];
  const choice = fc.tuple(fc.option(letter, { freq: 3 }), fc.boolean());
  return fc.array(choice, { minLength: characters.length + 1, maxLength: characters.length + 1 }).map((choices) => {
    const out = new Builder();
    choices.forEach(([inserted, deleted], i) => {
      out.insert(inserted ?? "");
      const n = characters[i]?.length ?? 0;
      if (deleted) out.delete(n);
      else out.keep(n);
    });
    return out.runs();
  });
}

/** What holds for every change of base. */
function checkForm(base: string, c: Runs): void {
  expect(baseLength(c)).toBe(base.length);
  expect(parse(JSON.parse(JSON.stringify(c)))).toEqual(c);
}

const one = text.chain((t) => change(t).map((c) => ({ t, c })));
const two = text.chain((t) => fc.record({ t: fc.constant(t), a: change(t), b: change(t) }));

test("T8 composing is one after the other, however it is bracketed", () => {
  const three = one.chain(({ t, c: a }) =>
    change(apply(t, a)).chain((b) => change(apply(apply(t, a), b)).map((c) => ({ t, a, b, c }))),
  );
  fc.assert(
    fc.property(three, ({ t, a, b, c }) => {
      const ab = compose(a, b);
      checkForm(t, ab);
      expect(apply(t, ab)).toBe(apply(apply(t, a), b));
      expect(apply(t, compose(ab, c))).toBe(apply(t, compose(a, compose(b, c))));
      expect(compose(identity(t.length), a)).toEqual(a);
      expect(compose(a, identity(apply(t, a).length))).toEqual(a);
    }),
  );
});

test("T12 two writers converge", () => {
  fc.assert(
    fc.property(two, ({ t, a, b }) => {
      const [a1, b1] = transformPair(a, b);
      checkForm(apply(t, b), a1);
      checkForm(apply(t, a), b1);
      expect(apply(apply(t, a), b1)).toBe(apply(apply(t, b), a1));
      expect(transform(b, a)).toEqual(b1);
      expect(isIdentity(transformPair(identity(t.length), b)[0])).toBe(true);
    }),
  );
});

test("T9 to T11 what both typed stands in one piece, and of the base what neither deleted", () => {
  const marked = (c: Runs, by: string): Runs => c.map((run) => (typeof run === "string" ? `<${by}${run}${by}>` : run));
  const base = "base".repeat(3);
  fc.assert(
    fc.property(change(base), change(base), (a, b) => {
      const earlier = marked(a, "A");
      const later = marked(b, "B");
      const places = [...base, ""].map((s) => ({ inserted: ["", ""], s }));
      for (const [who, c] of [earlier, later].entries()) {
        let at = 0;
        for (const run of c) {
          const place = places[at];
          if (typeof run === "string" && place !== undefined) place.inserted[who] = run;
          if (typeof run === "number" && run < 0) for (const p of places.slice(at, at - run)) p.s = "";
          if (typeof run === "number") at += Math.abs(run);
        }
      }
      const wanted = places.map((p) => p.inserted.join("") + p.s).join("");
      expect(apply(apply(base, earlier), transform(later, earlier))).toBe(wanted);
    }),
  );
});

test("T13 the inverse goes back", () => {
  fc.assert(
    fc.property(one, ({ t, c }) => {
      const back = invert(t, c);
      checkForm(apply(t, c), back);
      expect(apply(apply(t, c), back)).toBe(t);
      expect(apply(t, compose(c, back))).toBe(t);
      expect(invert(apply(t, c), back)).toEqual(c);
    }),
  );
});

test("T14 a difference is right and the smallest single replacement", () => {
  fc.assert(
    fc.property(one, fc.option(fc.nat(30), { nil: undefined }), ({ t, c }, caret) => {
      const after = apply(t, c);
      const d = difference(t, after, caret);
      checkForm(t, d);
      expect(apply(t, d)).toBe(after);
      expect(d.length).toBeLessThanOrEqual(4);
      const x = [...t];
      const y = [...after];
      const most = Math.min(x.length, y.length);
      let p = 0;
      while (p < most && x[p] === y[p]) p++;
      let s = 0;
      while (s < most - p && x.at(-1 - s) === y.at(-1 - s)) s++;
      const kept = d.reduce<number>((n, run) => (typeof run === "number" && run > 0 ? n + run : n), 0);
      expect(kept).toBe([...x.slice(0, p), ...x.slice(x.length - s)].join("").length);
    }),
  );
});

test("T14 what is typed among repeated letters is found at the caret", () => {
  fc.assert(
    fc.property(fc.constantFrom("a", "😀", "ab"), fc.nat(6), fc.nat(6), (s, n, k) => {
      const before = s.repeat(n);
      const place = Math.min(k, n) * s.length;
      const typed = [...identity(place), s, ...identity(before.length - place)];
      expect(difference(before, apply(before, typed), place + s.length)).toEqual(typed);
    }),
  );
});

test("T15 three ways: one who did nothing takes the other's", () => {
  fc.assert(
    fc.property(two, ({ t, a, b }) => {
      const mine = apply(t, a);
      const theirs = apply(t, b);
      checkForm(theirs, threeWay(t, mine, theirs));
      expect(apply(t, threeWay(t, mine, t))).toBe(mine);
      expect(apply(theirs, threeWay(t, t, theirs))).toBe(theirs);
      expect(apply(mine, threeWay(t, mine, mine))).toBe(mine);
    }),
  );
});

test("T15 three ways stay within the limit of runs", () => {
  const base = "a ".repeat(1000);
  const every = (k: number): string =>
    Array.from({ length: 1000 }, (_, i) => (i % k === k - 1 ? "aa " : "a ")).join("");
  for (const [mine, runs] of [
    [every(10), 201],
    [every(5), 4],
    ["b ".repeat(1000), 4],
  ] as const) {
    const c = threeWay(base, mine, `T ${base}`);
    expect(apply(`T ${base}`, c)).toBe(`T ${mine}`);
    expect(c.length).toBe(runs);
    expect(c.length).toBeLessThanOrEqual(maxRuns);
  }
});

test("a caret stays where its person sees it", () => {
  const cases: [number, Runs, number][] = [
    [3, [5], 3],
    [3, [1, "xy", 4], 5],
    [3, [3, "xy", 2], 3],
    [5, [5, "xy"], 5],
    [3, [1, -4], 1],
    [3, [1, "xyz", -4], 4],
    [0, ["new", -3], 0],
    [3, ["new", -3], 3],
    [0, [], 0],
    [4, [1, -2, 2], 2],
  ];
  for (const [position, runs, wanted] of cases) expect(mapCaret(position, runs), JSON.stringify(runs)).toBe(wanted);
});

test("a caret stays within the text and behind no less than it was", () => {
  fc.assert(
    fc.property(one, fc.nat(40), ({ t, c }, at) => {
      const position = Math.min(at, t.length);
      const after = apply(t, c);
      const [before, behind] = [mapCaret(0, c), mapCaret(position, c)];
      expect(behind).toBeGreaterThanOrEqual(before);
      expect(behind).toBeLessThanOrEqual(after.length);
    }),
  );
});
