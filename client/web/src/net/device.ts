/** What this device remembers: who one is on which board, and how one likes the page. */
import type { ID, Role } from "../protocol.gen";
import { openStore } from "./store";

/** One person on one board, as this device knows them. The token is that person: whoever has it, is. */
export interface Person {
  readonly board: ID;
  token: string;
  participant: ID;
  name: string;
  role: Role;
  title: string;
  question: string;
  /** the secret of the link one came by, to join again after the board was restored from a backup */
  secretHint?: string;
  /** unix milliseconds of the last visit */
  opened: number;
}

/** People by board. Where the browser keeps nothing, they last as long as the page. */
export const people = {
  async get(board: ID): Promise<Person | undefined> {
    return (await openStore()).person(board);
  },
  async put(person: Person): Promise<void> {
    await (await openStore()).putPerson(person);
  },
  async remove(board: ID): Promise<void> {
    await (await openStore()).removePerson(board);
  },
  /** The last opened first. */
  async all(): Promise<Person[]> {
    return (await (await openStore()).people()).sort((a, b) => b.opened - a.opened);
  },
};

export interface Prefs {
  /** absent: the browser's */
  language?: "nl" | "en";
  theme: "system" | "light" | "dark";
  /** what one called oneself last */
  name: string;
  /** 1..8; 0: none chosen yet */
  colour: number;
  /** single letters are commands while nothing is typed (WCAG 2.1.4) */
  singleKeys: boolean;
  wheel: "auto" | "mouse" | "trackpad";
  /** absent: by the width of the page */
  view?: "board" | "list";
}

const usual: Prefs = { theme: "system", name: "", colour: 0, singleKeys: true, wheel: "auto" };
const key = "denkwand.prefs";

function stored(): Partial<Prefs> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Prefs>;
  } catch {
    return {}; // no storage, or not ours: the usual
  }
}

let current: Prefs | undefined;
const listeners = new Set<() => void>();

/** Preferences of this device, readable at once: the first picture already has the right language and theme. */
export const prefs = {
  get(): Readonly<Prefs> {
    current ??= { ...usual, ...stored() };
    return current;
  },
  set(change: Partial<Prefs>): void {
    current = { ...prefs.get(), ...change };
    try {
      localStorage.setItem(key, JSON.stringify(current));
    } catch {
      // no storage: they last as long as the page
    }
    for (const told of listeners) told();
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
