// Every screen in both languages, light and dark, held against the rules of axe; what a screen reader is told of the list;
// the page at 400 % zoom; two tabs of one person; and what is said where one cannot come in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { browser, joinAs, notesOf, randomID, Server, saved, until, write } from "./kit.mjs";

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
const groups = ["Kenniscentrum A", "Kenniscentrum B"];

/** What the page says in a language, by key; of what depends on a number or a name there is nothing here. */
function words(language) {
  const file = readFileSync(new URL(`../src/words/${language}.ts`, import.meta.url), "utf8");
  const all = new Map([...file.matchAll(/^ {2}"([\w.]+)":\s+"([^"\n]*)",$/gm)].map(([, key, text]) => [key, text]));
  return (key) => all.get(key) ?? assert.fail(`${language} has no words for ${key}`);
}

/** What axe has against the page as it is, in light and in dark. */
async function judge(page, screen) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, colorScheme);
    await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== "running"));
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
    const found = await page.evaluate(async (values) => {
      const { violations } = await window.axe.run({ runOnly: { type: "tag", values } });
      return violations.map(
        ({ id, help, nodes }) => `${id} (${help}): ${nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`,
      );
    }, rules);
    assert.deepEqual(found, [], `${screen}, ${colorScheme}`);
  }
}

