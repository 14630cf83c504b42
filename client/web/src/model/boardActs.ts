import { newID } from "../core";
import { type ID, limits, type Op, type Ref, type Ring } from "../protocol.gen";
import { type Box, onBoard, type Point } from "./geometry";
import type { Session, Wall } from "./types";

/** bytes of a frame that are not the batch in it, and some more */
const frameRoom = 1024;

/** What those do who set a board up: its texts, areas, perspectives and people. */
export class BoardActs {
  constructor(readonly session: Session) {}

  get wall(): Wall {
    return this.session.wall;
  }

  /** Does ops as one undo step: a batch, or as many as it takes. */
  together(ops: readonly Op[]): void {
    const most = limits.maxFrame - frameRoom;
    let batch: Op[] = [];
    let size = 0;
    const flush = () => {
      const [only] = batch;
      if (only) this.session.do(batch.length === 1 ? only : { kind: "batch", ops: batch });
      batch = [];
      size = 0;
    };
    for (const op of ops) {
      const bytes = encoder.encode(JSON.stringify(op)).length + 1;
      if (batch.length === limits.maxList || size + bytes > most) flush();
      batch.push(op);
      size += bytes;
    }
    flush();
  }

  /** Draws a titled frame. */
  frame(box: Box, title = ""): ID {
    const area = newID();
    const op: Op = { kind: "area.create", area, form: "frame", ...onBoard(box), w: sized(box.w), h: sized(box.h) };
    if (title !== "") op.title = title;
    this.session.do(op);
    return area;
  }

  /** Draws a target around a centre; sizes are half the width of a ring, smallest first. */
  target(centre: Point, rings: readonly { label: string; size: number }[], title = ""): ID {
    const area = newID();
    const op: Op = { kind: "area.create", area, form: "target", ...onBoard(centre), rings: ringList(rings) };
    if (title !== "") op.title = title;
    this.session.do(op);
    return area;
  }

  titleArea(area: ID, title: string): void {
    this.session.do({ kind: "area.rename", area, title });
  }

  moveArea(area: ID, to: Point): void {
    this.session.do({ kind: "area.move", area, ...onBoard(to) });
  }

  resizeFrame(area: ID, box: Box): void {
    this.session.do({ kind: "area.resize", area, ...onBoard(box), w: sized(box.w), h: sized(box.h) });
  }

  /** Gives a target its rings, smallest first. One that keeps its id stays the same ring. */
  setRings(area: ID, rings: readonly { id?: ID; label: string; size: number }[]): void {
    this.session.do({ kind: "area.rings", area, rings: ringList(rings) });
  }

  /** Adds a perspective; colour and pattern are the next free pair where none is wished. */
  addPerspective(label: string, pair: { colour?: number; pattern?: number; after?: ID } = {}): ID {
    const perspective = newID();
    this.session.do({ kind: "perspective.add", perspective, label, ...pair });
    return perspective;
  }

  renamePerspective(perspective: ID, label: string): void {
    this.session.do({ kind: "perspective.rename", perspective, label });
  }

  recolourPerspective(perspective: ID, colour: number, pattern: number): void {
    this.session.do({ kind: "perspective.recolour", perspective, colour, pattern });
  }

  title(title: string): void {
    if (title !== this.wall.cover.title) this.session.do({ kind: "board.title", title });
  }

  question(question: string): void {
    if (question !== this.wall.cover.question) this.session.do({ kind: "board.question", question });
  }

  language(language: string): void {
    if (language !== this.wall.cover.language) this.session.do({ kind: "board.language", language });
  }

  background(background: "dots" | "lines" | "plain"): void {
    if (background !== this.wall.cover.background) this.session.do({ kind: "board.background", background });
  }

  renameMe(name: string): void {
    this.session.do({ kind: "participant.rename", name });
  }

  colourMe(colour: number): void {
    this.session.do({ kind: "participant.colour", colour });
  }

  perspectiveMe(perspective: Ref): void {
    this.session.do({ kind: "participant.perspective", ...(perspective !== "" && { perspective }) });
  }

  renamePerson(participant: ID, name: string): void {
    this.session.do({ kind: "participant.rename", participant, name });
  }

  perspectiveOfPerson(participant: ID, perspective: Ref): void {
    this.session.do({ kind: "participant.perspective", participant, ...(perspective !== "" && { perspective }) });
  }

  /** Takes somebody off the board; their notes stay. */
  removePerson(participant: ID): void {
    this.session.do({ kind: "participant.leave", participant });
  }
}

const encoder = new TextEncoder();

function sized(v: number): number {
  return Math.min(limits.maxSize, Math.max(limits.minSize, Math.round(v)));
}

function ringList(rings: readonly { id?: ID; label: string; size: number }[]): Ring[] {
  return rings.map(({ id, label, size }) => ({ id: id ?? newID(), label, size: Math.round(size) }));
}
