import type { Runs } from "../protocol.gen";
import { check } from "./apply";
import { maxLength, maxRuns, TextError } from "./change";

/**
 * Takes JSON that should be a change, and throws what keeps it from being one that may be sent: `syntax`, `notCanonical`,
 * `tooManyRuns`, `length`, `unicode` or `control`.
 */
export function parse(json: unknown): Runs {
  if (!Array.isArray(json)) throw new TextError("syntax");
  if (json.length > maxRuns) throw new TextError("tooManyRuns");
  let base = 0;
  let result = 0;
  let last: "keep" | "delete" | "insert" | undefined;
  for (const run of json as unknown[]) {
    if (typeof run !== "string" && !(typeof run === "number" && Number.isInteger(run))) throw new TextError("syntax");
    const kind = typeof run === "string" ? "insert" : run > 0 ? "keep" : "delete";
    const n = typeof run === "string" ? run.length : Math.abs(run);
    if (n === 0 || kind === last || (kind === "insert" && last === "delete")) throw new TextError("notCanonical");
    if (typeof run === "string") check(run);
    if (kind !== "insert") base += n;
    if (kind !== "delete") result += n;
    if (Math.max(base, result) > maxLength) throw new TextError("length");
    last = kind;
  }
  return json as Runs;
}
