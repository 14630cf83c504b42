import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { noteColours, noteText, patternInks, patterns, stripInk, tile } from "./palette";

const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

type RGB = [number, number, number];

/** The tokens of one theme: those of dark fall back on light. */
function tokens(theme: "light" | "dark"): Map<string, string> {
  const blocks = { light: /:root\s*\{([^}]*)\}/, dark: /\[data-theme="dark"\]\s*\{([^}]*)\}/ };
  const read = (block: RegExp) => [...(block.exec(css)?.[1] ?? "").matchAll(/--([\w-]+):\s*([^;]+);/g)];
  const all = [...read(blocks.light), ...(theme === "dark" ? read(blocks.dark) : [])];
  return new Map(all.map(([, name = "", value = ""]) => [name, value.trim()]));
}

function rgb(value: string): RGB {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(value);
  if (!hex) throw new Error(`${value} is no colour`);
  return hex.slice(1).map((part) => Number.parseInt(part, 16)) as RGB;
}

const over = (top: RGB, bottom: RGB, share: number) => top.map((v, i) => v * share + bottom[i]! * (1 - share)) as RGB;

function luminance(colour: RGB): number {
  const [r, g, b] = colour.map((v) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as RGB;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast of two colours as WCAG 2 counts it. */
function ratio(a: RGB, b: RGB): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** What each pair must reach, to one decimal: what the design says of it, and never below WCAG (text 4.5, lines 3). */
const pairs: [front: string, back: string, light: number, dark: number][] = [
  ["text", "surface", 16.7, 14.4],
  ["text", "canvas", 15.6, 16.0],
  ["text-2", "surface", 8.6, 9.7],
  ["text-2", "canvas", 8.0, 10.8],
  ["text-3", "surface", 5.9, 6.9],
  ["text-3", "canvas", 5.5, 7.6],
  ["text-3", "surface-3", 4.5, 4.5],
  ["text-2", "surface-3", 4.5, 4.5],
  ["line-strong", "surface", 3.6, 4.5],
  ["on-accent", "accent", 7.2, 8.7],
  ["on-accent", "accent-hover", 7.2, 8.7],
  ["accent", "accent-soft", 6.2, 6.5],
  ["accent", "surface", 4.5, 4.5],
  ["focus", "canvas", 6.7, 12.0],
  ["focus", "focus-gap", 3, 3],
  ["on-ink", "ink", 16.7, 16.0],
  ["danger", "danger-soft", 5.7, 7.4],
  ["warn", "warn-soft", 6.4, 9.3],
  ["ok", "ok-soft", 5.8, 8.0],
  ["danger", "surface", 4.5, 4.5],
  ["past", "past-canvas", 6.5, 4.5],
  ["ring-core-line", "ring-outer", 3.8, 4.3],
  ["ring-core-line", "ring-core", 3.8, 3.8],
  ["hull-line", "canvas", 3.4, 4.2],
  ["sil-line", "canvas", 3.1, 3.8],
];

describe.each(["light", "dark"] as const)("in %s", (theme) => {
  const all = tokens(theme);
  const colour = (name: string) => rgb(all.get(name) ?? "");

  test.each(pairs)("%s on %s", (front, back, light, dark) => {
    expect(Math.round(ratio(colour(front), colour(back)) * 10) / 10).toBeGreaterThanOrEqual(
      theme === "light" ? light : dark,
    );
  });

  test("notes are the same colours as the palette's", () => {
    for (const [i, note] of noteColours.entries()) {
      expect(all.get(`n${i + 1}`)).toBe(note);
      expect(all.get(`d${i + 1}`)).toBe(patternInks[i]);
    }
  });
});

describe("notes", () => {
  test.each(noteColours.map((note, i) => [i + 1, note, patternInks[i] ?? ""] as const))("colour %i", (_, note, ink) => {
    expect(ratio(rgb(noteText), rgb(note))).toBeGreaterThanOrEqual(7);
    expect(ratio(rgb(ink), rgb(note)), "outline").toBeGreaterThanOrEqual(3);
    const strip = over(rgb(ink), rgb(note), stripInk);
    expect(ratio(rgb(ink), strip), "pattern on its strip").toBeGreaterThanOrEqual(3);
  });

  test("each has a pattern of its own", () => {
    expect(new Set(patterns.map((p) => p.path)).size).toBe(8);
    expect(tile).toBe(12);
  });
});
