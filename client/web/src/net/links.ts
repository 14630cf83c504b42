/**
 * Links that were made on this device, with their secrets: the server shows a secret once and keeps only its hash, so
 * whoever is to copy a link again must have kept it.
 */
import type { ID } from "../protocol.gen";

const memory = new Map<ID, Record<ID, string>>();

const prefix = "denkwand.links.";

function keyOf(board: ID): string {
  return prefix + board;
}

/** The addresses of links of a board, by the link's id. */
export const ownLinks = {
  of(board: ID): Readonly<Record<ID, string>> {
    try {
      return JSON.parse(localStorage.getItem(keyOf(board)) ?? "{}") as Record<ID, string>;
    } catch {
      return memory.get(board) ?? {};
    }
  },
  put(board: ID, link: ID, address: string): void {
    const all = { ...ownLinks.of(board), [link]: address };
    memory.set(board, all);
    try {
      localStorage.setItem(keyOf(board), JSON.stringify(all));
    } catch {
      // no storage: they last as long as the page
    }
  },
  /** Of all boards without one. */
  forget(board?: ID): void {
    if (board === undefined) memory.clear();
    else memory.delete(board);
    try {
      const keys = board === undefined ? Object.keys(localStorage) : [keyOf(board)];
      for (const key of keys) if (key.startsWith(prefix)) localStorage.removeItem(key);
    } catch {
      // no storage: nothing is kept in it
    }
  },
};
