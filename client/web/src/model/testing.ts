/** Walls and a session for tests and benches: nothing of the page imports this. */
import { Copy } from "../core/view";
import { type Change, type ID, limits, type NoteChange, type Op, type Ref, type Role } from "../protocol.gen";
import { LiveWall, type Source } from "./live";
import { PastWall } from "./past";
import { Places, towardRing } from "./place";
import type { Presence, Refusal, SaveState, Session, Ticket } from "./types";

const { unit } = limits;

interface Recorded {
  title: string;
  question: string;
  language: string;
  perspectives: { key: string; label: string }[];
  participants: { key: string; perspective: string }[];
  rings: { key: string; label: string }[];
  clusters: { key: string; title: string }[];
  notes: {
    key: string;
    text: string;
    perspective: string;
    participant: string;
    ring: string | null;
    cluster: string | null;
  }[];
}

const [seed] = Object.values(
  import.meta.glob<Recorded>("../../../../protocol/board/testdata/seed-session/denk-werksessie.json", {
    eager: true,
    import: "default",
  }),
);

/** A name as an id: readable in what a failing test says. */
export function id(name: string): ID {
  return name as ID;
}

/** A note as a base tells it, small and empty where nothing else is said. */
export function note(name: string, to: Partial<NoteChange> = {}): Change {
  const whole = { x: 0, y: 0, w: 112 * unit, h: 112 * unit, text: "", rev: id(`rev-${name}`), colour: 1, front: 1 };
  return { note: { id: id(name), ...whole, ...to } };
}

/** A target of two rings, `core` of half-width 400 board units and `far` of 800, around the origin. */
export const target: Change = {
  area: {
    id: id("target"),
    form: "target",
    title: "",
    x: 0,
    y: 0,
    rings: [
      { id: id("core"), label: "Kern", size: 400 * unit },
      { id: id("far"), label: "Meer op afstand", size: 800 * unit },
    ],
    front: 1,
  },
};

/** A person, contributor where nothing else is said. */
export function person(name: string, role: Role = "contributor", perspective: Ref = "", colour = 1): Change {
  return { participant: { id: id(name), name, colour, perspective, role, left: false } };
}

/**
 * The changes of a board of `count` notes of 138 units on a loose grid, every eighth alone, the others in clusters of
 * about 20, by four perspectives. The same for the same count.
 */
export function manyNotes(count: number): Change[] {
  const changes: Change[] = [{ board: { title: "Veel", question: "Wat nog?", language: "nl", background: "dots" } }];
  let after: Ref = "";
  for (let p = 1; p <= 4; p++) {
    changes.push({ perspective: { id: id(`p${p}`), label: `Groep ${p}`, colour: p, pattern: p, after } });
    after = id(`p${p}`);
    changes.push(person(`person${p}`, "contributor", after, p));
  }
  const columns = Math.max(1, Math.ceil(Math.sqrt(count * 1.6)));
  const step = 160 * unit;
  const clusters = new Map<string, Change>();
  const notes: Change[] = [];
  for (let i = 0; i < count; i++) {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    const cluster = `c${Math.floor(column / 5)}-${Math.floor(row / 4)}`;
    const alone = i % 8 === 7;
    if (!alone && !clusters.has(cluster)) {
      clusters.set(cluster, { cluster: { id: id(cluster), title: `Thema ${cluster}`, order: clusters.size + 1 } });
    }
    const speaker = (i % 4) + 1;
    notes.push(
      note(`n${i}`, {
        x: column * step + ((i * 7919) % (20 * unit)),
        y: row * step + ((i * 104729) % (20 * unit)),
        w: 138 * unit,
        h: 138 * unit,
        text: `${i % 5 === 0 ? "👩‍🔬 " : ""}Briefje ${i} over iets dat we vaker samen willen doen`.slice(
          0,
          20 + (i % 60),
        ),
        perspective: id(`p${speaker}`),
        colour: 0,
        author: id(`person${speaker}`),
        cluster: alone ? "" : id(cluster),
        front: i + 1,
      }),
    );
  }
  return [...changes, ...clusters.values(), ...notes];
}

