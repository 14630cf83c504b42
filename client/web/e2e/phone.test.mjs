// The same work session by taps alone, in the list on a phone; and a phone's own ways: its keyboard and two fingers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, expected, note, outcomeByKey, Server, session, until } from "./kit.mjs";

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const labels = session.perspectives.map((p) => p.label);

/** From the link into the list: the name, one's group, "Doe mee". */
async function joinByTaps(context, link, { name, group }) {
  const page = await context.newPage();
  await page.goto(link);
  await page.getByLabel("Je naam").tap();
  await page.keyboard.insertText(name);
  if (group) await page.getByText(group, { exact: true }).tap();
  await page.getByRole("button", { name: "Doe mee" }).tap();
  await page.getByRole("button", { name: "Nieuw briefje" }).waitFor();
  return page;
}

/** "Nieuw briefje", the text, "Volgende", the next one, and "Klaar". */
async function writeAll(page, texts) {
  await page.getByRole("button", { name: "Nieuw briefje" }).tap();
  const sheet = page.getByRole("dialog", { name: "Schrijf een briefje" });
  const field = sheet.getByRole("textbox");
  for (const [i, text] of texts.entries()) {
    await until(async () => (await field.inputValue()) === "", "the sheet is empty for the next one");
    await page.keyboard.insertText(text);
    if (i < texts.length - 1) await sheet.getByRole("button", { name: "Volgende" }).tap();
  }
  await sheet
    .getByText("Alles opgeslagen")
    .or(sheet.getByText(/opgeslagen/))
    .first()
    .waitFor();
  await sheet.getByRole("button", { name: "Klaar" }).tap();
  await sheet.waitFor({ state: "detached" });
}

function row(page, text) {
  return page.getByRole("listitem").filter({ has: page.getByText(text, { exact: true }) });
}

/** What others did comes when one asks for it. */
async function shown(page, locator) {
  const news = page.getByRole("button", { name: /^Werk de lijst bij/ });
  await until(async () => {
    if (await locator.isVisible()) return true;
    if (await news.isVisible()) await news.tap();
    return false;
  }, `${locator} is shown`);
}

/** The dots, "Waar hoort dit?", the ring. */
async function place(page, { text }, ring) {
  await row(page, text)
    .getByRole("button", { name: /^Acties voor/ })
    .tap();
  const sheet = page.getByRole("dialog", { name: "Briefje" });
  await sheet.getByText(ring, { exact: true }).tap();
  await until(() => sheet.getByRole("radio", { name: ring }).isChecked(), `${text} lies in ${ring}`);
  await sheet.getByRole("button", { name: "Sluiten" }).tap();
  await sheet.waitFor({ state: "detached" });
}

/** "Kies", a tap on each, "Maak cluster", the name. */
async function group(page, { title }, texts) {
  for (const text of texts) await shown(page, row(page, text));
  await page.getByRole("button", { name: "Kies", exact: true }).tap();
  for (const text of texts) await row(page, text).getByText(text, { exact: true }).tap();
  await page.getByText(`${texts.length} gekozen`).waitFor();
  await page.getByRole("button", { name: "Maak cluster" }).tap();
  const name = page.getByRole("textbox", { name: "Naam van het cluster" });
  await name.waitFor();
  await until(() => name.evaluate((field) => field === document.activeElement), "the name can be typed at once");
  await page.keyboard.insertText(title);
  await page.keyboard.press("Enter"); // what a phone's keyboard has as "Klaar"
  await heading(page, title).waitFor();
}

function heading(page, title) {
  return page.getByRole("heading", { name: title, exact: true });
}

