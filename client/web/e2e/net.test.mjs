// What a session outlives, in a real browser against the real server: lost connections, crashed tabs, doubled tabs, networks
// without WebSockets, a server that is killed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "vite";
import { browser, randomID, Server, until } from "./kit.mjs";

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

async function device(t, server) {
  const context = await browser(t);
  const served = await files;
  await context.route(`${server.url}/net-test/**`, (route) => {
    const [contentType, body] = served[new URL(route.request().url()).pathname];
    return route.fulfill({ contentType, body, headers: { "Content-Security-Policy": policy } });
  });
  return context;
}

async function join(server, board, role = "contributor", name = "Noor") {
  const secret = board.links[role].link.split("#")[1];
  return await server.call("POST", `/boards/${board.id}/join`, { secret, name });
}

/** A tab with a session of a person. */
async function tab(context, server, board, person, init) {
  const page = await context.newPage();
  if (init) await page.addInitScript(init);
  await page.goto(`${server.url}/net-test/`);
  await page.waitForFunction(() => globalThis.net !== undefined);
  await open(page, board, person);
  return page;
}

async function open(page, board, person) {
  await page.evaluate(
    async (opening) => {
      globalThis.session = await globalThis.net.openSession(opening);
    },
    { board: board.id, ...person },
  );
}

const saved = (page) =>
  page.waitForFunction(() => globalThis.session.save.kind === "saved", undefined, { timeout: 15_000 });

const kind = (page, wanted) =>
  page.waitForFunction((k) => globalThis.session.save.kind === k, wanted, { timeout: 15_000 });

/** Makes an empty note and types in it letter by letter, as a person does. */
async function write(page, text) {
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

const shown = (page, note) => page.evaluate((id) => globalThis.session.wall.notes.get(id)?.text, note);

async function texts(server, board) {
  const { changes } = await server.state(board);
  return changes.flatMap((c) => (c.note ? [c.note.text ?? ""] : [])).sort();
}

const has = (server, board, wanted) =>
  until(async () => {
    const now = await texts(server, board).catch(() => []);
    return JSON.stringify(now) === JSON.stringify([...wanted].sort());
  }, `the board has ${wanted}`);

/** Ends a tab as a crash does: nothing of it runs any more. */
async function crash(page) {
  const devtools = await page.context().newCDPSession(page);
  const gone = page.waitForEvent("crash");
  devtools.send("Page.crash").catch(() => {});
  await gone;
  await page.close();
}

test("what is written is shown at once, saved, and seen by another", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const [a, b] = [await device(t, server), await device(t, server)];
  const noor = await tab(a, server, board, await join(server, board));
  const bram = await tab(b, server, board, await join(server, board, "contributor", "Bram"));
  const note = await write(noor, "zorg dichtbij");
  assert.equal(await shown(noor, note), "zorg dichtbij");
  await saved(noor);
  await bram.waitForFunction((id) => globalThis.session.wall.notes.get(id)?.text === "zorg dichtbij", note);
  await bram.waitForFunction(() => globalThis.session.presence.here.size === 2);
  await noor.evaluate((note) => {
    globalThis.session.signal({ kind: "typing", objects: [note] });
    globalThis.session.signal({ kind: "cursor", x: 640, y: 64 });
  }, note);
  await bram.waitForFunction((id) => globalThis.session.presence.typing.get(id)?.size === 1, note);
  await bram.waitForFunction(() => [...globalThis.session.presence.cursors.values()][0]?.x === 640);
  await bram.waitForFunction((id) => !globalThis.session.presence.typing.has(id), note, { timeout: 10_000 });

  await noor.evaluate(() => globalThis.session.undo());
  await has(server, board, [""]);
  await noor.evaluate(() => globalThis.session.redo());
  await has(server, board, ["zorg dichtbij"]);
});

test("written without a server, then the tab crashes: a new tab brings all of it", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await device(t, server);
  const person = await join(server, board);
  await context.newPage(); // keeps the browser when the tab crashes
  const first = await tab(context, server, board, person);
  const before = await write(first, "nog met verbinding");
  await saved(first);
  await server.kill();
  await write(first, "zonder verbinding");
  await first.evaluate(
    (note) => globalThis.session.type(note, "nog met verbinding", "nog met verbinding en dit"),
    before,
  );
  await kind(first, "offline");
  assert.equal(await first.evaluate(() => globalThis.session.save.waiting), 2);
  assert.match(await first.evaluate(() => globalThis.session.unsavedText()), /zonder verbinding/);
  await write(first, "net voor de klap");
  await new Promise((done) => setTimeout(done, 600)); // typing is stored within 250 ms
  await crash(first);
  await server.up();
  const second = await tab(context, server, board, person);
  assert.equal(await second.evaluate(() => globalThis.session.recovered), 3);
  await saved(second);
  await has(server, board, ["nog met verbinding en dit", "zonder verbinding", "net voor de klap"]);
  const third = await tab(context, server, board, person);
  await saved(third);
  assert.equal(await third.evaluate(() => globalThis.session.recovered), 0);
});

