import { type Invited, type Person, Problem, people, rest } from "../../net";
import type { ID } from "../../protocol.gen";

/** Who comes to a board: somebody this device knows, or somebody to be asked who they are. */
export type Welcome =
  | { at: "known"; person: Person }
  /** with a token, it is somebody who is on the board already and comes by another link, which asks for its password */
  | { at: "join"; invited: Invited; token?: string };

/** Finds out who comes. `secret` is a link's, "" without one. Throws a Problem when there is no way in. */
export async function welcome(board: ID, secret: string): Promise<Welcome> {
  const person = await people.get(board);
  if (person && (secret === "" || secret === person.secretHint)) return { at: "known", person };
  if (secret === "") throw new Problem("token_unknown", 0, "no link, and nobody known here", 0);
  if (!person) return { at: "join", invited: await rest.look(board, secret) };
  return byAnotherLink(person, secret);
}

/** One stays who one is by another link, and may get more to do by it. A link that does not work takes nothing away. */
async function byAnotherLink(person: Person, secret: string): Promise<Welcome> {
  try {
    const { token, participant, role } = await rest.join(person.board, secret, { name: person.name }, person.token);
    const now = { ...person, token, participant, role, secretHint: secret };
    await people.put(now);
    return { at: "known", person: now };
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "password_needed") {
      return { at: "join", invited: await rest.look(person.board, secret), token: person.token };
    }
    return { at: "known", person };
  }
}

const passing: readonly string[] = [
  "offline",
  "unavailable",
  "busy",
  "boards_full",
  "draining",
  "restart",
  "too_many",
  "rate_limited",
  "too_many_guesses",
  "storage_full",
  "internal",
];

/** Milliseconds after which trying again makes sense by itself; 0: never. */
export function againSoon(what: Problem | string): number {
  const code = typeof what === "string" ? what : what.code;
  if (!passing.includes(code)) return 0;
  const asked = typeof what === "string" ? 0 : what.retry;
  return Math.max(asked, 5000);
}
