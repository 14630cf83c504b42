/** What the list shows. Rows are cells of their own, so that one note that changes is one row that renders. */
import { perspectiveOf, readingOrder, search } from "../../model";
import type { Note, Session, Touched, Wall } from "../../model/types";
import type { ID } from "../../protocol.gen";
import { type By, type Group, groups, isMine, ringLabel } from "./group";
import { nothingWaits, settle, type Waiting, waiting } from "./held";
import { noteName } from "./name";

/** What a row shows of a note. */
export interface RowView {
  readonly text: string;
  readonly colour: number;
  readonly pattern: number;
  readonly perspective: string;
  readonly ring: string;
  readonly cluster: string;
  readonly mine: boolean;
  readonly tags: readonly string[];
  /** lines that begin or end at it */
  readonly links: number;
  /** for those who do not see it */
  readonly name: string;
  /** it was deleted; its place is kept */
  readonly gone: boolean;
}

export class Cell {
  view = $state.raw<RowView>(nothing);
}

const nothing: RowView = {
  text: "",
  colour: 1,
  pattern: 1,
  perspective: "",
  ring: "",
  cluster: "",
  mine: false,
  tags: [],
  links: 0,
  name: "",
  gone: true,
};

/** Others' changes are looked at no more often than this, ms. */
const lookEvery = 250;
/** So many rows are there at first, and so many more with every turn, until all are: the first are seen at once. */
const rows = { first: 24, more: 48 };
/** Rows are laid out by pieces of so many: those out of sight cost nothing. */
const piece = 40;

/** A group as it is drawn. */
export interface Shown {
  readonly group: Group;
  readonly pieces: readonly (readonly ID[])[];
}

export class ListState {
  shown = $state.raw<readonly Group[]>([]);
  waiting = $state.raw<Waiting>(nothingWaits);
  selecting = $state(false);
  selected = $state.raw<ReadonlySet<ID>>(new Set());
  folded = $state.raw<ReadonlySet<string>>(new Set());
  query = $state("");
  /** becomes another whenever groups, titles or counts may be others */
  #beat = $state(0);
  #by = $state<By>("cluster");
  #rows = $state(rows.first);
  #growing = false;
  #destroyed = false;
  readonly #session: Session;
  readonly #cells = new Map<ID, Cell>();
  /** notes whose place is not held for the reader, who moved them */
  #own = new Set<ID>();
  #ownGroups = new Set<string>();
  /** deleted by the reader: they are no news */
  #buried = new Set<ID>();
  #links: Map<ID, number> | undefined;
  /** where notes were that changed before */
  readonly #places = new Map<ID, string>();
  #reading = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: () => void;

  constructor(session: Session, by: By) {
    this.#session = session;
    this.#by = by;
    this.load();
    this.#stop = session.wall.subscribe((touched) => this.#changed(touched));
  }

  get wall(): Wall {
    return this.#session.wall;
  }

  /** The wall, for who renders anew when groups, titles or counts may be others; not for every letter that is typed. */
  get seen(): Wall {
    void this.#beat;
    return this.wall;
  }

  get by(): By {
    return this.#by;
  }

  set by(by: By) {
    this.#by = by;
    this.#rows = rows.first;
    this.load();
  }

  /** Groups as they are to be seen: only what was searched for, when something was. */
  get groups(): readonly Group[] {
    const query = this.query.trim();
    if (query === "") return this.shown;
    const found = new Set(search(this.seen, query, this.wall.notes.size).map((each) => each.id));
    return this.shown.flatMap((group) => {
      const notes = found.has(group.id as ID) ? group.notes : group.notes.filter((id) => found.has(id));
      return notes.length > 0 ? [{ ...group, notes }] : [];
    });
  }

  /** The groups with the rows that are to be there by now. */
  get drawn(): Shown[] {
    let room = this.#rows;
    return this.groups.map((group) => {
      const notes = this.folded.has(group.key) ? [] : group.notes.slice(0, room);
      room -= notes.length;
      const pieces: ID[][] = [];
      for (let at = 0; at < notes.length; at += piece) pieces.push(notes.slice(at, at + piece));
      return { group, pieces };
    });
  }

  /** All notes that are shown and still there, as they are read. */
  get notes(): ID[] {
    return this.groups.flatMap((group) => group.notes.filter((id) => this.wall.notes.has(id)));
  }