test("two tabs of one person both write, and the one that lives sends what the other left", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await device(t, server);
  const person = await join(server, board);
  const first = await tab(context, server, board, person);
  await saved(first);
  const second = await tab(context, server, board, person);
  await saved(second);
  await write(first, "een");
  await write(second, "twee");
  await has(server, board, ["een", "twee"]);
  await Promise.all([saved(first), saved(second)]);
  await server.kill();
  await write(second, "drie");
  await new Promise((done) => setTimeout(done, 600));
  await second.close();
  await server.up();
  await has(server, board, ["een", "twee", "drie"]);
  await saved(first);
});

test("where no WebSocket gets through, the event stream does", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await device(t, server);
  const page = await tab(context, server, board, await join(server, board), () => {
    globalThis.sockets = 0;
    globalThis.WebSocket = class {
      static OPEN = 1;
      constructor() {
        globalThis.sockets++;
        setTimeout(() => this.onclose?.({ code: 1006 }), 5);
      }
      close() {}
    };
  });
  await saved(page);
  assert.equal(await page.evaluate(() => globalThis.sockets), 2);
  const note = await write(page, "door de tunnel");
  await saved(page);
  await has(server, board, ["door de tunnel"]);
  await server.call(
    "POST",
    `/boards/${board.id}/ops`,
    { ops: [{ kind: "note.move", note, x: 64, y: 64 }] },
    board.token,
  );
  await page.waitForFunction((id) => globalThis.session.wall.notes.get(id)?.x === 64, note);
  await server.kill();
  await write(page, "tijdens de storing");
  await kind(page, "offline");
  await server.up();
  await saved(page);
  await has(server, board, ["door de tunnel", "tijdens de storing"]);
});

test("a server that is killed again and again loses nothing and doubles nothing", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await device(t, server);
  const page = await tab(context, server, board, await join(server, board));
  await saved(page);
  const wanted = [];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 5; i++) {
      wanted.push(`ronde ${round} briefje ${i}`);
      await write(page, wanted.at(-1));
      if (i === 2) await server.kill();
    }
    await server.up();
  }
  await saved(page);
  await has(server, board, wanted);
});

test("access lost while offline: the words stay on the device until the person has them", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await device(t, server);
  const person = await join(server, board);
  await context.newPage();
  const page = await tab(context, server, board, person);
  await saved(page);
  await server.kill();
  await write(page, "mijn woorden");
  await page.waitForFunction(() => globalThis.session.save.waiting === 1);
  await page.evaluate(() => globalThis.session.close());
  await server.up();
  await server.call("DELETE", `/boards/${board.id}/links/${board.links.contributor.id}`, undefined, board.token);
  for (let visit = 0; visit < 2; visit++) {
    await open(page, board, person);
    await kind(page, "closed");
    const { save, words, recovered } = await page.evaluate(() => {
      const { save, recovered } = globalThis.session;
      return { save, recovered, words: globalThis.session.unsavedText() };
    });
    assert.deepEqual(save, { kind: "closed", code: "access_lost", waiting: 1, memoryOnly: false });
    assert.equal(words, "mijn woorden");
    assert.equal(recovered, 1);
    if (visit === 1) await page.evaluate(() => globalThis.session.discard());
    await page.evaluate(() => globalThis.session.close());
  }
  await open(page, board, person);
  await kind(page, "closed");
  assert.equal(await page.evaluate(() => globalThis.session.unsavedText()), "");
});

test("a page that goes and comes back, and one that is loaded anew, is the same writer", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await device(t, server);
  const person = await join(server, board);
  const page = await tab(context, server, board, person);
  await saved(page);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  await kind(page, "offline");
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await saved(page);
  await write(page, "weer terug");
  await saved(page);
  await has(server, board, ["weer terug"]);
  const writers = () =>
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
  const before = await writers();
  assert.equal(before.length, 1);
  await page.reload();
  await page.waitForFunction(() => globalThis.net !== undefined);
  await open(page, board, person);
  await saved(page);
  await write(page, "na herladen");
  await saved(page);
  assert.deepEqual(await writers(), before);
  await has(server, board, ["weer terug", "na herladen"]);
});

test("a person whom the board no longer knows joins again, and their words come with them", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await device(t, server);
  const page = await context.newPage();
  await page.goto(`${server.url}/net-test/`);
  await page.waitForFunction(() => globalThis.net !== undefined);
  await server.kill();
  await open(page, board, { token: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url") });
  await write(page, "uit een vorig leven");
  await server.up();
  await kind(page, "closed");
  assert.equal(await page.evaluate(() => globalThis.session.save.code), "token_unknown");
  await page.evaluate(() => globalThis.session.close());
  await open(page, board, await join(server, board));
  assert.equal(await page.evaluate(() => globalThis.session.recovered), 1);
  await saved(page);
  await has(server, board, ["uit een vorig leven"]);
});
