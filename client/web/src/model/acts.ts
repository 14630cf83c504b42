import { newID } from "../core";
import { type ID, limits, type NoteCreate, type Op, type Ref } from "../protocol.gen";
import { BoardActs } from "./boardActs";
import { type Box, bounds, onBoard, type Point } from "./geometry";
import { distinct, pieces } from "./ids";
import { kindOf } from "./past";
import { Places, towardRing } from "./place";
import type { Note } from "./types";

/** a standard note: 176 board units */
export const noteSize = 176 * limits.unit;
/** a copy lies 24 board units to the right and below */
const copyOffset = { x: 24 * limits.unit, y: 24 * limits.unit };

export type PlaceTarget = { ring: ID } | { cluster: ID } | { beside: ID };

/**
 * What a person does, as ops. What is done to several objects is one batch, so one undo step. Ids that name nothing (any
 * more) are passed over.
 */
export class Acts extends BoardActs {
  /** Makes a note and returns its id. The place is its left top. */
  newNote(at: Point & { w?: number; h?: number; text?: string; colour?: number; cluster?: ID }): ID {
    const op = this.#create({ ...at, ...onBoard(at) });
    this.session.do(op);
    return op.note;
  }

  /** Makes a note of each text, in a row of columns from a left top on. One undo step. */
  newNotes(near: Point, texts: readonly string[], colour?: number): ID[] {
    const places = new Places(this.wall);
    const ops = texts.map((text) => {
      const place = places.next(near, noteSize, noteSize);
      return this.#create(colour === undefined ? { ...place, text } : { ...place, text, colour });
    });
    this.together(ops);
    return ops.map((op) => op.note);
  }

