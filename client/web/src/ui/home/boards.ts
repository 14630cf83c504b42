import { firstRings, newID } from "../../model";
import { type Created, openSession, type Person, Problem, people, rest } from "../../net";
import { playSample, sampleCover } from "./sample";

/** The owner goes in by the link that came with the board, and this device remembers them. */
export async function enter(
  created: Created,
  name: string,
  cover: { title: string; question: string },
): Promise<Person> {
  const secret = new URL(created.owner).hash.slice(1);
  const before = await people.get(created.board); // who recovers a board may be on it already
  const joined = await rest.join(created.board, secret, { name }, before?.token);
  const person: Person = {
    board: created.board,
    token: joined.token,
    participant: joined.participant,
    role: joined.role,
    name,
    ...cover,
    secretHint: secret,
    opened: Date.now(),
  };
  await people.put(person);
  return person;
}

/** Gives a new board its target, before anybody comes. A board without one works too, so that failing is no failure. */
export async function aim(person: Person, words: { title: string; core: string; further: string }): Promise<void> {
  const rings = firstRings(words.core, words.further).map((ring) => ({ id: newID(), ...ring }));
  try {
    await rest.ops(person.board, person.token, [
      { kind: "area.create", area: newID(), form: "target", title: words.title, x: 0, y: 0, rings },
    ]);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
  }
}

/** Makes the sample board with everything on it; it is this device's from then on. */
export async function makeSample(name: string, createToken: string | undefined): Promise<Person> {
  const created = await rest.createBoard(sampleCover, createToken);
  const person = await enter(created, name, { title: sampleCover.title, question: sampleCover.question });
  const session = await openSession(person);
  try {
    await playSample(session);
  } finally {
    session.close();
  }
  return person;
}
