import type { ID } from "../protocol.gen";

/** Ways to look at a board: the board itself, and what has an address of its own. */
export type View = "board" | "outcome" | "past" | "show";

export type Route =
  | { page: "home" }
  | {
      page: "board";
      board: ID;
      view: View;
      /** board or list, if the address says so */
      shape?: "board" | "list";
      /** of a link, "" if there is none; it stands in the fragment, which no server sees */
      secret: string;
    }
  | { page: "unknown" };

const views: readonly string[] = ["outcome", "past", "show"] satisfies View[];

/** What an address of this page shows. */
export function routeOf(url: { pathname: string; search: string; hash: string }): Route {
  const [first, board, view, ...more] = url.pathname.split("/").filter((part) => part !== "");
  if (first === undefined) return { page: "home" };
  if (first !== "b" || board === undefined || !isID(board) || more.length > 0) return { page: "unknown" };
  if (view !== undefined && !views.includes(view)) return { page: "unknown" };
  const shape = new URLSearchParams(url.search).get("view");
  return {
    page: "board",
    board,
    view: (view ?? "board") as View,
    ...((shape === "board" || shape === "list") && { shape }),
    secret: url.hash.slice(1),
  };
}

/** The path of a board, without its secret. */
export function pathOf(board: ID, view: View = "board"): string {
  return view === "board" ? `/b/${board}` : `/b/${board}/${view}`;
}

/** The board that a link or an address names, if it names one: whole, or only its path, or only the id. */
export function boardIn(text: string): ID | undefined {
  const found = /(?:^|\/b\/)([\w-]{22})(?:[/#?].*)?$/.exec(text.trim());
  return found?.[1] !== undefined && isID(found[1]) ? found[1] : undefined;
}

/** 16 bytes as base64url: 22 characters, of which the last has 2 bits. */
function isID(text: string): text is ID {
  return /^[\w-]{21}[AQgw]$/.test(text);
}