  cell(id: ID): Cell {
    let cell = this.#cells.get(id);
    if (!cell) {
      cell = new Cell();
      cell.view = view(this.wall, this.wall.notes.get(id), this.#linksOf(id)) ?? nothing;
      this.#cells.set(id, cell);
    }
    return cell;
  }

  /** From now on rows stay where they are. */
  read(): void {
    this.#reading = true;
  }

  /** Shows everything as it is now. */
  load(): void {
    this.#buried.clear();
    this.shown = this.#now();
    this.waiting = nothingWaits;
    this.selected = new Set([...this.selected].filter((id) => this.wall.notes.has(id)));
    this.#grow();
  }

  /** Notes (and groups) that the reader is about to change: they go where they belong at once. */
  mine(notes: Iterable<ID>, groupKey?: string): void {
    for (const id of notes) this.#own.add(id);
    if (groupKey) this.#ownGroups.add(groupKey);
    this.#soon(0);
  }

  /** Notes that the reader is about to delete: their places stay, with a way back. */
  bury(notes: Iterable<ID>): void {
    for (const id of notes) this.#buried.add(id);
    this.#soon(0);
  }

  toggle(id: ID): void {
    const next = new Set(this.selected);
    if (!next.delete(id)) next.add(id);
    this.selected = next;
  }

  fold(key: string): void {
    const next = new Set(this.folded);
    if (!next.delete(key)) next.add(key);
    this.folded = next;
  }

  stopSelecting(): void {
    this.selecting = false;
    this.selected = new Set();
  }

  /** Says the words again, for another language. */
  reword(): void {
    for (const [id, cell] of this.#cells) this.#refresh(cell, id);
  }

  destroy(): void {
    this.#stop();
    clearTimeout(this.#timer);
    this.#destroyed = true;
  }

  #grow(): void {
    if (this.#growing || this.#rows >= this.wall.notes.size + this.#buried.size) return;
    this.#growing = true;
    whenIdle(() => {
      this.#growing = false;
      if (this.#destroyed) return;
      this.#rows += rows.more;
      this.#grow();
    });
  }

  #now(): Group[] {
    return groups(this.wall, readingOrder(this.wall), this.#by);
  }

  #changed(touched: Touched): void {
    const every = touched.all || touched.perspectives || touched.areas.size > 0 || touched.connectors.size > 0;
    if (touched.all || touched.connectors.size > 0) this.#links = undefined;
    if (every) this.reword();
    else for (const id of this.#said(touched)) this.#refresh(this.#cells.get(id), id);
    let own = false;
    let moved = every || touched.clusters.size > 0 || this.query !== "";
    for (const id of touched.notes) {
      const note = this.wall.notes.get(id);
      if (this.#stands(id, note)) continue;
      moved = true;
      if (!note?.unsaved) continue;
      this.#own.add(id);
      own = true;
    }
    if (moved) this.#soon(own || !this.#reading ? 0 : lookEvery);
  }

  /** Notes whose rows may say something else: those that were touched, and those of clusters that were. */
  #said(touched: Touched): Set<ID> {
    const notes = new Set(touched.notes);
    for (const id of touched.clusters) for (const note of this.wall.clusters.get(id)?.notes ?? []) notes.add(note);
    return notes;
  }

  /** Whether it stands where it stood when this was last asked: typing in a note moves nothing. */
  #stands(id: ID, note: Readonly<Note> | undefined): boolean {
    const was = this.#places.get(id);
    const is = note && `${note.x} ${note.y} ${note.cluster} ${note.ring}`;
    if (is) this.#places.set(id, is);
    else this.#places.delete(id);
    return is === was;
  }

  /** How many lines begin or end at a note; counted once for all of them. */
  #linksOf(id: ID): number {
    if (!this.#links) {
      this.#links = new Map();
      for (const { from, to } of this.wall.connectors.values()) {
        for (const end of [from, to]) this.#links.set(end, (this.#links.get(end) ?? 0) + 1);
      }
    }
    return this.#links.get(id) ?? 0;
  }

  #refresh(cell: Cell | undefined, id: ID): void {
    if (!cell) return;
    const next = view(this.wall, this.wall.notes.get(id), this.#linksOf(id));
    if (!next) {
      if (!cell.view.gone) cell.view = { ...cell.view, gone: true };
    } else if (!same(cell.view, next)) cell.view = next;
  }

  #soon(ms: number): void {
    if (this.#timer !== undefined && ms > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    this.#timer = undefined;
    this.#beat++;
    const now = this.#now();
    if (!this.#reading || this.#session.save.kind === "connecting") {
      this.#buried.clear();
      this.shown = now;
      this.#grow();
      return;
    }
    for (const id of this.#buried) if (this.wall.notes.has(id)) this.#buried.delete(id);
    for (const id of this.#buried) this.#own.delete(id);
    const next = settle(this.shown, now, this.#own, this.#ownGroups);
    if (!sameGroups(next, this.shown)) this.shown = next;
    this.#grow();
    this.#own = new Set();
    this.#ownGroups = new Set();
    const waits = waiting(this.shown, now);
    this.waiting = { ...waits, gone: waits.gone - [...this.#buried].filter((id) => !this.wall.notes.has(id)).length };
  }
}

/** After what is there has been drawn, and what the person does has been answered. */
function whenIdle(run: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run, { timeout: 300 });
  else setTimeout(run, 60); // Safari
}

function view(wall: Wall, note: Readonly<Note> | undefined, links: number): RowView | undefined {
  if (!note) return undefined;
  const face = perspectiveOf(wall, note);
  return {
    text: note.text,
    colour: face.colour,
    pattern: face.pattern,
    perspective: face.label,
    ring: ringLabel(wall, note.ring),
    cluster: (note.cluster && wall.clusters.get(note.cluster)?.title) || "",
    mine: isMine(wall, note),
    tags: note.tags,
    links,
    name: noteName(wall, note),
    gone: false,
  };
}

function same(a: RowView, b: RowView): boolean {
  return (
    a.text === b.text &&
    a.name === b.name &&
    a.gone === b.gone &&
    a.colour === b.colour &&
    a.pattern === b.pattern &&
    a.mine === b.mine &&
    a.links === b.links &&
    a.tags.join("\n") === b.tags.join("\n")
  );
}

function sameGroups(a: readonly Group[], b: readonly Group[]): boolean {
  return (
    a.length === b.length &&
    a.every((group, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        group.key === other.key &&
        group.title === other.title &&
        group.of === other.of &&
        group.notes.length === other.notes.length &&
        group.notes.every((id, j) => id === other.notes[j])
      );
    })
  );
}
