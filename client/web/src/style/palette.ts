/**
 * The colours and patterns of notes, for whatever draws: the canvas by Path2D, the page by SVG. Numbered 1..8 as in the
 * protocol; the same in light and dark, so that "the yellow note" is yellow for everyone.
 */

/** Note colours: `noteColours[colour - 1]`. tokens.css has them as --n1..--n8. */
export const noteColours = [
  "#ffdd55",
  "#8acbff",
  "#f38f82",
  "#dcf5bc",
  "#bf9bf0",
  "#e8ae57",
  "#a9f2f7",
  "#cbc8c2",
] as const;

/** The ink of a colour's patterns, outlines and cursors: --d1..--d8. */
export const patternInks = [
  "#7a5c00",
  "#155489",
  "#82190f",
  "#3f7016",
  "#4f2590",
  "#6e3f06",
  "#0b6570",
  "#56524b",
] as const;

/** Text on notes, whatever the colour. */
export const noteText = "#1b1e22";

/** How much ink lies over the note colour under a strip's pattern. */
export const stripInk = 0.14;

/** Width and height of a pattern's tile, CSS px. */
export const tile = 12;

export interface Pattern {
  /** SVG path data within a tile; it repeats without seams */
  readonly path: string;
  /** width of the line in px; absent: the path is filled */
  readonly stroke?: number;
}

/** `patterns[pattern - 1]`: dots, rising lines, checks, waves, pluses, level lines, triangles, rings. */
export const patterns: readonly Pattern[] = [
  { path: "M1.3 3a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0zM7.3 9a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0 -3.4 0z" },
  { path: "M-3 3L3 -3M-3 15L15 -3M9 15L15 9", stroke: 2.2 },
  { path: "M0 0h6v6h-6zM6 6h6v6h-6z" },
  { path: "M-6 6q3 -5 6 0t6 0t6 0t6 0", stroke: 2 },
  { path: "M6 2v8M2 6h8", stroke: 2 },
  { path: "M-1 3h14M-1 9h14", stroke: 2.2 },
  { path: "M6 2L10.6 10H1.4z" },
  { path: "M2.4 6a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0z", stroke: 1.9 },
];
