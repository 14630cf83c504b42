// Makes the page of a board's address, and packs what vite built, once, so that the server never compresses a page: beside
// each text file its .br and .gz. Then holds what a person loads from a link to the board against its limit.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const limit = 200_000; // bytes of script and style, gzipped

const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
rmSync(join(dist, ".vite"), { recursive: true });

/** The files that a module needs before it runs. */
function needs(name, found = new Set()) {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`the build has no ${name}`);
  for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file);
  for (const other of chunk.imports ?? []) if (!found.has(manifest[other].file)) needs(other, found);
  return found;
}

// At the address of a board the browser is told at once what the board will need: on a slow line that is two ways there and
// back sooner than when the page's first script asks for it.
const first = needs("index.html");
const hints = [...needs("src/ui/board/BoardPage.svelte")]
  .filter((file) => !first.has(file))
  .map((file) =>
    file.endsWith(".css")
      ? `<link rel="preload" as="style" crossorigin href="/${file}">`
      : `<link rel="modulepreload" crossorigin href="/${file}">`,
  );
const page = readFileSync(join(dist, "index.html"), "utf8");
if (hints.length === 0 || !page.includes("</head>"))
  throw new Error("the board's page has nothing to tell the browser");
writeFileSync(join(dist, "board.html"), page.replace("</head>", `${hints.join("\n")}\n</head>`));

const sizes = new Map(); // gzipped, by path below dist
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const body = readFileSync(path);
  const gzip = gzipSync(body, { level: 9 });
  writeFileSync(`${path}.gz`, gzip);
  writeFileSync(`${path}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  sizes.set(path.slice(dist.length), gzip.length);
}

const sum = (files) => [...files].reduce((total, file) => total + (sizes.get(file) ?? 0), 0);
const toTheBoard = new Set(
  ["index.html", "src/ui/board/BoardPage.svelte", "src/words/nl.ts"].flatMap((m) => [...needs(m)]),
);
const all = sum([...sizes.keys()].filter((file) => /\.(js|css)$/.test(file)));
console.log(
  `script and style, gzipped: ${sum(toTheBoard)} bytes from a link to the board, at most ${limit}; ${all} in all`,
);
if (sum(toTheBoard) > limit) process.exitCode = 1;
