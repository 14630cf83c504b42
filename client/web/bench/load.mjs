// How soon the page is of use, in headless Chromium against the real server: a board of 5,000 notes from a cold cache, on
// loopback and over a slow line, and a list of 1,000 notes on a processor a quarter as fast. `node bench/load.mjs [--json]`
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { flags, randomID, Server } from "../e2e/kit.mjs";

const after = [];
// Boards are filled faster than a person may write.
const lifted = ["--participant-ops=100000", "--board-ops=100000"];
const server = await Server.start({ after: (undo) => after.push(undo) }, lifted);

/** A board of so many notes in rows, and the link of its participants. */
async function boardOf(count) {
  const board = await server.board({ groups: ["A", "B", "C", "D"] });
  const side = Math.ceil(Math.sqrt(count));
  for (let first = 0; first < count; first += 200) {
    const ops = Array.from({ length: Math.min(200, count - first) }, (_, i) => ({
      kind: "note.create",
      note: randomID(),
      rev: randomID(),
      x: ((first + i) % side) * 12_000,
      y: Math.floor((first + i) / side) * 12_000,
      w: 11_264,
      h: 11_264,
      text: `Briefje ${first + i}: wat leren we over projecten heen?`,
    }));
    await server.call("POST", `/boards/${board.id}/ops`, { ops: [{ kind: "batch", ops }] }, board.token);
  }
  return board;
}

async function measured(options, run) {
  const dir = mkdtempSync(join(tmpdir(), "chromium-"));
  const context = await chromium.launchPersistentContext(dir, {
    executablePath: "/usr/bin/chromium",
    args: flags,
    locale: "nl-NL",
    ...options,
  });
  try {
    return await run(context);
  } finally {
    await context.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Joins, so that the next visit goes straight to the board, and empties the cache. */
async function joined(context, board) {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await page.goto(board.links.contributor.link);
  await page.getByLabel("Je naam").fill("Noor");
  await page.getByRole("radio", { name: "A", exact: true }).check({ force: true });
  await page.keyboard.press("Enter");
  await page.locator("[role=treeitem], [role=list] [role=listitem], main li").first().waitFor({ state: "attached" });
  await page.goto("about:blank");
  await devtools.send("Network.enable");
  await devtools.send("Network.clearBrowserCache");
  await new Promise((done) => setTimeout(done, 2000)); // the board before is put away
  return { page, devtools };
}

/** Runs in the page before anything else: remembers when the first row of the list stood in a frame. */
function watchRows() {
  const seen = new MutationObserver(() => {
    if (!document.querySelector("main li")) return;
    seen.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("list shown")));
  });
  seen.observe(document, { childList: true, subtree: true });
}

/** Milliseconds from the moment the browser goes to the address until the page marks that it is shown; nothing else is done meanwhile. */
async function shown(page, address, mark) {
  await page.goto(address, { waitUntil: "commit" });
  for (let tries = 0; tries < 20; tries++) {
    await new Promise((done) => setTimeout(done, 1000));
    const at = await page.evaluate((name) => performance.getEntriesByName(name)[0]?.startTime, mark);
    if (at !== undefined) return at;
  }
  throw new Error(`not shown after 20 s: ${mark}`);
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const p95 = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)];
const figures = {};

const large = await boardOf(5000);
for (const [name, line] of [
  ["board of 5,000, loopback", undefined],
  [
    "board of 5,000, 10 Mbit/s and 40 ms",
    { offline: false, latency: 40, downloadThroughput: 1.25e6, uploadThroughput: 1.25e6 },
  ],
]) {
  const times = [];
  for (let round = 0; round < 5; round++) {
    times.push(
      await measured({ viewport: { width: 1440, height: 900 } }, async (context) => {
        const { page, devtools } = await joined(context, large);
        if (line) await devtools.send("Network.emulateNetworkConditions", line);
        return await shown(page, `${server.url}/b/${large.id}`, "board shown");
      }),
    );
  }
  figures[name] = { "shown, ms (median of 5)": Math.round(median(times)), limit: 1000 };
}

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const list = await boardOf(1000);
await measured(phone, async (context) => {
  const { page, devtools } = await joined(context, list);
  await page.addInitScript(watchRows);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const first = await shown(page, `${server.url}/b/${list.id}?view=list`, "list shown");
  await page.getByRole("button", { name: "Nieuw briefje" }).click();
  const field = page.getByRole("textbox").first();
  await field.waitFor();
  await page.evaluate(() => {
    globalThis.keys = [];
    new PerformanceObserver((seen) => {
      for (const e of seen.getEntries()) if (e.name === "keydown") globalThis.keys.push(e.duration);
    }).observe({ type: "event", durationThreshold: 16 });
  });
  const text = "Wat leren we over projecten heen, en wie leert mee?";
  await field.pressSequentially(text, { delay: 120 });
  const slow = await page.evaluate(() => globalThis.keys);
  const all = [...slow, ...Array(Math.max(0, text.length - slow.length)).fill(16)];
  figures["list of 1,000, processor / 4"] = {
    "shown, ms": Math.round(first),
    "limit, shown": 3000,
    "key to frame p95, ms": Math.round(p95(all)),
    "limit, key": 100,
  };
});

for (const undo of after) await undo();
if (process.argv.includes("--json")) console.log(JSON.stringify(figures, undefined, 2));
else console.table(figures);
