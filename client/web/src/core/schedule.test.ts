/**
 * Plays random faults (connections that break with frames on their way, doors that say not now, boards that go back to what
 * is durable, acks and changes that come late) and then lets everything heal.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ID } from "../protocol.gen";
import { Person, settle } from "./testing/person";
import { newNote } from "./testing/table";
import { Wall } from "./testing/wall";
import { viewChanges } from "./unfold";

interface Faults {
  /** the board goes back to what is durable */
  rewinds?: boolean;
  /** it goes back further, and loses what it had called saved and writers with it */
  restores?: boolean;
  /** pages are loaded anew */
  reloads?: boolean;
}

interface Step {
  what: number;
  who: number;
  a: number;
  b: number;
}

class Game {
  readonly wall = new Wall();
  readonly shared: ID[] = [];
  readonly people: Person[];
  readonly words = new Map<string, ID>();
  readonly created = new Map<ID, { person: Person; ticket: number }>();
  readonly #faults: Faults;
  readonly #floor: number;

  constructor(people: number, faults: Faults) {
    this.#faults = faults;
    for (let i = 0; i < 2; i++) {
      const id = this.wall.newID();
      this.wall.append("", 0, newNote(id, this.wall.newID(), `note ${i} 🙂.`));
      this.shared.push(id);
    }
    this.#floor = this.wall.log.length;
    this.people = Array.from({ length: people }, (_, i) => new Person(this.wall, `p${i}_`));
    settle(this.wall, this.people);
  }

  step({ what, who, a, b }: Step): void {
    const p = this.people[who % this.people.length];
    if (p === undefined) return;
    if (what < 25) p.up();
    else if (what < 50) p.down();
    else if (what < 60) p.connect();
    else if (what < 64) p.drop();
    else if (what < 68) p.pass(1 + (a % 3000));
    else if (what < 72) this.wall.save();
    else if (what < 74) this.wall.notNow = !this.wall.notNow;
    else if (what < 76) this.#lose(a);
    else if (what < 78 && this.#faults.reloads) p.reload();
    else if (what < 80) this.#giveUp(a);
    else if (what < 87) this.#create(p);
    else this.#typeWord(p, a, b);
  }

  #lose(a: number): void {
    const { log, saved } = this.wall;
    const least = this.#faults.restores ? this.#floor : saved;
    if (this.#faults.rewinds || this.#faults.restores) this.wall.rewind(least + (a % (log.length - least + 1)));
  }

  #create(p: Person): void {
    const note = this.wall.newID();
    this.created.set(note, { person: p, ticket: p.submit(newNote(note, this.wall.newID(), "new")) });
  }

  #giveUp(a: number): void {
    const [, made] = [...this.created][a % Math.max(1, this.created.size)] ?? [];
    if (made === undefined || this.#faults.reloads) return;
    made.person.core.giveUp(made.ticket);
    made.person.take();
  }

  /** Inserts a character that stands nowhere else, so that no difference can be read in two ways. */
  #typeWord(p: Person, a: number, b: number): void {
    const note = this.shared[a % this.shared.length];
    if (note === undefined) return;
    const word = String.fromCharCode(0x4e00 + this.words.size);
    p.edit(note, (text) => {
      this.words.set(word, note);
      const characters = [...text];
      characters.splice(b % (characters.length + 1), 0, word);
      return characters.join("");
    });
  }

  check(): void {
    const wanted = viewChanges(this.wall.board.copy);
    for (const p of this.people) {
      expect(viewChanges(p.core.view)).toEqual(wanted);
      expect(viewChanges(p.mirror)).toEqual(wanted);
      expect(p.core.pending()).toEqual([]);
      expect(p.core.typing()).toEqual([]);
      expect(p.core.outbox()).toEqual([]);
    }
    if (this.#faults.restores) return;
    for (const p of this.people) expect(p.told.filter((n) => n.kind === "textRefused")).toEqual([]);
    const { notes } = this.wall.board.copy;
    for (const [note, { person, ticket }] of this.created) {
      const acks = person.told.filter((n) => n.kind === "acked" && n.ticket === ticket);
      const last = acks.at(-1);
      if (this.#faults.reloads) expect(notes.has(note)).toBe(true);
      else if (last?.kind === "acked" && last.refused !== undefined) {
        expect(last.refused.code).toBe("void");
        expect(notes.has(note)).toBe(false);
      } else expect([acks.length > 0, notes.has(note)]).toEqual([true, true]);
    }
    for (const [word, note] of this.words) expect((notes.get(note)?.text ?? "").split(word)).toHaveLength(2);
  }
}

const big = fc.nat(1_000_000);
const steps = fc.array(fc.record({ what: fc.nat(99), who: fc.nat(2), a: big, b: big }), {
  minLength: 30,
  maxLength: 200,
  size: "max",
});

function play(faults: Faults, numRuns: number): void {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), steps, (people, list) => {
      const game = new Game(people, faults);
      for (const step of list) game.step(step);
      settle(game.wall, game.people);
      game.check();
    }),
    { numRuns },
  );
}

/** a machine with much to do is slow, in milliseconds */
const timeout = 60_000;
const runs = Number(import.meta.env.VITE_SCHEDULE_RUNS ?? 40);

test("W2 to W9, A1 to A3, M5, M6 nothing is lost or doubled", () => play({ rewinds: true }, runs), timeout);

test("W10, W11 boards that are restored end as one state", () => play({ restores: true }, runs), timeout);

test("W2, W9 pages that are loaded anew go on with what they stored", () => play({ reloads: true }, runs), timeout);

test("W2, W9, A3 also on boards that go back", () => play({ reloads: true, rewinds: true }, runs), timeout);
