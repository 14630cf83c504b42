/** What a link lets in: until when, how many, and whether with a password. */
import type { NewLink } from "../../net";

export type Until = "never" | "today" | "tomorrow" | "week" | "month";
export const untils: readonly Until[] = ["never", "today", "tomorrow", "week", "month"];
export const crowds = [0, 10, 20, 40, 100, 200, 500] as const;
/** characters of a link's password, least */
export const minPassword = 8;

export interface Terms {
  until: Until;
  /** 0: any number */
  most: number;
  /** "": none */
  password: string;
}

export const openTerms: Readonly<Terms> = { until: "never", most: 0, password: "" };

/** Unix milliseconds at which a link made now ends; undefined: never. */
export function endOf(until: Until, now: number): number | undefined {
  const end = new Date(now);
  switch (until) {
    case "never":
      return undefined;
    case "today":
    case "tomorrow":
      end.setDate(end.getDate() + (until === "tomorrow" ? 1 : 0));
      end.setHours(18, 0, 0, 0);
      if (end.getTime() <= now) end.setDate(end.getDate() + 1); // "today" after six means tomorrow: never a dead link
      return end.getTime();
    case "week":
      end.setDate(end.getDate() + 7);
      return end.getTime();
    case "month":
      end.setDate(end.getDate() + 30);
      return end.getTime();
  }
}

/** The link to ask the server for. */
export function linkOf(role: NewLink["role"], terms: Readonly<Terms>, now: number): NewLink {
  const expires = endOf(terms.until, now);
  return {
    role,
    ...(expires !== undefined && { expires }),
    ...(terms.most > 0 && { uses: terms.most }),
    ...(terms.password !== "" && { password: terms.password }),
  };
}

export function isOpen(terms: Readonly<Terms>): boolean {
  return terms.until === "never" && terms.most === 0 && terms.password === "";
}
