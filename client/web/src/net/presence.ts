/** Who else is here and what their hands do, from the signals they send. Nothing of it is kept. */
import type { Presence, Unsubscribe } from "../model/types";
import type { ID, Signal } from "../protocol.gen";

/** A sign is believed this long without another one, ms: the last of them may have been dropped. */
const believed = { typing: 4000, drag: 10_000, cursor: 30_000 };

interface Held {
  at: number;
  places: Map<ID, { x: number; y: number }>;
}

interface Typing {
  at: number;
  notes: readonly ID[];
}

export class LivePresence implements Presence {
  here: ReadonlySet<ID> = new Set();
  readonly cursors = new Map<ID, { x: number; y: number; at: number }>();
  typing: ReadonlyMap<ID, ReadonlySet<ID>> = new Map();
  drags: ReadonlyMap<ID, { x: number; y: number; by: ID }> = new Map();
  selections: ReadonlyMap<ID, ReadonlySet<ID>> = new Map();

  private readonly hands = new Map<ID, Held>();
  private readonly typists = new Map<ID, Typing>();
  private readonly chosen = new Map<ID, readonly ID[]>();
  private readonly listeners = new Set<() => void>();

  /** `soon` runs something with the next picture; `clock` is performance.now. */
  constructor(
    private readonly soon: (run: () => void) => void,
    private readonly clock: () => number,
  ) {}

  subscribe(listener: () => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes who has a connection. Of who has none, nothing stays. */
  present(here: ReadonlySet<ID>): void {
    if (here.size === this.here.size && [...here].every((id) => this.here.has(id))) return;
    this.here = new Set(here);
    for (const id of [...this.cursors.keys(), ...this.hands.keys(), ...this.typists.keys(), ...this.chosen.keys()]) {
      if (!here.has(id)) this.forget(id);
    }
    this.changed();
  }

  /** Takes signals, those of `me` aside: one knows what one does. */
  take(signals: readonly Signal[], me: ID | ""): void {
    const at = this.clock();
    let any = false;
    for (const signal of signals) {
      const { from } = signal;
      if (!from || from === me) continue;
      this.note(from, signal, at);
      any = true;
    }
    if (any) this.changed();
  }

  /** Drops what is too old to be believed. Returns when to look again, undefined: there is nothing. */
  expire(): number | undefined {
    const at = this.clock();
    let next = Number.POSITIVE_INFINITY;
    let any = false;
    const look = (of: Map<ID, { at: number }>, lasts: number) => {
      for (const [id, sign] of of) {
        if (at - sign.at >= lasts) any = of.delete(id) || any;
        else next = Math.min(next, sign.at + lasts);
      }
    };
    look(this.typists, believed.typing);
    look(this.hands, believed.drag);
    look(this.cursors, believed.cursor);
    if (any) this.changed();
    return Number.isFinite(next) ? next : undefined;
  }

  private note(from: ID, signal: Signal, at: number): void {
    switch (signal.kind) {
      case "cursor":
        this.cursors.set(from, { x: signal.x, y: signal.y, at });
        break;
      case "typing":
        if (signal.objects?.length) this.typists.set(from, { at, notes: signal.objects });
        else this.typists.delete(from);
        break;
      case "drag":
        if (signal.places?.length) this.hands.set(from, { at, places: new Map(signal.places.map((p) => [p.id, p])) });
        else this.hands.delete(from);
        break;
      case "selection":
        if (signal.objects?.length) this.chosen.set(from, signal.objects);
        else this.chosen.delete(from);
        break;
      case "gone":
        this.forget(from);
        break;
    }
  }

  private forget(id: ID): void {
    this.cursors.delete(id);
    this.hands.delete(id);
    this.typists.delete(id);
    this.chosen.delete(id);
  }

  private waiting = false;

  private changed(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.soon(() => {
      this.waiting = false;
      this.typing = byNote([...this.typists].map(([id, { notes }]) => [id, notes]));
      this.selections = byNote(this.chosen);
      const drags = new Map<ID, { x: number; y: number; by: ID }>();
      for (const [by, { places }] of this.hands) for (const [id, { x, y }] of places) drags.set(id, { x, y, by });
      this.drags = drags;
      for (const told of this.listeners) told();
    });
  }
}

function byNote(byPerson: Iterable<readonly [ID, readonly ID[]]>): Map<ID, ReadonlySet<ID>> {
  const out = new Map<ID, Set<ID>>();
  for (const [person, notes] of byPerson) {
    for (const note of notes) {
      const who = out.get(note);
      if (who) who.add(person);
      else out.set(note, new Set([person]));
    }
  }
  return out;
}
