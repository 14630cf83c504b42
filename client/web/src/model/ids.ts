import { type ID, limits } from "../protocol.gen";

/** Cuts a list into pieces that an op can carry. */
export function pieces<T>(list: readonly T[]): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < list.length; i += limits.maxList) out.push(list.slice(i, i + limits.maxList));
  return out;
}

/** The ids once each, in their order. */
export function distinct(ids: Iterable<ID>): ID[] {
  return [...new Set(ids)];
}
