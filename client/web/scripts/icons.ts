// One sprite of the icons the page uses, as an asset that is named by its content. `virtual:icons` is its address.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { icons } from "../src/ui/parts/icons";

const source = (name: string) =>
  readFileSync(new URL(`../node_modules/lucide-static/icons/${name}.svg`, import.meta.url), "utf8");

/** Each icon becomes a symbol; colour and line width come from where it is used. */
export function sprite(): string {
  const symbols = icons.map((name) => {
    const inner = source(name)
      .replace(/<!--.*?-->/gs, "")
      .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

export function iconSprite(): Plugin {
  const id = "virtual:icons";
  const content = sprite();
  const name = `assets/icons-${createHash("sha256").update(content).digest("base64url").slice(0, 8)}.svg`;
  let base = "/";
  return {
    name: "icon-sprite",
    configResolved(config) {
      base = config.base;
    },
    resolveId: (asked) => (asked === id ? `\0${id}` : undefined),
    load: (asked) => (asked === `\0${id}` ? `export default ${JSON.stringify(base + name)};` : undefined),
    generateBundle() {
      this.emitFile({ type: "asset", fileName: name, source: content });
    },
    configureServer(server) {
      server.middlewares.use(base + name, (_, answer) => {
        answer.setHeader("Content-Type", "image/svg+xml");
        answer.end(content);
      });
    },
  };
}