for (const [language, locale] of [
  ["nl", "nl-NL"],
  ["en", "en-GB"],
]) {
  test(`axe finds nothing on any screen: ${language}`, async (t) => {
    const server = await Server.start(t);
    const w = words(language);
    const board = await server.board({ groups });
    const plain = await server.board();
    const asked = { role: "contributor", password: "een lang woord" };
    const locked = await server.call("POST", `/boards/${board.id}/links`, asked, board.token);
    const context = await browser(t, { locale });
    const page = await context.newPage();
    const button = (key) => page.getByRole("button", { name: w(key), exact: true });
    const at = async (address, shown) => {
      await page.goto(address);
      await shown.first().waitFor();
    };

    await at(server.url, button("home.sample"));
    await judge(page, "home, where nothing is known");
    await button("home.recover").click();
    await page.getByRole("dialog").waitFor();
    await judge(page, "a board got back by its code");
    await page.keyboard.press("Escape");
    await page.getByLabel(w("home.askLabel")).fill("Wat nu?");
    await button("home.make").click();
    await page.getByRole("dialog").waitFor();
    await judge(page, "the keys of a new board");
    await at(`${server.url}/b/geen-bord`, page.getByText(w("ending.elsewhere")));
    await judge(page, "an address with nothing");
    await at(board.links.contributor.link, button("join.go"));
    await judge(page, "join, with groups");
    await button("join.go").click();
    await page.getByText(w("join.nameNeeded")).waitFor();
    await judge(page, "join, of which nothing is filled in");
    await at(plain.links.contributor.link, button("join.go"));
    await judge(page, "join, without groups");
    await at(locked.link, page.getByLabel(w("join.password"), { exact: true }));
    await judge(page, "join, with a password");
    await button("join.keptMore").click();
    await page.getByRole("dialog").waitFor();
    await judge(page, "what is kept");
    await at(`${server.url}/b/${board.id}#${"x".repeat(22)}`, page.getByText(w("code.link_unknown")));
    await judge(page, "a link that is unknown");

    // The sample board has notes, clusters, a target and groups, and its maker owns it.
    await at(server.url, button("home.sample"));
    await button("home.sample").click();
    await page.getByRole("treeitem").first().waitFor({ state: "attached" });
    const here = page.url().split(/[?#]/)[0];
    await judge(page, "the board");
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      () => document.activeElement?.role === "treeitem" || document.activeElement?.getAttribute("role") === "treeitem",
    );
    await page.keyboard.press("Space");
    await judge(page, "the board, with a note selected");
    await page.keyboard.press("m");
    await page.getByRole("combobox").waitFor();
    await judge(page, "where a note can go");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: w("wall.palette") }).waitFor();
    await judge(page, "the palette");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await judge(page, "the keys");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("n");
    await page.getByRole("textbox", { name: w("wall.write.label") }).waitFor();
    await judge(page, "a note that is written");
    await page.keyboard.press("Escape");
    await button("wall.share").click();
    await button("share.copyLink").waitFor();
    await button("share.newLink").first().click();
    await judge(page, "the share dialog");
    await page.keyboard.press("Escape");
    for (const [item, heading] of [
      ["wall.menu.setup", "setup.title"],
      ["wall.menu.people", undefined],
    ]) {
      await button("wall.menu").click();
      await judge(page, "the menu");
      await page.getByRole("menuitem", { name: w(item), exact: true }).click();
      if (heading) await page.getByRole("heading", { name: w(heading) }).waitFor();
      else await page.getByRole("dialog").waitFor();
      await judge(page, w(item));
      await page.keyboard.press("Escape");
      if (heading) await at(here, page.locator("[data-board]"));
    }
    await at(`${here}?view=list`, page.getByRole("region", { name: w("list.label") }));
    await judge(page, "the list");
    await at(`${here}/outcome`, page.getByRole("table"));
    await judge(page, "the outcome");
    await at(`${here}/past`, page.getByRole("slider"));
    await judge(page, "the past");
    await at(`${here}/show`, page.getByRole("button", { name: w("show.leave") }));
    await judge(page, "the big screen");
    await at(server.url, page.getByRole("table"));
    await judge(page, "home, with a board");

    await page.setViewportSize({ width: 390, height: 844 });
    await at(`${here}?view=list`, page.getByRole("region", { name: w("list.label") }));
    await judge(page, "the list on a phone");
    await button("list.new").click();
    await page.getByRole("dialog").getByRole("textbox").waitFor();
    await judge(page, "the sheet one writes in");
    await page.keyboard.press("Escape");
    await page.locator("[data-note] [aria-haspopup=dialog]").first().click();
    await page.getByRole("dialog").waitFor();
    await judge(page, "the sheet of a note");
    await page.keyboard.press("Escape");
    await button("list.choose").click();
    await judge(page, "notes that are chosen");
    await at(`${here}?view=board`, page.locator("[data-board]"));
    await judge(page, "the board on a phone");
  });

  test(`axe finds nothing where one's words have no board any more: ${language}`, async (t) => {
    const server = await Server.start(t);
    const w = words(language);
    const board = await server.board();
    const context = await browser(t, { locale });
    const page = await context.newPage();
    await page.goto(board.links.contributor.link);
    await page.getByLabel(w("join.name"), { exact: true }).fill("Noor");
    await page.keyboard.press("Enter");
    await page.getByText(w("wall.save.saved")).first().waitFor();
    await server.kill();
    await page.keyboard.press("n");
    await page.keyboard.type("In de tunnel");
    await page.keyboard.press("Escape");
    await page.getByRole("treeitem", { name: "In de tunnel" }).waitFor();
    await page.close();
    await server.up();
    await server.call("DELETE", `/boards/${board.id}/links/${board.links.contributor.id}`, undefined, board.token);
    const again = await context.newPage();
    await again.goto(`${server.url}/b/${board.id}`);
    await again.getByText(w("ending.wordsHelp")).waitFor();
    await again.getByText("In de tunnel").waitFor();
    await judge(again, "words to copy or save");
    await again.getByRole("button", { name: w("app.copy"), exact: true }).click();
    await again.getByRole("button", { name: w("ending.discard"), exact: true }).waitFor();
    await judge(again, "words that were copied");
  });
}

/** A small board whose every word is known. */
async function smallBoard(server) {
  const board = await server.board({ groups });
  const noor = await server.call("POST", `/boards/${board.id}/join`, {
    secret: board.links.contributor.link.split("#")[1],
    name: "Noor",
    perspective: (await server.state(board)).changes.find((c) => c.perspective?.label === groups[0]).perspective.id,
  });
  const ids = ["Niet weten mag", "Tijd om te vertragen", "Buiten de muren"].map((text) => ({ id: randomID(), text }));
  const side = 176 * 64;
  const notes = ids.map(({ id, text }, i) => ({
    ...{ kind: "note.create", note: id, rev: randomID(), text, w: side, h: side },
    ...{ x: (i * 500 - 88) * 64, y: -88 * 64, ...(i === 1 && { tags: ["snel"] }) },
  }));
  const cluster = {
    kind: "cluster.create",
    cluster: randomID(),
    title: "Leren in werkelijkheid",
    notes: [ids[0].id, ids[1].id],
  };
  await server.call("POST", `/boards/${board.id}/ops`, { ops: [...notes, cluster] }, noor.token);
  return board;
}

