import { type LiveSession, openSession } from "../../net";
import type { ID } from "../../protocol.gen";
import { type Welcome, welcome } from "./welcome";

/** Somebody at the address of a board: who comes, and their session if the device knows them. */
export interface Arrival {
  readonly welcome: Promise<Welcome>;
  /** undefined: they are to be asked who they are first */
  readonly session: Promise<LiveSession | undefined>;
}

/** `secret` is a link's, "" without one. Both promises reject with a Problem when there is no way in. */
function arrival(board: ID, secret: string): Arrival {
  const found = welcome(board, secret);
  const session = found.then((who) => (who.at === "known" ? openSession(who.person) : undefined));
  session.catch(() => undefined); // told where it is asked for
  return { welcome: found, session };
}

let early: { readonly at: string; readonly arrival: Arrival } | undefined;

/** Begins before there is anything to see: the board comes over a slow line while words and the canvas still do. */
export function arriveEarly(board: ID, secret: string): void {
  early = { at: `${board}#${secret}`, arrival: arrival(board, secret) };
}

/** Arrives, or goes on with what began early. */
export function arrive(board: ID, secret: string): Arrival {
  const begun = early;
  early = undefined;
  if (begun?.at === `${board}#${secret}`) return begun.arrival;
  begun?.arrival.session.then((session) => session?.close()).catch(() => undefined);
  return arrival(board, secret);
}
