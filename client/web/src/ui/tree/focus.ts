/**
 * Which object has the keyboard on the board, and which comes next. Plain state: the board tree shows it, the board's keys
 * change it.
 */
import { type Direction, nearestNote, readingOrder } from "../../model";
import type { Unsubscribe, Wall } from "../../model/types";
import type { ID } from "../../protocol.gen";

/** What holds the keyboard: nothing (the board as a whole), a note, or a cluster's title. */
export type Focused = { readonly kind: "note" | "cluster"; readonly id: ID } | undefined;

/**
 * What became of the keyboard: it was sent somewhere ("to"), it fell to a neighbour because what held it is gone
 * ("fell"), or it stayed and only names and places became others ("stayed").
 */
export type Turn = "to" | "fell" | "stayed";

export class TreeFocus {
  readonly #wall: Wall;
  readonly #inOrder: (wall: Wall) => ID[];
  #sorted: ID[] | undefined;
  #focused: Focused;
  /** where in the order the focused object was last: what comes there next inherits the keyboard */
  #at = 0;
  readonly #listeners = new Set<(turn: Turn) => void>();
  #stop: Unsubscribe;

  /** `inOrder` is how the board is read. */
  constructor(wall: Wall, inOrder: (wall: Wall) => ID[] = readingOrder) {
    this.#wall = wall;
    this.#inOrder = inOrder;
    this.#stop = wall.subscribe((touched) => {
      if (touched.all || touched.notes.size > 0 || touched.clusters.size > 0) this.#refresh();
    });
  }

  get focused(): Focused {
    return this.#focused;
  }

  /** The focused note, if it is a note. */
  get note(): ID | undefined {
    return this.#focused?.kind === "note" ? this.#focused.id : undefined;
  }

  /** All notes as one reads them. */
  get order(): readonly ID[] {
    this.#sorted ??= this.#inOrder(this.#wall);
    return this.#sorted;
  }

  /** Gives the keyboard to a note, a cluster, or with undefined back to the board. */
  focus(id: ID | undefined): void {
    this.#put(id);
    this.#tell("to");
  }

  /** To the next note in reading order. False at the end: the keyboard may leave the board. */
  next(): boolean {
    return this.#step(1);
  }

  previous(): boolean {
    return this.#step(-1);
  }

  first(): boolean {
    return this.#to(this.order[0]);
  }

  last(): boolean {
    return this.#to(this.order.at(-1));
  }

  /** To the nearest note that way; from nothing to the first. False if there is none. */
  spatial(way: Direction): boolean {
    return this.note ? this.#to(nearestNote(this.#wall, this.note, way)) : this.first();
  }

  /** From a note to its cluster's title. False if it is in none. */
  out(): boolean {
    const cluster = this.note && this.#wall.notes.get(this.note)?.cluster;
    return this.#to(cluster || undefined);
  }

  /** From a cluster's title to its first note. */
  into(): boolean {
    const cluster = this.#focused?.kind === "cluster" && this.#wall.clusters.get(this.#focused.id);
    return this.#to(cluster ? cluster.notes[0] : undefined);
  }

  /** The notes around the focused one in reading order, at most `size`; without one the first. */
  around(size: number): ID[] {
    const at = this.#place();
    const start = Math.max(0, Math.min(at - (size >> 1), this.order.length - size));
    return this.order.slice(start, start + size);
  }

  subscribe(listener: (turn: Turn) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  destroy(): void {
    this.#stop();
    this.#listeners.clear();
  }

  #step(by: 1 | -1): boolean {
    if (!this.#focused) return false;
    if (this.#focused.kind === "cluster") {
      const first = this.#wall.clusters.get(this.#focused.id)?.notes[0];
      if (by === 1 && first) return this.#to(first);
    }
    return this.#to(this.order[this.#place() + by]);
  }

  #to(id: ID | undefined): boolean {
    if (!id) return false;
    this.focus(id);
    return true;
  }

  /** Where in the reading order the keyboard is; a cluster is where its first note is. */
  #place(): number {
    if (!this.#focused) return 0;
    const { kind, id } = this.#focused;
    const note = kind === "note" ? id : this.#wall.clusters.get(id)?.notes[0];
    return note ? Math.max(0, this.order.indexOf(note)) : 0;
  }

  /** A focused object that went away hands the keyboard to its neighbour, so nobody falls off the board. */
  #refresh(): void {
    this.#sorted = undefined;
    const held = this.#focused;
    const there = !held || (held.kind === "note" ? this.#wall.notes.has(held.id) : this.#wall.clusters.has(held.id));
    if (!there) this.#put(this.order[Math.min(this.#at, this.order.length - 1)]);
    else if (held) this.#at = this.#place();
    this.#tell(there ? "stayed" : "fell");
  }

  #put(id: ID | undefined): void {
    this.#focused = id && { kind: this.#wall.clusters.has(id) ? "cluster" : "note", id };
    this.#at = this.#place();
  }

  #tell(turn: Turn): void {
    for (const listener of this.#listeners) listener(turn);
  }
}
