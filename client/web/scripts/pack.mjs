// Packs what vite built, once, so that the server never compresses a page: beside each text file its .br and .gz.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const limit = 200_000; // bytes of script and style, gzipped

let total = 0;
let unread = Number.POSITIVE_INFINITY; // a page loads one language; the larger one counts
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const body = readFileSync(path);
  const gzip = gzipSync(body, { level: 9 });
  writeFileSync(`${path}.gz`, gzip);
  writeFileSync(`${path}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  if (/\.(js|css)$/.test(entry.name)) total += gzip.length;
  if (/^(nl|en)-/.test(entry.name)) unread = Math.min(unread, gzip.length);
}
total -= unread;
console.log(`script and style: ${total} bytes gzipped, at most ${limit}`);
if (total > limit) process.exitCode = 1;
