// What a session outlives, in a real browser against the real server: lost connections, crashed tabs, doubled tabs, networks
// without WebSockets, a server that is killed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "./kit.mjs";
import { crash, device, has, join, kind, open, saved, shown, tab, write, writers } from "./netkit.mjs";

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
  const before = await writers(page);
  assert.equal(before.length, 1);
  await page.reload();
  await page.waitForFunction(() => globalThis.net !== undefined);
  await open(page, board, person);
  await saved(page);
  await write(page, "na herladen");
  await saved(page);
  assert.deepEqual(await writers(page), before);
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
  await page.waitForFunction(async () => (await navigator.locks.query()).held.length === 0);
  await open(page, board, await join(server, board));
  assert.equal(await page.evaluate(() => globalThis.session.recovered), 1);
  await saved(page);
  await has(server, board, ["uit een vorig leven"]);
});
