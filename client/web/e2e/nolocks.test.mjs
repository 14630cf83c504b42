// The same by plain http on a network of one's own, where a workshop often runs: a browser has no Web Locks there, nor
// anything else that it keeps for secure pages.
import assert from "node:assert/strict";
import dns from "node:dns";
import { test } from "node:test";
import {
  browser,
  flags,
  joinAs,
  note,
  notesOf,
  randomID,
  Server,
  saved as savedOnPage,
  until,
  write as writeOnPage,
} from "./kit.mjs";
import { crash, device, has, join, kind, open, saved, tab, texts, write, writers } from "./netkit.mjs";

const host = "denkwand.test";
const args = [...flags, `--host-resolver-rules=MAP ${host} 127.0.0.1`];
/** The empty page comes from the test and not from the server: the browser must not take the two for other networks. */
const ofTest = { args: [...args, "--disable-features=LocalNetworkAccessChecks"] };

// Neither the browser nor this program asks anybody for the name.
const { lookup } = dns;
dns.lookup = (name, how, done) => lookup(name === host ? "127.0.0.1" : name, how, done);

/** A server that people know by a name which is not this computer's own. */
async function onNetwork(t) {
  const server = await Server.start(t);
  await server.kill();
  server.url = `http://${host}:${server.port}`;
  await server.up();
  return server;
}

async function setUp(t) {
  const server = await onNetwork(t);
  const board = await server.board();
  const context = await device(t, server, ofTest);
  await context.newPage(); // keeps the browser when a tab crashes
  return { server, board, context, person: await join(server, board) };
}

/** Makes nothing run in a tab, nor answer, until the returned function is called. */
async function freeze(page) {
  const devtools = await page.context().newCDPSession(page);
  const paused = new Promise((done) => devtools.once("Debugger.paused", done));
  await devtools.send("Debugger.enable");
  await devtools.send("Debugger.pause");
  await paused;
  return () => devtools.send("Debugger.disable");
}

const recovered = (page) => page.evaluate(() => globalThis.session.recovered);
const memoryOnly = (page) => page.evaluate(() => globalThis.session.save.memoryOnly);
/** Typing is stored within 250 ms. */
const stored = () => new Promise((done) => setTimeout(done, 600));

test("by plain http: what a crashed tab left is brought by the next, once", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const first = await tab(context, server, board, person);
  assert.deepEqual(await first.evaluate(() => [isSecureContext, "locks" in navigator]), [false, false]);
  await saved(first);
  await server.kill();
  await write(first, "zonder verbinding");
  await kind(first, "offline");
  assert.equal(await memoryOnly(first), false, "its tab need not stay open");
  await stored();
  await crash(first);
  await server.up();
  const second = await tab(context, server, board, person);
  assert.equal(await recovered(second), 1);
  await saved(second);
  const third = await tab(context, server, board, person);
  await saved(third);
  assert.equal(await recovered(third), 0);
  await write(second, "twee");
  await write(third, "drie");
  await has(server, board, ["zonder verbinding", "twee", "drie"]);
  assert.equal(new Set(await writers(third)).size, 2);
});

test("by plain http: the tab that lives sends what another left when it was closed", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const first = await tab(context, server, board, person);
  await saved(first);
  const second = await tab(context, server, board, person);
  await saved(second);
  await server.kill();
  await write(first, "een");
  await write(second, "twee");
  await stored();
  await second.close();
  await server.up();
  await has(server, board, ["een", "twee"]);
  await saved(first);
});

test("by plain http: of tabs opened at once each has a writer of its own, and one brings what was left", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const first = await tab(context, server, board, person);
  await saved(first);
  await server.kill();
  await write(first, "over");
  await stored();
  await crash(first);
  await server.up();
  const tabs = await Promise.all(Array.from({ length: 3 }, () => tab(context, server, board, person)));
  await Promise.all(tabs.map(saved));
  await Promise.all(tabs.map((page, i) => write(page, `tab ${i}`)));
  await has(server, board, ["over", "tab 0", "tab 1", "tab 2"]);
  await Promise.all(tabs.map(saved));
  assert.equal(new Set(await writers(tabs[0])).size, 3);
});

