/**
 * Measures the board in a real browser: 5,000 notes, panned, zoomed and dragged while 50 others move at 20 Hz. Prints for
 * each scenario the time between frames, the time of script in a frame, tasks over 50 ms, and from a hand's move to the
 * frame that shows it. node bench/run.mjs [--json] [--notes 5000] [--dpr 1] [--seconds 4] [--only name]
 */
import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { build } from "vite";
import { flags } from "../e2e/kit.mjs";

const { values: asked } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    notes: { type: "string", default: "5000" },
    dpr: { type: "string", default: "1" },
    seconds: { type: "string", default: "4" },
    only: { type: "string" },
  },
});
const ms = Number(asked.seconds) * 1000;

/** What a scenario does: where the camera goes, whether others move notes, whether one drags a note oneself. */
const scenarios = [
  { name: "farPan", z: 0.08, pan: true },
  { name: "farMovers+drag", z: 0.08, movers: true, drag: true },
  { name: "farPan+movers", z: 0.08, pan: true, movers: true },
  { name: "zoomSweep", sweep: true },
  { name: "midPan", z: 0.35, pan: true },
  { name: "midPan+movers", z: 0.35, pan: true, movers: true },
  { name: "nearPan", z: 1, pan: true },
  { name: "nearDrag+movers", z: 1, movers: true, drag: true },
];

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };

async function serve(folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://bench");
    const file = join(folder, pathname === "/" ? "index.html" : pathname);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

/** Runs in the page before anything else: counts the time of all frame callbacks, by frame. */
function countScript() {
  const ask = globalThis.requestAnimationFrame.bind(globalThis);
  const frames = new Map();
  const tasks = [];
  globalThis.requestAnimationFrame = (run) =>
    ask((now) => {
      const start = performance.now();
      run(now);
      frames.set(now, (frames.get(now) ?? 0) + performance.now() - start);
    });
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration))).observe({
    type: "longtask",
  });
  globalThis.counted = { frames, tasks };
}

/** Runs in the page: one scenario, for so long. */
function play({ scenario, ms }) {
  const { view, hands, session } = globalThis.stage;
  const { frames, tasks } = globalThis.counted;
  const all = view.bounds();
  const middle = { x: all.x + all.w / 2, y: all.y + all.h / 2 };
  const look = (z, dx, dy) =>
    view.moveTo({ x: middle.x + dx - view.width / 2 / z, y: middle.y + dy - view.height / 2 / z, z }, false);
  look(scenario.z ?? 0.1, 0, 0);
  const near = view.notesIn({ x: middle.x - 700, y: middle.y - 400, w: 1400, h: 800 });
  const moving = (scenario.z === 1 ? near : [...session.wall.notes.keys()].filter((_, i) => i % 97 === 0)).slice(0, 50);
  const homes = moving.map((id) => ({ x: session.wall.notes.get(id).x, y: session.wall.notes.get(id).y }));
  const inputs = [];
  let latest;
  const onMove = (e) => {
    latest ??= e.timeStamp;
  };
  const canvas = document.querySelector("canvas");
  canvas.addEventListener("pointermove", onMove);
  const stopDrawn = view.on("drawn", () => {
    if (latest !== undefined) inputs.push(performance.now() - latest);
    latest = undefined;
  });
  return new Promise((done) => {
    // What was begun before is not counted: the first half second warms up.
    setTimeout(() => {
      frames.clear();
      tasks.length = 0;
      inputs.length = 0;
      const start = performance.now();
      const timer = setInterval(() => {
        if (!scenario.movers) return;
        const t = (performance.now() - start) / 1000;
        moving.forEach((id, i) => {
          const home = homes[i];
          hands.drags.set(id, {
            x: home.x + Math.sin(t * 2 + i) * 12800,
            y: home.y + Math.cos(t * 2 + i) * 9600,
            by: "person1",
          });
        });
        hands.tell();
      }, 50);
      const stamps = [];
      const step = (now) => {
        stamps.push(now);
        const t = now - start;
        if (t >= ms) {
          clearInterval(timer);
          hands.drags.clear();
          hands.tell();
          canvas.removeEventListener("pointermove", onMove);
          stopDrawn();
          const script = [...frames.values()];
          done({ frame: stamps.slice(1).map((at, i) => at - stamps[i]), script, tasks: [...tasks], inputs });
          return;
        }
        if (scenario.pan)
          look(scenario.z, (Math.sin(t / 700) * 900) / scenario.z, (Math.cos(t / 900) * 500) / scenario.z);
        if (scenario.sweep) look(0.1 * 10 ** (0.5 - 0.5 * Math.cos((t / ms) * 4 * Math.PI)), 0, 0);
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }, 500);
  });
}

const part = (list, p) => {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted.length === 0
    ? null
    : Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))].toFixed(1));
};

async function measure(page, scenario) {
  const running = page.evaluate(play, { scenario, ms });
  if (scenario.drag) {
    const end = Date.now() + ms + 400;
    const at = await page.evaluate(() => {
      const { view } = globalThis.stage;
      const [id] = view.notesIn({ ...view.boardOf(720, 450), w: 300 / view.camera.z, h: 300 / view.camera.z });
      const box = view.boxOf(id);
      return { x: box.x + box.w / 2, y: box.y + box.h / 2 };
    });
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    for (let i = 0; Date.now() < end; i++) {
      await page.mouse.move(at.x + 200 * Math.sin(i / 20), at.y + 120 * Math.sin(i / 13));
      await new Promise((next) => setTimeout(next, 12));
    }
    await page.mouse.up();
  }
  const { frame, script, tasks, inputs } = await running;
  return {
    name: scenario.name,
    frames: frame.length,
    frameP50: part(frame, 0.5),
    frameP95: part(frame, 0.95),
    frameP99: part(frame, 0.99),
    scriptP50: part(script, 0.5),
    scriptP95: part(script, 0.95),
    longTasks: tasks.length,
    longest: part(tasks, 1),
    inputP50: part(inputs, 0.5),
    inputP95: part(inputs, 0.95),
  };
}

const folder = await mkdtemp(join(tmpdir(), "denkwand-bench-"));
const root = fileURLToPath(new URL(".", import.meta.url));
await build({
  configFile: false,
  root,
  logLevel: "warn",
  build: { outDir: folder, emptyOutDir: true, target: "es2022", assetsInlineLimit: 0 },
});
const server = await serve(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: flags,
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: Number(asked.dpr) });
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.addInitScript(countScript);
  await page.goto(`http://127.0.0.1:${server.address().port}/?wall=many&notes=${asked.notes}`);
  await page.waitForFunction(() => globalThis.stage !== undefined && document.fonts.status === "loaded");
  const setUp = await page.evaluate(() => Math.round(globalThis.stage.setUp));
  const results = [];
  for (const scenario of scenarios) {
    if (asked.only && asked.only !== scenario.name) continue;
    results.push(await measure(page, scenario));
  }
  if (asked.json) console.log(JSON.stringify({ notes: Number(asked.notes), setUp, results }, undefined, 2));
  else {
    console.log(`${asked.notes} notes, shown after ${setUp} ms`);
    console.table(results);
  }
} finally {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true, force: true });
}
