/** What a group is called at its heading. */
import { t } from "../../words";
import type { Group } from "./group";

export function titleOf(group: Group): string {
  switch (group.kind) {
    case "own":
      return t("list.own");
    case "mine":
      return t("list.mine");
    case "loose":
      return t("list.loose");
    case "elsewhere":
      return t("list.elsewhere");
    case "cluster":
      return group.title || t("list.unnamed");
    case "frame":
      return group.title || t("list.unnamedFrame");
    case "ring":
      return group.of ? t("list.ringOf", { ring: group.title, target: group.of }) : group.title;
  }
}
