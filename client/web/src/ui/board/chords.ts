/**
 * Chords: what a person presses, as the table of keys writes it ("N", "Shift+Ctrl+Z", "Ctrl+Up", "?").
 *
 * Letters go by the character that is typed, so that they are where the keyboard's caps say; digits by the place of the
 * key, because with Shift (or on a French keyboard without) they type something else; other signs by the character,
 * whatever it takes to type it.
 */

/** What of a KeyboardEvent counts. */
export interface Press {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

interface Chord {
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly key: string;
}

function parse(chord: string): Chord {
  const parts = chord.split("+");
  const key = parts.pop() ?? "";
  return { ctrl: parts.includes("Ctrl"), shift: parts.includes("Shift"), alt: parts.includes("Alt"), key };
}

/** Keys that are written shorter than a browser names them. */
const names: Record<string, string> = {
  Up: "ArrowUp",
  Down: "ArrowDown",
  Left: "ArrowLeft",
  Right: "ArrowRight",
  Esc: "Escape",
  Space: " ",
  Plus: "+",
};

const isLetter = (key: string): boolean => /^[A-Z]$/.test(key);
const isDigit = (key: string): boolean => /^[0-9]$/.test(key);

/** Whether the chord is one printable character without Ctrl or Alt: the kind a person may switch off. */
export function isSingle(chord: string): boolean {
  const c = parse(chord);
  return !c.ctrl && !c.alt && c.key.length === 1;
}

/** Whether the letter was pressed; where letters are not Latin, by the place of the key. */
function pressedLetter(letter: string, press: Press): boolean {
  if (/^[a-z]$/i.test(press.key)) return press.key.toUpperCase() === letter;
  return press.key.length === 1 && press.key.toLowerCase() !== press.key.toUpperCase() && press.code === `Key${letter}`;
}

/** Whether what was pressed is the chord. On a Mac, Ctrl is Cmd, and with arrows Option. */
export function pressed(chord: string, press: Press, mac = false): boolean {
  const c = parse(chord);
  const key = names[c.key] ?? c.key;
  const optionArrow = mac && c.ctrl && key.startsWith("Arrow");
  const ctrl = optionArrow ? press.altKey : mac ? press.metaKey : press.ctrlKey;
  const alt = optionArrow ? c.alt : press.altKey;
  if (ctrl !== c.ctrl) return false;
  if (isLetter(c.key)) return alt === c.alt && press.shiftKey === c.shift && pressedLetter(c.key, press);
  if (isDigit(c.key)) {
    const place = press.code === `Digit${c.key}` || press.code === `Numpad${c.key}`;
    return alt === c.alt && press.shiftKey === c.shift && place;
  }
  if (key.length === 1 && key !== " ") return press.key === key; // Shift and AltGr are how some keyboards type it
  return alt === c.alt && press.shiftKey === c.shift && press.key === key;
}
