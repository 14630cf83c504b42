import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const src = resolve(import.meta.dirname);

/** What each layer may use besides itself and the protocol's words. Imports go down only. */
const below: Record<string, readonly string[]> = {
  text: [],
  core: ["text"],
  model: ["text", "core"],
  net: ["text", "core", "model"],
  words: [],
  style: [],
  board: ["model", "style"],
  ui: ["text", "core", "model", "net", "words", "style", "board"],
};

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((f) => /\.(ts|svelte)$/.test(f));

test.each(files.filter((f) => f.includes("/")))("%s imports what lies below it", (file) => {
  const layer = file.split("/")[0]!;
  const allowed = below[layer];
  expect(allowed, `${layer} is no layer`).toBeDefined();
  const source = readFileSync(join(src, file), "utf8");
  for (const [, from] of source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
    if (!from!.startsWith(".")) {
      if (layer !== "ui") expect(from, `${file} imports a framework`).not.toMatch(/^svelte/);
      continue;
    }
    const to = relative(src, resolve(src, dirname(file), from!));
    if (to.startsWith("..") || !to.includes("/")) {
      expect(
        file.includes(".test.") || /^(protocol\.gen|text|core|model|net|words|style|board)$/.test(to),
        `${file} imports ${from}`,
      ).toBe(true);
      if (below[to] !== undefined) expect([layer, ...allowed!], `${file} imports ${from}`).toContain(to);
      continue;
    }
    const other = to.split("/")[0]!;
    const tested = file.includes(".test.") || file.includes("testing");
    expect(tested || other === layer || allowed!.includes(other), `${file} imports ${from}`).toBe(true);
  }
});

test.each(files.filter((f) => f.endsWith(".svelte")))("%s needs nothing that the page's policy forbids", (file) => {
  const source = readFileSync(join(src, file), "utf8");
  expect(source).not.toMatch(/\{@html|innerHTML|outerHTML|insertAdjacentHTML/);
  expect(source.replace(/<script[\s\S]*?<\/script>/g, "")).not.toMatch(/\sstyle="/);
});
