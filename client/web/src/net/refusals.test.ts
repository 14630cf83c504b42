import { describe, expect, test } from "vitest";
import { newID } from "../core";
import type { Refusal } from "../model/types";
import type { Code, ID, Op } from "../protocol.gen";
import { Refusals } from "./refusals";

/** What outlives the page. */
class Kept {
  readonly rows = new Map<ID, Refusal>();
  /** what other pages were told that the person has seen */
  readonly seen: ID[] = [];
  readonly page = () =>
    new Refusals(
      {
        put: (id, refusal) => void this.rows.set(id, refusal),
        remove: (id) => {
          this.seen.push(id);
          this.rows.delete(id);
        },
      },
      [...this.rows].map(([id, refusal]) => ({ ...refusal, id })),
    );
}

const note = newID();
const acked = (op: Op, code: Code, ticket = 1) =>
  ({ kind: "acked", ticket, writer: note, n: 1, op, refused: { code } }) as const;
const title = (text: string): Op => ({ kind: "board.title", title: text });
const nothing = () => undefined;

describe("words that the board did not take", () => {
  test("come back with the next page until they are dismissed", () => {
    const kept = new Kept();
    const page = kept.page();
    page.homeless(note, "drie zinnen", "gone");
    page.told([acked(title("Een titel"), "forbidden")], nothing);
    const next = kept.page();
    expect(next.list.map(({ text, code }) => [text, code])).toEqual([
      ["drie zinnen", "gone"],
      ["Een titel", "forbidden"],
    ]);
    expect(next.words).toBe("drie zinnen\n\nEen titel");
    for (const { ticket } of next.list) next.dismiss(ticket);
    expect(kept.page().list).toEqual([]);
  });

  test("are told once, though the board says it to the next page again", () => {
    const kept = new Kept();
    kept.page().told([acked(title("Een titel"), "forbidden")], nothing);
    const next = kept.page();
    next.told([acked(title("Een titel"), "forbidden")], nothing);
    expect(next.list).toHaveLength(1);
    expect(kept.rows.size).toBe(1);
  });

  test("and are told again were not seen by that: another page goes on showing them", () => {
    const kept = new Kept();
    kept.page().told([acked(title("Een titel"), "forbidden")], nothing);
    const [id] = kept.rows.keys();
    const [one, other] = [kept.page(), kept.page()];
    one.told([acked(title("Een titel"), "gone")], nothing);
    expect(kept.seen).toEqual([]);
    expect([...kept.rows].map(([id, { code }]) => [id, code])).toEqual([[id, "gone"]]);
    one.dismiss(one.list[0]?.ticket ?? 0);
    expect(kept.seen).toEqual([id]);
    expect(other.seen(id as ID)).toBe(true);
    expect(kept.page().list).toEqual([]);
  });

  test("stay when the board says it again and they are not known any more", () => {
    const kept = new Kept();
    const page = kept.page();
    const create: Op = { kind: "note.create", note, x: 0, y: 0, w: 1, h: 1, rev: note };
    page.told([acked(create, "forbidden")], () => "drie zinnen");
    page.told([acked(create, "forbidden")], nothing);
    expect(page.words).toBe("drie zinnen");
    expect(kept.page().words).toBe("drie zinnen");
  });

  test("are gone from another page too when they were seen in this one", () => {
    const kept = new Kept();
    kept.page().homeless(note, "drie zinnen", "gone");
    kept.page().homeless(note, "nog een zin", "gone");
    const [one, other] = [kept.page(), kept.page()];
    const [seen] = kept.rows.keys();
    one.dismiss(one.list[0]?.ticket ?? 0);
    expect(other.seen(seen as ID)).toBe(true);
    expect(other.list).toEqual(one.list);
    expect(other.words).toBe("nog een zin");
    expect(other.seen(seen as ID)).toBe(false);
  });

  test("without words nothing is kept", () => {
    const kept = new Kept();
    const page = kept.page();
    page.told([acked({ kind: "note.delete", note }, "forbidden")], nothing);
    expect(page.list).toHaveLength(1);
    expect(kept.rows.size).toBe(0);
  });
});
