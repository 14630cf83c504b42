import type {
  AreaChange,
  BoardChange,
  Change,
  ClusterChange,
  ConnectorChange,
  ID,
  LinkChange,
  NoteChange,
  ParticipantChange,
  PerspectiveChange,
} from "../protocol.gen";
import { apply } from "../text";
import type { Area, Cluster, Connector, Cover, Link, Note, Participant, Perspective, View } from "./types";

/** The view as this folder changes it. */
export class Copy implements View {
  seq = 0;
  at = "";
  readonly cover: Cover = { title: "", question: "", language: "", background: "", created: 0, deleted: false };
  readonly participants = new Map<ID, Participant>();
  readonly perspectives: Perspective[] = [];
  readonly notes = new Map<ID, Note>();
  readonly clusters = new Map<ID, Cluster>();
  readonly areas = new Map<ID, Area>();
  readonly connectors = new Map<ID, Connector>();
  readonly links = new Map<ID, Link>();

  /**
   * Folds a change into the view. Throws when the view is not the state that the change was made for: it must then be
   * thrown away and the whole state taken anew.
   */
  fold(c: Change): void {
    if ("note" in c) this.#note(c.note);
    else if ("cluster" in c) this.#cluster(c.cluster);
    else if ("area" in c) this.#area(c.area);
    else if ("connector" in c) this.#connector(c.connector);
    else if ("participant" in c) this.#participant(c.participant);
    else if ("perspective" in c) this.#perspective(c.perspective);
    else if ("board" in c) this.#board(c.board);
    else if ("link" in c) this.#link(c.link);
    // A change of an object that this build does not know is passed over.
  }

  #note(c: NoteChange): void {
    if (c.deleted) {
      this.notes.delete(c.id);
      return;
    }
    const n = entry(this.notes, c.id, newNote);
    if (c.edit !== undefined) {
      if (c.edit.base !== n.rev) {
        throw new Error(`note ${c.id}: an edit on revision ${c.edit.base}, the copy has ${n.rev}`);
      }
      n.text = apply(n.text, c.edit.runs);
      n.rev = c.edit.rev;
    }
    if (c.x !== undefined) n.x = c.x;
    if (c.y !== undefined) n.y = c.y;
    if (c.w !== undefined) n.w = c.w;
    if (c.h !== undefined) n.h = c.h;
    if (c.text !== undefined) n.text = c.text;
    if (c.rev !== undefined) n.rev = c.rev;
    if (c.colour !== undefined) n.colour = c.colour;
    if (c.tags !== undefined) n.tags = c.tags;
    if (c.perspective !== undefined) n.perspective = c.perspective;
    if (c.author !== undefined) n.author = c.author;
    if (c.cluster !== undefined) n.cluster = c.cluster;
    if (c.ring !== undefined) n.ring = c.ring;
    if (c.front !== undefined) n.front = c.front;
    if (c.created !== undefined) n.created = c.created;
  }

  #cluster(c: ClusterChange): void {
    if (c.deleted) {
      this.clusters.delete(c.id);
      return;
    }
    const cluster = entry(this.clusters, c.id, newCluster);
    if (c.title !== undefined) cluster.title = c.title;
    if (c.order !== undefined) cluster.order = c.order;
    if (c.created !== undefined) cluster.created = c.created;
  }

  #area(c: AreaChange): void {
    if (c.deleted) {
      this.areas.delete(c.id);
      return;
    }
    const a = entry(this.areas, c.id, newArea);
    if (c.form !== undefined) a.form = c.form;
    if (c.title !== undefined) a.title = c.title;
    if (c.x !== undefined) a.x = c.x;
    if (c.y !== undefined) a.y = c.y;
    if (c.w !== undefined) a.w = c.w;
    if (c.h !== undefined) a.h = c.h;
    if (c.rings !== undefined) a.rings = c.rings;
    if (c.front !== undefined) a.front = c.front;
  }

  #connector(c: ConnectorChange): void {
    if (c.deleted) {
      this.connectors.delete(c.id);
      return;
    }
    const connector = entry(this.connectors, c.id, newConnector);
    if (c.from !== undefined) connector.from = c.from;
    if (c.to !== undefined) connector.to = c.to;
    if (c.label !== undefined) connector.label = c.label;
  }

  #participant(c: ParticipantChange): void {
    const p = entry(this.participants, c.id, newParticipant);
    if (c.name !== undefined) p.name = c.name;
    if (c.colour !== undefined) p.colour = c.colour;
    if (c.perspective !== undefined) p.perspective = c.perspective;
    if (c.role !== undefined) p.role = c.role;
    if (c.left !== undefined) p.left = c.left;
  }

  #perspective(c: PerspectiveChange): void {
    const list = this.perspectives;
    let after = c.after;
    let p = list.find((other) => other.id === c.id);
    if (p === undefined) {
      p = { id: c.id, label: "", colour: 0, pattern: 0 };
      list.push(p);
      after ??= ""; // of a new object an absent field is zero: it comes first
    }
    if (c.label !== undefined) p.label = c.label;
    if (c.colour !== undefined) p.colour = c.colour;
    if (c.pattern !== undefined) p.pattern = c.pattern;
    if (after === undefined) return;
    list.splice(list.indexOf(p), 1);
    list.splice(list.findIndex((other) => other.id === after) + 1, 0, p);
  }

  #board(c: BoardChange): void {
    const cover = this.cover;
    if (c.title !== undefined) cover.title = c.title;
    if (c.question !== undefined) cover.question = c.question;
    if (c.language !== undefined) cover.language = c.language;
    if (c.background !== undefined) cover.background = c.background;
    if (c.created !== undefined) cover.created = c.created;
    cover.deleted ||= c.deleted ?? false;
  }

  #link(c: LinkChange): void {
    const l = entry(this.links, c.id, newLink);
    if (c.role !== undefined) l.role = c.role;
    if (c.label !== undefined) l.label = c.label;
    if (c.expires !== undefined) l.expires = c.expires;
    if (c.uses !== undefined) l.uses = c.uses;
    if (c.used !== undefined) l.used = c.used;
    if (c.password !== undefined) l.password = c.password;
    if (c.revoked !== undefined) l.revoked = c.revoked;
    if (c.created !== undefined) l.created = c.created;
  }
}

function entry<T>(map: Map<ID, T>, id: ID, fresh: (id: ID) => T): T {
  let t = map.get(id);
  if (t === undefined) {
    t = fresh(id);
    map.set(id, t);
  }
  return t;
}

function newNote(id: ID): Note {
  return {
    id,
    x: 0,
    y: 0,
    w: 0,
    h: 0,
    text: "",
    rev: "",
    colour: 0,
    tags: [],
    perspective: "",
    author: "",
    cluster: "",
    ring: "",
    front: 0,
    created: 0,
  };
}

const newCluster = (id: ID): Cluster => ({ id, title: "", order: 0, created: 0 });

const newArea = (id: ID): Area => ({ id, form: "", title: "", x: 0, y: 0, w: 0, h: 0, rings: [], front: 0 });

const newConnector = (id: ID): Connector => ({ id, from: "", to: "", label: "" });

const newParticipant = (id: ID): Participant => ({
  id,
  name: "",
  colour: 0,
  perspective: "",
  role: "none",
  left: false,
});

function newLink(id: ID): Link {
  return {
    id,
    role: "none",
    label: "",
    expires: 0,
    uses: 0,
    used: 0,
    password: false,
    revoked: false,
    created: 0,
  };
}