test("by plain http: a tab that is frozen keeps its outbox, and sends it when it thaws", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const first = await tab(context, server, board, person);
  await saved(first);
  await server.kill();
  await write(first, "bevroren");
  await stored();
  const thaw = await freeze(first);
  await server.up();
  const second = await tab(context, server, board, person);
  await saved(second);
  assert.equal(await recovered(second), 0);
  await write(second, "ondertussen");
  await has(server, board, ["ondertussen"]);
  await thaw();
  await has(server, board, ["bevroren", "ondertussen"]);
  await write(first, "weer wakker");
  await has(server, board, ["bevroren", "ondertussen", "weer wakker"]);
});

test("by plain http: a page that is loaded anew, or comes back, is the same writer, and leaves no locks", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const page = await tab(context, server, board, person);
  await write(page, "een");
  await saved(page);
  const before = await writers(page);
  await page.reload();
  await page.waitForFunction(() => globalThis.net !== undefined);
  await open(page, board, person);
  await saved(page);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  await kind(page, "offline");
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await saved(page);
  await write(page, "twee");
  await saved(page);
  await has(server, board, ["een", "twee"]);
  assert.deepEqual(await writers(page), before);
  await page.evaluate(() => globalThis.session.close());
  await until(async () => {
    const left = await page.evaluate(() => indexedDB.databases());
    return left.length === 1 && left[0].name === "denkwand";
  }, "only what is kept is left");
});

/** Keeps the connections of locks at hand: `lose(told)` ends them as a browser does, which says so only when told. */
function losable() {
  const { open } = IDBFactory.prototype;
  const locks = [];
  IDBFactory.prototype.open = function (...args) {
    const asked = open.apply(this, args);
    if (args[0] !== "denkwand") asked.addEventListener("success", () => locks.push(asked.result));
    return asked;
  };
  globalThis.lose = (told) => {
    for (const lock of locks) told ? lock.dispatchEvent(new Event("close")) : lock.close();
  };
}

/** Makes the second step to a lock slow, as on a phone that has much to do; says what other tabs heard before it. */
function slowLocks() {
  const { open } = IDBFactory.prototype;
  const { postMessage } = BroadcastChannel.prototype;
  let has = false;
  globalThis.heard = [];
  BroadcastChannel.prototype.postMessage = function (said) {
    if ("writer" in said) globalThis.heard.push(has ? "with its lock" : "without");
    postMessage.call(this, said);
  };
  IDBFactory.prototype.open = function (...args) {
    if (args[0] === "denkwand") return open.apply(this, args);
    const late = {};
    setTimeout(() => {
      const asked = open.apply(this, args);
      asked.onupgradeneeded = () => late.onupgradeneeded();
      asked.onsuccess = () => {
        has = true;
        late.result = asked.result;
        late.onsuccess();
      };
    }, 500);
    return late;
  };
}

test("by plain http: where locks are slow, nobody takes an outbox for left behind, and a page comes back as it was", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const first = await tab(context, server, board, person);
  await saved(first);
  const second = await tab(context, server, board, person, slowLocks);
  await saved(second);
  await stored();
  assert.deepEqual(await second.evaluate(() => globalThis.heard), ["with its lock"]);
  assert.equal(new Set(await writers(second)).size, 2, "the first tab left it alone");
  assert.equal(await memoryOnly(second), false);
  await second.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  await kind(second, "offline");
  await second.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await saved(second);
  await write(second, "als tevoren");
  await has(server, board, ["als tevoren"]);
});

test("by plain http: a tab whose lock the browser took goes on, unless another has its outbox: then it begins anew", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const first = await tab(context, server, board, person, losable);
  await saved(first);
  await first.evaluate(() => {
    globalThis.lose(false);
    globalThis.lose(true);
  });
  await write(first, "nog hier");
  await saved(first);
  await server.kill();
  await write(first, "overgenomen");
  await stored();
  await first.evaluate(() => globalThis.lose(false));
  await server.up();
  const second = await tab(context, server, board, person);
  await until(async () => (await texts(server, board)).length === 2, "it is on the board");
  const anew = first.waitForEvent("load");
  await first.evaluate(
    ([note, rev]) => {
      const { session } = globalThis;
      globalThis.lose(true);
      session.do({ kind: "note.create", note, x: 0, y: 0, w: 11264, h: 11264, rev });
      session.type(note, "", "nog net");
    },
    [randomID(), randomID()],
  );
  await anew;
  await saved(second);
  await write(second, "en verder");
  await has(server, board, ["nog hier", "overgenomen", "en verder"]);
  await first.waitForFunction(() => globalThis.net !== undefined);
  await open(first, board, person);
  await has(server, board, ["nog hier", "overgenomen", "en verder", "nog net"]);
});