test("a screen reader is told of the list what stands in it", async (t) => {
  const server = await Server.start(t);
  const board = await smallBoard(server);
  const page = await joinAs(await browser(t), board.links.contributor.link, { name: "Tijn", group: groups[1] });
  await page.goto(`${server.url}/b/${board.id}?view=list`);
  const list = page.getByRole("region", { name: "Lijst van het bord" });
  await list.getByText("Buiten de muren").first().waitFor();
  assert.equal(`${await list.ariaSnapshot()}\n`, readFileSync(new URL("list.aria.txt", import.meta.url), "utf8"));
});

test("at 400 % zoom nothing has to be scrolled sideways", async (t) => {
  const server = await Server.start(t);
  const board = await smallBoard(server);
  const page = await (await browser(t, { viewport: { width: 320, height: 256 * 3 } })).newPage();
  const fits = async (screen) => {
    const wide = await page.evaluate(() => {
      const { scrollWidth } = document.documentElement;
      const out = [...document.querySelectorAll("main *, dialog[open] *, header *")].filter((each) => {
        const { right, width } = each.getBoundingClientRect();
        if (width <= 1 || right <= 321) return false;
        // what is cut off on purpose, or lies in something that scrolls by itself, takes nothing away
        for (let up = each.parentElement; up; up = up.parentElement) {
          const { overflowX, position } = getComputedStyle(up);
          if (overflowX !== "visible" || (position === "absolute" && up.getBoundingClientRect().width <= 1))
            return false;
        }
        return true;
      });
      return { scrollWidth, out: out.map((each) => each.outerHTML.slice(0, 120)) };
    });
    assert.deepEqual(wide, { scrollWidth: 320, out: [] }, screen);
  };
  await page.goto(server.url);
  await page.getByRole("button", { name: "Maak proefbord" }).waitFor();
  await fits("home");
  await page.goto(board.owner);
  await page.getByLabel("Je naam").fill("Ilse");
  await fits("join");
  await page.getByText(groups[0], { exact: true }).click();
  await page.getByRole("button", { name: "Doe mee" }).click();
  await page.getByRole("region", { name: "Lijst van het bord" }).getByText("Buiten de muren").first().waitFor();
  await fits("the list");
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("menuitem", { name: "Delen" }).click();
  await page.getByRole("dialog", { name: "Delen" }).getByText("Op dit bord").waitFor();
  await fits("share");
  await page.goto(`${server.url}/b/${board.id}/outcome`);
  await page.getByRole("table").waitFor();
  await fits("the outcome");
});

test("two tabs of one person lose nothing, also what both wrote without a connection", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const context = await browser(t);
  const page = await joinAs(context, board.links.contributor.link, { name: "Noor" });
  await write(page, "Voor het tweede tabblad");
  await saved(page);
  const opened = context.waitForEvent("page");
  await page.evaluate(() => window.open(location.href)); // with what the tab keeps for itself, as "Duplicate" does
  const twin = await opened;
  await twin.getByRole("status").filter({ hasText: "Alles opgeslagen" }).first().waitFor();

  await server.kill();
  for (const [tab, text] of [
    [page, "Uit het eerste"],
    [twin, "Uit het tweede"],
  ]) {
    await tab.getByText("Geen verbinding. Schrijf gerust door").first().waitFor();
    await write(tab, text);
  }
  await twin.close();
  await server.up();
  await saved(page);
  await until(async () => (await notesOf(server, board)).size === 3, "the server has what both wrote");
  const { changes } = await server.state(board);
  assert.deepEqual(changes.flatMap((c) => c.participant?.name ?? []).sort(), ["Ilse", "Noor"]);
});

