/** Takes boards off this device, and says what of them would be lost with that. */
import type { ID } from "../protocol.gen";
import { ownLinks } from "./links";
import { holdWhenFree } from "./locks";
import { openStore, type Store } from "./store";
import { joined, wordsLeft } from "./words";

/** A session that is open in this page. */
export interface OpenHere {
  readonly board: ID;
  /** what its page wrote on the rows that it holds */
  readonly holder: string;
  /** what is not saved of it, as plain text */
  words(): string;
  /** Ends it; resolves when it writes no more. */
  end(): Promise<void>;
}

export const openHere = new Set<OpenHere>();

export type Said =
  /** has an outbox, and may leave it behind */
  | { writer: string }
  /** a refusal that the person has seen */
  | { seen: ID }
  | { forgotten: true };

/** What tabs of a board say to one another, where they can. */
export function channelOf(board: ID): BroadcastChannel | undefined {
  return typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(`denkwand ${board}`);
}

/**
 * Everything that a person wrote on a board, or on all, and that no server has, as plain text; "" if nothing would be lost.
 */
export async function unsentOf(board?: ID, from?: Store): Promise<string> {
  const store = from ?? (await openStore());
  const words = new Set<string>();
  for (const at of board === undefined ? await store.boards() : [board]) {
    const here = [...openHere].filter((session) => session.board === at);
    for (const session of here) words.add(session.words());
    for (const row of await store.writers(at)) {
      if (here.some(({ holder }) => holder === row.holder)) continue; // its session says more than is stored
      words.add(wordsLeft(await store.outbox(at, row.id), () => undefined));
    }
    const said = [...words];
    for (const { text } of await store.refusals(at)) if (!said.some((all) => all.includes(text))) words.add(text);
  }
  return joined(words);
}

/**
 * Forgets on this device who one is on a board, or on all: the token, links made here, and what was not sent. Sessions in
 * this page end first; other tabs keep what they have as long as they are open, and say so.
 */
export async function forget(board?: ID, from?: Store): Promise<void> {
  const store = from ?? (await openStore());
  const boards = board === undefined ? await store.boards() : [board];
  await Promise.all([...openHere].filter((session) => boards.includes(session.board)).map((session) => session.end()));
  for (const at of boards) {
    const channel = channelOf(at);
    channel?.postMessage({ forgotten: true } satisfies Said);
    channel?.close();
    // What a crash left of locks goes too.
    for (const { id } of await store.writers(at)) void holdWhenFree(at, id).then((held) => held?.release());
  }
  await store.forget(board);
  ownLinks.forget(board);
}
