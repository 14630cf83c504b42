import type { ID, Op, Ref } from "../protocol.gen";
import type { Objects } from "./objects";
import { centre, ringAmong } from "./ring";
import type { Area, Cluster, Connector, Invitation, Note, Participant } from "./types";

/** What an op can depend on or change: an object, or one of the two things a board has once. */
export type Key = ID | "cover" | "perspectives";

/** What an op did to one object. */
export type Step =
  | { kind: "note"; before: Note | undefined; after: Note | undefined }
  | { kind: "cluster"; before: Cluster | undefined; after: Cluster | undefined }
  | { kind: "area"; before: Area | undefined; after: Area | undefined }
  | { kind: "connector"; before: Connector | undefined; after: Connector | undefined }
  | { kind: "cover"; before: Objects["cover"]; after: Objects["cover"] };

/** An own op that the board has not answered, and what came of it here. */
export interface Waiting {
  readonly ticket: number;
  n: number;
  op: Op;
  /** unix milliseconds of when it was done here */
  readonly at: number;
  acked: boolean;
  /** it is in the copy already, though its answer is not here yet */
  landed: boolean;
  /** where it stands among those that wait */
  place: number;
  /** it made, changed or took away a target */
  target: boolean;
  /** looked at, so that it must be done anew when one of them is another */
  reads: Set<Key>;
  writes: Set<Key>;
  steps: Map<Key, Step>;
}

/** A deleted note with the connectors that went with it. */
export interface Grave {
  note: Note;
  arrows: readonly Connector[];
}

/** What a turn needs to know besides the objects. */
export interface Scene {
  readonly objects: Objects;
  readonly me: Ref;
  /** one's own outbox, once the board knows it */
  readonly writer: ID | undefined;
  readonly graves: ReadonlyMap<ID, Grave>;
  bury(grave: Grave): void;
  /** the text of a note that is not on the board yet, with what was typed since */
  textOf(note: ID): string | undefined;
  /** what is known of an own op, also one that is done */
  record(n: number): Waiting | undefined;
}

/** higher than any number an entry gets: what was done here last lies above all that the board has told */
const above = 2 ** 40;

/** One op being done to the objects, as the server will do it, as far as this client can know. */
export class Turn {
  constructor(
    readonly scene: Scene,
    readonly waiting: Waiting,
  ) {}

  get objects(): Objects {
    return this.scene.objects;
  }

  /** where front and order count from for what this op makes */
  get stamp(): number {
    return above + this.waiting.ticket;
  }

  get perspectives(): Objects["perspectives"] {
    this.waiting.reads.add("perspectives");
    return this.objects.perspectives;
  }

  author(): Participant | undefined {
    return this.scene.me === "" ? undefined : this.participant(this.scene.me);
  }

  participant(id: ID): Participant | undefined {
    return this.#read(id, this.objects.participants.now.get(id));
  }

  note(id: ID): Note | undefined {
    return this.#read(id, this.objects.notes.now.get(id));
  }

  cluster(id: ID): Cluster | undefined {
    return this.#read(id, this.objects.clusters.now.get(id));
  }

  area(id: ID): Area | undefined {
    return this.#read(id, this.objects.areas.now.get(id));
  }

  connector(id: ID): Connector | undefined {
    return this.#read(id, this.objects.connectors.now.get(id));
  }

  members(cluster: ID): Note[] {
    return [...this.objects.members(cluster)].flatMap((id) => this.note(id) ?? []);
  }

  arrows(object: ID): Connector[] {
    return [...this.objects.arrows(object)].flatMap((id) => this.connector(id) ?? []);
  }

  /** Whether an id names something a connector can join. */
  endLives(id: ID): boolean {
    return (this.note(id) ?? this.cluster(id) ?? this.area(id)) !== undefined;
  }

  /** Says that the op changes an object, though not here: what is typed shows by itself. */
  claim(id: Key): void {
    this.waiting.writes.add(id);
  }

  putNote(id: ID, note: Note | undefined): void {
    const before = this.objects.notes.now.get(id);
    const after = note && { ...note, ring: this.#ring(note, before) };
    this.#wrote(id, { kind: "note", before, after });
    this.objects.putNote(id, after);
  }

  putCluster(id: ID, cluster: Cluster | undefined): void {
    this.#wrote(id, { kind: "cluster", before: this.objects.clusters.now.get(id), after: cluster });
    this.objects.putCluster(id, cluster);
  }

  putArea(id: ID, area: Area | undefined): void {
    this.#wrote(id, { kind: "area", before: this.objects.areas.now.get(id), after: area });
    if ((area ?? this.objects.areas.now.get(id))?.form === "target") this.waiting.target = true;
    this.objects.putArea(id, area);
  }

  putConnector(id: ID, connector: Connector | undefined): void {
    this.#wrote(id, { kind: "connector", before: this.objects.connectors.now.get(id), after: connector });
    this.objects.putConnector(id, connector);
  }

  putCover(cover: Objects["cover"]): void {
    this.waiting.reads.add("cover");
    this.#wrote("cover", { kind: "cover", before: this.objects.cover, after: cover });
    this.objects.cover = cover;
  }

  putParticipant(participant: Participant): void {
    this.claim(participant.id);
    this.objects.participants.put(participant.id, participant);
  }

  putPerspectives(list: Objects["perspectives"]): void {
    this.claim("perspectives");
    this.objects.perspectives = list;
  }

  putLink(link: Invitation): void {
    this.claim(link.id);
    this.objects.links.put(link.id, link);
  }

  #read<T>(id: ID, object: T): T {
    this.waiting.reads.add(id);
    return object;
  }

  #ring(note: Note, before: Note | undefined): Ref {
    const still = before && before.x === note.x && before.y === note.y && before.w === note.w && before.h === note.h;
    if (still) return before.ring;
    const { x, y } = centre(note);
    return ringAmong(this.objects.targets, x, y);
  }

  #wrote(id: Key, step: Step): void {
    this.waiting.writes.add(id);
    const first = this.waiting.steps.get(id);
    if (first && first.kind === step.kind) step.before = first.before;
    this.waiting.steps.set(id, step);
  }
}