test("four people on phones think, place, cluster and name by taps, to the outcome that is known", async (t) => {
  const server = await Server.start(t);
  const board = await server.board({ groups: labels });
  const names = ["Noor", "Tijn", "Fatima", "Sem"];
  const people = await Promise.all(
    session.perspectives.map(async ({ key, label }, i) => ({
      page: await joinByTaps(await browser(t, phone), board.links.contributor.link, { name: names[i], group: label }),
      notes: session.notes.filter((n) => n.perspective === key),
    })),
  );

  await Promise.all(
    people.map(async ({ page, notes }) => {
      await writeAll(
        page,
        notes.map((n) => n.text),
      );
      for (const each of notes) await place(page, each, session.rings.find((r) => r.key === each.ring).label);
    }),
  );

  for (const [i, each] of session.clusters.entries()) {
    const { page } = people[i % people.length];
    await group(
      page,
      each,
      session.notes.filter((n) => n.cluster === each.key).map((n) => n.text),
    );
    for (const other of people) await shown(other.page, heading(other.page, each.title));
  }
  await until(async () => {
    const { clusters } = await outcomeByKey(server, board);
    return clusters.length === expected.clusters.length;
  }, "the server has every cluster");
  assert.deepEqual(await outcomeByKey(server, board), expected);
});

test("a phone's keyboard covers nothing that is needed to write", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const page = await joinByTaps(await browser(t, phone), board.links.contributor.link, { name: "Noor" });
  const short = { width: 390, height: 844 - 300 };

  await page.getByRole("button", { name: "Nieuw briefje" }).tap();
  await page.setViewportSize(short);
  for (const text of ["Van praten naar doen", "Een regel\n".repeat(40)]) {
    await page.keyboard.insertText(text);
    await within(page.getByRole("textbox"), short);
    await within(page.getByRole("button", { name: "Volgende" }), short);
    await page.getByRole("button", { name: "Volgende" }).tap();
  }
  await page.getByRole("button", { name: "Klaar" }).tap();
  await page.setViewportSize(phone.viewport);

  // And on the board.
  await page.getByRole("radio", { name: "Bord", exact: true }).locator("..").tap();
  await page.getByRole("button", { name: "Nieuw briefje" }).tap();
  await page.setViewportSize(short);
  await page.keyboard.insertText("Op het bord");
  await within(page.getByRole("textbox"), short);
  await within(page.getByRole("button", { name: "Volgende" }), short);
  await page.getByRole("button", { name: "Klaar" }).tap();
  await note(page, "Op het bord").waitFor({ state: "attached" });
});

/** All of it lies in the window, and nothing over its middle. */
async function within(locator, { width, height }) {
  await until(async () => {
    const box = await locator.boundingBox();
    if (!box || box.x < 0 || box.y < 0 || box.x + box.width > width || box.y + box.height > height) return false;
    return await locator.evaluate((element) => {
      const { left, top, width: w, height: h } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(left + w / 2, top + h / 2));
    });
  }, `${locator} is seen in ${width} × ${height}`);
}

test("two fingers zoom the board, and it stays under them", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await browser(t, phone);
  const page = await joinByTaps(context, board.links.contributor.link, { name: "Noor" });
  await page.getByRole("radio", { name: "Bord", exact: true }).locator("..").tap();
  await page.getByRole("button", { name: "Nieuw briefje" }).tap();
  await page.keyboard.insertText("Onder de vingers");
  await page.getByRole("button", { name: "Klaar" }).tap();
  const tree = note(page, "Onder de vingers");
  await tree.waitFor({ state: "attached" });
  // What is selected has its sheet below; the board alone is wanted.
  const close = page.getByRole("button", { name: "Sluiten" });
  if (await close.isVisible()) await close.tap();

  const before = await tree.boundingBox();
  const middle = { x: before.x + before.width / 2, y: before.y + before.height / 2 };
  const fingers = await context.newCDPSession(page);
  const put = (type, apart) =>
    fingers.send("Input.dispatchTouchEvent", {
      type,
      touchPoints:
        apart === undefined ? [] : [-1, 1].map((side, id) => ({ x: middle.x + side * apart, y: middle.y, id })),
    });
  await put("touchStart", 30);
  for (let apart = 35; apart <= 60; apart += 5) await put("touchMove", apart);
  await put("touchEnd");
  await until(async () => {
    const after = await tree.boundingBox();
    const grown = after.width / before.width;
    const moved = Math.hypot(after.x + after.width / 2 - middle.x, after.y + after.height / 2 - middle.y);
    return Math.abs(grown - 2) < 0.1 && moved < 4;
  }, "the note is twice as large, and where it was");
});
