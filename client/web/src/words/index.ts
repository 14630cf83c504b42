/**
 * What the page says, in Dutch and English. en.ts is where the keys come from; nl.ts has the same ones. This layer knows
 * nothing of Svelte: components use `t` of ui/lang.svelte.ts, which is this one and follows the language.
 */
import type { en, Message } from "./en";

export type Language = "nl" | "en";
export const languages: readonly Language[] = ["nl", "en"];

type Key = keyof typeof en;
/** A name of something the page says. */
export type WordKey = Key;

type Braced<S> = S extends `${string}{${infer P}}${infer Rest}` ? P | Braced<Rest> : never;
type Spoken<K extends Key> = (typeof en)[K] extends infer M ? (M extends string ? M : M[keyof M]) : never;
/** What stands between braces in the message, `n` above all: it also chooses between one and other. */
export type Params<K extends Key> = Braced<Spoken<K>>;
type Rest<K extends Key> = [Params<K>] extends [never] ? [] : [{ readonly [P in Params<K>]: string | number }];

/** A language is a file of its own, got when it is spoken first: nobody waits for one they do not read. */
const files: Record<Language, () => Promise<Record<Key, Message>>> = {
  nl: async () => (await import("./nl")).nl,
  en: async () => (await import("./en")).en,
};

let current: Language = "nl";
let words: Partial<Record<Key, Message>> = {};
const listeners = new Set<() => void>();
const plurals = { nl: new Intl.PluralRules("nl"), en: new Intl.PluralRules("en") };
const numbers = { nl: new Intl.NumberFormat("nl"), en: new Intl.NumberFormat("en") };

/** The first language of the reader's that the page speaks, else English. */
export function preferred(asked: readonly string[]): Language {
  for (const tag of asked) {
    const found = languages.find((l) => tag.toLowerCase().split("-")[0] === l);
    if (found) return found;
  }
  return "en";
}

export function language(): Language {
  return current;
}

/** Speaks another language from when its words are there. Rejects when they cannot be got: the language stays as it was. */
export async function setLanguage(to: Language): Promise<void> {
  const got = await files[to]();
  if (to === current && got === words) return;
  current = to;
  words = got;
  for (const listener of listeners) listener();
}

/** Calls back whenever the language became another. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The message in the current language, its parameters filled in; numbers are written as the language writes them. */
export function t<K extends Key>(key: K, ...rest: Rest<K>): string {
  const params: Readonly<Record<string, string | number>> | undefined = rest[0];
  const message = words[key] ?? "";
  const n = params?.n;
  const text =
    typeof message === "string"
      ? message
      : message[typeof n === "number" && plurals[current].select(n) === "one" ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (braced, name: string) => {
    const value = params?.[name];
    if (value === undefined) return braced;
    return typeof value === "number" ? numbers[current].format(value) : value;
  });
}

/** Whether there is a message of that name: for names that come from outside, as codes do. */
export function isKey(name: string): name is Key {
  return Object.hasOwn(words, name);
}

/** A number as the language writes it. */
export function number(n: number): string {
  return numbers[current].format(n);
}

/** A time of day, "14:31", or with seconds "14:31:07". `ms` is unix milliseconds. */
export function clock(ms: number, seconds = false): string {
  return new Intl.DateTimeFormat(current, {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
    hourCycle: "h23",
  }).format(ms);
}

/** A day and time as near as it needs to be said: "vandaag 14:00", "do 25 nov 10:00", "12 nov 2025". Unix milliseconds. */
export function moment(ms: number, now = Date.now()): string {
  const days = Math.round((startOfDay(ms) - startOfDay(now)) / 86_400_000);
  if (Math.abs(days) <= 1) {
    return `${new Intl.RelativeTimeFormat(current, { numeric: "auto" }).format(days, "day")} ${clock(ms)}`;
  }
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  const day = new Intl.DateTimeFormat(current, {
    day: "numeric",
    month: "short",
    ...(sameYear ? { weekday: "short" } : { year: "numeric" }),
  }).format(ms);
  return sameYear ? `${day} ${clock(ms)}` : day;
}

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** "Daan, Fenna en Ravi" */
export function list(items: readonly string[]): string {
  return new Intl.ListFormat(current, { type: "conjunction" }).format(items);
}
