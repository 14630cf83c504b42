// The text rules of SPEC.md section 7. A change is a list of runs: a positive integer keeps that many UTF-16 units, a
// negative one deletes that many, a string inserts it.

const MaxRuns = 256;
const MaxLength = 1 << 20;

const kind = (run) => (typeof run === "string" ? "insert" : Math.sign(run));
const read = (run) => (kind(run) === "insert" ? 0 : Math.abs(run)); // units of the text before
const written = (run) => (kind(run) === "insert" ? run.length : Math.max(run, 0)); // and of the text after
const sum = (runs, of) => runs.reduce((all, run) => all + of(run), 0);

/** Appends a run, kept canonical: neighbours of one kind become one, an insert stands before a delete (M1). */
function push(runs, run) {
  if (!run) return runs;
  if (kind(runs.at(-1)) === kind(run)) runs.push(runs.pop() + run);
  else if (kind(run) === "insert" && kind(runs.at(-1)) === -1) {
    const deleted = runs.pop();
    push(runs, run).push(deleted);
  } else runs.push(run);
  return runs;
}

const change = (runs) => runs.reduce((all, run) => push(all, run), []);

/** Throws unless runs have the form of a change (M1). */
export function check(runs) {
  const isRun = (r) => Number.isInteger(r) || typeof r === "string";
  if (!Array.isArray(runs) || !runs.every(isRun)) throw new Error("syntax");
  if (runs.length > MaxRuns) throw new Error("tooManyRuns");
  const text = runs.filter((r) => kind(r) === "insert");
  if (!text.every((s) => s.isWellFormed())) throw new Error("unicode");
  if (text.some((s) => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(s))) throw new Error("control"); // F5
  if (sum(runs, read) > MaxLength || sum(runs, written) > MaxLength) throw new Error("length");
  if (JSON.stringify(change(runs)) !== JSON.stringify(runs)) throw new Error("notCanonical");
}

/** Says whether a boundary would cut a surrogate pair. */
const cuts = (text, at) => text.codePointAt(at - 1) > 0xffff;

/** Returns the text that a change makes of a text. */
export function apply(text, runs) {
  if (sum(runs, read) !== text.length) throw new Error("length");
  let [out, at] = ["", 0];
  for (const run of runs) {
    if (cuts(text, at)) throw new Error("surrogate");
    out += kind(run) === "insert" ? run : text.slice(at, at + written(run));
    at += read(run);
  }
  return out;
}

/** Takes runs apart: 1 keeps a unit, -1 deletes one, a string inserts one. */
const units = (runs) => runs.flatMap((r) => (kind(r) === "insert" ? r.split("") : Array(Math.abs(r)).fill(kind(r))));

/** Returns [earlier over later, later over earlier], of two changes of one text (M4). */
export function transform(earlier, later) {
  const [es, ls, e2, l2] = [units(earlier), units(later), [], []];
  for (let [e, l] = [0, 0]; e < es.length || l < ls.length; ) {
    if (kind(es[e]) === "insert") [push(l2, 1), push(e2, es[e++])];
    else if (kind(ls[l]) === "insert") [push(e2, 1), push(l2, ls[l++])];
    else {
      const [a, b] = [es[e++], ls[l++]];
      if (b === 1) push(e2, a);
      if (a === 1) push(l2, b);
    }
  }
  return [e2, l2];
}

/** Returns the one change that does what first and then second do. */
export function compose(first, second) {
  const [fs, ss, out] = [units(first), units(second), []];
  for (let [f, s] = [0, 0]; f < fs.length || s < ss.length; ) {
    if (kind(ss[s]) === "insert") push(out, ss[s++]);
    else if (fs[f] === -1) push(out, fs[f++]);
    else {
      const [a, b] = [fs[f++], ss[s++]];
      if (b === 1) push(out, a);
      else if (a === 1) push(out, -1); // what the first inserted and the second deletes leaves nothing
    }
  }
  return out;
}

/** Returns a change that makes after of before, by their common ends. */
export function difference(before, after) {
  const most = Math.min(before.length, after.length);
  let [head, tail] = [0, 0];
  while (head < most && before[head] === after[head]) head++;
  if (cuts(before, head) || cuts(after, head)) head--;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  if (cuts(before, before.length - tail) || cuts(after, after.length - tail)) tail--;
  return change([head, after.slice(head, after.length - tail), head + tail - before.length, tail]);
}

/** A note's text while it is edited here (M5). */
export class Text {
  flight; // F: {rev, runs}, runs on below
  astray = false; // whether a whole text came, of which it is not known whether it has the flight (M8)

  /** Takes a copy's text, and what submits a change, given base and runs, and returns its new revision. */
  constructor(text, rev, submit) {
    Object.assign(this, { text, rev, submit });
    this.below = text; // what is below the flight: the copy's text, or while astray the one before
    this.waiting = change([text.length]); // Q, on top of the flight
  }

  get shown() {
    return apply(this.flight ? apply(this.below, this.flight.runs) : this.below, this.waiting);
  }

  typed(at, del, ins) {
    this.waiting = compose(this.waiting, change([at, ins, -del, this.shown.length - at - del]));
    this.launch();
  }

  /** Makes what waits the flight, if there is none and anything waits. */
  launch() {
    if (this.flight || this.waiting.every((run) => kind(run) === 1)) return;
    this.flight = { rev: this.submit(this.rev, this.waiting), runs: this.waiting };
    this.waiting = change([sum(this.waiting, written)]);
  }

  /** Takes what the copy became: by an edit's runs, or without runs as a whole text in place of edits (M8). */
  became(text, rev, runs) {
    [this.text, this.rev] = [text, rev];
    const merges = runs && !this.astray;
    if (rev === this.flight?.rev) {
      if (merges && apply(this.below, this.flight.runs) !== text) throw new Error(`${this.flight.runs} became ${runs}`);
      this.landed(true);
    } else if (merges) this.move(runs);
    else if (this.flight) this.astray = true;
    else this.move(difference(this.below, text));
  }

  /** Takes whether the board has the flight; if not, that is made anew with what waits (M6, M8). */
  landed(has) {
    if (has) this.below = apply(this.below, this.flight.runs);
    else this.waiting = compose(this.flight.runs, this.waiting);
    [this.flight, this.astray] = [undefined, false];
    this.move(difference(this.below, this.text));
  }

  /** Moves what the board has not yet over a change of what is below it. */
  move(runs) {
    this.below = apply(this.below, runs);
    if (this.flight) [runs, this.flight.runs] = transform(runs, this.flight.runs);
    [, this.waiting] = transform(runs, this.waiting);
    this.launch();
  }
}
