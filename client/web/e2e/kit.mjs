// What every end-to-end test stands on: a real server in a process of its own on a free port, and a real Chromium.
// A page that reports a violation of the content security policy, an error on the console or an uncaught one fails its test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const program = process.env.DENKWAND ?? new URL("../../../bin/denkwand", import.meta.url).pathname;

export const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** A server that can be killed and started again on its address and data. */
export class Server {
  /** `settings` are flags of `denkwand serve`. */
  static async start(t, settings = []) {
    const server = new Server();
    server.settings = settings;
    server.dir = mkdtempSync(join(tmpdir(), "denkwand-"));
    server.port = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    await server.up();
    t.after(async () => {
      await server.kill("SIGTERM");
      rmSync(server.dir, { recursive: true, force: true });
    });
    return server;
  }

  async up() {
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--public-url", this.url, "--admin-listen", ""];
    this.process = spawn(program, [...args, "--data", this.dir, ...this.settings], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    this.process.stderr.on("data", (chunk) => {
      said += chunk;
    });
    this.ended = new Promise((done) => this.process.once("exit", done));
    for (let tries = 0; tries < 200; tries++) {
      assert.equal(this.process.exitCode, null, `the server ended at once: ${said}`);
      const ready = await fetch(`${this.url}/readyz`).then(
        (r) => r.ok,
        () => false,
      );
      if (ready) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    assert.fail(`the server does not answer: ${said}`);
  }

  async kill(signal = "SIGKILL") {
    this.process.kill(signal);
    await this.ended;
  }

  async call(method, path, body, token) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(body && { "Content-Type": "application/json" }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** A board with perspectives, a target with two rings, its owner's token and a link for each role. */
  async board({
    title = "Model Missiegedreven Omgevingen",
    question = "Wat is de potentiële meerwaarde?",
    groups = [],
  } = {}) {
    const made = await this.call("POST", "/boards", { title, question, language: "nl" });
    const secret = made.owner.split("#")[1];
    const owner = await this.call("POST", `/boards/${made.board}/join`, { secret, name: "Ilse" });
    const rings = [
      { id: randomID(), label: "Kern", size: 640 * 64 },
      { id: randomID(), label: "Meer op afstand", size: 1280 * 64 },
    ];
    const ops = groups.map((label) => ({ kind: "perspective.add", perspective: randomID(), label }));
    ops.push({ kind: "area.create", area: randomID(), form: "target", title: "Doel", x: 0, y: 0, rings });
    await this.call("POST", `/boards/${made.board}/ops`, { ops }, owner.token);
    const links = {};
    for (const role of ["viewer", "contributor", "facilitator"]) {
      links[role] = await this.call("POST", `/boards/${made.board}/links`, { role }, owner.token);
    }
    return { id: made.board, token: owner.token, owner: made.owner, links, rings };
  }

  /** What the server says the board is now. */
  async state(board) {
    return await this.call("GET", `/boards/${board.id}`, undefined, board.token);
  }
}

export function randomID() {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
}

/** A person's browser: their own profile, and a list of what went wrong in it. */
export async function browser(t, { locale = "nl-NL", ...options } = {}) {
  const dir = mkdtempSync(join(tmpdir(), "chromium-"));
  const context = await chromium.launchPersistentContext(dir, {
    executablePath: "/usr/bin/chromium",
    args: flags,
    viewport: { width: 1440, height: 900 },
    locale,
    timezoneId: "Europe/Amsterdam",
    ...options,
  });
  const wrong = [];
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));
  });
  context.on("weberror", (e) => wrong.push(String(e.error().stack ?? e.error())));
  context.on("console", (message) => {
    // What the browser itself says of a connection that failed is what some tests are about.
    const itself = /net::ERR_|Failed to load resource|WebSocket connection/;
    if (message.type() === "error" && !itself.test(message.text())) wrong.push(message.text());
  });
  t.after(async () => {
    await context.close();
    rmSync(dir, { recursive: true, force: true });
    assert.deepEqual(wrong, [], "the page reported errors");
  });
  return context;
}

/** Waits until a check of the outside world holds; `what` it is about may be put in words only when it does not. */
export async function until(check, what, timeout = 15_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (Date.now() > end)
      assert.fail(`in ${timeout} ms it did not happen: ${typeof what === "string" ? what : what()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Opens a link and joins by it as a person would: name, group, Enter. Returns the page, with the board on it. */
export async function joinAs(context, link, { name, group, view = "Bord" }) {
  const page = await context.newPage();
  await page.goto(link);
  await page.getByLabel("Je naam").fill(name);
  if (group) await page.getByRole("radio", { name: group }).check({ force: true });
  await page.keyboard.press("Enter");
  await page.getByRole("radio", { name: view, exact: true }).waitFor({ state: "attached" });
  await page
    .getByRole("status")
    .filter({ hasText: /Alles opgeslagen|Je kijkt mee/ })
    .first()
    .waitFor();
  return page;
}

/** The note with this text, as the board's tree has it: it lies over what the canvas shows. */
export function note(page, text) {
  return page.getByRole("treeitem", { name: text });
}

/** Writes a note the way the keys do: N, the text, Esc. */
export async function write(page, text) {
  await page.keyboard.press("n");
  await page.getByRole("textbox", { name: "Briefje schrijven" }).fill(text);
  await page.keyboard.press("Escape");
}

/** Waits until the page says that everything is saved. */
export async function saved(page) {
  await page.getByRole("status").filter({ hasText: "Alles opgeslagen" }).first().waitFor();
}

/** Notes of a board by their text, as the server has them. */
export async function notesOf(server, board) {
  const { changes } = await server.state(board);
  return new Map(changes.filter((c) => c.note && !c.note.deleted).map(({ note: n }) => [n.text ?? "", n]));
}

/** The work session that comes with the program, and the outcome it is known to have. */
const written = (name) => JSON.parse(readFileSync(new URL(`../../../server/demo/testdata/${name}`, import.meta.url)));
export const session = written("denk-werksessie.json");
export const expected = written("expected-outcome.json");

/** A board's outcome as the session's file would write it: with the file's keys for the ids. */
export async function outcomeByKey(server, board) {
  const { changes } = await server.state(board);
  const keys = new Map();
  const keyOf = (list, name) => list.find((each) => (each.label ?? each.title) === name)?.key ?? `unknown: ${name}`;
  for (const { perspective, area, cluster } of changes) {
    if (perspective) keys.set(perspective.id, keyOf(session.perspectives, perspective.label));
    for (const ring of area?.rings ?? []) keys.set(ring.id, keyOf(session.rings, ring.label));
    if (cluster) keys.set(cluster.id, keyOf(session.clusters, cluster.title));
  }
  const named = (counts) => Object.fromEntries(Object.entries(counts ?? {}).map(([id, n]) => [keys.get(id), n]));
  const count = ({ notes, byPerspective, byRing }) => ({
    notes,
    byPerspective: named(byPerspective),
    byRing: named(byRing),
  });
  const outcome = await server.call("GET", `/boards/${board.id}/outcome`, undefined, board.token);
  return {
    clusters: outcome.clusters
      .map((each) => ({ key: keys.get(each.key), title: each.title, ...count(each) }))
      .sort((a, b) => a.key.localeCompare(b.key)),
    unclustered: count(outcome.unclustered),
    total: count(outcome.total),
  };
}
