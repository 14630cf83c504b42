import { isKey } from "../words";
import { t } from "./lang.svelte";

/** What a person is told of a code, in their language. */
export function sentence(code: string): string {
  const key = `code.${code}`;
  return isKey(key) ? t(key as "code.internal") : t("code.internal");
}

/** What a person is told of something thrown: by its code if it has one. */
export function sentenceOf(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "internal";
  return sentence(code);
}
