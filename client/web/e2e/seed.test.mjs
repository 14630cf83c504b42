// A whole work session on the board by four people who have no pointer: keys from the link to the outcome.
import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, expected, note, outcomeByKey, Server, saved, session, until } from "./kit.mjs";

const labels = session.perspectives.map((p) => p.label);

/** From the link to the board: the name, Tab to the groups, arrows to one's own, Enter. */
async function joinByKeys(context, link, { name, group }) {
  const page = await context.newPage();
  await page.goto(link);
  await holding(page, "INPUT", "Je naam");
  await page.keyboard.insertText(name);
  await page.keyboard.press("Tab");
  // The first press of an arrow in a group where nothing is chosen yet leads to the second one: Space takes the first.
  await page.keyboard.press("Space");
  for (let n = labels.indexOf(group); n > 0; n--) await page.keyboard.press("ArrowDown");
  assert.ok(await page.getByRole("radio", { name: group }).isChecked());
  await page.keyboard.press("Enter");
  await holding(page, "DIV", /^Bord, .* Druk N voor een briefje/);
  return page;
}

/** A cluster's title, as the board's tree has it. */
function cluster(page, { title }) {
  return note(page, new RegExp(`^Cluster ${title.replace(/[()]/g, "\\$&")},`));
}

/** What has the keyboard, by its element and its name. */
async function held(page) {
  return await page.evaluate(() => {
    const { activeElement: at } = document;
    return { element: at.tagName, name: at.ariaLabel ?? at.labels?.[0]?.textContent ?? "" };
  });
}

async function holding(page, element, name) {
  let at;
  const wanted = async () => {
    at = await held(page);
    return at.element === element && (name instanceof RegExp ? name.test(at.name) : at.name.startsWith(name));
  };
  await until(wanted, () => `${element} "${name}" has the keyboard; it is ${at.element} "${at.name}"`);
}

/** N, the first thought, Ctrl+Enter, the next one, and Esc after the last. */
async function writeAll(page, texts) {
  await page.keyboard.press("n");
  for (const [i, text] of texts.entries()) {
    await holding(page, "TEXTAREA", "Briefje schrijven");
    await page.keyboard.insertText(text);
    await page.keyboard.press(i < texts.length - 1 ? "Control+Enter" : "Escape");
  }
  await saved(page);
}

/** Finds a note by its words and moves it to a ring. */
async function place(page, { text }, ring) {
  await page.keyboard.press("Control+f");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Enter");
  await holding(page, "DIV", text);
  await page.keyboard.press("m");
  await page.keyboard.insertText(ring);
  await page.keyboard.press("Enter");
  await holding(page, "DIV", text);
}

/** Goes through the notes with Tab, takes those that belong together with the space bar, groups and names them. */
async function group(page, { title }, texts) {
  const wanted = new Set(texts);
  await page.keyboard.press("Enter"); // from the board to its first note
  await holding(page, "DIV", /^(?!Bord)./);
  let last = "";
  while (wanted.size > 0) {
    const { name } = await held(page);
    assert.notEqual(name, last, `the way through the notes ended before: ${[...wanted]}`);
    last = name;
    const text = [...wanted].find((each) => name.startsWith(`${each},`));
    if (text) {
      await page.keyboard.press("Space");
      wanted.delete(text);
    }
    if (wanted.size > 0) await page.keyboard.press("Tab");
  }
  await page.keyboard.press("g");
  await holding(page, "INPUT", "Naam van het cluster");
  await page.keyboard.insertText(title);
  await page.keyboard.press("Enter");
  await holding(page, "DIV", `Cluster ${title}`);
  await backOnBoard(page);
}

/** Esc lets go of what is selected, and then of the keyboard, which is the board's again. */
async function backOnBoard(page) {
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await holding(page, "DIV", /^Bord, /);
  await saved(page);
}

test("four people without a pointer think, place, cluster and name, to the outcome that is known", async (t) => {
  const server = await Server.start(t);
  const board = await server.board({ groups: labels });
  const names = ["Noor", "Tijn", "Fatima", "Sem"];
  const people = await Promise.all(
    session.perspectives.map(async ({ key, label }, i) => ({
      page: await joinByKeys(await browser(t), board.links.contributor.link, { name: names[i], group: label }),
      notes: session.notes.filter((n) => n.perspective === key),
    })),
  );

  await Promise.all(
    people.map(({ page, notes }) =>
      writeAll(
        page,
        notes.map((n) => n.text),
      ),
    ),
  );
  for (const { page } of people) {
    await backOnBoard(page);
    await holding(page, "DIV", "Bord, 42 briefjes"); // and sees what everybody thought
  }
  await Promise.all(
    people.map(async ({ page, notes }) => {
      for (const each of notes) await place(page, each, session.rings.find((r) => r.key === each.ring).label);
      await backOnBoard(page);
    }),
  );

  for (const [i, each] of session.clusters.entries()) {
    const { page } = people[i % people.length];
    const texts = session.notes.filter((n) => n.cluster === each.key).map((n) => n.text);
    await group(page, each, texts);
    for (const other of people) await cluster(other.page, each).waitFor({ state: "attached" });
  }
  assert.deepEqual(await outcomeByKey(server, board), expected);
});
