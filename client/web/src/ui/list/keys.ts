/** The list's keys: the same ones as the board's for what both can do. */
import { isSingle, type Press, pressed } from "../board/chords";

/** What the list does when a key says so. Each says whether it did something; if not, the key is the browser's. */
export interface Ways {
  newNote(): boolean;
  write(): boolean;
  move(): boolean;
  cluster(): boolean;
  free(): boolean;
  remove(): boolean;
  duplicate(): boolean;
  all(): boolean;
  find(): boolean;
  leave(): boolean;
}

const table: readonly (readonly [keyof Ways, readonly string[]])[] = [
  ["newNote", ["N"]],
  ["write", ["F2"]],
  ["move", ["M"]],
  ["cluster", ["G", "Ctrl+G"]],
  ["free", ["Shift+G", "Shift+Ctrl+G"]],
  ["remove", ["Delete", "Backspace"]],
  ["duplicate", ["Ctrl+D"]],
  ["all", ["Ctrl+A"]],
  ["find", ["/", "Ctrl+K"]],
  ["leave", ["Escape"]],
];

/** Does what a key says. `singles`: whether keys without Ctrl count (a person may switch them off). */
export function follow(press: Press, ways: Ways, singles: boolean, mac: boolean): boolean {
  for (const [way, chords] of table) {
    for (const chord of chords) {
      if (!singles && isSingle(chord)) continue;
      if (pressed(chord, press, mac)) return ways[way]();
    }
  }
  return false;
}
