// Sixteen people work through the SDK while the page is open; what it says then is what the server says.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { browser, joinAs, program, Server, session, until } from "./kit.mjs";

/** The program plays the session into a server; the link to look in by comes first, the outcome last. */
function demo(t, server, speed) {
  const played = spawn(program, ["demo", "--server", server.url, "--speed", String(speed), "--json"]);
  t.after(() => played.kill());
  let said = "";
  let out = "";
  played.stdout.on("data", (chunk) => {
    out += chunk;
  });
  const link = new Promise((done) => {
    played.stderr.on("data", (chunk) => {
      said += chunk;
      const found = /To look in as participant: +(\S+)\n/.exec(said);
      if (found) done(found[1]);
    });
  });
  const outcome = new Promise((done, failed) => {
    played.once("exit", (code) => (code === 0 ? done(JSON.parse(out)) : failed(new Error(`${code}: ${said}`))));
  });
  return { link, outcome };
}

/** How many notes the board says it has. */
async function count(page) {
  const name = await page.locator("[data-board]").getAttribute("aria-label");
  return Number(/^Bord, (\d+) /.exec(name ?? "")?.[1]);
}

/** What a cell of the outcome says aloud, "Kern: A 1, B 2", as numbers by the session's keys. */
function counted(lines) {
  const byRing = {};
  const byPerspective = {};
  const keyOf = (list, label) => list.find((each) => each.label === label)?.key ?? label;
  for (const line of lines) {
    const [, ring, counts] = /^([^:]+): (.*)$/.exec(line.trim());
    for (const each of counts.split(", ")) {
      const [, label, n] = /^(.*) (\d+)$/.exec(each);
      const at = keyOf(session.perspectives, label);
      byPerspective[at] = (byPerspective[at] ?? 0) + Number(n);
      const on = keyOf(session.rings, ring);
      byRing[on] = (byRing[on] ?? 0) + Number(n);
    }
  }
  return { byPerspective, byRing };
}

test("a page that is open while sixteen people work says what the server says; and one looks back", async (t) => {
  const server = await Server.start(t);
  const context = await browser(t); // which takes long enough to miss the beginning
  const { link, outcome } = demo(t, server, 12);
  const page = await joinAs(context, await link, { name: "Toeschouwer", group: session.perspectives[0].label });
  let truth;
  const seen = new Set();
  await Promise.all([
    outcome.then((known) => {
      truth = known;
    }),
    until(
      async () => {
        seen.add(
          `${await count(page)} notes, ${await page.getByRole("treeitem", { name: /^Cluster / }).count()} titles`,
        );
        return truth && (await count(page)) === session.notes.length;
      },
      () => `all notes are there: ${[...seen]}`,
      90_000,
    ),
  ]);
  assert.ok(seen.size > 3, `what others did came while they did it: ${[...seen]}`);

  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Verslag" }).click();
  for (const each of truth.clusters) {
    const row = page.getByRole("row").filter({ has: page.getByText(each.title, { exact: true }) });
    await until(async () => {
      const notes = Number(await row.getByRole("cell").last().textContent());
      const spoken = counted(await row.locator("td .visually-hidden").allTextContents());
      return same({ notes, ...spoken }, { notes: each.notes, byPerspective: each.byPerspective, byRing: each.byRing });
    }, `the row of ${each.title} has the server's numbers`);
  }
  assert.equal(await page.getByRole("row").count(), truth.clusters.length + 1);
  const loose = page.getByRole("region", { name: "Buiten de clusters" });
  const { notes, ...spread } = truth.unclustered;
  await loose.getByText(`${notes} briefjes`).waitFor();
  assert.deepEqual(counted(await loose.locator(".ring .visually-hidden").allTextContents()), spread);
  const groups = page.getByRole("region", { name: "Perspectieven" }).getByRole("listitem");
  assert.deepEqual(
    (await groups.allInnerTexts()).map((line) => line.replace(/\s+/g, " ").trim()),
    session.perspectives.map(({ key, label }) => `${label} ${truth.total.byPerspective[key]}`),
  );

  // Looking back: to the middle, on from there, and with Esc to now.
  await page.getByRole("link", { name: "Terugkijken" }).click();
  const moment = page.getByRole("slider", { name: "Moment" });
  await moment.waitFor();
  assert.match(await page.title(), /^Verleden: /);
  const [from, to] = await moment.evaluate((bar) => [Number(bar.min), Number(bar.max)]);
  const value = async () => Number(await moment.inputValue());
  const middle = (from + to) / 2;
  await moment.fill(String(Math.round(middle)));
  await until(
    async () => Math.abs((await value()) - middle) < (to - from) / 10,
    "the board is in the middle of its time",
  );
  const then = await page.locator("canvas").screenshot();
  await page.getByRole("radio", { name: "2×" }).check({ force: true });
  await page.getByRole("button", { name: "Afspelen" }).click();
  const played = await value();
  await until(async () => (await value()) > played, "time goes on");
  await page.getByRole("button", { name: "Pauze" }).click();
  await moment.press("End");
  await until(async () => (await value()) === to, "the board is at the end of its time");
  assert.ok(!then.equals(await page.locator("canvas").screenshot()), "the end does not look like the middle");
  await page.keyboard.press("Escape");
  await until(async () => (await count(page)) === session.notes.length, "the board is the one of now");
  assert.doesNotMatch(await page.title(), /^Verleden: /);
});

function same(a, b) {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
