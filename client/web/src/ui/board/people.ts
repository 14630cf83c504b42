/** Who is on the board, in the order one looks for them. */
import { perspectiveOf } from "../../model";
import type { Participant, Wall } from "../../model/types";
import type { ID } from "../../protocol.gen";
import { plain } from "./rank";

/** Those who are here, oneself first, then those who lead, then by name. */
export function peopleHere(wall: Wall, here: ReadonlySet<ID>): Readonly<Participant>[] {
  const all: Readonly<Participant>[] = [];
  for (const person of wall.participants.values()) {
    if (!person.left && (here.has(person.id) || person.id === wall.me)) all.push(person);
  }
  return all.sort(byRank(wall.me));
}

/** All who have not left: those who are here before those who are away. */
export function everyone(wall: Wall, here: ReadonlySet<ID>): Readonly<Participant>[] {
  const away = (p: Readonly<Participant>) => Number(!here.has(p.id) && p.id !== wall.me);
  const rank = byRank(wall.me);
  return [...wall.participants.values()].filter((p) => !p.left).sort((a, b) => away(a) - away(b) || rank(a, b));
}

const leads = (p: Readonly<Participant>): boolean => p.role === "facilitator" || p.role === "owner";

function byRank(me: string): (a: Readonly<Participant>, b: Readonly<Participant>) => number {
  return (a, b) =>
    Number(b.id === me) - Number(a.id === me) ||
    Number(leads(b)) - Number(leads(a)) ||
    a.name.localeCompare(b.name) ||
    (a.id < b.id ? -1 : 1);
}

/** The colour a person is seen in: that of their group, or without one their own. */
export function colourOf(wall: Wall, person: Readonly<Participant>): number {
  return perspectiveOf(wall, person).colour;
}

/** Those whose name has what was typed. */
export function named(people: readonly Readonly<Participant>[], query: string): readonly Readonly<Participant>[] {
  const wanted = plain(query.trim());
  return wanted ? people.filter((p) => plain(p.name).includes(wanted)) : people;
}
