/** What others did since it was last told, collected from the wall and put into one sentence. */
import type { Note, Touched, Wall } from "../../model/types";
import type { ID, Ref } from "../../protocol.gen";
import { list, t } from "../../words";

/** What is remembered of a note, to see what became another. */
interface Known {
  readonly cluster: Ref;
  readonly ring: Ref;
  readonly text: string;
}

/** What one did oneself, as the wall shows it. */
export interface Own {
  /** notes and the ring they lie on now; "" is none */
  readonly rings: ReadonlyMap<ID, Ref>;
  /** notes and the cluster they are in now; "" is none */
  readonly clusters: ReadonlyMap<ID, Ref>;
  /** clusters that are new with them */
  readonly made: ReadonlySet<ID>;
}

export class News {
  /** notes made, and by whom */
  readonly made = new Map<ID, Ref>();
  readonly gone = new Set<ID>();
  /** notes that came to another ring or cluster */
  readonly moved = new Set<ID>();
  readonly written = new Set<ID>();
  readonly clusters = new Set<ID>();
  readonly named = new Set<ID>();

  get empty(): boolean {
    const { made, gone, moved, written, clusters, named } = this;
    return [made, gone, moved, written, clusters, named].every((each) => each.size === 0);
  }
}

export class Memory {
  #notes = new Map<ID, Known>();
  #clusters = new Map<ID, string>();
  #news = new News();

  constructor(wall: Wall) {
    this.forget(wall);
  }

  get news(): News {
    return this.#news;
  }

  /** Takes the wall as it is for what is known: nothing of it is news. */
  forget(wall: Wall): void {
    this.#notes = new Map([...wall.notes.values()].map((note) => [note.id, known(note)]));
    this.#clusters = new Map([...wall.clusters.values()].map((cluster) => [cluster.id, cluster.title]));
    this.#news = new News();
  }

  /** Everything since the last call. */
  collect(): News {
    const news = this.#news;
    this.#news = new News();
    return news;
  }

  /** Looks at what was touched: others' work is collected, one's own is given back. */
  take(wall: Wall, touched: Touched): Own {
    const own = { rings: new Map<ID, Ref>(), clusters: new Map<ID, Ref>(), made: new Set<ID>() };
    const clusters = touched.all ? new Set([...this.#clusters.keys(), ...wall.clusters.keys()]) : touched.clusters;
    const notes = touched.all ? new Set([...this.#notes.keys(), ...wall.notes.keys()]) : touched.notes;
    const fresh = new Set([...clusters].filter((id) => this.#cluster(wall, id)));
    for (const id of notes) this.#note(wall, id, own);
    for (const id of fresh) {
      const mine = [...own.clusters.values()].includes(id);
      if (mine) own.made.add(id);
      else this.#news.clusters.add(id);
    }
    return own;
  }

  /** Says whether the cluster is new. */
  #cluster(wall: Wall, id: ID): boolean {
    const is = wall.clusters.get(id);
    const was = this.#clusters.get(id);
    if (!is) {
      this.#clusters.delete(id);
      this.#news.clusters.delete(id);
      this.#news.named.delete(id);
      return false;
    }
    this.#clusters.set(id, is.title);
    if (was !== undefined && was !== is.title && is.title !== "") this.#news.named.add(id);
    return was === undefined;
  }

  #note(wall: Wall, id: ID, own: { rings: Map<ID, Ref>; clusters: Map<ID, Ref> }): void {
    const is = wall.notes.get(id);
    const was = this.#notes.get(id);
    if (!is) {
      this.#notes.delete(id);
      // Made and deleted between two sentences: nothing happened.
      if (was && !this.#news.made.delete(id)) this.#news.gone.add(id);
      this.#news.moved.delete(id);
      this.#news.written.delete(id);
      return;
    }
    this.#notes.set(id, known(is));
    if (!was) {
      const brought = this.#news.gone.delete(id);
      if (!brought && is.author !== wall.me) this.#news.made.set(id, is.author);
      return;
    }
    if (is.unsaved) {
      if (is.ring !== was.ring) own.rings.set(id, is.ring);
      if (is.cluster !== was.cluster) own.clusters.set(id, is.cluster);
      return;
    }
    if (this.#news.made.has(id)) return;
    if (is.ring !== was.ring || is.cluster !== was.cluster) this.#news.moved.add(id);
    if (is.text !== was.text) this.#news.written.add(id);
  }
}

function known(note: Readonly<Note>): Known {
  return { cluster: note.cluster, ring: note.ring, text: note.text };
}

/** One sentence of the news, or "" if there is nothing to say. `all` also tells what moved and was written. */
export function newsWords(wall: Wall, news: News, all: boolean): string {
  const parts: string[] = [];
  if (news.made.size > 0) parts.push(madeWords(wall, news.made));
  if (news.clusters.size > 0) parts.push(t("tree.news.clusters", { n: news.clusters.size }));
  if (news.gone.size > 0) parts.push(t("tree.news.gone", { n: news.gone.size }));
  if (all) {
    const titles = [...news.named].flatMap((id) => wall.clusters.get(id)?.title ?? []);
    if (titles.length > 0) parts.push(t("tree.news.named", { titles: list(titles.map((title) => `“${title}”`)) }));
    if (news.moved.size > 0) parts.push(t("tree.news.moved", { n: news.moved.size }));
    if (news.written.size > 0) parts.push(t("tree.news.written", { n: news.written.size }));
  }
  return parts.map((part) => `${part}.`).join(" ");
}

function madeWords(wall: Wall, made: ReadonlyMap<ID, Ref>): string {
  const notes = t("tree.notes", { n: made.size });
  const people = [...new Set(made.values())];
  const name = people.map((id) => (id ? wall.participants.get(id)?.name : undefined)).find((each) => each);
  if (!name) return t("tree.news.came", { notes });
  if (people.length === 1) return t("tree.news.madeBy", { name, notes });
  return t("tree.news.madeByMore", { who: t("tree.news.andOthers", { name, n: people.length - 1 }), notes });
}
