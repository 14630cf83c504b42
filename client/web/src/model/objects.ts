import type { ID, Ref } from "../protocol.gen";
import { inReadingOrder } from "./order";
import { frontFirst } from "./ring";
import { Shelf, same } from "./shelf";
import type { Area, Cluster, Connector, Cover, Invitation, Note, Participant, Perspective, Touched } from "./types";

const noCover: Readonly<Cover> = {
  title: "",
  question: "",
  language: "",
  background: "dots",
  created: 0,
  deleted: false,
};

/**
 * A board's objects with what is looked up all the time: which notes a cluster has, which connectors end at an object,
 * which targets lie in front. A change of the board is any number of puts, then one settle, which tells what became another.
 */
export class Objects {
  cover: Readonly<Cover> = noCover;
  perspectives: readonly Readonly<Perspective>[] = [];
  readonly participants = new Shelf<Participant>();
  readonly notes = new Shelf<Note>();
  readonly clusters = new Shelf<Cluster>();
  readonly areas = new Shelf<Area>();
  readonly connectors = new Shelf<Connector>();
  readonly links = new Shelf<Invitation>();

  #coverWas: Readonly<Cover> = noCover;
  #perspectivesWas: readonly Readonly<Perspective>[] = [];
  readonly #members = new Map<ID, Set<ID>>();
  readonly #arrows = new Map<ID, Set<ID>>();
  /** clusters whose notes may be others, or in another order */
  readonly #unread = new Set<ID>();
  #targets: readonly Area[] | undefined;

  /** The notes of a cluster, in no order. */
  members(cluster: ID): ReadonlySet<ID> {
    return this.#members.get(cluster) ?? none;
  }

  /** The connectors that end at an object. */
  arrows(object: ID): ReadonlySet<ID> {
    return this.#arrows.get(object) ?? none;
  }

  /** The targets, the front one first. */
  get targets(): readonly Area[] {
    this.#targets ??= frontFirst(this.areas.now.values()).filter((area) => area.form === "target");
    return this.#targets;
  }

  putNote(id: ID, note: Note | undefined): void {
    const old = this.notes.put(id, note);
    if (old?.cluster !== note?.cluster) {
      if (old) takeFrom(this.#members, old.cluster, id);
      if (note) addTo(this.#members, note.cluster, id);
    }
    for (const cluster of [old?.cluster, note?.cluster]) if (cluster) this.#unread.add(cluster);
  }

  putCluster(id: ID, cluster: Cluster | undefined): void {
    this.clusters.put(id, cluster);
    this.#unread.add(id);
  }

  putArea(id: ID, area: Area | undefined): void {
    this.areas.put(id, area);
    this.#targets = undefined;
  }

  putConnector(id: ID, connector: Connector | undefined): void {
    const old = this.connectors.put(id, connector);
    for (const end of old ? [old.from, old.to] : []) takeFrom(this.#arrows, end, id);
    for (const end of connector ? [connector.from, connector.to] : []) addTo(this.#arrows, end, id);
  }

  /** Takes everything away, as before a new copy. What was there is not told by the next settle. */
  clear(): void {
    for (const shelf of [this.participants, this.notes, this.clusters, this.areas, this.connectors, this.links]) {
      shelf.clear();
    }
    this.#members.clear();
    this.#arrows.clear();
    this.#unread.clear();
    this.#targets = undefined;
    this.cover = this.#coverWas = noCover;
    this.perspectives = this.#perspectivesWas = [];
  }

  /** Ends a change of the board: clusters get their notes in reading order. Returns what became another. */
  settle(all: boolean): Touched {
    for (const id of this.#unread) this.#readAnew(id);
    this.#unread.clear();
    const links = this.links.settle();
    const touched: Touched = {
      all,
      cover: !same(this.cover, this.#coverWas),
      perspectives: !same(this.perspectives, this.#perspectivesWas),
      participants: this.participants.settle(),
      notes: this.notes.settle(),
      clusters: this.clusters.settle(),
      areas: this.areas.settle(),
      connectors: this.connectors.settle(),
      links: links.size > 0,
    };
    if (touched.cover) this.#coverWas = this.cover;
    else this.cover = this.#coverWas;
    if (touched.perspectives) this.#perspectivesWas = this.perspectives;
    else this.perspectives = this.#perspectivesWas;
    this.#targets = undefined; // an area that is the same again may be another object
    return touched;
  }

  #readAnew(id: ID): void {
    const cluster = this.clusters.now.get(id);
    if (!cluster) return;
    const notes: Note[] = [];
    for (const member of this.members(id)) {
      const note = this.notes.now.get(member);
      if (note) notes.push(note);
    }
    const ids = inReadingOrder(notes).map((note) => note.id);
    if (!same(ids, cluster.notes)) this.clusters.put(id, { ...cluster, notes: ids });
  }
}

const none: ReadonlySet<ID> = new Set();

function addTo(index: Map<ID, Set<ID>>, object: Ref, id: ID): void {
  if (object === "") return;
  const set = index.get(object);
  if (set) set.add(id);
  else index.set(object, new Set([id]));
}

function takeFrom(index: Map<ID, Set<ID>>, object: Ref, id: ID): void {
  if (object === "") return;
  const set = index.get(object);
  set?.delete(id);
  if (set?.size === 0) index.delete(object);
}

/** Says that nothing became another. */
export function noChange(t: Touched): boolean {
  const sets = [t.participants, t.notes, t.clusters, t.areas, t.connectors];
  return !t.all && !t.cover && !t.perspectives && !t.links && sets.every((ids) => ids.size === 0);
}
