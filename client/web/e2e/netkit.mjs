// What tests of the net layer stand on: that layer alone on an empty page, with sessions of a person in its tabs.
import { build } from "vite";
import { browser, randomID, until } from "./kit.mjs";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/** The net layer as one module, and an empty page that has it. */
const files = (async () => {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: {
      lib: { entry: new URL("../src/net/index.ts", import.meta.url).pathname, formats: ["es"], fileName: "net" },
      write: false,
      minify: false,
      target: "es2022",
    },
  });
  const start = 'import * as net from "/net-test/net.js"; globalThis.net = net;';
  return {
    "/net-test/": [
      "text/html",
      '<!doctype html><title>net</title><script type="module" src="/net-test/start.js"></script>',
    ],
    "/net-test/start.js": ["text/javascript", start],
    "/net-test/net.js": ["text/javascript", built[0].output[0].code],
  };
})();

/** A person's browser, which shows that page for the server; `options` are the browser's. */
export async function device(t, server, options) {
  const context = await browser(t, options);
  const served = await files;
  await context.route(`${server.url}/net-test/**`, (route) => {
    const [contentType, body] = served[new URL(route.request().url()).pathname];
    return route.fulfill({ contentType, body, headers: { "Content-Security-Policy": policy } });
  });
  return context;
}

export async function join(server, board, role = "contributor", name = "Noor") {
  const secret = board.links[role].link.split("#")[1];
  return await server.call("POST", `/boards/${board.id}/join`, { secret, name });
}

/** A tab with a session of a person. */
export async function tab(context, server, board, person, init) {
  const page = await context.newPage();
  if (init) await page.addInitScript(init);
  await page.goto(`${server.url}/net-test/`);
  await page.waitForFunction(() => globalThis.net !== undefined);
  await open(page, board, person);
  return page;
}

export async function open(page, board, person) {
  await page.evaluate(
    async (opening) => {
      globalThis.session = await globalThis.net.openSession(opening);
    },
    { board: board.id, ...person },
  );
}

export const saved = (page) =>
  page.waitForFunction(() => globalThis.session.save.kind === "saved", undefined, { timeout: 15_000 });

export const kind = (page, wanted) =>
  page.waitForFunction((k) => globalThis.session.save.kind === k, wanted, { timeout: 15_000 });

/** Makes an empty note and types in it letter by letter, as a person does. */
export async function write(page, text) {
  const note = randomID();
  await page.evaluate(
    async ({ note, rev, text }) => {
      const { session } = globalThis;
      session.do({ kind: "note.create", note, x: 0, y: 0, w: 11264, h: 11264, rev });
      for (let i = 0; i < text.length; i++) {
        session.type(note, text.slice(0, i), text.slice(0, i + 1));
        await new Promise((done) => setTimeout(done, 3));
      }
    },
    { note, rev: randomID(), text },
  );
  return note;
}

export const shown = (page, note) => page.evaluate((id) => globalThis.session.wall.notes.get(id)?.text, note);

export async function texts(server, board) {
  const { changes } = await server.state(board);
  return changes.flatMap((c) => (c.note ? [c.note.text ?? ""] : [])).sort();
}

export const has = (server, board, wanted) =>
  until(async () => {
    const now = await texts(server, board).catch(() => []);
    return JSON.stringify(now) === JSON.stringify([...wanted].sort());
  }, `the board has ${wanted}`);

/** Ends a tab as a crash does: nothing of it runs any more. */
export async function crash(page) {
  const devtools = await page.context().newCDPSession(page);
  const gone = page.waitForEvent("crash");
  devtools.send("Page.crash").catch(() => {});
  await gone;
  await page.close();
}

/** The secrets of the writers that this device has. */
export const writers = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        const opening = indexedDB.open("denkwand");
        opening.onsuccess = () => {
          const asked = opening.result.transaction("writers").objectStore("writers").getAll();
          asked.onsuccess = () => {
            opening.result.close();
            done(asked.result.map(({ secret }) => secret));
          };
        };
      }),
  );
