import type { Change, Code, ID, Ref } from "../protocol.gen";
import { Listeners } from "./listeners";
import { PastWall } from "./past";
import type { Unsubscribe } from "./types";

/** An entry of the board as it is told afterwards. */
export interface Step {
  seq: number;
  /** unix milliseconds */
  time: number;
  by: Ref;
  kind: string;
  /** why it did nothing */
  code?: Code | string;
  changes: Change[];
}

/** Where the past comes from. */
export interface Loader {
  /** the whole board behind an entry */
  state(seq: number): Promise<{ seq: number; changes: Change[] }>;
  /** entries from a number on; `next` is where more begin */
  changes(from: number): Promise<{ entries: Step[]; next?: number }>;
}

/** Calls back at the next frame with milliseconds of one clock that never goes back. */
export type Frame = (run: (now: number) => void) => void;

/** when nothing happens for longer, a skipping player goes on at once */
const silence = 5000;
/** steps that are played one by one; farther away the board is asked for the state there */
const stride = 2000;

/**
 * Looking back: a wall that is moved through all that happened. Seeking backwards takes the board's state from the loader;
 * a seek that is overtaken by another one shows nothing.
 */
export class Player {
  readonly wall = new PastWall();
  /** leaves out most of a pause of more than 5 s */
  skipSilence = true;
  #steps: Step[] = [];
  /** of the last step that the wall shows; -1: before the first */
  #at = -1;
  #time = 0;
  #speed = 1;
  #playing = false;
  #last: number | undefined;
  #turn = 0;
  readonly #load: Loader;
  readonly #frame: Frame;
  readonly #listeners = new Listeners<void>();

  constructor(load: Loader, frame: Frame = (run) => requestAnimationFrame(run)) {
    this.#load = load;
    this.#frame = frame;
  }

  /** All that happened, oldest first, as far as it is loaded. */
  get steps(): readonly Step[] {
    return this.#steps;
  }
  /** The number of the last entry that the wall shows. */
  get seq(): number {
    return this.#steps[this.#at]?.seq ?? 0;
  }
  /** Unix milliseconds of what the wall shows. */
  get time(): number {
    return this.#time;
  }
  get start(): number {
    return this.#steps[0]?.time ?? 0;
  }
  get end(): number {
    return this.#steps.at(-1)?.time ?? 0;
  }
  get playing(): boolean {
    return this.#playing;
  }
  get speed(): number {
    return this.#speed;
  }

  /** Called when the moment, the speed or the loaded steps became another. */
  subscribe(listener: () => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  /** Loads all that happened, and shows the last of it. Throws what the loader throws. */
  async open(): Promise<void> {
    const steps: Step[] = [];
    for (let from: number | undefined = 1; from !== undefined; ) {
      const page: { entries: Step[]; next?: number } = await this.#load.changes(from);
      for (const step of page.entries) steps.push(step);
      from = page.next;
    }
    this.#steps = steps;
    this.#at = -1;
    await this.#show(steps.length - 1);
  }

  /** Shows the board behind an entry; 0: before all. */
  async seek(seq: number): Promise<void> {
    await this.#show(this.#lastWhere((step) => step.seq <= seq));
  }

  /** Shows the board as it was at a time. */
  async seekTime(time: number): Promise<void> {
    const within = Math.min(this.end, Math.max(this.start, time));
    await this.#show(
      this.#lastWhere((step) => step.time <= within),
      within,
    );
  }

  /** Goes to the next entry that changed something anybody can see. */
  async next(): Promise<void> {
    this.pause();
    const at = this.#steps.findIndex((step, i) => i > this.#at && step.changes.length > 0);
    if (at >= 0) await this.#show(at);
  }

  /** Goes to before the last entry that changed something. */
  async previous(): Promise<void> {
    this.pause();
    const seen = (step: Step, i: number) => i <= this.#at && step.changes.length > 0;
    const current = this.#steps.findLastIndex(seen);
    const at = this.#steps.findLastIndex((step, i) => i < current && step.changes.length > 0);
    if (at >= 0) await this.#show(at);
  }

  /** Plays on; at the end from the beginning. */
  async play(speed = this.#speed): Promise<void> {
    this.#speed = speed;
    if (!this.#playing && this.#time >= this.end) await this.seekTime(this.start);
    const runs = this.#playing;
    this.#playing = this.#steps.length > 0;
    this.#last = undefined;
    if (!runs && this.#playing) this.#frame((now) => this.#tick(now));
    this.#listeners.tell();
  }

  pause(): void {
    if (!this.#playing) return;
    this.#playing = false;
    this.#listeners.tell();
  }

  /** How much happened in equal parts of the time from the first to the last entry. */
  histogram(bins: number): number[] {
    const out = new Array<number>(bins).fill(0);
    const length = Math.max(1, this.end - this.start);
    for (const step of this.#steps) {
      if (step.changes.length === 0) continue;
      const bin = Math.min(bins - 1, Math.floor(((step.time - this.start) / length) * bins));
      out[bin] = (out[bin] ?? 0) + 1;
    }
    return out;
  }

  /** What happened to an object, oldest first. */
  life(id: ID): Step[] {
    return this.#steps.filter((step) =>
      step.changes.some((change) => Object.values(change).some((of: { id?: ID }) => of.id === id)),
    );
  }

  #lastWhere(holds: (step: Step) => boolean): number {
    let [low, high] = [0, this.#steps.length]; // steps are in order, of number and of time
    while (low < high) {
      const middle = (low + high) >> 1;
      const step = this.#steps[middle];
      if (step && holds(step)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Shows the board behind a step. */
  async #show(at: number, time = this.#steps[at]?.time ?? this.start): Promise<void> {
    const turn = ++this.#turn;
    if (at < this.#at || at > this.#at + stride) {
      if (at < 0) {
        this.wall.rebase([]);
      } else {
        const state = await this.#load.state(this.#steps[at]?.seq ?? 0);
        if (turn !== this.#turn) return;
        this.wall.rebase(state.changes);
      }
      this.#at = at;
    } else {
      this.#advance(at);
    }
    this.#time = time;
    this.#listeners.tell();
  }

  #advance(at: number): void {
    const changes = this.#steps.slice(this.#at + 1, at + 1).flatMap((step) => step.changes);
    this.#at = Math.max(this.#at, at);
    if (changes.length > 0) this.wall.apply(changes);
  }

  #tick(now: number): void {
    if (!this.#playing) return;
    const passed = this.#last === undefined ? 0 : now - this.#last;
    this.#last = now;
    let time = this.#time + passed * this.#speed;
    const next = this.#steps.find((step, i) => i > this.#at && step.changes.length > 0);
    if (this.skipSilence && next && next.time - this.#time > silence) time = Math.max(time, next.time - silence / 5);
    this.#turn++; // a seek under way is overtaken
    this.#advance(this.#lastWhere((step) => step.time <= time));
    this.#time = Math.min(time, this.end);
    if (this.#time >= this.end) this.#playing = false;
    else this.#frame((later) => this.#tick(later));
    this.#listeners.tell();
  }
}