test("by plain http: a tab whose row is gone with its lock goes on, though another has written its own again", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const first = await tab(context, server, board, person, losable);
  await saved(first);
  const second = await tab(context, server, board, person);
  await saved(second);
  await server.kill();
  await write(first, "alleen hier");
  await stored();
  const rows = await first.evaluate(
    () =>
      new Promise((done) => {
        const opening = indexedDB.open("denkwand");
        opening.onsuccess = () => {
          const tx = opening.result.transaction(["writers", "outbox"], "readwrite");
          const left = tx.objectStore("outbox").getAll();
          left.onsuccess = () => {
            tx.objectStore("writers").delete([left.result[0].board, left.result[0].writer]);
            tx.objectStore("outbox").clear();
          };
          tx.oncomplete = () => {
            opening.result.close();
            done(left.result.length);
          };
        };
      }),
  );
  assert.ok(rows > 0);
  await first.evaluate(() => {
    globalThis.lose(false);
    globalThis.lose(true);
  });
  await first.waitForFunction(() => globalThis.session.save.memoryOnly);
  await server.up();
  await saved(first);
  await has(server, board, ["alleen hier"]);
});

test("by plain http: what is in a tab outlives that the browser forgets all else", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const page = await tab(context, server, board, person);
  await saved(page);
  await server.kill();
  await write(page, "alleen hier");
  await stored();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Storage.clearDataForOrigin", { origin: server.url, storageTypes: "indexeddb" });
  await page.waitForFunction(() => globalThis.session.save.memoryOnly);
  await server.up();
  await saved(page);
  await has(server, board, ["alleen hier"]);
});

test("a refusal that was seen in one tab is gone from the others", async (t) => {
  const { server, board, context, person } = await setUp(t);
  const first = await tab(context, server, board, person);
  await first.evaluate((id) => globalThis.session.keep(id, "niet geplaatst", "gone"), board.id);
  await stored();
  const second = await tab(context, server, board, person);
  const list = (page) => page.evaluate(() => globalThis.session.refusals.map(({ text }) => text));
  assert.deepEqual(await list(second), ["niet geplaatst"]);
  await second.evaluate(() => globalThis.session.dismiss(globalThis.session.refusals[0].ticket));
  await until(async () => (await list(first)).length === 0, "it is gone from the first tab");
  const third = await tab(context, server, board, person);
  assert.deepEqual(await list(third), []);
});

test("by plain http, on the page itself: notes that wait are sent by the next tab, and nobody is asked to keep theirs", async (t) => {
  const server = await onNetwork(t);
  const board = await server.board();
  const context = await browser(t, { args });
  const first = await joinAs(context, board.links.contributor.link, { name: "Noor" });
  assert.equal(await first.evaluate(() => isSecureContext), false);
  await server.kill();
  await writeOnPage(first, "zonder verbinding");
  await first.getByText("1 wacht", { exact: true }).waitFor();
  assert.equal(await first.getByText(/Laat dit tabblad/).count(), 0);
  await stored();
  await first.close({ runBeforeUnload: true });
  await server.up();
  const second = await context.newPage();
  await second.goto(`${server.url}/b/${board.id}`);
  await note(second, "zonder verbinding").waitFor();
  const third = await context.newPage();
  await third.goto(second.url());
  await note(third, "zonder verbinding").waitFor();
  await writeOnPage(third, "in een dubbel tabblad");
  await writeOnPage(second, "in het andere");
  await Promise.all([savedOnPage(second), savedOnPage(third)]);
  const wanted = ["in een dubbel tabblad", "in het andere", "zonder verbinding"];
  assert.deepEqual([...(await notesOf(server, board)).keys()].sort(), wanted);
});
