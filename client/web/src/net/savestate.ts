/** Says where one's work is, from what is known of connection and outbox. Only what is true on the server is "saved". */
import type { State } from "../core";
import type { SaveState } from "../model/types";
import type { Code, Role } from "../protocol.gen";

export interface Facts {
  state: State;
  /** why the state is closed */
  code?: Code | undefined;
  role: Role;
  /** the device says it has no network */
  deviceOffline: boolean;
  /** ops and typing that are not durable */
  unsaved: number;
  /** notes among them */
  waiting: number;
  /** when the oldest of them was done, ms */
  oldest?: number | undefined;
  memoryOnly: boolean;
}

/** After so long without a connection people are told, ms. */
const offlineAfter = 3000;
/** After so long not durable, though connected, saving is slow, ms. */
const slowAfter = 5000;

export class SaveClock {
  private everLive = false;
  private liveSince: number | undefined;
  private downSince: number;
  /** people were told that there is no connection */
  private toldOffline = false;
  private cameBack = false;

  constructor(now: number) {
    this.downSince = now;
  }

  /** What to say now, and when that may be another by the clock alone. */
  look(facts: Facts, now: number): { say: SaveState; again?: number } {
    this.follow(facts, now);
    const { kind, again } = this.kind(facts, now);
    if (kind === "offline") this.toldOffline = true;
    const say: SaveState = { kind, waiting: facts.waiting, memoryOnly: facts.memoryOnly };
    if (kind === "closed" && facts.code) say.code = facts.code;
    return again === undefined ? { say } : { say, again };
  }

  private follow({ state, unsaved, oldest }: Facts, now: number): void {
    const live = state === "live";
    if (live && this.liveSince === undefined) {
      this.liveSince = now;
      this.cameBack = this.toldOffline && this.everLive;
      this.toldOffline = false;
      this.everLive = true;
    } else if (!live && this.liveSince !== undefined) {
      this.liveSince = undefined;
      this.downSince = now;
    }
    // What was done since is saved in its own time; people are told of what had to wait.
    if (unsaved === 0 || (oldest ?? 0) > (this.liveSince ?? now)) this.cameBack = false;
  }

  private kind(facts: Facts, now: number): { kind: SaveState["kind"]; again?: number } {
    if (facts.state === "closed") return { kind: "closed" };
    if (this.liveSince === undefined) {
      const told = this.downSince + offlineAfter;
      if (facts.deviceOffline || now >= told) return { kind: "offline" };
      if (!this.everLive) return { kind: "connecting", again: told };
      return { kind: facts.unsaved > 0 ? "saving" : "saved", again: told };
    }
    if (facts.unsaved === 0) return { kind: facts.role === "viewer" ? "watching" : "saved" };
    if (this.cameBack) return { kind: "reconnected" };
    const slow = Math.max(facts.oldest ?? now, this.liveSince) + slowAfter;
    return now >= slow ? { kind: "slow" } : { kind: "saving", again: slow };
  }
}
