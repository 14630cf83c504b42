import type { Change, ID, Ref, Role } from "../protocol.gen";
import { fold } from "./fold";
import { Listeners } from "./listeners";
import { noChange, Objects } from "./objects";
import type { Touched, Unsubscribe, Wall } from "./types";

/** The board at an earlier moment. Nobody's eyes, nothing to be done. */
export class PastWall implements Wall {
  readonly me: Ref = "";
  readonly role: Role = "viewer";
  readonly #objects = new Objects();
  readonly #listeners = new Listeners<Touched>();

  /** The board that changes make of an empty one. */
  static at(changes: readonly Change[]): PastWall {
    const wall = new PastWall();
    wall.rebase(changes);
    return wall;
  }

  get cover() {
    return this.#objects.cover;
  }
  get perspectives() {
    return this.#objects.perspectives;
  }
  get participants() {
    return this.#objects.participants.now;
  }
  get notes() {
    return this.#objects.notes.now;
  }
  get clusters() {
    return this.#objects.clusters.now;
  }
  get areas() {
    return this.#objects.areas.now;
  }
  get connectors() {
    return this.#objects.connectors.now;
  }
  get links() {
    return this.#objects.links.now;
  }

  /** Goes on by what happened next. Throws when that is not what happened next to this moment. */
  apply(changes: Iterable<Change>): void {
    for (const change of changes) fold(this.#objects, change);
    this.#tell(false);
  }

  /** Becomes another moment. */
  rebase(changes: Iterable<Change>): void {
    this.#objects.clear();
    for (const change of changes) fold(this.#objects, change);
    this.#tell(true);
  }

  subscribe(listener: (touched: Touched) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  #tell(all: boolean): void {
    const touched = this.#objects.settle(all);
    if (!noChange(touched)) this.#listeners.tell(touched);
  }
}

/** Whether an id names a note, a cluster, an area or a connector of a wall. */
export function kindOf(wall: Wall, id: ID): "note" | "cluster" | "area" | "connector" | undefined {
  if (wall.notes.has(id)) return "note";
  if (wall.clusters.has(id)) return "cluster";
  if (wall.areas.has(id)) return "area";
  return wall.connectors.has(id) ? "connector" : undefined;
}
