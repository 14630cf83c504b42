import { type ID, limits, type Op, type PerspectiveAdd } from "../protocol.gen";
import type { Turn } from "./turn";
import type { Participant, Perspective } from "./types";

/** Does an op about the board's texts, its perspectives, people or links; any other does nothing. */
export function setUp(turn: Turn, op: Op): void {
  const cover = turn.objects.cover;
  switch (op.kind) {
    case "board.title":
      turn.putCover({ ...cover, title: op.title });
      return;
    case "board.question":
      turn.putCover({ ...cover, question: op.question });
      return;
    case "board.language":
      turn.putCover({ ...cover, language: op.language });
      return;
    case "board.background":
      turn.putCover({ ...cover, background: op.background });
      return;
    case "perspective.add":
      add(turn, op);
      return;
    case "perspective.rename":
      changePerspective(turn, op.perspective, { label: op.label });
      return;
    case "perspective.recolour": {
      const { colour, pattern } = op;
      const owner = turn.perspectives.find((p) => p.colour === colour && p.pattern === pattern);
      if (!owner) changePerspective(turn, op.perspective, { colour, pattern });
      return;
    }
    case "participant.rename":
      changePerson(turn, op.participant, (person) => ({ name: freeName(turn, person, op.name) }));
      return;
    case "participant.colour":
      changePerson(turn, undefined, () => ({ colour: op.colour }));
      return;
    case "participant.perspective": {
      const perspective = op.perspective ?? "";
      if (perspective !== "" && !turn.perspectives.some((p) => p.id === perspective)) return;
      changePerson(turn, op.participant, () => ({ perspective }));
      return;
    }
    case "participant.leave":
      changePerson(turn, op.participant, () => ({ left: true, role: "none" }));
      return;
    case "link.revoke": {
      const link = turn.objects.links.now.get(op.link);
      turn.waiting.reads.add(op.link);
      if (link) turn.putLink({ ...link, revoked: true });
    }
  }
}

function add(turn: Turn, op: PerspectiveAdd): void {
  const list = turn.perspectives;
  const pair = freePair(list, op.colour ?? 0, op.pattern ?? 0);
  if (!pair || list.some((p) => p.id === op.perspective) || list.length >= limits.maxPerspectives) return;
  const after = list.findIndex((p) => p.id === op.after);
  const at = after < 0 ? list.length : after + 1;
  turn.putPerspectives(list.toSpliced(at, 0, { id: op.perspective, label: op.label, ...pair }));
}

/**
 * The first pair of colour and pattern that no perspective has, and that is the wished one where a wish is not 0. Each
 * round of eight colours starts one pattern later.
 */
function freePair(
  list: readonly Readonly<Perspective>[],
  colour: number,
  pattern: number,
): { colour: number; pattern: number } | undefined {
  for (let k = 0; k < limits.colours * limits.patterns; k++) {
    const c = (k % limits.colours) + 1;
    const p = ((k + Math.floor(k / limits.colours)) % limits.patterns) + 1;
    const wished = (colour === 0 || colour === c) && (pattern === 0 || pattern === p);
    if (wished && !list.some((other) => other.colour === c && other.pattern === p)) return { colour: c, pattern: p };
  }
  return undefined;
}

function changePerspective(turn: Turn, id: ID, to: Partial<Perspective>): void {
  const list = turn.perspectives;
  if (list.some((p) => p.id === id)) turn.putPerspectives(list.map((p) => (p.id === id ? { ...p, ...to } : p)));
}

function changePerson(turn: Turn, id: ID | undefined, to: (person: Participant) => Partial<Participant>): void {
  const person = id === undefined ? turn.author() : turn.participant(id);
  if (person && !person.left) turn.putParticipant({ ...person, ...to(person) });
}

/** A name that nobody else here has: the second Noor is "Noor 2". */
function freeName(turn: Turn, person: Participant, name: string): string {
  const taken = new Set<string>();
  for (const other of turn.objects.participants.now.values()) {
    if (other.id !== person.id && !other.left) taken.add(other.name);
  }
  let free = name;
  for (let k = 2; taken.has(free); k++) free = `${shorten(name, limits.maxName - ` ${k}`.length)} ${k}`;
  return free;
}

/** Cuts a text to at most n UTF-16 units, between characters. */
function shorten(text: string, n: number): string {
  const cut = text.slice(0, n);
  const last = cut.charCodeAt(cut.length - 1);
  const half = cut.length < text.length && last >= 0xd800 && last < 0xdc00;
  return (half ? cut.slice(0, -1) : cut).replace(/ +$/, "");
}
