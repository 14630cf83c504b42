// The text rules of SPEC.md section 7. A change is a list of runs: a positive integer keeps that many UTF-16 units, a
// negative one deletes that many, a string inserts it.

const MaxRuns = 256;
const MaxLength = 1 << 20;

/** Appends a run, kept canonical: neighbours of one type become one, an insert stands before the delete at its place (M1). */
function push(runs, run) {
  if (run === 0 || run === "") return runs;
  const type = (r) => (typeof r === "string" ? "insert" : r > 0 ? "keep" : r < 0 ? "delete" : "none");
  const last = runs.length - 1;
  if (type(runs[last]) === type(run)) runs[last] += run;
  else if (type(run) === "insert" && type(runs[last]) === "delete") {
    if (type(runs[last - 1]) === "insert") runs[last - 1] += run;
    else runs.splice(last, 0, run);
  } else runs.push(run);
  return runs;
}

/** Says whether a boundary would cut a surrogate pair. */
const cuts = (text, at) => /[\ud800-\udbff]/.test(text[at - 1] ?? "") && /[\udc00-\udfff]/.test(text[at] ?? "");

/** Throws unless runs have the form of a change (M1). */
export function check(runs) {
  if (!Array.isArray(runs) || !runs.every((r) => Number.isInteger(r) || typeof r === "string")) throw new Error("syntax");
  if (runs.length > MaxRuns) throw new Error("tooManyRuns");
  let [before, after] = [0, 0];
  for (const run of runs) {
    if (typeof run === "string") {
      if (!run.isWellFormed()) throw new Error("unicode");
      if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(run)) throw new Error("control"); // F5
      after += run.length;
    } else {
      before += Math.abs(run);
      after += Math.max(run, 0);
    }
  }
  if (before > MaxLength || after > MaxLength) throw new Error("length");
  const canonical = runs.reduce((all, run) => push(all, run), []);
  if (JSON.stringify(canonical) !== JSON.stringify(runs)) throw new Error("notCanonical");
}

/** Returns the text that a change makes of a text. */
export function apply(text, runs) {
  if (runs.reduce((sum, r) => sum + (typeof r === "string" ? 0 : Math.abs(r)), 0) !== text.length) throw new Error("length");
  let [out, at] = ["", 0];
  for (const run of runs) {
    if (cuts(text, at)) throw new Error("surrogate");
    if (typeof run === "string") out += run;
    else {
      if (run > 0) out += text.slice(at, at + run);
      at += Math.abs(run);
    }
  }
  return out;
}

/** A place in a change, from which runs are taken in pieces. */
class Cursor {
  constructor(runs) {
    [this.runs, this.i] = [runs, 0];
    this.step();
  }
  step() {
    this.run = this.runs[this.i++];
  }
  get inserts() {
    return typeof this.run === "string";
  }
  /** Takes n units, at most what is left of the run, of a keep, a delete or, for compose, an insert. */
  take(n) {
    const run = this.run;
    const [head, rest] = this.inserts ? [run.slice(0, n), run.slice(n)] : [Math.sign(run) * n, run - Math.sign(run) * n];
    if (rest) this.run = rest;
    else this.step();
    return head;
  }
  /** Takes an insert whole. */
  insert() {
    const run = this.run;
    this.step();
    return run;
  }
  get left() {
    return this.run === undefined ? 0 : this.inserts ? this.run.length : Math.abs(this.run);
  }
}

/** Returns [earlier over later, later over earlier], of two changes of one text (M4). */
export function transform(earlier, later) {
  const [e, l, e2, l2] = [new Cursor(earlier), new Cursor(later), [], []];
  for (;;) {
    if (e.inserts) {
      const s = e.insert();
      push(e2, s);
      push(l2, s.length);
    } else if (l.inserts) {
      const s = l.insert();
      push(l2, s);
      push(e2, s.length);
    } else if (e.left && l.left) {
      const n = Math.min(e.left, l.left);
      const [a, b] = [e.take(n), l.take(n)];
      if (b > 0) push(e2, a);
      if (a > 0) push(l2, b);
    } else if (e.left || l.left) throw new Error("length");
    else return [e2, l2];
  }
}

