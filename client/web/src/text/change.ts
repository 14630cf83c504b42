import type { Runs } from "../protocol.gen";

/** How many runs a change may have when it is sent. */
export const maxRuns = 256;

/** The longest text before or after a change that is read. */
export const maxLength = 1 << 20;

export type TextFault = "syntax" | "notCanonical" | "tooManyRuns" | "length" | "surrogate" | "unicode" | "control";

const faults: Record<TextFault, string> = {
  syntax: "not an array of integers and strings",
  notCanonical: "the change is not in its canonical form",
  tooManyRuns: "too many runs in one change",
  length: "the change does not fit the length of the text",
  surrogate: "a run ends inside a character",
  unicode: "not valid Unicode",
  control: "a control character",
};

/** Says what is wrong, without anybody's words. */
export class TextError extends Error {
  constructor(readonly fault: TextFault) {
    super(`text: ${faults[fault]}`);
    this.name = "TextError";
  }
}

/** The change that keeps all of a text of so many units. */
export function identity(length: number): Runs {
  return length === 0 ? [] : [length];
}

/** Whether the change keeps everything and inserts nothing. */
export function isIdentity(runs: Runs): boolean {
  const first = runs[0];
  return first === undefined || (runs.length === 1 && typeof first === "number" && first > 0);
}

/** The length of the text that the change is made on. */
export function baseLength(runs: Runs): number {
  let n = 0;
  for (const run of runs) {
    if (typeof run === "number") n += Math.abs(run);
  }
  return n;
}

/** The length of the text that the change makes. */
export function resultLength(runs: Runs): number {
  let n = 0;
  for (const run of runs) {
    if (typeof run === "string") n += run.length;
    else if (run > 0) n += run;
  }
  return n;
}

/** Whether the place lies inside a surrogate pair of the text. */
export function cuts(text: string, at: number): boolean {
  return at > 0 && at < text.length && isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1));
}

export function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/**
 * Makes the canonical form out of any sequence of runs: between two keeps it holds one insert and one delete, and writes
 * the insert first.
 */
export class Builder {
  readonly #runs: Runs = [];
  #inserted = "";
  #deleted = 0;

  keep(n: number): void {
    if (n === 0) return;
    this.#flush();
    const last = this.#runs.length - 1;
    const run = this.#runs[last];
    if (typeof run === "number" && run > 0) this.#runs[last] = run + n;
    else this.#runs.push(n);
  }

  delete(n: number): void {
    this.#deleted += n;
  }

  insert(s: string): void {
    this.#inserted += s;
  }

  runs(): Runs {
    this.#flush();
    return this.#runs;
  }

  #flush(): void {
    if (this.#inserted !== "") this.#runs.push(this.#inserted);
    if (this.#deleted > 0) this.#runs.push(-this.#deleted);
    this.#inserted = "";
    this.#deleted = 0;
  }
}
