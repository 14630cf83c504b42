import { describe, expect, it } from "vitest";
import { isSingle, type Press, pressed } from "./chords";

const press = (key: string, code: string, held = ""): Press => ({
  key,
  code,
  ctrlKey: held.includes("c"),
  metaKey: held.includes("m"),
  altKey: held.includes("a"),
  shiftKey: held.includes("s"),
});

describe("a chord is pressed", () => {
  const cases: [string, string, Press, boolean, boolean][] = [
    ["a letter", "N", press("n", "KeyN"), false, true],
    ["a letter under caps lock", "N", press("N", "KeyN"), false, true],
    ["with Shift it is another", "G", press("G", "KeyG", "s"), false, false],
    ["Shift and a letter", "Shift+G", press("G", "KeyG", "s"), false, true],
    ["with Ctrl it is another", "N", press("n", "KeyN", "c"), false, false],
    ["a letter goes by what is typed, not by its place", "Z", press("z", "KeyY"), false, true],
    ["in Cyrillic by its place", "N", press("т", "KeyN"), false, true],
    ["Ctrl and a letter", "Ctrl+Z", press("z", "KeyZ", "c"), false, true],
    ["on a Mac Cmd", "Ctrl+Z", press("z", "KeyZ", "m"), true, true],
    ["on a Mac Ctrl is not Cmd", "Ctrl+Z", press("z", "KeyZ", "c"), true, false],
    ["three", "Shift+Ctrl+Z", press("Z", "KeyZ", "sc"), false, true],
    ["a digit by its place, where it types a sign", "1", press("&", "Digit1"), false, true],
    ["Shift and a digit", "Shift+1", press("!", "Digit1", "s"), false, true],
    ["on the number pad", "2", press("2", "Numpad2"), false, true],
    ["? takes Shift on most keyboards", "?", press("?", "Slash", "s"), false, true],
    ["? without", "?", press("?", "KeyM"), false, true],
    ["/ with Shift, as on a German keyboard", "/", press("/", "Digit7", "s"), false, true],
    ["plus with Ctrl", "Ctrl+Plus", press("+", "Equal", "cs"), false, true],
    ["an arrow", "Up", press("ArrowUp", "ArrowUp"), false, true],
    ["Shift and an arrow", "Shift+Up", press("ArrowUp", "ArrowUp", "s"), false, true],
    ["Ctrl and an arrow", "Ctrl+Up", press("ArrowUp", "ArrowUp", "c"), false, true],
    ["on a Mac Option and an arrow", "Ctrl+Up", press("ArrowUp", "ArrowUp", "a"), true, true],
    ["an arrow alone is not one with Option", "Up", press("ArrowUp", "ArrowUp", "a"), true, false],
    ["the space bar", "Space", press(" ", "Space"), false, true],
    ["Delete", "Delete", press("Delete", "Delete"), false, true],
  ];
  it.each(cases)("%s", (_name, chord, p, mac, want) => {
    expect(pressed(chord, p, mac)).toBe(want);
  });
});

it("knows the keys that are one character, which may be switched off", () => {
  expect(["N", "?", "1", "Shift+G"].map(isSingle)).toEqual([true, true, true, true]);
  expect(["Ctrl+N", "Delete", "Space", "Up", "F2", "Esc"].map(isSingle)).toEqual(Array(6).fill(false));
});