/** The work session of four knowledge centres, as it ended: 42 notes in two rings and five clusters. Ids are its keys. */
export function seedSession(): Change[] {
  if (!seed) throw new Error("the recorded session is not there");
  const { title, question, language } = seed;
  const changes: Change[] = [{ board: { title, question, language, background: "dots" } }];
  let after: Ref = "";
  for (const [i, { key, label }] of seed.perspectives.entries()) {
    changes.push({ perspective: { id: id(key), label, colour: i + 1, pattern: i + 1, after } });
    after = id(key);
  }
  for (const { key, perspective } of seed.participants) changes.push(person(key, "contributor", id(perspective)));
  const rings = seed.rings.map(({ key, label }, i) => ({ id: id(key), label, size: (i + 1) * 900 * unit }));
  changes.push({ area: { id: id("target"), form: "target", title: "", x: 0, y: 0, rings, front: 1 } });
  for (const [i, c] of seed.clusters.entries()) {
    changes.push({ cluster: { id: id(c.key), title: c.title, order: i + 1 } });
  }
  const wall = PastWall.at(changes);
  const places = new Places(wall);
  const size = 112 * unit;
  for (const [i, from] of seed.notes.entries()) {
    const sector = seed.clusters.findIndex((c) => c.key === from.cluster);
    const angle = (2 * Math.PI * sector) / (seed.clusters.length + 1);
    const ring = id(from.ring ?? "");
    const far = 800 * unit * (from.ring === "kern" ? 0.5 : 1.8);
    const near = towardRing(wall, ring, { x: far * Math.cos(angle), y: 0.7 * far * Math.sin(angle) });
    const place = places.next(near ?? { x: 0, y: 0 }, size, size, ring);
    const { key, text, perspective, participant, cluster } = from;
    const said = { text, perspective: id(perspective), author: id(participant), cluster: id(cluster ?? ""), ring };
    changes.push(note(key, { ...place, w: size, h: size, colour: 0, front: i + 1, ...said }));
  }
  return changes;
}

/** A core without a server: ops wait until they are answered by hand. */
export class Bench implements Source {
  view = new Copy();
  me: Ref = "";
  role: Role = "contributor";
  writer: { id: ID } | undefined;
  waiting: { ticket: number; n: number; op: Op; acked: boolean }[] = [];
  typed = new Map<ID, string>();
  #tickets = 0;

  submit(op: Op): Ticket {
    this.#tickets++;
    this.waiting.push({ ticket: this.#tickets, n: this.#tickets, op, acked: false });
    return this.#tickets;
  }

  pending() {
    return this.waiting.map((op) => ({ ...op }));
  }

  text(note: ID): string | undefined {
    return this.typed.get(note) ?? this.view.notes.get(note)?.text;
  }

  typing(): ID[] {
    return [...this.typed.keys()];
  }

  fold(changes: readonly Change[]): void {
    for (const change of changes) this.view.fold(change);
  }

  /** The board answers the first ops. */
  ack(count = this.waiting.length): void {
    this.waiting = this.waiting.slice(count);
  }
}

/** A session whose ops are kept to be looked at, and show at once. */
export class BenchSession implements Session {
  readonly board = id("board");
  readonly bench = new Bench();
  readonly wall = new LiveWall(() => 1000);
  readonly ops: Op[] = [];
  readonly save: SaveState = { kind: "saved", waiting: 0, memoryOnly: false };
  readonly refusals: readonly Refusal[] = [];
  readonly canUndo = false;
  readonly canRedo = false;
  readonly token = "";
  readonly presence: Presence = {
    here: new Set(),
    cursors: new Map(),
    typing: new Map(),
    drags: new Map(),
    selections: new Map(),
    subscribe: () => () => {},
  };

  constructor(changes: readonly Change[], me = "me", role: Role = "facilitator") {
    this.bench.fold([person(me, role), ...changes]);
    this.bench.me = id(me);
    this.bench.role = role;
    this.wall.update(this.bench, "all");
  }

  do(op: Op): Ticket {
    this.ops.push(op);
    const ticket = this.bench.submit(op);
    this.wall.update(this.bench, []);
    return ticket;
  }

  type(note: ID, _was: string, now: string): void {
    this.bench.typed.set(note, now);
    this.wall.update(this.bench, [], [note]);
  }

  subscribe(): () => void {
    return () => {};
  }
  dismiss(): void {}
  keep(): void {}
  undo(): void {}
  redo(): void {}
  signal(): void {}
  close(): void {}
  unsavedText(): string {
    return "";
  }
}
