/**
 * The server's REST calls, typed after its openapi.json. A token or secret travels in a header or body, never in an
 * address: addresses stand in the logs of every proxy on the way.
 */
import type { Change, Code, ID, Op, PerspectiveChange, Ref, Role } from "../protocol.gen";

/** What a call failed with: a code of the protocol, or "offline" when no answer came at all. */
export type ProblemCode = Code | "offline";

/** Why a REST call did not do what it should. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    /** HTTP status; 0: no answer */
    readonly status: number,
    /** the server's English sentence, for a log; people are told in their own language by `code` */
    readonly detail: string,
    /** milliseconds after which trying again makes sense; 0: not by itself */
    readonly retry: number,
  ) {
    super(detail || code);
    this.name = "Problem";
  }
}

/** What a link leads to, before one joins. */
export interface Invited {
  title: string;
  /** empty where the link has a password: it is for who is in */
  question: string;
  language: string;
  role: Role;
  /** joining needs the link's password */
  password: boolean;
  /** who have joined the board */
  people: number;
  perspectives: PerspectiveChange[];
  /** unix milliseconds; absent: never */
  expires?: number;
}

export interface Joining {
  name: string;
  /** 1..8; absent: given */
  colour?: number;
  perspective?: ID;
  password?: string;
}

export interface Joined {
  /** it is this person on this board: keep it */
  token: string;
  participant: ID;
  role: Role;
}

export interface NewBoard {
  title?: string;
  question?: string;
  /** BCP 47 */
  language?: string;
}

/** A new board's keys, shown once and stored nowhere. */
export interface Created {
  board: ID;
  /** the owner's link */
  owner: string;
  /** to print */
  recovery: string;
}

/** A board at a moment: `changes` make it out of an empty one. */
export interface StateAt {
  /** the last entry in it */
  seq: number;
  role: Role;
  me: ID;
  changes: Change[];
}

/** One entry of the board's history. */
export interface Step {
  seq: number;
  /** unix milliseconds */
  time: number;
  /** "": the server */
  by: Ref;
  kind: string;
  /** why it did nothing */
  code?: Code;
  changes: Change[];
}

export interface Steps {
  entries: Step[];
  /** ask from here for more; absent at the end */
  next?: number;
}

/** Keys are a perspective's id, or "" for none. */
export type Count = Record<string, number>;

export interface Counts {
  notes: number;
  byPerspective: Count;
  byRing: Count;
  /** ring, then perspective */
  cells?: Record<string, Count>;
}

export interface Outcome {
  clusters: (Counts & { key: string; title: string })[];
  unclustered: Counts;
  total: Counts;
}

export interface NewLink {
  role: Role;
  label?: string;
  /** unix milliseconds; absent: never */
  expires?: number;
  /** people it lets in; absent: any number */
  uses?: number;
  /** 8 to 200 characters */
  password?: string;
}

export interface Link {
  id: ID;
  role: Role;
  label: string;
  /** unix milliseconds */
  expires?: number;
  uses?: number;
  used: number;
  password: boolean;
  revoked: boolean;
  created: number;
  /** why it lets nobody in */
  state?: Code;
  /** the address with the secret; only in the answer that made it */
  link?: string;
}

interface Call {
  method?: "GET" | "POST" | "DELETE";
  token?: string | undefined;
  body?: object;
}

async function call<T>(path: string, { method = "GET", token, body }: Call): Promise<T> {
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers,
      cache: "no-store",
      credentials: "omit",
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch (err) {
    throw new Problem("offline", 0, String(err), 0);
  }
  if (!answer.ok) throw await problemOf(answer);
  if (answer.status === 204) return undefined as T;
  try {
    return (await answer.json()) as T;
  } catch (err) {
    throw new Problem("offline", 0, `the answer broke off: ${err}`, 0);
  }
}

/** What an answer that is not one says. A proxy's own page has no code: then the status must do. */
export async function problemOf(answer: Response): Promise<Problem> {
  let said: Partial<{ code: Code; detail: string; retry: number }> = {};
  try {
    said = await answer.json();
  } catch {
    said = {};
  }
  const code = said.code ?? (answer.status >= 500 ? "unavailable" : "bad_request");
  return new Problem(code, answer.status, said.detail ?? answer.statusText, said.retry ?? 0);
}

const at = (board: ID, rest = "") => `/boards/${board}${rest}`;

function query(values: Record<string, number | undefined>): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) out.set(name, String(value));
  return out.size > 0 ? `?${out}` : "";
}

/** The calls. All throw a {@link Problem}. */
export const rest = {
  look: (board: ID, secret: string) => call<Invited>(at(board, "/look"), { method: "POST", body: { secret } }),

  /** With a token the person stays who they are, by one more link (J2). */
  join: (board: ID, secret: string, who: Joining, token?: string) =>
    call<Joined>(at(board, "/join"), { method: "POST", token, body: { secret, ...who } }),

  createBoard: (board: NewBoard, createToken?: string) =>
    call<Created>("/boards", { method: "POST", token: createToken, body: board }),

  /** Now, behind an entry, or as it was at a time in unix milliseconds. */
  state: (board: ID, token: string, when: { seq?: number; time?: number } = {}) =>
    call<StateAt>(at(board, query({ seq: when.seq, time: when.time })), { token }),

  /** What happened from one entry to another, both included; the answer may stop sooner (`next`). */
  changes: (board: ID, token: string, from: number, to?: number) =>
    call<Steps>(at(board, `/changes${query({ from, to })}`), { token }),

  /** Does ops without a connection and waits until they are saved; each is done or has a code. */
  ops: (board: ID, token: string, ops: readonly Op[]) =>
    call<{ ops: { seq?: number; code?: Code; parts?: Code[] }[] }>(at(board, "/ops"), {
      method: "POST",
      token,
      body: { ops },
    }),

  outcome: (board: ID, token: string) => call<Outcome>(at(board, "/outcome"), { token }),

  links: async (board: ID, token: string) => (await call<{ links: Link[] }>(at(board, "/links"), { token })).links,

  createLink: (board: ID, token: string, link: NewLink) =>
    call<Link>(at(board, "/links"), { method: "POST", token, body: link }),

  revokeLink: (board: ID, token: string, link: ID) =>
    call<void>(at(board, `/links/${link}`), { method: "DELETE", token }),

  /** Own the board again by its printed code; the answer has a new code. */
  recover: (board: ID, recovery: string) =>
    call<Created>(at(board, "/recover"), { method: "POST", body: { recovery } }),
};
