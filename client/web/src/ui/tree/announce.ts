/**
 * What is said aloud: one's own acts at once, what others did as one sentence at most every five seconds, and what cannot
 * wait (the connection, access) before all else. Pointers, dragging and typing are never said.
 */
import type { SaveState, Session, Touched, Unsubscribe, Wall } from "../../model/types";
import { t } from "../../words";
import { Memory, type News, newsWords } from "./news";
import { ownWords } from "./own";

/** How much of what others do is said. */
export type Hearing = "all" | "summary" | "off";
export const hearings: readonly Hearing[] = ["all", "summary", "off"];

/** Least time between two sentences about what others did, ms. */
export const summaryEvery = 5000;
/** A lost connection is said after this much longer than it takes to be shown (3 s), ms. */
export const offlineAfter = 2000;

type Region = "polite" | "assertive";

/** The announcer of the page that is open: there is one pair of regions. */
let open: Announcer | undefined;

/** Says what the person just did, if there is a page to say it on. */
export function say(text: string): void {
  open?.say(text);
}

export class Announcer {
  hearing: Hearing = "summary";
  #session: Session;
  #memory: Memory;
  #kind: SaveState["kind"];
  #listeners = new Set<(region: Region, text: string) => void>();
  #stops: Unsubscribe[];
  #summary: ReturnType<typeof setTimeout> | undefined;
  #lost: ReturnType<typeof setTimeout> | undefined;
  #told = false;
  #loaded: boolean;

  constructor(session: Session) {
    this.#session = session;
    this.#memory = new Memory(session.wall);
    this.#kind = session.save.kind;
    this.#loaded = isLoaded(session.wall);
    this.#stops = [
      session.wall.subscribe((touched) => this.#changed(touched)),
      session.subscribe(() => this.#connection(session.save)),
    ];
    open = this;
  }

  /** Says what the person just did. */
  say(text: string): void {
    this.#tell("polite", text);
  }

  /** Says what cannot wait. */
  alert(text: string): void {
    this.#tell("assertive", text);
  }

  /** The regions listen here. */
  subscribe(listener: (region: Region, text: string) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  destroy(): void {
    if (open === this) open = undefined;
    for (const stop of this.#stops) stop();
    clearTimeout(this.#summary);
    clearTimeout(this.#lost);
    this.#listeners.clear();
  }

  #changed(touched: Touched): void {
    // The first copy of the board is no news; it is there when one stands among its people.
    if (!this.#loaded) {
      this.#memory.forget(this.#session.wall);
      this.#loaded = isLoaded(this.#session.wall);
      return;
    }
    const own = this.#memory.take(this.#session.wall, touched);
    const said = ownWords(this.#session.wall, own);
    if (said) this.say(said);
    if (!this.#memory.news.empty && this.#summary === undefined) {
      this.#summary = setTimeout(() => this.#summarise(), summaryEvery);
    }
  }

  #summarise(): void {
    this.#summary = undefined;
    const news: News = this.#memory.collect();
    if (this.hearing === "off") return;
    const text = newsWords(this.#session.wall, news, this.hearing === "all");
    if (text) this.#tell("polite", text);
  }

  #connection(save: SaveState): void {
    if (save.kind === this.#kind) return;
    this.#kind = save.kind;
    clearTimeout(this.#lost);
    if (save.kind === "offline") {
      this.#lost = setTimeout(() => {
        this.#told = true;
        this.alert(t("tree.alert.offline"));
      }, offlineAfter);
    } else if (save.kind === "closed") {
      this.alert(t("tree.alert.closed"));
    } else if (this.#told && save.kind === "saved") {
      this.#told = false;
      this.say(t("tree.alert.back"));
    }
  }

  #tell(region: Region, text: string): void {
    for (const listener of this.#listeners) listener(region, text);
  }
}

function isLoaded(wall: Wall): boolean {
  return wall.me !== "" && wall.participants.has(wall.me);
}
