/** What a command of the board is. */
import type { WordKey } from "../../words";
import type { IconName } from "../parts/icons";
import type { Desk } from "./desk.svelte";

export type Group = "write" | "arrange" | "choose" | "look" | "page";
export const groups: readonly Group[] = ["write", "arrange", "choose", "look", "page"];

export interface Command {
  readonly id: string;
  readonly label: WordKey;
  readonly group: Group;
  /** the first is the one that is shown; none: only in the palette */
  readonly keys: readonly string[];
  readonly icon?: IconName;
  /** whether it can be done now; absent: always */
  when?(desk: Desk): boolean;
  /** does it; false: it did nothing, and the key is the browser's */
  run(desk: Desk): unknown;
  /** a key of the list that the palette does not offer: arrows, Tab */
  readonly keyOnly?: boolean;
}
