/** Words for components: what renders with `t` renders anew when the language becomes another. */
import { createSubscriber } from "svelte/reactivity";
import * as words from "../words";

const follow = createSubscriber((update) => words.onLanguage(update));

export const t: typeof words.t = (key, ...rest) => {
  follow();
  return words.t(key, ...rest);
};

export function clock(ms: number, seconds = false): string {
  follow();
  return words.clock(ms, seconds);
}

export function moment(ms: number, now?: number): string {
  follow();
  return words.moment(ms, now);
}

export function number(n: number): string {
  follow();
  return words.number(n);
}

export function list(items: readonly string[]): string {
  follow();
  return words.list(items);
}

/** The language the page speaks now. */
export const lang = {
  get current(): words.Language {
    follow();
    return words.language();
  },
};
