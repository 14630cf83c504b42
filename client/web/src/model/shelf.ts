import type { ID } from "../protocol.gen";

/** Says whether two plain objects have the same in all fields; lists are compared by what is in them. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => same(item, b[i]));
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const fields = Object.keys(a) as (keyof typeof a)[];
  return fields.length === Object.keys(b).length && fields.every((field) => same(a[field], b[field]));
}

/**
 * The objects of one kind, and what they were before the current change of the board. Objects are never changed in place:
 * whoever holds one keeps what it was.
 */
export class Shelf<T extends { readonly id: ID }> {
  readonly now = new Map<ID, T>();
  /** of those that were put since the last settle */
  readonly was = new Map<ID, T | undefined>();

  /** Puts an object, or takes it away. Returns what was there. */
  put(id: ID, object: T | undefined): T | undefined {
    const old = this.now.get(id);
    if (old === object) return old;
    if (!this.was.has(id)) this.was.set(id, old);
    if (object === undefined) this.now.delete(id);
    else this.now.set(id, object);
    return old;
  }

  /** Returns the ids of those that are another now, and begins anew. */
  settle(): Set<ID> {
    const others = new Set<ID>();
    for (const [id, old] of this.was) {
      const now = this.now.get(id);
      if (old !== undefined && now !== undefined && same(old, now)) this.now.set(id, old);
      else if (old !== now) others.add(id);
    }
    this.was.clear();
    return others;
  }

  clear(): void {
    this.now.clear();
    this.was.clear();
  }
}