  #create(at: Point & { w?: number; h?: number; text?: string; colour?: number; cluster?: ID }): NoteCreate {
    const { x, y, w = noteSize, h = noteSize, text, colour, cluster } = at;
    const op: NoteCreate = { kind: "note.create", note: newID(), x, y, w, h, rev: newID() };
    if (text) op.text = text;
    const own = colour ?? this.wall.participants.get(this.wall.me as ID)?.colour ?? 0;
    if (this.wall.perspectives.length === 0 && own > 0) op.colour = own;
    if (cluster) op.cluster = cluster;
    return op;
  }

  moveNotes(to: ReadonlyMap<ID, Point>): void {
    this.together(
      [...to].flatMap(([note, place]): Op[] => {
        const now = this.wall.notes.get(note);
        const { x, y } = onBoard(place);
        return !now || (now.x === x && now.y === y) ? [] : [{ kind: "note.move", note, x, y }];
      }),
    );
  }

  resize(note: ID, box: Box): void {
    if (!this.wall.notes.has(note)) return;
    const size = (v: number) => Math.min(limits.maxSize, Math.max(limits.minSize, Math.round(v)));
    this.session.do({ kind: "note.resize", note, ...onBoard(box), w: size(box.w), h: size(box.h) });
  }

  /** Only on a board without perspectives: there a colour says who speaks. */
  recolour(notes: Iterable<ID>, colour: number): void {
    if (this.wall.perspectives.length > 0) return;
    this.#each(notes, (note) => (note.colour === colour ? [] : [{ kind: "note.recolour", note: note.id, colour }]));
  }

  /** Gives a note its tags, all of them. */
  tag(note: ID, tags: readonly string[]): void {
    if (this.wall.notes.has(note)) this.session.do({ kind: "note.tag", note, tags: [...new Set(tags)] });
  }

  /** Makes a copy of each note, in its cluster, and returns the copies' ids. The text is what one sees. */
  duplicate(notes: Iterable<ID>, offset: Point = copyOffset): ID[] {
    const copies: ID[] = [];
    const ops = this.#living(notes).flatMap((from): Op[] => {
      const { w, h, text, colour } = from;
      const place = onBoard({ x: from.x + offset.x, y: from.y + offset.y });
      const op = this.#create({ ...place, w, h, text, ...(colour > 0 && { colour }) });
      if (from.tags.length > 0) op.tags = [...from.tags];
      if (from.cluster !== "") op.cluster = from.cluster;
      copies.push(op.note);
      return [op];
    });
    this.together(ops);
    return copies;
  }

  /** Brings notes and areas before all others of their kind, as they lie among themselves. */
  front(ids: Iterable<ID>): void {
    this.together(this.#asTheyLie(ids).map((id) => this.#lay(id, "front")));
  }

  back(ids: Iterable<ID>): void {
    this.together(this.#asTheyLie(ids).map((id) => this.#lay(id, "back")));
  }

  #lay(id: ID, to: "front" | "back"): Op {
    return this.wall.notes.has(id) ? { kind: `note.${to}`, note: id } : { kind: `area.${to}`, area: id };
  }

  #asTheyLie(ids: Iterable<ID>): ID[] {
    const front = (id: ID) => this.wall.notes.get(id)?.front ?? this.wall.areas.get(id)?.front;
    return distinct(ids)
      .filter((id) => front(id) !== undefined)
      .sort((a, b) => (front(a) ?? 0) - (front(b) ?? 0));
  }

  remove(notes: Iterable<ID>): void {
    this.#each(notes, (note) => [{ kind: "note.delete", note: note.id }]);
  }

  restore(notes: Iterable<ID>): void {
    const gone = distinct(notes).filter((note) => !this.wall.notes.has(note));
    this.together(gone.map((note) => ({ kind: "note.restore", note })));
  }

  /** Makes a cluster of notes, which leave those they were in, and deletes the clusters that are empty by that. */
  cluster(notes: Iterable<ID>, title = ""): ID {
    const [cluster, ops] = this.#clusterOf(notes, title);
    this.together(ops);
    return cluster;
  }

  /**
   * Puts notes beside another and in its cluster, which is made if there is none. One undo step. Returns the cluster, and
   * whether it was made.
   */
  gather(onto: ID, notes: Iterable<ID>): { cluster: ID; made: boolean } | undefined {
    const other = this.wall.notes.get(onto);
    const moving = this.#living(notes).filter((note) => note.id !== onto);
    if (!other || moving.length === 0) return undefined;
    const places = new Places(this.wall, new Set(moving.map((note) => note.id)));
    const moves = moving.map((note): Op => {
      const to = places.next({ x: other.x + other.w, y: other.y }, note.w, note.h);
      return { kind: "note.move", note: note.id, x: to.x, y: to.y };
    });
    const ids = moving.map((note) => note.id);
    const made = other.cluster === "";
    const [cluster, joins] =
      other.cluster === "" ? this.#clusterOf([onto, ...ids], "") : [other.cluster, this.#joining(other.cluster, ids)];
    this.together([...moves, ...joins]);
    return { cluster, made };
  }

  #clusterOf(notes: Iterable<ID>, title: string): [ID, Op[]] {
    const cluster = newID();
    const ids = this.#living(notes).map((note) => note.id);
    const [first = [], ...more] = pieces(ids);
    const make: Op = { kind: "cluster.create", cluster, notes: first };
    if (title !== "") make.title = title;
    const assign = more.map((some): Op => ({ kind: "cluster.assign", cluster, notes: some }));
    return [cluster, [make, ...assign, ...this.#emptied(ids, cluster)]];
  }

  rename(cluster: ID, title: string): void {
    if (this.wall.clusters.get(cluster)?.title === title) return;
    this.session.do({ kind: "cluster.rename", cluster, title });
  }

  moveCluster(cluster: ID, dx: number, dy: number): void {
    const [x, y] = [Math.round(dx), Math.round(dy)];
    if (x !== 0 || y !== 0) this.session.do({ kind: "cluster.move", cluster, dx: x, dy: y });
  }

  assign(cluster: ID, notes: Iterable<ID>): void {
    this.together(this.#joining(cluster, notes));
  }

  #joining(cluster: ID, notes: Iterable<ID>): Op[] {
    const ids = this.#living(notes).flatMap((note) => (note.cluster === cluster ? [] : note.id));
    return [
      ...pieces(ids).map((some): Op => ({ kind: "cluster.assign", cluster, notes: some })),
      ...this.#emptied(ids, cluster),
    ];
  }

  /** Takes notes out of the clusters they are in. A cluster that is empty by that goes. */
  free(notes: Iterable<ID>): void {
    const ids = this.#living(notes).flatMap((note) => (note.cluster === "" ? [] : note.id));
    this.together([
      ...pieces(ids).map((some): Op => ({ kind: "cluster.unassign", notes: some })),
      ...this.#emptied(ids, ""),
    ]);
  }

  /**
   * The clusters that have no name and no notes when these have left: nobody sees them any more. One with a name stays, so
   * that what somebody wrote is not lost with its last note.
   */
  #emptied(leaving: readonly ID[], to: Ref): Op[] {
    const going = new Set(leaving);
    const clusters = new Set(leaving.map((id) => this.wall.notes.get(id)?.cluster ?? ""));
    return [...clusters].flatMap((id): Op[] => {
      const cluster = id === "" || id === to ? undefined : this.wall.clusters.get(id);
      const empties = cluster?.title === "" && cluster.notes.every((note) => going.has(note));
      return cluster && empties ? [{ kind: "cluster.delete", cluster: cluster.id }] : [];
    });
  }

  /** All notes of `from` go into `into`, which keeps its title, or gets that of `from` if it has none. */
  merge(into: ID, from: ID): void {
    const [target, source] = [this.wall.clusters.get(into), this.wall.clusters.get(from)];
    if (!target || !source || into === from) return;
    const ops: Op[] = [{ kind: "cluster.merge", cluster: into, from }];
    if (target.title === "" && source.title !== "") {
      ops.push({ kind: "cluster.rename", cluster: into, title: source.title });
    }
    this.together(ops);
  }

  /** Deletes a cluster; its notes stay where they are. */
  dissolve(cluster: ID): void {
    if (this.wall.clusters.has(cluster)) this.session.do({ kind: "cluster.delete", cluster });
  }

  /**
   * Puts notes somewhere by name: into a ring, at the free place nearest to where each is; into a cluster, beside its
   * notes; or beside another note.
   */
  place(notes: Iterable<ID>, target: PlaceTarget): void {
    const moving = this.#living(notes).filter((note) => !("beside" in target) || note.id !== target.beside);
    const places = new Places(this.wall, new Set(moving.map((note) => note.id)));
    const ops: Op[] = [];
    const move = (note: Readonly<Note>, to: Point) => ops.push({ kind: "note.move", note: note.id, x: to.x, y: to.y });
    for (const note of moving) {
      if ("ring" in target) {
        if (note.ring === target.ring) continue;
        const middle = { x: note.x + note.w / 2, y: note.y + note.h / 2 };
        const near = towardRing(this.wall, target.ring, middle);
        if (!near) continue;
        const start = { x: near.x - Math.floor(note.w / 2), y: near.y - Math.floor(note.h / 2) };
        move(note, places.next(start, note.w, note.h, target.ring));
      } else if ("cluster" in target) {
        if (note.cluster === target.cluster) continue;
        const box = bounds(this.#living(this.wall.clusters.get(target.cluster)?.notes ?? []));
        if (box) move(note, places.next({ x: box.x + (box.w - note.w) / 2, y: box.y + box.h }, note.w, note.h));
      } else {
        const other = this.wall.notes.get(target.beside);
        if (other) move(note, places.next({ x: other.x + other.w, y: other.y }, note.w, note.h));
      }
    }
    if ("cluster" in target && this.wall.clusters.has(target.cluster)) {
      const ids = moving.flatMap((note) => (note.cluster === target.cluster ? [] : note.id));
      for (const some of pieces(ids)) ops.push({ kind: "cluster.assign", cluster: target.cluster, notes: some });
      ops.push(...this.#emptied(ids, target.cluster));
    }
    this.together(ops);
  }

  connect(from: ID, to: ID, label = ""): ID {
    const connector = newID();
    const op: Op = { kind: "connector.create", connector, from, to };
    if (label !== "") op.label = label;
    this.session.do(op);
    return connector;
  }

  label(connector: ID, label: string): void {
    this.session.do({ kind: "connector.label", connector, label });
  }

  /** Deletes objects of any kind. A cluster's notes stay. */
  removeObjects(ids: Iterable<ID>): void {
    const removal = (id: ID): Op[] => {
      switch (kindOf(this.wall, id)) {
        case "note":
          return [{ kind: "note.delete", note: id }];
        case "cluster":
          return [{ kind: "cluster.delete", cluster: id }];
        case "area":
          return [{ kind: "area.delete", area: id }];
        case "connector":
          return [{ kind: "connector.delete", connector: id }];
        default:
          return [];
      }
    };
    const all = new Set(ids);
    // a connector goes with what it ends at: deleting it too would be refused
    const goesAnyway = (id: ID) => {
      const connector = this.wall.connectors.get(id);
      return connector !== undefined && (all.has(connector.from) || all.has(connector.to));
    };
    this.together([...all].filter((id) => !goesAnyway(id)).flatMap(removal));
  }

  #living(ids: Iterable<ID>): Readonly<Note>[] {
    return distinct(ids).flatMap((id) => this.wall.notes.get(id) ?? []);
  }

  #each(ids: Iterable<ID>, ops: (note: Readonly<Note>) => Op[]): void {
    this.together(this.#living(ids).flatMap(ops));
  }
}
