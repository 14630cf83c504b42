import { expect, test } from "vitest";
import { outcomeCSV, outcomeMarkdown } from "./outcome";
import { PastWall } from "./past";
import { search } from "./search";
import { type Counts, type Tally, tally } from "./tally";
import { id, note, person, seedSession, target } from "./testing";

const words = {
  cluster: "Cluster",
  unnamed: "Cluster zonder naam",
  unclustered: "Geen cluster",
  total: "Totaal",
  notes: "Briefjes",
  text: "Tekst",
  perspective: "Groep",
  ring: "Ring",
  author: "Wie",
  tags: "Labels",
  none: "–",
  question: "Vraag",
};

const [expected] = Object.values(
  import.meta.glob<Tally>("../../../../protocol/board/testdata/seed-session/expected-outcome.json", {
    eager: true,
    import: "default",
  }),
);

test("the recorded session counts as the server counts it", () => {
  const { clusters, unclustered, total } = tally(PastWall.at(seedSession()));
  const bare = <T extends Counts>({ cells, ...counts }: T) => {
    const inRings: Record<string, number> = {};
    for (const row of Object.values(cells)) {
      for (const [ring, count] of Object.entries(row)) inRings[ring] = (inRings[ring] ?? 0) + count;
    }
    expect(inRings).toEqual(counts.byRing); // each of these notes has a perspective and a ring
    return counts;
  };
  expect({ clusters: clusters.map(bare), unclustered: bare(unclustered), total: bare(total) }).toEqual(expected);
});

test("the recorded session lies in the rings that it says", () => {
  const { notes } = PastWall.at(seedSession());
  expect(notes.size).toBe(42);
  const wall = PastWall.at(seedSession());
  for (const one of wall.notes.values()) {
    const [x, y] = [one.x + one.w / 2, one.y + one.h / 2];
    const inCore = 49 * x * x + 100 * y * y <= 49 * (900 * 64) ** 2;
    expect(inCore ? "kern" : "op-afstand", one.id).toBe(one.ring);
  }
});

function small() {
  return PastWall.at([
    { board: { title: "Lab *samen*", question: "Wat nu?" } },
    { perspective: { id: id("p"), label: "Radiologie", colour: 1, pattern: 1, after: "" } },
    person("Noor", "contributor", id("p")),
    target,
    { cluster: { id: id("c"), title: "Een | deur", order: 1 } },
    note("n1", {
      text: '=1+1, "zei" zij',
      cluster: id("c"),
      author: id("Noor"),
      perspective: id("p"),
      ring: id("core"),
    }),
    note("n2", { text: "# geen kop\n<b>x</b>", y: 90000, tags: ["snel", "@thuis"] }),
    note("n3", { text: "Één café", y: 99999 }),
  ]);
}

test("CSV is safe, quoted, and begins with a byte order mark", () => {
  expect(outcomeCSV(small(), words)).toBe(
    [
      "\ufeffCluster,Tekst,Groep,Ring,Wie,Labels",
      '"Een | deur"'.replaceAll('"', "").concat(`,"'=1+1, ""zei"" zij",Radiologie,Kern,Noor,`),
      'Geen cluster,"# geen kop\n<b>x</b>",–,–,,"snel, @thuis"',
      "Geen cluster,Één café,–,–,,",
      "",
    ].join("\r\n"),
  );
  for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
    const csv = outcomeCSV(PastWall.at([note("n", { text: `${start}x` })]), words);
    expect(csv).toMatch(start === "\r" ? /,"'\rx",/ : `,'${start}x,`);
  }
});

test("Markdown tells the numbers and every note, and nothing in it is markup", () => {
  expect(outcomeMarkdown(small(), words)).toBe(`# Lab \\*samen\\*

Vraag: Wat nu?

| Cluster | Briefjes | Radiologie | Kern | Meer op afstand |
| --- | ---: | ---: | ---: | ---: |
| Een \\| deur | 1 | 1 | 1 | 0 |
| Geen cluster | 2 | 0 | 0 | 0 |
| Totaal | 3 | 1 | 1 | 0 |

## Een | deur

- \\=1+1, "zei" zij (Radiologie, Kern)

## Geen cluster

- \\# geen kop \\<b\\>x\\</b\\> (\\#snel, \\#@thuis)
- Één café
`);
});

test("search finds all words wherever they stand, without accents, what begins with them first", () => {
  const wall = small();
  const found = (query: string) => search(wall, query).map((hit) => hit.id);
  expect(found("CAFE")).toEqual(["n3"]);
  expect(found("een")).toEqual(["c", "n3", "n2"]);
  expect(found("noor")).toEqual(["Noor", "n1"]);
  expect(found("zei radiologie")).toEqual(["n1"]);
  expect(found("kern")).toEqual(["target"]);
  expect(found("snel")).toEqual(["n2"]);
  expect(found("  ")).toEqual([]);
  expect(search(wall, "e", 2)).toHaveLength(2);
});
