/** What a person is told of something the board did not do. */
import type { Refusal } from "../../model/types";
import type { Code } from "../../protocol.gen";
import { t } from "../lang.svelte";
import { sentence } from "../sentence";

/** Codes for a person to pass on; the numbers are those of the web's own answers where there is a like one. */
const numbered: Partial<Record<Code, string>> = {
  board_full: "D-413",
  text_too_long: "D-414",
  internal: "D-500",
  unavailable: "D-503",
  storage_full: "D-507",
};

export function codeOf(code: Code): string {
  return numbered[code] ?? `D-${code}`;
}

/** What happened and what one can do; the code stands beside it. */
export function refusalWords(refusal: Refusal): string {
  if (refusal.text === "") return sentence(refusal.code);
  if (refusal.code === "board_full") return t("wall.refused.full");
  if (refusal.code === "gone" || refusal.code === "missing") return t("wall.refused.gone");
  return `${sentence(refusal.code)} ${t("wall.refused.kept")}`;
}
