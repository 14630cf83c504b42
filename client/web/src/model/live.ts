import type { View } from "../core";
import type { Change, ID, Op, Ref, Role } from "../protocol.gen";
import { formOf } from "./fold";
import { Listeners } from "./listeners";
import { noChange, Objects } from "./objects";
import { Outbox } from "./outbox";
import { centre, ringAmong } from "./ring";
import { isRelative, predict } from "./rules";
import { type Grave, type Key, type Scene, Turn, type Waiting } from "./turn";
import type { Connector, Note, Touched, Unsubscribe, Wall } from "./types";

/** What of the protocol's core a wall is made from; a Core is one. */
export interface Source {
  readonly view: View;
  readonly me: Ref;
  readonly role: Role;
  readonly writer: { readonly id: ID } | undefined;
  /** a note's text with what was typed here */
  text(note: ID): string | undefined;
  /** notes of which something typed is not on the board yet */
  typing(): ID[];
  /** own ops that are not known to be in the view, in order */
  pending(): readonly { ticket: number; n: number; op: Op; acked: boolean }[];
}

/** deleted notes that can be shown again before the board has brought them back */
const maxGraves = 1000;

/**
 * The live board: the copy, and on it what one did oneself and the board has not answered yet, so that every own act shows
 * at once, with or without a connection.
 *
 * Objects that no own op waits for are the copy's. When something changes, only the ops that have to do with it are done
 * again on the copy: those that read or wrote it, those that read or wrote what these did, and so on.
 */
export class LiveWall implements Wall {
  readonly #objects = new Objects();
  readonly #outbox = new Outbox();
  readonly #graves = new Map<ID, Grave>();
  readonly #listeners = new Listeners<Touched>();
  readonly #now: () => number;
  #source: Source | undefined;
  #typing: ReadonlySet<ID> = new Set();
  /** an own op that waits made, moved or took away a target: then rings are what follows from it */
  #moved = false;
  #me: Ref = "";
  #role: Role = "none";

  /** `now` gives unix milliseconds, for when something that waits was made. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get me() {
    return this.#me;
  }
  get role() {
    return this.#role;
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

  subscribe(listener: (touched: Touched) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  /**
   * Takes what became of the core since the last call: the changes folded into its view, or "all" for a new one, and notes
   * whose text is another without a change. Ops that it has, or has no more, are found by themselves.
   */
  update(source: Source, changes: readonly Change[] | "all", texts: Iterable<ID> = []): void {
    const person = this.#me !== source.me || this.#role !== source.role;
    this.#source = source;
    this.#me = source.me;
    this.#role = source.role;
    if (changes !== "all") for (const change of changes) this.#arrived(change);
    const pending = this.#outbox.take(source.pending(), this.#now);
    for (const waiting of pending.gone) this.#answered(source, waiting);
    const typing = new Set(source.typing());
    const before = this.#typing;
    this.#typing = typing;
    if (changes === "all") {
      this.#makeAnew(source);
    } else {
      const stale = new Set<Key>(pending.stale);
      for (const change of changes) this.#seeds(source, change, stale);
      for (const id of texts) stale.add(id);
      for (const id of typing) if (!before.has(id)) stale.add(id);
      for (const id of before) if (!typing.has(id)) stale.add(id);
      this.#redo(source, stale, pending.between);
      for (const waiting of pending.fresh) this.#do(waiting);
    }
    this.#finish(source, changes === "all");
    const touched = this.#objects.settle(changes === "all");
    if (person && source.me !== "") touched.participants = new Set(touched.participants).add(source.me);
    if (!noChange(touched)) this.#listeners.tell(touched);
  }

