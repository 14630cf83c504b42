// What people do on a board, two at a time, in Chromium against the real server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, joinAs, note, notesOf, Server, saved, until, write } from "./kit.mjs";

const groups = ["Kenniscentrum A", "Kenniscentrum B"];

test("two people write, place, cluster and name; each takes back only what is theirs", async (t) => {
  const server = await Server.start(t);
  const board = await server.board({ groups });
  const noor = await joinAs(await browser(t), board.links.contributor.link, { name: "Noor", group: groups[0] });
  const tijn = await joinAs(await browser(t), board.links.contributor.link, { name: "Tijn", group: groups[1] });

  await write(noor, "Niet weten mag");
  await write(tijn, "Wat leren we over projecten heen?");
  await note(noor, "Wat leren we").waitFor();
  await note(tijn, "Niet weten mag").waitFor();
  await saved(noor);
  let notes = await notesOf(server, board);
  assert.equal(notes.size, 2);

  // Both in one note at once: the beginning is Noor's, the end Tijn's, and both stay.
  for (const [page, place] of [
    [noor, "Home"],
    [tijn, "End"],
  ]) {
    await note(page, "Niet weten mag").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Briefje schrijven" }).waitFor();
    await page.keyboard.press(`Control+${place}`);
  }
  await Promise.all([noor.keyboard.type("Ja: ", { delay: 40 }), tijn.keyboard.type(", ook hier", { delay: 40 })]);
  for (const page of [noor, tijn]) {
    await until(
      async () =>
        (await page.getByRole("textbox", { name: "Briefje schrijven" }).inputValue()) ===
        "Ja: Niet weten mag, ook hier",
      "both see what both typed",
    );
    await page.keyboard.press("Escape");
  }

  // Dragged to the core: it lights up, and the server counts it there.
  const at = await note(noor, "Ja: Niet weten mag").boundingBox();
  const main = await noor.locator("main").boundingBox();
  await noor.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
  await noor.mouse.down();
  await noor.mouse.move(main.x + main.width / 2, main.y + main.height / 2 - 60, { steps: 8 });
  await noor.mouse.up();
  await until(async () => {
    const placed = (await notesOf(server, board)).get("Ja: Niet weten mag, ook hier");
    return placed?.ring === board.rings[0].id;
  }, "the note lies in the core");

  // Clustered and named by keys; the other sees the name.
  await note(noor, "Ja: Niet weten mag").focus();
  await noor.keyboard.press("Space");
  await note(noor, "Wat leren we").focus();
  await noor.keyboard.press("Space");
  await noor.keyboard.press("g");
  await noor.keyboard.type("Leren in werkelijkheid");
  await noor.keyboard.press("Enter");
  await tijn.getByRole("treeitem", { name: /^Cluster Leren in/ }).waitFor();
  await saved(noor);

  // Tijn renames it; Noor takes back: of hers the newest act, never Tijn's name.
  await tijn.getByRole("treeitem", { name: /^Cluster Leren in/ }).focus();
  await tijn.keyboard.press("Enter");
  await tijn.keyboard.press("Control+a");
  await tijn.keyboard.type("Ruimte om te leren");
  await tijn.keyboard.press("Enter");
  await noor.getByRole("treeitem", { name: /^Cluster Ruimte om/ }).waitFor();
  await noor.keyboard.press("Control+z");
  await saved(noor);
  const named = await until(async () => {
    const { changes } = await server.state(board);
    return changes.filter((c) => c.cluster && !c.cluster.deleted);
  }, "the board answers");
  for (const { cluster } of named) assert.equal(cluster.title, "Ruimte om te leren");
  await tijn.keyboard.press("Control+z");
  await saved(tijn);
  notes = await notesOf(server, board);
  assert.ok(notes.has("Ja: Niet weten mag, ook hier"));
});

