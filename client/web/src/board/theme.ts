/** The colours the canvas draws with, read from the page's custom properties once for each theme. */
import { noteColours, noteText, patternInks, stripInk } from "../style/palette";

export interface Shadow {
  x: number;
  y: number;
  blur: number;
  colour: string;
}

export interface Theme {
  canvas: string;
  dot: string;
  surface: string;
  line: string;
  lineStrong: string;
  text: string;
  text2: string;
  accent: string;
  accentSoft: string;
  onAccent: string;
  focus: string;
  focusGap: string;
  ringCore: string;
  ringOuter: string;
  ringLine: string;
  ringCoreLine: string;
  hull: string;
  hullLine: string;
  noteShadow: readonly Shadow[];
  liftShadow: readonly Shadow[];
  /** notes are flat with a hairline: in the past */
  flat: boolean;
  /** the system's colours only: notes are outlined, patterns stay */
  forced: boolean;
  /** a note's colour, 1..8 */
  paper(colour: number): string;
  /** under the pattern of a strip */
  strip(colour: number): string;
  /** a colour's pattern ink */
  ink(colour: number): string;
  /** text on a note */
  noteText: string;
  noteEdge: string;
}

type Rgba = [number, number, number, number];

/** Reads #rgb, #rrggbb, #rrggbbaa and rgb(a): a build may write a colour in another way than the style sheet does. */
export function parse(colour: string): Rgba | undefined {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(colour)?.[1];
  if (hex) {
    const long = hex.length < 6 ? [...hex].map((digit) => digit + digit).join("") : hex;
    const at = (i: number): number => Number.parseInt(long.slice(2 * i, 2 * i + 2), 16);
    return [at(0), at(1), at(2), long.length === 8 ? at(3) / 255 : 1];
  }
  const parts = /^rgba?\(([^)]*)\)$/
    .exec(colour)?.[1]
    ?.trim()
    .split(/[\s,/]+/);
  if (!parts || parts.length < 3) return undefined;
  const [r = 0, g = 0, b = 0, a = 1] = parts.map((part) => Number.parseFloat(part) / (part.endsWith("%") ? 100 : 1));
  return [r, g, b, a];
}

/** `part` of b in a. */
export function mix(a: string, b: string, part: number): string {
  const from = parse(a);
  const to = parse(b);
  if (!from || !to) return a;
  const at = (i: 0 | 1 | 2 | 3): number => from[i] + (to[i] - from[i]) * part;
  return `rgba(${Math.round(at(0))}, ${Math.round(at(1))}, ${Math.round(at(2))}, ${Number(at(3).toFixed(3))})`;
}

export function alpha(colour: string, part: number): string {
  const c = parse(colour);
  return c ? `rgba(${c[0]}, ${c[1]}, ${c[2]}, ${part})` : colour;
}

/** Shadows of a box-shadow without spread: "0 1px 1px #141a201a, …". */
export function shadowsOf(css: string): Shadow[] {
  const shadow = /(-?[\d.]+)(?:px)?\s+(-?[\d.]+)(?:px)?\s+([\d.]+)(?:px)?\s+(#[0-9a-f]+|rgba?\([^)]*\))/gi;
  return Array.from(css.matchAll(shadow), (m) => ({
    x: Number(m[1]),
    y: Number(m[2]),
    blur: Number(m[3]),
    colour: m[4] ?? "",
  }));
}

const paletteOf = (list: readonly string[], n: number): string =>
  list[(((n - 1) % list.length) + list.length) % list.length] ?? "";

/** Reads the theme at an element; `past` turns it sepia, `forced` gives the system's colours. */
export function readTheme(element: Element, past: boolean, forced: boolean): Theme {
  if (forced) return forcedTheme();
  const style = getComputedStyle(element);
  const css = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const live: Theme = {
    canvas: css("canvas"),
    dot: css("dot"),
    surface: css("surface"),
    line: css("line"),
    lineStrong: css("line-strong"),
    text: css("text"),
    text2: css("text-2"),
    accent: css("accent"),
    accentSoft: css("accent-soft"),
    onAccent: css("on-accent"),
    focus: css("focus"),
    focusGap: css("focus-gap"),
    ringCore: css("ring-core"),
    ringOuter: css("ring-outer"),
    ringLine: css("ring-line"),
    ringCoreLine: css("ring-core-line"),
    hull: css("hull"),
    hullLine: css("hull-line"),
    noteShadow: shadowsOf(css("sh-note")),
    liftShadow: shadowsOf(css("sh-lift")),
    flat: false,
    forced: false,
    paper: (n) => paletteOf(noteColours, n),
    ink: (n) => paletteOf(patternInks, n),
    strip: (n) => mix(paletteOf(noteColours, n), paletteOf(patternInks, n), stripInk),
    noteText,
    noteEdge: "",
  };
  return past ? sepia(live, css) : live;
}

function sepia(live: Theme, css: (name: string) => string): Theme {
  const past = css("past");
  const canvas = css("past-canvas");
  const soft = css("past-soft");
  return {
    ...live,
    canvas,
    dot: css("past-dot"),
    surface: soft,
    accent: past,
    accentSoft: mix(canvas, past, 0.12),
    onAccent: canvas,
    focus: past,
    focusGap: soft,
    ringCore: soft,
    ringOuter: mix(canvas, past, 0.05),
    ringLine: mix(canvas, past, 0.32),
    ringCoreLine: mix(canvas, past, 0.8),
    hull: alpha(soft, 0.62),
    hullLine: mix(canvas, past, 0.8),
    noteShadow: [],
    liftShadow: [],
    flat: true,
    noteEdge: past,
  };
}

function forcedTheme(): Theme {
  const edge = "CanvasText";
  return {
    canvas: "Canvas",
    dot: "GrayText",
    surface: "Canvas",
    line: edge,
    lineStrong: edge,
    text: edge,
    text2: edge,
    accent: "Highlight",
    accentSoft: "Canvas",
    onAccent: "HighlightText",
    focus: "Highlight",
    focusGap: "Canvas",
    ringCore: "Canvas",
    ringOuter: "Canvas",
    ringLine: edge,
    ringCoreLine: edge,
    hull: "Canvas",
    hullLine: edge,
    noteShadow: [],
    liftShadow: [],
    flat: true,
    forced: true,
    paper: () => "Canvas",
    ink: () => edge,
    strip: () => "Canvas",
    noteText: edge,
    noteEdge: edge,
  };
}