test("who cannot come in reads why, and what to do", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  const link = (terms) =>
    server.call("POST", `/boards/${board.id}/links`, { role: "contributor", ...terms }, board.token);
  const join = ({ link: address }) =>
    server.call("POST", `/boards/${board.id}/join`, { secret: address.split("#")[1], name: "Eén" });
  const short = await link({ expires: Date.now() + 1500 });
  const full = await link({ uses: 1 });
  await join(full);
  const revoked = await link({});
  await server.call("DELETE", `/boards/${board.id}/links/${revoked.id}`, undefined, board.token);
  await until(
    () =>
      join(short).then(
        () => false,
        () => true,
      ),
    "the link is expired",
  );
  const page = await (await browser(t)).newPage();
  for (const [address, sentence] of [
    [short.link, "Deze link is verlopen. Vraag de begeleider om een nieuwe."],
    [full.link, "Er zijn al zoveel mensen binnen als deze link toelaat. Vraag de begeleider om een nieuwe."],
    [revoked.link, "Deze link is ingetrokken. Wat je schreef, staat nog op het bord."],
    [
      `${server.url}/b/${board.id}#${"x".repeat(22)}`,
      "Deze link bestaat niet. Kijk of je hem helemaal hebt overgenomen.",
    ],
    [
      `${server.url}/b/${randomID()}#${"x".repeat(22)}`,
      "Deze link bestaat niet. Kijk of je hem helemaal hebt overgenomen.",
    ],
    [`${server.url}/b/${board.id}`, "Je bent niet op dit bord. Open de link die je kreeg."],
    [`${server.url}/b/geen-bord`, "Op dit adres is niets te vinden."],
  ]) {
    await page.goto("about:blank");
    await page.goto(address);
    await page.getByText(sentence).first().waitFor();
    await page
      .getByRole("button", { name: "Naar de startpagina" })
      .or(page.getByRole("link", { name: "Naar de startpagina" }))
      .first()
      .waitFor();
  }
  const locked = await link({ password: "een lang woord" });
  await page.goto(locked.link);
  await page.getByLabel("Je naam").fill("Noor");
  await page.getByLabel("Wachtwoord", { exact: true }).fill("een ander woord");
  await page.keyboard.press("Enter");
  await page.getByText("Dat is niet het wachtwoord van deze link.").waitFor();
  assert.equal(
    await page.evaluate(() => document.activeElement.type),
    "password",
    "the keyboard is where it was wrong",
  );
  await page.getByLabel("Wachtwoord", { exact: true }).fill("een lang woord");
  await page.keyboard.press("Enter");
  await saved(page);
});

test("until the board has answered one writes already, or reads that one may not", async (t) => {
  const server = await Server.start(t);
  const board = await server.board();
  for (const [role, name, who] of [
    ["contributor", "Noor", /^Bord, 1 briefje, iedereen ziet wat je schrijft/],
    ["viewer", "Kijker", /^Bord, 1 briefje\. Je kijkt mee/],
  ]) {
    const page = await (await browser(t)).newPage();
    let answer;
    const asked = new Promise((done) => {
      answer = done;
    });
    await page.routeWebSocket(/\/api\//, (socket) => {
      const waiting = [];
      let upstream;
      socket.onMessage((frame) => (upstream ? upstream.send(frame) : waiting.push(frame)));
      answer(() => {
        upstream = socket.connectToServer();
        for (const frame of waiting) upstream.send(frame);
      });
    });
    await page.goto(board.links[role].link);
    await page.getByLabel("Je naam").fill(name);
    await page.keyboard.press("Enter");
    const wall = page.locator("[data-board]");
    await wall.waitFor();
    assert.equal(await wall.getAttribute("aria-label"), "Bord openen…");
    const watches = role === "viewer";
    assert.equal(await page.getByText("Je kijkt mee en kunt niet schrijven").count(), watches ? 1 : 0);
    await page.keyboard.press("n");
    const text = page.getByRole("textbox", { name: "Briefje schrijven" });
    assert.equal(await text.count(), watches ? 0 : 1);
    if (!watches) {
      await page.keyboard.type("Nog voor het");
      const at = await text.boundingBox();
      (await asked)();
      await saved(page);
      await page.keyboard.type(" bord er was"); // the caret is where it was, and so is the note
      assert.deepEqual(await text.boundingBox(), at);
      await page.keyboard.press("Escape");
      await saved(page);
      assert.ok((await notesOf(server, board)).has("Nog voor het bord er was"));
    } else (await asked)();
    await until(async () => who.test(await wall.getAttribute("aria-label")), `the board says what a ${role} may do`);
  }
});