test("offline, written, the tab closed: all of it comes back, as the same person", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await browser(t);
  const page = await joinAs(context, board.links.contributor.link, { name: "Noor" });
  await write(page, "Voor de tunnel");
  await saved(page);

  await server.kill();
  await page.getByText("Geen verbinding. Schrijf gerust door").first().waitFor();
  await write(page, "In de tunnel");
  await write(page, "Nog steeds in de tunnel");
  await note(page, "Nog steeds in de tunnel").waitFor();
  await page.close();

  await server.up();
  const again = await context.newPage();
  await again.goto(`${server.url}/b/${board.id}`);
  await note(again, "In de tunnel").first().waitFor();
  await saved(again);
  await until(async () => (await notesOf(server, board)).size === 3, "the server has all three");
  const { changes } = await server.state(board);
  const people = changes.filter((c) => c.participant).map((c) => c.participant.name);
  assert.deepEqual(people.sort(), ["Ilse", "Noor"]);
});

test("who only watches cannot write, and who is let go reads why", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const viewer = await joinAs(await browser(t), board.links.viewer.link, { name: "Kijker" });
  await viewer.getByText("Je kijkt mee en kunt niet schrijven").first().waitFor();
  await viewer.keyboard.press("n");
  await viewer.mouse.dblclick(700, 500);
  assert.equal(await viewer.getByRole("textbox").count(), 0);
  assert.equal(await viewer.getByRole("button", { name: /^Briefje/ }).count(), 0);

  const noor = await joinAs(await browser(t), board.links.contributor.link, { name: "Noor" });
  await write(noor, "Blijft staan");
  await saved(noor);
  await server.call("DELETE", `/boards/${board.id}/links/${board.links.contributor.id}`, undefined, board.token);
  await noor
    .getByText("Deze link is ingetrokken")
    .or(noor.getByText("is ingetrokken. Wat je schreef"))
    .first()
    .waitFor();
  assert.ok((await notesOf(server, board)).has("Blijft staan"));
});

test("one looks along with another until one looks elsewhere oneself", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const noor = await joinAs(await browser(t), board.links.contributor.link, { name: "Noor" });
  const tijn = await joinAs(await browser(t), board.links.contributor.link, { name: "Tijn" });
  await write(noor, "Hier ben ik");
  const far = await note(tijn, "Hier ben ik").boundingBox();
  await tijn.mouse.move(700, 500);
  await tijn.mouse.wheel(0, 2000);
  await until(async () => (await note(tijn, "Hier ben ik").boundingBox()).y !== far.y, "Tijn looks elsewhere");

  await tijn.keyboard.press("f");
  await tijn.getByRole("button", { name: "Volg Noor" }).focus();
  await tijn.keyboard.press("f");
  await tijn.getByText("Je volgt Noor.").first().waitFor();
  const seen = () => note(tijn, "Hier ben ik").boundingBox();
  const middle = async () => {
    const at = await seen();
    return Math.abs(at.x + at.width / 2 - 720) < 400 && Math.abs(at.y + at.height / 2 - 480) < 240;
  };
  await until(middle, "Tijn sees what Noor has selected");
  const main = await noor.locator("main").boundingBox();
  const at = await note(noor, "Hier ben ik").boundingBox();
  await noor.mouse.move(main.x + 30, main.y + main.height / 2);
  const before = await seen();
  await until(async () => (await seen()).x !== before.x, "Tijn's view comes along with Noor's pointer");
  await noor.mouse.move(at.x, at.y);
  await until(middle, "and back");

  await tijn.mouse.move(700, 500);
  await tijn.mouse.wheel(0, 300);
  await tijn.getByText("Je volgt Noor niet meer").waitFor({ state: "attached" });
  const own = await seen();
  await noor.mouse.move(main.x + 30, main.y + main.height / 2);
  await write(noor, "En nu hier");
  await note(tijn, "En nu hier").waitFor({ state: "attached" });
  assert.deepEqual(await seen(), own);
});
