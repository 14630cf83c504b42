/**
 * What is drawn live and what is in the tiles: it decides when a note, the line of its cluster and its connectors leave the
 * tiles, and when they are back in them. Times in ms of performance.now(), places in board units.
 */
import type { Presence } from "../model/types";
import type { ID } from "../protocol.gen";
import { around, grown } from "./boxes";
import { toUnits } from "./crowd";
import type { Hand } from "./live";
import { Motion } from "./motion";
import { type HullShape, reach, type Scene } from "./scene";
import type { Tiles } from "./tiles";
import type { Box, Place } from "./types";

/** another's note is back where the wall says so long after they let it go without moving it */
const returnAfter = 400;

export class Hot {
  readonly motion = new Motion();
  readonly #scene: Scene;
  readonly #tiles: () => Tiles;
  readonly #hand: () => Hand;
  /** clusters whose line is live; settling: in the tiles again, but not baked yet */
  readonly #hulls = new Map<ID, { settling: boolean }>();
  /** what they look like in this frame */
  readonly #shapes = new Map<ID, HullShape>();
  /** notes in others' hands */
  readonly #theirs = new Set<ID>();
  /** notes others let go of, and when they go back if nothing else comes */
  readonly #returning = new Map<ID, number>();

  constructor(scene: Scene, { tiles, hand }: { tiles: () => Tiles; hand: () => Hand }) {
    this.#scene = scene;
    this.#tiles = tiles;
    this.#hand = hand;
  }

  get hulls(): IterableIterator<ID> {
    return this.#hulls.keys();
  }

  /** Whether a cluster's line is left out of the tiles. */
  hull(id: ID): boolean {
    return this.#hulls.get(id)?.settling === false;
  }

  /** Whether a connector is left out of the tiles. */
  connector(id: ID): boolean {
    const ends = this.#scene.endsOf(id);
    return ends !== undefined && (this.motion.hot(ends.from.id) || this.motion.hot(ends.to.id));
  }

  /** Everything is another: nothing moves but what is in a hand. */
  reset(): void {
    const held = (id: ID): boolean => this.#hand().held.has(id) || this.#theirs.has(id);
    for (const id of [...this.motion.ids()]) if (!held(id) || !this.#scene.notes.has(id)) this.motion.drop(id);
    this.#hulls.clear();
  }

  /** The wall says a note lies elsewhere. */
  moved(id: ID, from: Place, now: number): void {
    const note = this.#scene.notes.get(id);
    if (!note || this.#hand().held.has(id) || this.#theirs.has(id)) return;
    this.#returning.delete(id);
    if (this.motion.move(id, from, note.box, now)) this.#heat(id, { ...note.box, ...from });
  }

  /** One's own hand has a note here. */
  hold(id: ID, at: Place): void {
    const note = this.#scene.notes.get(id);
    if (note && this.motion.hold(id, at)) this.#heat(id, note.box);
  }

  letGo(id: ID, now: number): void {
    const note = this.#scene.notes.get(id);
    if (note) this.motion.move(id, note.box, note.box, now);
    else this.motion.drop(id);
  }

  /** Others' hands hold other notes or hold them elsewhere. */
  drags(presence: Presence | undefined, now: number): void {
    const drags = presence?.drags;
    for (const [id, at] of drags ?? []) {
      const note = this.#scene.notes.get(id);
      if (!note || this.#hand().held.has(id)) continue;
      this.#theirs.add(id);
      this.#returning.delete(id);
      if (this.motion.move(id, note.box, toUnits(at), now, true)) this.#heat(id, note.box);
    }
    for (const id of this.#theirs) {
      if (drags?.has(id)) continue;
      this.#theirs.delete(id);
      this.#returning.set(id, now + returnAfter);
    }
  }

  /** A cluster has other notes or they lie elsewhere. */
  reshape(cluster: ID): void {
    if (this.#movingMembers(cluster)) {
      if (!this.hull(cluster)) this.#heatHull(cluster);
      return;
    }
    this.#hulls.delete(cluster);
    for (const box of this.#scene.settleHull(cluster)) this.#tiles().dirty(box);
  }

  /** A cluster's shape as its notes are seen. Notes in a hand count where they lay: they may be on their way out. */
  hullNow(id: ID): HullShape | undefined {
    if (!this.#hulls.has(id)) return this.#scene.hulls.get(id);
    const known = this.#shapes.get(id);
    if (known) return known;
    const hand = this.#hand();
    const shape = this.#scene.shapeOf(id, (note) =>
      (hand.lifted && hand.held.has(note)) || this.#theirs.has(note) ? undefined : this.motion.at(note),
    );
    if (shape) this.#shapes.set(id, shape);
    return shape;
  }

  /** Time passes; says whether something is on its way. */
  step(now: number): boolean {
    this.#shapes.clear();
    for (const [id, at] of this.#returning) {
      if (now < at) continue;
      this.#returning.delete(id);
      this.letGo(id, now);
    }
    const step = this.motion.step(now);
    for (const id of step.settled) {
      const note = this.#scene.notes.get(id);
      if (!note) continue;
      this.#tiles().dirty(grown(note.box, reach));
      for (const line of this.#scene.connectorsOf.get(id) ?? []) this.#dirtyConnector(line, note.box);
    }
    for (const [id, hot] of this.#hulls) {
      if (hot.settling || this.#movingMembers(id)) continue;
      for (const box of this.#scene.settleHull(id)) this.#tiles().dirty(box);
      hot.settling = true;
    }
    return step.gliding;
  }

  /** After the tiles were drawn: what is baked again needs no live picture. Says whether something still waits. */
  settle(): boolean {
    let waiting = false;
    for (const id of [...this.motion.settling()]) {
      const note = this.#scene.notes.get(id);
      if (!note || this.#tiles().clean(grown(note.box, reach))) this.motion.baked(id);
      else waiting = true;
    }
    for (const [id, hot] of this.#hulls) {
      if (!hot.settling) continue;
      const shape = this.#scene.hulls.get(id);
      if (!shape || this.#tiles().clean(grown(shape.box, reach))) this.#hulls.delete(id);
      else waiting = true;
    }
    return waiting;
  }

  /** When something happens by itself. */
  next(): number {
    return Math.min(this.motion.nextRest(), ...this.#returning.values());
  }

  /** A note left the tiles; `was` is where they show it. */
  #heat(id: ID, was: Box): void {
    this.#tiles().dirty(grown(was, reach));
    const cluster = this.#scene.notes.get(id)?.cluster;
    if (cluster && !this.hull(cluster)) this.#heatHull(cluster);
    for (const line of this.#scene.connectorsOf.get(id) ?? []) this.#dirtyConnector(line, was);
  }

  #heatHull(cluster: ID): void {
    const shape = this.#scene.hulls.get(cluster);
    this.#hulls.set(cluster, { settling: false });
    if (shape) this.#tiles().dirty(grown(shape.box, reach));
  }

  #dirtyConnector(id: ID, was: Box): void {
    const box = this.#scene.connectorBox(id);
    const all = box && around([box, grown(was, 64)]);
    if (all) this.#tiles().dirty(all);
  }

  #movingMembers(cluster: ID): boolean {
    return this.#scene.wall.clusters.get(cluster)?.notes.some((id) => this.motion.hot(id)) ?? false;
  }
}