  /** Sees which own ops a change tells about: what is not the same done twice must not be done on it again. */
  #arrived(change: Change): void {
    if (!("note" in change)) {
      const id = this.#keyOf(change);
      if (id !== "cover" && id !== "perspectives") this.#outbox.made(id);
      return;
    }
    const { id, deleted, x, y } = change.note;
    if (deleted) return;
    if (change.note.rev !== undefined) this.#outbox.made(id);
    if (x === undefined && y === undefined) return;
    this.#outbox.moved(id, (note) => this.#source?.view.notes.get(note));
  }

  #keyOf(change: Change): Key {
    if ("note" in change) return change.note.id;
    if ("board" in change) return "cover";
    if ("perspective" in change) return "perspectives";
    if ("participant" in change) return change.participant.id;
    if ("cluster" in change) return change.cluster.id;
    if ("area" in change) return change.area.id;
    return "connector" in change ? change.connector.id : change.link.id;
  }

  /** An own op is on the board. Where its notes and areas lie there the board alone knew: an undo is held against that. */
  #answered({ view }: Source, { steps }: Waiting): void {
    for (const [key, step] of steps) {
      const id = key as ID;
      const known = step.kind === "note" ? view.notes.get(id) : step.kind === "area" ? view.areas.get(id) : undefined;
      if (known && step.before && step.after) Object.assign(step, { after: { ...step.after, front: known.front } });
    }
  }

  /** What must be looked at anew for a change: its object, and what own ops may have to do with it from now on. */
  #seeds(source: Source, change: Change, stale: Set<Key>): void {
    const key = this.#keyOf(change);
    stale.add(key);
    const also = (id: Ref | undefined) => {
      if (id && this.#outbox.concerns(id)) stale.add(id);
    };
    if ("note" in change) {
      also(this.#objects.notes.now.get(change.note.id)?.cluster);
      also(source.view.notes.get(change.note.id)?.cluster);
    } else if ("connector" in change) {
      const connector = source.view.connectors.get(change.connector.id);
      also(connector?.from);
      also(connector?.to);
    }
  }

  #makeAnew(source: Source): void {
    this.#objects.clear();
    const { view } = source;
    this.#reset(source, "cover");
    this.#reset(source, "perspectives");
    for (const shelf of [view.participants, view.areas, view.clusters, view.notes, view.connectors, view.links]) {
      for (const id of shelf.keys()) this.#reset(source, id);
    }
    for (const waiting of this.#outbox.waiting) this.#do(waiting);
  }

  /** Makes what is stale anew: as the copy has it, and then what own ops do to it. */
  #redo(source: Source, stale: Set<Key>, between: readonly Waiting[]): void {
    for (;;) {
      const ops = this.#outbox.closure(stale, between);
      for (const key of stale) this.#reset(source, key);
      const known = stale.size;
      for (const waiting of ops) {
        this.#do(waiting);
        for (const key of waiting.reads) stale.add(key);
        for (const key of waiting.writes) stale.add(key);
      }
      if (stale.size === known) return; // else an op came to concern more than it did: that is made anew too
    }
  }

  #do(waiting: Waiting): void {
    if (waiting.landed || (waiting.acked && isRelative(waiting.op))) return; // what it did is remembered
    this.#outbox.doing(waiting, () => predict(new Turn(this.#scene, waiting), waiting.op));
  }

  get #scene(): Scene {
    return {
      objects: this.#objects,
      me: this.#me,
      writer: this.#source?.writer?.id,
      graves: this.#graves,
      bury: (grave) => this.#bury(grave),
      textOf: (note) => this.#source?.text(note),
      record: (n) => this.#outbox.record(n),
    };
  }

  #reset(source: Source, key: Key): void {
    const { view } = source;
    const objects = this.#objects;
    if (key === "cover") {
      objects.cover = { ...view.cover };
      return;
    }
    if (key === "perspectives") {
      objects.perspectives = view.perspectives.map((perspective) => ({ ...perspective }));
      return;
    }
    const note = view.notes.get(key);
    if (note || objects.notes.now.has(key)) this.#resetNote(source, key);
    const cluster = view.clusters.get(key);
    const shown = objects.clusters.now.get(key);
    if (cluster || shown) objects.putCluster(key, cluster && { ...cluster, notes: shown?.notes ?? [] });
    const area = view.areas.get(key);
    if (area || objects.areas.now.has(key)) objects.putArea(key, area && { ...area, form: formOf(area.form) });
    const connector = view.connectors.get(key);
    if (connector || objects.connectors.now.has(key)) {
      objects.putConnector(key, connector && ({ ...connector } as Connector));
    }
    const participant = view.participants.get(key);
    if (participant || objects.participants.now.has(key)) {
      objects.participants.put(key, participant && { ...participant });
    }
    const link = view.links.get(key);
    if (link || objects.links.now.has(key)) objects.links.put(key, link && { ...link });
  }

  #resetNote(source: Source, id: ID): void {
    const note = source.view.notes.get(id);
    const shown = this.#objects.notes.now.get(id);
    if (note) {
      const text = source.text(id) ?? note.text;
      this.#objects.putNote(id, { ...note, rev: note.rev as ID, text, unsaved: false });
      return;
    }
    if (shown && !this.#outbox.concerns(id)) this.#bury({ note: shown, arrows: [] });
    this.#objects.putNote(id, undefined);
  }

  #bury(grave: Grave): void {
    this.#graves.delete(grave.note.id);
    this.#graves.set(grave.note.id, grave);
    const oldest = this.#graves.keys().next();
    if (this.#graves.size > maxGraves && !oldest.done) this.#graves.delete(oldest.value);
  }

  /** Gives the notes that may be others their ring and whether they wait, when all ops are done. */
  #finish(source: Source, all: boolean): void {
    const objects = this.#objects;
    const moved = this.#outbox.waiting.some((waiting) => waiting.target);
    const others = objects.areas.was.size > 0;
    const everywhere = (moved || this.#moved) && (all || others || moved !== this.#moved);
    this.#moved = moved;
    const stale = new Set<Key>(everywhere ? objects.notes.now.keys() : objects.notes.was.keys());
    if (others) for (const key of this.#outbox.keys()) stale.add(key); // these have no ring of the board's yet
    for (const key of stale) {
      const id = key as ID;
      const note = objects.notes.now.get(id);
      if (!note) continue;
      const own = this.#outbox.claims(id);
      const unsaved = own || this.#typing.has(id);
      const ring = this.#ringOf(source, note, own || moved);
      if (note.ring !== ring || note.unsaved !== unsaved) objects.putNote(id, { ...note, ring, unsaved });
    }
  }

  #ringOf(source: Source, note: Note, predicted: boolean): Ref {
    const known = source.view.notes.get(note.id);
    if (known && !predicted) return known.ring;
    const { x, y } = centre(note);
    return ringAmong(this.#objects.targets, x, y);
  }
}