/** Returns the one change that does what first and then second do. */
export function compose(first, second) {
  const [a, b, out] = [new Cursor(first), new Cursor(second), []];
  for (;;) {
    if (b.inserts) push(out, b.insert());
    else if (!a.inserts && a.run < 0) push(out, a.take(a.left));
    else if (a.left && b.left) {
      const n = Math.min(a.left, b.left);
      const [x, y] = [a.take(n), b.take(n)];
      if (y > 0) push(out, x); // kept: what the first did
      else if (typeof x !== "string") push(out, -x); // deleted, unless the first had inserted it
    } else if (a.left || b.left) throw new Error("length");
    else return out;
  }
}

/** Returns a change that makes after of before, by their common ends. */
export function difference(before, after) {
  let [head, tail] = [0, 0];
  const most = Math.min(before.length, after.length);
  while (head < most && before[head] === after[head]) head++;
  if (cuts(before, head) || cuts(after, head)) head--;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  if (cuts(before, before.length - tail) || cuts(after, after.length - tail)) tail--;
  return [head, after.slice(head, after.length - tail), head + tail - before.length, tail].reduce((all, run) => push(all, run), []);
}

const still = (runs) => runs.every((r) => r > 0);
const keep = (text) => (text ? [text.length] : []);

/** A note's text while it is edited here: the copy, one change in flight and one that waits (M5). */
export class Text {
  constructor(text, rev) {
    [this.text, this.rev, this.shown] = [text, rev, text];
    this.flight = undefined; // {rev, runs}: runs on this.text, or on this.astray, as transformed so far
    this.waiting = keep(text); // on top of the flight
    this.astray = undefined; // the text before a whole one came, while it is not known whether that has the flight (M8)
  }

  typed(at, del, ins) {
    const runs = [at, ins, -del, this.shown.length - at - del].reduce((all, run) => push(all, run), []);
    this.shown = apply(this.shown, runs);
    this.waiting = compose(this.waiting, runs);
  }

  /** Returns what is to be submitted now, if anything is. */
  launch(id) {
    if (this.flight || still(this.waiting)) return undefined;
    this.flight = { rev: id(), runs: this.waiting };
    this.waiting = keep(this.shown);
    return { base: this.rev, rev: this.flight.rev, runs: this.flight.runs };
  }

  /** Takes an edit of the current text. */
  arrived({ rev, runs }) {
    const own = rev === this.flight?.rev;
    if (own && this.astray === undefined && apply(this.text, runs) !== apply(this.text, this.flight.runs))
      throw new Error(`the change in flight is ${this.flight.runs} here and ${runs} on the board`);
    if (!own && this.astray === undefined) this.under(runs);
    [this.text, this.rev] = [apply(this.text, runs), rev];
    if (own) this.landed(true);
  }

  /** Takes a whole text that came in place of edits (M8). */
  replaced(text, rev) {
    if (this.flight) this.astray ??= this.text;
    else this.under(difference(this.text, text));
    [this.text, this.rev] = [text, rev];
    if (rev === this.flight?.rev) this.landed(true);
  }

  /** Takes that the board has done the flight: the copy has it by now, or a whole text that is to come will (C6, M8). */
  acked() {
    this.astray ??= this.text;
    this.landed(true);
  }

  /** Takes what became of the flight: it is in the text, or it is made anew with what waits (M6). */
  landed(included) {
    const before = this.astray ?? this.text;
    if (!included) this.waiting = compose(this.flight.runs, this.waiting);
    if (this.astray !== undefined) {
      const was = included ? apply(before, this.flight.runs) : before;
      [this.flight, this.astray] = [undefined, undefined];
      this.under(difference(was, this.text));
    }
    this.flight = undefined;
  }

  /** Takes that the flight can never be: what the person wrote is handed back, and what they see is the copy again. */
  dropped() {
    const { shown } = this;
    Object.assign(this, new Text(this.text, this.rev));
    return shown;
  }

  /** Moves what is not yet the server's over a change of what is. */
  under(runs) {
    if (this.flight) [runs, this.flight.runs] = transform(runs, this.flight.runs);
    [runs, this.waiting] = transform(runs, this.waiting);
    this.shown = apply(this.shown, runs);
  }
}
