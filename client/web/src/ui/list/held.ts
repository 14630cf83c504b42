/**
 * What the reader has before the eyes stays where it is: what others do waits until it is asked for, what one does oneself
 * is shown at once.
 */
import type { ID } from "../../protocol.gen";
import type { Group } from "./group";

/** What waits to be shown. */
export interface Waiting {
  /** notes that are not in the list yet */
  fresh: number;
  /** notes that stand in another group now */
  moved: number;
  /** notes that are gone, though their place is still there */
  gone: number;
}

export const nothingWaits: Waiting = { fresh: 0, moved: 0, gone: 0 };

/** How the list that is shown differs from the list as it is. */
export function waiting(shown: readonly Group[], now: readonly Group[]): Waiting {
  const was = groupOf(shown);
  const is = groupOf(now);
  const count = { fresh: 0, moved: 0, gone: 0 };
  for (const [id, key] of is) {
    const before = was.get(id);
    if (before === undefined) count.fresh++;
    else if (before !== key) count.moved++;
  }
  for (const id of was.keys()) if (!is.has(id)) count.gone++;
  return count;
}

/**
 * The list that is shown, with the reader's own acts done: the notes in `own` stand where they belong now (or go), groups
 * have the names they have now, everything else stays. A new group comes only with an own note in it, or if it is named in
 * `ownGroups`; an emptied group stays until all is loaded, unless the reader emptied it.
 */
export function settle(
  shown: readonly Group[],
  now: readonly Group[],
  own: ReadonlySet<ID>,
  ownGroups: ReadonlySet<string> = new Set(),
): Group[] {
  const target = groupOf(now);
  const present = new Map(now.map((group) => [group.key, group]));
  const result = shown.map((group) => {
    const fresh = present.get(group.key);
    const kept = group.notes.filter((id) => !own.has(id) || target.get(id) === group.key);
    return { ...group, title: fresh?.title ?? group.title, of: fresh?.of ?? group.of, notes: kept };
  });
  now.forEach((group, at) => {
    const wanted = group.notes.filter((id) => own.has(id));
    let here = result.find((each) => each.key === group.key);
    if (!here && (wanted.length > 0 || ownGroups.has(group.key))) {
      here = { ...group, notes: [] };
      result.splice(placeOfGroup(result, now, at), 0, here);
    }
    if (here) here.notes = withOwn(here.notes, group.notes, own);
  });
  return result.filter((group) => group.notes.length > 0 || present.has(group.key) || !emptiedByOwn(shown, group, own));
}

function emptiedByOwn(shown: readonly Group[], group: Group, own: ReadonlySet<ID>): boolean {
  return shown.find((each) => each.key === group.key)?.notes.some((id) => own.has(id)) ?? false;
}

/** After the nearest group before it in `now` that is shown. */
function placeOfGroup(result: readonly Group[], now: readonly Group[], at: number): number {
  for (let i = at - 1; i >= 0; i--) {
    const index = result.findIndex((each) => each.key === now[i]?.key);
    if (index >= 0) return index + 1;
  }
  return 0;
}

/** Own notes stand after the nearest note before them in `order` that is shown; the others keep their order. */
function withOwn(kept: readonly ID[], order: readonly ID[], own: ReadonlySet<ID>): ID[] {
  const notes = kept.filter((id) => !own.has(id));
  let before = -1;
  for (const id of order) {
    if (own.has(id)) notes.splice(++before, 0, id);
    else {
      const index = notes.indexOf(id);
      if (index > before) before = index;
    }
  }
  return notes;
}

function groupOf(list: readonly Group[]): Map<ID, string> {
  const found = new Map<ID, string>();
  for (const group of list) for (const id of group.notes) found.set(id, group.key);
  return found;
}
