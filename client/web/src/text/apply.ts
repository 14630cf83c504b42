import type { Runs } from "../protocol.gen";
import { Builder, baseLength, cuts, TextError } from "./change";

const loneSurrogate = /\p{Surrogate}/u;
// All of category Cc but line feed and tab.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** Throws what keeps s from standing in a text: `unicode` or `control`. Its length is not looked at. */
export function check(s: string): void {
  if (control.test(s)) throw new TextError("control");
  if (loneSurrogate.test(s)) throw new TextError("unicode");
}

/** Returns text after the change. Throws `length` or `surrogate` where the change was not made for it. */
export function apply(text: string, runs: Runs): string {
  let out = "";
  walk(text, runs, (run, piece) => {
    if (typeof run === "string") out += run;
    else if (run > 0) out += piece;
  });
  return out;
}

/** Returns the change that turns apply(text, runs) back into text. Throws what apply does. */
export function invert(text: string, runs: Runs): Runs {
  const back = new Builder();
  walk(text, runs, (run, piece) => {
    if (typeof run === "string") back.delete(run.length);
    else if (run > 0) back.keep(run);
    else {
      check(piece);
      back.insert(piece);
    }
  });
  return back.runs();
}

/** Calls see with every run and the piece of text it keeps or deletes. */
function walk(text: string, runs: Runs, see: (run: number | string, piece: string) => void): void {
  if (baseLength(runs) !== text.length) throw new TextError("length");
  let at = 0;
  for (const run of runs) {
    if (typeof run === "string") {
      see(run, "");
      continue;
    }
    const to = at + Math.abs(run);
    if (cuts(text, to)) throw new TextError("surrogate");
    see(run, text.slice(at, to));
    at = to;
  }
}
