import type { Code } from "../protocol.gen";
import { isKey } from "../words";
import { t } from "./lang.svelte";

/** What a person is told of a code, in their language. */
export function sentence(code: string): string {
  const key = `code.${code}`;
  return isKey(key) ? t(key as "code.internal") : t("code.internal");
}

/** What a person is told of something thrown: by its code if it has one. */
export function sentenceOf(thrown: unknown): string {
  return sentence(codeOf(thrown));
}

/** The code of something thrown, "internal" if it has none. */
export function codeOf(thrown: unknown): Code {
  return thrown instanceof Error && "code" in thrown && thrown.code ? (thrown.code as Code) : "internal";
}
