/** A small wall for tests: what is on it is said in a line, and what is changed is told as the live one tells it. */
import type { Area, Cluster, Cover, Note, Participant, Perspective, Touched, Wall } from "../../model/types";
import type { ID } from "../../protocol.gen";

export const id = (name: string): ID => name as ID;

type Changed = Partial<Record<"notes" | "clusters" | "areas", readonly string[]>> & { all?: boolean };

export class TestWall implements Wall {
  readonly cover: Cover = {
    title: "",
    question: "",
    language: "nl",
    background: "dots",
    created: 1,
    deleted: false,
  };
  me: Wall["me"] = id("me");
  readonly role = "contributor";
  readonly participants = new Map<ID, Participant>();
  readonly perspectives: Perspective[] = [];
  readonly notes = new Map<ID, Note>();
  readonly clusters = new Map<ID, Cluster>();
  readonly areas = new Map<ID, Area>();
  readonly connectors = new Map();
  readonly links = new Map();
  readonly #listeners = new Set<(touched: Touched) => void>();

  constructor() {
    this.person("me", "Noor");
  }

  subscribe(listener: (touched: Touched) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  touch({ all = false, notes = [], clusters = [], areas = [] }: Changed): void {
    const touched: Touched = {
      all,
      cover: false,
      perspectives: false,
      participants: new Set(),
      notes: new Set(notes.map(id)),
      clusters: new Set(clusters.map(id)),
      areas: new Set(areas.map(id)),
      connectors: new Set(),
      links: false,
    };
    for (const listener of this.#listeners) listener(touched);
  }

  person(name: string, called = name): void {
    const person: Participant = {
      id: id(name),
      name: called,
      colour: 1,
      perspective: "",
      role: "contributor",
      left: false,
    };
    this.participants.set(person.id, person);
  }

  note(name: string, more: Partial<Note> = {}): Note {
    const note: Note = {
      id: id(name),
      x: 0,
      y: 0,
      w: 100,
      h: 100,
      text: name,
      rev: id("rev"),
      colour: 1,
      tags: [],
      perspective: "",
      author: id("them"),
      cluster: "",
      ring: "",
      front: 0,
      created: 1,
      unsaved: false,
      ...more,
    };
    this.notes.set(note.id, note);
    return note;
  }

  /** a cluster of notes that are there */
  cluster(name: string, notes: readonly string[], title = name): void {
    this.clusters.set(id(name), { id: id(name), title, order: this.clusters.size, created: 1, notes: notes.map(id) });
    for (const note of notes) this.change(note, { cluster: id(name) });
  }

  target(name: string, rings: readonly string[], more: Partial<Area> = {}): void {
    this.areas.set(id(name), {
      id: id(name),
      form: "target",
      title: name,
      x: 0,
      y: 0,
      w: 0,
      h: 0,
      rings: rings.map((label, i) => ({ id: id(label), label, size: (i + 1) * 1000 })),
      front: 0,
      ...more,
    });
  }

  change(name: string, more: Partial<Note>): void {
    const note = this.notes.get(id(name));
    if (note) this.notes.set(note.id, { ...note, ...more });
  }
}
